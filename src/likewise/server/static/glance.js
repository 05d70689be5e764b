// Whether there was time to look at what has come on the screen.

const PAGE_MS = 700; // a key that answers a whole page sooner was meant for another one
const IMAGE_MS = 400; // so was one that answers an image which has got the focus by a scroll

export class Glance {
  #page = -1;
  #scrolledAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import('./grid.js').Grid} grid */
  constructor(grid) {
    this.grid = grid;
    grid.host.addEventListener('pointerdown', () => (this.#scrolledAt = -Infinity), { passive: true }); // looked at
    grid.host.addEventListener('scroll', () => this.begin(), { passive: true });
    grid.host.addEventListener('grid-focus', (event) => {
      this.#scrolledAt = /** @type {CustomEvent} */ (event).detail.scrolled ? performance.now() : -Infinity;
      if (grid.pageIndex !== this.#page) this.begin();
    });
  }

  /** A page comes on the screen. */
  begin() {
    const { classList } = this.grid.host;
    this.#page = this.grid.pageIndex;
    clearTimeout(this.#timer);
    classList.add('lw-fresh');
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      classList.remove('lw-fresh');
    }, PAGE_MS);
  }

  /** Whether nobody can have looked at the page yet. */
  get isPageNew() {
    return this.#timer !== undefined;
  }

  /** Whether nobody can have looked at the focused image yet. */
  get isImageNew() {
    return performance.now() - this.#scrolledAt < IMAGE_MS;
  }
}
