import assert from 'node:assert/strict';
import test from 'node:test';

import { EDGE, Layout } from '../../../src/likewise/server/static/layout.js';
import { RankedList } from '../../../src/likewise/server/static/ranked_list.js';

const plain = new Layout(660, 500, 132, false);
const paged = new Layout(660, 500, 132, true);

test('without pages rows follow one another', () => {
  assert.deepEqual([plain.columns, plain.cell], [5, 132]);
  assert.deepEqual(plain.at(7), [264, 132]);
  assert.equal(plain.heightFor(11), 3 * 132);
  assert.deepEqual(plain.wholeRanks(0), [0, 15]);
  assert.deepEqual(plain.wholeRanks(10), [5, 15]);
  assert.equal(plain.rankBelow(499), 20);
  assert.equal(plain.rankAt(-50), 0);
});

test('with pages each screen is one, and all of it is on the screen', () => {
  assert.deepEqual([paged.rows, paged.perPage, paged.stride], [3, 15, 500]);
  for (const page of [0, 1, 7]) {
    const top = paged.topOf(page);
    assert.deepEqual(paged.wholeRanks(top), [15 * page, 15 * page + 15]);
    assert.equal(paged.rankBelow(top + paged.height - 1), 15 * page + 15);
    assert.deepEqual(paged.at(15 * page + 6), [132, top + 132]);
  }
  assert.equal(paged.heightFor(16), 1000);
  assert.ok(paged.rows * paged.cell + EDGE <= paged.stride);
});

test('between two pages neither is whole', () => {
  const [first, end] = paged.wholeRanks(paged.topOf(1) + 200);
  assert.ok(first > 15);
  assert.ok(end < 45);
});

test('a row of a page fits on a low screen', () => {
  for (const height of [60, 120, 190, 300]) {
    const low = new Layout(1200, height, 320, true);
    assert.ok(low.rows === 1);
    assert.ok(low.cell + EDGE <= low.stride);
    if (height > 72 + EDGE) assert.ok(low.cell + EDGE <= height, String(height));
  }
});

test('a page has a column more where that leaves less of the screen empty', () => {
  const wide = new Layout(663, 564, 148, true);
  assert.deepEqual([wide.columns, wide.rows], [5, 4]); // 20 tiles of 132 pixels in place of 12 of 165
  assert.equal(new Layout(663, 564, 148, false).columns, 4);
  assert.equal(new Layout(663, 530, 165, true).columns, 4); // 3 rows fill it already
});

test('a scroll goes on to the next page in its direction, and a nudge to none', () => {
  assert.equal(paged.pageAfterScroll(510, 1), 1);
  assert.equal(paged.pageAfterScroll(600, 1), 2);
  assert.equal(paged.pageAfterScroll(400, 1), 0);
  assert.equal(paged.pageAfterScroll(1990, 1), 4);
  assert.equal(paged.pageAfterScroll(0, 3), 0);
});

test('another size shows what was shown', () => {
  const wide = new Layout(1000, 500, 132, false);
  assert.equal(wide.topAfter(plain, plain.at(500)[1], 0), wide.at(500)[1] - (wide.at(500)[1] % wide.cell));
  assert.equal(wide.topAfter(plain, plain.at(500)[1] - 132, 500), wide.at(500)[1] - 132);
  const more = new Layout(1000, 500, 132, true);
  assert.equal(more.topAfter(paged, 0, 100), more.topOf(more.pageOf(100)));
});

test('a new ranking follows below a rank, with nothing twice, and the focus stays on its image', () => {
  const list = new RankedList();
  list.set(['a', 'b', 'c', 'd', 'e']);
  list.focusAt(4);
  list.replaceTail(['e', 'd', 'a', 'f'], 2);
  assert.deepEqual(list.ids, ['a', 'b', 'e', 'd', 'f']);
  assert.equal(list.focusId, 'e');
  list.replaceTail([], 2);
  assert.equal(list.focusId, 'b');
});

test('a range grows and shrinks from where it began', () => {
  const list = new RankedList();
  list.set(['a', 'b', 'c', 'd', 'e']);
  list.focusAt(1);
  list.focusAt(3);
  assert.deepEqual(list.range(1), ['b', 'c', 'd']);
  list.focusAt(2);
  assert.deepEqual(list.range(3), ['b', 'c']);
  list.focusAt(0);
  assert.deepEqual(list.range(2), ['a', 'b']);
  list.beginRange();
  list.focusAt(4);
  assert.deepEqual(list.range(3), ['d', 'e']);
  assert.deepEqual([...list.toggled('b')], ['b']);
  assert.deepEqual(list.range(4), ['b', 'c', 'd', 'e']);
});
