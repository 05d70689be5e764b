// The panel on the left of every view: the concept, or the filter.

import { h, signal } from './dom.js';
import { chosenChips, facetsPanel } from './facets_panel.js';

/**
 * @param {import('./facets.js').Facets} facets
 * @param {any[]} above what is above the list of facets
 * @param {...any} concept what is about the concept
 */
export function sidePanel(facets, above, ...concept) {
  const { place } = facets.store;
  const tab = signal('concept');
  const show = (/** @type {string} */ name) => {
    tab.set(name);
    facets.isOpen.set(name === 'filter');
  };
  const chosen = () => Object.keys(place.chosen()).length + (place.condition() ? 1 : 0);
  return h('aside.left', { 'aria-label': 'Concept' },
    h('div.tabs', { role: 'toolbar', 'aria-label': 'Panel' },
      h('button', { 'aria-pressed': () => String(tab() === 'concept'), onclick: () => show('concept') }, 'Concept'),
      h('button', { 'aria-pressed': () => String(tab() === 'filter'), onclick: () => show('filter') },
        () => (chosen() ? `Filter (${chosen()})` : 'Filter'))),
    chosenChips(facets),
    h('div', { hidden: () => tab() !== 'concept' }, concept),
    h('div', { hidden: () => tab() !== 'filter' }, above, facetsPanel(facets)));
}
