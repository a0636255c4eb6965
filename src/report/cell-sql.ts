/** For each row of a table, the SQL that yields the rows it was computed from: readable, and runnable in psql as it is. */

import { metricsOf, PARTITIONS } from '../analysis/corrected/demographic-categories.ts';
import type { Answered, DemographicField, StudyData, StudyPopulation } from '../analysis/data.ts';
import { BASE } from '../analysis/models.ts';
import { type Cell, RANDOM_ROW, REFERENCE_ROW, type Table } from '../analysis/table.ts';
import { findCondition } from '../personas/sheets/conditions.ts';

export type Row = Readonly<Record<string, Cell>>;

/** The sheets are answers to it. */
const SHEET_INSTRUMENT = 'epqra';
/** Draws that the published tables count. */
const LAST_PUBLISHED_DRAW = 5;

/** One statement, several lines, without a semicolon. Rows of answers come with the answer of the sheet where the table compares them. */
export function sqlOf(table: Table, row: Row, study: StudyData): string {
  switch (table.table) {
    case '1':
    case '2':
    case '3':
      return personasOf(table, row, study);
    case '4':
    case '6':
    case 'A6':
    case 'A7':
      if (row.model === REFERENCE_ROW) return sheetsOf('reference_questionnaires', row, study);
      if (row.model === RANDOM_ROW) {
        return table.table === '4' || table.table === '6'
          ? sheetsOf('random_questionnaires', row, study)
          : sheetsOf('random_questionnaires', row, study, 'reference_questionnaires');
      }
      return answersOf(table, row, study, SHEET_INSTRUMENT, table.table !== '6');
    case '5':
      return scoresOf(table, row, study);
    case 'A4':
    case 'A5':
      return answersOf(table, row, study, 'bigfive', false);
  }
}

function personasOf({ mode }: Table, row: Row, study: StudyData): string {
  const field = fieldOf(String(row.metric));
  const { personas } = study;
  const groups = personas.groups.flatMap(({ model, population }, index) =>
    model.label === row.model && isShownAs(population, String(row.condition), mode) ? [{ population, index }] : [],
  );
  const names = [...new Set(groups.map(({ population }) => population.population))];
  const isShared = personas.groups.some(({ model, population }) => model.label !== row.model && names.includes(population.population));
  return [
    `select p.id, p.ref_personality_id, p.repetitions, p.${field}, p.${field}_original`,
    `from ${relation(study, 'personas')} p`,
    `where ${isOneOf('p.population', names)}`,
    // The model that tables show is not in the database: where two models wrote personas of one population, their ids tell them apart.
    ...(isShared ? [`  and (${rangesOf(study, new Set(groups.map(({ index }) => index)), names).join(' or ')})`] : []),
    '  and p.word_count_description is not null',
    mode === 'published' ? `  and p.repetitions <= ${LAST_PUBLISHED_DRAW}` : `  and coalesce(p.repetitions, 1) <= ${Number(row.draws)}`,
    `order by p.${field}, p.ref_personality_id, p.repetitions, p.id`,
  ].join('\n');
}

function fieldOf(metric: string): DemographicField {
  const found = PARTITIONS.find((partition) => metricsOf(partition).includes(metric));
  // Every published metric is one of the partition's too.
  return found!.field;
}

/** Ids of the personas of some groups as ranges that hold no other persona of the same populations. */
function rangesOf({ personas }: StudyData, wanted: ReadonlySet<number>, populations: readonly string[]): string[] {
  const rivals = new Set(personas.groups.flatMap(({ population }, index) => (populations.includes(population.population) ? [index] : [])));
  const ranges: { from: number; to: number }[] = [];
  let isOpen = false;
  for (let persona = 0; persona < personas.count; persona++) {
    const group = personas.group[persona]!;
    if (!rivals.has(group)) continue;
    const id = personas.ids[persona]!;
    if (!wanted.has(group)) isOpen = false;
    else if (isOpen) ranges.at(-1)!.to = id;
    else {
      ranges.push({ from: id, to: id });
      isOpen = true;
    }
  }
  return ranges.map(({ from, to }) => `p.id between ${from} and ${to}`);
}

