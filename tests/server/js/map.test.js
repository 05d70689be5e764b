import assert from 'node:assert/strict';
import { test } from 'node:test';
import { polygonMask, ramp, shuffled } from '../../../src/likewise/server/static/points.js';

/** The slow, obvious way: count the edges to the right of a point. */
function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0; i < polygon.length; i++) {
    const [ax, ay] = polygon[i];
    const [bx, by] = polygon[(i + 1) % polygon.length];
    if (ay <= y !== by <= y && ax + ((y - ay) * (bx - ax)) / (by - ay) > x) odd = !odd;
  }
  return odd;
}

test('a square, by its corners', () => {
  const mask = polygonMask([[1, 1], [3, 1], [3, 3], [1, 3]], 4, 4);
  assert.deepEqual([...mask], [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
});

test('polygons of any shape, also beyond the picture and across themselves', () => {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  for (let round = 0; round < 60; round++) {
    const corners = 3 + Math.floor(random() * 9);
    const polygon = Array.from({ length: corners }, () => [random() * 60 - 15, random() * 50 - 10]);
    const mask = polygonMask(polygon, 30, 25);
    for (let y = 0; y < 25; y++) {
      for (let x = 0; x < 30; x++) {
        assert.equal(mask[y * 30 + x] === 1, inside(polygon, x + 0.5, y + 0.5), `${x} ${y} ${polygon}`);
      }
    }
  }
});

test('less than a triangle holds nothing', () => {
  assert.ok(!polygonMask([], 3, 3).includes(1));
  assert.ok(!polygonMask([[0, 0], [3, 3]], 3, 3).includes(1));
});

test('a random order names everything once, and any first part is a fair sample', () => {
  const order = shuffled(10_000);
  assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 10_000 }, (_, i) => i));
  assert.deepEqual(order, shuffled(10_000), 'the same every time');
  const mean = order.slice(0, 1000).reduce((sum, i) => sum + i, 0) / 1000;
  assert.ok(Math.abs(mean - 5000) < 400, String(mean));
});

test('a ramp begins and ends with its stops', () => {
  const colours = ramp(['#000000', '#ff0000', '#ffffff']);
  assert.equal(colours.length, 256);
  assert.deepEqual([colours[0], colours[255]], ['#000000', '#ffffff']);
  assert.ok(colours.every((colour) => /^#[0-9a-f]{6}$/.test(colour)));
});
