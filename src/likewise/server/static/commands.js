// The table of keys: what each does on the pages of a review.

import { movesOf } from './moves.js';
import { ORDERS } from './place.js';

const CLOSER = 1.5; // times, a key in the loupe

/**
 * @param {object} of
 * @param {import('./grid.js').Grid} of.grid
 * @param {import('./store.js').Store} of.store
 * @param {import('./review.js').Review} of.review
 * @param {import('./undo.js').Undo} of.undo
 * @param {import('./basket.js').Basket} of.basket
 * @param {import('./dom.js').Signal<boolean>} of.loupe
 * @param {(factor: number) => void} of.zoom in the loupe
 * @param {() => void} of.help
 * @param {() => void} of.like more like the focused image
 * @param {() => void} of.close whatever is open
 * @returns {import('./keys.js').Command[]}
 */
export function commandsOf({ grid, store, review, undo, basket, loupe, zoom, help, like, close }) {
  const { place } = store;
  const inReview = (/** @type {() => void} */ run) => () => {
    if (place.view() === 'review') run();
  };
  const mark = (/** @type {import('./grid.js').Mark} */ one) => inReview(() => review.mark(one, { alone: loupe() }));
  // One at a time, the rest of the page is behind the picture: only the one is answered.
  const rest = (/** @type {import('./grid.js').Mark} */ one) =>
    inReview(() => (loupe() ? review.mark(one, { alone: true }) : review.rest(one)));
  const go = (/** @type {() => number} */ by) => inReview(() => grid.move(by()));
  const extend = (/** @type {() => number} */ by) => inReview(() => grid.move(by(), { extend: !loupe() }));
  const onAnswers = (/** @type {() => void} */ run) => () => {
    if (place.view() === 'review' || place.view() === 'map') run(); // nothing changes out of sight
  };
  const toBasket = (/** @type {import('./basket.js').Role} */ role) =>
    inReview(() => {
      const selected = loupe() ? [] : grid.ids.filter((id) => grid.selection.has(id));
      const ids = selected.length || grid.focusId === undefined ? selected : [grid.focusId];
      if (!ids.length) return;
      const what = ids.length > 1 ? `${ids.length} images are` : `${ids[0]} is`;
      review.note.set(`${what} in the ${role === 'example' ? 'basket' : 'counter-basket'}`);
      void basket.add(role, ids, { stay: true });
    });
  const nudge = (/** @type {number} */ direction) => () => {
    const { low, high } = store.rule()?.histogram ?? { low: 0, high: 1 };
    const bar = (store.bar() ?? 0) + (direction * (high - low)) / 200;
    store.threshold.set(Math.max(low, Math.min(high, bar)));
  };
  const resize = (/** @type {number} */ by) => () => {
    if (loupe()) return zoom(by > 0 ? CLOSER : 1 / CLOSER);
    grid.resize(grid.size + by);
    place.size.set(grid.size);
  };
  const nextOrder = () => {
    const names = ORDERS.map(([name]) => /** @type {string} */ (name));
    place.order.set(names[(names.indexOf(place.order()) + 1) % names.length]);
  };
  return [
    { id: 'yes', needs: 'reviewer', keys: ['y', 'p', '1'], label: 'yes, next', run: mark(1), footer: true },
    { id: 'no', needs: 'reviewer', keys: ['n', 'x', '0'], label: 'no, next', run: mark(-1), footer: true },
    { id: 'skip', needs: 'reviewer', keys: ['space'], label: 'skip, next', run: mark(0), footer: true },
    { id: 'undo', needs: 'reviewer', keys: ['u', 'backspace', 'ctrl+z'], label: 'undo', run: onAnswers(() => void undo.back()), footer: true },
    { id: 'redo', needs: 'reviewer', keys: ['shift+u', 'ctrl+y', 'ctrl+shift+z'], label: 'redo', run: onAnswers(() => undo.again()) },
    { id: 'rest-yes', needs: 'reviewer', keys: ['shift+y'], label: 'rest of the page: yes', run: rest(1), footer: true },
    { id: 'rest-no', needs: 'reviewer', keys: ['shift+n'], label: 'rest of the page: no', run: rest(-1), footer: true },
    ...movesOf(grid, go, extend, inReview(() => !loupe() && grid.select(grid.page()))),
    { id: 'open', keys: ['enter'], label: 'one at a time', run: inReview(() => loupe.update((on) => !on && grid.length > 0)), footer: true },
    { id: 'close', keys: ['escape'], label: 'close, select none', run: close },
    { id: 'basket', needs: 'reviewer', keys: ['b'], label: 'put in the basket', run: toBasket('example'), footer: true },
    { id: 'counter', needs: 'reviewer', keys: ['shift+b'], label: 'put in the counter-basket', run: toBasket('counter_example') },
    { id: 'like', keys: ['s'], label: 'more like this', run: inReview(like) },
    { id: 'words', needs: 'reviewer', keys: ['/'], label: 'type words', run: () => document.getElementById('words')?.focus() },
    { id: 'lower', keys: ['['], label: 'threshold lower', run: nudge(-1), repeat: true },
    { id: 'higher', keys: [']'], label: 'threshold higher', run: nudge(1), repeat: true },
    { id: 'order', keys: ['o'], label: 'next order', run: inReview(nextOrder) },
    { id: 'map', keys: ['m'], label: 'map or grid', run: () => place.view.update((view) => (view === 'map' ? 'review' : 'map')) },
    { id: 'larger', keys: ['+', '='], label: 'larger images', run: resize(24) },
    { id: 'smaller', keys: ['-'], label: 'smaller images', run: resize(-24) },
    { id: 'help', keys: ['?'], label: 'keys', run: help, inDialog: true },
  ];
}
