// How a map is drawn: points into the pixels of an image, marks, rings and the lasso as paths.

import { stampOf } from './points.js';

/** @typedef {import('./points.js').Point} Point */
/** @typedef {import('./map_points.js').MapPoints} MapPoints */
/** @typedef {import('./map_view.js').MapView} MapView */

/** Points from so many on, and pixels of each. */
const SIZES = [[300_000, 1], [30_000, 2], [3000, 3]];
const OFF_SCREEN = 6; // pixels beyond an edge from which on a mark is not drawn

/**
 * Write points into an image, which needs no graphics card.
 * @param {ImageData} image
 * @param {MapPoints} points
 * @param {MapView} view
 * @param {number} ratio pixels of the image per pixel of the host
 * @param {number} count of the points, in their random order
 */
export function drawPoints(image, points, view, ratio, count) {
  const { width, height } = image;
  const pixels = new Uint32Array(image.data.buffer);
  const { xy, classes, palette } = points;
  const { ax, bx, ay, by } = view.affine(ratio);
  const plain = SIZES.find(([least]) => points.count > least)?.[1] ?? 6;
  const size = Math.min(14, Math.round(plain * Math.sqrt(view.zoom) * ratio));
  const stamp = stampOf(Math.max(1, size), width);
  const edge = Math.ceil(size / 2);
  pixels.fill(0);
  for (let i = 0; i < count; i++) {
    const x = (xy[2 * i] * ax + bx) | 0;
    const y = (xy[2 * i + 1] * ay + by) | 0;
    if (x < edge || y < edge || x >= width - edge || y >= height - edge) continue;
    const place = y * width + x;
    const colour = palette[classes[i]];
    if (size <= 1) pixels[place] = colour;
    else for (let k = 0; k < stamp.length; k++) pixels[place + stamp[k]] = colour;
  }
}

/**
 * Discs for yes and crosses for no.
 * @param {CanvasRenderingContext2D} context in pixels of the host
 * @param {Iterable<[Point, number]>} marks a pixel and 1 for yes, -1 for no
 * @param {MapView} view
 * @param {(name: string, or: string) => string} colour
 */
export function drawMarks(context, marks, view, colour) {
  const [discs, crosses] = [new Path2D(), new Path2D()];
  const { width, height } = view;
  for (const [[x, y], verdict] of marks) {
    if (x < -OFF_SCREEN || y < -OFF_SCREEN || x > width + OFF_SCREEN || y > height + OFF_SCREEN) continue;
    if (verdict === 1) {
      discs.moveTo(x + 4, y);
      discs.arc(x, y, 4, 0, 7);
    } else if (verdict === -1) {
      crosses.moveTo(x - 3.5, y - 3.5);
      crosses.lineTo(x + 3.5, y + 3.5);
      crosses.moveTo(x + 3.5, y - 3.5);
      crosses.lineTo(x - 3.5, y + 3.5);
    }
  }
  context.strokeStyle = colour('--bg', '#fff');
  context.lineWidth = 5;
  context.stroke(crosses);
  context.lineWidth = 3;
  context.stroke(discs);
  context.fillStyle = colour('--yes', '#0b7a4b');
  context.fill(discs);
  context.lineWidth = 2;
  context.strokeStyle = colour('--no', '#c22f3a');
  context.stroke(crosses);
}

/**
 * An area that is drawn around.
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} corners in pixels
 * @param {string} ink
 */
export function drawLasso(context, corners, ink) {
  context.beginPath();
  for (const corner of corners) context.lineTo(...corner);
  context.closePath();
  context.globalAlpha = 0.1;
  context.fillStyle = context.strokeStyle = ink;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.stroke();
}

/**
 * A ring around a point.
 * @param {CanvasRenderingContext2D} context
 * @param {Point} pixel
 * @param {number} radius
 * @param {string} colour
 * @param {string} back of the ground, under the ring
 */
export function drawRing(context, [x, y], radius, colour, back) {
  for (const [width, stroke] of /** @type {[number, string][]} */ ([[6, back], [3, colour]])) {
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.lineWidth = width;
    context.strokeStyle = stroke;
    context.stroke();
  }
}
