/** Registered experiments as tasks. */
import type { Database } from '../db/connect.ts';
import type { Catalogue } from '../models/catalogue.ts';
import type { Prepared } from '../runner/task.ts';
import type { Persona } from './administration/persona-text.ts';
import { type PreparationTools, prepareExperiment } from './administration/prepare.ts';
import { takesSeveralCalls } from './administration/progress.ts';
import type { RegisteredExperiment, RunnableExperiment, StoredPart } from './experiment.ts';
import * as registered from './registered-store.ts';

/**
 * Experiments with their personas, each turned into what can be sent or the reason why not.
 * @param from administrations of several calls go on where they are, or are taken from the beginning
 */
export async function prepareAll(
  database: Database,
  experiments: readonly RegisteredExperiment[],
  tools: PreparationTools,
  from: 'where they are' | 'the beginning' = 'where they are',
): Promise<Prepared<RunnableExperiment>[]> {
  const ids = experiments.flatMap((row) => (row.personaId === null ? [] : [row.personaId]));
  const personas = await registered.personasById(database, [...new Set(ids)]);
  const ofSeveral =
    from === 'the beginning'
      ? []
      : experiments.filter((row) => takesSeveralCalls(tools.settingsOf(row)));
  const parts =
    ofSeveral.length === 0
      ? new Map<number, StoredPart[]>()
      : await registered.storedParts(
          database,
          ofSeveral.map((row) => row.experimentId),
        );
  return Promise.all(
    experiments.map(async (row) => {
      const candidates =
        row.personaId === null
          ? await registered.matchingPersonas(database, row, namesOf(row, tools.catalogue))
          : present(personas.get(row.personaId));
      return prepareExperiment(row, candidates, tools, parts.get(row.experimentId));
    }),
  );
}

function present(persona: Persona | undefined): Persona[] {
  return persona === undefined ? [] : [persona];
}

function namesOf(row: RegisteredExperiment, catalogue: Catalogue): string[] {
  const entries = catalogue
    .list()
    .filter((entry) => entry.provider === row.provider && entry.modelId === row.modelId);
  return [...entries.map((entry) => entry.name), ...(row.modelId === null ? [] : [row.modelId])];
}
