// A map of points on a 2-D canvas, in the web app and, by `map_widget.js`, in notebooks. It brings
// its own style and imports nothing else.
//
// The points are written into an ImageData by a loop over typed arrays, which needs no graphics
// card. They are kept in a fixed random order, so that any first part of them is a fair sample:
// while the map moves a part is drawn, as much as fits a frame, and all of it once it rests.
// Points are named by their position in the arrays that were given; ids are the caller's.

import { polygonMask, shuffled, stampOf } from './points.js';
import { styleSheet } from './style_sheet.js';

/** @typedef {import('./points.js').Point} Point */

const MOVING_MS = 9; // of a frame of 16 ms, for the points
const REST_MS = 120;
const REACH = 10; // pixels from the pointer to a point that it means
const CLICK = 4; // pixels that a click may move
const ALL = 65_535;
const MOST_ZOOM = 400;
const MOVING_MARKS = 2000;
/** Points from so many on, and pixels of each. */
const SIZES = [[300_000, 1], [30_000, 2], [3000, 3]];

const adoptMapStyle = styleSheet(`
.lw-map { position: relative; touch-action: none; outline-offset: -3px; min-height: 0;
  overflow: hidden; cursor: grab; }
.lw-map.lasso { cursor: crosshair; }
.lw-map canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.lw-map-tools { position: absolute; right: 8px; top: 8px; display: grid; gap: 4px; }
.lw-map-tools button { width: 30px; height: 30px; padding: 0; border-radius: 6px; cursor: pointer;
  font: 16px/1 system-ui, sans-serif; color: var(--ink, inherit); background: var(--panel, Canvas);
  border: 1px solid var(--line, #8886); }
.lw-map-tip img:not([hidden]) { display: block; max-width: 100%; }
.lw-map-tip figcaption { padding: 2px 6px; }
.lw-map-tools button[aria-pressed=true] { border-color: var(--focus, #2f6fed);
  box-shadow: inset 0 0 0 1px var(--focus, #2f6fed); }`);

export class PointMap {
  #count = 0;
  #order = new Uint32Array(0);
  #points = new Uint16Array(0); // in random order, x and y by turns
  #classes = new Uint8Array(0); // in the same order
  /** @type {Uint16Array} */
  #given = new Uint16Array(0);
  #palette = new Uint32Array(256).fill(0xff99_897a); // grey until colours come
  /** @type {Uint32Array} */
  #marked = new Uint32Array(0);
  /** @type {Int8Array} */
  #verdicts = new Int8Array(0);
  #focus = -1;
  #hover = -1;
  /** @type {Point[]} the lasso, in coordinates of the points, so that it moves with the map */
  #lasso = [];
  #lassoing = false;
  #zoom = 1;
  #centre = [ALL / 2, ALL / 2];
  #width = 0;
  #height = 0;
  #ratio = 1;
  #sample = 150_000;
  #drawing = 0;
  #moving = false;
  /** @type {ImageData | undefined} */
  #image;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  #ended = new AbortController();
  #watcher;
  #canvas = document.createElement('canvas');
  #over = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
  #overContext = /** @type {CanvasRenderingContext2D} */ (this.#over.getContext('2d'));
  #lassoButton;
  #probe = document.createElement('i');
  /** @type {Map<string, string>} */
  #colours = new Map();

