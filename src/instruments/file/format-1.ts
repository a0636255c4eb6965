/**
 * Instrument files of format 1: one answer set, each item on one scale, one rule for all scales. It
 * is a shorthand of format 2.
 */
import { z } from 'zod';
import type { Draft, DraftItem } from './draft.ts';
import { about, nonEmptyText } from './fields.ts';

/** What the published column `category` holds. */
const LONGEST_SCALE_ID = 50;
const scaleId = nonEmptyText.refine(
  (value) => [...value].length <= LONGEST_SCALE_ID,
  `is longer than ${LONGEST_SCALE_ID} characters, the maximum in the database: give the scale a shorter id; its name may be long`,
);

/** Of an instrument file of format 1; the reference is written from it. */
export const format1 = z.strictObject({
  ...about,
  scales: z
    .array(z.strictObject({ id: scaleId, name: nonEmptyText }))
    .min(1, 'must name at least one scale'),
  answers: z.strictObject({
    min: z.int(),
    max: z.int(),
    /** What the prompt asks for: the option's label or its number. */
    reply: z.enum(['label', 'value']),
    options: z
      .array(
        z.strictObject({
          value: z.int(),
          /** The prompt shows the number alone where there is none. */
          label: nonEmptyText.optional(),
          synonyms: z.array(nonEmptyText).default([]),
          /** Adds the words for yes or no of many languages to the synonyms. */
          means: z.enum(['yes', 'no']).optional(),
        }),
      )
      .min(2, 'must have at least two answers'),
  }),
  scoring: z.enum(['sum', 'mean']),
  instructions: nonEmptyText,
  /** A prompt in the instrument's own language, instead of `data/prompts/administration.md`. */
  template: nonEmptyText.optional(),
  items: z
    .array(
      z.strictObject({
        number: z.int(),
        text: nonEmptyText,
        scale: nonEmptyText,
        key: z.int().optional(),
        reverse: z.boolean().optional(),
      }),
    )
    .min(1, 'must have at least one item'),
});

type Format1 = z.output<typeof format1>;
type Format1Item = Format1['items'][number];

/** The only answer set of a file of format 1. */
const SET = 'answers';

/** What the shape alone does not tell of a file of format 1. */
export function problemsOfFormat1({ scales, answers, items }: Format1): string[] {
  const unused = scales
    .filter(({ id }) => !items.some((item) => item.scale === id))
    .map(({ id }) => `no item belongs to scale "${id}"`);
  return [
    ...unused,
    ...answerProblems(answers),
    ...items.flatMap((item, index) => itemProblems(item, index, scales, answers)),
  ];
}

export function draftOfFormat1({ scales, answers, scoring, items, ...rest }: Format1): Draft {
  const { instructions, template, ...facts } = rest;
  return {
    format: 1,
    ...facts,
    instructions,
    template: template ?? null,
    sets: [
      { id: SET, called: 'answers', ask: answers.reply, options: answers.options, range: null },
    ],
    blocks: [
      {
        instructions: null,
        items: items.map((item) => draftItem(item, answers.options)),
        condition: null,
      },
    ],
    scales: scales.map(({ id, name }) => ({
      id,
      name,
      score: scoring,
      items: items
        .filter((item) => item.scale === id)
        .map((item) => ({ id: String(item.number), weight: item.reverse === true ? -1 : 1 })),
      parts: [],
      mostMissing: 0,
      prorate: true,
      isCentred: false,
    })),
    norms: [],
  };
}

function draftItem(
  { number, text, key }: Format1Item,
  options: readonly { readonly value: number }[],
): DraftItem {
  const points = new Map(options.map(({ value }) => [value, value === key ? 1 : 0]));
  return {
    id: String(number),
    called: `item ${number}`,
    text,
    set: SET,
    ...(key === undefined ? {} : { points }),
    demanded: [],
    optional: false,
  };
}

function answerProblems({ min, max, reply, options }: Format1['answers']): string[] {
  if (min >= max) return [`answers: min (${min}) must be less than max (${max})`];
  const values = options.map((option) => option.value);
  const outside = values
    .filter((value) => value < min || value > max)
    .map((value) => `answers: option ${value} is not between ${min} and ${max}`);
  const whole = Array.from({ length: Math.min(max - min + 1, 1001) }, (_, index) => min + index);
  const absent = whole
    .filter((value) => !values.includes(value))
    .slice(0, 3)
    .map((value) => `answers: no option for ${value}`);
  const wordless = options
    .filter((option) => reply === 'label' && option.label === undefined)
    .map((option) => `answers: option ${option.value} has no label, and "reply" asks for labels`);
  return [...outside, ...absent, ...wordless];
}

function itemProblems(
  item: Format1Item,
  index: number,
  scales: Format1['scales'],
  { min, max }: Format1['answers'],
): string[] {
  const name = `item ${item.number}`;
  const problems: string[] = [];
  if (item.number !== index + 1)
    problems.push(
      `${name} is in the place of item ${index + 1} (items are numbered from 1 without gaps or repetitions)`,
    );
  if (!scales.some((scale) => scale.id === item.scale)) {
    problems.push(
      `${name}: scale "${item.scale}" is not one of the scales (${scales.map((scale) => scale.id).join(', ')})`,
    );
  }
  if (item.key === undefined && item.reverse === undefined)
    problems.push(`${name} has neither "key" nor "reverse"`);
  if (item.key !== undefined && item.reverse !== undefined)
    problems.push(`${name} has both "key" and "reverse"`);
  if (item.key !== undefined && (item.key < min || item.key > max))
    problems.push(`${name}: key ${item.key} is not between ${min} and ${max}`);
  return problems;
}
