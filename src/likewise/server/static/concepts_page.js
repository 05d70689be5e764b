// All concepts at a glance: what is found, what is left, what they look like; and what can be done
// with each as a whole.

import { conceptPath, get, newest, send, thumbnail } from './api.js';
import { effect, h, signal, untracked } from './dom.js';

/** @typedef {{name: string, hidden: boolean, hints: string[], counts: Record<string, number>, yes: string[], no: string[], answered_at: string}} Glance */

/**
 * What is in a concept and what was answered of it, in words.
 * @param {Record<string, number>} counts
 */
export function countsInWords({ yes, no, unsure, accepted, examples, counter_examples: counters }) {
  const words = (/** @type {[number, string][]} */ parts) =>
    parts.filter(([count]) => count).map(([count, word]) => `${count.toLocaleString('en')} ${word}`);
  const basket = words([[examples, examples === 1 ? 'example' : 'examples'], [counters, counters === 1 ? 'counter-example' : 'counter-examples']]);
  const answers = words([[yes, 'yes'], [accepted, 'accepted'], [no, 'no'], [unsure, 'skipped']]);
  return [...basket, ...(answers.length ? answers : ['not answered yet'])].join(' · ');
}

/**
 * How many images are left to find, in words.
 * @param {any} report the answer of GET .../report
 */
export function leftInWords({ left, positives }) {
  if (!left || !positives) return 'too few answers to estimate what is left';
  const number = (/** @type {number} */ n) => Math.round(n).toLocaleString('en');
  return `about ${number(left.value)} left (${number(left.low)} to ${number(left.high)})`;
}

/** @param {import('./store.js').Store} store */
export function conceptsPage(store) {
  const { place } = store;
  const concepts = signal(/** @type {Glance[] | null} */ (null));
  const left = signal(/** @type {Record<string, string>} */ ({}));
  const trouble = signal('');
  const asked = signal(/** @type {{name: string, what: 'rename' | 'duplicate' | 'hide'} | null} */ (null));
  const isShown = () => place.view() === 'concepts';
  const newestList = newest();
  let estimating = 0;

  const load = async () => {
    try {
      concepts.set(await newestList(get('/api/overview')));
      trouble.set('');
      void estimate(++estimating);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  /** One after the other, for a rule may have to be learned first; ends when the page is left. */
  const estimate = async (/** @type {number} */ mine) => {
    for (const { name, hidden, counts } of concepts.peek() ?? []) {
      if (hidden || !(counts.yes + counts.no)) continue;
      if (mine !== estimating || !untracked(isShown)) return;
      const text = await get(`${conceptPath(name)}/report`).then(leftInWords, (/** @type {Error} */ error) => error.message);
      left.update((all) => ({ ...all, [name]: text }));
    }
  };
  const change = async (/** @type {() => Promise<any>} */ run) => {
    try {
      await run();
      asked.set(null);
      await store.loadState(); // which loads this page, too
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const hide = async (/** @type {string} */ name) => {
    await send(conceptPath(name), {}, 'DELETE');
    const other = store.state().concepts.find((/** @type {any} */ one) => one.name !== name);
    if (place.concept() === name) place.concept.set(other?.name ?? '');
  };
  const open = (/** @type {string} */ name) => {
    place.concept.set(name);
    place.view.set('review');
  };
  effect(() => {
    store.state(); // concepts come and go by other hands, too
    if (isShown()) untracked(() => void load());
  });

  const strip = (/** @type {string[]} */ ids, /** @type {'yes' | 'no'} */ look) =>
    ids.length
      ? h('ul.glances', { class: `glances ${look}`, 'aria-label': look === 'yes' ? 'Is it' : 'Is not it' },
        ids.map((id) => h('li', {}, h('img', { src: thumbnail(id, store.generation), alt: id, loading: 'lazy' }))))
      : null;
  const named = (/** @type {Glance} */ { name }, /** @type {'rename' | 'duplicate'} */ what) => {
    const [title, suggestion] = what === 'rename' ? ['New name', name] : ['Name of the copy', `${name} 2`];
    return h('form.row', {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const to = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('to')).trim();
        void change(() => send(`${conceptPath(name)}/${what}`, { to }));
      },
    },
    h('label.grow', {}, `${title} `, h('input', { type: 'text', name: 'to', required: true, maxlength: 100, value: suggestion })),
    h('button.outlined', { type: 'submit' }, what === 'rename' ? 'Rename it' : 'Make the copy'),
    h('button', { type: 'button', onclick: () => asked.set(null) }, 'Cancel'));
  };
  const question = (/** @type {Glance} */ one) => {
    const now = asked();
    if (now?.name !== one.name) return null;
    if (now.what !== 'hide') return named(one, now.what);
    return h('p.row', { role: 'alert' }, `Hide “${one.name}”? Its answers stay.`,
      h('button.outlined', { onclick: () => void change(() => hide(one.name)) }, 'Hide it'),
      h('button', { onclick: () => asked.set(null) }, 'Cancel'));
  };
  const action = (/** @type {Glance} */ { name }, /** @type {'rename' | 'duplicate' | 'hide'} */ what, /** @type {string} */ title) =>
    h('button', { 'data-needs': 'owner', 'aria-label': `${title} ${name}`, onclick: () => asked.set({ name, what }) }, title);
  const card = (/** @type {Glance} */ one) =>
    h('article.concept-card', { 'aria-label': one.name },
      h('div.row', {}, h('h3', {}, one.name),
        h('button.outlined', { 'aria-label': `Review ${one.name}`, onclick: () => open(one.name) }, 'Review')),
      one.hints.length > 0 && h('p.dim', {}, one.hints.join(', ')),
      h('p.number', {}, countsInWords(one.counts)),
      h('p.number.dim', { 'aria-live': 'polite' }, () => left()[one.name] ?? (one.counts.yes + one.counts.no ? 'estimating what is left…' : '')),
      h('div.sides', {}, strip(one.yes, 'yes'), strip(one.no, 'no')),
      h('div.actions', {}, action(one, 'rename', 'Rename'), action(one, 'duplicate', 'Duplicate'), action(one, 'hide', 'Hide')),
      () => question(one));
  const hiddenOnes = (/** @type {Glance[]} */ all) =>
    all.length > 0 && [
      h('h3', {}, 'Hidden'),
      h('ul.hidden-concepts', {}, all.map(({ name, counts }) =>
        h('li', {}, h('b', {}, name), ' ', h('span.dim.number', {}, countsInWords(counts)), ' ',
          h('button.outlined', { 'data-needs': 'owner', 'aria-label': `Bring back ${name}`, onclick: () => void change(() => send(`${conceptPath(name)}/restore`)) }, 'Bring back')))),
    ];
  return h('main.page-main', { hidden: () => !isShown() },
    h('div.page', {},
      h('div.row', {}, h('h2', {}, 'Concepts'),
        h('button.outlined', { 'data-needs': 'reviewer', onclick: () => open('') }, 'New concept')),
      h('p.no', { role: 'alert' }, () => trouble()),
      () => {
        const all = concepts();
        if (!all) return trouble() ? null : h('p.dim', { role: 'status' }, 'Looking…');
        const present = all.filter((one) => !one.hidden);
        return [
          present.length ? h('div.concept-cards', {}, present.map(card)) : h('p', {}, 'There is no concept yet.'),
          hiddenOnes(all.filter((one) => one.hidden)),
        ];
      }));
}
