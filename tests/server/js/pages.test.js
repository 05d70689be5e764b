import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiError, address, conceptPath, factsOf, fullPicture, newId, thumbnail } from '../../../src/likewise/server/static/api.js';
import { copiesInWords } from '../../../src/likewise/server/static/curate_groups.js';
import { valueOf } from '../../../src/likewise/server/static/curate_options.js';
import { cutHistogram } from '../../../src/likewise/server/static/rule_panel.js';
import { Store } from '../../../src/likewise/server/static/store.js';

test('addresses escape what is in a path and leave out what is empty', () => {
  assert.equal(address('/a', { k: 5, filter: '', by: null }), '/a?k=5');
  assert.equal(address('/a', {}), '/a');
  assert.equal(thumbnail('a b/ü?#.jpg', 3), '/thumb/a%20b/%C3%BC%3F%23.jpg?v=3');
  assert.equal(thumbnail('x.jpg', 0), '/thumb/x.jpg');
  assert.equal(fullPicture('a/b.jpg'), '/api/images/a/b.jpg/full');
  assert.equal(factsOf('a%2F.jpg'), '/api/images/a%252F.jpg');
  assert.equal(conceptPath('red barn'), '/api/concepts/red%20barn');
});

test('what was refused for good is not asked again, what may pass is', () => {
  for (const status of [400, 404, 409, 413, 415, 422]) assert.ok(new ApiError('', status).permanent);
  for (const status of [0, 401, 421, 423, 429, 500, 507]) assert.ok(!new ApiError('', status).permanent);
});

test('ids differ', () => {
  assert.equal(new Set(Array.from({ length: 1000 }, newId)).size, 1000);
});

test('a histogram ends where its bars do', () => {
  const counts = [1, 5, 9, 3, ...Array(56).fill(0)];
  const cut = cutHistogram({ counts, low: 0, high: 1 });
  assert.equal(cut.counts.length, 10);
  assert.ok(Math.abs(cut.high - 10 / 60) < 1e-12);
  const full = { counts: Array(60).fill(1), low: -1, high: 1 };
  assert.deepEqual(cutHistogram(full), full);
});

test('copies are counted in words', () => {
  assert.equal(copiesInWords({ group_count: 34, dropped: 71, kept: 3429 }), '34 groups, 71 images would go, 3,429 stay.');
  assert.equal(copiesInWords({ group_count: 1, dropped: 1, kept: 2 }), '1 group, 1 image would go, 2 stay.');
});

test('what is typed is an option of its kind, and nothing is the usual value', () => {
  const option = (/** @type {string} */ kind) => ({ name: 'x', kind, default: null, about: '', values: [] });
  assert.equal(valueOf(option('number'), ' 0.5 '), 0.5);
  assert.equal(valueOf(option('number'), ''), null);
  assert.equal(valueOf(option('whole'), '1.5'), undefined);
  assert.equal(valueOf(option('number'), 'much'), undefined);
  assert.deepEqual(valueOf(option('names'), 'site, camera,'), ['site', 'camera']);
});

test("a path in one's own folder is written from there", () => {
  const shown = (/** @type {string} */ path, home = '/home/ann') =>
    Store.prototype.shown.call({ state: () => ({ home }) }, path);
  assert.equal(shown('/home/ann/photos'), '~/photos');
  assert.equal(shown('/home/ann'), '~');
  assert.equal(shown('/home/anne/photos'), '/home/anne/photos');
  assert.equal(shown('/photos', ''), '/photos');
});
