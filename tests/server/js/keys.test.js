import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belongsTo, chordOf, chordText, Keys } from '../../../src/likewise/server/static/keys.js';

const press = (key, more = {}) => ({
  key,
  code: '',
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  target: null,
  prevented: false,
  preventDefault() {
    this.prevented = true;
  },
  ...more,
});

function board(options) {
  const ran = [];
  const command = (id, keys, more = {}) => ({ id, keys, label: id, run: () => ran.push(id), ...more });
  const keys = new Keys(
    [
      command('yes', ['y', 'p', '1']),
      command('rest', ['shift+y']),
      command('undo', ['u', 'backspace', 'ctrl+z']),
      command('skip', ['space']),
      command('right', ['right'], { repeat: true }),
      command('help', ['?'], { inDialog: true }),
      command('lower', ['[']),
    ],
    options,
  );
  return { keys, ran };
}

const memory = (start = {}) => {
  const kept = new Map(Object.entries(start));
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
};

test('presses as text', () => {
  assert.equal(chordOf(press('y')), 'y');
  assert.equal(chordOf(press('Y', { shiftKey: true })), 'shift+y');
  assert.equal(chordOf(press('Y')), 'y', 'caps lock');
  assert.equal(chordOf(press(' ')), 'space');
  assert.equal(chordOf(press('ArrowLeft')), 'left');
  assert.equal(chordOf(press('?', { shiftKey: true })), '?');
  assert.equal(chordOf(press('z', { ctrlKey: true })), 'ctrl+z');
  assert.equal(chordOf(press('z', { metaKey: true })), 'ctrl+z');
  assert.equal(chordOf(press('Shift', { shiftKey: true })), null);
  assert.equal(chordOf(press('н', { code: 'KeyY' })), 'y', 'a Russian keyboard');
  const altGr = { ctrlKey: true, altKey: true, getModifierState: (key) => key === 'AltGraph' };
  assert.equal(chordOf(press('[', altGr)), '[', 'a German keyboard on Windows');
});

test('chords as people read them', () => {
  const shown = ['y', 'shift+y', 'ctrl+z', 'left', '+', 'ctrl++', 'pagedown', '['];
  assert.deepEqual(shown.map(chordText), ['Y', 'Shift+Y', 'Ctrl+Z', '←', '+', 'Ctrl++', 'PgDn', '[']);
});

test('a key runs its command and is taken from the browser', () => {
  const { keys, ran } = board();
  for (const name of ['y', 'P', '1', 'u', 'Backspace', ' ', '?', '[']) {
    const pressed = press(name);
    assert.ok(keys.handle(pressed), name);
    assert.ok(pressed.prevented);
  }
  assert.ok(keys.handle(press('Y', { shiftKey: true })));
  assert.deepEqual(ran, ['yes', 'yes', 'yes', 'undo', 'undo', 'skip', 'help', 'lower', 'rest']);
});

test('browser chords are left alone, apart from the one in the table', () => {
  const { keys, ran } = board();
  for (const name of ['y', 'p', 'r', 't', 'ArrowLeft', '1', '+', 'u']) {
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey']) {
      const pressed = press(name, { [modifier]: true });
      assert.equal(keys.handle(pressed), false, `${modifier} ${name}`);
      assert.equal(pressed.prevented, false);
    }
  }
  assert.deepEqual(ran, []);
  assert.ok(keys.handle(press('z', { ctrlKey: true })));
});

test('a held key marks once and moves on and on', () => {
  const { keys, ran } = board();
  keys.handle(press('y', { repeat: true }));
  keys.handle(press('ArrowRight'));
  keys.handle(press('ArrowRight', { repeat: true }));
  assert.deepEqual(ran, ['right', 'right']);
});

test('fields keep the keys that they need', () => {
  const input = (type) => ({ tagName: 'INPUT', type });
  for (const type of ['text', 'search', 'number', 'password', 'email', 'date']) {
    assert.ok(belongsTo(input(type), 'y'), type);
  }
  assert.ok(belongsTo({ tagName: 'TEXTAREA' }, 'y'));
  assert.ok(belongsTo({ tagName: 'SELECT' }, 'y'));
  assert.ok(belongsTo({ tagName: 'DIV', isContentEditable: true }, 'y'));
  assert.ok(belongsTo(input('range'), 'left'));
  assert.ok(!belongsTo(input('range'), 'y'));
  assert.ok(belongsTo(input('checkbox'), 'space'));
  assert.ok(belongsTo({ tagName: 'BUTTON' }, 'enter'));
  assert.ok(!belongsTo({ tagName: 'BUTTON' }, 'y'));
  assert.ok(!belongsTo({ tagName: 'DIV' }, 'space'));
});

test('in a text field and while composing nothing is ours', () => {
  const { keys, ran } = board();
  assert.ok(!keys.handle(press('y', { target: { tagName: 'INPUT', type: 'text' } })));
  assert.ok(!keys.handle(press('y', { isComposing: true })));
  assert.deepEqual(ran, []);
});

test('a dialog leaves only what works in dialogs', () => {
  const { keys, ran } = board({ dialogOpen: () => true });
  keys.handle(press('y'));
  keys.handle(press('?'));
  assert.deepEqual(ran, ['help']);
});

test('a key that is given to another command is taken from the first, and is remembered', () => {
  const storage = memory();
  const { keys, ran } = board({ storage });
  keys.rebind('skip', ['y']);
  assert.deepEqual(keys.keysOf(keys.commands[0]), ['p', '1']);
  keys.handle(press('y'));
  keys.handle(press(' '));
  assert.deepEqual(ran, ['skip']);
  const again = board({ storage });
  again.keys.handle(press('y'));
  assert.deepEqual(again.ran, ['skip']);
  again.keys.reset();
  again.keys.handle(press('y'));
  assert.deepEqual(again.ran, ['skip', 'yes']);
});

test('remembered keys that cannot be read leave the table as it is', () => {
  for (const saved of ['{', '[]', '{"skip": ["y"]}', '{"gone": ["k"]}', '{"skip": 3}']) {
    const { keys, ran } = board({ storage: memory({ 'likewise.keys': saved }) });
    keys.handle(press('y'));
    assert.deepEqual(ran, ['yes'], saved);
  }
});

test('one key for two commands is a fault of the table', () => {
  const command = (id) => ({ id, keys: ['y'], label: id, run() {} });
  assert.throws(() => new Keys([command('a'), command('b')]), /have the key y/);
});
