// Above the grid: the order, a filter, how many there are, the size of the tiles.

import { effect, h, signal } from './dom.js';
import { ORDERS } from './place.js';

const MOST_PASSED = 2000; // images above the page that are looked at

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 * @param {import('./grid.js').Grid} grid
 */
export function resultsBar(store, review, grid) {
  const { place } = store;
  const passed = signal(/** @type {string[]} */ ([]));
  effect(() => {
    review.focus();
    review.length();
    store.changes();
    const start = grid.pageEnd - grid.page().length;
    const above = place.concept() ? grid.ids.slice(Math.max(0, start - MOST_PASSED), start) : [];
    passed.set(above.filter((id) => !store.isSettled(id)));
  });
  const orders = () =>
    place.concept()
      ? ORDERS.map(([order, title]) =>
          h(
            'button',
            {
              'aria-pressed': () => String(place.order() === order && !review.list()),
              onclick: () => {
                if (review.list() && place.order() === order) void review.open();
                place.order.set(order);
                grid.host.focus();
              },
            },
            title,
          ),
        )
      : h('span.dim', {}, 'Any images, at random');
  const filter = h('input', {
    type: 'search',
    'aria-label': 'Filter: a condition on the images, such as width >= 800',
    placeholder: 'filter',
    title: () => `A condition such as width >= 800, on: ${(store.state()?.workspace?.columns ?? []).join(', ')}`,
    value: () => place.condition(),
    onchange: (/** @type {Event} */ event) => place.condition.set(/** @type {HTMLInputElement} */ (event.target).value.trim()),
  });
  return h(
    'div.bar',
    { role: 'toolbar', 'aria-label': 'Results' },
    () =>
      review.list()
        ? [
            h('b', {}, review.list()?.title ?? ''),
            h('button.outlined', { onclick: () => void review.open() }, 'Back to the ranking ', h('kbd', {}, 'Esc')),
          ]
        : orders(),
    h('span.grow', {}),
    h('button.link.passed', {
      hidden: () => !passed().length,
      title: 'Go back to the first image that was passed without an answer',
      onclick: () => {
        grid.focusOn(passed()[0]);
        grid.host.focus();
      },
    }, () => `${passed().length.toLocaleString('en')} unanswered above`),
    h('small.number', {}, () => `${review.length().toLocaleString('en')} images`),
    filter,
    h('input', {
      type: 'range',
      min: 72,
      max: 320,
      step: 4,
      value: () => place.size(),
      'aria-label': 'Size of the images',
      oninput: (/** @type {Event} */ event) => place.size.set(Number(/** @type {HTMLInputElement} */ (event.target).value)),
    }),
  );
}
