// One image of a review at a time: its score, its answer, and the buttons of yes and no.

import { h } from './dom.js';
import { answerButton, loupe } from './loupe.js';
import { WORDS } from './store.js';

const SIGNS = /** @type {[import('./grid.js').Mark, string][]} */ ([[1, '✓ Yes'], [-1, '✕ No'], [0, '– Skip']]);

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 * @param {import('./dom.js').Signal<boolean>} open
 */
export function reviewLoupe(store, review, open) {
  const { grid, focus } = review;
  const mark = () => {
    store.changes();
    const one = store.marks.get(focus().id ?? '');
    return one === undefined ? '' : (WORDS[one] === 'unsure' ? 'skipped' : WORDS[one]);
  };
  return loupe(store, {
    grid,
    focus,
    open,
    changes: () => store.changes(),
    part: (id) => store.parts.get(id),
    says: [
      h('span.dim.number', {}, () => {
        const score = store.scores.get(focus().id ?? '');
        return score === undefined ? '' : `score ${score.toFixed(2)}`;
      }),
      h('b', { class: () => mark() }, () => (mark() === 'yes' ? '✓ yes' : mark() === 'no' ? '✕ no' : mark())),
      h('span.no', {}, () => {
        store.changes();
        return store.derivedWord(focus().id ?? '');
      }),
    ],
    answers: h('span', { 'data-needs': 'reviewer', hidden: () => !store.place.concept() },
      SIGNS.map(([one, text]) => answerButton(grid, text, () => review.mark(one, { alone: true })))),
  });
}
