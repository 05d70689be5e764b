// Binary frames, as `likewise/server/payloads.py` writes them: the length of the head as a
// little-endian u32, a JSON head padded to a multiple of 8 bytes, then arrays, each begun at a
// multiple of 8 bytes. The head's `arrays` names them with their type and shape, in order.

const TYPES = {
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  f4: Float32Array,
  f8: Float64Array,
};

/** @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array} TypedArray */
/** @typedef {{head: Record<string, any>, arrays: Record<string, TypedArray>}} Frame */

/**
 * Read a frame; the arrays are views of `buffer`, flat, nothing is copied.
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 */
export function decodeFrame(buffer) {
  if (buffer.byteLength < 4) throw new Error(`a frame of ${buffer.byteLength} bytes has no head`);
  const length = new DataView(buffer).getUint32(0, true);
  if (4 + length > buffer.byteLength) {
    throw new Error(`a frame's head of ${length} bytes is cut off at ${buffer.byteLength - 4}`);
  }
  const { arrays: described, ...head } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, 4, length)),
  );
  let offset = aligned(4 + length);
  /** @type {Record<string, TypedArray>} */
  const arrays = {};
  for (const { name, type, shape } of described) {
    const Type = TYPES[/** @type {keyof typeof TYPES} */ (type)];
    if (!Type) throw new Error(`array '${name}' of a frame is of the unknown type '${type}'`);
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    if (offset + count * Type.BYTES_PER_ELEMENT > buffer.byteLength) {
      throw new Error(`array '${name}' of a frame is cut off`);
    }
    arrays[name] = new Type(buffer, offset, count);
    offset = aligned(offset + count * Type.BYTES_PER_ELEMENT);
  }
  return { head, arrays };
}

/**
 * @param {number} offset
 * @returns {number} the next multiple of 8
 */
const aligned = (offset) => Math.ceil(offset / 8) * 8;
