// Facets in a panel: values with counts to tick, ranges, a search inside; and what is chosen, in
// words, which every view shows.

import { effect, h } from './dom.js';
import { facetRange } from './facet_range.js';
import { inWords, titleOf } from './facets.js';

/** @typedef {import('./facets.js').Facet} Facet */

const FEW = 8; // values of a facet that are shown before all are asked for
const OPEN = 5; // facets whose values are in sight at first

/**
 * What is chosen, each with a button that takes it away; nothing where nothing is.
 * @param {import('./facets.js').Facets} facets
 */
export function chosenChips(facets) {
  const { place } = facets.store;
  const chip = (/** @type {string} */ text, /** @type {() => void} */ clear) =>
    h('li', {}, h('span', {}, text), h('button', { 'aria-label': `Take away the filter ${text}`, onclick: clear }, '×'));
  return h('div', {}, () => {
    const chosen = Object.entries(place.chosen());
    if (!chosen.length && !place.condition()) return null;
    const images = place.filter() && facets.answer() ? `Filter: ${facets.answer()?.images.toLocaleString('en')} of ${facets.answer()?.of.toLocaleString('en')} images` : 'Filter';
    return h('section.chosen', { 'aria-label': 'Filter in force' },
      h('div.row', {}, h('b.number', {}, images), h('button.link', { onclick: () => place.clearFilter() }, 'Clear')),
      h('ul.chips', {},
        chosen.map(([name, one]) => chip(`${titleOf(name)}: ${inWords(one)}`, () => facets.clear(name))),
        place.condition() && chip(place.condition(), () => place.condition.set(''))));
  });
}

/** @param {import('./facets.js').Facets} facets */
export function facetsPanel(facets) {
  /** @type {Map<string, {element: HTMLElement, show: (facet: Facet) => void}>} */
  const made = new Map();
  const list = h('div.facets');
  effect(() => {
    const answer = facets.answer();
    if (!answer) return;
    const shown = answer.facets.map((facet, i) => {
      const key = `${facet.kind} ${facet.name}`; // a list may become a range when images come
      const one = made.get(key) ?? facetOf(facets, facet, i < OPEN);
      made.set(key, one);
      one.show(facet);
      return one.element;
    });
    if (shown.length !== list.children.length || shown.some((element, i) => element !== list.children[i])) {
      list.replaceChildren(...shown);
    }
  });
  return h('section.filter-panel', { 'aria-label': 'Filter' },
    h('p.no', { role: 'alert' }, () => facets.trouble()),
    () => (facets.answer() ? null : h('p.dim', { role: 'status' }, 'Reading what is known of the images…')),
    () => (facets.answer()?.facets.length === 0 ? h('p.dim', {}, 'Nothing is known of these images that tells them apart.') : null),
    list,
    () => {
      const names = facets.answer()?.left_out ?? [];
      return names.length
        ? h('p.dim', {}, `Not listed, for nearly every image has another value: ${names.map(titleOf).join(', ')}. A condition above the images can name them.`)
        : null;
    });
}

/**
 * @param {import('./facets.js').Facets} facets
 * @param {Facet} first
 * @param {boolean} open
 */
function facetOf(facets, first, open) {
  const { name, kind } = first;
  const title = titleOf(name);
  const body = kind === 'values' ? facetValues(facets, first) : facetRange(facets, first);
  const sum = h('small.number');
  const element = /** @type {HTMLElement} */ (
    h('details.facet', { open }, h('summary', {}, h('b', {}, title), ' ', sum), body.element));
  const show = (/** @type {Facet} */ facet) => {
    const chosen = inWords(facets.store.place.chosen.peek()[name] ?? {});
    sum.textContent = chosen || (kind === 'values' ? facet.distinct.toLocaleString('en') : '');
    body.show(facet);
  };
  return { element, show };
}

/**
 * Values of a list; a box keeps the focus while counts change around it.
 * @param {import('./facets.js').Facets} facets
 * @param {Facet} first
 */
function facetValues(facets, first) {
  const { name } = first;
  let all = false;
  let facet = first;
  const list = h('ul.facet-values', { 'aria-label': titleOf(name) });
  const more = h('button.link', { onclick: () => { all = true; draw(); } });
  const search = first.distinct > FEW
    ? h('input', {
      type: 'search',
      'aria-label': `Look in ${titleOf(name)}`,
      placeholder: 'look inside',
      oninput: (/** @type {Event} */ event) => facets.lookFor(name, /** @type {HTMLInputElement} */ (event.target).value.trim()),
    })
    : null;
  /** @type {Map<string | null, {row: HTMLElement, box: HTMLInputElement, count: HTMLElement}>} */
  const rows = new Map();
  const rowOf = (/** @type {string | null} */ value) => {
    const known = rows.get(value);
    if (known) return known;
    const box = h('input', { type: 'checkbox', onchange: () => facets.toggle(name, value) });
    const count = h('span.number');
    const text = value === null ? h('i', {}, 'none') : h('span', { title: value }, value);
    const made = { row: h('li', {}, h('label', {}, box, text, count)), box, count };
    rows.set(value, made);
    return made;
  };
  const draw = () => {
    /** @type {{value: string | null, count: number, chosen: boolean}[]} */
    const values = [...facet.values];
    if (facet.without || facet.without_chosen) values.push({ value: null, count: facet.without, chosen: facet.without_chosen });
    const chosen = values.filter((one) => one.chosen).length;
    const shown = all ? values : values.slice(0, Math.max(FEW, chosen));
    // What has just been ticked stays where it is: rows move only when other values are shown.
    const names = new Set(shown.map(({ value }) => value));
    const before = [...rows].filter(([value, { row }]) => row.isConnected && names.has(value)).map(([value]) => value);
    const stays = before.length === shown.length;
    const elements = shown.map(({ value, count: images, chosen: isChosen }) => {
      const { row, box, count } = rowOf(value);
      box.checked = isChosen;
      count.textContent = images.toLocaleString('en');
      row.classList.toggle('dim', !images && !isChosen);
      return row;
    });
    if (!stays || list.children.length !== shown.length) list.replaceChildren(...elements);
    const left = facet.matching - facet.values.length;
    more.hidden = all || shown.length === values.length;
    more.textContent = `All ${(values.length + Math.max(0, left)).toLocaleString('en')}`;
    rest.textContent = all && left > 0 ? `${left.toLocaleString('en')} more; look inside for them` : '';
  };
  const rest = h('small.dim');
  return {
    element: h('div', {}, search, list, more, rest),
    show: (/** @type {Facet} */ next) => {
      facet = next;
      draw();
    },
  };
}
