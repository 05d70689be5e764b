import assert from 'node:assert/strict';
import test from 'node:test';

import { looksOf, nameOf } from '../../../src/likewise/server/static/colouring.js';
import { CATEGORIES, NONE, OTHERS } from '../../../src/likewise/server/static/points.js';
import { partsOf } from '../../../src/likewise/server/static/views_panel.js';

test('each value has a letter and a colour, the rest and none have signs', () => {
  const looks = looksOf({ legend: ['a', 'b', 'others', 'none'], others: 2, none: 3 });
  assert.deepEqual(looks.map(({ letter }) => letter), ['A', 'B', '+', '–']);
  assert.deepEqual(looks.map(({ colour }) => colour), [CATEGORIES[0], CATEGORIES[1], OTHERS, NONE]);
  assert.equal(new Set([...CATEGORIES, OTHERS, NONE]).size, 12);
});

test('what images are coloured by is named as people read it', () => {
  assert.equal(nameOf('basket:red barn'), 'basket of red barn');
  assert.equal(nameOf('set:machines'), 'answers of machines');
  assert.equal(nameOf('metadata.shot_at'), 'shot at');
});

test('a view in words', () => {
  const view = { chosen: { folder: { values: ['a', null] }, width: { low: 800, high: null } }, where: 'bytes > 3', order: 'unsure', concept: 'barn' };
  assert.equal(partsOf(/** @type {any} */ (view)), 'folder: a, none · width: from 800 · bytes > 3 · concept: barn · order: unsure');
});
