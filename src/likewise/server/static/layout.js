// Where each rank is in a grid: columns, rows and, where a grid has pages, one page a screen.

/** Pixels under the last row of a page: the line that ends it, with its number. */
export const EDGE = 26;
const SMALLEST_CELL = 72;
const SMALLER = 0.85; // of the side that was asked for, where a page then shows more
const NUDGE = 24; // pixels of a scroll that do not turn a page

export class Layout {
  /**
   * @param {number} width pixels
   * @param {number} height pixels
   * @param {number} size pixels of a tile's side, about
   * @param {boolean} paged whether each screen is a page of whole rows
   * @param {number} [most] images on a page, in whole rows; as many as fit unless given
   */
  constructor(width, height, size, paged, most = Infinity) {
    this.height = height;
    this.columns = Math.max(1, Math.floor(width / size));
    if (paged) this.columns = columnsOfPage(width, height, size, this.columns);
    this.cell = Math.floor(width / this.columns);
    const rows = Math.min(rowsOfPage(height, this.cell), Math.max(1, Math.floor(most / this.columns)));
    /** Rows of a page. */
    this.rows = paged ? rows : Infinity;
    /** Pixels from the top of a page to that of the next one. */
    this.stride = paged ? Math.max(height, this.rows * this.cell + EDGE) : Infinity;
    /** Ranks of a page. */
    this.perPage = this.rows * this.columns;
  }

  /** @param {number} rank */
  pageOf(rank) {
    return Math.floor(rank / this.perPage);
  }

  /**
   * The first rank of a page.
   * @param {number} page
   */
  startOf(page) {
    return page ? page * this.perPage : 0;
  }

  /**
   * The first rank of a page, and the one after its last.
   * @param {number} page
   * @returns {[number, number]}
   */
  ranksOf(page) {
    return [this.startOf(page), this.startOf(page + 1)];
  }

  /**
   * Pixels above a page.
   * @param {number} page
   */
  topOf(page) {
    return page ? page * this.stride : 0;
  }

  /**
   * Pixels to the left of a tile, and above it.
   * @param {number} rank
   * @returns {[number, number]}
   */
  at(rank) {
    const page = this.pageOf(rank);
    const inside = rank - this.startOf(page);
    const row = Math.floor(inside / this.columns);
    return [(inside % this.columns) * this.cell, this.topOf(page) + row * this.cell];
  }

  /** @param {number} count ranks */
  heightFor(count) {
    if (this.rows < Infinity) return Math.ceil(count / this.perPage) * this.stride;
    return Math.ceil(count / this.columns) * this.cell;
  }

  /**
   * The first rank of the row that is at these pixels, or of the next one where none is.
   * @param {number} y
   */
  rankAt(y) {
    return this.#rank(y, Math.floor);
  }

  /**
   * The first rank of the rows that begin at these pixels or below.
   * @param {number} y
   */
  rankBelow(y) {
    return this.#rank(y, Math.ceil);
  }

  /**
   * The first rank of the rows that are wholly on the screen, and the one after them; a row at least.
   * @param {number} top pixels above the screen
   * @returns {[number, number]}
   */
  wholeRanks(top) {
    const first = this.rankBelow(top - 1);
    return [first, Math.max(first + this.columns, this.rankAt(top + this.height + 1))];
  }

  /**
   * The page to show when a scroll ends: the next one in its direction.
   * @param {number} top pixels above the screen
   * @param {number} from the page that the scroll began at
   */
  pageAfterScroll(top, from) {
    const moved = top - this.topOf(from);
    if (Math.abs(moved) <= NUDGE) return from;
    const page = moved > 0 ? Math.ceil((top - NUDGE) / this.stride) : Math.floor((top + NUDGE) / this.stride);
    return Math.max(0, page);
  }

  /**
   * Whether ranks are at the same pixels as before.
   * @param {Layout | null} before
   */
  equals(before) {
    return before !== null && this.columns === before.columns && this.cell === before.cell && this.stride === before.stride && this.rows === before.rows;
  }

  /**
   * Pixels above the screen by which one sees what one saw: the focused tile where it was, if it
   * was on the screen, else the first row; with pages, the page of the focus.
   * @param {Layout | null} before
   * @param {number} top pixels above the screen before
   * @param {number} focus rank
   */
  topAfter(before, top, focus) {
    if (this.rows < Infinity) return this.topOf(this.pageOf(focus));
    if (!before) return 0;
    const offset = before.at(focus)[1] - top;
    const seen = offset > -before.cell && offset < before.height;
    const kept = seen ? Math.max(0, Math.min(offset, this.height - this.cell)) : 0;
    return this.at(seen ? focus : before.rankAt(top + before.cell / 2))[1] - kept;
  }

  /**
   * @param {number} y
   * @param {(rows: number) => number} round
   */
  #rank(y, round) {
    const page = Math.floor(y / this.stride);
    const row = Math.min(this.rows, round((y - this.topOf(page)) / this.cell));
    return Math.max(0, this.startOf(page) + row * this.columns);
  }
}

/**
 * @param {number} height
 * @param {number} cell
 */
const rowsOfPage = (height, cell) => Math.max(1, Math.floor((height - EDGE) / cell));

/**
 * One column more where that leaves less of the screen empty; a row fits on a page.
 * @param {number} width
 * @param {number} height
 * @param {number} size
 * @param {number} columns that fit
 */
function columnsOfPage(width, height, size, columns) {
  const least = Math.max(columns, Math.ceil(width / Math.max(SMALLEST_CELL, height - EDGE)));
  const filled = (/** @type {number} */ count) => {
    const cell = Math.floor(width / count);
    return count * rowsOfPage(height, cell) * cell ** 2;
  };
  const isSmall = width / (least + 1) < SMALLER * size;
  return !isSmall && filled(least + 1) > filled(least) ? least + 1 : least;
}
