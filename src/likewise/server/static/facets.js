// What is chosen of columns and metadata, and how many images each value has among the rest.

import { newest, send } from './api.js';
import { batch, effect, signal, untracked } from './dom.js';

/** @typedef {{values?: (string | null)[], low?: number | string | null, high?: number | string | null}} Chosen */
/** @typedef {{name: string, kind: 'values' | 'numbers' | 'times', distinct: number, without: number, values: {value: string, count: number, chosen: boolean}[], without_chosen: boolean, matching: number, low: any, high: any, counts: number[], chosen: {low: any, high: any}}} Facet */

const MANY = 200; // values of a facet of which all are shown

/**
 * The name of a facet as people read it.
 * @param {string} name
 */
export const titleOf = (name) => name.replace(/^metadata\./, '').replace(/_/g, ' ');

/**
 * What is chosen of one facet, in words.
 * @param {Chosen} chosen
 */
export function inWords({ values = [], low = null, high = null }) {
  const end = (/** @type {number | string} */ one) =>
    typeof one === 'number' ? one.toLocaleString('en', { maximumFractionDigits: 3 }) : one.slice(0, 10);
  if (values.length) return values.map((value) => value ?? 'none').join(', ');
  if (low !== null && high !== null) return `${end(low)} to ${end(high)}`;
  return low !== null ? `from ${end(low)}` : high !== null ? `up to ${end(high)}` : '';
}

/**
 * A choice with one value more, or less if it was chosen.
 * @param {Chosen | undefined} chosen
 * @param {string | null} value
 * @returns {Chosen}
 */
export function toggled(chosen, value) {
  const values = chosen?.values ?? [];
  return { values: values.includes(value) ? values.filter((one) => one !== value) : [...values, value] };
}

export class Facets {
  /** The answer of POST /api/facets. */
  answer = signal(/** @type {{images: number, of: number, facets: Facet[], left_out: string[]} | null} */ (null));
  /** Whether the list of facets is in sight. */
  isOpen = signal(false);
  /** What is looked for in the values, by the name of the facet. */
  search = signal(/** @type {Record<string, string>} */ ({}));
  trouble = signal('');
  #newest = newest();
  #asked = '{}';
  #locked = false; // the review, for a choice that is on its way

  /**
   * @param {import('./store.js').Store} store
   * @param {{lock: () => void, unlock: () => void}} review takes no answers while a choice is on its way
   */
  constructor(store, review) {
    this.store = store;
    this.review = review;
    const { place } = store;
    effect(() => {
      const chosen = JSON.stringify(place.chosen());
      place.condition();
      this.search();
      store.state();
      const isWanted = this.isOpen() || chosen !== '{}' || place.view() === 'map'; // which offers them as colours
      untracked(() => {
        this.#asked = chosen;
        if (chosen === '{}') this.#settle('');
        if (isWanted) void this.#ask(chosen);
        else this.answer.set(null);
      });
    });
  }

  /**
   * @param {string} name
   * @param {string | null} value null for images without one
   */
  toggle(name, value) {
    this.#choose(name, toggled(this.store.place.chosen()[name], value));
  }

  /**
   * @param {string} name
   * @param {{low?: number | string | null, high?: number | string | null}} ends that change
   */
  setRange(name, ends) {
    this.#choose(name, { low: null, high: null, ...this.store.place.chosen()[name], ...ends });
  }

  /** @param {string} name */
  clear(name) {
    this.#choose(name, {});
  }

  /**
   * Look for a text in the values of a facet.
   * @param {string} name
   * @param {string} text
   */
  lookFor(name, text) {
    const { [name]: _, ...others } = this.search();
    this.search.set(text ? { ...others, [name]: text } : others);
  }

  /**
   * @param {string} name
   * @param {Chosen} chosen
   */
  #choose(name, chosen) {
    const { [name]: _, ...others } = this.store.place.chosen();
    this.#locked = true;
    this.review.lock();
    this.store.place.chosen.set(inWords(chosen) ? { ...others, [name]: chosen } : others);
  }

  /** @param {string} chosen as JSON */
  async #ask(chosen) {
    const { place } = this.store;
    const body = { chosen: place.chosen(), where: place.condition() || null, search: this.search(), k: MANY };
    try {
      const answer = await this.#newest(send('/api/facets', body));
      batch(() => {
        this.trouble.set('');
        this.answer.set(answer);
        if (this.#asked === chosen) this.#settle(answer.condition);
      });
    } catch (error) {
      this.trouble.set(/** @type {Error} */ (error).message);
      this.#unlock();
    }
  }

  /**
   * The choice as a condition; the list that it opens takes answers again.
   * @param {string} condition
   */
  #settle(condition) {
    const { place } = this.store;
    if (condition === place.chosenCondition()) this.#unlock();
    else place.chosenCondition.set(condition); // which opens another list
    this.#locked = false;
  }

  #unlock() {
    if (this.#locked) this.review.unlock();
    this.#locked = false;
  }
}
