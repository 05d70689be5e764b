// The points of a map with their colours, in a fixed random order, so that any first part of them
// is a fair sample; and which of them are at a place.

import { polygonMask, shuffled } from './points.js';

/** @typedef {import('./points.js').Point} Point */
/** @typedef {import('./map_view.js').MapView} MapView */

const REACH = 10; // pixels from the pointer to a point that it means

export class MapPoints {
  count = 0;
  /** Colours of the classes, as pixels of a canvas; grey until colours come. */
  palette = new Uint32Array(256).fill(0xff99_897a);
  /** In random order, x and y by turns. */
  xy = new Uint16Array(0);
  /** In the same order. */
  classes = new Uint8Array(0);
  /** Positions in random order: of all points, and of those that are shown. */
  #shuffled = new Uint32Array(0);
  #order = new Uint32Array(0);
  /** @type {Uint8Array | null} whether each point is shown; null where all are */
  #shown = null;
  /** @type {Uint8Array} */
  #givenClasses = new Uint8Array(0);
  /** @type {Uint16Array} */
  #given = new Uint16Array(0);

  /** @param {Uint16Array} given x and y by turns, 0 to 65535 */
  set(given) {
    this.count = given.length >> 1;
    this.#given = given;
    this.#shuffled = this.#order = shuffled(this.count);
    this.#shown = null;
    this.#givenClasses = new Uint8Array(this.count);
    this.#arrange();
  }

  /** How many points are shown. */
  get shown() {
    return this.#order.length;
  }

  /**
   * Leave points out, as if they were not there.
   * @param {Uint8Array | null} shown 1 for each that stays, in the order of the points; null for all
   */
  setShown(shown) {
    this.#shown = shown;
    this.#order = shown ? this.#shuffled.filter((position) => shown[position]) : this.#shuffled;
    this.#arrange();
  }

  /**
   * @param {Uint8Array} classes of each point, in the order of the points
   * @param {string[]} palette #rrggbb for each class; it begins again where it is too short
   */
  setColours(classes, palette) {
    for (let i = 0; i < 256; i++) {
      const colour = parseInt(palette[i % palette.length].slice(1), 16);
      const [red, green, blue] = [colour >> 16, (colour >> 8) & 255, colour & 255];
      this.palette[i] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
    this.#givenClasses = classes;
    this.#colour();
  }

  /**
   * Where a point is.
   * @param {number} position
   * @returns {Point} in units of the points
   */
  at(position) {
    return [this.#given[2 * position], this.#given[2 * position + 1]];
  }

  /**
   * Positions of the points inside a polygon, ascending.
   * @param {Point[]} polygon in pixels of the host
   * @param {MapView} view
   */
  inside(polygon, view) {
    const [width, height] = [Math.ceil(view.width), Math.ceil(view.height)];
    const mask = polygonMask(polygon, width, height);
    const { ax, bx, ay, by } = view.affine(1);
    const found = new Uint32Array(this.count);
    let count = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.#shown && !this.#shown[i]) continue;
      const x = Math.floor(this.#given[2 * i] * ax + bx);
      const y = Math.floor(this.#given[2 * i + 1] * ay + by);
      if (x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x]) found[count++] = i;
    }
    return found.slice(0, count);
  }

  /**
   * The point nearest to a pixel, within reach.
   * @param {Point} pixel
   * @param {MapView} view
   * @returns {number} its position, -1 where there is none
   */
  nearest(pixel, view) {
    const [x, y] = view.dataAt(pixel);
    const reach = REACH / view.scale;
    let [best, least] = [-1, reach * reach];
    for (let i = 0; i < this.count; i++) {
      const dx = this.#given[2 * i] - x;
      if (dx > reach || dx < -reach) continue;
      const dy = this.#given[2 * i + 1] - y;
      if (dx * dx + dy * dy < least && this.isShown(i)) [best, least] = [i, dx * dx + dy * dy];
    }
    return best;
  }

  /** @param {number} position */
  isShown(position) {
    return !this.#shown || this.#shown[position] === 1;
  }

  #arrange() {
    this.xy = new Uint16Array(2 * this.shown);
    for (let i = 0; i < this.shown; i++) {
      this.xy[2 * i] = this.#given[2 * this.#order[i]];
      this.xy[2 * i + 1] = this.#given[2 * this.#order[i] + 1];
    }
    this.#colour();
  }

  #colour() {
    this.classes = new Uint8Array(this.shown);
    for (let i = 0; i < this.shown; i++) this.classes[i] = this.#givenClasses[this.#order[i]];
  }
}
