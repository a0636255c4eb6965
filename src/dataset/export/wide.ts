/**
 * One row for each experiment, one column for each item and scale: the shape that R, SPSS and
 * spreadsheets want. A file holds all languages and forms of one slug, which the columns
 * `language`, `form` and `administration` tell apart; items are the same column by their id.
 */
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { parseInstrument } from '../../instruments/load.ts';
import type { Item, Scale, ScoreRule } from '../../instruments/structure.ts';
import type { Value } from './export-store.ts';
import type { Column } from './formats.ts';
import {
  experimentsOf,
  questionnairesOf,
  type WideExperiment,
  type WideItem,
  type WideQuestionnaire,
} from './wide-store.ts';

export interface WideTable {
  /** Of the questionnaire. */
  readonly slug: string;
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** Rows of the codebook, its header first. */
  readonly codebook: readonly (readonly (string | number | null)[])[];
  rows(): AsyncGenerator<Readonly<Record<string, Value>>[]>;
}

type Values = Readonly<Record<string, string>>;

/**
 * Column, type and meaning of what every wide file begins with, and the meaning of each value where
 * there are few.
 */
export const ABOUT: readonly (readonly [Column['name'], Column['type'], string, Values | null])[] =
  [
    ['experiment_id', 'integer', 'the administration: one persona, one questionnaire, once', null],
    ['group', 'integer', 'experiments registered together (experiments_group_id)', null],
    ['model', 'string', "the provider's id of the model", null],
    ['label', 'string', 'how the model is shown', null],
    ['provider', 'string', 'who serves the model', null],
    ['population', 'string', 'the population that the persona belongs to', null],
    [
      'condition',
      'string',
      'condition under which the personas were written (population_display); empty for the reference population',
      null,
    ],
    [
      'answers_as',
      'string',
      'as whom the model answered',
      {
        persona: 'a persona that was written for the study',
        reference: 'the reference population itself, which is not a condition of the study',
      },
    ],
    ['personality_id', 'integer', 'the reference sheet that the persona was written from', null],
    ['persona_id', 'integer', 'the persona, where it is known', null],
    [
      'draw',
      'integer',
      'which of several personas written from one sheet; empty where this program did not write the persona',
      null,
    ],
    ['repeated', 'integer', 'which administration of the same persona', null],
    ['language', 'string', 'language of the questionnaire', null],
    [
      'form',
      'string',
      'hash of the wording and of everything that varies how it was asked; empty where the wording is not recorded',
      null,
    ],
    [
      'administration',
      'string',
      'settings of the administration that are not the published ones, as a JSON object; empty where none is',
      null,
    ],
    ['temperature', 'double', 'temperature that was sent; empty where none was', null],
    ['top_p', 'double', 'top_p that was sent; empty where none was', null],
    [
      'parameters',
      'string',
      'what else was sent, as a JSON object: max_tokens, and further parameters by their names; empty where it is not recorded',
      null,
    ],
    [
      'model_served',
      'string',
      'the model that the provider says has answered; several, separated by commas, where calls were answered by several',
      null,
    ],
    ['called_on', 'string', 'day of the last call, in UTC, as YYYY-MM-DD', null],
    [
      'succeeded',
      'boolean',
      'whether the administration succeeded; empty while it is pending',
      { t: 'it was answered', f: 'it was closed without an answer' },
    ],
    [
      'partial',
      'boolean',
      'whether it succeeded with items missing, as the rules of the scales allow',
      { t: 'some item has no answer', f: 'every item has one' },
    ],
    [
      'outcome',
      'string',
      'how the administration ended so far; empty when it was not asked yet',
      {
        answered: 'all items were answered',
        refused: 'the model, or a filter of its provider, declined',
        truncated: 'the reply ended at the limit of tokens',
        unparseable: 'no answers were found in the reply',
        invalid: 'items were missing, off the scale or answered twice',
        failed: 'no reply came',
      },
    ],
    ['attempts', 'integer', 'how often it was asked; empty where that is not known', null],
    [
      'data_origin',
      'string',
      'where the answers came from',
      {
        model: 'this program asked a model',
        simulated: 'a simulated model answered, which is not evidence about any real model',
        imported: 'the rows were imported',
      },
    ],
    ['answered', 'integer', 'number of items that are answered, not counting missing codes', null],
  ];

/** Columns of a codebook. */
export const CODEBOOK = [
  'column',
  'description',
  'type',
  'values',
  'scale',
  'key',
  'text',
  'id',
  'missing',
  'weights',
  'norms',
];

