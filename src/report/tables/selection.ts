/**
 * What is behind the cells of tables: the SQL that yields the rows that a cell was computed from,
 * readable and runnable in psql, and the lists of the same administrations.
 */

import { combinationsOf } from '../../analysis/combinations.ts';
import { metricsOf, PARTITIONS } from '../../analysis/corrected/demographic-categories.ts';
import type {
  Answered,
  StudyData,
  StudyPopulation,
  StudyQuestionnaire,
  StudyScale,
  TabulatedField,
} from '../../analysis/data.ts';
import { CALLED_ON } from '../../analysis/recorded.ts';
import { columnsOfScale } from '../../analysis/scores.ts';
import type { Mode } from '../../analysis/table.ts';
import { nameForm } from '../../instruments/form.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import {
  type Behind,
  behind,
  type Chosen,
  conditionsOf,
  type Holding,
  isOneOf,
  listOf,
  literal,
  NOT_ADMINISTRATIONS,
} from './chosen.ts';

type IsWanted = (population: StudyPopulation) => boolean;

/**
 * Published tables show the reference population as Base; corrected ones by its name, and name
 * populations that would look alike.
 */
export function isShownAs(label: string | null, mode: Mode): IsWanted {
  return ({ population, display, isReference }) => {
    if (mode === 'published') return display === label;
    const plain = isReference ? population : display;
    return plain === label || `${plain} (${population})` === label;
  };
}

/** Personas of one model and condition, with what one demographic field holds of them. */
export function personasOf(
  study: StudyData,
  {
    mode,
    model,
    condition,
    metric,
    lastDraw,
  }: {
    readonly mode: Mode;
    readonly model: string;
    readonly condition: string;
    readonly metric: string;
    /** Draws 1 to this one count. */
    readonly lastDraw: number;
  },
): Behind {
  const field = fieldOf(metric);
  const { personas } = study;
  const isWanted = isShownAs(condition, mode);
  const groups = personas.groups.flatMap((group, index) =>
    group.model.label === model && isWanted(group.population)
      ? [{ population: group.population, index }]
      : [],
  );
  const names = [...new Set(groups.map(({ population }) => population.population))];
  const isShared = personas.groups.some(
    (group) => group.model.label !== model && names.includes(group.population.population),
  );
  const own = new Set(groups.map(({ index }) => index));
  const statement = [
    `select p.id, p.ref_personality_id, p.repetitions, p.${field}, p.${field}_original`,
    `from ${relation(study, 'personas')} p`,
    `where ${isOneOf('p.population', names)}`,
    // The model that tables show is not in the database: where two models wrote personas of one
    // population, their ids distinguish them.
    ...(isShared ? [`  and (${rangesOf(study, own, names).join(' or ')})`] : []),
    '  and p.word_count_description is not null',
    mode === 'published'
      ? `  and p.repetitions <= ${lastDraw}`
      : `  and coalesce(p.repetitions, 1) <= ${lastDraw}`,
    `order by p.${field}, p.ref_personality_id, p.repetitions, p.id`,
  ].join('\n');
  return behind(statement, [], NOT_ADMINISTRATIONS.personas);
}

function fieldOf(metric: string): TabulatedField {
  const found = PARTITIONS.find((partition) => metricsOf(partition).includes(metric));
  // Every published metric is one of the partition's too.
  return found!.field;
}

/**
 * Ids of the personas of some groups as ranges that hold no other persona of the same populations.
 */
