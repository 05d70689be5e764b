// A virtual grid of thumbnails, in the web app and, by `grid_widget.js`, in notebooks. It brings
// its own style and imports nothing else.
//
// * Only what is on the screen, and two rows around it, is in the document; tiles are reused.
// * What is on the screen stays: a new ranking replaces only what is below the fold.
// * While one flings, tiles show their image's mean colour and nothing is requested.
// * It is a listbox with one focused option, so that screen readers and keys know one place.

import { adoptGridStyle } from './grid_style.js';

export const MOST = 100_000; // browsers cannot scroll through much more than this many rows' pixels
const SMALLEST = 72;
const LARGEST = 320;
const ROWS_AROUND = 2;
const SETTLE_MS = 70;
const TRIES = 3; // of a picture that does not come though nothing is said against it

/** @typedef {1 | -1 | 0} Mark 1 yes, -1 no, 0 skipped */
/** @typedef {{element: HTMLElement, frame: HTMLElement, picture: HTMLImageElement, part: HTMLElement, id: string, rank: number, wanted: boolean, look: string, says: string, of: number}} Tile */
/**
 * @typedef {object} Options
 * @property {(id: string) => string} source the address of an image's thumbnail; "" where it is
 *   still to come, and `draw` asks again
 * @property {(id: string) => Promise<number | null>} [again] asked where a picture did not come:
 *   seconds after which to try again, null where it cannot be shown; never again if not given
 * @property {(id: string) => string} [name] what a screen reader says of it; the id if not given
 * @property {(id: string) => string | undefined} [colour] CSS colour that stands for it meanwhile
 * @property {(id: string) => ArrayLike<number> | undefined} [part] what gets a frame in it: left,
 *   top, width and height in fractions of the image
 * @property {number} [size] pixels of a tile's side, about
 * @property {string} [label] of the whole list
 * @property {boolean} [keeps] a click leaves the selection as it is
 */

const WORDS = { '1': 'yes', '-1': 'no', '0': 'skipped' };
const CLASSES = { '1': ' yes', '-1': ' no', '0': ' skip' };

let grids = 0;

export class Grid {
  /** @type {string[]} */
  #ids = [];
  /** @type {Map<number, Tile>} */
  #shown = new Map();
  /** @type {Tile[]} */
  #spare = [];
  /** @type {Set<string>} */
  #broken = new Set();
  /** @type {Set<string>} pictures that did not come; why is not known yet */
  #missing = new Set();
  /** @type {Map<string, number>} */
  #tries = new Map();
  #asksWhy = false;
  #focus = 0;
  #cell = 0;
  #columns = 1;
  #height = 0;
  #top = 0;
  #lastTop = 0;
  #lastTime = 0;
  #drawing = 0;
  #jumped = false;
  #prefix = `lw-grid-${grids++}`;
  #tiles = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  #options;
  #size;
  #space;
  #watcher;
  #ended = new AbortController();

  /** @type {ReadonlyMap<string, Mark>} */
  marks = new Map();
  /** @type {Set<string>} */
  selection = new Set();

