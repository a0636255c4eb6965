/** Recovers the journals of experiments and of persona generation. */

import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { messageOf, UserError } from '../errors.ts';
import { recoverableGenerations } from '../personas/generation/generate.ts';
import { waitingJournals } from '../runner/journal/files.ts';
import { createJournal } from '../runner/journal/journal.ts';
import { journalLocation } from '../runner/journal/location-store.ts';
import { describeLeft, leaveAll, type Recovered, recoverKind } from '../runner/journal/recovery.ts';
import { recoverableExperiments } from './run.ts';

export interface RecoveredKind {
  /** What the tasks are called. */
  readonly what: string;
  readonly recovered: Recovered;
}

/** Experiments in any case; personas where a journal of theirs waits. */
export async function recoverJournals(
  database: Database,
  config: Pick<Config, 'journal' | 'models'>,
): Promise<RecoveredKind[]> {
  const place = await journalLocation(database, config);
  const kinds = new Set((await waitingJournals(place)).map((one) => one.kind));
  await using journal = createJournal(place, { kind: 'recover', now: Date.now });
  const experiments = await recoverKind(
    place,
    await recoverableExperiments(database, config),
    journal,
  );
  const found: RecoveredKind[] = [{ what: 'experiments', recovered: experiments }];
  if (kinds.has('personas')) {
    const bringInPersonas = async () =>
      recoverKind(place, await recoverableGenerations(database, config), journal);
    const recovered = await bringInPersonas().catch((error: unknown) => {
      // Without its sheets, for one, no persona can be read; that is no reason to say nothing of
      // the experiments.
      if (!(error instanceof UserError)) throw error;
      return leaveAll(place, 'personas', messageOf(error));
    });
    found.push({ what: 'personas', recovered });
  }
  return found;
}

/**
 * Before everything in a schema is replaced: brings in what journals hold for it.
 * @throws UserError when something of it stays in a journal, or is still on its way
 */
export async function requireRecovered(
  database: Database,
  config: Pick<Config, 'journal' | 'models'>,
): Promise<void> {
  const found = await recoverJournals(database, config);
  const reasons = found.flatMap(({ what, recovered }) => [
    ...(recovered.held > 0 ? [`${recovered.held} processes are still working on ${what}`] : []),
    ...describeLeft({ ...recovered, otherStudy: [] }, what),
  ]);
  if (reasons.length === 0) return;
  throw new UserError(
    `The study in schema "${database.schema}" cannot be replaced yet: ${reasons.join('; ')}`,
    {
      code: 'replies-not-recovered',
      hint: 'Wait for running processes to end. Correct what keeps replies from being stored and run "personas recover", or move the folder of the journal elsewhere if you do not need its replies.',
      exitCode: 1,
    },
  );
}
