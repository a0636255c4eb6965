/** Whether a study still is the one whose design was frozen. */
import type { Database } from '../db/connect.ts';
import { drifted, findFreeze } from '../experiments/frozen-store.ts';
import type { Catalogue } from '../models/catalogue.ts';
import { hashParts } from './design.ts';
import { findStudy } from './pipeline-store.ts';
import { sayChanges } from './study-changes.ts';
import type { StudySpec } from './study-spec.ts';

/**
 * @throws UserError where the schema has a frozen design that is not the study's, naming the parts
 *   that differ
 */
export async function requireFrozenDesign(
  database: Database,
  study: StudySpec,
  catalogue: Catalogue,
): Promise<void> {
  const freeze = await findFreeze(database);
  if (freeze === null) return;
  const now = hashParts(study, catalogue);
  const changed = Object.keys({ ...freeze.parts, ...now }).filter(
    (name) => freeze.parts[name] !== now[name],
  );
  if (changed.length === 0) return;
  const begun = await findStudy(database);
  const changes = begun === null ? '' : sayChanges(begun.content, study.content);
  throw drifted(
    freeze,
    database,
    `${study.file} differs from it now in: ${changed.map((name) => `${name} (SHA-256 was ${shown(freeze.parts[name])}, is ${shown(now[name])})`).join('; ')}${changes === '' ? '' : `. In the study file, ${changes}`}`,
  );
}

function shown(sha256: string | undefined): string {
  return sha256 === undefined ? 'missing' : `${sha256.slice(0, 12)}…`;
}
