// One image at a time, large, with the same keys; its neighbours are loaded ahead.

import { ask, fullPicture, pauseBefore, thumbnail } from './api.js';
import { effect, h, signal, untracked } from './dom.js';
import { WORDS } from './store.js';

const AHEAD = 3;
const SIGNS = /** @type {[import('./grid.js').Mark, string][]} */ ([[1, '✓ Yes'], [-1, '✕ No'], [0, '– Skip']]);

/**
 * Why a picture cannot be shown, in the server's words.
 * @param {string} path
 */
const whyNot = (path) => ask(path).then(() => '', (error) => /** @type {Error} */ (error).message);

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 * @param {import('./dom.js').Signal<boolean>} open
 */
export function loupe(store, review, open) {
  const missing = signal(''); // why only the thumbnail is shown
  const picture = /** @type {HTMLImageElement} */ (h('img', { alt: () => review.focus().id ?? '' }));
  const mark = () => {
    store.changes();
    const one = store.marks.get(review.focus().id ?? '');
    return one === undefined ? '' : (WORDS[one] === 'unsure' ? 'skipped' : WORDS[one]);
  };
  const part = h('div.lw-part', { hidden: true });
  const point = () => {
    const sides = store.parts.get(review.focus.peek().id ?? '');
    const { naturalWidth, naturalHeight, offsetWidth, offsetHeight } = picture;
    part.hidden = !sides || !naturalWidth;
    if (part.hidden || !sides) return;
    const scale = Math.min(offsetWidth / naturalWidth, offsetHeight / naturalHeight);
    const [wide, high] = [naturalWidth * scale, naturalHeight * scale];
    part.style.left = `${picture.offsetLeft + (offsetWidth - wide) / 2 + sides[0] * wide}px`;
    part.style.top = `${picture.offsetTop + (offsetHeight - high) / 2 + sides[1] * high}px`;
    part.style.width = `${sides[2] * wide}px`;
    part.style.height = `${sides[3] * high}px`;
  };
  picture.addEventListener('load', point);
  new ResizeObserver(point).observe(picture);
  const element = h(
    'div.loupe',
    { role: 'region', 'aria-label': 'One at a time', hidden: () => !open() },
    picture,
    part,
    h(
      'div.caption',
      {},
      h('span', {}, () => review.focus().id ?? ''),
      h('span.dim.number', {}, () => `rank ${(review.focus().rank + 1).toLocaleString('en')}`),
      h('span.dim.number', {}, () => {
        const score = store.scores.get(review.focus().id ?? '');
        return score === undefined ? '' : `score ${score.toFixed(2)}`;
      }),
      h('b', { class: () => mark() }, () => (mark() === 'yes' ? '✓ yes' : mark() === 'no' ? '✕ no' : mark())),
      h('span', { 'data-needs': 'reviewer', hidden: () => !store.place.concept() }, SIGNS.map(([mark, text]) =>
        h('button.outlined', {
          onclick: (/** @type {MouseEvent} */ event) => {
            review.mark(mark, { alone: true });
            if (event.detail) review.grid.host.focus(); // else Space would press it again
          },
        }, text))),
      h('button.outlined', { onclick: () => open.set(false) }, 'Close ', h('kbd', {}, 'Esc')),
      h('span.no', { role: 'status' }, () => missing()),
    ),
  );
  effect(() => {
    const { id, rank } = review.focus();
    untracked(() => missing.set(''));
    if (!open() || id === undefined) return;
    picture.src = thumbnail(id, store.generation); // at once, and sharp when the large one is here
    const isStill = () => review.focus.peek().id === id && open.peek();
    const large = new Image();
    large.onload = () => {
      if (isStill()) picture.src = large.src;
    };
    large.onerror = async () => {
      if (!isStill()) return;
      const pause = await pauseBefore(large.src);
      if (pause) setTimeout(() => isStill() && (large.src = fullPicture(id)), 1000 * pause);
      else if (pause === null) {
        const why = await whyNot(fullPicture(id));
        if (isStill() && why) missing.set(`This is the thumbnail: ${why}`);
      }
    };
    large.src = fullPicture(id);
    for (let ahead = 1; ahead <= AHEAD; ahead++) {
      const next = review.grid.ids[rank + ahead];
      if (next !== undefined) new Image().src = fullPicture(next);
    }
  });
  return element;
}
