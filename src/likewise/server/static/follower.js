// Keeps a list in step with the rule: after each answer some way down, in a pause all of it.

import { LONGEST } from './store.js';

const PAUSE_MS = 900;

/**
 * @typedef {object} Shown
 * @property {number} more ranks below the page that are asked for at once
 * @property {() => number} opened which list is shown; another number for each
 * @property {() => ReturnType<typeof setTimeout> | undefined} turn of the page that waits for a ranking
 * @property {(ids: string[], turn: ReturnType<typeof setTimeout> | undefined) => void} take a new
 *   ranking is here, and the turn whose answers it knows
 * @property {() => void} failed there is none
 */

export class Follower {
  #asking = false;
  #stale = false;
  #behind; // others answered while answers of this page were on their way
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /**
   * @param {import('./review.js').Review} review
   * @param {Shown} shown
   */
  constructor(review, shown) {
    this.review = review;
    this.shown = shown;
    this.#behind = review.answers.queue.waiting > 0; // those of an earlier visit are on their way
  }

  /** Another list is on its way. */
  stop() {
    clearTimeout(this.#pause);
  }

  /** Bring the list in step with the rule, below the page. */
  async refresh() {
    const { review, shown } = this;
    this.#stale = true;
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#stale && !review.list()) {
        this.#stale = false;
        const opened = shown.opened();
        const turn = this.#turn;
        const ids = await review.store.ranking(review.grid.frozen + shown.more);
        if (opened === shown.opened() && !review.list()) this.#take(ids, turn);
      }
      this.later();
    } catch (error) {
      review.store.trouble.set(/** @type {Error} */ (error).message);
      shown.failed();
    } finally {
      this.#asking = false;
    }
  }

  /** Others have answered, or changed the basket. */
  async follow() {
    const { store, answers } = this.review;
    this.#behind = answers.queue.waiting > 0;
    if (this.#behind) return;
    try {
      await store.loadConcept();
      await this.refresh();
    } catch (error) {
      store.trouble.set(/** @type {Error} */ (error).message);
      this.shown.failed();
    }
  }

  /**
   * The server has answers.
   * @param {import('./answers.js').Ranked} ranked
   */
  saved(ranked) {
    const { review, shown } = this;
    if (this.#behind && !review.answers.queue.waiting) void this.follow();
    else if (review.list()) this.#settled();
    else if (!ranked || ranked.list !== shown.opened() || ranked.frame.head.error) void this.refresh();
    else {
      this.#take(review.store.take(ranked.frame), this.#turn);
      this.later();
    }
  }

  /** In a pause: the whole ranking, and what the panel says. */
  later() {
    const { review, shown } = this;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(async () => {
      const opened = shown.opened();
      if (review.list() || this.#asking) return;
      try {
        const ids = await review.store.ranking(LONGEST);
        if (opened !== shown.opened() || this.#stale || review.list()) return;
        review.grid.replaceTail(ids);
        review.length.set(review.grid.length);
      } catch {
        // the list as it is will do; the next answer asks again
      }
      this.#settled();
    }, PAUSE_MS);
  }

  /** The turn whose answers a ranking knows that is asked for now: none while some are on their way. */
  get #turn() {
    return this.review.answers.queue.waiting ? undefined : this.shown.turn();
  }

  /**
   * @param {string[]} ids
   * @param {ReturnType<typeof setTimeout> | undefined} turn
   */
  #take(ids, turn) {
    this.shown.take(ids, turn);
    this.review.grid.host.dispatchEvent(new CustomEvent('review-ranked'));
  }

  #settled() {
    this.review.grid.host.dispatchEvent(new CustomEvent('review-settled'));
  }
}
