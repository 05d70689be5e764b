import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marksOf } from '../../../src/likewise/server/static/answers.js';
import { LabelQueue } from '../../../src/likewise/server/static/queue.js';

class Memory {
  kept = new Map();
  get length() {
    return this.kept.size;
  }
  key(i) {
    return [...this.kept.keys()][i] ?? null;
  }
  getItem(key) {
    return this.kept.get(key) ?? null;
  }
  setItem(key, value) {
    this.kept.set(key, value);
  }
  removeItem(key) {
    this.kept.delete(key);
  }
}

/** A server whose answers are given by hand. */
class Server {
  requests = [];
  send = (to, events) =>
    new Promise((resolve, reject) => this.requests.push({ to, events, resolve, reject }));
  get last() {
    return this.requests.at(-1);
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 2));
const items = (request) => request.events.map((event) => event.item);
const label = (item) => ({ item, verdict: 'yes' });

test('one request is in flight, and later decisions ride along with the next', async () => {
  const server = new Server();
  const queue = new LabelQueue({ send: server.send });
  for (const item of ['a', 'b', 'c', 'd']) queue.add('/labels', [label(item)]);
  assert.equal(server.requests.length, 1);
  assert.deepEqual(items(server.last), ['a']);
  assert.equal(queue.waiting, 4);
  server.last.resolve();
  await settle();
  assert.equal(server.requests.length, 2);
  assert.deepEqual(items(server.last), ['b', 'c', 'd']);
  server.last.resolve();
  await settle();
  assert.equal(queue.waiting, 0);
  assert.equal(server.requests.length, 2);
});

test('a decision is in the storage until it is acknowledged, and the next visit sends it', async () => {
  const storage = new Memory();
  const server = new Server();
  const first = new LabelQueue({ send: server.send, storage });
  const ids = first.add('/labels', [label('a'), label('b'), label('c')]);
  first.add('/labels', [label('d')]);
  assert.equal(storage.length, 4);
  first.close(); // the page is closed before the server answered

  const next = new Server();
  const second = new LabelQueue({ send: next.send, storage });
  assert.deepEqual(items(next.last), ['a', 'b', 'c', 'd'], 'in the order they were made in');
  assert.deepEqual(next.last.events.slice(0, 3).map((event) => event.id), ids, 'under the same ids');
  next.last.resolve();
  await settle();
  assert.equal(storage.length, 0);
  assert.equal(second.waiting, 0);
});

test('two tabs do not overwrite what the other has not sent', async () => {
  const storage = new Memory();
  const [one, two] = [new Server(), new Server()];
  const left = new LabelQueue({ send: one.send, storage });
  const right = new LabelQueue({ send: two.send, storage });
  left.add('/labels', [label('a')]);
  right.add('/labels', [label('b')]);
  one.last.resolve();
  await settle();
  assert.deepEqual([...storage.kept.values()].map((text) => JSON.parse(text).event.item), ['b']);
});

test('a server that is gone is tried again by itself, in order, with what came since', async () => {
  const server = new Server();
  const states = [];
  const queue = new LabelQueue({
    send: server.send,
    pauses: [1],
    onChange: (state) => states.push(state),
  });
  queue.add('/labels', [label('a')]);
  server.last.reject(new Error('gone'));
  queue.add('/labels', [label('b')]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(states.find((state) => state.error)?.error?.message, 'gone');
  assert.equal(server.requests.length, 2);
  assert.deepEqual(items(server.last), ['a', 'b']);
  assert.equal(server.requests[0].events[0].id, server.requests[1].events[0].id);
  server.last.resolve();
  await settle();
  assert.deepEqual(queue.state, { waiting: 0, sending: false, error: null, kept: false });
});

test('what the server refuses for good waits for a person', async () => {
  const server = new Server();
  const queue = new LabelQueue({ send: server.send, pauses: [1] });
  queue.add('/labels', [label('a')]);
  server.last.reject(Object.assign(new Error('no such concept'), { permanent: true }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.requests.length, 1);
  assert.equal(queue.waiting, 1);
  void queue.retry();
  assert.equal(server.requests.length, 2);
});

test('a request goes to one address', async () => {
  const server = new Server();
  const queue = new LabelQueue({ send: server.send });
  queue.add('/one', [label('a')]);
  queue.add('/one', [label('b')]);
  queue.add('/two', [label('c')]);
  queue.add('/one', [label('d')]);
  const sent = [];
  while (queue.waiting) {
    sent.push([server.last.to, ...items(server.last)]);
    server.last.resolve();
    await settle();
  }
  assert.deepEqual(sent, [['/one', 'a'], ['/one', 'b'], ['/two', 'c'], ['/one', 'd']]);
});

test('a full or forbidden storage is said, and costs no decision of the page', async () => {
  const server = new Server();
  const storage = new Memory();
  storage.setItem = () => {
    throw new Error('quota');
  };
  const queue = new LabelQueue({ send: server.send, storage });
  queue.add('/labels', [label('a')]);
  assert.equal(queue.state.kept, false);
  assert.deepEqual(items(server.last), ['a']);
});

test('what is not ours in the storage is left there', () => {
  const storage = new Memory();
  storage.setItem('theme', 'dark');
  storage.setItem('likewise.event.x', '{"cut');
  const queue = new LabelQueue({ send: new Server().send, storage });
  assert.equal(queue.waiting, 0);
  assert.equal(storage.length, 2);
});

test('answers arrive with what they answer', async () => {
  const server = new Server();
  const saved = [];
  const queue = new LabelQueue({ send: server.send, onSaved: (answer, to) => saved.push([answer, to]) });
  queue.add('/labels', [label('a')]);
  server.last.resolve({ version: 7 });
  await settle();
  assert.deepEqual(saved, [[{ version: 7 }, '/labels']]);
});

test('what waited or came while the server was asked is known afterwards, saved or not', async () => {
  const server = new Server();
  const queue = new LabelQueue({ send: server.send });
  queue.add('/a', [{ item: 'waits' }]);
  const followed = queue.follow();
  server.last.resolve(null);
  await settle();
  queue.add('/a', [{ item: 'comes' }]);
  server.last.resolve(null);
  await settle();
  assert.equal(queue.waiting, 0);
  assert.deepEqual(followed().map(({ event }) => event.item), ['waits', 'comes']);
  queue.add('/a', [{ item: 'later' }]);
  assert.deepEqual(followed().map(({ event }) => event.item), ['waits', 'comes']);
});

test('marks of entries: the last word counts, what was taken back makes none', () => {
  const entry = (item, verdict, action, to = '/a') => ({ to, event: { kind: 'label', item, verdict, action } });
  const entries = [
    entry('x', 'no', '1'),
    entry('y', 'yes', '2'),
    { to: '/a', event: { kind: 'undo', action: '2' } },
    entry('x', 'yes', '3'),
    entry('z', 'no', '4', '/b'),
  ];
  assert.deepEqual([...new Map(marksOf(entries, '/a'))], [['x', 1]]);
});