function sheetsOf(name: 'reference_questionnaires' | 'random_questionnaires', row: Row, study: StudyData, against?: string): string {
  const columns = 's.personality_id, s.question_number, s.question, s.category, s.key, s.answer, (s.answer = s.key)::int as eval';
  return [
    `select ${columns}${against === undefined ? '' : ', r.answer as sheet_answer'}`,
    `from ${relation(study, name)} s`,
    ...(against === undefined ? [] : [`left join ${relation(study, against)} r using (personality_id, question_number)`]),
    `where s.category = ${literal(row.scale)}`,
    'order by s.personality_id, s.question_number',
  ].join('\n');
}

function answersOf(table: Table, row: Row, study: StudyData, instrument: string, withSheets: boolean): string {
  const selection = selectAnswers(table, row, study, String(row.instrument ?? instrument));
  const scale = String(row.scale);
  const sheets = withSheets
    ? [
        `left join ${relation(study, 'reference_questionnaires')} r`,
        '  on r.personality_id = a.personality_id and r.question_number = a.question_number',
      ]
    : [];
  const isCut = table.mode === 'corrected' && Number(row.n_incomplete ?? 0) > 0;
  const columns = [
    'a.*',
    ...(withSheets ? ['r.answer::int as sheet_answer'] : []),
    ...(isCut ? ['count(a.eval) over (partition by a.experiment_id) as answered'] : []),
  ];
  const lines = [
    `select ${columns.join(', ')}`,
    `from ${relation(study, 'scored_answers')} a`,
    ...selection.joins,
    ...sheets,
    ...where([...selection.conditions, `a.category = ${literal(scale)}`]),
  ];
  const order = (alias: string) =>
    `order by ${['personality_id', 'experiment_id', 'question_number'].map((name) => `${alias}.${name}`).join(', ')}`;
  if (!isCut) return [...lines, order('a')].join('\n');
  const items = selection.answered === null ? 0 : countItems(selection.answered, scale);
  return ['select * from (', ...lines.map((line) => `  ${line}`), `) complete where complete.answered = ${items}`, order('complete')].join(
    '\n',
  );
}

/** One row a personality, with its score on both scales. */
function scoresOf(table: Table, row: Row, study: StudyData): string {
  const sides = [
    { name: SHEET_INSTRUMENT, scale: String(row.epqra_scale), as: 'own' },
    { name: String(row.instrument ?? 'bigfive'), scale: String(row.bigfive_scale), as: 'other' },
  ];
  const parts = sides.map(({ name, scale, as }) => {
    const { conditions, joins, answered } = selectAnswers(table, row, study, name);
    const complete = table.mode === 'corrected' && answered !== null ? ` having count(a.eval) = ${countItems(answered, scale)}` : '';
    return [
      `${as} as (`,
      '  select personality_id, avg(score) as score from (',
      '    select a.personality_id, a.experiment_id, sum(a.eval) as score',
      `    from ${relation(study, 'scored_answers')} a`,
      ...joins.map((line) => `    ${line}`),
      ...where([...conditions, `a.category = ${literal(scale)}`]).map((line) => `    ${line}`),
      `    group by a.personality_id, a.experiment_id${complete}`,
      '  ) experiments group by personality_id)',
    ].join('\n');
  });
  return [
    `with ${parts.join(',\n')}`,
    'select personality_id, own.score as epqra_score, other.score as bigfive_score',
    'from own join other using (personality_id)',
    'order by personality_id',
  ].join('\n');
}

interface AnswerSelection {
  readonly conditions: readonly string[];
  readonly joins: readonly string[];
  /** Null where the study holds no answers to the instrument. */
  readonly answered: Answered | null;
}

