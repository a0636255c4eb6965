/**
 * One row for each experiment, one column for each item and scale: the shape that R, SPSS and
 * spreadsheets want.
 */
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import { parseInstrument } from '../../instruments/load.ts';
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
    [
      'experiment_id',
      'integer',
      'the administration: one persona, one questionnaire, one call',
      null,
    ],
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
      'succeeded',
      'boolean',
      'whether the administration succeeded; empty while it is pending',
      { t: 'it was answered', f: 'it was closed without an answer' },
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
    ['answered', 'integer', 'number of items that are answered', null],
  ];

/** Columns of a codebook. */
export const CODEBOOK = ['column', 'description', 'type', 'values', 'scale', 'key', 'text'];

export async function wideTables(session: Session, database: Database): Promise<WideTable[]> {
  const names = new Set<string>();
  return (await questionnairesOf(session, database)).map((questionnaire) => {
    const name = freeName(
      `answers_wide_${questionnaire.slug.replaceAll(/[^\w-]+/g, '_').slice(0, 60)}`,
      names,
    );
    const { items, slug } = questionnaire;
    const scales = [...new Set(items.flatMap((item) => item.scale ?? []))].sort();
    const itemColumns = items.map(
      (item): Column => ({ name: itemColumn(item, items), type: 'integer' }),
    );
    const scoreColumns = scales.map(
      (scale): Column => ({ name: `score_${scale}`, type: 'double' }),
    );
    return {
      slug,
      name,
      columns: [
        ...ABOUT.map(([column, type]) => ({ name: column, type })),
        ...itemColumns,
        ...scoreColumns,
      ],
      codebook: codebookOf(questionnaire, itemColumns, scales),
      async *rows() {
        for await (const page of experimentsOf(session, database, slug)) {
          yield page.map((experiment) => wideRow(experiment, questionnaire, itemColumns, scales));
        }
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

function itemColumn({ number }: WideItem, items: readonly WideItem[]): string {
  const digits = Math.max(2, String(items.at(-1)!.number).length);
  return `item_${String(number).padStart(digits, '0')}`;
}

function wideRow(
  experiment: WideExperiment,
  { items, scoring }: WideQuestionnaire,
  itemColumns: readonly Column[],
  scales: readonly string[],
): Record<string, Value> {
  const { answers, scales: scored, ...about } = experiment;
  const row: Record<string, Value> = {
    ...about,
    answered: [...answers.values()].filter((answer) => answer !== null).length,
  };
  for (const [index, column] of itemColumns.entries())
    row[column.name] = answers.get(items[index]!.number) ?? null;
  for (const scale of scales) {
    const score = scored.get(scale);
    // A scale without a single scored item has no score, least of all 0.
    row[`score_${scale}`] =
      score === undefined ? null : scoring === 'mean' ? score.sum / score.items : score.sum;
  }
  return row;
}

function codebookOf(
  { slug, items, scoring, definition }: WideQuestionnaire,
  itemColumns: readonly Column[],
  scales: readonly string[],
): (string | number | null)[][] {
  const instrument = definition === null ? null : parseInstrument(definition, slug);
  const values =
    instrument === null
      ? null
      : asJson(
          instrument.answerSets.flatMap(({ options }) =>
            options.map(({ value, label }) => [value, label]),
          ),
        );
  const scaleName = (id: string) => instrument?.scales.find((scale) => scale.id === id)?.name ?? id;
  const rule = scoring === 'mean' ? 'mean' : 'sum';
  return [
    CODEBOOK,
    ...ABOUT.map(([name, type, description, meanings]) => [
      name,
      description,
      type,
      meanings === null ? null : asJson(Object.entries(meanings)),
      null,
      null,
      null,
    ]),
    ...items.map((item, index) => [
      itemColumns[index]!.name,
      `answer to item ${item.number}`,
      'integer',
      values,
      item.scale,
      item.key === null
        ? item.reverse
          ? 'reversed'
          : 'direct'
        : `scores when answered ${item.key}`,
      item.text,
    ]),
    ...scales.map((scale) => [
      `score_${scale}`,
      `${scaleName(scale)}: ${rule} of the scores of its items that are answered; empty when none is`,
      'double',
      null,
      scale,
      null,
      null,
    ]),
  ];
}

/** Codes and their labels as one JSON object, which programs can read whatever the labels hold. */
function asJson(values: readonly (readonly [code: string | number, label: string])[]): string {
  return JSON.stringify(Object.fromEntries(values));
}
