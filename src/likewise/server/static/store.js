// What the page knows of the workspace: its state, the concept at hand, answers, the rule.

import { address, conceptPath, get, getFrame, newest } from './api.js';
import { signal } from './dom.js';

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {import('./place.js').Place} Place */
/** @typedef {{ids: string[], scores: Float32Array, total: number}} Ranked */

export const VERDICTS = /** @type {Record<string, Mark>} */ ({ yes: 1, no: -1, unsure: 0 });
export const WORDS = /** @type {Record<string, string>} */ ({ '1': 'yes', '-1': 'no', '0': 'unsure' });
const UNKNOWN = 128; // of red, green and blue: the colour is not computed yet
/** As many ranks as a list can have. */
export const LONGEST = 100_000;

export class Store {
  /** The answer of GET /api/state. */
  state = signal(/** @type {any} */ (null));
  /** The basket of the concept at hand. */
  concept = signal(/** @type {any} */ (null));
  /** The answer of GET .../rule. */
  rule = signal(/** @type {any} */ (null));
  /** The answer of GET .../report. */
  report = signal(/** @type {any} */ (null));
  /** The answer of GET .../range: what the threshold would accept. */
  range = signal(/** @type {any} */ (null));
  /** Grows with every change of the marks, which are one map that is not copied. */
  changes = signal(0);
  /** What is going on, in words; empty when nothing is. */
  status = signal('');
  /** What went wrong, in one sentence. */
  trouble = signal('');
  /** What cannot be shown, and why; in place of the grid. */
  obstacle = signal('');
  /** Milliseconds of the last refit. */
  refit = signal(0);
  threshold = signal(/** @type {number | null} */ (null));
  /** Jobs by number. */
  jobs = signal(/** @type {Map<number, any>} */ (new Map()));
  generation = 0;
  /** @type {Map<string, Mark>} */
  marks = new Map();
  /** @type {Map<string, string>} by image, its class in an exclusive label set, which is another one */
  derived = new Map();
  /** @type {Map<string, number>} */
  scores = new Map();
  /** @type {Map<string, number>} */
  chances = new Map();
  /** @type {Map<string, number>} where each image is on a map */
  places = new Map();
  /** @type {Map<string, ArrayLike<number>>} the part of an image that its score is of, as fractions */
  parts = new Map();
  /** @type {Map<string, string>} */
  colours = new Map();

  /**
   * Called when answers are asked for; what it gives, when they are here: marks that the server
   * may not have known then. Whoever sends them says how.
   * @type {() => () => [string, Mark][]}
   */
  follow = () => () => [];

  #newestState = newest();
  #newestConcept = newest();
  #newestAnswers = newest();
  #newestRule = newest();
  #newestReport = newest();
  #newestRange = newest();

  /** @param {Place} place */
  constructor(place) {
    this.place = place;
  }

  async loadState() {
    const state = await this.#newestState(get('/api/state'));
    this.generation = state.workspace?.generation ?? 0;
    this.jobs.set(new Map(state.jobs.map((/** @type {any} */ job) => [job.id, job])));
    this.state.set(state);
  }

  /**
   * Whether the person may do what needs a role; the server refuses in any case.
   * @param {'reviewer' | 'owner'} role
   */
  may(role) {
    const { role: own } = this.state();
    return own === 'owner' || own === role;
  }

  /** The concept's path, for the server. */
  get path() {
    return conceptPath(this.place.concept());
  }

  /**
   * A path as people write it.
   * @param {string} path
   */
  shown(path) {
    const { home } = this.state();
    return home && `${path}/`.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
  }

  /** Basket and answers of the concept at hand. */
  async loadConcept() {
    const name = this.place.concept();
    const followed = this.follow();
    // Both are asked for at once, for the answers wait for a first rule, which the basket need not.
    const answered = this.#newestAnswers(get(`${this.path}/labels`));
    answered.catch(() => {}); // told below
    try {
      const concept = await this.#newestConcept(get(this.path));
      if (name === this.place.concept()) this.concept.set(concept);
      const answers = await answered;
      if (name !== this.place.concept()) return;
      this.marks.clear();
      for (const [item, verdict] of answers.labels) this.marks.set(item, VERDICTS[verdict]);
      for (const [item, mark] of followed()) this.marks.set(item, mark);
      this.derived = new Map(Object.entries(answers.derived));
      this.marked();
    } finally {
      followed();
    }
  }

