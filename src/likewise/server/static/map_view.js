// What of a map is on the screen: where each point is in pixels of the host, and the other way.

/** @typedef {import('./points.js').Point} Point */

const ALL_UNITS = 65_535;
const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 400;
const FILLED = 0.94; // of the shorter side, where all is shown

export class MapView {
  zoom = 1;
  width = 0;
  height = 0;
  #centre = [ALL_UNITS / 2, ALL_UNITS / 2];

  /** Pixels of the host per unit of the points. */
  get scale() {
    return ((Math.min(this.width, this.height) || 1) * FILLED * this.zoom) / ALL_UNITS;
  }

  showAll() {
    this.zoom = 1;
    this.#centre = [ALL_UNITS / 2, ALL_UNITS / 2];
  }

  /**
   * @param {number} factor
   * @param {Point} at the pixel that stays where it is
   */
  zoomBy(factor, at) {
    const before = this.dataAt(at);
    this.zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.zoom * factor));
    const after = this.dataAt(at);
    this.#centre[0] += before[0] - after[0];
    this.#centre[1] += before[1] - after[1];
  }

  /**
   * Move the picture by pixels.
   * @param {number} right
   * @param {number} down
   */
  panBy(right, down) {
    this.#centre[0] -= right / this.scale;
    this.#centre[1] += down / this.scale;
  }

  /**
   * Pixels of a point are ax * x + bx and ay * y + by.
   * @param {number} ratio pixels drawn per pixel of the host
   */
  affine(ratio) {
    const scale = this.scale * ratio;
    return {
      ax: scale,
      bx: (this.width * ratio) / 2 - this.#centre[0] * scale,
      ay: -scale, // up is up
      by: (this.height * ratio) / 2 + this.#centre[1] * scale,
    };
  }

  /**
   * @param {Point} pixel
   * @returns {Point}
   */
  dataAt([x, y]) {
    const { ax, bx, ay, by } = this.affine(1);
    return [(x - bx) / ax, (y - by) / ay];
  }

  /**
   * @param {Point} data
   * @returns {Point}
   */
  pixelAt([x, y]) {
    const { ax, bx, ay, by } = this.affine(1);
    return [x * ax + bx, y * ay + by];
  }
}
