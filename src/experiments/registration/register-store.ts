/** SQL of registration. The server computes all sets; no rows of personas are transferred. */
import { type Kysely, sql, type Transaction } from 'kysely';
import { promptOfGroup } from '../../administration/calls.ts';
import {
  type AdministrationSettings,
  describeSettings,
  hashOfForm,
  variedSettings,
} from '../../administration/settings.ts';
import type { Database } from '../../db/connect.ts';
import { insertInstrument, insertItems } from '../../db/instruments/instrument-store.ts';
import { dropConstraints, mayAlter } from '../../db/rebuild-indexes.ts';
import type { Relations } from '../../db/relations.ts';
import type { SchemaName } from '../../db/schema/name.ts';
import type { Tables } from '../../db/schema/tables.ts';
import { sqlStateOf } from '../../db/server-errors.ts';
import { UserError } from '../../errors.ts';
import { differencesOfForms, nameForm } from '../../instruments/form.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { parseInstrument } from '../../instruments/load.ts';
import type { ModelEntry } from '../../models/catalogue.ts';
import type { StoredParameters } from '../../models/parameters.ts';
import { LARGEST_INTEGER } from '../../numbers.ts';

export type Writing = Transaction<Tables>;

/**
 * The two readings of `personas.repetitions` in the wild: how many times a persona is to be
 * administered, or the number of the draw among several personas written from one sheet (then each
 * row is administered once).
 */
export type RepetitionsReading = 'count' | 'draw';

/** Which personas, how often. */
export interface Selection {
  readonly model: string;
  readonly populations: readonly string[];
  readonly maxPersonas: number | null;
  readonly maxRepetitions: number | null;
  readonly reading: RepetitionsReading;
  /** How often each draw is administered. */
  readonly administrations: number;
  /** Leave out personas that have experiments of this form and model already. */
  readonly missingOf: { readonly form: Form; readonly modelId: string } | null;
}

/** What a group asks and how. */
export interface Form {
  readonly instrument: Instrument;
  readonly settings: AdministrationSettings;
  /** See `hashOfForm`. */
  readonly sha256: string;
}

export function formOf(instrument: Instrument, settings: AdministrationSettings): Form {
  return { instrument, settings, sha256: hashOfForm(instrument, settings) };
}

/** `bigfive`, `bigfive (es; item_order: shuffled)` */
export function nameWithSettings({ instrument, settings }: Form): string {
  const varied = describeSettings(settings);
  return varied === '' ? nameForm(instrument) : `${nameForm(instrument)}, ${varied}`;
}

export interface NewGroup {
  readonly form: Form;
  readonly modelName: string;
  readonly modelId: string;
  readonly modelLabel: string;
  readonly description: string;
  /** Name and level of each. */
  readonly factors: readonly (readonly [name: string, level: string])[];
  /** Null where none is sent. */
  readonly systemRole: string | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly parameters: StoredParameters;
  readonly repeated: boolean;
  readonly seed: number;
  readonly drawSeed: number;
  readonly created: string;
}

