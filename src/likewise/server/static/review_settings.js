// How reviews look in this browser, and the aim of the concept at hand.

import { conceptPath, send } from './api.js';
import { h, signal } from './dom.js';
import { ORDERS } from './place.js';

const AIMS = [['', 'the best balance of precision and recall'], ['0.8', '80 % of what is accepted is right'], ['0.9', '90 %'], ['0.95', '95 %'], ['0.99', '99 %']];

/**
 * @param {import('./store.js').Store} store
 */
export function reviewSettings(store) {
  const { place } = store;
  const trouble = signal('');
  const aim = async (/** @type {string} */ text) => {
    trouble.set('');
    try {
      store.concept.set(await send(conceptPath(place.concept()), { precision: Number(text) }, 'PATCH'));
      await store.loadRule();
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const own = () => String(store.concept()?.precision ?? '');
  const aims = () => (AIMS.some(([value]) => value === own()) ? AIMS : [...AIMS, [own(), `${100 * Number(own())} %`]]);
  const chosen = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  return h('section', { 'aria-label': 'Review' },
    h('h3', {}, 'Review'),
    h('p.no', { role: 'alert' }, () => trouble()),
    h('div.form', {},
      h('label', {}, 'Order', h('select', { onchange: (/** @type {Event} */ event) => place.order.set(chosen(event)) },
        ORDERS.map(([value, title]) => h('option', { value, selected: () => value === place.order() }, title)))),
      h('label', {}, 'Size of the images', h('input', { type: 'range', min: 72, max: 320, step: 4, value: () => place.size(), oninput: (/** @type {Event} */ event) => place.size.set(Number(chosen(event))) })),
      h('label', {}, 'Images on a page, at most', h('input', {
        type: 'number', min: 1, max: 1000, placeholder: 'as many as the screen has room for', value: () => place.most() || '',
        onchange: (/** @type {Event} */ event) => place.most.set(Math.max(0, Math.floor(Number(chosen(event))))),
      })),
      h('label', { hidden: () => !place.concept(), 'data-needs': 'reviewer' }, () => `The rule of “${place.concept()}” aims at`, h('select', { onchange: (/** @type {Event} */ event) => void aim(chosen(event)) },
        () => aims().map(([value, title]) => h('option', { value, selected: value === own() }, title))))));
}
