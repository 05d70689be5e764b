import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newest } from '../../../src/likewise/server/static/api.js';

const later = (value, milliseconds) =>
  new Promise((resolve) => setTimeout(() => resolve(value), milliseconds));

test('an old answer that comes late does not replace a new one', async () => {
  const take = newest();
  const shown = [];
  const old = take(later('old', 30)).then((answer) => shown.push(answer));
  const fresh = take(later('new', 1)).then((answer) => shown.push(answer));
  await Promise.all([old, fresh]);
  assert.deepEqual(shown, ['new', 'new']);
});

test('an old answer that comes first waits for the new one', async () => {
  const take = newest();
  const old = take(later('old', 1));
  const fresh = take(later('new', 20));
  assert.deepEqual(await Promise.all([old, fresh]), ['new', 'new']);
});

test('what went wrong with an old question is not told, with the newest it is', async () => {
  const take = newest();
  const old = take(Promise.reject(new Error('old')));
  const fresh = take(later('new', 5));
  assert.deepEqual(await Promise.all([old, fresh]), ['new', 'new']);
  await assert.rejects(take(Promise.reject(new Error('gone'))), /gone/);
});
