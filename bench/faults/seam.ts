/**
 * Hostile replies through the whole seam, on both databases: nothing is lost, nothing is in the
 * way, nothing is read that was not said.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DatabaseLocation } from '../../src/config/location.ts';
import { openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { fuzzSeam } from '../../test/support/seam-fuzz.ts';
import { temporaryFolder } from '../../test/support/study.ts';
import type { Claims } from './claims.ts';

const ROUND = 500;
/**
 * What memory may grow by from the second round to the last, that of the embedded database
 * included: replies are passed on, not gathered.
 */
const MOST_GROWTH_MB = 128;

/** @param replies for each database */
export async function benchSeam(
  claims: Claims,
  seed: number,
  replies: number,
  postgres: string,
): Promise<void> {
  // Measured is what is in use, not what is yet to be collected.
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  using folder = temporaryFolder();
  const locations: readonly DatabaseLocation[] = [
    { kind: 'postgres', url: postgres },
    { kind: 'embedded', folder: `${folder.path}/database` },
  ];
  for (const location of locations) {
    await using database = await openMigrated({ database: location, schema: 'bench_seam' });
    const begun = performance.now();
    const result = await fuzzSeam(database, folder.path, seed, replies, ROUND);
    const of = `${result.replies} hostile replies (${location.kind})`;
    for (const fault of result.faults) console.log(`        ${fault}`);
    claims.atMost(
      `${of}: lost, in the way of others, or read as what they are not`,
      result.faults.length,
      0,
    );
    claims.atLeast(
      `${of}: share of the sheets beyond doubt that was answered`,
      result.answered / result.answerable,
      1,
    );
    claims.atMost(
      `${of}: MB by which the heap grew`,
      (result.heap.last - result.heap.first) / 2 ** 20,
      MOST_GROWTH_MB,
    );
    claims.tell(`${of}: stored as bytes and a note`, result.noted);
    claims.tell(`${of}: seconds`, (performance.now() - begun) / 1000);
    if (location.kind === 'postgres') await dropSchema(database);
  }
}
