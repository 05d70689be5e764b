// The pages of a label set: a page holds still until it is answered, the rest follows the model.

import { sendForFrame } from './api.js';
import { signal } from './dom.js';
import { Glance } from './glance.js';
import { NONE } from './set_store.js';

/** @typedef {{title: string, ids: string[]}} List */

const AHEAD = 3; // pages that are asked for at once: the next one is here before a model is
const LEAST = 60;
const OF_ONE_CLASS = 400;
const PATIENCE_MS = 20_000; // for another page, where none is left
const LIKE = 200;
const WAITING = 'The next page is on its way.';

export class SetPages {
  focus = signal(/** @type {{id: string | undefined, rank: number}} */ ({ id: undefined, rank: 0 }));
  length = signal(0);
  /** What the last key did. */
  note = signal('');
  /** Why there is nothing to look at. */
  obstacle = signal('');
  /** Why nothing can be answered now; empty where it can. */
  locked = signal('');
  /** A list in place of the queue. */
  list = signal(/** @type {List | null} */ (null));
  /** @type {Map<string, import('./grid.js').Mark>} the images of this list that are answered */
  settled = new Map();
  #opened = 0;
  #following = false;
  #missed = false; // answers were saved while the tail was being asked for
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #turning;

  /**
   * @param {import('./set_store.js').SetStore} store
   * @param {import('./grid.js').Grid} grid
   * @param {() => boolean} isSaving whether answers are on their way, after which `follow` is called
   */
  constructor(store, grid, isSaving) {
    this.store = store;
    this.grid = grid;
    this.isSaving = isSaving;
    this.glance = new Glance(grid);
    grid.setMarks(this.settled);
    grid.host.addEventListener('grid-focus', (event) => this.focus.set(/** @type {CustomEvent} */ (event).detail));
  }

  /** The queue at hand: new kinds where a model cannot be. */
  get queue() {
    return this.store.learnable ? this.store.place.queue() || 'teaching' : 'new';
  }

  /** @returns {string[]} classes that the queue is of */
  get of() {
    const { place, classes } = this.store;
    const of = place.of().split('\n').filter((name) => classes.includes(name) || name === NONE);
    if (this.queue === 'class') return of.length === 1 ? of : classes.slice(0, 1);
    if (this.queue === 'teaching') return of.slice(0, 1);
    return this.queue === 'between' && of.length === 2 ? of : [];
  }

  /**
   * The queue at hand from its top.
   * @param {boolean} [again] other new kinds
   */
  async open(again = false) {
    const opened = ++this.#opened;
    this.list.set(null);
    this.obstacle.set('');
    this.#lock('The page is on its way.');
    this.note.set('');
    try {
      const rows = await this.#ask(again);
      if (opened !== this.#opened) return;
      this.store.proposals = new Map(rows.map(({ id, proposal }) => [id, proposal]));
      this.#show(rows.map(({ id }) => id), 'Nothing is left to look at here; choose other pages.');
    } catch (error) {
      if (opened === this.#opened) this.#show([], /** @type {Error} */ (error).message);
    }
  }

  /**
   * Certain images in place of the queue.
   * @param {List} list
   */
  showList(list) {
    this.#opened++;
    this.list.set(list);
    this.#show(list.ids, 'There is no image in this list.');
    this.grid.host.focus();
  }

  /** More like the focused image. */
  async like() {
    const id = this.grid.focusId;
    if (id === undefined) return;
    try {
      const { head } = await sendForFrame('/api/search', { examples: [id], k: LIKE });
      const ids = head.ids.filter((/** @type {string} */ one) => one === id || !this.store.given.get(one)?.length);
      this.showList({ title: `Like ${id}`, ids });
    } catch (error) {
      this.note.set(/** @type {Error} */ (error).message);
    }
  }

  /** @returns {string[]} the images of the page that are not answered */
  unanswered() {
    return this.grid.page().filter((id) => !this.settled.has(id));
  }

  /** The model has changed: what is below the page follows it, and the figures. */
  async follow() {
    if (this.#following) {
      this.#missed = true;
      return;
    }
    this.#following = true;
    try {
      do {
        this.#missed = false;
        const opened = this.#opened;
        const rows = this.list() ? null : await this.#ask(false);
        if (rows && opened === this.#opened) this.#takeTail(rows);
        await this.store.loadStatus();
      } while (this.#missed);
    } catch (error) {
      this.note.set(/** @type {Error} */ (error).message);
    } finally {
      this.#following = false;
      if (this.#turning) this.#endTurn();
    }
  }

  /** Stay on this page, though the next one may be on its way. */
  stay() {
    if (this.#turning) this.#unlock();
  }

  /** The page is answered: the next one, which is here as a rule. */
  turn() {
    const { grid } = this;
    if (grid.pageEnd < grid.length) {
      grid.nextPage();
      return;
    }
    if (this.list()) {
      this.note.set(`${this.note()}; this was the last page`);
      return;
    }
    this.#lock(WAITING);
    this.#turning = setTimeout(() => this.#endTurn(), PATIENCE_MS);
    if (!this.isSaving() && !this.#following) void this.follow();
  }

  #endTurn() {
    this.#unlock();
    const { grid } = this;
    if (grid.pageEnd < grid.length) grid.nextPage();
    else if (!this.unanswered().length) this.note.set('This was the last page; choose other pages.');
  }

  /** @param {boolean} again */
  #ask(again) {
    const page = this.grid.columns * this.grid.rowsOnPage;
    const { queue } = this;
    const k = queue === 'class' || queue === 'suspects' ? OF_ONE_CLASS : Math.max(LEAST, AHEAD * page);
    return this.store.queue(queue, this.of, Math.min(1000, k), again);
  }

  /** @param {{id: string, proposal: import('./set_store.js').Proposal}[]} rows */
  #takeTail(rows) {
    const { grid, store } = this;
    const above = new Set(grid.ids.slice(0, grid.frozen));
    const fresh = rows.filter(({ id }) => !above.has(id) && !this.settled.has(id));
    for (const { id, proposal } of fresh) store.proposals.set(id, proposal);
    grid.replaceTail(fresh.map(({ id }) => id), grid.frozen);
    this.length.set(grid.length);
    if (this.#turning) this.#endTurn();
  }

  /** @param {string} why */
  #lock(why) {
    this.locked.set(why);
    this.grid.host.setAttribute('aria-busy', 'true');
  }

  #unlock() {
    clearTimeout(this.#turning);
    this.#turning = undefined;
    this.locked.set('');
    this.grid.host.removeAttribute('aria-busy');
  }

  /** @param {string[]} ids @param {string} empty */
  #show(ids, empty) {
    this.settled.clear();
    this.grid.setIds(ids);
    this.grid.setMarks(this.settled);
    this.length.set(ids.length);
    this.obstacle.set(ids.length ? '' : empty);
    this.glance.begin();
    this.#unlock();
  }
}