export async function wideTables(session: Session, database: Database): Promise<WideTable[]> {
  const names = new Set<string>();
  return (await questionnairesOf(session, database)).map((questionnaire) => {
    const { slug } = questionnaire;
    const name = freeName(`answers_wide_${slug.replaceAll(/[^\w-]+/g, '_').slice(0, 60)}`, names);
    const shape = shapeOf(questionnaire);
    return {
      slug,
      name,
      columns: [
        ...ABOUT.map(([column, type]) => ({ name: column, type })),
        ...[...shape.factors, ...shape.personaColumns].map(
          ({ column }): Column => ({ name: column, type: 'string' }),
        ),
        ...shape.items.flatMap(({ column, type }): Column[] => [
          { name: column, type },
          ...(questionnaire.hasProbabilities
            ? MOMENTS.map(([moment]): Column => ({ name: `${column}_${moment}`, type: 'double' }))
            : []),
        ]),
        ...shape.scores.map(({ column }): Column => ({ name: column, type: 'double' })),
      ],
      codebook: codebookOf(shape, questionnaire),
      async *rows() {
        for await (const page of experimentsOf(session, database, slug))
          yield page.map((experiment) => wideRow(experiment, shape, questionnaire));
      },
    };
  });
}

/** Names that differ in nothing but what a file name cannot hold. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${wanted}_${number}`;
  taken.add(name.toLowerCase());
  return name;
}

/** What is told of an answer as probabilities, besides the answer. */
const MOMENTS = [
  ['expected', 'expected points of the answer to'],
  ['sd', 'standard deviation of the points of the answer to'],
  ['entropy', 'entropy, in nats, of the probabilities of the answers to'],
] as const;

interface ItemShape {
  readonly column: string;
  readonly type: 'integer' | 'double' | 'string';
  readonly id: string;
  readonly number: number;
  /** Null where no wording has it. */
  readonly item: Item | null;
  readonly instrument: Instrument | null;
  readonly published: WideItem | null;
}

/** The columns of a file, and what they come from. */
interface Shape {
  readonly factors: readonly NamedColumn[];
  readonly personaColumns: readonly NamedColumn[];
  readonly items: readonly ItemShape[];
  readonly scores: readonly {
    readonly column: string;
    readonly id: string;
    readonly scale: Scale | null;
    readonly instrument: Instrument | null;
  }[];
  /** Id of an item by its number in a wording. */
  readonly idOf: (wording: string | null, number: number) => string;
}

interface NamedColumn {
  readonly column: string;
  readonly name: string;
}

function shapeOf({
  slug,
  wordings,
  items,
  scales,
  factors,
  personaColumns,
}: WideQuestionnaire): Shape {
  const instruments = new Map(
    wordings.map(({ sha256, definition }) => [sha256, parseInstrument(definition, slug)]),
  );
  const [first] = instruments.values();
  const idOf = (wording: string | null, number: number) =>
    ((wording === null ? undefined : instruments.get(wording)) ?? first)?.items[number - 1]?.id ??
    String(number);
  const found = new Map<string, Omit<ItemShape, 'column'>>();
  for (const instrument of instruments.values()) {
    for (const item of instrument.items) {
      if (found.has(item.id)) continue;
      const { id, number } = item;
      const published = items.find((one) => one.number === number) ?? null;
      found.set(id, { type: typeOf(item), id, number, item, instrument, published });
    }
  }
  for (const published of items) {
    const id = idOf(null, published.number);
    if (found.has(id)) continue;
    const { number } = published;
    found.set(id, { type: 'integer', id, number, item: null, instrument: null, published });
  }
  const sorted = [...found.values()].sort((a, b) => a.number - b.number);
  const digits = Math.max(2, String(sorted.at(-1)?.number ?? 0).length);
  const taken = new Set(ABOUT.map(([column]) => column));
  const ids = new Set([
    ...scales,
    ...[...instruments.values()].flatMap((one) => one.scales.map(({ id }) => id)),
    ...(first === undefined ? items.flatMap(({ scale }) => scale ?? []) : []),
  ]);
  return {
    factors: factors.map((name) => ({ name, column: freeName(`factor_${name}`, taken) })),
    personaColumns: personaColumns.map((name) => ({
      name,
      column: freeName(`persona_${name}`, taken),
    })),
    items: sorted.map((one) => ({ ...one, column: freeName(nameOf(one, digits), taken) })),
    scores: [...ids].sort().map((id) => {
      const instrument =
        [...instruments.values()].find((one) => one.scales.some((scale) => scale.id === id)) ??
        null;
      const scale = instrument?.scales.find((one) => one.id === id) ?? null;
      return { id, scale, instrument, column: freeName(`score_${id}`, taken) };
    }),
    idOf,
  };
}

function typeOf({ quantity, openCharacters }: Item): ItemShape['type'] {
  return openCharacters !== null ? 'string' : quantity !== null ? 'double' : 'integer';
}

/** Files of format 1 have no ids but numbers. */
function nameOf({ id, number }: Pick<ItemShape, 'id' | 'number'>, digits: number): string {
  return id === String(number) ? `item_${id.padStart(digits, '0')}` : id;
}

