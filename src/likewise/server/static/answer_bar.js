// Under the grid: what the keys do, for hands; and the last ten answers, each to be changed.

import { thumbnail } from './api.js';
import { effect, h, signal } from './dom.js';

/** @typedef {import('./grid.js').Mark} Mark */

const LAST = 10;
const SIGNS = /** @type {[Mark, string, string, string][]} */ ([[1, '✓', 'Yes', 'Y'], [-1, '✕', 'No', 'N'], [0, '–', 'Skip', 'Space']]);

/** @param {Mark} mark */
const stateOf = (mark) => ({ '1': 'yes', '-1': 'no', '0': 'skipped' })[mark];

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 * @param {import('./undo.js').Undo} undo
 */
export function answerBar(store, review, undo) {
  const { host } = review.grid;
  const does = (/** @type {string} */ text, /** @type {string} */ title, /** @type {() => void} */ run, look = 'button.outlined') =>
    h(look, {
      title,
      onclick: (/** @type {MouseEvent} */ event) => {
        run();
        if (event.detail) host.focus(); // by hand: the keys go on in the grid, and Space presses nothing again
      },
    }, text);
  return h(
    'div.answer-bar',
    { 'data-needs': 'reviewer', hidden: () => !store.place.concept() },
    h(
      'div.answer-keys',
      { role: 'toolbar', 'aria-label': 'Answer' },
      SIGNS.map(([mark, sign, word, key]) =>
        does(`${sign} ${word}`, `${word} (${key}): the image with the focus, or those that are selected`, () => review.mark(mark), mark ? `button.outlined.${stateOf(mark)}` : 'button.outlined')),
      does('Rest yes', 'Yes to what is not answered on this page (Shift+Y)', () => review.rest(1)),
      does('Rest no', 'No to what is not answered on this page (Shift+N)', () => review.rest(-1)),
      does('Undo', 'Take the last action back (U)', () => void undo.back(), 'button'),
      does('Redo', 'Give again what was taken back (Shift+U)', () => undo.again(), 'button'),
    ),
    lastAnswers(store, review),
  );
}

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
function lastAnswers(store, review) {
  const chosen = signal('');
  /** @type {Map<string, HTMLElement>} kept, so that no picture is loaded again at the next key */
  const items = new Map();
  const strip = h('ul', {});
  const make = (/** @type {string} */ id) => {
    const picture = h('img', { src: thumbnail(id, store.generation), alt: '' });
    return h('li', {}, h('button', { onclick: () => chosen.update((one) => (one === id ? '' : id)) }, picture));
  };
  effect(() => {
    store.changes();
    const { examples = [], counter_examples: against = [] } = store.concept() ?? {};
    const basket = new Set([...examples, ...against]);
    const ids = [...store.marks.keys()].filter((id) => !basket.has(id)).slice(-LAST).reverse();
    for (const id of items.keys()) if (!ids.includes(id)) items.delete(id);
    if (!ids.includes(chosen())) chosen.set('');
    const shown = ids.map((id) => {
      const item = items.get(id) ?? make(id);
      items.set(id, item);
      const word = stateOf(/** @type {Mark} */ (store.marks.get(id)));
      const button = /** @type {HTMLElement} */ (item.firstChild);
      button.className = word;
      button.title = `${id}: ${word}`;
      button.setAttribute('aria-label', `${id}, ${word}: change`);
      button.setAttribute('aria-expanded', String(chosen() === id));
      return item;
    });
    if (shown.some((item, i) => item !== strip.children[i]) || shown.length !== strip.children.length) strip.replaceChildren(...shown);
  });
  return h(
    'section.history',
    { 'aria-label': 'History' },
    strip,
    () =>
      chosen() &&
      h(
        'div.change',
        { role: 'group', 'aria-label': `Change the answer to ${chosen()}` },
        h('span', {}, chosen()),
        SIGNS.map(([mark, sign, word]) =>
          h('button.outlined', {
            onclick: () => {
              review.change(chosen(), mark);
              chosen.set('');
              review.grid.host.focus();
            },
          }, `${sign} ${word}`)),
      ),
  );
}
