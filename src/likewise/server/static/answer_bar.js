// Under the grid: what the keys do, for hands; and the last ten answers, each to be changed.

import { thumbnail } from './api.js';
import { h } from './dom.js';
import { historyStrip, LAST } from './history.js';

/** @typedef {import('./grid.js').Mark} Mark */

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
  const word = (/** @type {string} */ id) => stateOf(/** @type {Mark} */ (store.marks.get(id)));
  return historyStrip({
    ids: () => {
      store.changes();
      const { examples = [], counter_examples: against = [] } = store.concept() ?? {};
      const basket = new Set([...examples, ...against]);
      return [...store.marks.keys()].filter((id) => !basket.has(id)).slice(-LAST).reverse();
    },
    picture: (id) => thumbnail(id, store.generation),
    word,
    look: word,
    choices: () => SIGNS.map(([mark, sign, name]) => ({ text: `${sign} ${name}`, run: (id) => review.change(id, mark) })),
    host: review.grid.host,
  });
}
