/** Every column of a wide file with what is known of it. */
import { pointsOf } from '../../instruments/score.ts';
import type { Item, ScoreRule } from '../../instruments/structure.ts';
import { PERSONA_COLUMNS } from '../../personas/persona.ts';
import type { Column } from './formats.ts';
import type { Level } from './labelled.ts';
import { ABOUT } from './wide-about.ts';
import { type ItemShape, isReversed, MOMENTS, type Shape } from './wide-shape.ts';
import type { WideQuestionnaire } from './wide-store.ts';

/** A value and its label. */
export type Labelled = readonly [value: string | number, label: string];

export interface WideColumn extends Column {
  readonly role: 'about' | 'factor' | 'persona' | 'item' | 'reversed' | 'moment' | 'score';
  readonly description: string;
  readonly level: Level;
  /** In the first of the wordings; empty where values have no labels. */
  readonly values: readonly Labelled[];
  /** Values that the questionnaire counts as missing. */
  readonly missing: readonly number[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly scale: string | null;
  /** Of an item: whether its answer counts turned round; null where that is not known. */
  readonly reversed: boolean | null;
  /** The answer that scores 1 where all others score 0. */
  readonly keyedAnswer: number | null;
  readonly text: string | null;
  /** Of the item. */
  readonly id: string | null;
  /** Of an item by scale; of a scale by the scales that it is made of. */
  readonly weights: Readonly<Record<string, number>> | null;
  readonly norms: readonly object[] | null;
  /** An item in each language. */
  readonly wordings: readonly {
    readonly language: string;
    readonly text: string;
    readonly values: readonly Labelled[];
  }[];
}

/** A column of which nothing but its own is known. */
export const PLAIN = {
  values: [],
  missing: [],
  minimum: null,
  maximum: null,
  scale: null,
  reversed: null,
  keyedAnswer: null,
  text: null,
  id: null,
  weights: null,
  norms: null,
  wordings: [],
} satisfies Partial<WideColumn>;

/** Of what every file begins with, what is not only a name. */
const MEASURED = new Set(['temperature', 'top_p', 'attempts', 'answered']);

/** Of who answered what, and how it was asked. */
export function aboutColumnsOf(shape: Shape): WideColumn[] {
  const text = (role: 'factor' | 'persona', name: string, description: string): WideColumn => ({
    ...PLAIN,
    ...{ role, name, description, type: 'string', level: 'nominal' },
  });
  return [
    ...ABOUT.map(
      ([name, type, description, meanings]): WideColumn => ({
        ...PLAIN,
        ...{ role: 'about', name, type, description },
        level: MEASURED.has(name) ? 'scale' : 'nominal',
        values: Object.entries(meanings ?? {}),
      }),
    ),
    ...shape.factors.map(({ column, name }) =>
      text('factor', column, `level of the factor ${name}`),
    ),
    ...shape.personaColumns.map(({ column, name, type }): WideColumn => {
      const own = text('persona', column, `column "${name}" of the persona`);
      return type === 'string' ? own : { ...own, type, level: 'scale' };
    }),
    ...shape.personaFields.map(({ column, name }): WideColumn => {
      const isNumber = PERSONA_COLUMNS.get(name)!.type === 'integer';
      const about = text('persona', column, `${name} of the persona, as the table personas has it`);
      return isNumber ? { ...about, type: 'integer', level: 'scale' } : about;
    }),
  ];
}

/** In the order of the file. */
export function columnsOf(shape: Shape, { hasProbabilities }: WideQuestionnaire): WideColumn[] {
  return [
    ...aboutColumnsOf(shape),
    ...shape.items.flatMap((item) => [
      itemColumn(item, shape),
      ...(item.reversedColumn === null ? [] : [reversedColumn(item, item.reversedColumn)]),
      ...(hasProbabilities
        ? MOMENTS.map(
            ([moment, what]): WideColumn => ({
              ...PLAIN,
              ...{ role: 'moment', name: `${item.column}_${moment}`, type: 'double' },
              ...{ description: `${what} item ${item.id}`, level: 'scale' },
            }),
          )
        : []),
    ]),
    ...shape.scores.map(scoreColumn),
  ];
}

/** Of the answers as they were given. */
export function itemColumnsOf(shape: Shape): WideColumn[] {
  return shape.items.map((item) => itemColumn(item, shape));
}

function itemColumn(shape: ItemShape, { instruments }: Shape): WideColumn {
  const { column, type, id, item, instrument, published, missingCodes } = shape;
  const scale = item?.scale ?? published?.scale ?? null;
  const weights = (instrument?.scales ?? []).flatMap((one) =>
    one.items
      .filter((member) => member.item === item?.number)
      .map(({ weight }) => [one.id, weight] as const),
  );
  const answers = (item?.answers?.options ?? []).flatMap(({ value }) =>
    missingCodes.includes(value) ? [] : [value],
  );
  const ends = item?.quantity ?? { min: Math.min(...answers), max: Math.max(...answers) };
  const hasEnds = item?.quantity != null || answers.length > 0;
  return {
    ...PLAIN,
    ...{ role: 'item', name: column, type, description: `answer to item ${id}`, scale, id },
    level: type === 'string' ? 'nominal' : type === 'double' ? 'scale' : 'ordinal',
    values: optionsOf(item),
    missing: missingCodes,
    minimum: hasEnds ? ends.min : null,
    maximum: hasEnds ? ends.max : null,
    reversed: scale === null ? null : item === null ? published!.reverse : isReversed(item),
    keyedAnswer: (item ?? published)?.key ?? null,
    text: item?.text ?? published?.text ?? null,
    weights: weights.length === 0 ? null : Object.fromEntries(weights),
    wordings: instruments.flatMap(({ items, language }) =>
      items
        .filter((one) => one.id === id)
        .map((one) => ({ language, text: one.text, values: optionsOf(one) })),
    ),
  };
}

/** The points of a reversed item as they count on its scale. */
function reversedColumn({ id, item, published }: ItemShape, name: string): WideColumn {
  const points = item!.answers!.options.flatMap(({ value }) => {
    const own = countsAs(item!, value);
    return own === null ? [] : [own];
  });
  return {
    ...PLAIN,
    ...{ role: 'reversed', name, type: 'double', level: 'ordinal', id },
    description: `points of item ${id}, which is reversed, as they count on its scale`,
    minimum: Math.min(...points),
    maximum: Math.max(...points),
    scale: item!.scale,
    text: item!.text ?? published?.text ?? null,
  };
}

/** What an answer counts on the first scale of the item; null for a missing code. */
export function countsAs(item: Item, answer: number): number | null {
  if (item.key !== null) return Number(answer === item.key);
  const points = pointsOf(item, answer);
  if (points === null || item.range === null) return null;
  return item.reverse ? item.range.low + item.range.high - points : points;
}

function optionsOf(item: Item | null): readonly Labelled[] {
  return (item?.answers?.options ?? []).map(({ value, label }) => [value, label] as const);
}

function scoreColumn({ column, id, scale, instrument }: Shape['scores'][number]): WideColumn {
  const parts = scale?.parts ?? [];
  const norms = (instrument?.norms ?? []).filter((norm) => norm.scale === id);
  const lacking = scale?.mostMissing ?? 0;
  const rule = `${RULES[scale?.score ?? 'sum']} ${parts.length > 0 ? 'the scales it is made of' : 'its items'}`;
  return {
    ...PLAIN,
    ...{ role: 'score', name: column, type: 'double', level: 'scale', scale: id },
    description: `${scale?.name ?? id}: ${rule}; empty when ${lacking === 0 ? 'one has no points' : `more than ${lacking} have no points`}`,
    weights:
      parts.length === 0
        ? null
        : Object.fromEntries(parts.map((part) => [part.scale, part.weight])),
    norms:
      norms.length === 0
        ? null
        : norms.map(({ scale: _, tScores, ...norm }) => ({
            ...norm,
            ...(tScores === null ? {} : { t: Object.fromEntries(tScores) }),
          })),
  };
}

const RULES: Readonly<Record<ScoreRule, string>> = {
  sum: 'sum of',
  mean: 'mean of',
  max: 'highest of',
  count: 'number with points of',
};

/** How an answer counts, in words. */
export function keyOf({
  reversed,
  keyedAnswer,
}: Pick<WideColumn, 'reversed' | 'keyedAnswer'>): string {
  if (keyedAnswer !== null) return `scores when answered ${keyedAnswer}`;
  return reversed === true ? 'reversed' : 'direct';
}