/** Two registrations at once would each not see what the other is about to register. */
export async function lockRegistrations(transaction: Writing, schema: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('personality-trap registration'), hashtext(${schema}))`.execute(
    transaction,
  );
}

/**
 * The experiments `e` that give this form. Groups of other programs name none: theirs is the
 * published way of asking, and they go by slug and language, which published code and data write in
 * two ways.
 */
function isGiven(t: Relations, { instrument: { slug, language }, settings, sha256 }: Form) {
  const spellings = language === 'en' ? ['en', 'english'] : [language];
  const isPublished = Object.keys(variedSettings(settings)).length === 0;
  const form = sql`(select gd.form_sha256 from ${t.group_details} gd where gd.experiments_group_id = e.experiments_group_id)`;
  return sql<boolean>`e.questionnaire = ${slug} and coalesce(e.language_questionnaire, 'en') = any(${spellings}::text[])
    and coalesce(${form} = ${sha256}, ${isPublished})`;
}

/**
 * The selected personas: those of each population in order of personality and id, and where their
 * number is limited, taken in turn from each population so that no population is left out. A
 * persona that this program wrote is a draw, however its `repetitions` could be read.
 */
function chosen(t: Relations, selection: Selection) {
  const { model, populations, maxPersonas, maxRepetitions, reading, administrations, missingOf } =
    selection;
  const drawn = reading === 'draw' ? sql`true` : sql`g.generation_id is not null`;
  const times = sql`case when ${drawn} then ${administrations}::int
    else least(greatest(coalesce(p.repetitions, 1), 0), ${maxRepetitions ?? LARGEST_INTEGER}::int) end`;
  const draws =
    maxRepetitions === null
      ? sql``
      : sql`and (not (${drawn}) or coalesce(p.repetitions, 1) <= ${maxRepetitions}::int)`;
  const missing =
    missingOf === null
      ? sql``
      : sql`and not exists (select from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id)
          where d.persona_id = p.id and ${isGiven(t, missingOf.form)} and e.model = ${missingOf.modelId})`;
  // Only where a number of them is asked for must they be put in turn; the descriptions never
  // travel through a sort.
  const place = sql`array_position(${[...populations]}::text[], p.population::text)`;
  const turns =
    maxPersonas === null
      ? place
      : sql`row_number() over (partition by p.population order by coalesce(p.ref_personality_id, p.id), p.repetitions, p.id)`;
  // Order by draw before id: ids tell only which persona was stored first.
  return sql`
    select p.id as persona_id, p.population, coalesce(p.ref_personality_id, p.id) as personality, ${times} as times,
      coalesce(octet_length(p.description), 0)::bigint as characters
    from ${t.personas} p left join ${t.generations} g on g.persona_id = p.id
    where p.model = ${model} and p.population = any(${[...populations]}::text[]) ${draws} ${missing}
    order by ${turns}, ${place}, 3, p.repetitions, 1
    limit ${maxPersonas}`;
}

export async function measureSelection(
  transaction: Writing,
  t: Relations,
  selection: Selection,
): Promise<{ personas: number; experiments: number; descriptionCharacters: number }> {
  const { rows } = await sql<{ personas: number; experiments: number; characters: number }>`
    select count(*)::int as personas, coalesce(sum(times), 0)::int as experiments,
      coalesce(sum(characters * times), 0)::double precision as characters
    from (${chosen(t, selection)}) as c`.execute(transaction);
  const row = rows[0]!;
  return {
    personas: row.personas,
    experiments: row.experiments,
    descriptionCharacters: row.characters,
  };
}

/**
 * A personality whose rows say different repetitions, with what each reading would make of the
 * whole selection; null when there is none.
 */
export async function ambiguousRepetitions(
  transaction: Writing,
  t: Relations,
  model: string,
  populations: readonly string[],
): Promise<{
  population: string;
  personality: number;
  rows: number;
  asCount: number;
  asDraw: number;
} | null> {
  const { rows } = await sql<{
    population: string;
    personality: number;
    rows: number;
    asCount: number;
    asDraw: number;
  }>`
    with sheets as (
      select p.population, coalesce(p.ref_personality_id, p.id) as personality, count(*)::int as rows,
        min(coalesce(p.repetitions, 1)) < max(coalesce(p.repetitions, 1)) as open, sum(coalesce(p.repetitions, 1)) as total
      from ${t.personas} p left join ${t.generations} g on g.persona_id = p.id
      where p.model = ${model} and p.population = any(${[...populations]}::text[]) and g.generation_id is null group by 1, 2)
    select population, personality, rows, (select sum(total)::int from sheets) as "asCount", (select sum(rows)::int from sheets) as "asDraw"
    from sheets where open order by population, personality limit 1`.execute(transaction);
  return rows[0] ?? null;
}

/**
 * How many of the selection's administrations exist already, and in which groups (at most ten of
 * them).
 */
export async function alreadyRegistered(
  transaction: Writing,
  t: Relations,
  selection: Selection,
  form: Form,
  model: ModelEntry,
): Promise<{ count: number; groups: number[] }> {
  const { rows } = await sql<{ count: number; groups: number[] | null }>`
    select count(*)::int as count, (array_agg(distinct e.experiments_group_id))[1:10] as groups
    from (${chosen(t, selection)}) as c
    join ${t.experiment_details} d on d.persona_id = c.persona_id and d.repeated <= c.times
    join ${t.experiments_list} e on e.experiment_id = d.experiment_id
    where ${isGiven(t, form)} and e.model = ${model.modelId} and e.model_provider = ${model.provider}`.execute(
    transaction,
  );
  return { count: rows[0]!.count, groups: rows[0]!.groups ?? [] };
}

/** @returns the new group's id */
export async function insertGroup(
  transaction: Writing,
  t: Relations,
  group: NewGroup,
): Promise<number> {
  const { instrument, settings, sha256 } = group.form;
  await storeInstrument(transaction, t, instrument);
  await sql`insert into ${t.model_labels} (model, label) values (${group.modelId}, ${group.modelLabel})
    on conflict (model) do update set label = excluded.label`.execute(transaction);
  const { rows } = await sql<{ id: number }>`
    insert into ${t.experiments_groups} (created, description, system_role, base_prompt, concluded, processed, translated, temperature, top_p, ii_repeated)
    values (${group.created}, ${group.description}, ${group.systemRole}, ${promptOfGroup(instrument, settings)}, false, false, false, ${group.temperature}, ${group.topP}, ${group.repeated})
    returning experiments_group_id as id`.execute(transaction);
  const id = rows[0]!.id;
  const varied = variedSettings(settings);
  await sql`insert into ${t.group_details} (experiments_group_id, instrument_sha256, model_name, parameters, seed, draw_seed, form_sha256, administration)
    values (${id}, ${instrument.sha256}, ${group.modelName}, ${JSON.stringify(group.parameters)}::jsonb, ${group.seed}, ${group.drawSeed}, ${sha256},
      ${JSON.stringify(varied)}::jsonb)`.execute(transaction);
  const { factors } = group;
  await sql`insert into ${t.group_factors} (experiments_group_id, name, level)
    select ${id}, u.* from unnest(${factors.map(([name]) => name)}::text[], ${factors.map(([, level]) => level)}::text[]) as u`.execute(
    transaction,
  );
  return id;
}

/**
 * Answers are scored and tabulated by slug and language, so a slug has one form in a schema; in
 * another language only its words differ.
 * @throws UserError when the schema, or a built-in instrument that it is scored by, has another
 *   form under this slug
 */
export async function requireOneForm(
  db: Kysely<Tables>,
  t: Relations,
  instrument: Instrument,
): Promise<void> {
  const { slug, language } = instrument;
  const { rows: stored } = await sql<{ definition: string }>`
    select definition from ${t.instruments} where slug = ${slug} order by created_at, sha256`.execute(
    db,
  );
  for (const { definition } of stored) {
    const known = parseInstrument(definition, `the stored instrument "${slug}"`);
    const differences = differencesOfForms(known, instrument);
    if (differences.length > 0) throw otherForm(known, instrument, differences);
  }
  // Rows of other programs may have the items without the instrument.
  const { rows } = await sql<{
    number: number;
    category: string | null;
    key: number | null;
    reverse: boolean;
  }>`
    select distinct on (question_number) question_number as number, category, key, coalesce(reverse, false) as reverse
    from ${t.questionnaire} where questionnaire = ${slug} and (language_questionnaire = ${language} or (${language} = 'en' and language_questionnaire = 'english'))
    order by question_number, id`.execute(db);
  if (rows.length === 0) return;
  const same = new Map(rows.map((row) => [row.number, row]));
  const changed = instrument.items.find((item) => {
    const row = same.get(item.number);
    return (
      row === undefined ||
      row.category !== item.scale ||
      row.key !== item.key ||
      row.reverse !== item.reverse
    );
  });
  if (changed === undefined && rows.length === instrument.items.length) return;
  throw new UserError(
    `The instrument "${slug}" (${language}) is already in this schema with other scoring${changed === undefined ? '' : ` (item ${changed.number})`}`,
    { code: 'instrument-forms-differ', hint: OWN_SLUG },
  );
}

const OWN_SLUG =
  'Answers to both would be pooled and scored by the same rule. Give the second instrument another slug, or use another schema.';

function otherForm(
  known: Instrument,
  instrument: Instrument,
  differences: readonly string[],
): UserError {
  const name = (one: Instrument) =>
    `"${one.title}" (${one.language}, SHA-256 ${one.sha256.slice(0, 8)})`;
  return new UserError(
    `The slug "${instrument.slug}" already belongs to ${name(known)} in this schema, and ${name(instrument)} is a different form: ${differences.join('; ')}`,
    { code: 'instrument-forms-differ', hint: OWN_SLUG },
  );
}

/**
 * Keeps the wording, and fills the published item table for this slug and language where it is
 * empty.
 */
async function storeInstrument(
  transaction: Writing,
  t: Relations,
  instrument: Instrument,
): Promise<void> {
  const { slug, language } = instrument;
  const { rows } = await sql`select from ${t.questionnaire} where questionnaire = ${slug}
    and (language_questionnaire = ${language} or (${language} = 'en' and language_questionnaire = 'english')) limit 1`.execute(
    transaction,
  );
  if (rows.length === 0) await insertItems(transaction, t, instrument);
  await insertInstrument(transaction, t, instrument);
}

export interface StoredGroup {
  readonly modelName: string | null;
  readonly slug: string | null;
  readonly language: string | null;
  /** Null for groups of other programs. */
  readonly form: string | null;
}

/** What a group was made for; null when it does not exist. */
export async function groupStandsFor(
  transaction: Writing,
  t: Relations,
  groupId: number,
): Promise<StoredGroup | null> {
  const { rows } = await sql<StoredGroup>`
    select d.model_name as "modelName", i.slug, i.language, d.form_sha256 as form from ${t.experiments_groups} g
    left join ${t.group_details} d using (experiments_group_id) left join ${t.instruments} i on i.sha256 = d.instrument_sha256
    where g.experiments_group_id = ${groupId} for update of g`.execute(transaction);
  return rows[0] ?? null;
}

/**
 * The first group of a form and a model, however its file was laid out when the group was made;
 * null when there is none.
 */
export async function groupFor(
  transaction: Writing,
  t: Relations,
  { instrument, sha256 }: Form,
  model: ModelEntry,
  systemRole: string | null,
): Promise<number | null> {
  const { rows } = await sql<{ id: number | null }>`
    select min(d.experiments_group_id) as id from ${t.group_details} d join ${t.instruments} i on i.sha256 = d.instrument_sha256
    join ${t.experiments_groups} g on g.experiments_group_id = d.experiments_group_id
    where g.system_role is not distinct from ${systemRole} and i.slug = ${instrument.slug} and d.form_sha256 = ${sha256} and d.model_name = ${model.name}`.execute(
    transaction,
  );
  return rows[0]?.id ?? null;
}

export interface NewExperiments {
  readonly groupId: number;
  readonly questionnaire: string;
  readonly language: string;
  readonly model: ModelEntry;
  readonly seed: number;
  readonly repoSha: string;
  readonly created: string;
  /** How many there will be. */
  readonly count: number;
}

/** @returns ids of the new experiments, in order */
export async function insertExperiments(
  transaction: Writing,
  { schema, t }: Database,
  selection: Selection,
  what: NewExperiments,
): Promise<number[]> {
  // As a subquery it is looked up once, not for every row.
  const sequence = sql`(select pg_get_serial_sequence(${`${schema}.experiments_list`}, 'experiment_id')::regclass)`;
  const origin = what.model.provider === 'simulated' ? 'simulated' : 'model';
  const restoreKeys = await liftOwnKeys(transaction, schema, t, what.count);
  const { rows } = await sql<{ ids: number[] | null }>`
    with planned as (
      select nextval(${sequence})::int as experiment_id, c.persona_id, c.population, c.personality, r.repeated
      from (${chosen(t, selection)}) as c cross join lateral generate_series(1, c.times) as r (repeated)),
    listed as (
      insert into ${t.experiments_list} (experiment_id, experiments_group_id, repeated, created, questionnaire, language_instructions,
        language_questionnaire, model_provider, model, population, personality_id, repo_sha)
      select experiment_id, ${what.groupId}, repeated, ${what.created}, ${what.questionnaire}, ${what.language}, ${what.language},
        ${what.model.provider}, ${what.model.modelId}, population, personality, ${what.repoSha} from planned),
    detailed as (
      insert into ${t.experiment_details} (experiment_id, experiments_group_id, persona_id, repeated, shuffle_key, origin)
      select experiment_id, ${what.groupId}, persona_id, repeated,
        hashtextextended(concat_ws(':', population, personality, persona_id, repeated), ${what.seed}::bigint), ${origin} from planned)
    select array_agg(experiment_id order by experiment_id) as ids from planned`.execute(
    transaction,
  );
  await restoreKeys();
  await sql`update ${t.experiments_groups} set concluded = false, processed = false where experiments_group_id = ${what.groupId}`.execute(
    transaction,
  );
  return rows[0]?.ids ?? [];
}

/** From so many new rows on, checking them as a set is worth taking the tables for oneself. */
const SET_WISE_FROM = 5000;

/**
 * Foreign keys are checked and indexes filled row by row, at three times the cost of the rows
 * themselves; put back after the rows are in, they are checked and built as one set, by the same
 * server with the same result. This wants the tables to itself, so it is done only where nobody
 * else is at them at this moment, where they are ours to alter, and where the new rows are more
 * than the old ones, all of which are looked at again. Otherwise the rows go in the ordinary way.
 * @returns what puts everything back; to be called in the same transaction
 */
async function liftOwnKeys(
  transaction: Writing,
  schema: SchemaName,
  t: Relations,
  rows: number,
): Promise<() => Promise<void>> {
  const nothing = async () => {};
  if (rows < SET_WISE_FROM) return nothing;
  const { rows: looked } = await sql<{ before: number }>`
    select count(*)::int as before from (select from ${t.experiments_list} limit ${rows}) as old`.execute(
    transaction,
  );
  const tables = ['experiment_details', 'experiments_list', 'personas'];
  if (
    looked[0]!.before >= rows ||
    !(await mayAlter(transaction, schema, tables)) ||
    !(await takeTables(transaction, t))
  )
    return nothing;
  return dropConstraints(transaction, schema, {
    constraintsOf: ['experiment_details'],
    kinds: ['f', 'u', 'p'],
    indexesOf: ['experiment_details', 'experiments_list'],
  });
}

/** Takes the tables if nobody else is at them. */
async function takeTables(transaction: Writing, t: Relations): Promise<boolean> {
  await sql`savepoint before_tables`.execute(transaction);
  try {
    await sql`lock table ${t.experiment_details}, ${t.experiments_list}, ${t.personas} in access exclusive mode nowait`.execute(
      transaction,
    );
    await sql`release savepoint before_tables`.execute(transaction);
    return true;
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    await sql`rollback to savepoint before_tables`.execute(transaction);
    return false;
  }
}

function isLockNotAvailable(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

/** Populations that hold personas of any of these models. */
export async function populationsOf(
  database: Pick<Database, 't'> & { db: Kysely<Tables> },
  models: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{
    population: string;
  }>`select distinct population from ${database.t.personas}
    where model = any(${[...models]}::text[]) and population is not null order by 1 limit 1000`.execute(
    database.db,
  );
  return rows.map((row) => row.population);
}