  /**
   * Fires `grid-focus` ({id, rank}), `grid-open` ({id}) and `grid-select` ({ids}) on the host.
   * @param {HTMLElement} host an element with a size of its own
   * @param {Options} options
   */
  constructor(host, options) {
    this.host = host;
    this.#options = options;
    this.#size = options.size ?? 148;
    host.classList.add('lw-grid');
    host.tabIndex = 0;
    host.setAttribute('role', 'listbox');
    host.setAttribute('aria-multiselectable', 'true');
    host.setAttribute('aria-label', options.label ?? 'Results');
    this.#space = host.appendChild(document.createElement('div'));
    this.#space.className = 'lw-space';
    this.#space.setAttribute('role', 'presentation');
    const { signal } = this.#ended;
    host.addEventListener('scroll', () => this.#soon(), { passive: true, signal });
    host.addEventListener('click', (event) => this.#clicked(event), { signal });
    host.addEventListener('dblclick', () => this.#tell('grid-open', { id: this.focusId }), { signal });
    this.#watcher = new ResizeObserver(() => this.#layout());
    this.#watcher.observe(host);
  }

  /** Every id of the list, the best first. */
  get ids() {
    return this.#ids;
  }

  get length() {
    return this.#ids.length;
  }

  /** The id that the keys act on, or undefined where the list is empty. */
  get focusId() {
    return this.#ids[this.#focus];
  }

  get focusRank() {
    return this.#focus;
  }

  get columns() {
    return this.#columns;
  }

  /** The first rank that is below the screen. */
  get fold() {
    return Math.min(this.length, this.#fold());
  }

  get rowsOnPage() {
    return Math.max(1, Math.floor(this.#height / this.#cell));
  }

  /** Pixels of a tile's side, as it was asked for. */
  get size() {
    return this.#size;
  }

  /**
   * Another list, from its top.
   * @param {string[]} ids
   */
  setIds(ids) {
    this.#ids = ids.slice(0, MOST);
    this.#focus = 0;
    this.host.scrollTop = 0;
    this.#layout();
    this.#focused();
  }

  /**
   * A new ranking: whatever is above the fold stays where it is, and the rest follows the ranking.
   * @param {string[]} ids the best first; those that stay above are left out of the rest
   */
  replaceTail(ids) {
    const focused = this.focusId;
    const head = this.#ids.slice(0, this.#fold());
    const above = new Set(head);
    for (const id of ids) {
      if (head.length >= MOST) break;
      if (!above.has(id)) head.push(id);
    }
    this.#ids = head;
    const rank = focused === undefined || above.has(focused) ? this.#focus : head.indexOf(focused);
    this.#focus = Math.max(0, Math.min(rank < 0 ? this.#focus : rank, head.length - 1));
    this.#layout();
    if (this.focusId !== focused) this.#focused();
  }

  /** Ids of the rows that are wholly on the screen: what "the page" means. */
  page() {
    const [first, end] = this.#wholeRows();
    return this.#ids.slice(first * this.#columns, end * this.#columns);
  }

  /**
   * Those of the page whose pictures are shown: in full, loaded, and no placeholder.
   * @returns {string[]}
   */
  shownPage() {
    const [first, end] = this.#wholeRows();
    const ids = [];
    for (let rank = first * this.#columns; rank < Math.min(end * this.#columns, this.length); rank++) {
      const tile = this.#shown.get(rank);
      if (tile?.id !== this.#ids[rank] || this.#broken.has(tile.id)) continue;
      if (tile.picture.complete && tile.picture.naturalWidth) ids.push(tile.id);
    }
    return ids;
  }

  /** Whether the focused image is on the page and the next one is not. */
  get isAtPageEnd() {
    const [first, end] = this.#wholeRows();
    const next = this.#focus + 1;
    return this.#focus >= first * this.#columns && next === end * this.#columns && next < this.length;
  }

  /** Go to the first image after the page, which becomes the first of the next one. */
  nextPage() {
    this.#goTo(Math.min(this.#wholeRows()[1] * this.#columns, this.length - 1), true);
  }

  /**
   * Move the focus; the page follows by as little as it must.
   * @param {number} ranks how far; what lies beyond the ends is the end
   * @param {{extend?: boolean}} [how] `extend` selects what was passed
   */
  move(ranks, { extend = false } = {}) {
    const from = this.#focus;
    this.#goTo(from + ranks, false);
    if (extend) {
      const [first, last] = [Math.min(from, this.#focus), Math.max(from, this.#focus)];
      this.select([...this.selection, ...this.#ids.slice(first, last + 1)]);
    }
  }

  /**
   * Focus an image and bring it on the screen.
   * @param {string} id
   * @returns {boolean} whether it is in the list
   */
  focusOn(id) {
    const rank = this.#ids.indexOf(id);
    if (rank >= 0) this.#goTo(rank, false);
    return rank >= 0;
  }

  /**
   * Select exactly these.
   * @param {Iterable<string>} ids
   */
  select(ids) {
    this.selection = new Set(ids);
    this.draw();
    this.#tell('grid-select', { ids: [...this.selection] });
  }

  /**
   * Show these decisions; the map is kept and not copied.
   * @param {ReadonlyMap<string, Mark>} marks
   */
  setMarks(marks) {
    this.marks = marks;
    this.draw();
  }

  /**
   * Larger or smaller tiles; the first image on the screen stays there.
   * @param {number} size pixels
   */
  resize(size) {
    this.#size = Math.max(SMALLEST, Math.min(LARGEST, size));
    this.#layout();
  }

  /** Forget which images could not be shown and ask for them again. */
  reload() {
    this.#broken.clear();
    for (const tile of this.#shown.values()) tile.id = '';
    this.draw();
  }

  /** Let go of the host. */
  destroy() {
    this.#ended.abort();
    this.#watcher.disconnect();
    clearTimeout(this.#settling);
    cancelAnimationFrame(this.#drawing);
    this.host.replaceChildren();
  }

  /** The first row that is wholly on the screen and the one after the last; one row at least. */
  #wholeRows() {
    const first = Math.ceil((this.#top - 1) / (this.#cell || 1));
    const end = Math.floor((this.#top + this.#height + 1) / (this.#cell || 1));
    return [first, Math.max(first + 1, end)];
  }

  /** First rank that is not on the screen, nor above it. */
  #fold() {
    if (!this.#cell) return 0;
    return Math.ceil((this.#top + this.#height - 1) / this.#cell) * this.#columns;
  }

  #layout() {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!width || !height) return;
    adoptGridStyle(this.host);
    const columns = Math.max(1, Math.floor(width / this.#size));
    const cell = Math.floor(width / columns);
    const changed = cell !== this.#cell || columns !== this.#columns;
    // What one looks at stays: the focused image if it is on the screen, else the first one.
    const top = this.host.scrollTop;
    const offset = Math.floor(this.#focus / this.#columns) * this.#cell - top;
    const seen = offset > -this.#cell && offset < this.#height;
    const anchor = seen ? this.#focus : Math.round(top / (this.#cell || 1)) * this.#columns;
    const kept = seen ? Math.max(0, Math.min(offset, height - cell)) : 0;
    this.#height = height;
    this.#cell = cell;
    this.#columns = columns;
    this.#space.style.height = `${Math.ceil(this.length / columns) * cell}px`;
    if (changed) {
      this.host.style.setProperty('--cell', `${cell}px`);
      this.#spare.push(...this.#shown.values());
      this.#shown.clear();
      this.host.scrollTop = Math.floor(anchor / columns) * cell - kept;
    }
    this.#jumped = true;
    this.draw();
  }

  #soon() {
    this.#drawing ||= requestAnimationFrame(() => this.draw());
  }

  /** Bring the document in step; cheap where nothing changed. */
  draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    if (!this.#cell) return;
    this.#top = this.host.scrollTop;
    const pace = this.#pace();
    const flinging = pace > this.#cell;
    const around = pace > this.#height ? 0 : ROWS_AROUND; // the next frame shows none of these rows
    const first = Math.max(0, Math.floor(this.#top / this.#cell) - around) * this.#columns;
    const rows = Math.ceil(this.#height / this.#cell) + 1 + 2 * around;
    const end = Math.min(this.length, first + rows * this.#columns);
    for (const [rank, tile] of this.#shown) {
      const needed = (rank >= first && rank < end) || rank === this.#focus;
      if (needed && rank < this.length) continue;
      this.#shown.delete(rank);
      this.#spare.push(tile);
    }
    for (let rank = first; rank < end; rank++) this.#show(rank, flinging);
    // The focused option stays in the document, else the listbox would point at nothing.
    const focused = this.length ? this.#show(this.#focus, flinging) : null;
    // Only what was not used again is put away: in a fling that is nothing.
    for (const tile of this.#spare) if (tile.rank >= 0) this.#park(tile);
    const active = focused?.element.id ?? '';
    if (this.host.getAttribute('aria-activedescendant') !== active) {
      if (active) this.host.setAttribute('aria-activedescendant', active);
      else this.host.removeAttribute('aria-activedescendant');
    }
  }

  /**
   * Pixels a frame. Faster than a row a frame nobody can look; the rest follows 70 ms after it
   * slows.
   */
  #pace() {
    const now = performance.now();
    const frames = Math.max(1, Math.min(6, (now - this.#lastTime) / 16));
    const pace = this.#jumped ? 0 : Math.abs(this.#top - this.#lastTop) / frames;
    this.#lastTop = this.#top;
    this.#lastTime = now;
    this.#jumped = false;
    if (pace > this.#cell) {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.draw(), SETTLE_MS);
    }
    return pace;
  }

  /**
   * @param {number} rank
   * @param {boolean} flinging
   */
  #show(rank, flinging) {
    let tile = this.#shown.get(rank);
    if (!tile) {
      tile = this.#spare.pop() ?? this.#make();
      this.#shown.set(rank, tile);
      if (tile.rank < 0) tile.element.removeAttribute('aria-hidden');
      tile.rank = rank;
      const x = (rank % this.#columns) * this.#cell;
      const y = Math.floor(rank / this.#columns) * this.#cell;
      tile.element.style.transform = `translate(${x}px, ${y}px)`;
      tile.element.setAttribute('aria-posinset', String(rank + 1));
    }
    const id = this.#ids[rank];
    if (tile.id !== id) {
      tile.id = id;
      tile.wanted = true;
      tile.says = '';
      tile.element.dataset.id = id;
      tile.picture.removeAttribute('src'); // a request that is under way is given up
      tile.frame.style.backgroundColor = this.#options.colour?.(id) ?? '';
    }
    if (tile.wanted && !flinging) {
      const address = this.#options.source(id);
      tile.wanted = !address;
      if (address) tile.picture.src = address;
    }
    this.#point(tile);
    this.#dress(tile);
    return tile;
  }

  /**
   * Frame the part of a picture that is meant, once it is known how large the picture is.
   * @param {Tile} tile
   */
  #point(tile) {
    const part = this.#options.part?.(tile.id);
    if (!part && tile.part.hidden) return;
    const { naturalWidth: width, naturalHeight: height } = tile.picture;
    tile.part.hidden = !part || !width;
    if (tile.part.hidden || !part) return;
    const wide = Math.min(1, width / height); // of the square that the picture is shown in
    const high = Math.min(1, height / width);
    const sides = { left: (1 - wide) / 2 + part[0] * wide, top: (1 - high) / 2 + part[1] * high,
      width: part[2] * wide, height: part[3] * high };
    for (const [side, share] of Object.entries(sides)) {
      tile.part.style.setProperty(side, `${(100 * share).toFixed(2)}%`);
    }
  }

  /** @param {Tile} tile */
  #dress(tile) {
    const mark = this.marks.get(tile.id);
    const sign = mark === undefined ? '' : CLASSES[mark];
    const selected = this.selection.has(tile.id);
    const broken = this.#broken.has(tile.id);
    const focused = tile.rank === this.#focus;
    const states = `${selected ? ' selected' : ''}${broken ? ' broken' : ''}${focused ? ' focus' : ''}`;
    const look = `lw-tile${sign}${states}`;
    // Each is written only where it changed: this runs for every tile of every frame.
    if (tile.of !== this.length) {
      tile.of = this.length;
      tile.element.setAttribute('aria-setsize', String(this.length));
    }
    if (tile.look === look && tile.says) return;
    if (tile.look !== look) {
      tile.look = look;
      tile.element.className = look;
      tile.element.setAttribute('aria-selected', String(selected));
    }
    const name = this.#options.name?.(tile.id) ?? tile.id;
    const says = [name, mark === undefined ? '' : WORDS[mark], broken ? 'cannot be shown' : ''];
    tile.says = says.filter(Boolean).join(', ');
    tile.element.setAttribute('aria-label', tile.says);
  }

  #make() {
    const element = document.createElement('div');
    element.setAttribute('role', 'option');
    element.id = `${this.#prefix}-${this.#tiles++}`;
    const frame = element.appendChild(document.createElement('div'));
    frame.className = 'lw-frame';
    const picture = frame.appendChild(new Image());
    picture.decoding = 'async';
    picture.draggable = false;
    picture.alt = '';
    const part = frame.appendChild(document.createElement('div'));
    part.className = 'lw-part';
    part.hidden = true;
    const tile = { element, frame, picture, part, id: '', rank: -1, wanted: false, look: '', says: '', of: 0 };
    picture.addEventListener('load', () => {
      if (this.#tries.size) this.#tries.delete(tile.id);
      frame.style.backgroundColor = '';
      this.#point(tile);
    });
    picture.addEventListener('error', () => {
      if (!tile.id || !picture.hasAttribute('src')) return;
      this.#missing.add(tile.id);
      if (!this.#asksWhy) void this.#askWhy();
    });
    this.host.appendChild(element);
    return tile;
  }

  /**
   * Pictures did not come: those that cannot be shown say so; if there were too many at once, all
   * are asked for again after a pause. One question at a time, so that asking why is not too many.
   */
  async #askWhy() {
    this.#asksWhy = true;
    while (this.#missing.size && !this.#ended.signal.aborted) {
      const [id] = this.#missing;
      this.#missing.delete(id);
      if (![...this.#shown.values()].some((tile) => tile.id === id)) continue; // asked for anew then
      const tries = (this.#tries.get(id) ?? 0) + 1;
      const pause = (await this.#options.again?.(id)) ?? null;
      if (pause === null || (!pause && tries >= TRIES)) {
        this.#tries.delete(id);
        this.#broken.add(id);
        this.#each(new Set([id]), (tile) => {
          tile.frame.style.backgroundColor = '';
          this.#dress(tile);
        });
        continue;
      }
      if (!pause) this.#tries.set(id, tries);
      await new Promise((resolve) => setTimeout(resolve, 1000 * pause));
      if (this.#ended.signal.aborted) return;
      this.#each(new Set([id, ...this.#missing]), (tile) => {
        tile.picture.removeAttribute('src');
        tile.wanted = true;
      });
      this.#missing.clear();
      this.draw();
    }
    this.#asksWhy = false;
  }

  /**
   * @param {Set<string>} ids
   * @param {(tile: Tile) => void} run for each tile that shows one of them
   */
  #each(ids, run) {
    for (const tile of this.#shown.values()) if (ids.has(tile.id)) run(tile);
  }

  /** @param {Tile} tile */
  #park(tile) {
    tile.id = '';
    tile.rank = -1;
    tile.look = 'lw-tile';
    tile.part.hidden = true;
    tile.picture.removeAttribute('src'); // a request that is under way is given up
    tile.element.style.transform = 'translate(-9999px, 0)';
    tile.element.className = tile.look;
    tile.element.setAttribute('aria-selected', 'false');
    tile.element.setAttribute('aria-hidden', 'true');
    delete tile.element.dataset.id; // what has the id of an image shows it
  }

  /**
   * @param {number} rank
   * @param {boolean} toTop its row becomes the first on the screen
   */
  #goTo(rank, toTop) {
    const before = this.focusId;
    this.#focus = Math.max(0, Math.min(rank, this.length - 1));
    const y = Math.floor(this.#focus / this.#columns) * this.#cell;
    const top = this.host.scrollTop;
    this.#jumped = true; // by a key: show it now, however far it is
    if (toTop || y < top) this.host.scrollTop = y;
    else if (y + this.#cell > top + this.#height) {
      this.host.scrollTop = y + this.#cell - this.#height;
    }
    this.draw();
    if (this.focusId !== before) this.#focused();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const element = /** @type {Element} */ (event.target).closest('[role=option]');
    const tile = [...this.#shown.values()].find((shown) => shown.element === element);
    if (!tile) return;
    const [from, id] = [this.#focus, tile.id];
    this.#goTo(tile.rank, false);
    if (event.shiftKey) {
      const [first, last] = [Math.min(from, this.#focus), Math.max(from, this.#focus)];
      this.select(this.#ids.slice(first, last + 1));
    } else if (event.ctrlKey || event.metaKey) this.toggle(id);
    else if (this.selection.size && !this.#options.keeps) this.select([]);
  }

  /**
   * Select an image, or no longer.
   * @param {string} id
   */
  toggle(id) {
    const selection = new Set(this.selection);
    if (!selection.delete(id)) selection.add(id);
    this.select(selection);
  }

  /**
   * The keys of a list, for where no table of keys drives it: arrows, pages, ends, Space selects.
   * @param {KeyboardEvent} event
   */
  press(event) {
    const page = this.rowsOnPage * this.#columns;
    const steps = /** @type {Record<string, number>} */ ({
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.#columns,
      ArrowUp: -this.#columns,
      PageDown: page,
      PageUp: -page,
      Home: -this.length,
      End: this.length,
    });
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) this.move(steps[event.key], { extend: event.shiftKey });
    else if (event.key === ' ' && this.focusId !== undefined) this.toggle(this.focusId);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #focused() {
    this.#tell('grid-focus', { id: this.focusId, rank: this.#focus });
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} detail
   */
  #tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
