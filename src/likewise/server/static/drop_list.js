// What images can be dropped into, while they are carried: the element under the pointer is marked,
// and a list that is longer than its box scrolls at its edges.

const EDGE = 32; // pixels from the edge of a list within which it scrolls
const STEP = 9; // pixels a frame

export class DropList {
  /** @type {HTMLElement | null} */
  #over = null;
  /** @type {Element | null} */
  #list = null;
  #by = 0;
  #at = [0, 0];
  #frame = 0;

  /** The `data-drop` of what is under the pointer; undefined where that takes nothing. */
  get name() {
    return this.#over?.dataset.drop;
  }

  /**
   * The pointer is here.
   * @param {number} x pixels of the window
   * @param {number} y
   */
  aim(x, y) {
    this.#at = [x, y];
    const target = document.elementFromPoint(x, y);
    this.#mark(/** @type {HTMLElement | null} */ (target?.closest('[data-drop]') ?? null));
    this.#list = target?.closest('[data-drops]') ?? null;
    const { top, bottom } = this.#list?.getBoundingClientRect() ?? { top: -Infinity, bottom: Infinity };
    this.#by = y < top + EDGE ? -STEP : y > bottom - EDGE ? STEP : 0;
    if (this.#by) this.#frame ||= requestAnimationFrame(() => this.#scroll());
  }

  /** Nothing is carried any more. */
  leave() {
    cancelAnimationFrame(this.#frame);
    this.#frame = this.#by = 0;
    this.#mark(null);
  }

  #scroll() {
    this.#frame = 0;
    if (!this.#by || !this.#list) return;
    const before = this.#list.scrollTop;
    this.#list.scrollTop += this.#by;
    if (this.#list.scrollTop !== before) this.aim(this.#at[0], this.#at[1]);
  }

  /** @param {HTMLElement | null} target */
  #mark(target) {
    this.#over?.classList.remove('dropping');
    this.#over = target;
    target?.classList.add('dropping');
  }
}