/** @param instrument slug, with the language in brackets where it is not English */
function selectAnswers({ mode, table }: Table, row: Row, study: StudyData, instrument: string): AnswerSelection {
  const [, slug, language] = /^(.*?)(?: \((.*)\))?$/s.exec(instrument) as unknown as [string, string, string | undefined];
  const sameSlug = study.answered.filter(({ questionnaire }) => questionnaire.slug === slug);
  // The correlated instrument may have been given in another language than the sheets'.
  const answered = sameSlug.find(({ questionnaire }) => questionnaire.language === (language ?? 'en')) ?? sameSlug[0] ?? null;
  const isReferenceRow = row.model === REFERENCE_ROW;
  const model = isReferenceRow ? (row.answered_by ?? null) : String(row.model);
  const label = row.population === undefined ? findCondition(BASE).label : row.population;
  // Table A4 and A5 leave the reference population out although it is shown as Base too; Table 5 does not.
  const leavesReferenceOut = table === 'A4' || table === 'A5';
  const isWanted = (population: StudyPopulation) => {
    if (isReferenceRow) return population.isReference;
    if (table === '5' && mode === 'corrected' && row.population === undefined)
      return !population.isReference && population.condition === BASE;
    if (mode === 'published' && leavesReferenceOut && population.isReference) return false;
    return label !== null && isShownAs(population, String(label), mode);
  };
  const populations = new Set<string>();
  const models = new Set<string | null>();
  const groups = new Set<number>();
  for (const one of answered?.administrations ?? []) {
    if ((model === null || one.model.label === model) && isWanted(one.population)) {
      populations.add(one.population.population);
      models.add(one.model.modelId);
      groups.add(one.groupId);
    }
  }
  const isMixedLanguages = sameSlug.length > 1;
  const needsList = mode === 'corrected' || isMixedLanguages;
  return {
    answered,
    joins: needsList ? [`join ${relation(study, 'experiments_list')} e using (experiment_id)`] : [],
    conditions: [
      `a.questionnaire = ${literal(slug)}`,
      ...(model === null || models.size === 0 ? [] : [modelIs([...models][0] ?? null)]),
      isOneOf('a.population', [...populations]),
      groups.size === 0 ? 'false' : `a.experiments_group_id in (${[...groups].sort((a, b) => a - b).join(', ')})`,
      ...(mode === 'corrected' ? ['e.succeeded'] : []),
      ...(isMixedLanguages && answered !== null ? [languageIs(answered.questionnaire.language)] : []),
    ],
  };
}

/** Published tables show the reference population as Base; corrected ones by its name, and name populations that would look alike. */
function isShownAs({ population, display, isReference }: StudyPopulation, label: string, mode: Table['mode']): boolean {
  if (mode === 'published') return display === label;
  const plain = isReference ? population : display;
  return plain === label || `${plain} (${population})` === label;
}

function countItems({ questionnaire }: Answered, scale: string): number {
  return questionnaire.items.filter((item) => item.scale === scale).length;
}

/** By the provider's id: labels are for readers. A group has one model, so groups tell apart those that share an id. */
function modelIs(modelId: string | null): string {
  return modelId === null ? 'a.model is null' : `a.model = ${literal(modelId)}`;
}

function languageIs(language: string): string {
  const spellings = language === 'en' ? ['en', 'english'] : [language];
  return `coalesce(e.language_questionnaire, 'en') in (${spellings.map(literal).join(', ')})`;
}

function where(conditions: readonly string[]): string[] {
  return conditions.map((condition, index) => `${index === 0 ? 'where' : '  and'} ${condition}`);
}

function isOneOf(column: string, values: readonly string[]): string {
  if (values.length === 0) return 'false';
  return values.length === 1 ? `${column} = ${literal(values[0])}` : `${column} in (${values.map(literal).join(', ')})`;
}

function relation({ schema }: StudyData, name: string): string {
  return `"${schema.replaceAll('"', '""')}".${name}`;
}

/** A string constant, whatever it holds: with `standard_conforming_strings`, the default, only the quote is special. */
function literal(value: Cell | undefined): string {
  return `'${String(value).replaceAll("'", "''")}'`;
}
