// The pages of a label set: a page holds still until it is answered, the rest follows the model.

import { send, sendForFrame } from './api.js';
import { signal } from './dom.js';
import { Glance } from './glance.js';
import { imagesOf, SetAnswers } from './set_answers.js';
import { NONE } from './set_store.js';

/** @typedef {{title: string, ids: string[]}} List */

const AHEAD = 3; // pages that are asked for at once: the next one is here before a model is
const LEAST = 60;
const OF_ONE_CLASS = 400;
const PATIENCE_MS = 20_000; // for another page, where none is left
const LIKE = 200;
const WAITING = 'The next page is on its way.';

export class SetReview {
  focus = signal(/** @type {{id: string | undefined, rank: number}} */ ({ id: undefined, rank: 0 }));
  selected = signal(0);
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
  #settled = new Map();
  #opened = 0;
  #following = false;
  #missed = false; // answers were saved while the tail was being asked for
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #turning;
  #glance;

  /**
   * @param {import('./set_store.js').SetStore} store
   * @param {import('./grid.js').Grid} grid
   * @param {string} workspace
   */
  constructor(store, grid, workspace) {
    this.store = store;
    this.grid = grid;
    this.#glance = new Glance(grid);
    this.answers = new SetAnswers(store, workspace, () => void this.follow());
    grid.setMarks(this.#settled);
    grid.host.addEventListener('grid-focus', (event) => this.focus.set(/** @type {CustomEvent} */ (event).detail));
    grid.host.addEventListener('grid-select', () => this.selected.set(grid.selection.size));
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
    const { head } = await sendForFrame('/api/search', { examples: [id], k: LIKE });
    const ids = head.ids.filter((/** @type {string} */ one) => one === id || !this.store.given.get(one)?.length);
    this.showList({ title: `Like ${id}`, ids });
  }

  /**
   * Give the focused image, or those that are selected, a class; and go to the next one.
   * @param {string} name
   */
  give(name) {
    const ids = this.#targets();
    if (!ids.length) return;
    this.#say({ classes: Object.fromEntries(ids.map((id) => [id, name])) }, ids, this.store.exclusive || name === NONE);
  }

  /** The focused image, or those that are selected, have the class that is proposed. */
  accept() {
    const ids = this.#targets();
    const classes = this.#proposed(ids);
    if (ids.length && !Object.keys(classes).length) this.note.set('No class is proposed here; press the key of one, or T to type its name');
    else if (ids.length) this.#say({ classes }, Object.keys(classes), true);
  }

  /** The focused image is not what is proposed; where its own label is in doubt, that stays. */
  refuse() {
    const ids = this.#targets();
    const named = Object.entries(this.#proposed(ids)).filter(([, name]) => name !== NONE);
    const isKept = (/** @type {string} */ id) => (this.store.given.get(id) ?? []).length > 0;
    const not = Object.fromEntries(named.filter(([id]) => !isKept(id)));
    if (ids.length) this.#say({ not, skipped: ids.filter((id) => !(id in not)) }, ids, true);
  }

  skip() {
    const ids = this.#targets();
    if (ids.length) this.#say({ skipped: ids }, ids, true);
  }

  /** What of the page is shown in full and not answered gets the class that is proposed. */
  rest() {
    const open = this.#seen();
    if (!open) return;
    const classes = this.#proposed(open);
    const ids = Object.keys(classes);
    if (!ids.length) this.note.set('No class is proposed on this page; A selects it, then press the key of one');
    else this.#say({ classes }, ids, true, 'page');
  }

  /** Select what of the page is shown in full and not answered. */
  selectRest() {
    const open = this.#seen();
    if (open) this.grid.select(open);
  }

  /**
   * Answer an image anew; nothing moves.
   * @param {string} id
   * @param {string} name
   */
  change(id, name) {
    this.answers.give({ classes: { [id]: name } }, 'key', this.grid.focusId);
    if (this.#settled.has(id)) this.#settled.set(id, this.store.markOf(id));
    this.grid.draw();
    this.note.set(`${id} is now ${this.store.wordOf(id)}; U takes it back`);
  }

  /** Take the last action back, and go to where it was. */
  async undo() {
    const step = this.answers.takeBack();
    if (step && step.round === undefined) {
      for (const id of imagesOf(step)) this.#settled.delete(id);
      if (this.#turning) this.#unlock();
      if (step.focus !== undefined) this.grid.focusOn(step.focus);
      this.grid.draw();
      this.note.set(`${step.was.length} taken back`);
      return;
    }
    try {
      if (step) {
        await send(`${this.store.path}/rounds/${step.round}`, {}, 'DELETE');
        this.note.set('the machine labels are taken back');
      } else {
        const { undone } = await send(`${this.store.path}/undo`);
        this.note.set(undone.length ? `${undone.length} of an earlier visit taken back` : 'nothing is left to take back');
        await this.store.loadSet();
      }
      await this.follow();
    } catch (error) {
      this.note.set(/** @type {Error} */ (error).message);
    }
  }

  redo() {
    const step = this.answers.again();
    if (!step) {
      this.note.set('nothing was taken back that can be given again');
      return;
    }
    for (const id of imagesOf(step)) this.#settled.set(id, this.store.markOf(id));
    this.note.set(`${imagesOf(step).length} given again`);
    this.grid.draw();
    const isOfPage = imagesOf(step).some((id) => this.grid.page().includes(id));
    if (isOfPage && !this.#open().length) this.#turn();
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

  /**
   * What the caption of an image says: its class, or the one that is proposed.
   * @param {string} id
   */
  caption(id) {
    const { store } = this;
    if (this.#settled.has(id)) return store.wordOf(id);
    const before = (store.given.get(id) ?? []).join(', ');
    const { class: name, confidence, because } = store.proposals.get(id) ?? { class: '', confidence: null, because: '' };
    if (!name) return before || because;
    return before ? `${before} → ${name}?` : `${name}? ${Math.round(100 * (confidence ?? 0))} %`;
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
    const fresh = rows.filter(({ id }) => !above.has(id) && !this.#settled.has(id));
    for (const { id, proposal } of fresh) store.proposals.set(id, proposal);
    grid.replaceTail(fresh.map(({ id }) => id), grid.frozen);
    this.length.set(grid.length);
    if (this.#turning) this.#endTurn();
  }

  /** @returns {string[]} what the next answer is about; none where nothing can be answered */
  #targets() {
    const { grid } = this;
    if (!this.store.set() || this.locked()) {
      this.note.set(this.locked() || 'Make a label set first.');
      return [];
    }
    if (grid.selection.size) return grid.ids.filter((id) => grid.selection.has(id));
    if (this.#glance.isImageNew) {
      this.note.set('Another image has just got the focus; look at it, then press again');
      return [];
    }
    return grid.focusId === undefined ? [] : [grid.focusId];
  }

  /** @returns {string[] | undefined} the images of the page that are shown and open; none where they are to be looked at first */
  #seen() {
    const { grid } = this;
    if (!grid.length || this.locked()) return undefined;
    if (!grid.isPageInView) {
      grid.focusOn(/** @type {string} */ (grid.focusId));
      this.note.set('Now the whole page is on the screen; press again');
      return undefined;
    }
    if (this.#glance.isPageNew) {
      this.note.set('This page has only just come; look at it, then press again');
      return undefined;
    }
    const shown = new Set(grid.shownPage());
    return this.#open().filter((id) => shown.has(id));
  }

  /** @returns {string[]} */
  #open() {
    return this.grid.page().filter((id) => !this.#settled.has(id));
  }

  /** @param {string[]} ids @returns {Record<string, string>} */
  #proposed(ids) {
    const found = ids.map((id) => [id, this.store.proposals.get(id)?.class ?? '']);
    return Object.fromEntries(found.filter(([, name]) => name));
  }

  /**
   * @param {import('./set_answers.js').Said} said
   * @param {string[]} ids
   * @param {boolean} moves to the next image; where an image may have several classes, more follow
   * @param {string} [source]
   */
  #say(said, ids, moves, source = 'key') {
    const { grid, store } = this;
    const isMany = grid.selection.size > 0 || source === 'page';
    this.answers.give(said, grid.selection.size ? 'selection' : source, grid.focusId);
    for (const id of ids) this.#settled.set(id, store.markOf(id));
    if (grid.selection.size) grid.select([]);
    else grid.draw();
    const words = new Set(ids.map((id) => store.wordOf(id)));
    const what = words.size === 1 ? [...words][0] : `${words.size} classes`;
    this.note.set(isMany ? `${ids.length.toLocaleString('en')}: ${what}; U takes all of them back` : what);
    if (!moves) return;
    if (!this.#open().length) this.#turn();
    else if (isMany) grid.focusOn(this.#open()[0]);
    else if (grid.focusRank < grid.pageEnd - 1) grid.move(1);
    else this.note.set(`${what}; ${this.#open().length} on this page are not answered`);
  }

  /** The page is answered: the next one, which is here as a rule. */
  #turn() {
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
    if (!this.answers.queue.waiting && !this.#following) void this.follow();
  }

  #endTurn() {
    this.#unlock();
    const { grid } = this;
    if (grid.pageEnd < grid.length) grid.nextPage();
    else if (!this.#open().length) this.note.set('This was the last page; choose other pages.');
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
    this.#settled.clear();
    this.grid.setIds(ids);
    this.grid.setMarks(this.#settled);
    this.length.set(ids.length);
    this.obstacle.set(ids.length ? '' : empty);
    this.#glance.begin();
    this.#unlock();
  }
}
