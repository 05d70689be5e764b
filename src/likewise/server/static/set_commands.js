// The table of keys of the page of label sets.

import { movesOf } from './moves.js';
import { NONE, QUEUES } from './set_store.js';

const KEYS = 9;
const CLOSER = 1.5; // times, a key in the loupe

/**
 * @param {object} of
 * @param {import('./grid.js').Grid} of.grid
 * @param {import('./set_store.js').SetStore} of.store
 * @param {import('./set_review.js').SetReview} of.review
 * @param {import('./dom.js').Signal<number>} of.first which class has the key 1
 * @param {(queue: string, of?: string[]) => void} of.show pages of a queue
 * @param {(factor: number) => void} of.zoom where one image is shown at a time
 * @param {() => void} of.name type the name of a class
 * @param {() => void} of.learn
 * @param {() => void} of.exports
 * @param {() => void} of.create
 * @param {() => void} of.confusion
 * @param {() => void} of.help
 * @returns {import('./keys.js').Command[]}
 */
export function setCommands({ grid, store, review, first, show, zoom, name, learn, exports, create, confusion, help }) {
  const { place } = store;
  const go = (/** @type {() => number} */ by) => () => grid.move(by());
  const extend = (/** @type {() => number} */ by) => () => grid.move(by(), { extend: !review.alone() });
  const give = (/** @type {number} */ key) => () => {
    const chosen = store.classes[first() + key - 1];
    if (chosen) review.give(chosen);
    else review.note.set(`No class has the key ${key}`);
  };
  const nine = (/** @type {number} */ step) => () => {
    const next = first() + step * KEYS;
    if (next >= 0 && next < store.classes.length) first.set(next);
  };
  const ofClass = (/** @type {number} */ step) => () => {
    const { classes } = store;
    if (!classes.length) return;
    const at = review.pages.queue === 'class' ? classes.indexOf(review.pages.of[0]) : step < 0 ? 0 : -1;
    show('class', [classes[(at + step + classes.length) % classes.length]]);
  };
  const next = () => {
    const at = QUEUES.findIndex(([queue]) => queue === review.pages.queue);
    show(QUEUES[(at + 1) % QUEUES.length][0]);
  };
  const resize = (/** @type {number} */ by) => () => {
    if (review.alone()) return zoom(by > 0 ? CLOSER : 1 / CLOSER);
    grid.resize(grid.size + by);
    place.size.set(grid.size);
  };
  const close = () => {
    if (review.alone()) review.alone.set(false);
    else if (grid.selection.size) grid.select([]);
    else if (review.pages.list()) void review.pages.open();
    grid.host.focus();
  };
  return [
    ...Array.from({ length: KEYS }, (_, i) => ({
      id: `class-${i + 1}`, needs: /** @type {const} */ ('reviewer'), keys: [String(i + 1)],
      label: i ? `class ${i + 1} of those with keys` : 'class 1, 2, 3 …, next', run: give(i + 1), footer: !i,
    })),
    { id: 'none', needs: 'reviewer', keys: ['0'], label: NONE, run: () => review.give(NONE), footer: true },
    { id: 'accept', needs: 'reviewer', keys: ['y'], label: 'as proposed, next', run: () => review.accept(), footer: true },
    { id: 'refuse', needs: 'reviewer', keys: ['n'], label: 'not as proposed, next', run: () => review.refuse(), footer: true },
    { id: 'skip', needs: 'reviewer', keys: ['space'], label: 'skip, next', run: () => review.skip() },
    { id: 'rest', needs: 'reviewer', keys: ['shift+y'], label: 'rest of the page: as proposed', run: () => review.rest(), footer: true },
    { id: 'select-rest', needs: 'reviewer', keys: ['a'], label: 'select the rest of the page', run: () => review.selectRest(), footer: true },
    { id: 'name', needs: 'reviewer', keys: ['t', '/'], label: 'type the name of a class', run: name, footer: true },
    { id: 'undo', needs: 'reviewer', keys: ['u', 'backspace', 'ctrl+z'], label: 'undo', run: () => void review.undo(), footer: true },
    { id: 'redo', needs: 'reviewer', keys: ['shift+u', 'ctrl+y', 'ctrl+shift+z'], label: 'redo', run: () => review.redo() },
    { id: 'more-keys', keys: ['.'], label: 'keys for the next nine classes', run: nine(1) },
    { id: 'fewer-keys', keys: [','], label: 'keys for the nine classes before', run: nine(-1) },
    { id: 'pages', keys: ['o'], label: 'other pages', run: next, footer: true },
    { id: 'next-class', keys: ['c'], label: 'pages of the next class', run: ofClass(1), footer: true },
    { id: 'class-before', keys: ['shift+c'], label: 'pages of the class before', run: ofClass(-1) },
    { id: 'again', keys: ['r'], label: 'ask for these pages again', run: () => void review.pages.open(true) },
    { id: 'like', keys: ['s'], label: 'more like this', run: () => void review.pages.like() },
    ...movesOf(grid, go, extend, () => !review.alone() && grid.select(grid.page())),
    { id: 'open', keys: ['enter'], label: 'one at a time', run: () => review.alone.update((on) => !on && grid.length > 0), footer: true },
    { id: 'learn', needs: 'reviewer', keys: ['l'], label: 'label the rest', run: learn },
    { id: 'export', needs: 'owner', keys: ['e'], label: 'export', run: exports },
    { id: 'confusion', keys: ['x'], label: 'what is taken for what', run: confusion },
    { id: 'create', needs: 'reviewer', keys: ['shift+n'], label: 'new label set', run: create },
    { id: 'close', keys: ['escape'], label: 'close, select none', run: close },
    { id: 'larger', keys: ['+', '='], label: 'larger images', run: resize(24) },
    { id: 'smaller', keys: ['-'], label: 'smaller images', run: resize(-24) },
    { id: 'help', keys: ['?'], label: 'keys', run: help, inDialog: true },
  ];
}
