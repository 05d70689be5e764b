// A virtual grid of thumbnails, in the web app and, by `grid_widget.js`, in notebooks.
//
// * Only what is on the screen, and two rows around it, is in the document; tiles are reused.
// * What is on the screen stays: a new ranking replaces only what is below the fold.
// * Where it has pages, a screen is one page: the keys act on it, and it is never replaced.
// * While one flings, tiles show their image's mean colour and nothing is requested.
// * It is a listbox with one focused option, so that screen readers and keys know one place.

import { PageEdges } from './edges.js';
import { buttonOf, pressTile } from './grid_clicks.js';
import { adoptGridStyle } from './grid_style.js';
import { Layout } from './layout.js';
import { Pace } from './pace.js';
import { RankedList } from './ranked_list.js';
import { Tiles } from './tiles.js';

const SMALLEST = 72;
const LARGEST = 320;
const ROWS_AROUND = 2;
const SCROLL_END_MS = 150; // where the browser has no event that says it

/** @typedef {1 | -1 | 0} Mark 1 yes, -1 no, 0 skipped */
export class Grid {
  #list = new RankedList();
  /** @type {Layout | null} */
  #layout = null;
  #top = 0;
  #drawing = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #scrolling;
  #pace = new Pace(() => this.draw());
  #options;
  #size;
  #space;
  #tiles;
  #edges;
  #watcher;
  #ended = new AbortController();

  /** @type {ReadonlyMap<string, Mark>} */
  marks = new Map();

  /**
   * Fires `grid-focus` ({id, rank, scrolled}), `grid-open` ({id}), `grid-select` ({ids}) and, where tiles have
   * buttons, `grid-answer` ({id, mark}) on the host.
   * @param {HTMLElement} host an element with a size of its own
   * @param {import('./tiles.js').Options} options
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
    this.#tiles = new Tiles(host, options, this, { signal, draw: () => this.draw() });
    this.#edges = options.paged ? new PageEdges(host) : null;
    host.addEventListener('scroll', () => this.#scrolled(), { passive: true, signal });
    for (const by of ['wheel', 'touchmove']) host.addEventListener(by, () => this.#pace.scroll(true), { passive: true, signal });
    host.addEventListener('scrollend', () => this.#scrollEnded(), { signal });
    host.addEventListener('click', (event) => {
      const tile = this.#tiles.tileOf(event.target);
      if (tile) pressTile(this, this.#list, tile.id, options.keeps ?? false, event);
    }, { signal });
    host.addEventListener('dblclick', (event) => buttonOf(event) || this.#tell('grid-open', { id: this.focusId }), { signal });
    this.#watcher = new ResizeObserver(() => this.#lay());
    this.#watcher.observe(host);
  }

  /** Every id of the list, the best first. */
  get ids() {
    return this.#list.ids;
  }

  get length() {
    return this.ids.length;
  }

  /** The id that the keys act on, or undefined where the list is empty. */
  get focusId() {
    return this.#list.focusId;
  }

  get focusRank() {
    return this.#list.focus;
  }

  get selection() {
    return this.#list.selection;
  }

  get columns() {
    return this.#layout?.columns ?? 1;
  }

  /** Rows that fit on the screen. */
  get rowsOnPage() {
    const { rows, height, cell } = this.#layout ?? { rows: 1, height: 0, cell: 1 };
    return rows < Infinity ? rows : Math.max(1, Math.floor(height / cell));
  }

  /** Pixels of a tile's side, as it was asked for. */
  get size() {
    return this.#size;
  }

  /** The page that has the focus, from 0; 0 where there are no pages. */
  get pageIndex() {
    return this.#layout?.pageOf(this.focusRank) ?? 0;
  }

