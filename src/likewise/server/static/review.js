// The list under review, page by page: a page holds still until it is answered, the rest of the
// list follows what was learned.

import { newId } from './api.js';
import { Answers } from './answers.js';
import { signal } from './dom.js';
import { whyEmpty } from './empty.js';
import { Follower } from './follower.js';
import { Glance } from './glance.js';
import { WORDS } from './store.js';

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {{title: string, ids: string[], source: string}} List */

const MORE = 400; // ranks below the page that a refit brings at once; the rest follows in a pause
const PATIENCE_MS = 3000; // for the next page to be ranked
const RANKING = 'The list is being ranked anew; answer when it is here.';
const TURNING = 'The next page is on its way.';

export class Review {
  /** A list in place of the ranking: an audit, a region of the map, what was answered. */
  list = signal(/** @type {List | null} */ (null));
  /** The focused image. */
  focus = signal(/** @type {{id: string | undefined, rank: number}} */ ({ id: undefined, rank: 0 }));
  /** How many are in the list. */
  length = signal(0);
  /** How many images are selected. */
  selected = signal(0);
  /** What the last key did, for the footer. */
  note = signal('');
  /** Why nothing can be answered now; empty where it can. */
  locked = signal('');
  #ranked = false; // the server can rank as it is asked to
  #opened = 0;
  #shown = 0; // which of the lists that were opened
  #order = ''; // of the list that is shown
  /** @type {Map<number, string>} names of the pages that were answered on, by their numbers */
  #pages = new Map();
  /** @type {string | undefined} the last image of a page, which keeps the focus when it is answered */
  #held;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #turning;
  #glance;

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
    this.#glance = new Glance(grid);
    this.answers = new Answers(store, workspace, {
      wanted: () => (this.#ranked && !this.list() ? { query: store.wanted(grid.frozen + MORE), list: this.#opened } : null),
      saved: (to, ranked) => {
        if (to === this.answers.path) this.follower.saved(ranked);
      },
      failed: () => this.#endTurn(), // what is known already has to do
    });
    this.follower = new Follower(this, {
      more: MORE,
      opened: () => this.#opened,
      turn: () => this.#turning,
      take: (ids, turn) => this.#take(ids, turn),
      failed: () => this.#endTurn(),
    });
    grid.host.addEventListener('grid-focus', (event) => {
      this.#held = undefined;
      this.focus.set(/** @type {CustomEvent} */ (event).detail);
    });
    grid.host.addEventListener('grid-select', () => this.selected.set(grid.selection.size));
  }

