// Groups of copies: which image stays, which go; another one can be made to stay.

import { thumbnail } from './api.js';
import { compareDialog } from './compare.js';
import { h } from './dom.js';

/** @typedef {{id: string, width: number, height: number, score?: number, reason?: string}} Image */
/** @typedef {{keeper: Image, copies: Image[], count: number}} Group */

const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0],
});

/**
 * What a selection of copies says, in one line.
 * @param {{group_count: number, dropped: number, kept: number}} found
 */
export function copiesInWords({ group_count: groups, dropped, kept }) {
  const number = (/** @type {number} */ n, /** @type {string} */ what) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
  return `${number(groups, 'group')}, ${number(dropped, 'image')} would go, ${kept.toLocaleString('en')} stay.`;
}

/**
 * @param {import('./store.js').Store} store
 * @param {import('./curation.js').Curation} curation
 */
export function groupsView(store, curation) {
  let at = ''; // the image that has the focus, or had it before the groups were drawn again
  const isChosen = (/** @type {string} */ id) => curation.stay().has(id);
  /** Another image stays; a choice of the one before is released. */
  const keep = (/** @type {Image} */ keeper, /** @type {Image} */ copy) =>
    void curation.choose([copy.id], isChosen(keeper.id) ? [keeper.id] : []);
  const keepBoth = (/** @type {Image} */ keeper, /** @type {Image} */ copy) => {
    at = copy.id;
    void curation.choose([keeper.id, copy.id], []);
  };
  const { dialog, open } = compareDialog(store, { keep, keepBoth });
  const release = (/** @type {Image} */ image) => void curation.choose([], [image.id]);

  const pictures = () => [.../** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll('button.picture'))];
  const focus = (/** @type {HTMLElement | null | undefined} */ picture) => {
    if (!picture) return;
    for (const one of pictures()) one.tabIndex = one === picture ? 0 : -1;
    picture.focus();
  };
  const move = (/** @type {KeyboardEvent} */ event) => {
    const way = WAYS[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const here = /** @type {HTMLElement} */ (event.currentTarget);
    const sections = [...host.children];
    const next = sections[sections.indexOf(/** @type {Element} */ (here.closest('section'))) + way[0]];
    const all = pictures();
    focus(way[0] ? next?.querySelector('button.picture') : all[all.indexOf(here) + way[1]]);
  };

  const caption = (/** @type {Image} */ { id, width, height, score }, /** @type {string} */ fate) =>
    h('figcaption', { title: id },
      h('span', {}, id.split('/').at(-1) ?? id),
      h('span.dim.number', {}, `${width} × ${height}${score === undefined ? '' : ` · ${score.toFixed(3)}`}`),
      h('span', {}, fate));
  const picture = (/** @type {Image} */ { id }, /** @type {string} */ label, /** @type {() => void} */ run) =>
    h('button.picture', {
      'aria-label': label, title: label, 'data-image': id, tabIndex: -1,
      onfocus: () => (at = id), onclick: run,
      onkeydown: move,
    }, h('img', { src: thumbnail(id, store.generation), alt: '', loading: 'lazy' }));

  const section = (/** @type {Group} */ group, /** @type {number} */ index) => {
    const { keeper, copies, count } = group;
    const chosen = isChosen(keeper.id);
    return h('section.group.copies', { 'aria-label': `Group ${index + 1}` },
      h('figure.yes', {},
        picture(keeper, chosen ? `${keeper.id} stays by choice: leave it to the method` : `${keeper.id} stays: make that a choice`,
          () => (chosen ? release(keeper) : void curation.choose([keeper.id], []))),
        caption(keeper, chosen ? '✓ stays, chosen' : '✓ stays')),
      copies.map((copy) =>
        h('figure.no', {},
          picture(copy, `Keep ${copy.id} instead of ${keeper.id}`, () => keep(keeper, copy)),
          caption(copy, copy.reason === 'near-duplicate' ? '✕ goes' : `✕ goes: ${copy.reason}`),
          h('div.choices', {},
            h('button.link', { 'aria-label': `Compare ${copy.id} with ${keeper.id}`, onclick: () => open(keeper, copy) }, 'Compare'),
            h('button.link', { 'aria-label': `Keep both, ${copy.id} and ${keeper.id}`, onclick: () => keepBoth(keeper, copy) }, 'Keep both')))),
      count > copies.length && h('p.dim', {}, `and ${(count - copies.length).toLocaleString('en')} more`));
  };

  const host = h('div', { role: 'group', 'aria-label': 'Groups of copies' });
  const draw = (/** @type {Group[]} */ groups) => {
    const had = host.contains(document.activeElement);
    host.replaceChildren(...groups.map(section));
    const all = pictures();
    const same = all.find((one) => one.dataset.image === at);
    if (all.length) (same ?? all[0]).tabIndex = 0;
    if (had && same) same.focus({ preventScroll: true });
  };
  return { host, dialog, draw };
}
