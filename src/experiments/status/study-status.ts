/** What is done in a study, what is pending and why, and what it cost. */
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import * as personas from '../../personas/generation/generation-store.ts';
import type { StudyBudget } from '../../runner/budget/amounts.ts';
import { readBudget } from '../../runner/budget/budget-store.ts';
import { journalLocation } from '../../runner/journal/location-store.ts';
import { describeJournals, type JournalState } from '../../runner/journal/scan.ts';
import { listWorkers, type WorkerOverview } from '../../runner/workers/worker-store.ts';
import * as experiments from '../run-store.ts';
import { countStates, type GroupOverview, overviewOfGroups } from './groups-store.ts';
import { type OutcomeOverview, overviewOfOutcomes } from './outcomes-store.ts';
import { overviewOfSpending, type SpendingOverview } from './spending-store.ts';

export interface StudyStatus {
  readonly groups: readonly GroupOverview[];
  readonly outcomes: readonly OutcomeOverview[];
  readonly spending: readonly SpendingOverview[];
  /** Empty where only some groups are asked about. */
  readonly populations: readonly personas.PopulationOverview[];
  readonly budget: StudyBudget;
  readonly workers: readonly WorkerOverview[];
  readonly journals: readonly JournalState[];
}

/** @param groups by id, or null for all */
export async function readStudyStatus(
  database: Database,
  config: Pick<Config, 'journal'>,
  groups: readonly number[] | null,
): Promise<StudyStatus> {
  const states = await countStates(database, groups);
  return {
    groups: await overviewOfGroups(database, groups, states),
    outcomes: await overviewOfOutcomes(database, groups, states),
    spending: await overviewOfSpending(database, groups),
    budget: await readBudget(database),
    populations: groups === null ? await personas.overviewOfPopulations(database) : [],
    workers: await listWorkers(database),
    journals: await journalStates(database, config),
  };
}

/** The journals of processes that ended. */
export async function journalStates(
  database: Database,
  config: Pick<Config, 'journal'>,
): Promise<JournalState[]> {
  return describeJournals(await journalLocation(database, config), {
    experiments: (ids) => experiments.storedCalls(database, ids),
    personas: (ids) => personas.storedCalls(database, ids),
  });
}
