// Answering: marks at once, the server later; undo by action; a list whose tail follows the rule.

import { newId, send } from './api.js';
import { signal } from './dom.js';
import { LabelQueue } from './queue.js';
import { LONGEST, WORDS } from './store.js';

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {{action: string, was: [string, Mark | undefined][], focus: string | undefined}} Step */
/** @typedef {{title: string, ids: string[], source: string, like?: boolean}} List */

const MORE = 400; // ranks below the fold that a refit brings at once; the rest follows in a pause
const PAUSE_MS = 900;

export class Review {
  /** A list in place of the ranking: an audit, a region of the map, what was answered. */
  list = signal(/** @type {List | null} */ (null));
  /** The focused image. */
  focus = signal(/** @type {{id: string | undefined, rank: number}} */ ({ id: undefined, rank: 0 }));
  /** How many are in the list. */
  length = signal(0);
  /** The state of the queue. */
  queued = signal(/** @type {import('./queue.js').State} */ ({ waiting: 0, sending: false, error: null, kept: true }));
  /** What the last key did, for the footer. */
  note = signal('');
  client = newId();
  /** @type {Map<string, Step[]>} of each concept, the newest last */
  #steps = new Map();
  #asking = false;
  #stale = false;
  #behind = false; // others answered while answers of this page were on their way
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #serial = 0;

