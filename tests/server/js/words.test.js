import assert from 'node:assert/strict';
import test from 'node:test';

import { noteOf, wordsAt } from '../../../src/likewise/server/static/word_box.js';

const found = (/** @type {any} */ facts) => ({ note: 'the note', is_read: false, is_open: false, total: facts.names?.length ?? 0, names: [], ...facts });

test('the words at the caret lie between commas, after the sign', () => {
  assert.deepEqual(wordsAt('red barn', 8), { start: 0, end: 8, words: 'red barn' });
  assert.deepEqual(wordsAt('barn, - silo ,cow', 9), { start: 8, end: 13, words: 'silo' });
  assert.deepEqual(wordsAt('barn,-', 6), { start: 6, end: 6, words: '' });
  assert.deepEqual(wordsAt('barn, cow', 2), { start: 0, end: 4, words: 'barn' });
  assert.deepEqual(wordsAt('', 0), { start: 0, end: 0, words: '' });
});

test('what is said of words: their sense, what is near to them, what has them, or why not', () => {
  const names = [{ name: 'purse', sense: 'bag', why: 'near' }];
  assert.equal(noteOf('top', found({ is_read: true, names })), 'the note');
  assert.equal(noteOf('handbag', found({ names })), '“handbag” is not known; nearest in meaning: purse');
  assert.equal(noteOf('pursse', found({ names: [{ ...names[0], why: 'alike' }] })), '“pursse” is not known; spelled alike: purse');
  assert.equal(noteOf('pur', found({ names: [{ ...names[0], why: 'begins' }] })), '“pur” alone is not known; 1 name has it');
  assert.equal(noteOf('b', found({ total: 1234, names: [{ ...names[0], why: 'holds' }] })), '“b” alone is not known; 1,234 names have it');
  assert.equal(noteOf('tulip', found({})), 'the note');
});
