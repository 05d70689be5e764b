// When a map is drawn: a sample in each frame while it moves, all of it once it rests.

const MOVING_MS = 9; // of a frame of 16 ms, for the points
const REST_MS = 120;
const FEWEST = 10_000; // points of a sample

export class MapFrames {
  isMoving = false;
  #sample = 150_000;
  #requested = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
  }

  /** Draw a sample in the next frame, and everything once it rests. */
  move() {
    this.isMoving = true;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.rest(), REST_MS);
    this.#request();
  }

  /** Draw everything in the next frame. */
  rest() {
    clearTimeout(this.#resting);
    this.isMoving = false;
    this.#request();
  }

  /**
   * How many points the next picture has.
   * @param {number} all
   */
  countOf(all) {
    return this.isMoving ? Math.min(all, this.#sample) : all;
  }

  /**
   * Fit the next sample to what the last one took.
   * @param {number} count points that were drawn
   * @param {number} took milliseconds
   */
  measure(count, took) {
    if (!this.isMoving || count <= FEWEST) return;
    const fits = (count * MOVING_MS) / Math.max(took, 0.5);
    this.#sample = Math.round(Math.max(FEWEST, Math.min(0.5 * (count + fits), 2 * count)));
  }

  /** Draw no more. */
  end() {
    clearTimeout(this.#resting);
    cancelAnimationFrame(this.#requested);
  }

  #request() {
    this.#requested ||= requestAnimationFrame(() => {
      this.#requested = 0;
      this.draw();
    });
  }
}
