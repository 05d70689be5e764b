// Two images side by side, large: whether one is a copy of the other.

import { fullPicture, thumbnail } from './api.js';
import { h, signal } from './dom.js';

/** @typedef {import('./curate_groups.js').Image} Image */

/**
 * @param {import('./store.js').Store} store
 * @param {{keep: (keeper: Image, copy: Image) => void, keepBoth: (keeper: Image, copy: Image) => void}} choices
 */
export function compareDialog(store, { keep, keepBoth }) {
  const pair = signal(/** @type {[Image, Image] | null} */ (null));
  const side = (/** @type {Image} */ { id, width, height }, /** @type {string} */ fate, look = '') => {
    const picture = /** @type {HTMLImageElement} */ (h('img', { src: thumbnail(id, store.generation), alt: id }));
    const large = new Image();
    large.onload = () => (picture.src = large.src);
    large.src = fullPicture(id);
    return h('figure', { class: look }, picture,
      h('figcaption', {}, h('span', { title: id }, id), h('span.dim.number', {}, `${width} × ${height} pixels`), h('b', {}, fate)));
  };
  const close = (/** @type {() => void} */ run) => () => {
    run();
    dialog.close();
  };
  const dialog = /** @type {HTMLDialogElement} */ (
    h('dialog.compare', { 'aria-labelledby': 'compare-title', onclose: () => pair.set(null) },
      h('h2', { id: 'compare-title' }, 'Is it a copy?'),
      () => {
        const two = pair();
        if (!two) return null;
        const [keeper, copy] = two;
        return [
          h('p', {}, `Alike by ${(copy.score ?? 0).toFixed(3)}: 1 is the same picture.`),
          h('div.pair', {}, side(keeper, '✓ stays', 'yes'), side(copy, '✕ goes', 'no')),
          h('div.actions', {},
            h('button.primary', { onclick: close(() => keep(keeper, copy)) }, 'Keep the right one instead'),
            h('button.outlined', { onclick: close(() => keepBoth(keeper, copy)) }, 'Keep both'),
            h('button.outlined', { onclick: () => dialog.close() }, 'Leave it')),
        ];
      })
  );
  const open = (/** @type {Image} */ keeper, /** @type {Image} */ copy) => {
    pair.set([keeper, copy]);
    dialog.showModal();
  };
  return { dialog, open };
}
