// What stands in place of the grid, or above it, where there is nothing to answer yet.

import { h } from './dom.js';

/**
 * Above the grid where there is no concept yet.
 * @param {import('./store.js').Store} store
 * @param {import('./basket.js').Basket} basket
 */
export function begin(store, basket) {
  const { place } = store;
  const words = /** @type {HTMLInputElement} */ (
    h('input', {
      type: 'text',
      'aria-label': 'What are you looking for?',
      placeholder: 'a red barn',
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') void basket.type(words.value);
      },
    })
  );
  return h(
    'section.begin',
    { 'data-needs': 'reviewer', 'aria-label': 'Begin', hidden: () => place.concept() !== '' || !store.state()?.workspace?.items },
    h('h2', {}, 'What are you looking for?'),
    h('div.row', {}, words, h('button.primary', { onclick: () => void basket.type(words.value) }, 'Find')),
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
