import assert from 'node:assert/strict';
import test from 'node:test';

import { Answers } from '../../../src/likewise/server/static/answers.js';

/** Answers of one concept or several, and what was sent of them. */
function begin() {
  const sent = /** @type {any[]} */ ([]);
  let concept = 'disc';
  const store = {
    marks: new Map(),
    derived: new Map(),
    derivedOf: (/** @type {string} */ id) => (store.marks.has(id) ? undefined : store.derived.get(id)),
    marked() {},
    place: { concept: () => concept },
    get path() {
      return `/api/concepts/${concept}`;
    },
    follow: () => () => [],
  };
  globalThis.fetch = async (to, init) => {
    sent.push(...JSON.parse(String(init?.body)).events.map((/** @type {any} */ one) => ({ ...one, to: String(to) })));
    return new Response('{}');
  };
  const answers = new Answers(/** @type {any} */ (store), 'w', { wanted: () => null, saved() {}, failed() {} });
  return { answers, store, sent, choose: (/** @type {string} */ name) => (concept = name) };
}

test('what is taken back is given again with its page and its source', async () => {
  const { answers, store, sent } = begin();
  answers.give(['a', 'b'], -1, { source: 'random', page: 'random.x', focus: 'b' });
  assert.equal(answers.takeBack()?.focus, 'b');
  assert.equal(store.marks.size, 0);
  assert.deepEqual(answers.redo()?.was.map(([id]) => id), ['a', 'b']);
  assert.deepEqual([...store.marks], [['a', -1], ['b', -1]]);
  assert.equal(answers.redo(), undefined);
  await answers.settle();
  assert.deepEqual(sent.map(({ kind, source }) => [kind, source ?? '']), [
    ['label', 'random'], ['label', 'random'], ['undo', ''], ['label', 'random'], ['label', 'random'],
  ]);
  assert.deepEqual(sent.map(({ action }) => action), ['random.x.0', 'random.x.0', 'random.x.0', 'random.x.1', 'random.x.1']);
});

test('an answer after an undo leaves nothing to give again', async () => {
  const { answers } = begin();
  answers.give(['a'], 1, { source: 'key' });
  answers.takeBack();
  answers.give(['b'], 1, { source: 'key' });
  assert.equal(answers.redo(), undefined);
  await answers.settle();
});

test('each concept has its own steps', async () => {
  const { answers, choose } = begin();
  answers.give(['a'], 1, { source: 'key' });
  choose('square');
  assert.equal(answers.takeBack(), undefined);
  answers.give(['b'], -1, { source: 'key' });
  choose('disc');
  assert.deepEqual(answers.takeBack()?.was, [['a', undefined]]);
  await answers.settle();
});

test('an answer that is changed keeps the order and the page that were shown', async () => {
  const { answers, store, sent } = begin();
  answers.give(['a'], 1, { source: 'random', page: 'random.x' });
  answers.give(['b'], 1, { source: 'key', page: 'alike.y' });
  answers.change('a', -1, 'b');
  assert.deepEqual([...store.marks], [['b', 1], ['a', -1]]); // the newest last
  await answers.settle();
  assert.deepEqual(sent.map(({ source, action }) => [source, action]), [
    ['random', 'random.x.0'], ['key', 'alike.y.1'], ['random', 'random.x.2'],
  ]);
});

test('a yes to what has another class is a no to that one, and both are taken back', async () => {
  const { answers, store, sent } = begin();
  store.derived.set('a', 'can');
  answers.give(['a', 'b'], 1, { source: 'key' });
  assert.equal(store.derivedOf('a'), undefined);
  store.derived.delete('a'); // as the server has it by now
  answers.takeBack();
  assert.equal(store.derivedOf('a'), 'can');
  answers.give(['a'], -1, { source: 'key' });
  await answers.settle();
  assert.deepEqual(sent.map(({ to, kind, item, verdict }) => [to.split('/')[3], kind, item ?? '', verdict ?? '']), [
    ['disc', 'label', 'a', 'yes'], ['disc', 'label', 'b', 'yes'], ['can', 'label', 'a', 'no'],
    ['disc', 'undo', '', ''], ['can', 'undo', '', ''], ['disc', 'label', 'a', 'no'],
  ]);
  assert.equal(sent[2].action, sent[4].action);
});
