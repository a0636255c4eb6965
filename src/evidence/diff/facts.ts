/** Reads the CSV files of a study into facts that do not depend on numbers that a database gives. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readCsv } from '../../dataset/csv/csv.ts';
import type { StudyTable } from '../../dataset/tables.ts';
import type { Collector, Values } from './collect.ts';
import type { Collectors } from './compare.ts';

/** Where the files of a study are. */
export interface StudyFolders {
  /** With a CSV file for each table of the database. */
  readonly data: string;
  /** With the folders `published` and `corrected`; null where there are none. */
  readonly tables: string | null;
}

type Row = Readonly<Record<string, string | null>>;

/** Goes through the files of a study once. */
export async function collectFacts(
  { data, tables }: StudyFolders,
  into: Collectors,
): Promise<void> {
  const read = (table: StudyTable) => rowsOf(path.join(data, `${table}.csv`));
  const groups = await groupsOf(read);
  const draws = new Map<string, string>();
  for await (const { persona_id: id, draw } of read('generations'))
    if (id != null) draws.set(id, draw ?? '');
  await designFacts(read, into.design);
  for (const { key, values } of groups.values()) into.parameters.add(key, values);
  await personaFacts(read, draws, into.personas);
  await answerFacts(read, groups, draws, into.answers);
  if (tables !== null) await tableFacts(tables, into.tables);
}

type Read = (table: StudyTable) => AsyncGenerator<Row>;

/** None for a file that is not there: earlier versions had fewer tables. */
async function* rowsOf(file: string): AsyncGenerator<Row> {
  if (!existsSync(file)) return;
  let names: readonly string[] = [];
  for await (const { line, fields } of readCsv(file)) {
    if (line === 1) names = fields.map((name) => name ?? '');
    else yield Object.fromEntries(names.map((name, at) => [name, fields[at] ?? null]));
  }
}

const joined = (...parts: readonly (string | null | undefined)[]) =>
  parts.filter((part) => part != null && part !== '').join(' · ');

async function designFacts(read: Read, collected: Collector): Promise<void> {
  for await (const { content, name, design_sha256: sha256 } of read('pipeline_file')) {
    collected.add('study', { name, 'SHA-256 of the design': sha256 });
    for (const [key, value] of Object.entries(JSON.parse(content ?? '{}') as object))
      collected.add(`study file, ${key}`, { value: JSON.stringify(value) });
  }
  for await (const { design_sha256: sha256 } of read('design_freeze'))
    collected.add('freeze', { 'SHA-256 of the design': sha256 });
  for await (const { slug, language, sha256 } of read('instruments'))
    collected.add(joined('instrument', slug, language), { 'SHA-256': sha256 });
  for await (const { name, sheets, sha256 } of read('reference_population'))
    collected.add('reference population', { name, sheets, 'SHA-256': sha256 });
}

/** A group of administrations by what they have in common. */
interface Group {
  readonly key: string;
  readonly form: string;
  readonly factors: string;
  readonly values: Values;
}

async function groupsOf(read: Read): Promise<ReadonlyMap<string, Group>> {
  const slugs = new Map<string, string>();
  for await (const row of read('instruments')) slugs.set(row.sha256 ?? '', row.slug ?? '');
  const factors = new Map<string, string[]>();
  for await (const { experiments_group_id: id, name, level } of read('group_factors'))
    factors.set(id ?? '', [...(factors.get(id ?? '') ?? []), `${name} ${level}`]);
  const details = new Map<string, Row>();
  for await (const row of read('group_details')) details.set(row.experiments_group_id ?? '', row);
  const groups = new Map<string, Group>();
  for await (const row of read('experiments_groups')) {
    const id = row.experiments_group_id ?? '';
    const about = details.get(id);
    const varied = (factors.get(id) ?? []).sort().join(', ');
    groups.set(id, {
      key:
        joined(slugs.get(about?.instrument_sha256 ?? ''), about?.model_name, varied) ||
        `group ${id}`,
      form: about?.form_sha256 ?? about?.instrument_sha256 ?? '',
      factors: varied,
      values: {
        temperature: row.temperature,
        top_p: row.top_p,
        parameters: about?.parameters,
        seed: about?.seed,
        administration: about?.administration,
        'instrument (SHA-256)': about?.instrument_sha256,
        'system message (SHA-256)': hashOf(row.system_role),
        'prompt (SHA-256)': hashOf(row.base_prompt),
      },
    });
  }
  return groups;
}

function hashOf(text: string | null | undefined): string | null {
  return text == null ? null : createHash('sha256').update(text).digest('hex');
}