  /** Another concept: nothing of the one before holds. */
  clear() {
    this.marks.clear();
    this.derived.clear();
    this.scores.clear();
    this.chances.clear();
    this.parts.clear();
    this.concept.set(null);
    this.rule.set(null);
    this.report.set(null);
    this.range.set(null);
    this.threshold.set(null);
    this.refit.set(0);
    this.marked();
  }

  /**
   * What to ask for to have the order that is chosen.
   * @param {number} k ranks
   */
  wanted(k) {
    const { concept, order, filter } = this.place;
    const query = { k: Math.min(k, LONGEST), filter: filter() };
    return concept() ? { ...query, order: order() } : query;
  }

  /**
   * Images in the order that is chosen; at random where there is no concept.
   * @param {number} k
   * @returns {Promise<string[]>}
   */
  async ranking(k) {
    const path = this.place.concept() ? `${this.path}/ranking` : '/api/images';
    return this.take(await getFrame(address(path, this.wanted(k))));
  }

  /**
   * Remember what a ranking says of its images.
   * @param {import('./frames.js').Frame} frame
   * @returns {string[]} their ids, in order
   */
  take({ head, arrays }) {
    const ids = /** @type {string[]} */ (head.ids);
    const { scores, probabilities, places, colours, parts } = arrays;
    for (let i = 0; i < ids.length; i++) {
      this.scores.set(ids[i], scores[i]);
      if (probabilities) this.chances.set(ids[i], probabilities[i]);
      this.places.set(ids[i], places[i]);
      this.parts.delete(ids[i]);
      if (parts && parts[4 * i + 2]) this.parts.set(ids[i], parts.subarray(4 * i, 4 * i + 4));
      if (this.colours.has(ids[i])) continue;
      const [red, green, blue] = colours.subarray(3 * i, 3 * i + 3);
      const isKnown = red !== UNKNOWN || green !== UNKNOWN || blue !== UNKNOWN;
      if (isKnown) this.colours.set(ids[i], `rgb(${red} ${green} ${blue})`);
    }
    if (head.milliseconds !== undefined) this.refit.set(head.milliseconds);
    return ids;
  }

  /** What was learned: the histogram, the threshold, what each part says. */
  async loadRule() {
    const name = this.place.concept();
    if (!name) return;
    const rule = await this.#newestRule(get(`${this.path}/rule`));
    if (name === this.place.concept()) this.rule.set(rule);
  }

  /** How many there are. */
  async loadReport() {
    const name = this.place.concept();
    if (!name) return;
    const report = await this.#newestReport(get(`${this.path}/report`));
    if (name === this.place.concept()) this.report.set(report);
  }

  /** What the threshold would accept. */
  async loadRange() {
    const name = this.place.concept();
    if (!name) return;
    const range = await this.#newestRange(get(address(`${this.path}/range`, { threshold: this.threshold() })));
    if (name === this.place.concept()) this.range.set(range);
  }

  /** The marks have changed. */
  marked() {
    this.changes.update((n) => n + 1);
  }

  /** @param {Mark} mark */
  count(mark) {
    this.changes();
    let count = 0;
    for (const one of this.marks.values()) if (one === mark) count++;
    return count;
  }

  /**
   * The class that makes an image a no which nobody said; undefined where there is none, or an answer.
   * @param {string} id
   */
  derivedOf(id) {
    return this.marks.has(id) ? undefined : this.derived.get(id);
  }

  /**
   * Whether nobody needs to answer an image.
   * @param {string} id
   */
  isSettled(id) {
    return this.marks.has(id) || this.derived.has(id);
  }

  /** @returns {string[]} the images that are a no which nobody said */
  derivedIds() {
    this.changes();
    return [...this.derived.keys()].filter((id) => !this.marks.has(id));
  }

  /**
   * What a no that nobody said rests on, in words; empty where there is none.
   * @param {string} id
   */
  derivedWord(id) {
    const name = this.derivedOf(id);
    return name === undefined ? '' : `no: labelled ${name}`;
  }

  /**
   * Whether the threshold accepts an image; undefined where there is none, or no score.
   * @param {string} id
   */
  accepts(id) {
    const [bar, score] = [this.bar(), this.scores.get(id)];
    return bar === null || score === undefined ? undefined : score >= bar;
  }

  /** The score from which on an image is accepted: the person's, else the rule's. */
  bar() {
    return this.threshold() ?? this.rule()?.threshold ?? null;
  }
}
