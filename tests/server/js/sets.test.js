import assert from 'node:assert/strict';
import test from 'node:test';

import { classesLike } from '../../../src/likewise/server/static/class_search.js';
import { factRows } from '../../../src/likewise/server/static/loupe_facts.js';

const NAMES = ['catfish', 'cat', 'wild cat', 'dog', 'class 07', 'concatenation'];

test('a class is found by its first letters, that of the name before others', () => {
  assert.deepEqual(classesLike('cat', NAMES), ['cat', 'catfish', 'wild cat']);
  assert.deepEqual(classesLike(' CATF', NAMES), ['catfish']);
  assert.deepEqual(classesLike('07', NAMES), ['class 07']);
  assert.deepEqual(classesLike('', NAMES), []);
});

test('facts of an image leave out what is not known', () => {
  const facts = { width: 4000, height: 3000, bytes: 2_100_000, taken_at: '2020-07-31T18:04:05', camera: null, folder: 'barn', metadata: { site: 'north', tags: ['a'] }, labels: { barn: 'yes' } };
  assert.deepEqual(factRows(facts), [
    ['size', '4,000 × 3,000 pixels, 2.1 MB'], ['taken', '2020-07-31 18:04:05'], ['folder', 'barn'],
    ['site', 'north'], ['tags', '["a"]'], ['answers', 'barn: yes'],
  ]);
  assert.deepEqual(factRows({ width: null, height: null, bytes: null }), []);
});