  /**
   * Fires `map-lasso` ({positions}: Uint32Array, empty when cleared), `map-pick` ({position}) and
   * `map-hover` ({position, x, y}; -1 for none) on the host.
   * @param {HTMLElement} host an element with a size of its own
   */
  constructor(host) {
    this.host = host;
    host.classList.add('lw-map');
    host.tabIndex = 0;
    host.setAttribute('role', 'group');
    host.setAttribute('aria-roledescription', 'map');
    this.#canvas.setAttribute('role', 'img');
    this.#over.setAttribute('aria-hidden', 'true');
    const tools = document.createElement('div');
    tools.className = 'lw-map-tools';
    const tool = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {() => void} */ run) => {
      const button = tools.appendChild(document.createElement('button'));
      button.type = 'button';
      button.textContent = sign;
      button.title = name;
      button.setAttribute('aria-label', name);
      button.addEventListener('click', run);
      return button;
    };
    tool('+', 'Zoom in', () => this.zoomBy(1.5));
    tool('−', 'Zoom out', () => this.zoomBy(1 / 1.5));
    tool('⤢', 'Show all', () => this.showAll());
    this.#lassoButton = tool('◌', 'Draw around images (or Shift and drag)', () => this.#arm());
    this.#lassoButton.setAttribute('aria-pressed', 'false');
    this.#probe.hidden = true;
    host.append(this.#canvas, this.#over, tools, this.#probe);
    this.#describe();
    this.#listen();
    this.#watcher = new ResizeObserver(() => this.#resize());
    this.#watcher.observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw(), {
      signal: this.#ended.signal,
    });
  }

  get length() {
    return this.#count;
  }

  /**
   * Other points; the view shows all of them.
   * @param {Uint16Array} xy x and y by turns, 0 to 65535
   */
  setPoints(xy) {
    this.#count = xy.length >> 1;
    this.#given = xy;
    this.#order = shuffled(this.#count);
    this.#points = new Uint16Array(2 * this.#count);
    for (let i = 0; i < this.#count; i++) {
      this.#points[2 * i] = xy[2 * this.#order[i]];
      this.#points[2 * i + 1] = xy[2 * this.#order[i] + 1];
    }
    this.#classes = new Uint8Array(this.#count);
    this.#marked = new Uint32Array(0);
    this.#focus = this.#hover = -1;
    this.#lasso = [];
    this.#describe();
    this.showAll();
  }

  /**
   * Colour the points.
   * @param {Uint8Array} classes of each point, in the order of the points
   * @param {string[]} palette #rrggbb for each class; it begins again where it is too short
   */
  setColours(classes, palette) {
    for (let i = 0; i < 256; i++) {
      const colour = parseInt(palette[i % palette.length].slice(1), 16);
      const [red, green, blue] = [colour >> 16, (colour >> 8) & 255, colour & 255];
      this.#palette[i] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
    for (let i = 0; i < this.#count; i++) this.#classes[i] = classes[this.#order[i]];
    this.#rest();
  }

  /**
   * The points that were decided about; drawn last and larger, yes as discs and no as crosses.
   * @param {Uint32Array} positions
   * @param {Int8Array} verdicts 1 yes, -1 no; others are not drawn
   */
  setMarks(positions, verdicts) {
    this.#marked = positions;
    this.#verdicts = verdicts;
    this.#rest();
  }

  /**
   * Ring the point of the focused image.
   * @param {number} position -1 for none
   */
  setFocus(position) {
    this.#focus = position;
    this.#drawOver();
  }

  /** Take the lasso away. */
  clearLasso() {
    if (!this.#lasso.length) return;
    this.#lasso = [];
    this.#drawOver();
    this.#tell('map-lasso', { positions: new Uint32Array(0) });
  }

  showAll() {
    this.#zoom = 1;
    this.#centre = [ALL / 2, ALL / 2];
    this.#rest();
  }

  /**
   * @param {number} factor
   * @param {Point} [at] the pixel that stays where it is; the middle if not given
   */
  zoomBy(factor, at = [this.#width / 2, this.#height / 2]) {
    const before = this.#dataAt(at);
    this.#zoom = Math.max(0.5, Math.min(MOST_ZOOM, this.#zoom * factor));
    const after = this.#dataAt(at);
    this.#centre[0] += before[0] - after[0];
    this.#centre[1] += before[1] - after[1];
    this.#move();
  }

  /**
   * Move the picture by pixels.
   * @param {number} right
   * @param {number} down
   */
  panBy(right, down) {
    this.#centre[0] -= right / this.#scale;
    this.#centre[1] += down / this.#scale;
    this.#move();
  }

  /**
   * Positions of the points inside a polygon.
   * @param {Point[]} polygon in pixels of the host
   */
  inside(polygon) {
    const [width, height] = [Math.ceil(this.#width), Math.ceil(this.#height)];
    const mask = polygonMask(polygon, width, height);
    const { ax, bx, ay, by } = this.#affine(1);
    const found = new Uint32Array(this.#count);
    let count = 0;
    for (let i = 0; i < this.#count; i++) {
      const x = Math.floor(this.#given[2 * i] * ax + bx);
      const y = Math.floor(this.#given[2 * i + 1] * ay + by);
      if (x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x]) found[count++] = i;
    }
    return found.slice(0, count);
  }

  /**
   * The point nearest to a pixel, within reach.
   * @param {Point} at
   * @returns {number} its position, -1 where there is none
   */
  nearest(at) {
    const [x, y] = this.#dataAt(at);
    const reach = REACH / this.#scale;
    let [best, least] = [-1, reach * reach];
    for (let i = 0; i < this.#count; i++) {
      const dx = this.#given[2 * i] - x;
      if (dx > reach || dx < -reach) continue;
      const dy = this.#given[2 * i + 1] - y;
      if (dx * dx + dy * dy < least) [best, least] = [i, dx * dx + dy * dy];
    }
    return best;
  }

  /**
   * Where a point is on the screen.
   * @param {number} position
   * @returns {Point} in pixels of the host
   */
  pixelOf(position) {
    return this.#pixelAt([this.#given[2 * position], this.#given[2 * position + 1]]);
  }

  /** Draw again, after the colours of the page have changed. */
  redraw() {
    this.#colours.clear();
    this.#rest();
  }

  /** Let go of the host. */
  destroy() {
    this.#ended.abort();
    this.#watcher.disconnect();
    clearTimeout(this.#resting);
    cancelAnimationFrame(this.#drawing);
    this.host.replaceChildren();
  }

  /** Pixels of the host per unit of the points. */
  get #scale() {
    return ((Math.min(this.#width, this.#height) || 1) * 0.94 * this.#zoom) / ALL;
  }

  /** @param {number} ratio pixels drawn per pixel of the host */
  #affine(ratio) {
    const scale = this.#scale * ratio;
    return {
      ax: scale,
      bx: (this.#width * ratio) / 2 - this.#centre[0] * scale,
      ay: -scale, // up is up
      by: (this.#height * ratio) / 2 + this.#centre[1] * scale,
    };
  }

  /**
   * @param {Point} pixel
   * @returns {Point}
   */
  #dataAt([x, y]) {
    const { ax, bx, ay, by } = this.#affine(1);
    return [(x - bx) / ax, (y - by) / ay];
  }

  /**
   * @param {Point} data
   * @returns {Point}
   */
  #pixelAt([x, y]) {
    const { ax, bx, ay, by } = this.#affine(1);
    return [x * ax + bx, y * ay + by];
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!width || !height) return;
    adoptMapStyle(this.host);
    this.#width = width;
    this.#height = height;
    this.#ratio = devicePixelRatio || 1;
    for (const canvas of [this.#canvas, this.#over]) {
      canvas.width = Math.round(width * this.#ratio);
      canvas.height = Math.round(height * this.#ratio);
    }
    this.#image = new ImageData(this.#canvas.width, this.#canvas.height);
    this.#draw(this.#count); // now, since a resized canvas is blank
  }

  /** Draw a sample in the next frame, and everything once it rests. */
  #move() {
    this.#moving = true;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#rest(), REST_MS);
    this.#soon();
  }

  /** Draw everything in the next frame. */
  #rest() {
    clearTimeout(this.#resting);
    this.#moving = false;
    this.#soon();
  }

  #soon() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw(this.#moving ? Math.min(this.#count, this.#sample) : this.#count);
    });
  }

  /** @param {number} count of the points, in their random order */
  #draw(count) {
    if (!this.#image) return;
    const start = performance.now();
    this.#raster(this.#image, count);
    this.#context.putImageData(this.#image, 0, 0);
    this.#drawMarks();
    this.#drawOver();
    const took = performance.now() - start;
    if (this.#moving && count > 10_000) {
      const fits = (count * MOVING_MS) / Math.max(took, 0.5);
      this.#sample = Math.round(Math.max(10_000, Math.min(0.5 * (count + fits), 2 * count)));
    }
  }

  /**
   * @param {ImageData} image
   * @param {number} count
   */
  #raster(image, count) {
    const { width, height } = image;
    const pixels = new Uint32Array(image.data.buffer);
    const [points, classes, palette] = [this.#points, this.#classes, this.#palette];
    const { ax, bx, ay, by } = this.#affine(this.#ratio);
    const plain = SIZES.find(([count]) => this.#count > count)?.[1] ?? 6;
    const size = Math.min(14, Math.round(plain * Math.sqrt(this.#zoom) * this.#ratio));
    const stamp = stampOf(Math.max(1, size), width);
    const edge = Math.ceil(size / 2);
    pixels.fill(0);
    for (let i = 0; i < count; i++) {
      const x = (points[2 * i] * ax + bx) | 0;
      const y = (points[2 * i + 1] * ay + by) | 0;
      if (x < edge || y < edge || x >= width - edge || y >= height - edge) continue;
      const place = y * width + x;
      const colour = palette[classes[i]];
      if (size <= 1) pixels[place] = colour;
      else for (let k = 0; k < stamp.length; k++) pixels[place + stamp[k]] = colour;
    }
  }

  #drawMarks() {
    const context = this.#context;
    const count = Math.min(this.#marked.length, this.#moving ? MOVING_MARKS : Infinity);
    const [discs, crosses] = [new Path2D(), new Path2D()];
    for (let i = this.#marked.length - count; i < this.#marked.length; i++) {
      const [x, y] = this.pixelOf(this.#marked[i]);
      if (x < -6 || y < -6 || x > this.#width + 6 || y > this.#height + 6) continue;
      if (this.#verdicts[i] === 1) {
        discs.moveTo(x + 4, y);
        discs.arc(x, y, 4, 0, 7);
      } else if (this.#verdicts[i] === -1) {
        crosses.moveTo(x - 3.5, y - 3.5);
        crosses.lineTo(x + 3.5, y + 3.5);
        crosses.moveTo(x + 3.5, y - 3.5);
        crosses.lineTo(x - 3.5, y + 3.5);
      }
    }
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.strokeStyle = this.#colour('--bg', '#fff');
    context.lineWidth = 5;
    context.stroke(crosses);
    context.lineWidth = 3;
    context.stroke(discs);
    context.fillStyle = this.#colour('--yes', '#0b7a4b');
    context.fill(discs);
    context.lineWidth = 2;
    context.strokeStyle = this.#colour('--no', '#c22f3a');
    context.stroke(crosses);
  }

  #drawOver() {
    const context = this.#overContext;
    const ink = this.#colour('--ink', 'CanvasText');
    const focus = this.#colour('--focus', '#2f6fed');
    const back = this.#colour('--bg', '#fff');
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    if (this.#lasso.length) {
      context.beginPath();
      for (const corner of this.#lasso) context.lineTo(...this.#pixelAt(corner));
      context.closePath();
      context.globalAlpha = 0.1;
      context.fillStyle = context.strokeStyle = ink;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.5;
      context.stroke();
    }
    const ring = (/** @type {number} */ position, /** @type {number} */ radius, /** @type {string} */ colour) => {
      if (position < 0 || position >= this.#count) return;
      const [x, y] = this.pixelOf(position);
      for (const [width, stroke] of /** @type {[number, string][]} */ ([[6, back], [3, colour]])) {
        context.beginPath();
        context.arc(x, y, radius, 0, 7);
        context.lineWidth = width;
        context.strokeStyle = stroke;
        context.stroke();
      }
    };
    ring(this.#hover, 6, ink);
    ring(this.#focus, 9, focus);
  }

  /**
   * A colour of the page as a canvas understands it, whatever it is made of.
   * @param {string} name
   * @param {string} or
   */
  #colour(name, or) {
    let colour = this.#colours.get(name);
    if (colour === undefined) {
      this.#probe.style.color = `var(${name}, ${or})`;
      colour = getComputedStyle(this.#probe).color;
      this.#colours.set(name, colour);
    }
    return colour;
  }

  #listen() {
    const { signal } = this.#ended;
    const over = this.#over;
    /** @type {Point | null} */
    let from = null;
    let moved = 0;
    /** @type {Point} */
    let pointer = [0, 0];
    let looking = 0;
    const placeOf = (/** @type {MouseEvent} */ event) => {
      const box = over.getBoundingClientRect();
      return /** @type {Point} */ ([event.clientX - box.left, event.clientY - box.top]);
    };
    const look = () => {
      looking = 0;
      const position = from ? -1 : this.nearest(pointer);
      if (position === this.#hover) return;
      this.#hover = position;
      this.#drawOver();
      this.#tell('map-hover', { position, x: pointer[0], y: pointer[1] });
    };
    over.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      over.setPointerCapture(event.pointerId);
      from = placeOf(event);
      moved = 0;
      looking ||= requestAnimationFrame(look); // what was pointed at is so no longer
      if (event.shiftKey || this.host.classList.contains('lasso')) {
        this.#lassoing = true;
        this.#lasso = [this.#dataAt(from)];
      }
    }, { signal });
    over.addEventListener('pointermove', (event) => {
      pointer = placeOf(event);
      if (!from) {
        looking ||= requestAnimationFrame(look);
        return;
      }
      moved += Math.abs(pointer[0] - from[0]) + Math.abs(pointer[1] - from[1]);
      if (this.#lassoing) {
        this.#lasso.push(this.#dataAt(pointer));
        this.#drawOver();
      } else if (moved > CLICK) this.panBy(pointer[0] - from[0], pointer[1] - from[1]);
      from = pointer;
    }, { signal });
    over.addEventListener('pointerup', () => {
      if (this.#lassoing) this.#closeLasso();
      else if (from && moved <= CLICK) {
        const position = this.nearest(from);
        if (position >= 0) this.#tell('map-pick', { position });
        else this.clearLasso();
      }
      from = null;
    }, { signal });
    over.addEventListener('pointercancel', () => {
      from = null;
      this.#lassoing = false;
    }, { signal });
    over.addEventListener('pointerleave', () => {
      pointer = [-1e6, -1e6];
      looking ||= requestAnimationFrame(look);
    }, { signal });
    over.addEventListener('wheel', (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 20 : 1;
      this.zoomBy(Math.exp(-event.deltaY * lines * 0.0015), placeOf(event));
    }, { signal, passive: false });
    this.host.addEventListener('keydown', (event) => this.#press(event), { signal });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const runs = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => this.panBy(60, 0),
      ArrowRight: () => this.panBy(-60, 0),
      ArrowUp: () => this.panBy(0, 60),
      ArrowDown: () => this.panBy(0, -60),
      '+': () => this.zoomBy(1.5),
      '-': () => this.zoomBy(1 / 1.5),
      '0': () => this.showAll(),
      Escape: () => this.clearLasso(),
    });
    if (event.target !== this.host || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.key in runs)) return;
    event.preventDefault();
    event.stopPropagation();
    runs[event.key]();
  }

  #arm() {
    const armed = this.host.classList.toggle('lasso');
    this.#lassoButton.setAttribute('aria-pressed', String(armed));
  }

  #closeLasso() {
    this.#lassoing = false;
    const polygon = this.#lasso.map((corner) => this.#pixelAt(corner));
    if (polygon.length < 3) this.#lasso = [];
    this.#drawOver();
    const positions = polygon.length < 3 ? new Uint32Array(0) : this.inside(polygon);
    this.#tell('map-lasso', { positions });
  }

  #describe() {
    const count = this.#count.toLocaleString('en');
    this.#canvas.setAttribute('aria-label', `${count} images as points; alike ones are near`);
    this.host.setAttribute(
      'aria-label',
      'Map of images: arrows move it, plus and minus zoom, 0 shows all',
    );
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} detail
   */
  #tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