  /** The rank after the last one of the page. */
  get pageEnd() {
    return Math.min(this.length, this.#pageRanks()[1]);
  }

  /** Whether the whole page is on the screen. */
  get isPageInView() {
    const [first, end] = this.#wholeRanks();
    return first <= this.#pageRanks()[0] && end >= this.pageEnd;
  }

  /** The first rank that a new ranking may change: below the screen, and below the page. */
  get frozen() {
    const fold = this.#layout ? this.#layout.rankBelow(this.#top + this.#layout.height - 1) : 0;
    return Math.min(this.length, this.#options.paged ? Math.max(fold, this.pageEnd) : fold);
  }

  /**
   * Another list, from its top.
   * @param {string[]} ids
   */
  setIds(ids) {
    this.#list.set(ids);
    if (this.selection.size && !this.#options.keeps) this.select([]);
    this.host.scrollTop = 0;
    this.#lay();
    this.#focused();
  }

  /**
   * A new ranking: whatever is above a rank stays where it is, and the rest follows the ranking.
   * @param {string[]} ids the best first; those that stay above are left out of the rest
   * @param {number} [from] the first rank that follows
   */
  replaceTail(ids, from = this.frozen) {
    const focused = this.focusId;
    this.#list.replaceTail(ids, from);
    this.#lay();
    if (this.focusId !== focused) this.#focused();
  }

  /** Ids of the page; without pages, of the rows that are wholly on the screen. */
  page() {
    return this.ids.slice(...this.#pageRanks());
  }

  /**
   * Those of the page whose pictures are shown: in full, loaded, and no placeholder.
   * @returns {string[]}
   */
  shownPage() {
    const [page, whole] = [this.#pageRanks(), this.#wholeRanks()];
    const ids = [];
    for (let rank = Math.max(page[0], whole[0]); rank < Math.min(whole[1], this.pageEnd); rank++) {
      if (this.#tiles.isLoaded(rank, this.ids[rank])) ids.push(this.ids[rank]);
    }
    return ids;
  }

  /** Go to the first image after the page, which becomes the first of the next one. */
  nextPage() {
    this.#goTo(Math.min(this.#pageRanks()[1], this.length - 1), true);
  }

  /**
   * Move the focus; the page follows by as little as it must.
   * @param {number} ranks how far; what lies beyond the ends is the end
   * @param {{extend?: boolean}} [how] `extend` selects from where it began to where it is now
   */
  move(ranks, { extend = false } = {}) {
    const from = this.focusRank;
    this.#goTo(from + ranks, false);
    if (extend) this.select(this.#list.range(from));
    else this.#list.beginRange();
  }

  /**
   * Focus an image and bring it on the screen.
   * @param {string} id
   * @returns {boolean} whether it is in the list
   */
  focusOn(id) {
    const rank = this.ids.indexOf(id);
    if (rank >= 0) this.#goTo(rank, false);
    return rank >= 0;
  }

  /**
   * Select exactly these.
   * @param {Iterable<string>} ids
   */
  select(ids) {
    this.#list.selection = new Set(ids);
    this.draw();
    this.#tell('grid-select', { ids: [...this.selection] });
  }

  /**
   * Select an image, or no longer; a range begins at it.
   * @param {string} id
   */
  toggle(id) {
    this.select(this.#list.toggled(id));
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
    this.#lay();
  }

  /** Let go of the host. */
  destroy() {
    this.#ended.abort();
    this.#watcher.disconnect();
    this.#pace.end();
    clearTimeout(this.#scrolling);
    cancelAnimationFrame(this.#drawing);
    this.host.replaceChildren();
  }

  /** @returns {[number, number]} of the rows that are wholly on the screen: a rank, and that after the last */
  #wholeRanks() {
    return this.#layout?.wholeRanks(this.host.scrollTop) ?? [0, 0];
  }

  /** @returns {[number, number]} */
  #pageRanks() {
    return this.#layout && this.#options.paged ? this.#layout.ranksOf(this.pageIndex) : this.#wholeRanks();
  }

  #lay() {
    const { clientWidth: width, clientHeight: height, scrollTop: top } = this.host; // a shorter list cuts it off
    if (!width || !height) return;
    adoptGridStyle(this.host);
    const before = this.#layout;
    const layout = (this.#layout = new Layout(width, height, this.#size, this.#options.paged ?? false, this.#options.most?.() || Infinity));
    this.#space.style.height = `${layout.heightFor(this.length)}px`;
    if (!layout.equals(before)) {
      this.host.style.setProperty('--cell', `${layout.cell}px`);
      this.#tiles.release();
      this.host.scrollTop = layout.topAfter(before, top, this.focusRank);
    }
    this.#pace.jump();
    this.draw();
  }

  #scrolled() {
    this.#pace.scroll(false);
    this.#drawing ||= requestAnimationFrame(() => this.draw());
    if (!this.#options.paged || 'onscrollend' in window) return;
    clearTimeout(this.#scrolling);
    this.#scrolling = setTimeout(() => this.#scrollEnded(), SCROLL_END_MS);
  }

  /** A scroll that leaves a page goes on to the next one: there is no half of a page. */
  #scrollEnded() {
    if (!this.#layout || !this.#options.paged || !this.length) return;
    const to = this.#layout.pageAfterScroll(this.host.scrollTop, this.pageIndex);
    const page = this.#pace.isPinned ? this.pageIndex : Math.min(to, this.#layout.pageOf(this.length - 1));
    const ranks = this.#layout.ranksOf(page);
    const open = this.ids.slice(...ranks).findIndex((id) => !this.marks.has(id));
    this.#goTo(page === this.pageIndex ? this.focusRank : ranks[0] + Math.max(0, open), false, true);
  }

  /** Bring the document in step; cheap where nothing changed. */
  draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    const layout = this.#layout;
    if (!layout) return;
    this.#top = this.host.scrollTop;
    const { ids, focusRank: focus } = this;
    const pace = this.#pace.at(this.#top, layout.cell);
    const around = pace > layout.height ? 0 : ROWS_AROUND; // the next frame shows none of these rows
    const first = layout.rankAt(this.#top - around * layout.cell);
    const end = Math.min(this.length, layout.rankBelow(this.#top + layout.height + around * layout.cell));
    this.#tiles.releaseBut((rank) => rank < this.length && ((rank >= first && rank < end) || rank === focus));
    const show = (/** @type {number} */ rank) => this.#tiles.show(rank, ids[rank], layout.at(rank), pace > layout.cell);
    for (let rank = first; rank < end; rank++) show(rank);
    // The focused option stays in the document, else the listbox points at nothing.
    const active = this.length ? show(focus).element.id : '';
    this.#tiles.parkSpare();
    this.#edges?.draw(layout, ids, this.marks, first, end);
    if (this.host.getAttribute('aria-activedescendant') === active) return;
    if (active) this.host.setAttribute('aria-activedescendant', active);
    else this.host.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {number} rank
   * @param {boolean} toTop its row becomes the first on the screen
   * @param {boolean} [scrolled] by a scroll, and by no key
   */
  #goTo(rank, toTop, scrolled = false) {
    const before = this.focusId;
    this.#list.focusAt(rank);
    const { cell = 0, height = 0 } = this.#layout ?? {};
    const y = this.#layout?.at(this.focusRank)[1] ?? 0;
    const top = this.host.scrollTop;
    this.#pace.jump();
    if (!scrolled) this.#pace.pin();
    if (this.#options.paged) this.host.scrollTop = this.#layout?.topOf(this.pageIndex) ?? 0;
    else if (toTop || y < top) this.host.scrollTop = y;
    else if (y + cell > top + height) this.host.scrollTop = y + cell - height;
    this.draw();
    if (this.focusId !== before) this.#focused(scrolled);
  }

  #focused(scrolled = false) {
    this.#tell('grid-focus', { id: this.focusId, rank: this.focusRank, scrolled });
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} detail
   */
  #tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
