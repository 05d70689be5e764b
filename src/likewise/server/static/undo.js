// Taking back and giving again, action by action, on the concept at hand only.

import { WORDS } from './store.js';

export class Undo {
  /** @param {import('./review.js').Review} review */
  constructor(review) {
    this.review = review;
  }

  /** Take the last action back; the focus goes to where it was. */
  async back() {
    const { review } = this;
    if (!review.store.place.concept() || !review.stay()) return;
    const step = review.answers.takeBack();
    if (!step?.action) {
      await this.#onServer(step);
      return;
    }
    review.goBack(step.focus);
    review.note.set(step.was.length === 1 ? 'taken back' : `${step.was.length} taken back`);
  }

  /** Give again what was taken back last. */
  again() {
    const { review } = this;
    if (!review.store.place.concept() || !review.stay()) return;
    const step = review.answers.redo();
    review.note.set(step ? `${step.was.length} marked ${WORDS[step.mark]} again` : 'nothing was taken back that can be given again');
    if (!step) return;
    review.goBack(step.focus);
    review.turnIfAnswered();
  }

  /** @param {import('./answers.js').Step | undefined} step a round, or nothing of this visit */
  async #onServer(step) {
    const { review } = this;
    try {
      const undone = await review.answers.undoOnServer();
      const count = undone.items.length;
      if (!count && undone.round === undefined) {
        review.note.set('nothing is left to take back');
        return;
      }
      review.note.set(count ? `${count} of an earlier visit taken back` : 'the accepted range is taken back');
      await review.store.loadConcept();
      if (undone.round !== undefined) await review.open();
      else await review.follower.refresh();
      review.goBack(step?.focus ?? undone.items[0]);
    } catch (error) {
      review.answers.putBack(step);
      review.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }
}
