// The classes of a label set with their keys and figures; what is confused, and what helps most.

import { effect, h, untracked } from './dom.js';
import { NONE } from './set_store.js';

const KEYS = 9;
const whole = (/** @type {number} */ count) => Math.round(count).toLocaleString('en');
const percent = (/** @type {number | null | undefined} */ share) => (share === null || share === undefined ? '–' : `${Math.round(100 * share)} %`);

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {import('./set_review.js').SetReview} review
 * @param {import('./dom.js').Signal<number>} first which class has the key 1
 * @param {(queue: string, of?: string[]) => void} show pages of a queue
 */
export function setClasses(store, review, first, show) {
  const { grid: { host }, pages } = review;
  const figures = (/** @type {string} */ name) => store.status()?.classes.find((/** @type {any} */ one) => one.name === name);
  const give = (/** @type {string} */ name) => (/** @type {MouseEvent} */ event) => {
    review.give(name);
    if (event.detail) host.focus();
  };
  const row = (/** @type {string} */ name, /** @type {number} */ number) => {
    const key = () => {
      if (name === NONE) return '0';
      const place = number - first();
      return place >= 0 && place < KEYS ? String(place + 1) : '';
    };
    return h(name === NONE ? 'tr.none' : 'tr', { 'data-drop': name, 'aria-current': () => (pages.queue === 'class' && pages.of[0] === name && !pages.list() ? 'true' : null) },
      h('th', { scope: 'row' },
        h('button.class', { title: `${name}: the image with the focus, or those that are selected`, disabled: !store.store.may('reviewer'), onclick: give(name) },
          h('kbd', {}, () => key() || '·'), h('span', {}, name))),
      h('td.number', {}, () => whole(store.counts().get(name) ?? 0)),
      h('td.number', {}, () => (figures(name) ? whole(figures(name).accepted) : '–')),
      h('td.number', {}, () => (figures(name) ? whole(figures(name).estimated_left) : '–')),
      h('td.number', {}, () => percent(figures(name)?.precision)),
      h('td', {}, h('button.link', { 'aria-label': `Pages of ${name}`, title: `Pages of ${name}`, disabled: () => !figures(name), onclick: () => show('class', [name]) }, 'look')));
  };
  const list = h('div.set-classes', { tabIndex: 0, role: 'region', 'aria-label': 'Classes', 'data-drops': '' },
    () => store.classes.length
      ? h('table', {},
        h('caption', {}, 'By people, by the model, about how many are left, and how many of the model’s should be right'),
        h('thead', {}, h('tr', {}, ['class', 'people', 'model', 'left', 'right'].map((title) => h('th', { scope: 'col' }, title)), h('td', {}))),
        h('tbody', {}, [...store.classes, ...(store.exclusive ? [NONE] : [])].map(row)))
      : null);
  effect(() => {
    const at = first();
    untracked(() => {
      const rows = list.querySelectorAll('tbody tr');
      const last = Math.min(at + KEYS, store.classes.length) - 1;
      for (const one of [last, at]) rows[one]?.scrollIntoView({ block: 'nearest' }); // those with keys are seen
    });
  });
  return [
    list,
    () => (store.classes.length > KEYS ? h('p.dim', {}, h('kbd', {}, '.'), ' and ', h('kbd', {}, ','), ' give the keys to other classes') : null),
    h('div.set-facts', {}, () => facts(store, review, show)),
  ];
}

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {import('./set_review.js').SetReview} review
 * @param {(queue: string, of?: string[]) => void} show
 */
function facts(store, review, show) {
  const [set, status] = [store.set(), store.status()];
  if (!set) return null;
  const conflicts = set.contradicting
    ? h('p.no', {}, `${whole(set.contradicting)} with two classes count for none `,
      h('button.link', { onclick: () => review.pages.showList({ title: 'Several classes: choose one', ids: (set.contradictions ?? []).map((/** @type {any} */ one) => one.id) }) }, 'settle them'))
    : null;
  const why = store.learnable ? 'The model is being learned…' : 'Two classes with an image each, and a model says what the others are.';
  if (!status) return [conflicts, h('p.dim', {}, why)];
  const { held_out: held, confused_pairs: [confused], undecided: [undecided], most_to_gain: gain } = status;
  return [
    conflicts,
    h('p', {}, `${whole(status.answered)} of ${whole(status.items)} answered; the model is sure of ${whole(status.accepted)}`,
      status.accepted ? `, of which ${percent(status.expected_precision)} should be right.` : '.'),
    held.images ? h('p.dim', {}, `Of ${whole(held.images)} answers held out it finds ${whole(held.right)}.`) : null,
    confused ? h('p', {}, `Most confused: ${confused.pair.join(' and ')}, ${whole(confused.mistakes)} of the answers held out `,
      h('button.link', { onclick: () => show('between', confused.pair) }, 'look')) : null,
    undecided ? h('p', {}, `Undecided: ${whole(undecided.images)} between ${undecided.pair.join(' and ')} `,
      h('button.link', { onclick: () => show('between', undecided.pair) }, 'look')) : null,
    gain ? h('p', {}, `Ten more answers help most for ${gain} `, h('button.link', { onclick: () => show('teaching', [gain]) }, 'look')) : null,
  ];
}
