// One image of a label set at a time: the class that it has or that is proposed, and buttons of answers.

import { h } from './dom.js';
import { answerButton, loupe } from './loupe.js';
import { NONE } from './set_store.js';

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {import('./set_review.js').SetReview} review
 */
export function setLoupe(store, review) {
  const { grid, pages } = review;
  const id = () => pages.focus().id ?? '';
  const says = () => {
    store.changes();
    return id() && review.caption(id());
  };
  const look = () => {
    store.changes();
    return { '1': 'yes', '-1': 'no', '0': '' }[store.markOf(id())];
  };
  return loupe(store.store, {
    grid,
    focus: pages.focus,
    open: review.alone,
    changes: () => store.changes(),
    says: h('b', { class: look }, says),
    answers: h('span', { 'data-needs': 'reviewer' },
      answerButton(grid, '✓ As proposed', () => review.accept()),
      answerButton(grid, '✕ Not that', () => review.refuse()),
      answerButton(grid, NONE[0].toUpperCase() + NONE.slice(1), () => review.give(NONE)),
      answerButton(grid, '– Skip', () => review.skip())),
  });
}
