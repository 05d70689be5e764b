// The tiles of a grid: elements that are reused, each with a picture, a sign and a name that is
// read aloud. Pictures that do not come are asked for again, or say that they cannot be shown.

const TRIES = 3; // of a picture that does not come though nothing is said against it
const SIGNS = { '1': 'yes', '-1': 'no', '0': 'skipped' };
const HANDS = [['1', '✓'], ['-1', '✕']];
const CLASSES = { '1': ' yes', '-1': ' no', '0': ' skip' };

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {import('./colouring.js').Look} Look */
/** @typedef {{element: HTMLElement, frame: HTMLElement, picture: HTMLImageElement, part: HTMLElement, caption: HTMLElement | null, value: HTMLElement | null, valueIs: Look | undefined, id: string, rank: number, wanted: boolean, look: string, says: string, of: number}} Tile */
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
 * @property {(id: string) => boolean | undefined} [accepts] whether the threshold accepts an image;
 *   undefined where that is not to be shown
 * @property {(id: string) => string} [caption] words under the picture; none if not given
 * @property {(id: string) => boolean} [derived] whether an image without an answer is a no that follows from others
 * @property {(id: string) => Look | undefined} [look] the value that it is coloured by; undefined
 *   where nothing is chosen
 * @property {number} [size] pixels of a tile's side, about
 * @property {string} [label] of the whole list
 * @property {boolean} [keeps] a click leaves the selection as it is
 * @property {boolean} [hands] tiles have a button for yes and one for no, for hands; keys do the same
 * @property {boolean} [paged] each screen is a page, with a line under it
 * @property {() => number} [most] images on a page, in whole rows; 0 for as many as fit
 */
/**
 * What tiles show besides pictures.
 * @typedef {object} State
 * @property {ReadonlyMap<string, Mark>} marks
 * @property {ReadonlySet<string>} selection
 * @property {number} focusRank
 * @property {string[]} ids
 * @property {number} length
 */

let lists = 0;

export class Tiles {
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
  #prefix = `lw-grid-${lists++}`;
  #made = 0;
  #ended;

  /**
   * @param {HTMLElement} host
   * @param {Options} options
   * @param {State} state
   * @param {{signal: AbortSignal, draw: () => void}} grid `draw` shows again what is needed
   */
  constructor(host, options, state, { signal, draw }) {
    this.host = host;
    this.options = options;
    this.state = state;
    this.draw = draw;
    this.#ended = signal;
  }

  /** Make all of them free to show others. */
  release() {
    this.#spare.push(...this.#shown.values());
    this.#shown.clear();
  }

  /**
   * Make those free whose ranks are not needed.
   * @param {(rank: number) => boolean} needed
   */
  releaseBut(needed) {
    for (const [rank, tile] of this.#shown) {
      if (needed(rank)) continue;
      this.#shown.delete(rank);
      this.#spare.push(tile);
    }
  }

  /**
   * Show an image at its rank.
   * @param {number} rank
   * @param {string} id
   * @param {[number, number]} at pixels from the left and the top
   * @param {boolean} flinging nothing is requested
   */
  show(rank, id, at, flinging) {
    let tile = this.#shown.get(rank);
    if (!tile) {
      tile = this.#spare.pop() ?? this.#make();
      this.#shown.set(rank, tile);
      if (tile.rank < 0) tile.element.removeAttribute('aria-hidden');
      tile.rank = rank;
      const [x, y] = at;
      tile.element.style.transform = `translate(${x}px, ${y}px)`;
      tile.element.setAttribute('aria-posinset', String(rank + 1));
    }
    if (tile.id !== id) {
      tile.id = id;
      tile.wanted = true;
      tile.says = '';
      tile.element.dataset.id = id;
      tile.picture.removeAttribute('src'); // a request that is under way is given up
      tile.frame.style.backgroundColor = this.options.colour?.(id) ?? '';
    }
    if (tile.wanted && !flinging) {
      const address = this.options.source(id);
      tile.wanted = !address;
      if (address) tile.picture.src = address;
    }
    this.#point(tile);
    this.#dress(tile);
    return tile;
  }

