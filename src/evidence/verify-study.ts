/** Verifies a whole study, one page of administrations, then of written personas, after the other. */
import path from 'node:path';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import type { Checked, Deviation } from '../experiments/verification/deviation.ts';
import { verifyOwnPersonas } from '../experiments/verification/own-personas.ts';
import type { RecordSource } from '../experiments/verification/records.ts';
import { recordsIn } from '../experiments/verification/stored-store.ts';
import { openVerifier, verifyWriting } from '../experiments/verification/verify.ts';
import { BundleRecords } from './bundle-records.ts';
import { DATA_FOLDER, type LoadedBundle } from './loaded-bundle.ts';

const PAGE = 500;

/**
 * The same for a bundle, whose calls, answers and scores are read from its files.
 * @param checked is counted up
 */
export async function* verifyBundle(
  { database, config, folder }: LoadedBundle,
  checked: Checked,
): AsyncGenerator<Deviation> {
  using records = await BundleRecords.open(path.join(folder, DATA_FOLDER), database);
  yield* verifyStudy(database, checked, config.models, records);
}

/**
 * What deviates, one administration after the other, then in the writing of personas; those of one
 * page are in memory at a time.
 * @param checked is counted up
 * @param models of the configuration
 * @param source of calls, answers and scores, where they are not in the database
 */
export async function* verifyStudy(
  database: Database,
  checked: Checked,
  models: Config['models'] = {},
  source: RecordSource = recordsIn(database),
): AsyncGenerator<Deviation> {
  const verifier = await openVerifier(database, models, source);
  let last = 0;
  for (;;) {
    const ids = await source.administrationsAfter(last, PAGE);
    if (ids.length === 0) break;
    last = ids.at(-1)!;
    for (const found of (await verifier.verify(ids, checked)).values()) yield* found;
  }
  yield* await verifyOwnPersonas(database, checked);
  last = 0;
  for (;;) {
    const calls = await source.writingCallsAfter(last, PAGE);
    if (calls.length === 0) return;
    last = calls.at(-1)!.id;
    yield* await verifyWriting(calls, checked);
  }
}
