/** Seeds from names: the same parts give the same seed on every machine and database. */
import { hash } from 'node:crypto';

/** @returns an integer from 0 to 2^31 - 1, the range every provider takes */
export function seedFrom(parts: readonly unknown[]): number {
  return hash('sha256', JSON.stringify(parts), 'buffer').readUInt32BE(0) >>> 1;
}
