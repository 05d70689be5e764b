// How the words and the images of a basket count together: as a sum, or as a product.

import { h } from './dom.js';

const WAYS = /** @type {[string, string][]} */ ([
  ['sum', 'add up: one can make up for the other'],
  ['product', 'are multiplied: both must fit'],
]);

/** @param {any} concept */
const hasBoth = ({ hints, examples, weights }) =>
  [hints, examples].every((parts) => parts.some((/** @type {string} */ part) => (weights[part] ?? 1) > 0));

/**
 * What the ranking makes of a product that was asked for; empty for a sum.
 * @param {any} concept
 * @param {any} rule the newest, or null
 */
export function combinedInWords(concept, rule) {
  if (concept?.combine !== 'product') return '';
  if (!hasBoth(concept)) return 'words × images: needs a word and an image';
  if (!rule?.combine || rule.combine.asked !== 'product') return 'words × images';
  return rule.combine.used ? 'ranked by words × images' : 'words × images gave way: answers fit another rule clearly better';
}

/**
 * @param {import('./store.js').Store} store
 * @param {import('./basket.js').Basket} basket
 */
export function combineChoice(store, basket) {
  return h('label.combine', { hidden: () => !store.concept() }, h('span', {}, 'Words and images '),
    h('select', {
      disabled: !store.may('reviewer'),
      onchange: (/** @type {Event} */ event) => void basket.combine(/** @type {HTMLSelectElement} */ (event.target).value),
    }, WAYS.map(([value, title]) =>
      h('option', { value, selected: () => value === (store.concept()?.combine ?? 'sum') }, title))));
}
