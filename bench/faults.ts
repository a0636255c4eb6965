/**
 * Everything that can go wrong on the way to an answer, done to the program on purpose: providers
 * that fail, quotas, kills, a server that goes down, full disks, power cuts, Ctrl-C, workers that
 * die, replies in disguise. Prints what is claimed, and whether it held. `npm run bench:faults`, or
 * with names of parts; `--small` for a quick look, `--seed N` for other faults.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';
import { type Claims, createClaims } from './faults/claims.ts';
import { benchDisk } from './faults/disk.ts';
import { benchDropped } from './faults/dropped.ts';
import { benchFaults } from './faults/faults.ts';
import { benchFuzz } from './faults/fuzz.ts';
import { benchInterrupt } from './faults/interrupt.ts';
import { benchKills } from './faults/kills.ts';
import { benchQuota } from './faults/quota.ts';
import { benchRestarts } from './faults/restarts.ts';
import { benchWorkers } from './faults/workers.ts';

type Part = (claims: Claims, seed: number, small: boolean, postgres: string) => Promise<void>;

const PARTS: Readonly<Record<string, Part>> = {
  faults: benchFaults,
  interrupt: benchInterrupt,
  disk: benchDisk,
  dropped: benchDropped,
  restarts: benchRestarts,
  kills: benchKills,
  workers: benchWorkers,
  fuzz: benchFuzz,
  quota: benchQuota,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    small: { type: 'boolean', default: false },
    seed: { type: 'string', default: '20260101' },
  },
});
const unknown = positionals.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0)
  throw new Error(
    `no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`,
  );
const seed = Number(values.seed);
const claims = createClaims();
console.log(`seed ${seed}`);
const server = await startPostgres();
try {
  for (const [name, part] of Object.entries(PARTS)) {
    if (positionals.length === 0 || positionals.includes(name))
      await part(claims, seed, values.small, server.url);
  }
} finally {
  await server.stop();
}
console.log(claims.missed === 0 ? 'all claims kept' : `${claims.missed} claims missed`);
process.exitCode = claims.missed === 0 ? 0 : 1;