  /**
   * @param {import('./store.js').Store} store
   * @param {import('./grid.js').Grid} grid
   * @param {string} workspace its path, for the names in the browser's storage
   */
  constructor(store, grid, workspace) {
    this.store = store;
    this.grid = grid;
    this.queue = new LabelQueue({
      storage: storageOf(),
      prefix: `likewise.event.${workspace}.`,
      send: (to, events) => send(to, { events, client: this.client }),
      onChange: (state) => this.queued.set(state),
      onSaved: (_, to) => this.#saved(to),
    });
    this.#behind = this.queue.waiting > 0; // answers of an earlier visit are on their way
    grid.host.addEventListener('grid-focus', (event) =>
      this.focus.set(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** Another concept, order or filter: the list from its top. */
  async open() {
    const opened = ++this.#serial;
    clearTimeout(this.#pause);
    this.list.set(null);
    this.store.obstacle.set('');
    this.store.status.set('ranking…');
    try {
      const ids = await this.store.ranking(MORE);
      if (opened !== this.#serial) return;
      this.#show(ids);
      if (ids.length < MORE) this.#explainEmpty();
      this.#later();
    } catch (error) {
      if (opened !== this.#serial) return;
      this.#show([]);
      this.store.obstacle.set(/** @type {Error} */ (error).message);
    } finally {
      if (opened === this.#serial) this.store.status.set('');
    }
  }

  /**
   * Show certain images in place of the ranking.
   * @param {List} list
   */
  showList(list) {
    this.#serial++;
    this.store.obstacle.set(list.ids.length ? '' : 'There is no image in this list.');
    this.list.set(list);
    this.#show(list.ids);
  }

  /** @param {Mark} mark */
  mark(mark) {
    const id = this.grid.focusId;
    if (id === undefined || !this.#hasConcept()) return;
    this.#apply([id], mark, 'key');
    this.grid.move(1);
    this.note.set('');
  }

  /**
   * Answer the rest of the page, and go to the next one.
   * @param {Mark} mark
   */
  rest(mark) {
    if (!this.#hasConcept()) return;
    const ids = this.grid.page().filter((id) => !this.store.marks.has(id));
    if (!this.grid.length) return;
    this.#apply(ids, mark, 'page');
    this.grid.nextPage();
    this.note.set(`${ids.length} marked ${WORDS[mark]}; U takes all of them back`);
  }

  /**
   * Answer many as one action.
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {string} source
   */
  answer(ids, mark, source) {
    this.#apply(ids, mark, source);
    this.note.set(`${ids.length.toLocaleString('en')} marked ${WORDS[mark]}; U takes all of them back`);
  }

  /**
   * Wait until the server has every answer.
   * @returns {Promise<void>}
   */
  async settle() {
    while (this.queue.waiting) {
      if (this.queue.state.error) throw this.queue.state.error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A round of machine labels was made, which U takes back like an action. */
  accepted() {
    this.#stack.push({ action: '', was: [], focus: this.grid.focusId });
  }

  /** Take the last action back; the focus goes to where it was. */
  async undo() {
    const concept = this.store.place.concept();
    if (!concept) return;
    const step = this.#stack.pop();
    if (!step || !step.action) return this.#undoOnServer(step);
    const { marks } = this.store;
    for (const [id, mark] of step.was) {
      if (mark === undefined) marks.delete(id);
      else marks.set(id, mark);
    }
    this.#marked();
    this.queue.add(`${this.store.path}/labels`, [{ kind: 'undo', action: step.action }]);
    this.#goBack(step.focus);
    this.note.set(step.was.length === 1 ? 'taken back' : `${step.was.length} taken back`);
  }

  /** Bring the list in step with the rule, below the fold. */
  async refresh() {
    this.#stale = true;
    if (this.#asking) return;
    this.#asking = true;
    const opened = this.#serial;
    try {
      while (this.#stale && opened === this.#serial && !this.list()) {
        this.#stale = false;
        const { grid } = this;
        const ids = await this.store.ranking(grid.fold + MORE);
        if (opened !== this.#serial || this.list()) break;
        // What is below stays scrollable; it is put in order when there is a pause.
        const fresh = new Set(ids);
        const tail = grid.ids
          .slice(grid.fold)
          .filter((id) => !fresh.has(id) && !this.store.marks.has(id));
        grid.replaceTail([...ids, ...tail]);
        this.length.set(grid.length);
        if (ids.length) this.store.obstacle.set('');
        grid.host.dispatchEvent(new CustomEvent('review-ranked'));
      }
      this.#later();
    } catch (error) {
      this.store.trouble.set(/** @type {Error} */ (error).message);
    } finally {
      this.#asking = false;
      if (this.#stale && opened !== this.#serial) this.#stale = false;
    }
  }

  /** Others have answered, or changed the basket. */
  async follow() {
    if (this.queue.waiting) {
      this.#behind = true;
      return;
    }
    this.#behind = false;
    try {
      await this.store.loadConcept();
      this.#marked();
      await this.refresh();
    } catch (error) {
      this.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /** Marks that were not sent yet count too, after the server's were loaded. */
  overlay() {
    const to = `${this.store.path}/labels`;
    for (const entry of this.queue.entries) {
      if (entry.to !== to || entry.event.kind !== 'label') continue;
      const mark = Object.entries(WORDS).find(([, word]) => word === entry.event.verdict)?.[0];
      this.store.marks.set(entry.event.item, /** @type {Mark} */ (Number(mark)));
    }
    this.#marked();
  }

  /**
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {string} how
   */
  #apply(ids, mark, how) {
    if (!ids.length) return;
    const { marks, place, path } = this.store;
    const action = newId();
    const was = ids.map((id) => /** @type {[string, Mark | undefined]} */ ([id, marks.get(id)]));
    for (const id of ids) marks.set(id, mark);
    this.#stack.push({ action, was, focus: this.grid.focusId });
    this.#marked();
    const listed = this.list()?.source;
    const source = how === 'lasso' ? how : (listed ?? (place.order() === 'random' ? 'random' : how));
    this.queue.add(
      `${path}/labels`,
      ids.map((item) => ({ kind: 'label', item, verdict: WORDS[mark], action, source })),
    );
  }

  #hasConcept() {
    if (this.store.place.concept()) return true;
    this.store.trouble.set('Say first what you look for: type words, drop an image, or press B on one.');
    return false;
  }

  get #stack() {
    const concept = this.store.place.concept();
    const steps = this.#steps.get(concept) ?? [];
    this.#steps.set(concept, steps);
    return steps;
  }

  #marked() {
    this.grid.setMarks(this.store.marks);
    this.store.changes.update((n) => n + 1);
  }

  /** @param {Step | undefined} step a round of machine labels, or nothing of this visit */
  async #undoOnServer(step) {
    try {
      await this.settle();
      const undone = await send(`${this.store.path}/undo`);
      const count = undone.items.length;
      if (!count && undone.round === undefined) this.note.set('nothing is left to take back');
      else {
        this.note.set(count ? `${count} of an earlier visit taken back` : 'the accepted range is taken back');
        await this.store.loadConcept();
        if (undone.round !== undefined) await this.open();
        else await this.refresh();
        this.#goBack(step?.focus ?? undone.items[0]);
      }
    } catch (error) {
      if (step) this.#stack.push(step);
      this.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string | undefined} id */
  #goBack(id) {
    if (id === undefined || this.grid.focusOn(id)) return;
    this.grid.replaceTail([id, ...this.grid.ids.slice(this.grid.fold).filter((one) => one !== id)]);
    this.grid.focusOn(id);
  }

  /** @param {string} to */
  #saved(to) {
    if (to !== `${this.store.path}/labels`) return;
    if (this.#behind && !this.queue.waiting) void this.follow();
    else if (this.list()) this.#settled();
    else void this.refresh();
  }

  /** @param {string[]} ids */
  #show(ids) {
    this.grid.setMarks(this.store.marks);
    this.grid.setIds(ids);
    this.length.set(this.grid.length);
  }

  #explainEmpty() {
    if (this.grid.length) return;
    const filter = this.store.place.filter();
    if (filter) this.store.obstacle.set(`No image passes the filter ${filter}. Change it or clear it.`);
    else if (!this.store.state()?.workspace?.items) this.store.obstacle.set('No image is indexed yet.');
    else this.store.obstacle.set('Every image is answered. Export them, or start another concept.');
  }

  /** In a pause: the whole ranking, and what the panel says. */
  #later() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(async () => {
      const opened = this.#serial;
      if (this.list() || this.#asking) return;
      try {
        const ids = await this.store.ranking(LONGEST);
        if (opened !== this.#serial || this.#stale || this.list()) return;
        this.grid.replaceTail(ids);
        this.length.set(this.grid.length);
      } catch {
        // the list as it is will do; the next answer asks again
      }
      this.#settled();
    }, PAUSE_MS);
  }

  /** Nothing was pressed for a while: listeners may ask for what takes longer. */
  #settled() {
    this.grid.host.dispatchEvent(new CustomEvent('review-settled'));
  }
}

function storageOf() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
