// What tiles are coloured by: a colour and a letter for each value, and the legend that names them.
// The map has the same choice, colours and legend.

import { address, get, getFrame, newest } from './api.js';
import { effect, h, signal, untracked } from './dom.js';
import { titleOf } from './facets.js';
import { CATEGORIES, NONE, OTHERS } from './points.js';

/** @typedef {{by: string, legend: string[], counts: number[], others: number, none: number, generation: number}} Legend */
/** @typedef {{letter: string, colour: string, name: string}} Look what a tile shows of its value */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const BASKET = 'basket:';
const SET = 'set:';

/**
 * What images are coloured by, as people read it.
 * @param {string} by
 */
export function nameOf(by) {
  if (by.startsWith(BASKET)) return `basket of ${by.slice(BASKET.length)}`;
  if (by.startsWith(SET)) return `answers of ${by.slice(SET.length)}`;
  return titleOf(by);
}

/**
 * The colours and letters of the values of a legend, in its order.
 * @param {{legend: string[], others: number, none: number}} legend
 * @returns {Look[]}
 */
export const looksOf = ({ legend, others, none }) =>
  legend.map((name, i) => {
    if (i === none) return { name, letter: '–', colour: NONE };
    if (i === others) return { name, letter: '+', colour: OTHERS };
    return { name, letter: LETTERS[i % LETTERS.length], colour: CATEGORIES[i % CATEGORIES.length] };
  });

/**
 * A legend: of each value its letter on its colour, its name and how many images have it.
 * @param {Legend} legend
 */
export function legendList(legend) {
  return h('ul.legend', { 'aria-label': `Colours by ${nameOf(legend.by)}` },
    looksOf(legend).map(({ name, letter, colour }, i) =>
      h('li', {}, h('span.swatch', { 'aria-hidden': 'true', style: { background: colour } }, letter),
        h('span', {}, name), h('small.number', {}, (legend.counts[i] ?? 0).toLocaleString('en')))));
}

export class Colouring {
  /** The legend of the choice; null where nothing is chosen, or it is on its way. */
  legend = signal(/** @type {Legend | null} */ (null));
  /** Names of the label sets, whose answers are a choice. */
  sets = signal(/** @type {string[]} */ ([]));
  /** @type {Look[]} */
  #looks = [];
  /** @type {Uint8Array} */
  #classes = new Uint8Array(0);
  #newest = newest();

  /** @param {import('./store.js').Store} store */
  constructor(store) {
    this.store = store;
    const { place } = store;
    effect(() => {
      const by = place.colour();
      place.filter();
      store.state();
      if (by.startsWith(BASKET)) store.concept();
      if (by.startsWith(SET)) place.view(); // answers are given on another page
      untracked(() => void this.#load(by));
    });
  }

  /**
   * What a tile shows of its value; nothing where nothing is chosen.
   * @param {string} id
   * @returns {Look | undefined}
   */
  lookOf(id) {
    if (!this.#looks.length) return undefined;
    const at = this.store.places.get(id);
    return at === undefined || at < 0 ? undefined : this.#looks[this.#classes[at]];
  }

  async loadSets() {
    try {
      const sets = /** @type {{name: string}[]} */ (await get('/api/label-sets'));
      this.sets.set(sets.map(({ name }) => name));
    } catch (error) {
      this.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} by */
  async #load(by) {
    const { place, trouble } = this.store;
    try {
      const frame = by ? await this.#newest(getFrame(address('/api/colours', { by, filter: place.filter() || null }))) : await this.#newest(Promise.resolve(null));
      if (by !== place.colour()) return;
      this.#looks = frame ? looksOf(frame.head) : [];
      this.#classes = frame ? frame.arrays.classes : new Uint8Array(0);
      this.legend.set(frame?.head ?? null);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
      if (by === place.colour()) place.colour.set(''); // what cannot be had is not chosen
    }
  }
}

/**
 * The choice of colours, beside the facets.
 * @param {Colouring} colouring
 * @param {import('./facets.js').Facets} facets
 */
export function colourChoice(colouring, facets) {
  const { place } = colouring.store;
  return h('label.colour-choice', {}, h('b', {}, 'Colour by'), () => {
    const chosen = place.colour.peek();
    const options = choicesOf(facets, colouring.sets());
    if (chosen && !options.some(([by]) => by === chosen)) options.push([chosen, nameOf(chosen)]);
    const select = h('select', {
      onchange: (/** @type {Event} */ event) => place.colour.set(/** @type {HTMLSelectElement} */ (event.target).value),
    }, [['', 'nothing'], ...options].map(([by, name]) => h('option', { value: by }, name)));
    effect(() => {
      select.value = place.colour();
    });
    return select;
  });
}

/**
 * What images can be coloured by, with names.
 * @param {import('./facets.js').Facets} facets
 * @param {string[]} sets names of the label sets
 * @returns {[string, string][]}
 */
export function choicesOf(facets, sets) {
  const concept = facets.store.place.concept();
  const by = [
    ...(concept ? [`${BASKET}${concept}`] : []),
    ...sets.map((name) => `${SET}${name}`),
    ...(facets.answer()?.facets ?? []).map(({ name }) => name),
  ];
  return by.map((one) => [one, nameOf(one)]);
}
