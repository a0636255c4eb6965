/** Freezes the design of a study: what is asked from then on is what was planned, or is refused. */
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { hashOfText } from '../experiments/frozen.ts';
import { type Freeze, keepFreeze } from '../experiments/frozen-store.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { PROGRAM } from '../package-info.ts';
import { requestsOf } from './design.ts';
import { requireFrozenDesign } from './frozen-design.ts';
import { countSheets } from './pipeline.ts';
import { preregister } from './preregister.ts';
import type { StudySpec } from './study-spec.ts';

/**
 * Freezes a design in its schema; once frozen, it stays so.
 * @returns the freeze that the schema has, made now or earlier from the same design
 * @throws UserError where another design was frozen, naming what differs
 */
export async function freezeStudy(
  database: Database,
  config: Config,
  study: StudySpec,
): Promise<Freeze> {
  const catalogue = createCatalogue(config.models);
  await requireFrozenDesign(database, study, catalogue);
  const { sha256, parts, text } = await preregister(study, config);
  return keepFreeze(database, {
    study: study.name,
    designSha256: sha256,
    parts,
    requests: requestsOf(study, catalogue, await countSheets(study)),
    personas:
      study.personas === null
        ? null
        : [...new Set(study.personas.rows.map((row) => hashOfText(row.description ?? '')))].sort(),
    plan: text,
    program: PROGRAM,
  });
}
