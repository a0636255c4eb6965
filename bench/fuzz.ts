/**
 * `npm run fuzz`: hostile replies through the seam to the providers. `--replies N` for each
 * database, `--seed N` for others.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';
import { createClaims } from './faults/claims.ts';
import { benchSeam } from './faults/seam.ts';

const { values } = parseArgs({
  options: {
    replies: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '20260101' },
  },
});
const claims = createClaims();
console.log(`seed ${values.seed}`);
const server = await startPostgres();
try {
  await benchSeam(claims, Number(values.seed), Number(values.replies), server.url);
} finally {
  await server.stop();
}
console.log(claims.missed === 0 ? 'all claims kept' : `${claims.missed} claims missed`);
process.exitCode = claims.missed === 0 ? 0 : 1;
