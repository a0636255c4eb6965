import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompressed, encodingOf, readableBody } from './body.ts';

const TEXT = '{"choices": [{"message": {"content": "sí — 東京"}}]}';
const PLAIN = Buffer.from(TEXT);
const read = (body: Uint8Array, encoding?: string, most = 1000) => {
  const found = readableBody(body, encoding, most);
  return found.ok
    ? { text: Buffer.from(found.bytes).toString(), encoding: found.encoding }
    : found.problem;
};

describe('readableBody', () => {
  it.each<[string, Uint8Array, string | undefined, string | null]>([
    ['as it is', PLAIN, undefined, null],
    ['identity', PLAIN, 'identity', null],
    ['gzip', gzipSync(PLAIN), 'gzip', 'gzip'],
    ['gzip in capitals', gzipSync(PLAIN), ' GZIP ', 'gzip'],
    ['gzip by its old name', gzipSync(PLAIN), 'x-gzip', 'x-gzip'],
    ['gzip that no header tells of', gzipSync(PLAIN), undefined, 'gzip'],
    ['deflate', deflateSync(PLAIN), 'deflate', 'deflate'],
    ['deflate without its frame', deflateRawSync(PLAIN), 'deflate', 'deflate'],
    ['br', brotliCompressSync(PLAIN), 'br', 'br'],
    ['two in turn', gzipSync(brotliCompressSync(PLAIN)), 'br, gzip', 'br, gzip'],
    ['a header that stayed behind', PLAIN, 'gzip', 'gzip'],
    ['a byte order mark', Buffer.from(`\ufeff${TEXT}`), undefined, null],
    ['both', gzipSync(Buffer.from(`\ufeff${TEXT}`)), 'gzip', 'gzip'],
  ])('reads %s', (_, body, header, encoding) => {
    expect(read(body, header)).toEqual({ text: TEXT, encoding });
    expect(encoding === null ? TEXT : Buffer.from(decompressed(body, encoding)).toString()).toBe(
      TEXT,
    );
  });

  it('says what it cannot read', () => {
    expect(read(PLAIN, 'compress')).toContain('compressed in an unsupported way (compress)');
    expect(read(gzipSync(PLAIN).subarray(0, 20), 'gzip')).toMatch(
      /cannot be decompressed \(Z_BUF_ERROR\)/,
    );
    expect(read(Buffer.from('noise'), 'br')).toContain('cannot be decompressed');
    expect(read(PLAIN, 'gzip, gzip, gzip, gzip')).toContain('4 times');
    expect(read(PLAIN, 'constructor')).toContain('unsupported way (constructor)');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('keeps what is small and grows large under the limit: %s', (encoding, compress) => {
    const bomb = compress(Buffer.alloc(2_000_000, 0x20));
    expect(bomb.byteLength).toBeLessThan(5000);
    expect(read(bomb, encoding, 1_000_000)).toContain(
      'exceeds 1 MB (max_reply_mb) when decompressed',
    );
  });

  it('refuses what is nested beyond all sense, and only that', () => {
    const levels = (depth: number) =>
      Buffer.from(`${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}${' '.repeat(300_000)}`);
    expect(read(levels(100_000), undefined)).toContain('nested more than 1000 levels deep');
    expect(readableBody(levels(400), undefined, 1000)).toMatchObject({ ok: true });
    const quoted = Buffer.from(JSON.stringify({ content: '[{"\\'.repeat(100_000) }));
    expect(readableBody(quoted, undefined, 1000)).toMatchObject({ ok: true });
  });

  it('knows what was done to a body by its header', () => {
    expect([undefined, '', 'identity', 'GZIP', 'br,gzip'].map(encodingOf)).toEqual([
      null,
      null,
      null,
      'gzip',
      'br, gzip',
    ]);
  });
});
