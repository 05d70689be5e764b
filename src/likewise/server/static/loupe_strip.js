// The neighbours of the image in the loupe, as a strip of small pictures with their answers.

import { thumbnail } from './api.js';
import { effect, h } from './dom.js';

const SIDE = 4; // images before and after it
const LOOKS = /** @type {Record<string, string>} */ ({ '1': 'yes', '-1': 'no', '0': 'skipped' });

/**
 * @param {import('./store.js').Store} store
 * @param {import('./loupe.js').Subject} subject
 */
export function loupeStrip(store, { grid, focus, open, changes }) {
  /** @type {Map<string, HTMLElement>} kept, so that no picture is loaded again at the next key */
  const items = new Map();
  const strip = h('ul.loupe-strip', { 'aria-label': 'Neighbours' });
  const make = (/** @type {string} */ id) =>
    h('li', {}, h('button', {
      tabIndex: -1, // the arrows go there
      'aria-label': id,
      onclick: () => {
        grid.focusOn(id);
        grid.host.focus();
      },
    }, h('img', { src: thumbnail(id, store.generation), alt: '' })));
  effect(() => {
    const { rank, id: focused } = focus();
    changes();
    if (!open()) return;
    const around = grid.ids.slice(Math.max(0, rank - SIDE), rank + SIDE + 1);
    for (const id of items.keys()) if (!around.includes(id)) items.delete(id);
    const shown = around.map((id) => {
      const item = items.get(id) ?? make(id);
      items.set(id, item);
      const button = /** @type {HTMLElement} */ (item.firstChild);
      button.className = LOOKS[String(grid.marks.get(id))] ?? '';
      if (id === focused) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
      return item;
    });
    if (shown.some((item, i) => item !== strip.children[i]) || shown.length !== strip.children.length) strip.replaceChildren(...shown);
  });
  return strip;
}
