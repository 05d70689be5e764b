import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame } from '../../../src/likewise/server/static/frames.js';

function frame(head, ...blocks) {
  let text = new TextEncoder().encode(JSON.stringify(head));
  const padded = Math.ceil((4 + text.length) / 8) * 8;
  const bytes = [new Uint8Array(padded).fill(32)];
  new DataView(bytes[0].buffer).setUint32(0, padded - 4, true);
  bytes[0].set(text, 4);
  for (const block of blocks) {
    const room = new Uint8Array(Math.ceil(block.byteLength / 8) * 8);
    room.set(new Uint8Array(block.buffer));
    bytes.push(room);
  }
  return new Uint8Array(bytes.flatMap((part) => [...part])).buffer;
}

test('a head and arrays', () => {
  const buffer = frame(
    {
      ids: ['a/ü.jpg', 'b'],
      arrays: [
        { name: 'colours', type: 'u1', shape: [2, 3] },
        { name: 'scores', type: 'f4', shape: [2] },
        { name: 'none', type: 'u4', shape: [0] },
      ],
    },
    Uint8Array.of(1, 2, 3, 4, 5, 255),
    Float32Array.of(0.5, -1),
  );
  const { head, arrays } = decodeFrame(buffer);
  assert.deepEqual(head, { ids: ['a/ü.jpg', 'b'] });
  assert.deepEqual([...arrays.colours], [1, 2, 3, 4, 5, 255]);
  assert.deepEqual([...arrays.scores], [0.5, -1]);
  assert.equal(arrays.none.length, 0);
  assert.equal(arrays.scores.buffer, buffer, 'nothing was copied');
});

test('what is cut off is an error', () => {
  const whole = frame({ arrays: [{ name: 'x', type: 'f8', shape: [4] }] }, new Float64Array(4));
  assert.throws(() => decodeFrame(new ArrayBuffer(2)), /no head/);
  assert.throws(() => decodeFrame(whole.slice(0, 20)), /cut off/);
  assert.throws(() => decodeFrame(whole.slice(0, whole.byteLength - 8)), /array 'x'.* cut off/);
  const odd = frame({ arrays: [{ name: 'x', type: 'i8', shape: [0] }] });
  assert.throws(() => decodeFrame(odd), /unknown type 'i8'/);
});
