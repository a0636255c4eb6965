/**
 * Arrays as parameters of statements, in the binary form of PostgreSQL. Both drivers send bytes as
 * they are; of a JavaScript array they escape every element as a text.
 */

/** Object ids of the types of elements. */
const ELEMENT = { bool: 16, bytea: 17, int4: 23, text: 25, float8: 701 } as const;
/** Number of dimensions, whether there are nulls, type of element, length, first index. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/**
 * Values for `$n::int[]`.
 * @throws with the server's code for a number that is none of its integers
 */
export function int4Array(values: readonly (number | null)[]): Buffer {
  return fixedArray('int4', 4, values, (bytes, value, at) => {
    if (value !== (value | 0))
      throw Object.assign(new RangeError(`${value} is out of range for type integer`), {
        code: '22003',
      });
    return bytes.writeInt32BE(value, at);
  });
}

/** Values for `$n::float8[]`. */
export function float8Array(values: readonly (number | null)[]): Buffer {
  return fixedArray('float8', 8, values, (bytes, value, at) => bytes.writeDoubleBE(value, at));
}

/** Values for `$n::bool[]`. */
export function boolArray(values: readonly (boolean | null)[]): Buffer {
  return fixedArray('bool', 1, values, (bytes, value, at) => bytes.writeUInt8(Number(value), at));
}

/** Values for `$n::text[]`: texts, or their bytes in UTF-8. */
export function textArray(values: readonly (string | Uint8Array | null)[]): Buffer {
  const sizes = values.map((value) =>
    typeof value === 'string' ? Buffer.byteLength(value) : (value?.byteLength ?? 0),
  );
  return variableArray('text', values, sizes);
}

/** Values for `$n::bytea[]`. */
export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  return variableArray(
    'bytea',
    values,
    values.map((value) => value?.byteLength ?? 0),
  );
}

// Both walk by index: an iterator makes an object for each element.

function fixedArray<V>(
  element: keyof typeof ELEMENT,
  width: number,
  values: readonly (V | null)[],
  write: (bytes: Buffer, value: V, at: number) => number,
): Buffer {
  const nulls = values.reduce((count, value) => count + Number(value === null), 0);
  const size = values.length * (LENGTH_BYTES + width) - nulls * width;
  const bytes = begun(element, values.length, size);
  for (let index = 0, at = HEADER_BYTES; index < values.length; index++) {
    const value = values[index]!;
    at = bytes.writeInt32BE(value === null ? NULL_LENGTH : width, at);
    if (value !== null) at = write(bytes, value, at);
  }
  return bytes;
}

function variableArray(
  element: keyof typeof ELEMENT,
  values: readonly (string | Uint8Array | null)[],
  sizes: readonly number[],
): Buffer {
  const size = sizes.reduce((sum, one) => sum + LENGTH_BYTES + one, 0);
  const bytes = begun(element, values.length, size);
  for (let index = 0, at = HEADER_BYTES; index < values.length; index++) {
    const value = values[index]!;
    at = bytes.writeInt32BE(value === null ? NULL_LENGTH : sizes[index]!, at);
    if (typeof value === 'string') at += bytes.write(value, at);
    else if (value !== null) {
      bytes.set(value, at);
      at += value.byteLength;
    }
  }
  return bytes;
}

function begun(element: keyof typeof ELEMENT, length: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + size);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(1, 4);
  bytes.writeInt32BE(ELEMENT[element], 8);
  bytes.writeInt32BE(length, 12);
  bytes.writeInt32BE(1, 16);
  return bytes;
}
