import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batch, derived, effect, onEnd, root, signal, untracked } from '../../../src/likewise/server/static/dom.js';

test('an effect runs again when what it read has changed, and only then', () => {
  const a = signal(1);
  const b = signal(10);
  const seen = [];
  effect(() => seen.push(a()));
  b.set(11);
  a.set(1);
  a.set(2);
  assert.deepEqual(seen, [1, 2]);
});

test('effects inside an effect end when it runs again', () => {
  const page = signal(0);
  const tick = signal(0);
  let inner = 0;
  let ended = 0;
  effect(() => {
    page();
    effect(() => {
      tick();
      inner++;
    });
    onEnd(() => ended++);
  });
  page.set(1);
  page.set(2);
  assert.equal(ended, 2);
  inner = 0;
  tick.set(1);
  assert.equal(inner, 1, 'only the effect of the latest run is alive');
});

test('a disposed root leaves nothing that runs', () => {
  const a = signal(0);
  let runs = 0;
  const dispose = root((end) => {
    effect(() => {
      a();
      runs++;
    });
    return end;
  });
  dispose();
  a.set(1);
  assert.equal(runs, 1);
});

test('an effect that ends in the round in which it is due does not run', () => {
  const shown = signal(true);
  const item = signal(/** @type {{name: string} | null} */ ({ name: 'a' }));
  const names = [];
  effect(() => {
    if (shown()) effect(() => names.push(item().name));
  });
  batch(() => {
    shown.set(false);
    item.set(null);
  });
  assert.deepEqual(names, ['a']);
});

test('a batch runs effects once, also when it throws', () => {
  const a = signal(0);
  const b = signal(0);
  const sums = [];
  effect(() => sums.push(a() + b()));
  assert.throws(() =>
    batch(() => {
      a.set(1);
      b.set(1);
      throw new Error('stop');
    }),
  );
  assert.deepEqual(sums, [0, 2]);
});

test('derived values stop what would change nothing', () => {
  const n = signal(1);
  const odd = derived(() => n() % 2 === 1);
  let runs = 0;
  effect(() => {
    odd();
    runs++;
  });
  n.set(3);
  assert.equal(runs, 1);
  n.set(4);
  assert.equal(runs, 2);
});

test('untracked reads are not followed', () => {
  const a = signal(0);
  let runs = 0;
  effect(() => {
    untracked(a);
    a.peek();
    runs++;
  });
  a.set(1);
  assert.equal(runs, 1);
});

test('a circle of effects is an error and not a hang', () => {
  const a = signal(0);
  assert.throws(() => effect(() => a.set(a() + 1)), /without an end/);
});

test('an error in one effect stops neither the others nor later changes', () => {
  const a = signal(0);
  let ok = true;
  effect(() => {
    if (a() === 1) throw new Error('one');
  });
  let seen = 0;
  effect(() => (seen = a()));
  assert.throws(() => a.set(1), /one/);
  assert.equal(seen, 1);
  effect(() => (ok = a() === 2));
  a.set(2);
  assert.ok(ok);
});