function wideRow(
  experiment: WideExperiment,
  shape: Shape,
  { hasProbabilities }: WideQuestionnaire,
): Record<string, Value> {
  const { answers, scores, factors, personaColumns, wording, ...about } = experiment;
  const given = new Map(
    [...answers].map(([number, answer]) => [shape.idOf(wording, number), answer]),
  );
  const row: Record<string, Value> = { ...about, answered: 0 };
  let answered = 0;
  for (const { name, column } of shape.factors) row[column] = factors.get(name) ?? null;
  for (const { name, column } of shape.personaColumns)
    row[column] = personaColumns.get(name) ?? null;
  for (const { id, column, item } of shape.items) {
    const answer = given.get(id);
    row[column] = answer?.value ?? null;
    const hasAnswer = typeof answer?.value === 'number' || typeof answer?.value === 'string';
    if ((hasAnswer && !isMissingCode(item, answer.value)) || answer?.expected != null) answered++;
    if (!hasProbabilities) continue;
    for (const [moment] of MOMENTS) row[`${column}_${moment}`] = answer?.[moment] ?? null;
  }
  for (const { id, column } of shape.scores) row[column] = scores.get(id) ?? null;
  return { ...row, answered };
}

function isMissingCode(item: Item | null, value: number | string | null): boolean {
  return missingCodes(item).some((code) => code === value);
}

function missingCodes(item: Item | null): readonly number[] {
  return (item?.answers?.options ?? []).flatMap(({ value, points }) =>
    points === null ? [value] : [],
  );
}

type CodebookRow = Readonly<Record<string, string | number | null>>;

function codebookOf(
  shape: Shape,
  { hasProbabilities }: WideQuestionnaire,
): (string | number | null)[][] {
  const rows: CodebookRow[] = [
    ...ABOUT.map(([column, type, description, meanings]) => ({
      ...{ column, description, type },
      values: meanings === null ? null : asJson(Object.entries(meanings)),
    })),
    ...shape.factors.map(({ column, name }) => ({
      column,
      description: `level of the factor ${name}`,
      type: 'string',
    })),
    ...shape.personaColumns.map(({ column, name }) => ({
      column,
      description: `column "${name}" of the persona`,
      type: 'string',
    })),
    ...shape.items.flatMap((item): CodebookRow[] => [
      describeItem(item),
      ...(hasProbabilities
        ? MOMENTS.map(([moment, description]) => ({
            column: `${item.column}_${moment}`,
            description: `${description} item ${item.id}`,
            type: 'double',
          }))
        : []),
    ]),
    ...shape.scores.map(describeScore),
  ];
  return [CODEBOOK, ...rows.map((row) => CODEBOOK.map((name) => row[name] ?? null))];
}

function describeItem({ column, type, id, item, instrument, published }: ItemShape): CodebookRow {
  const options = item?.answers?.options ?? [];
  const codes = missingCodes(item);
  const weights = (instrument?.scales ?? []).flatMap((scale) =>
    scale.items
      .filter((member) => member.item === item?.number)
      .map(({ weight }) => [scale.id, weight] as const),
  );
  const scale = item?.scale ?? published?.scale ?? null;
  return {
    column,
    description: `answer to item ${id}`,
    type,
    values: options.length === 0 ? null : asJson(options.map(({ value, label }) => [value, label])),
    scale,
    key: scale === null ? null : keyOf(item ?? published!),
    text: item?.text ?? published?.text ?? null,
    id,
    missing: codes.length === 0 ? null : JSON.stringify(codes),
    weights: weights.length === 0 ? null : JSON.stringify(Object.fromEntries(weights)),
  };
}

function keyOf({ key, reverse }: Pick<WideItem, 'key' | 'reverse'>): string {
  return key === null ? (reverse ? 'reversed' : 'direct') : `scores when answered ${key}`;
}

function describeScore({ column, id, scale, instrument }: Shape['scores'][number]): CodebookRow {
  const parts = scale?.parts ?? [];
  const norms = (instrument?.norms ?? []).filter((norm) => norm.scale === id);
  const lacking = scale?.mostMissing ?? 0;
  const rule = `${RULES[scale?.score ?? 'sum']} ${parts.length > 0 ? 'the scales it is made of' : 'its items'}`;
  return {
    column,
    description: `${scale?.name ?? id}: ${rule}; empty when ${lacking === 0 ? 'one has no points' : `more than ${lacking} have no points`}`,
    type: 'double',
    scale: id,
    weights:
      parts.length === 0
        ? null
        : JSON.stringify(Object.fromEntries(parts.map((part) => [part.scale, part.weight]))),
    norms:
      norms.length === 0
        ? null
        : JSON.stringify(
            norms.map(({ scale: _, tScores, ...norm }) => ({
              ...norm,
              ...(tScores === null ? {} : { t: Object.fromEntries(tScores) }),
            })),
          ),
  };
}

const RULES: Readonly<Record<ScoreRule, string>> = {
  sum: 'sum of',
  mean: 'mean of',
  max: 'highest of',
  count: 'number with points of',
};

/** Codes and their labels as one JSON object, which programs can read whatever the labels hold. */
function asJson(values: readonly (readonly [code: string | number, label: string])[]): string {
  return JSON.stringify(Object.fromEntries(values));
}