/** Numbers that the database gives, and what is said elsewhere. */
const NOT_OF_PERSONAS = ['id', 'model_print', 'population_print', 'repetitions'];

async function personaFacts(
  read: Read,
  draws: ReadonlyMap<string, string>,
  collected: Collector,
): Promise<void> {
  const byId = new Map<string, number>();
  for await (const row of read('personas')) {
    const values = Object.entries(row).filter(([name]) => !NOT_OF_PERSONAS.includes(name));
    const key = joined(row.population, row.model, numbered(row.ref_personality_id, draws, row.id));
    byId.set(row.id ?? '', collected.add(key, Object.fromEntries(values)));
  }
  for await (const { persona_id: id, column_name: name, full_text: text } of read('persona_texts'))
    collected.set(byId.get(id ?? ''), name ?? '', text ?? '');
  for await (const { persona_id: id, name, value } of read('persona_columns'))
    collected.set(byId.get(id ?? ''), `column ${name}`, value ?? '');
}

/** A persona among those of its population: the case or sheet, and the draw. */
function numbered(
  personality: string | null | undefined,
  draws: ReadonlyMap<string, string>,
  persona: string | null | undefined,
): string {
  const draw = persona == null ? undefined : draws.get(persona);
  return `${personality ?? 'no number'}${draw === undefined ? '' : `, draw ${draw}`}`;
}

/** More than any questionnaire has. */
const MOST_ITEMS = 1 << 20;

async function answerFacts(
  read: Read,
  groups: ReadonlyMap<string, Group>,
  draws: ReadonlyMap<string, string>,
  collected: Collector,
): Promise<void> {
  const details = new Map<string, Row>();
  for await (const row of read('experiment_details')) details.set(row.experiment_id ?? '', row);
  const byId = new Map<string, number>();
  for await (const row of read('experiments_list')) {
    const about = details.get(row.experiment_id ?? '');
    const group = groups.get(row.experiments_group_id ?? '');
    const key = joined(
      ...[row.questionnaire, row.language_questionnaire, row.model, row.population],
      numbered(row.personality_id, draws, about?.persona_id),
      ...[group?.factors, group?.form.slice(0, 12)],
      `repetition ${row.repeated ?? '-'}`,
    );
    const outcome = row.succeeded === 't' ? 'answered' : (about?.last_outcome ?? 'not asked');
    byId.set(row.experiment_id ?? '', collected.add(key, { outcome }));
  }
  const set = ({ experiment_id: id }: Row, name: string, value: string | null | undefined) =>
    collected.set(byId.get(id ?? ''), name, value ?? '');
  // Another program may have stored several answers to an item, of which the first counts.
  const told = new Map<number, number>();
  for await (const row of read('eval_questionnaires')) {
    const place = byId.get(row.experiment_id ?? '');
    if (place === undefined) continue;
    const item = place * MOST_ITEMS + Number(row.question_number);
    const times = (told.get(item) ?? 0) + 1;
    told.set(item, times);
    const name = `item ${row.question_number}${times === 1 ? '' : ` (${times})`}`;
    collected.set(place, name, row.answer ?? '');
  }
  for await (const row of read('item_states')) {
    const more = joined(row.quantity, row.reply_text) || row.state;
    if (row.state !== 'answered' || more !== row.state)
      set(row, `item ${row.question_number}, ${row.state}`, more);
  }
  for await (const row of read('item_probabilities'))
    set(row, `item ${row.question_number}, probability of ${row.answer}`, row.probability);
}

/** @param folder with the folders `published` and `corrected`; those may be missing */
async function tableFacts(folder: string, collected: Collector): Promise<void> {
  for (const mode of ['published', 'corrected']) {
    const from = path.join(folder, mode);
    const files = existsSync(from) ? readdirSync(from).sort() : [];
    for (const file of files.filter((name) => name.endsWith('.csv')))
      await collectRows(collected, path.join(from, file), `${mode} ${path.basename(file, '.csv')}`);
  }
}

async function collectRows(collected: Collector, file: string, table: string) {
  const rows: Row[] = [];
  for await (const row of rowsOf(file)) rows.push(row);
  const names = Object.keys(rows[0] ?? {});
  // The columns that name a row come first, and are texts.
  const first = names.findIndex((name) => rows.some((row) => isNumber(row[name])));
  const naming = first < 0 ? names : names.slice(0, first);
  for (const row of rows) collected.add(joined(table, ...naming.map((name) => row[name])), row);
}

function isNumber(value: string | null | undefined): boolean {
  return value != null && value.trim() !== '' && Number.isFinite(Number(value));
}
