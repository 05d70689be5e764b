// How fast a grid is scrolled: faster than a row a frame nobody can look.

const SETTLE_MS = 70;
const LONG_MS = 1000; // a scroll that goes on for longer is another one

export class Pace {
  #top = 0;
  #time = 0;
  #jumped = false;
  #began = -Infinity;
  #pinned = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;

  /** @param {() => void} settled called 70 ms after the last fast frame */
  constructor(settled) {
    this.settled = settled;
  }

  /**
   * Somebody scrolls.
   * @param {boolean} anew by the wheel
   */
  scroll(anew) {
    const now = performance.now();
    if (anew || now - this.#began > LONG_MS) this.#began = now;
  }

  /** Somebody has chosen an image: a scroll that is under way does not lead away from it. */
  pin() {
    this.#pinned = performance.now();
  }

  /** Whether an image was chosen since the scroll began. */
  get isPinned() {
    return this.#pinned > this.#began;
  }

  /** The next move is a jump by a key or another list: it is shown at once, however far it is. */
  jump() {
    this.#jumped = true;
  }

  /**
   * Pixels a frame.
   * @param {number} top pixels above the screen
   * @param {number} fast the pace from which on what follows waits until it slows
   */
  at(top, fast) {
    const now = performance.now();
    const frames = Math.max(1, Math.min(6, (now - this.#time) / 16));
    const pace = this.#jumped ? 0 : Math.abs(top - this.#top) / frames;
    this.#top = top;
    this.#time = now;
    this.#jumped = false;
    if (pace > fast) {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(this.settled, SETTLE_MS);
    }
    return pace;
  }

  end() {
    clearTimeout(this.#settling);
  }
}
