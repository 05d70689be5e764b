// Orders, masks and colours of points: arithmetic without a page.

/** Colours of 256 steps from low to high: dark blue, green, yellow (after viridis). */
export const RAMP = ramp(['#46337e', '#365c8d', '#277f8e', '#1fa187', '#4ac16d', '#a0da39', '#fde725']);
/** Colours of classes that people with any colour vision can tell apart (after Okabe and Ito). */
export const CATEGORIES = [
  '#0086d1', '#e69f00', '#00a878', '#d873a8', '#8f7ae5', '#d55e00', '#4fb3d9', '#9a8b2f',
  '#c46a52', '#6f9e5e',
];
/** Of less frequent values together, and of images without a value. */
export const OTHERS = '#7a8699';
export const NONE = '#aab1bd';

/** @typedef {[number, number]} Point in pixels of the host */

/**
 * A fixed random order of n things.
 * @param {number} n
 */
export function shuffled(n) {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let state = 12_345;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = Math.floor((state / 4_294_967_296) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * The pixels whose centres are inside a polygon, by the even-odd rule.
 * @param {Point[]} polygon
 * @param {number} width
 * @param {number} height
 * @returns {Uint8Array} height rows of width, 1 inside
 */
export function polygonMask(polygon, width, height) {
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const level = y + 0.5;
    const crossings = [];
    for (let i = 0; i < polygon.length; i++) {
      const [ax, ay] = polygon[i];
      const [bx, by] = polygon[(i + 1) % polygon.length];
      if (ay <= level !== by <= level) crossings.push(ax + ((level - ay) * (bx - ax)) / (by - ay));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const first = Math.max(0, Math.ceil(crossings[i] - 0.5));
      const last = Math.min(width, Math.ceil(crossings[i + 1] - 0.5));
      if (last > first) mask.fill(1, y * width + first, y * width + last);
    }
  }
  return mask;
}

/**
 * 256 colours through the given ones.
 * @param {string[]} stops as #rrggbb
 */
export function ramp(stops) {
  const parts = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, step) => {
    const place = (step / 255) * (parts.length - 1);
    const low = Math.min(parts.length - 2, Math.floor(place));
    const mix = (/** @type {number} */ c) =>
      Math.round(parts[low][c] + (place - low) * (parts[low + 1][c] - parts[low][c]));
    return `#${[0, 1, 2].map((c) => mix(c).toString(16).padStart(2, '0')).join('')}`;
  });
}

/**
 * Where the pixels of a round stamp are, from its middle.
 * @param {number} size its diameter in pixels
 * @param {number} width of the picture
 */
export function stampOf(size, width) {
  const reach = (size - 1) / 2;
  const offsets = [];
  for (let y = -Math.floor(reach); y <= Math.ceil(reach); y++) {
    for (let x = -Math.floor(reach); x <= Math.ceil(reach); x++) {
      const [dx, dy] = [x - (reach % 1), y - (reach % 1)];
      if (dx * dx + dy * dy <= (size * size) / 4 || size < 3) offsets.push(y * width + x);
    }
  }
  return Int32Array.from(offsets);
}
