/**
 * SQL of what there is to choose from: every way in which administrations of a study differ. There
 * are few, however many administrations there are.
 */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { knownInstrument, parseInstrument } from '../instruments/load.ts';

/** Administrations that share all of this. */
export interface Facet {
  readonly groupId: number | null;
  readonly modelId: string | null;
  /** Short name in the catalogue, where the group tells it; else the id. */
  readonly model: string | null;
  readonly population: string | null;
  /** As tables show it. */
  readonly condition: string | null;
  readonly questionnaire: string | null;
  /** `english` counts as `en`. */
  readonly language: string;
  /** Of the wording; null where the group tells none. */
  readonly instrumentSha256: string | null;
}

/** What registrations bring. */
export interface Registered {
  readonly facets: readonly Facet[];
  /** By hash of the wording, or by slug where no hash is known. */
  readonly instruments: ReadonlyMap<string, Instrument>;
}

export interface Facets extends Registered {
  /** Kinds of failure that there are. */
  readonly reasons: readonly string[];
}

type Reader = Pick<Database, 'db' | 't'>;

export async function readFacets(database: Reader): Promise<Facets> {
  return { ...(await readRegistered(database)), reasons: await readReasons(database) };
}

/** Another text when personas, groups or administrations have come, which are never changed. */
export async function nameRegistered({ db, t }: Reader): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select concat_ws(' ', (select max(id) from ${t.personas}), (select max(experiments_group_id) from ${t.experiments_groups}),
      (select max(experiment_id) from ${t.experiments_list})) as name`.execute(db);
  return rows[0]!.name;
}

/** Looks at every administration. */
export async function readRegistered({ db, t }: Reader): Promise<Registered> {
  const { rows: facets } = await sql<Facet>`
    with used as (
      select experiments_group_id, model, population, questionnaire, language_questionnaire
      from ${t.experiments_list} group by 1, 2, 3, 4, 5)
    select used.experiments_group_id as "groupId", used.model as "modelId", coalesce(gd.model_name, used.model) as model,
      used.population, coalesce(known.display, labels.display) as condition, used.questionnaire,
      case coalesce(used.language_questionnaire, 'en') when 'english' then 'en' else coalesce(used.language_questionnaire, 'en') end as language,
      gd.instrument_sha256 as "instrumentSha256"
    from used
    left join ${t.group_details} gd using (experiments_group_id)
    left join ${t.populations} known using (population)
    left join lateral ${t.label_population}(used.population) as labels on true
    order by used.experiments_group_id, used.population`.execute(db);
  const { rows: stored } = await sql<{ sha256: string; slug: string; definition: string }>`
    select sha256, slug, definition from ${t.instruments}`.execute(db);
  const instruments = new Map<string, Instrument>();
  for (const { questionnaire } of facets) {
    const known = questionnaire === null ? null : knownInstrument(questionnaire);
    if (known !== null) instruments.set(questionnaire!, known);
  }
  for (const { sha256, slug, definition } of stored)
    instruments.set(sha256, parseInstrument(definition, `the stored instrument "${slug}"`));
  return { facets, instruments };
}

/** Looks at everything that failed. */
export async function readReasons({ db, t }: Reader): Promise<readonly string[]> {
  const { rows } = await sql<{ kind: string }>`
    select distinct last_kind as kind from ${t.experiment_details}
    where last_outcome <> 'answered' and last_kind is not null order by 1`.execute(db);
  return rows.map(({ kind }) => kind);
}

/** The wording that a facet was asked in; null where nothing knows it. */
export function instrumentOf(
  { instruments }: Facets,
  { instrumentSha256, questionnaire }: Pick<Facet, 'instrumentSha256' | 'questionnaire'>,
): Instrument | null {
  return instruments.get(instrumentSha256 ?? questionnaire ?? '') ?? null;
}