  /** Put away what was not used again: in a fling that is nothing. */
  parkSpare() {
    for (const tile of this.#spare) if (tile.rank >= 0) this.#park(tile);
  }

  /**
   * Whether the picture of this rank is shown: loaded, and no placeholder.
   * @param {number} rank
   * @param {string} id
   */
  isLoaded(rank, id) {
    const tile = this.#shown.get(rank);
    if (tile?.id !== id || this.#broken.has(id)) return false;
    return tile.picture.complete && tile.picture.naturalWidth > 0;
  }

  /**
   * The tile that an event is about.
   * @param {EventTarget | null} target
   */
  tileOf(target) {
    const element = /** @type {Element} */ (target).closest('[role=option]');
    return [...this.#shown.values()].find((shown) => shown.element === element);
  }

  /**
   * Frame the part of a picture that is meant, once it is known how large the picture is.
   * @param {Tile} tile
   */
  #point(tile) {
    const part = this.options.part?.(tile.id);
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
    const { marks, selection, focusRank, length } = this.state;
    const mark = marks.get(tile.id);
    const sign = mark === undefined ? '' : CLASSES[mark];
    const selected = selection.has(tile.id);
    const broken = this.#broken.has(tile.id);
    const focused = tile.rank === focusRank;
    const accepted = this.options.accepts?.(tile.id);
    const isEdge = accepted === false && tile.rank > 0 && this.options.accepts?.(this.state.ids[tile.rank - 1]) === true;
    const above = `${accepted ? ' above' : ''}${isEdge ? ' threshold' : ''}`;
    const follows = mark === undefined && this.options.derived?.(tile.id) ? ' derived' : '';
    const states = `${follows}${selected ? ' selected' : ''}${broken ? ' broken' : ''}${focused ? ' focus' : ''}${above}`;
    const look = `lw-tile${sign}${states}`;
    const caption = this.options.caption?.(tile.id) ?? '';
    if (tile.caption && tile.caption.textContent !== caption) {
      tile.caption.textContent = caption;
      tile.caption.hidden = !caption;
      tile.says = '';
    }
    const value = this.options.look?.(tile.id);
    if (tile.value && tile.valueIs !== value) {
      tile.valueIs = value;
      tile.value.hidden = !value;
      tile.value.dataset.letter = value?.letter ?? '';
      tile.value.style.setProperty('--value', value?.colour ?? '');
      tile.says = '';
    }
    // Each is written only where it changed: this runs for every tile of every frame.
    if (tile.of !== length) {
      tile.of = length;
      tile.element.setAttribute('aria-setsize', String(length));
    }
    if (tile.look === look && tile.says) return;
    if (tile.look !== look) {
      tile.look = look;
      tile.element.className = look;
      tile.element.setAttribute('aria-selected', String(selected));
    }
    const name = this.options.name?.(tile.id) ?? tile.id;
    const says = [name, caption, value?.name ?? '', mark === undefined ? '' : SIGNS[mark], broken ? 'cannot be shown' : ''];
    tile.says = says.filter(Boolean).join(', ');
    tile.element.setAttribute('aria-label', tile.says);
  }

  #make() {
    const element = document.createElement('div');
    element.setAttribute('role', 'option');
    element.id = `${this.#prefix}-${this.#made++}`;
    const frame = element.appendChild(document.createElement('div'));
    frame.className = 'lw-frame';
    const picture = frame.appendChild(new Image());
    picture.decoding = 'async';
    picture.draggable = false;
    picture.alt = '';
    const part = frame.appendChild(document.createElement('div'));
    part.className = 'lw-part';
    part.hidden = true;
    const caption = this.options.caption ? element.appendChild(document.createElement('div')) : null;
    if (caption) caption.className = 'lw-caption';
    const value = this.options.look ? element.appendChild(document.createElement('div')) : null;
    if (value) {
      value.className = 'lw-value';
      value.hidden = true;
    }
    for (const mark of this.options.hands ? HANDS : []) {
      const hand = element.appendChild(document.createElement('span'));
      hand.className = 'lw-hand';
      hand.dataset.mark = mark[0];
      hand.textContent = mark[1];
      hand.setAttribute('aria-hidden', 'true'); // an option holds no button that is read aloud
    }
    const tile = { element, frame, picture, part, caption, value, valueIs: undefined, id: '', rank: -1, wanted: false, look: '', says: '', of: 0 };
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
    while (this.#missing.size && !this.#ended.aborted) {
      const [id] = this.#missing;
      this.#missing.delete(id);
      if (![...this.#shown.values()].some((tile) => tile.id === id)) continue; // asked for anew then
      const tries = (this.#tries.get(id) ?? 0) + 1;
      const pause = (await this.options.again?.(id)) ?? null;
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
      if (this.#ended.aborted) return;
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
}
