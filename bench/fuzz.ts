/**
 * `npm run fuzz`: hostile replies. `reading`: through the parser, in hundreds of disguises and
 * damages; `seam`: through the seam to the providers, on both databases. Without a name, both.
 * `--replies N` for each, `--seed N` for others.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';
import { createClaims } from './faults/claims.ts';
import { fuzzReading } from './faults/fuzz.ts';
import { benchSeam } from './faults/seam.ts';

const PARTS = ['reading', 'seam'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    replies: { type: 'string' },
    seed: { type: 'string', default: '20260101' },
  },
});
const unknown = positionals.filter((name) => !PARTS.includes(name));
if (unknown.length > 0)
  throw new Error(`no such part: ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
const seed = Number(values.seed);
const claims = createClaims();
console.log(`seed ${seed}`);
const runs = (name: string) => positionals.length === 0 || positionals.includes(name);
if (runs('reading')) await fuzzReading(claims, seed, Number(values.replies ?? 200_000));
if (runs('seam')) {
  const server = await startPostgres();
  try {
    await benchSeam(claims, seed, Number(values.replies ?? 100_000), server.url);
  } finally {
    await server.stop();
  }
}
console.log(claims.missed === 0 ? 'all claims kept' : `${claims.missed} claims missed`);
process.exitCode = claims.missed === 0 ? 0 : 1;
