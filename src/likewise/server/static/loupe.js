// One image at a time, large, with the same keys; its neighbours are loaded ahead.

import { ask, fullPicture, pauseBefore, thumbnail } from './api.js';
import { effect, h, signal, untracked } from './dom.js';
import { loupeFacts } from './loupe_facts.js';
import { loupeStrip } from './loupe_strip.js';
import { LoupeZoom } from './loupe_zoom.js';

const AHEAD = 3;

/**
 * What a page shows one at a time.
 * @typedef {object} Subject
 * @property {import('./grid.js').Grid} grid whose images they are
 * @property {import('./dom.js').Signal<{id: string | undefined, rank: number}>} focus of that grid
 * @property {import('./dom.js').Signal<boolean>} open
 * @property {() => number} changes grows with every answer
 * @property {(id: string) => ArrayLike<number> | undefined} [part] what gets a frame in an image:
 *   left, top, width and height in fractions of it
 * @property {import('./dom.js').Child} says what is known of the image, beside its name
 * @property {import('./dom.js').Child} answers buttons that answer it
 */

/**
 * Why a picture cannot be shown, in the server's words.
 * @param {string} path
 */
const whyNot = (path) => ask(path).then(() => '', (error) => /** @type {Error} */ (error).message);

/**
 * A button that answers the image: by hand, the keys go on in the grid, else Space would press it again.
 * @param {import('./grid.js').Grid} grid
 * @param {string} text
 * @param {() => void} answer
 */
export const answerButton = (grid, text, answer) =>
  h('button.outlined', {
    onclick: (/** @type {MouseEvent} */ event) => {
      answer();
      if (event.detail) grid.host.focus();
    },
  }, text);

/**
 * @param {import('./store.js').Store} store
 * @param {Subject} subject
 * @returns {{element: HTMLElement, zoom: (factor: number) => void}}
 */
export function loupe(store, subject) {
  const { grid, focus, open } = subject;
  const missing = signal(''); // why only the thumbnail is shown
  const picture = /** @type {HTMLImageElement} */ (h('img', { alt: () => focus().id ?? '', draggable: false }));
  const part = h('div.lw-part', { hidden: true });
  const point = () => {
    const sides = subject.part?.(focus.peek().id ?? '');
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
  const stage = h('div.loupe-stage', {}, picture, part);
  const frame = h('div.loupe-frame', { title: 'Wheel, pinch or double click: larger' }, stage);
  const zoom = new LoupeZoom(frame, stage, picture);
  const element = h(
    'div.loupe',
    { role: 'region', 'aria-label': 'One at a time', hidden: () => !open() },
    frame,
    loupeStrip(store, subject),
    h(
      'div.caption',
      {},
      h('span', {}, () => focus().id ?? ''),
      h('span.dim.number', {}, () => `rank ${(focus().rank + 1).toLocaleString('en')}`),
      subject.says,
      subject.answers,
      h('button.outlined', { onclick: () => open.set(false) }, 'Close ', h('kbd', {}, 'Esc')),
      loupeFacts(subject),
      h('span.no', { role: 'status' }, () => missing()),
    ),
  );
  effect(() => {
    const { id, rank } = focus();
    untracked(() => missing.set(''));
    zoom.reset();
    if (!open() || id === undefined) return;
    picture.src = thumbnail(id, store.generation); // at once, and sharp when the large one is here
    const isStill = () => focus.peek().id === id && open.peek();
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
      const next = grid.ids[rank + ahead];
      if (next !== undefined) new Image().src = fullPicture(next);
    }
  });
  return { element, zoom: (factor) => zoom.by(factor) };
}
