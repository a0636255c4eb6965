import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { textOfPacked, verifyPacked } from './packed-bytes.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test.each([
  ['short', '{"1": 5}'],
  ['of no length', ''],
  ['longer than is unpacked at once', 'x'.repeat(5 << 20)],
])('a body that is %s is verified by the hash of what it unpacks to', async (_, text) => {
  const packed = gzipSync(text);
  expect(await verifyPacked(packed, sha256(text))).toBe('verified');
  expect(await verifyPacked(gzipSync(`${text} `), sha256(text))).toBe('differs');
  expect(textOfPacked(packed)).toBe(text);
});

test('bytes that cannot be unpacked, or for which no hash is recorded, differ', async () => {
  const packed = gzipSync('{"1": 5}');
  const damaged = Buffer.concat([packed.subarray(0, 12), Buffer.alloc(30, 7)]);
  for (const bytes of [
    Buffer.from('00ff', 'hex'),
    packed.subarray(0, -3),
    damaged,
    Buffer.alloc(0),
  ]) {
    expect(await verifyPacked(bytes, sha256('{"1": 5}'))).toBe('differs');
    expect(textOfPacked(bytes)).toBeNull();
  }
  for (const recorded of [null, undefined, '', 7])
    expect(await verifyPacked(packed, recorded)).toBe('differs');
});

test('without bytes there is nothing to verify, whatever hash is recorded', async () => {
  expect(await verifyPacked(null, sha256('x'))).toBe('unverifiable');
  expect(await verifyPacked(null, null)).toBe('unverifiable');
  expect(await verifyPacked(gzipSync(''), null)).toBe('unverifiable');
});
