// The list under review: what is on the screen stays, the rest follows what was learned.

import { send } from './api.js';
import { Answers } from './answers.js';
import { signal } from './dom.js';
import { LONGEST, WORDS } from './store.js';

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {{title: string, ids: string[], source: string}} List */

const MORE = 400; // ranks below the fold that a refit brings at once; the rest follows in a pause
const PAUSE_MS = 900;

export class Review {
  /** A list in place of the ranking: an audit, a region of the map, what was answered. */
  list = signal(/** @type {List | null} */ (null));
  /** The focused image. */
  focus = signal(/** @type {{id: string | undefined, rank: number}} */ ({ id: undefined, rank: 0 }));
  /** How many are in the list. */
  length = signal(0);
  /** What the last key did, for the footer. */
  note = signal('');
  #ranked = false; // the server can rank as it is asked to
  #asking = false;
  #stale = false;
  #behind = false; // others answered while answers of this page were on their way
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #opened = 0;

  /**
   * Fires `review-ranked` (the tail follows a new rule) and `review-settled` (nothing was pressed
   * for a while) on the grid's host.
   * @param {import('./store.js').Store} store
   * @param {import('./grid.js').Grid} grid
   * @param {string} workspace its path, after the name of whose answers these are where it has users
   */
  constructor(store, grid, workspace) {
    this.store = store;
    this.grid = grid;
    this.answers = new Answers(store, workspace, {
      wanted: () => (this.#ranked && !this.list() ? { query: store.wanted(grid.fold + MORE), list: this.#opened } : null),
      saved: (to, ranked) => this.#saved(to, ranked),
    });
    this.#behind = this.answers.queue.waiting > 0; // those of an earlier visit are on their way
    grid.host.addEventListener('grid-focus', (event) =>
      this.focus.set(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** Another concept, order or filter: the list from its top. */
  async open() {
    const opened = ++this.#opened;
    this.#ranked = false;
    clearTimeout(this.#pause);
    this.list.set(null);
    this.store.obstacle.set('');
    this.store.status.set('ranking…');
    try {
      const ids = await this.store.ranking(MORE);
      if (opened !== this.#opened) return;
      this.#ranked = Boolean(this.store.place.concept());
      this.#show(ids);
      if (!ids.length) this.#explainEmpty();
      this.#later();
    } catch (error) {
      if (opened !== this.#opened) return;
      this.#show([]);
      this.store.obstacle.set(/** @type {Error} */ (error).message);
    } finally {
      if (opened === this.#opened) this.store.status.set('');
    }
  }

  /**
   * Show certain images in place of the ranking.
   * @param {List} list
   */
  showList(list) {
    this.#opened++;
    this.store.status.set('');
    this.store.obstacle.set(list.ids.length ? '' : 'There is no image in this list.');
    this.list.set(list);
    this.#show(list.ids);
  }

  /**
   * Answer the focused image, and go to the next one. In the grid the page holds still until all of
   * it is answered: it never scrolls under somebody who marks its last image.
   * @param {Mark} mark
   * @param {{alone?: boolean}} [how] `alone` where one image is shown at a time
   */
  mark(mark, { alone = false } = {}) {
    const id = this.grid.focusId;
    if (id === undefined || !this.#hasConcept()) return;
    this.#give([id], mark, 'key');
    this.note.set('');
    if (alone || !this.grid.isAtPageEnd) this.grid.move(1);
    else {
      const left = this.grid.page().filter((one) => !this.store.marks.has(one)).length;
      if (!left) this.grid.nextPage();
      else this.note.set(`${left} on this page are not answered; Shift+Y or Shift+N answers them, → goes on`);
    }
  }

  /**
   * Answer what is shown in full and not answered yet, and go to the next page. Images that are not
   * loaded, or cannot be shown, are left out: nobody has seen them.
   * @param {Mark} mark
   */
  rest(mark) {
    if (!this.grid.length || !this.#hasConcept()) return;
    const open = this.grid.page().filter((id) => !this.store.marks.has(id));
    const shown = new Set(this.grid.shownPage());
    const ids = open.filter((id) => shown.has(id));
    const unseen = open.length - ids.length;
    if (open.length && !ids.length) {
      this.note.set('no picture of this page is here yet; nothing was answered');
      return;
    }
    this.#give(ids, mark, 'page');
    this.grid.nextPage();
    const rest = unseen ? `, ${unseen} not shown are left out` : '';
    this.note.set(`${ids.length} marked ${WORDS[mark]}${rest}; U takes all of them back`);
  }

  /**
   * Answer many as one action.
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {string} source
   */
  answer(ids, mark, source) {
    this.answers.give(ids, mark, source, this.grid.focusId);
    this.note.set(`${ids.length.toLocaleString('en')} marked ${WORDS[mark]}; U takes all of them back`);
  }

  /** Take the last action back; the focus goes to where it was. */
  async undo() {
    if (!this.store.place.concept()) return;
    const step = this.answers.takeBack();
    if (!step?.action) return this.#undoOnServer(step);
    this.#goBack(step.focus);
    this.note.set(step.was.length === 1 ? 'taken back' : `${step.was.length} taken back`);
  }

  /** Bring the list in step with the rule, below the fold. */
  async refresh() {
    this.#stale = true;
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#stale && !this.list()) {
        this.#stale = false;
        const opened = this.#opened;
        const ids = await this.store.ranking(this.grid.fold + MORE);
        if (opened === this.#opened && !this.list()) this.#followed(ids);
      }
      this.#later();
    } catch (error) {
      this.store.trouble.set(/** @type {Error} */ (error).message);
    } finally {
      this.#asking = false;
    }
  }

  /** Others have answered, or changed the basket. */
  async follow() {
    this.#behind = this.answers.queue.waiting > 0;
    if (this.#behind) return;
    try {
      await this.store.loadConcept();
      await this.refresh();
    } catch (error) {
      this.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /**
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {string} how
   */
  #give(ids, mark, how) {
    const random = this.store.place.order() === 'random' ? 'random' : how;
    this.answers.give(ids, mark, this.list()?.source ?? random, this.grid.focusId);
  }

  /** @param {string[]} ids of a new ranking, some way down */
  #followed(ids) {
    const { grid, store } = this;
    // What is below stays scrollable; it is put in order when there is a pause.
    const fresh = new Set(ids);
    const tail = grid.ids
      .slice(grid.fold)
      .filter((id) => !fresh.has(id) && !store.marks.has(id));
    grid.replaceTail([...ids, ...tail]);
    this.length.set(grid.length);
    if (grid.length) store.obstacle.set('');
    grid.host.dispatchEvent(new CustomEvent('review-ranked'));
  }

  #hasConcept() {
    if (this.store.place.concept()) return true;
    this.store.trouble.set('Say first what you look for: type words, drop an image, or press B on one.');
    return false;
  }

  /** @param {import('./answers.js').Step | undefined} step a round, or nothing of this visit */
  async #undoOnServer(step) {
    try {
      await this.answers.settle();
      const undone = await send(`${this.store.path}/undo`);
      const count = undone.items.length;
      if (!count && undone.round === undefined) {
        this.note.set('nothing is left to take back');
        return;
      }
      this.note.set(count ? `${count} of an earlier visit taken back` : 'the accepted range is taken back');
      await this.store.loadConcept();
      if (undone.round !== undefined) await this.open();
      else await this.refresh();
      this.#goBack(step?.focus ?? undone.items[0]);
    } catch (error) {
      this.answers.putBack(step);
      this.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string | undefined} id */
  #goBack(id) {
    if (id === undefined || this.grid.focusOn(id)) return;
    const below = this.grid.ids.slice(this.grid.fold).filter((one) => one !== id);
    this.grid.replaceTail([id, ...below]);
    this.grid.focusOn(id);
  }

  /**
   * @param {string} to
   * @param {import('./answers.js').Ranked} ranked
   */
  #saved(to, ranked) {
    if (to !== this.answers.path) return;
    if (this.#behind && !this.answers.queue.waiting) void this.follow();
    else if (this.list()) this.#settled();
    else if (!ranked || ranked.list !== this.#opened || ranked.frame.head.error) void this.refresh();
    else {
      this.#followed(this.store.take(ranked.frame));
      this.#later();
    }
  }

  /** @param {string[]} ids */
  #show(ids) {
    this.grid.setMarks(this.store.marks);
    this.grid.setIds(ids);
    this.length.set(this.grid.length);
  }

  #explainEmpty() {
    const filter = this.store.place.filter();
    if (filter) this.store.obstacle.set(`No image passes the filter ${filter}. Change it or clear it.`);
    else if (!this.store.state()?.workspace?.items) this.store.obstacle.set('No image is indexed yet.');
    else this.store.obstacle.set('Every image is answered. Export them, or start another concept.');
  }

  /** In a pause: the whole ranking, and what the panel says. */
  #later() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(async () => {
      const opened = this.#opened;
      if (this.list() || this.#asking) return;
      try {
        const ids = await this.store.ranking(LONGEST);
        if (opened !== this.#opened || this.#stale || this.list()) return;
        this.grid.replaceTail(ids);
        this.length.set(this.grid.length);
      } catch {
        // the list as it is will do; the next answer asks again
      }
      this.#settled();
    }, PAUSE_MS);
  }

  #settled() {
    this.grid.host.dispatchEvent(new CustomEvent('review-settled'));
  }
}
