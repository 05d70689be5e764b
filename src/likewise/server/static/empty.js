// What stands in place of the grid, or above it, where there is nothing to answer yet.

import { h } from './dom.js';
import { wordBox } from './word_box.js';

/**
 * Above the grid where there is no concept yet.
 * @param {import('./store.js').Store} store
 * @param {import('./basket.js').Basket} basket
 */
export function begin(store, basket) {
  const { place } = store;
  const words = wordBox(store, {
    id: 'first-words',
    label: 'What are you looking for?',
    placeholder: 'a red barn',
    take: (text) => basket.type(text),
  });
  return h(
    'section.begin',
    { 'data-needs': 'reviewer', 'aria-label': 'Begin', hidden: () => place.concept() !== '' || !store.state()?.workspace?.items },
    h('h2', {}, 'What are you looking for?'),
    h('div.row', {}, words.element, h('button.primary', { onclick: () => void words.enter() }, 'Find')),
    h('p.dim', {}, 'Or drop or paste an image that shows it, or press ', h('kbd', {}, 'B'), ' on one below.'),
  );
}

/**
 * Why a ranking has no image.
 * @param {import('./store.js').Store} store
 */
export function whyEmpty(store) {
  const filter = store.place.filter();
  if (filter) return `No image passes the filter ${filter}. Change it or clear it.`;
  if (!store.state()?.workspace?.items) return 'No image is indexed yet.';
  return 'Every image is answered. Export them, or start another concept.';
}

/**
 * In place of the grid where it is empty: why, and what to do.
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function nothingHere(store, review) {
  const { place } = store;
  return h(
    'div.empty',
    { hidden: () => !store.obstacle(), role: 'status' },
    h('p', {}, () => store.obstacle()),
    h('button.outlined', { hidden: () => !place.filter(), onclick: () => place.clearFilter() }, 'Clear the filter'),
    h('button.outlined', { hidden: () => !review.list(), onclick: () => void review.open() }, 'Back to the ranking'),
  );
}
