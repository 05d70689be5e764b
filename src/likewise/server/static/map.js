// A map of points on a 2-D canvas, in the web app and, by `map_widget.js`, in notebooks. It brings
// its own style.
//
// While the map moves a part of the points is drawn, as much as fits a frame, and all of them once
// it rests. Points are named by their position in the arrays that were given; ids are the caller's.

import { MapColours } from './map_colours.js';
import { drawLasso, drawMarks, drawPoints, drawRing } from './map_drawing.js';
import { MapFrames } from './map_frames.js';
import { listenOnMap, mapTools } from './map_input.js';
import { MapPoints } from './map_points.js';
import { adoptMapStyle } from './map_style.js';
import { MapView } from './map_view.js';

/** @typedef {import('./points.js').Point} Point */

const MOVING_MARKS = 2000;

export class PointMap {
  #points = new MapPoints();
  #view = new MapView();
  /** @type {Uint32Array} */
  #marked = new Uint32Array(0);
  /** @type {Int8Array} */
  #verdicts = new Int8Array(0);
  #focus = -1;
  #hover = -1;
  /** @type {Point[]} the lasso, in coordinates of the points, so that it moves with the map */
  #lasso = [];
  #ratio = 1;
  /** @type {ImageData | undefined} */
  #image;
  #ended = new AbortController();
  #watcher;
  #canvas = document.createElement('canvas');
  #over = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
  #overContext = /** @type {CanvasRenderingContext2D} */ (this.#over.getContext('2d'));
  #colours;
  #frames = new MapFrames(() => this.#draw());

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
    host.append(this.#canvas, this.#over, mapTools(this));
    this.#colours = new MapColours(host);
    this.#describe();
    const { signal } = this.#ended;
    listenOnMap(this, this.#over, {
      begin: (pixel) => (this.#lasso = [this.#view.dataAt(pixel)]),
      draw: (pixel) => {
        this.#lasso.push(this.#view.dataAt(pixel));
        this.#drawOver();
      },
      close: (ended) => ended && this.#closeLasso(),
      hover: (position, pixel) => this.#hoverAt(position, pixel),
      pick: (position) => (position < 0 ? this.clearLasso() : this.#tell('map-pick', { position })),
    }, signal);
    this.#watcher = new ResizeObserver(() => this.#resize());
    this.#watcher.observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw(), { signal });
  }

  get length() {
    return this.#points.count;
  }

  /**
   * Other points; the view shows all of them.
   * @param {Uint16Array} xy x and y by turns, 0 to 65535
   */
  setPoints(xy) {
    this.#points.set(xy);
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
    this.#points.setColours(classes, palette);
    this.#frames.rest();
  }

  /**
   * Leave points out, as if they were not there: they are not drawn, and no lasso holds them.
   * @param {Uint8Array | null} shown 1 for each that stays, in the order of the points; null for all
   */
  setShown(shown) {
    this.#points.setShown(shown);
    this.#describe();
    this.#frames.rest();
  }

  /**
   * The points that were decided about; drawn last and larger, yes as discs and no as crosses.
   * @param {Uint32Array} positions
   * @param {Int8Array} verdicts 1 yes, -1 no; others are not drawn
   */
  setMarks(positions, verdicts) {
    this.#marked = positions;
    this.#verdicts = verdicts;
    this.#frames.rest();
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
    this.#view.showAll();
    this.#frames.rest();
  }

  /**
   * @param {number} factor
   * @param {Point} [at] the pixel that stays where it is; the middle if not given
   */
  zoomBy(factor, at = [this.#view.width / 2, this.#view.height / 2]) {
    this.#view.zoomBy(factor, at);
    this.#frames.move();
  }

  /**
   * Move the picture by pixels.
   * @param {number} right
   * @param {number} down
   */
  panBy(right, down) {
    this.#view.panBy(right, down);
    this.#frames.move();
  }

  /**
   * Positions of the points inside a polygon.
   * @param {Point[]} polygon in pixels of the host
   */
  inside(polygon) {
    return this.#points.inside(polygon, this.#view);
  }

  /**
   * The point nearest to a pixel, within reach.
   * @param {Point} at
   * @returns {number} its position, -1 where there is none
   */
  nearest(at) {
    return this.#points.nearest(at, this.#view);
  }

  /**
   * Where a point is on the screen.
   * @param {number} position
   * @returns {Point} in pixels of the host
   */
  pixelOf(position) {
    return this.#view.pixelAt(this.#points.at(position));
  }

  /** Draw again, after the colours of the page have changed. */
  redraw() {
    this.#colours.forget();
    this.#frames.rest();
  }

  /** Let go of the host. */
  destroy() {
    this.#ended.abort();
    this.#watcher.disconnect();
    this.#frames.end();
    this.host.replaceChildren();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!width || !height) return;
    adoptMapStyle(this.host);
    Object.assign(this.#view, { width, height });
    this.#ratio = devicePixelRatio || 1;
    for (const canvas of [this.#canvas, this.#over]) {
      canvas.width = Math.round(width * this.#ratio);
      canvas.height = Math.round(height * this.#ratio);
    }
    this.#image = new ImageData(this.#canvas.width, this.#canvas.height);
    this.#draw(this.#points.shown); // now, since a resized canvas is blank
  }

  /** @param {number} [count] of the points, in their random order */
  #draw(count = this.#frames.countOf(this.#points.shown)) {
    if (!this.#image) return;
    const start = performance.now();
    drawPoints(this.#image, this.#points, this.#view, this.#ratio, count);
    this.#context.putImageData(this.#image, 0, 0);
    this.#context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    drawMarks(this.#context, this.#marks(), this.#view, (name, or) => this.#colours.get(name, or));
    this.#drawOver();
    this.#frames.measure(count, performance.now() - start);
  }

  /** @returns {Iterable<[Point, number]>} pixels and verdicts of what was decided about */
  *#marks() {
    const count = Math.min(this.#marked.length, this.#frames.isMoving ? MOVING_MARKS : Infinity);
    for (let i = this.#marked.length - count; i < this.#marked.length; i++) {
      if (this.#points.isShown(this.#marked[i])) yield [this.pixelOf(this.#marked[i]), this.#verdicts[i]];
    }
  }

  #drawOver() {
    const context = this.#overContext;
    const ink = this.#colours.get('--ink', 'CanvasText');
    const back = this.#colours.get('--bg', '#fff');
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.clearRect(0, 0, this.#view.width, this.#view.height);
    if (this.#lasso.length) drawLasso(context, this.#lassoPixels(), ink);
    const ring = (/** @type {number} */ position, /** @type {number} */ radius, /** @type {string} */ colour) => {
      const isThere = position >= 0 && position < this.length && this.#points.isShown(position);
      if (isThere) drawRing(context, this.pixelOf(position), radius, colour, back);
    };
    ring(this.#hover, 6, ink);
    ring(this.#focus, 9, this.#colours.get('--focus', '#2f6fed'));
  }

  /**
   * @param {number} position
   * @param {Point} pixel of the pointer
   */
  #hoverAt(position, [x, y]) {
    if (position === this.#hover) return;
    this.#hover = position;
    this.#drawOver();
    this.#tell('map-hover', { position, x, y });
  }

  #lassoPixels() {
    return this.#lasso.map((corner) => this.#view.pixelAt(corner));
  }

  #closeLasso() {
    const polygon = this.#lassoPixels();
    if (polygon.length < 3) this.#lasso = [];
    this.#drawOver();
    const positions = polygon.length < 3 ? new Uint32Array(0) : this.inside(polygon);
    this.#tell('map-lasso', { positions });
  }

  #describe() {
    const count = this.#points.shown.toLocaleString('en');
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
