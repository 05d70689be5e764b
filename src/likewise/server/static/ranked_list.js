// The ids of a grid in their order, with the focused one and those that are selected.

export const MOST = 100_000; // browsers cannot scroll through much more than this many rows' pixels

export class RankedList {
  /** @type {string[]} the best first */
  ids = [];
  /** The rank that the keys act on. */
  focus = 0;
  /** @type {Set<string>} */
  selection = new Set();
  /** @type {string | undefined} where a selected range begins; at the focus if undefined */
  #anchor;
  /** @type {string | undefined} what was pressed last without Ctrl: the first of those to select */
  pressed;

  /** The id that the keys act on, or undefined where the list is empty. */
  get focusId() {
    return this.ids[this.focus];
  }

  /** @param {string[]} ids */
  set(ids) {
    this.ids = ids.slice(0, MOST);
    this.focus = 0;
    this.beginRange();
  }

  /**
   * Keep what is above a rank, and have the rest follow a new ranking. The focus stays on its image.
   * @param {string[]} ids the best first; those that stay above are left out of the rest
   * @param {number} from the first rank that follows
   */
  replaceTail(ids, from) {
    const focused = this.focusId;
    const head = this.ids.slice(0, from);
    const above = new Set(head);
    for (const id of ids) {
      if (head.length >= MOST) break;
      if (!above.has(id)) head.push(id);
    }
    this.ids = head;
    const rank = focused === undefined || above.has(focused) ? this.focus : head.indexOf(focused);
    this.focusAt(rank < 0 ? this.focus : rank);
  }

  /** @param {number} rank what lies beyond the ends is the end */
  focusAt(rank) {
    this.focus = Math.max(0, Math.min(rank, this.ids.length - 1));
  }

  /** The next range begins at the focus. */
  beginRange() {
    this.#anchor = undefined;
    this.pressed = undefined;
  }

  /**
   * Select from where the range began to the focus.
   * @param {number} from the rank where it begins, if it has not begun
   * @returns {string[]} the ids of the range
   */
  range(from) {
    this.#anchor ??= this.ids[from];
    const found = this.#anchor === undefined ? -1 : this.ids.indexOf(this.#anchor);
    const begin = found < 0 ? from : found;
    return this.ids.slice(Math.min(begin, this.focus), Math.max(begin, this.focus) + 1);
  }

  /**
   * The selection with an image more or less; the next range begins at it.
   * @param {string} id
   */
  toggled(id) {
    const selection = new Set(this.selection);
    if (!selection.delete(id)) selection.add(id);
    this.#anchor = id;
    return selection;
  }
}