  /** Another concept, order or filter: the list from its top. The old one is locked at once. */
  async open() {
    const opened = ++this.#opened;
    this.#ranked = false;
    this.follower.stop();
    this.lock();
    this.list.set(null);
    this.store.obstacle.set('');
    this.store.status.set('ranking…');
    const order = this.store.place.order();
    try {
      const ids = await this.store.ranking(MORE);
      if (opened !== this.#opened) return;
      this.#ranked = Boolean(this.store.place.concept());
      this.#show(ids, order);
      if (!ids.length) this.store.obstacle.set(whyEmpty(this.store));
      this.follower.later();
    } catch (error) {
      if (opened !== this.#opened) return;
      this.#show([], order);
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
    this.#show(list.ids, list.source);
  }

  /** No answers until another list, or page, is here. */
  lock(why = RANKING) {
    clearTimeout(this.#turning);
    this.#turning = undefined;
    this.locked.set(why);
    this.grid.host.setAttribute('aria-busy', 'true');
    this.grid.host.classList.toggle('lw-stale', why === RANKING);
  }

  /** Take answers again, unless another list is on its way. */
  unlock() {
    if (this.#shown !== this.#opened) return;
    clearTimeout(this.#turning);
    this.#turning = undefined;
    this.locked.set('');
    this.grid.host.removeAttribute('aria-busy');
    this.grid.host.classList.remove('lw-stale');
  }

  /**
   * Answer the focused image and go to the next one, or answer those that are selected. The page
   * holds still until all of it is answered: it never moves under somebody who marks its last image.
   * @param {Mark} mark
   * @param {{alone?: boolean, byHand?: boolean}} [how] `alone` where one image is shown at a time,
   *   `byHand` by a button on the image: it alone is answered, and the focus stays
   */
  mark(mark, { alone = false, byHand = false } = {}) {
    const { grid, store } = this;
    const id = grid.focusId;
    if (id === undefined || !this.#canAnswer()) return;
    if (!alone && !byHand && grid.selection.size) {
      this.#markSelected(mark);
      return;
    }
    if (!alone && !byHand && this.#held === id) {
      this.note.set(`This image is answered, and it is the last of its page; U takes it back. ${this.#whatIsLeft()}`);
      return;
    }
    if (!byHand && this.#glance.isImageNew) {
      this.note.set('Another image has just got the focus; look at it, then press again');
      return;
    }
    const isNew = !store.isSettled(id);
    const other = mark === 1 ? store.derivedOf(id) : undefined;
    this.#give([id], mark, 'key');
    this.note.set(other === undefined ? '' : `yes, and no longer ${other}; U takes it back`);
    const isLast = grid.focusRank === grid.pageEnd - 1;
    if (isNew && !this.#unanswered().length) this.#turn();
    else if (byHand) return;
    else if (!isLast) grid.move(1);
    else if (alone) this.#turn();
    else {
      this.#held = id;
      this.note.set(this.#whatIsLeft());
    }
  }

  /**
   * Answer what of the page is shown in full and not answered yet, and go to the next page. Images
   * that are not loaded, or cannot be shown, are left out: nobody has seen them.
   * @param {Mark} mark
   */
  rest(mark) {
    const { grid } = this;
    if (!grid.length || !this.#canAnswer()) return;
    if (grid.selection.size) {
      this.note.set(`${grid.selection.size} selected: Y, N or Space answers them, Esc selects none; then Shift+Y or Shift+N`);
      return;
    }
    if (!grid.isPageInView) {
      grid.focusOn(/** @type {string} */ (grid.focusId));
      this.note.set('Now the whole page is on the screen; press again to answer it');
      return;
    }
    if (this.#glance.isPageNew) {
      this.note.set('This page has only just come; look at it, then press again');
      return;
    }
    const open = this.#unanswered();
    const shown = new Set(grid.shownPage());
    const ids = open.filter((id) => shown.has(id));
    if (open.length && !ids.length) {
      this.note.set('no picture of this page is here yet; nothing was answered');
      return;
    }
    if (!ids.length) {
      this.note.set('nothing on this page is left to answer');
      grid.nextPage();
      return;
    }
    this.#give(ids, mark, 'page');
    const unseen = open.length - ids.length;
    const rest = unseen ? `, ${unseen} not shown are left out` : '';
    this.note.set(`${ids.length} marked ${WORDS[mark]}${rest}; U takes all of them back`);
    this.#turn();
  }

  /**
   * Answer many as one action.
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {string} source
   */
  answer(ids, mark, source) {
    this.answers.give(ids, mark, { source, focus: this.grid.focusId });
    this.note.set(`${ids.length.toLocaleString('en')} marked ${WORDS[mark]}; U takes all of them back`);
  }

  /**
   * Change an answer that was given before; nothing moves.
   * @param {string} id
   * @param {Mark} mark
   */
  change(id, mark) {
    this.answers.change(id, mark, this.grid.focusId);
    this.note.set(`${id} is now ${WORDS[mark]}; U takes it back`);
  }

  /**
   * Stay on this page, though the next one may be on its way.
   * @returns {boolean} false where another list is
   */
  stay() {
    this.#held = undefined;
    if (this.#turning) this.unlock();
    return this.#canAnswer();
  }

  /**
   * Go to an image, wherever the list is by now.
   * @param {string | undefined} id
   */
  goBack(id) {
    const { grid } = this;
    if (id === undefined || grid.focusOn(id)) return;
    const { frozen } = grid;
    grid.replaceTail([id, ...grid.ids.slice(frozen).filter((one) => one !== id)], frozen);
    grid.focusOn(id);
  }

  /** Where all of the page is answered, the next one comes. */
  turnIfAnswered() {
    if (!this.#unanswered().length) this.#turn();
  }

  /** @returns {string[]} */
  #unanswered() {
    return this.grid.page().filter((id) => !this.store.isSettled(id));
  }

  #whatIsLeft() {
    const left = this.#unanswered().length;
    return left ? `${left} on this page are not answered; Shift+Y or Shift+N answers them, → goes on` : 'All of this page is answered; → goes on';
  }

  /** @param {Mark} mark */
  #markSelected(mark) {
    const { grid, store } = this;
    const ids = grid.ids.filter((id) => grid.selection.has(id));
    const isNew = ids.some((id) => !store.isSettled(id));
    this.#give(ids, mark, 'selection');
    grid.select([]);
    this.note.set(`${ids.length.toLocaleString('en')} marked ${WORDS[mark]}; U takes all of them back`);
    if (isNew) this.turnIfAnswered();
  }

  /**
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {string} how
   */
  #give(ids, mark, how) {
    const { pageIndex, focusId: focus } = this.grid;
    const page = this.#pages.get(pageIndex) ?? `${this.#order}.${newId()}`;
    this.#pages.set(pageIndex, page);
    const random = this.#order === 'random' ? 'random' : how;
    this.answers.give(ids, mark, { source: this.list()?.source ?? random, page, focus });
  }

  /** The page is answered: the next one comes, ranked by all that was said. */
  #turn() {
    this.lock(TURNING);
    this.#turning = setTimeout(() => this.#endTurn(), PATIENCE_MS);
    if (this.list() || !this.#ranked || this.answers.queued.peek().error) this.#endTurn();
  }

  #endTurn() {
    if (!this.#turning) return;
    this.unlock();
    const { grid } = this;
    if (grid.pageEnd < grid.length) grid.nextPage();
    else this.note.set(`${this.note()}${this.note() && '; '}this was the last page`);
  }

  /**
   * @param {string[]} ids of a new ranking, some way down
   * @param {ReturnType<typeof setTimeout> | undefined} turn of the page whose answers it knows
   */
  #take(ids, turn) {
    const { grid, store } = this;
    const comes = turn !== undefined && turn === this.#turning;
    const from = comes ? grid.pageEnd : grid.frozen;
    // What is below stays scrollable and is put in order in a pause; a short ranking is all there is.
    const fresh = new Set(ids);
    const old = ids.length < MORE ? [] : grid.ids.slice(from);
    const tail = old.filter((id) => !fresh.has(id) && !store.marks.has(id));
    grid.replaceTail([...ids, ...tail], from);
    this.length.set(grid.length);
    if (grid.length) store.obstacle.set('');
    if (comes) this.#endTurn();
  }

  #canAnswer() {
    if (this.locked()) this.note.set(this.locked());
    else if (this.store.place.concept()) return true;
    else this.store.trouble.set('Say first what you look for: type words, drop an image, or press B on one.');
    return false;
  }

  /**
   * @param {string[]} ids
   * @param {string} order that they are in, or where they come from
   */
  #show(ids, order) {
    this.#order = order;
    this.#shown = this.#opened;
    this.#pages.clear();
    this.grid.setMarks(this.store.marks);
    this.grid.setIds(ids);
    this.length.set(this.grid.length);
    this.#glance.begin();
    this.unlock();
  }
}
