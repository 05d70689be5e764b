// What a person answers on the pages of a label set: one image, those selected, or the rest of a page.

import { send } from './api.js';
import { signal } from './dom.js';
import { imagesOf } from './set_answers.js';
import { NONE } from './set_store.js';

export class SetReview {
  selected = signal(0);
  /** Whether one image is shown at a time: it alone is answered. */
  alone = signal(false);
  /** @type {WeakMap<import('./set_answers.js').Step, string[]>} of each action, what had no answer of this list before */
  #opened = new WeakMap();

  /**
   * @param {import('./set_pages.js').SetPages} pages
   * @param {import('./set_answers.js').SetAnswers} answers
   */
  constructor(pages, answers) {
    this.pages = pages;
    this.answers = answers;
    this.store = pages.store;
    this.grid = pages.grid;
    this.note = pages.note;
    this.grid.host.addEventListener('grid-select', () => this.selected.set(this.grid.selection.size));
  }

  /**
   * Give the focused image, or those that are selected, a class; and go to the next one.
   * @param {string} name
   */
  give(name) {
    this.#give(name, this.#targets());
  }

  /**
   * Give images that were carried to a class that class.
   * @param {string} name
   * @param {string[]} ids
   */
  drop(name, ids) {
    if (this.#canAnswer()) this.#give(name, ids, 'drag');
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
    if (this.alone()) {
      this.accept(); // the rest of the page is behind the picture
      return;
    }
    const open = this.#seen();
    if (!open) return;
    const classes = this.#proposed(open);
    const ids = Object.keys(classes);
    if (!ids.length) this.note.set('No class is proposed on this page; A selects it, then press the key of one');
    else this.#say({ classes }, ids, true, 'page');
  }

  /** Select what of the page is shown in full and not answered. */
  selectRest() {
    const open = this.alone() ? undefined : this.#seen();
    if (open) this.grid.select(open);
  }

  /**
   * Answer an image anew; nothing moves.
   * @param {string} id
   * @param {string} name
   */
  change(id, name) {
    this.answers.give({ classes: { [id]: name } }, 'key', this.grid.focusId);
    const { settled } = this.pages;
    if (settled.has(id)) settled.set(id, this.store.markOf(id));
    this.grid.draw();
    this.note.set(`${id} is now ${this.store.wordOf(id)}; U takes it back`);
  }

  /** Take the last action back, and go to where it was. */
  async undo() {
    const step = this.answers.takeBack();
    if (step && step.round === undefined) {
      const opened = new Set(this.#opened.get(step));
      for (const id of imagesOf(step)) {
        if (opened.has(id)) this.pages.settled.delete(id);
        else if (this.pages.settled.has(id)) this.pages.settled.set(id, this.store.markOf(id)); // the answer before it
      }
      this.pages.stay();
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
      await this.pages.follow();
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
    this.#settle(step, imagesOf(step));
    this.note.set(`${imagesOf(step).length} given again`);
    this.grid.draw();
    const isOfPage = imagesOf(step).some((id) => this.grid.page().includes(id));
    if (isOfPage && !this.pages.unanswered().length) this.pages.turn();
  }

  /**
   * What the caption of an image says: its class, or the one that is proposed.
   * @param {string} id
   */
  caption(id) {
    const { store } = this;
    if (this.pages.settled.has(id)) return store.wordOf(id);
    const before = (store.given.get(id) ?? []).join(', ');
    const { class: name, confidence, because } = store.proposals.get(id) ?? { class: '', confidence: null, because: '' };
    if (!name) return before || because;
    return before ? `${before} → ${name}?` : `${name}? ${Math.round(100 * (confidence ?? 0))} %`;
  }

  /**
   * @param {string} name
   * @param {string[]} ids
   * @param {string} [source]
   */
  #give(name, ids, source) {
    if (ids.length) this.#say({ classes: Object.fromEntries(ids.map((id) => [id, name])) }, ids, this.store.exclusive || name === NONE, source);
  }

  /** @returns {string[]} what the next answer is about; none where nothing can be answered */
  #targets() {
    const { grid } = this;
    if (!this.#canAnswer()) return [];
    if (!this.alone() && grid.selection.size) return grid.ids.filter((id) => grid.selection.has(id));
    if (this.pages.glance.isImageNew) {
      this.note.set('Another image has just got the focus; look at it, then press again');
      return [];
    }
    return grid.focusId === undefined ? [] : [grid.focusId];
  }

  #canAnswer() {
    const isOpen = this.store.set() && !this.pages.locked();
    if (!isOpen) this.note.set(this.pages.locked() || 'Make a label set first.');
    return isOpen;
  }

  /** @returns {string[] | undefined} the images of the page that are shown and open; none where they are to be looked at first */
  #seen() {
    const { grid } = this;
    if (!grid.length || this.pages.locked()) return undefined;
    if (!grid.isPageInView) {
      grid.focusOn(/** @type {string} */ (grid.focusId));
      this.note.set('Now the whole page is on the screen; press again');
      return undefined;
    }
    if (this.pages.glance.isPageNew) {
      this.note.set('This page has only just come; look at it, then press again');
      return undefined;
    }
    const shown = new Set(grid.shownPage());
    return this.pages.unanswered().filter((id) => shown.has(id));
  }

  /**
   * @param {import('./set_answers.js').Step} step
   * @param {string[]} ids
   */
  #settle(step, ids) {
    const { settled } = this.pages;
    this.#opened.set(step, ids.filter((id) => !settled.has(id)));
    for (const id of ids) settled.set(id, this.store.markOf(id));
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
    const { grid, store, pages } = this;
    const { focusId } = grid;
    const isSelected = !this.alone() && ids.some((id) => grid.selection.has(id));
    const isMany = isSelected || source === 'page';
    this.#settle(this.answers.give(said, isSelected ? 'selection' : source, focusId), ids);
    if (isSelected) grid.select([]);
    else grid.draw();
    const words = new Set(ids.map((id) => store.wordOf(id)));
    const what = words.size === 1 ? [...words][0] : `${words.size} classes`;
    this.note.set(isMany ? `${ids.length.toLocaleString('en')}: ${what}; U takes all of them back` : what);
    const left = pages.unanswered();
    if (!moves) return;
    if (!left.length) pages.turn();
    else if (isMany) grid.focusOn(left[0]);
    else if (focusId === undefined || !ids.includes(focusId)) return; // it was carried from elsewhere
    else if (grid.focusRank < grid.pageEnd - 1) grid.move(1);
    else if (this.alone()) grid.focusOn(left[0]);
    else this.note.set(`${what}; ${left.length} on this page are not answered`);
  }
}
