// Which label set is at hand, and which of its pages.

import { h } from './dom.js';
import { NONE, QUEUES } from './set_store.js';

const valueOf = (/** @type {Event} */ event) => /** @type {HTMLSelectElement} */ (event.target).value;

export const setBar = {
  /**
   * @param {import('./set_store.js').SetStore} store
   * @param {{create: () => void}} does
   */
  left: (store, { create }) =>
    h('div.concept', {},
      () => (store.sets().length
        ? h('select', { 'aria-label': 'Label set', onchange: (/** @type {Event} */ event) => store.place.set.set(valueOf(event)) },
          store.sets().map(({ name }) => h('option', { value: name, selected: name === store.place.set() }, name)))
        : h('h2', {}, 'Label sets')),
      h('button.outlined', { 'data-needs': 'reviewer', title: 'Make a label set (Shift+N)', onclick: create }, 'New')),

  /**
   * @param {import('./set_store.js').SetStore} store
   * @param {import('./set_review.js').SetReview} review
   * @param {(queue: string, of?: string[]) => void} show
   */
  top: (store, { pages, answers }, show) => {
    const classes = (/** @type {string[]} */ of) => {
      const names = [...store.classes, ...(store.status()?.classes.some((/** @type {any} */ one) => one.name === NONE) ? [NONE] : [])];
      return h('select', { 'aria-label': 'Class', onchange: (/** @type {Event} */ event) => show('class', [valueOf(event)]) },
        names.map((name) => h('option', { value: name, selected: name === of[0] }, name)));
    };
    const pairs = (/** @type {string[]} */ of) => {
      const found = store.status()?.undecided ?? [];
      const isOpen = (/** @type {string[]} */ pair) => pair.every((name) => of.includes(name));
      const known = of.length === 2 && !found.some((/** @type {any} */ one) => isOpen(one.pair)) ? [{ pair: of, images: 0 }, ...found] : found;
      return h('select', { 'aria-label': 'Classes', onchange: (/** @type {Event} */ event) => show('between', valueOf(event).split('\n')) },
        known.map((/** @type {any} */ { pair, images }) =>
          h('option', { value: pair.join('\n'), selected: of.length === 2 && isOpen(pair) }, `${pair.join(' and ')}${images ? ` (${images.toLocaleString('en')})` : ''}`)));
    };
    return h('div.bar', { role: 'toolbar', 'aria-label': 'Pages', hidden: () => !store.set() },
      () => {
        const list = pages.list();
        if (list) return [h('b', {}, list.title), h('span.dim', {}, `${list.ids.length.toLocaleString('en')} images`), h('button.outlined', { onclick: () => void pages.open() }, 'Back')];
        store.changes();
        const { queue, of } = pages;
        return [
          QUEUES.map(([name, title]) => h('button', {
            'aria-pressed': String(queue === name),
            disabled: name !== 'new' && !store.learnable,
            onclick: () => show(name),
          }, title)),
          queue === 'class' && classes(of),
          queue === 'between' && pairs(of),
          queue === 'teaching' && of.length > 0 && h('span.dim', {}, `that may be ${of[0]}`),
        ];
      },
      h('span.grow', {}),
      h('small', {}, () => {
        const { waiting } = answers.queued();
        return waiting ? `saving ${waiting}…` : 'all saved';
      }),
      h('small.number', {}, () => {
        const { rank } = pages.focus();
        return pages.length() ? `${(rank + 1).toLocaleString('en')} of ${pages.length().toLocaleString('en')}` : '';
      }));
  },
};