function rangesOf(
  { personas }: StudyData,
  wanted: ReadonlySet<number>,
  populations: readonly string[],
): string[] {
  const rivals = new Set(
    personas.groups.flatMap(({ population }, index) =>
      populations.includes(population.population) ? [index] : [],
    ),
  );
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

/**
 * One scale of the reference or the random sheets, or all of them (null), beside the reference sheets where these are
 * compared with.
 */
export function sheetsOf(
  kind: 'reference' | 'random',
  scale: string | null,
  study: StudyData,
  against?: 'reference',
): Behind {
  const { isPublished, questionnaire } = study.reference;
  const columns = isPublished
    ? 's.personality_id, s.question_number, s.question, s.category, s.key, s.answer, (s.answer = s.key)::int as eval'
    : 's.personality_id, s.question_number, s.answer';
  const chosen = isPublished
    ? [scale === null ? 's.category is not null' : `s.category = ${literal(scale)}`]
    : [`s.kind = ${literal(kind)}`, ...(scale === null ? [] : [isItemOf(questionnaire, scale)])];
  const statement = [
    `select ${columns}${against === undefined ? '' : ', r.answer as sheet_answer'}`,
    `from ${relation(study, isPublished ? `${kind}_questionnaires` : 'sheet_answers')} s`,
    ...(against === undefined ? [] : joinReference(study, 's')),
    ...where(chosen),
    'order by s.personality_id, s.question_number',
  ].join('\n');
  return behind(statement, [], NOT_ADMINISTRATIONS.sheets);
}

/** All answers of the reference or the random sheets. */
export function allSheetAnswersOf(kind: 'reference' | 'random', study: StudyData): Behind {
  const { isPublished } = study.reference;
  const statement = [
    'select s.personality_id, s.question_number, s.answer',
    `from ${relation(study, isPublished ? `${kind}_questionnaires` : 'sheet_answers')} s`,
    ...where(isPublished ? [] : [`s.kind = ${literal(kind)}`]),
    'order by s.personality_id, s.question_number',
  ].join('\n');
  return behind(statement, [], NOT_ADMINISTRATIONS.sheets);
}

function isItemOf(questionnaire: StudyQuestionnaire, id: string): string {
  const scale = questionnaire.scales.find((one) => one.id === id);
  const columns = scale === undefined ? [] : columnsOfScale(questionnaire, scale);
  const numbers = columns.map(({ column }) => questionnaire.items[column]!.number);
  return numbers.length === 0 ? 'false' : `s.question_number in (${numbers.join(', ')})`;
}

/** The reference sheets `r` beside answers. */
function joinReference(study: StudyData, answers: string): string[] {
  const { isPublished } = study.reference;
  const kind = isPublished ? '' : ` and r.kind = 'reference'`;
  return [
    `left join ${relation(study, isPublished ? 'reference_questionnaires' : 'sheet_answers')} r`,
    `  on r.personality_id = ${answers}.personality_id and r.question_number = ${answers}.question_number${kind}`,
  ];
}

/** Which answers a row is made of. */
export interface AnswerChoice {
  readonly mode: Mode;
  /** As tables call it: `StudyQuestionnaire.label`. */
  readonly instrument: string;
  /** Who answered; null for every model. */
  readonly model: string | null;
  readonly isWanted: IsWanted;
}

/** The answers on one scale, with those of the sheets where the row compares them. */
export function answersOf(
  study: StudyData,
  choice: AnswerChoice,
  {
    scale,
    withSheets,
    incomplete,
    of,
  }: {
    readonly scale: string;
    readonly withSheets: boolean;
    /** Administrations that the row left out. */
    readonly incomplete: number;
    /** What the row is computed from: points on every item, or scores, which may lack some. */
    readonly of: 'items' | 'scores';
  },
): Behind {
  const selection = select(study, choice);
  const { chosen } = selection;
  const rule = selection.answered && ruleOf(selection.answered, scale);
  const hasAll = of === 'scores' || rule === null || (rule.mostMissing === 0 && !rule.isOfParts);
  const answers = (statement: string) =>
    choice.mode === 'corrected' && incomplete > 0 && !hasAll
      ? behind(statement, [], ONLY_COMPLETE)
      : behind(statement, listOf(chosen, holdingOf(choice, scale, incomplete)));
  if (rule !== null && !(rule.isPublished && (of === 'items' || rule.mostMissing === 0)))
    return answers(weightedAnswersOf(study, choice, { scale, rule, incomplete, of }));
  const sheets = withSheets ? joinReference(study, 'a') : [];
  const isCut = choice.mode === 'corrected' && incomplete > 0;
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
  if (!isCut) return answers([...lines, order('a')].join('\n'));
  const items = selection.answered === null ? 0 : countItems(selection.answered, scale);
  return answers(
    [
      'select * from (',
      ...lines.map((line) => `  ${line}`),
      `) complete where complete.answered = ${items}`,
      order('complete'),
    ].join('\n'),
  );
}

const ONLY_COMPLETE =
  'Administrations with an answer to every item count, though the scale has a score with fewer; no filter asks for that.';

/** Published code takes whatever has answers; a score needs as many answers as the scale asks. */
function holdingOf(
  { mode }: Pick<AnswerChoice, 'mode'>,
  scale: string,
  incomplete: number,
): Holding {
  return { what: mode === 'published' ? 'answers' : incomplete > 0 ? 'score' : null, scale };
}

const ANY_ANSWER: Holding = { what: 'answers', scale: null };

/** The answers to all items that are on some scale. */
export function allAnswersOf(study: StudyData, choice: AnswerChoice): Behind {
  const { joins, conditions, chosen } = select(study, choice);
  const statement = [
    'select a.*',
    `from ${relation(study, 'scored_answers')} a`,
    ...joins,
    ...where([...conditions, 'a.category is not null']),
    'order by a.personality_id, a.experiment_id, a.question_number',
  ].join('\n');
  return behind(statement, listOf(chosen, ANY_ANSWER));
}

interface Rule {
  /** Scales that the items are on: the scale itself, or the parts it is made of in the end. */
  readonly leaves: readonly string[];
  readonly items: number;
  readonly mostMissing: number;
  /** Whether it is a scale of scales. */
  readonly isOfParts: boolean;
  /** Whether the published columns `category` and `eval` say the same of it. */
  readonly isPublished: boolean;
}

/** Null for a scale that the form does not have. */
function ruleOf({ questionnaire, points }: Answered, scale: string): Rule | null {
  const { items, scales } = questionnaire;
  const found = scales.find(({ id }) => id === scale);
  if (found === undefined) return null;
  const leavesOf = ({ id, parts }: StudyScale): readonly string[] =>
    parts.length === 0
      ? [id]
      : parts.flatMap((part) => leavesOf(scales.find((one) => one.id === part.scale)!));
  const { members, mostMissing } = found;
  return {
    leaves: [...new Set(leavesOf(found))],
    items: columnsOfScale(questionnaire, found).length,
    mostMissing,
    isOfParts: found.parts.length > 0,
    // The published column holds whole numbers alone.
    isPublished:
      !(points instanceof Float64Array) &&
      members.length === items.filter((item) => item.scale === scale).length &&
      members.every(
        ({ column, weight }) => items[column]!.scale === scale && Math.abs(weight) === 1,
      ),
  };
}

/** The answers on a scale whose weights or rule the published columns do not know. */
function weightedAnswersOf(
  study: StudyData,
  choice: AnswerChoice,
  {
    scale,
    rule,
    incomplete,
    of,
  }: {
    readonly scale: string;
    readonly rule: Rule;
    readonly incomplete: number;
    readonly of: 'items' | 'scores';
  },
): string {
  const { conditions } = select(study, choice, 'e');
  const isScored = `a.experiment_id in (select experiment_id from ${relation(study, 'scores')} where scale = ${literal(scale)} and score is not null)`;
  const isCut = incomplete > 0 && of === 'items';
  const count = 'count(a.counts) over (partition by a.experiment_id) as answered';
  const lines = [
    `select e.personality_id, a.*${isCut ? `, ${count}` : ''}`,
    `from ${relation(study, 'scored_scale_items')} a`,
    `join ${relation(study, 'experiments_list')} e using (experiment_id)`,
    ...where([
      ...conditions,
      isOneOf('a.scale', rule.leaves),
      ...(incomplete > 0 && of === 'scores' ? [isScored] : []),
    ]),
  ];
  const order = 'order by personality_id, experiment_id, scale, question_number';
  return isCut
    ? [
        'select * from (',
        ...lines.map((line) => `  ${line}`),
        `) complete where complete.answered = ${rule.items}`,
        order,
      ].join('\n')
    : [...lines, order].join('\n');
}

/** What became of one item in the administrations that succeeded, for a row of a corrected table. */
export function itemAnswersOf(
  study: StudyData,
  {
    instrument,
    model,
    population,
    item,
  }: Readonly<Record<'instrument' | 'model' | 'population' | 'item', string>>,
): Behind {
  const isWanted = isShownAs(population, 'corrected');
  const choice = { mode: 'corrected', instrument, model, isWanted } as const;
  const { answered, conditions, chosen } = select(study, choice, 'e');
  const number = answered?.questionnaire.items.find(({ id }) => id === item)?.number ?? null;
  const joined = (table: string, alias: string) =>
    `left join ${relation(study, table)} ${alias} on ${alias}.experiment_id = e.experiment_id and ${alias}.question_number = ${number}`;
  const statement = [
    'select e.personality_id, e.experiment_id, a.answer, s.state, s.quantity',
    `from ${relation(study, 'experiments_list')} e`,
    joined('eval_questionnaires', 'a'),
    joined('item_states', 's'),
    ...where(conditions),
    'order by a.answer, s.state, e.personality_id, e.experiment_id',
  ].join('\n');
  return behind(statement, listOf(chosen));
}

/** All raw answers of the administrations that succeeded, and the order of items where it varied. */
export function rawAnswersOf(study: StudyData, choice: AnswerChoice): Behind {
  const { conditions, chosen } = select(study, choice, 'e');
  const statement = [
    'select e.personality_id, a.experiment_id, a.question_number, a.answer, d.item_order',
    `from ${relation(study, 'eval_questionnaires')} a`,
    `join ${relation(study, 'experiments_list')} e using (experiment_id)`,
    `left join ${relation(study, 'experiment_details')} d using (experiment_id)`,
    ...where(conditions),
    'order by e.personality_id, a.experiment_id, a.question_number',
  ].join('\n');
  return behind(statement, listOf(chosen, ANY_ANSWER));
}

/** How every administration of a model and population ended, whether or not it has answers. */
export function endingsOf(study: StudyData, choice: Omit<AnswerChoice, 'mode'>): Behind {
  // In this mode nothing is left out.
  const { conditions, chosen } = select(study, { ...choice, mode: 'published' }, 'e');
  const statement = [
    'select e.personality_id, e.experiment_id, e.succeeded, d.last_outcome, d.last_kind, d.last_reason',
    `from ${relation(study, 'experiments_list')} e`,
    `left join ${relation(study, 'experiment_details')} d using (experiment_id)`,
    ...where(conditions),
    'order by e.personality_id, e.experiment_id',
  ].join('\n');
  return behind(statement, listOf(chosen));
}

/** Which administrations of an instrument, all of its forms, and what is read of each. */
export interface FactorChoice {
  readonly slug: string;
  readonly groups: readonly number[];
  /** Null where no population is left out. */
  readonly populations: readonly string[] | null;
  /** An own column of the personas, and which of its values. */
  readonly column: { readonly name: string; readonly values: readonly string[] } | null;
  /** What calls record, and which of its values. */
  readonly recorded: { readonly name: string; readonly values: readonly string[] } | null;
  readonly of: { readonly scale: string } | { readonly item: number } | 'outcome';
}

/** Administrations with one value each, from which levels of a factor are compared. */
export function factorValuesOf(
  study: StudyData,
  { slug, groups, populations, column, recorded, of }: FactorChoice,
): Behind {
  const chosen: Chosen = {
    questionnaire: slug,
    ...{ groups, populations, column, language: null },
    isSucceeded: of !== 'outcome',
  };
  const values =
    of === 'outcome'
      ? ['e.succeeded, d.last_outcome', '']
      : 'scale' in of
        ? [
            's.score',
            `join ${relation(study, 'scores')} s on s.experiment_id = e.experiment_id and s.scale = ${literal(of.scale)} and s.score is not null`,
          ]
        : [
            'a.answer, i.state, i.quantity',
            ['eval_questionnaires a', 'item_states i']
              .map((table) => {
                const [name, alias] = table.split(' ') as [string, string];
                return `left join ${relation(study, name)} ${alias} on ${alias}.experiment_id = e.experiment_id and ${alias}.question_number = ${of.item}`;
              })
              .join('\n'),
          ];
  const statement = [
    `select e.personality_id, e.experiment_id, e.model, e.population${column === null ? '' : ', c.value as level'}, ${values[0]}`,
    `from ${relation(study, 'experiments_list')} e`,
    `left join ${relation(study, 'experiment_details')} d on d.experiment_id = e.experiment_id`,
    ...(column === null
      ? []
      : [
          `join ${relation(study, 'persona_columns')} c on c.persona_id = d.persona_id and c.name = ${literal(column.name)}`,
        ]),
    ...(values[1] === '' ? [] : [values[1]!]),
    ...where([
      ...conditionsOf(chosen, 'e'),
      ...(column === null ? [] : [isOneOf('c.value', column.values)]),
      ...(recorded === null ? [] : [isOneOf(recordedOf(study, recorded.name), recorded.values)]),
    ]),
    'order by e.personality_id, e.experiment_id',
  ].join('\n');
  if (recorded !== null) return behind(statement, [], ONLY_RECORDED);
  const scale = of !== 'outcome' && 'scale' in of ? of.scale : null;
  return behind(statement, listOf(chosen, { what: scale === null ? null : 'score', scale }));
}

const ONLY_RECORDED =
  'The level was recorded with each call, and no filter asks for what calls recorded.';

/** The version of the model that served the calls of an experiment, or their day. */
function recordedOf(study: StudyData, name: string): string {
  const value =
    name === CALLED_ON
      ? `to_char(max(m.created), 'YYYY-MM-DD')`
      : `string_agg(distinct m.request_metadata->>${literal(name)}, ', ')`;
  return `(select ${value} from ${relation(study, 'experiment_request_metadata')} m where m.experiment_id = e.experiment_id)`;
}

/** One row for each personality, with its scores on two scales. */
export function scoresBesideOf(
  study: StudyData,
  choice: Omit<AnswerChoice, 'instrument'>,
  sides: readonly { readonly instrument: string; readonly scale: string }[],
): Behind {
  const chosen = sides.map(({ instrument }) => select(study, { ...choice, instrument }, 'e'));
  const parts = sides.map(({ scale }, index) => {
    const { conditions } = chosen[index]!;
    return [
      `score_${index + 1} as (`,
      '  select e.personality_id, avg(s.score) as score',
      `  from ${relation(study, 'scores')} s join ${relation(study, 'experiments_list')} e using (experiment_id)`,
      ...where([...conditions, `s.scale = ${literal(scale)}`, 's.score is not null']).map(
        (line) => `  ${line}`,
      ),
      '  group by e.personality_id)',
    ].join('\n');
  });
  const statement = [
    `with ${parts.join(',\n')}`,
    'select personality_id, score_1.score as score_1, score_2.score as score_2',
    'from score_1 join score_2 using (personality_id)',
    'order by personality_id',
  ].join('\n');
  const lists = sides.flatMap(({ instrument, scale }, index) =>
    listOf(chosen[index]!.chosen, { what: 'score', scale }, `${instrument}, ${scale}`),
  );
  return behind(statement, lists, lists.length === 0 ? null : ONLY_OF_BOTH);
}

const ONLY_OF_BOTH =
  'Only personalities with a score on both sides count; the lists hold those with one as well.';

/** Every score on a scale, in whichever form it was asked, with what was repeated. */
export function measurementsOf(study: StudyData, choice: AnswerChoice, scale: string): Behind {
  const chosen = ofAllForms(study, choice);
  const statement = [
    'select e.personality_id, d.persona_id, coalesce(g.draw, p.repetitions) as draw, e.experiments_group_id, e.repeated, s.score',
    `from ${relation(study, 'scores')} s`,
    ...joinRepetitions(study),
    ...where([...conditionsOf(chosen, 'e'), `s.scale = ${literal(scale)}`, 's.score is not null']),
    'order by e.personality_id, d.persona_id, e.experiments_group_id, e.repeated',
  ].join('\n');
  return behind(statement, listOf(chosen, { what: 'score', scale }));
}

/** Every answer to the items of a scale, in whichever form they were asked. */
export function repeatedAnswersOf(
  study: StudyData,
  choice: AnswerChoice,
  items: readonly number[],
): Behind {
  const chosen = ofAllForms(study, choice);
  const statement = [
    'select e.personality_id, d.persona_id, s.question_number, e.experiments_group_id, e.repeated, s.answer',
    `from ${relation(study, 'eval_questionnaires')} s`,
    ...joinRepetitions(study),
    ...where([
      ...conditionsOf(chosen, 'e'),
      items.length === 0 ? 'false' : `s.question_number in (${items.join(', ')})`,
    ]),
    'order by s.question_number, e.personality_id, d.persona_id, e.experiments_group_id, e.repeated',
  ].join('\n');
  return behind(statement, listOf(chosen, ANY_ANSWER));
}

function joinRepetitions(study: StudyData): string[] {
  return [
    `join ${relation(study, 'experiments_list')} e using (experiment_id)`,
    `left join ${relation(study, 'experiment_details')} d using (experiment_id)`,
    `left join ${relation(study, 'personas')} p on p.id = d.persona_id`,
    `left join ${relation(study, 'generations')} g on g.persona_id = d.persona_id`,
  ];
}

/** Whichever form of the instrument it was. */
function ofAllForms(study: StudyData, { instrument, model, isWanted }: AnswerChoice): Chosen {
  const names = ({ questionnaire }: Answered) => [
    questionnaire.label,
    questionnaire.slug,
    nameForm(questionnaire),
  ];
  const slug =
    study.answered.find((one) => names(one).includes(instrument))?.questionnaire.slug ?? instrument;
  const own = study.answered
    .filter(({ questionnaire }) => questionnaire.slug === slug)
    .flatMap(({ administrations }) => combinationsOf(administrations))
    .filter((one) => (model === null || one.model.label === model) && isWanted(one.population));
  return {
    questionnaire: slug,
    groups: [...new Set(own.map(({ groupId }) => groupId))],
    populations: [...new Set(own.map(({ population }) => population.population))],
    language: null,
    column: null,
    isSucceeded: true,
  };
}

/** All scores behind a row of two ways to measure, one row for each personality and scale. */
export function scoresByScaleOf(
  study: StudyData,
  choices: readonly Omit<AnswerChoice, 'mode'>[],
): Behind {
  const sides = choices.map((choice) => select(study, { ...choice, mode: 'corrected' }, 'e'));
  const parts = choices.map(({ instrument, model }, index) => {
    const { conditions } = sides[index]!;
    return [
      `select ${literal(model ?? '')} as model, ${literal(instrument)} as instrument, e.personality_id, s.scale, avg(s.score) as score`,
      `from ${relation(study, 'scores')} s join ${relation(study, 'experiments_list')} e using (experiment_id)`,
      ...where([...conditions, 's.score is not null']),
      'group by e.personality_id, s.scale',
    ].join('\n');
  });
  const lists = choices.flatMap(({ instrument, model }, index) =>
    listOf(
      sides[index]!.chosen,
      { what: 'score', scale: null },
      choices.length === 1 ? null : `${model ?? 'all models'}, ${instrument}`,
    ),
  );
  return behind(parts.join('\nunion all\n'), lists);
}

/**
 * One row for each personality, with its score on a scale of the sheets' instrument and on one of
 * another.
 */
export function scorePairsOf(
  study: StudyData,
  choice: AnswerChoice,
  { own, other }: { readonly own: string; readonly other: string },
): Behind {
  const sides = [
    { instrument: SHEET_INSTRUMENT, scale: own, as: 'own' },
    { instrument: choice.instrument, scale: other, as: 'other' },
  ];
  const selected = sides.map(({ instrument }) => select(study, { ...choice, instrument }));
  const parts = sides.map(({ scale, as }, index) => {
    const { conditions, joins, answered } = selected[index]!;
    const isComplete = choice.mode === 'corrected' && answered !== null;
    const complete = isComplete ? ` having count(a.eval) = ${countItems(answered, scale)}` : '';
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
  const statement = [
    `with ${parts.join(',\n')}`,
    'select personality_id, own.score as epqra_score, other.score as bigfive_score',
    'from own join other using (personality_id)',
    'order by personality_id',
  ].join('\n');
  const what = choice.mode === 'published' ? 'answers' : 'score';
  const lists = sides.flatMap(({ instrument, scale }, index) =>
    listOf(selected[index]!.chosen, { what, scale }, `${instrument}, ${scale}`),
  );
  return behind(statement, lists, lists.length === 0 ? null : ONLY_OF_BOTH);
}

interface AnswerSelection {
  readonly chosen: Chosen;
  readonly conditions: readonly string[];
  readonly joins: readonly string[];
  /** Null where the study holds no answers to the instrument. */
  readonly answered: Answered | null;
}

/** @param of alias of the relation with the columns of an experiment */
function select(
  study: StudyData,
  { mode, instrument, model, isWanted }: AnswerChoice,
  of: 'a' | 'e' = 'a',
): AnswerSelection {
  // The correlated instrument may have been given in another language or form than the sheets'.
  const answered =
    study.answered.find(({ questionnaire }) => questionnaire.label === instrument) ??
    study.answered.find(({ questionnaire }) => questionnaire.slug === instrument) ??
    null;
  const slug = answered?.questionnaire.slug ?? instrument;
  const sameSlug = study.answered.filter(({ questionnaire }) => questionnaire.slug === slug);
  const populations = new Set<string>();
  const models = new Set<string | null>();
  const groups = new Set<number>();
  for (const one of combinationsOf(answered?.administrations ?? [])) {
    if ((model === null || one.model.label === model) && isWanted(one.population)) {
      populations.add(one.population.population);
      models.add(one.model.modelId);
      groups.add(one.groupId);
    }
  }
  const isMixedLanguages = sameSlug.length > 1;
  const needsList = mode === 'corrected' || isMixedLanguages;
  const chosen: Chosen = {
    questionnaire: slug,
    groups: [...groups],
    populations: [...populations],
    ...(model === null || models.size === 0 ? {} : { model: { id: [...models][0] ?? null } }),
    language: isMixedLanguages && answered !== null ? answered.questionnaire.language : null,
    column: null,
    isSucceeded: mode === 'corrected',
  };
  return {
    ...{ answered, chosen },
    joins: needsList ? [`join ${relation(study, 'experiments_list')} e using (experiment_id)`] : [],
    conditions: conditionsOf(chosen, of),
  };
}

function countItems({ questionnaire }: Answered, scale: string): number {
  return questionnaire.items.filter((item) => item.scale === scale).length;
}

function where(conditions: readonly string[]): string[] {
  return conditions.map((condition, index) => `${index === 0 ? 'where' : '  and'} ${condition}`);
}

function relation({ schema }: StudyData, name: string): string {
  return `"${schema.replaceAll('"', '""')}".${name}`;
}
