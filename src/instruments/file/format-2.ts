/** Instrument files of format 2: named answer sets, blocks of items, and scales as lists of items. */
import { z } from 'zod';
import type { Draft, DraftBlock, DraftItem, DraftMember, DraftSet } from './draft.ts';
import { about, languageCode, nonEmptyText } from './fields.ts';

const LONGEST_ID = 26;
/** More steps than this are no list of answers. */
const MOST_STEPS = 1001;
/** Answers are stored in a column of 32 bits. */
const answer = z.int().min(-2_147_483_647).max(2_147_483_647);

const id = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must consist of letters, digits and _ and begin with a letter')
  .max(LONGEST_ID, `is longer than ${LONGEST_ID} characters; a name may be long, an id may not`);

/** `{"a": 1, "b": -1}` or `["a", "-b"]`. */
const members = z.union([
  z.record(
    z.string(),
    z.number().refine((weight) => weight !== 0, 'must not be 0'),
  ),
  z.array(z.string()).min(1, 'must not be empty'),
]);
const numbered = <T extends z.ZodType>(value: T) =>
  z.record(z.string().regex(/^-?\d+$/, 'must be a whole number'), value);

const option = z.strictObject({
  value: answer,
  /** The prompt shows the number alone where there is none. */
  label: nonEmptyText.optional(),
  synonyms: z.array(nonEmptyText).default([]),
  /** Adds the words for yes or no of many languages to the synonyms. */
  means: z.enum(['yes', 'no']).optional(),
  /** What the answer scores, where it is not the value itself. */
  points: z.number().optional(),
  /** A code for "no answer", which scores nothing. */
  missing: z.boolean().optional(),
  /** Shown only where the administration adds a midpoint. */
  added_midpoint: z.boolean().optional(),
});

const answerSet = z.strictObject({
  id,
  ask: z.enum(['label', 'value', 'letter']).optional(),
  options: z.array(option).min(2, 'must have at least two answers').optional(),
  range: z
    .strictObject({
      min: answer,
      max: answer,
      step: z.int().positive().default(1),
      anchors: numbered(nonEmptyText).default({}),
    })
    .optional(),
});

const item = z.strictObject({
  id,
  text: nonEmptyText,
  answers: z.string().optional(),
  points: numbered(z.number().nullable()).optional(),
  demand: z.array(answer).min(1).optional(),
  number: z
    .strictObject({
      min: z.number(),
      max: z.number(),
      unit: nonEmptyText.optional(),
      decimals: z.int().min(0).max(6).default(0),
    })
    .optional(),
  open: z.strictObject({ max_characters: z.int().min(1).max(2000).default(200) }).optional(),
  optional: z.boolean().default(false),
});

const block = z.strictObject({
  instructions: nonEmptyText.optional(),
  answers: z.string().optional(),
  if: z.strictObject({ item: z.string(), in: z.array(answer).min(1) }).optional(),
  items: z.array(item).min(1, 'must have at least one item'),
});

const scale = z.strictObject({
  id,
  name: nonEmptyText,
  score: z.enum(['sum', 'mean', 'max', 'count']),
  items: members.optional(),
  of: members.optional(),
  missing: z
    .strictObject({ most: z.int().min(0), prorate: z.boolean().default(true) })
    .default({ most: 0, prorate: true }),
  centre: z.literal('person').optional(),
});

const norm = z.strictObject({
  scale: z.string(),
  group: nonEmptyText,
  source: nonEmptyText,
  mean: z.number().optional(),
  sd: z.number().positive().optional(),
  n: z.int().positive().optional(),
  alpha: z.number().max(1).optional(),
  t: z.record(z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a number'), z.number()).optional(),
});

const wording = z.strictObject({
  title: nonEmptyText.optional(),
  instructions: nonEmptyText.optional(),
  template: nonEmptyText.optional(),
  blocks: z.array(nonEmptyText.nullable()).optional(),
  labels: z.record(z.string(), numbered(nonEmptyText)).default({}),
  items: z.record(z.string(), nonEmptyText),
});

/** Of an instrument file of format 2; the reference and the JSON Schema are written from it. */
export const format2 = z.strictObject({
  /** Where an editor finds the JSON Schema; not read. */
  $schema: z.string().optional(),
  format: z.literal(2),
  ...about,
  instructions: nonEmptyText.optional(),
  template: nonEmptyText.optional(),
  answers: z.array(answerSet).default([]),
  blocks: z.array(block).min(1, 'must have at least one block'),
  scales: z.array(scale).default([]),
  norms: z.array(norm).default([]),
  wordings: z.record(languageCode, wording).default({}),
});

export type Format2 = z.output<typeof format2>;
export type Wording = z.output<typeof wording>;

/** What the shape alone does not tell of a file of format 2. */
export function problemsOfFormat2(file: Format2): string[] {
  return [
    ...file.answers.flatMap(setProblems),
    ...file.scales
      .filter((one) => (one.items === undefined) === (one.of === undefined))
      .map((one) => `scale "${one.id}" must have either "items" or "of"`),
    ...file.norms
      .filter((one) => one.t === undefined && (one.mean === undefined || one.sd === undefined))
      .map((one) => `norms: "${one.scale}" (${one.group}) has neither "mean" and "sd" nor "t"`),
    ...Object.entries(file.wordings).flatMap(([language, one]) =>
      wordingProblems(file, language, one),
    ),
  ];
}

function setProblems({ id, options, range, ask }: z.output<typeof answerSet>): string[] {
  const called = `answers "${id}"`;
  if ((options === undefined) === (range === undefined))
    return [`${called} must have either "options" or "range"`];
  const wordless = options?.find(({ label }) => label === undefined);
  if (ask === 'label' && (wordless !== undefined || range !== undefined))
    return [`${called} ask for labels, but option ${wordless?.value ?? range!.min} has none`];
  if (range === undefined) return [];
  const { min, max, step, anchors } = range;
  if (min >= max) return [`${called}: min (${min}) must be less than max (${max})`];
  if ((max - min) % step !== 0)
    return [`${called}: steps of ${step} from ${min} do not lead to ${max}`];
  if ((max - min) / step >= MOST_STEPS)
    return [
      `${called} have more than ${MOST_STEPS} steps: ask for a number ("number" of an item) instead`,
    ];
  return Object.keys(anchors)
    .map(Number)
    .filter((value) => value < min || value > max || (value - min) % step !== 0)
    .map((value) => `${called}: the anchor ${value} is not one of the steps`);
}

function wordingProblems(file: Format2, language: string, one: Wording): string[] {
  const called = `wordings.${language}`;
  if (language === file.language) return [`${called} is the language of the file itself`];
  const items = file.blocks.flatMap((block) => block.items);
  const lacking = items.filter(({ id }) => one.items[id] === undefined);
  const unknown = Object.keys(one.items).filter((key) => !items.some(({ id }) => id === key));
  const problems = [
    ...lacking.map(({ id }) => `${called} has no text for item "${id}"`),
    ...unknown.map((key) => `${called} has a text for "${key}", which is no item`),
  ];
  for (const set of file.answers) {
    const labels = one.labels[set.id] ?? {};
    const values = labelledValues(set);
    problems.push(
      ...values
        .filter((value) => labels[value] === undefined)
        .map((value) => `${called} has no label for ${value} of answers "${set.id}"`),
      ...Object.keys(labels)
        .filter((value) => !values.includes(Number(value)))
        .map((value) => `${called} labels ${value} of answers "${set.id}", which has no label`),
    );
  }
  for (const key of Object.keys(one.labels))
    if (!file.answers.some((set) => set.id === key))
      problems.push(`${called} has labels for "${key}", which are no answers`);
  if (file.instructions !== undefined && one.instructions === undefined)
    problems.push(`${called} has no instructions`);
  file.blocks.forEach(({ instructions }, index) => {
    if ((instructions === undefined) !== ((one.blocks?.[index] ?? null) === null))
      problems.push(
        `${called}.blocks: block ${index + 1} has instructions in one of the two languages only`,
      );
  });
  if ((one.blocks?.length ?? 0) > file.blocks.length)
    problems.push(`${called}.blocks has more entries than there are blocks`);
  return problems;
}

function labelledValues({ options, range }: Format2['answers'][number]): number[] {
  if (range !== undefined) return Object.keys(range.anchors).map(Number);
  return (options ?? []).filter(({ label }) => label !== undefined).map(({ value }) => value);
}

/** The same file in another of its languages, as a file of that one language. */
export function fileInLanguage(file: Format2, language: string, one: Wording): Format2 {
  const { title, instructions, template, blocks, labels, items } = one;
  const { instructions: _, template: __, ...rest } = file;
  return {
    ...rest,
    title: title ?? file.title,
    language,
    ...(instructions === undefined ? {} : { instructions }),
    ...(template === undefined ? {} : { template }),
    answers: file.answers.map((set) => ({
      ...set,
      ...(set.options === undefined
        ? {}
        : {
            options: set.options.map(({ label, synonyms: ___, ...option }) => ({
              ...option,
              synonyms: [],
              ...(label === undefined ? {} : { label: labels[set.id]![option.value]! }),
            })),
          }),
      ...(set.range === undefined
        ? {}
        : { range: { ...set.range, anchors: labels[set.id] ?? {} } }),
    })),
    blocks: file.blocks.map(({ instructions: ____, ...block }, index) => {
      const own = blocks?.[index] ?? null;
      return {
        ...block,
        ...(own === null ? {} : { instructions: own }),
        items: block.items.map((item) => ({ ...item, text: items[item.id]! })),
      };
    }),
    wordings: {},
  };
}

export function draftOfFormat2(file: Format2): Draft {
  const { slug, aliases, title, citation, licence, language } = file;
  return {
    format: 2,
    ...{ slug, aliases, title, citation, licence, language },
    instructions: file.instructions ?? null,
    template: file.template ?? null,
    sets: file.answers.map(draftSet),
    blocks: file.blocks.map(draftBlock),
    scales: file.scales.map((one) => ({
      id: one.id,
      name: one.name,
      score: one.score,
      items: membersOf(one.items),
      parts: membersOf(one.of),
      mostMissing: one.missing.most,
      prorate: one.missing.prorate,
      isCentred: one.centre === 'person',
    })),
    norms: file.norms,
  };
}

function draftSet({ id, ask, options, range }: z.output<typeof answerSet>): DraftSet {
  const called = `answers "${id}"`;
  if (range === undefined) {
    const all = options ?? [];
    const labelled = all.every(({ label }) => label !== undefined);
    return { id, called, ask: ask ?? (labelled ? 'label' : 'value'), options: all, range: null };
  }
  const { min, max, step, anchors } = range;
  const steps = Array.from({ length: (max - min) / step + 1 }, (_, index) => min + index * step);
  return {
    id,
    called,
    ask: ask ?? 'value',
    options: steps.map((value) => ({
      value,
      synonyms: [],
      ...(anchors[value] === undefined ? {} : { label: anchors[value] }),
    })),
    range: { min, max, step },
  };
}

function draftBlock({ instructions, answers, if: filter, items }: Format2['blocks'][number]) {
  return {
    instructions: instructions ?? null,
    items: items.map((one) => draftItem(one, answers)),
    condition: filter === undefined ? null : { item: filter.item, answers: filter.in },
  } satisfies DraftBlock;
}

function draftItem(one: z.output<typeof item>, shared: string | undefined): DraftItem {
  const { id, text, number, open, points, demand, optional } = one;
  const asksForChoice = number === undefined && open === undefined;
  return {
    id,
    called: `item "${id}"`,
    text,
    set: asksForChoice ? (one.answers ?? shared) : null,
    ...(number === undefined ? {} : { quantity: { ...number, unit: number.unit ?? null } }),
    ...(open === undefined ? {} : { openCharacters: open.max_characters }),
    ...(points === undefined
      ? {}
      : { points: new Map(Object.entries(points).map(([key, value]) => [Number(key), value])) }),
    demanded: demand ?? [],
    optional,
  };
}

function membersOf(given: z.output<typeof members> | undefined): DraftMember[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return Object.entries(given).map(([id, weight]) => ({ id, weight }));
  return given.map((written) => {
    const turned = written.startsWith('-');
    return {
      id: turned || written.startsWith('+') ? written.slice(1) : written,
      weight: turned ? -1 : 1,
    };
  });
}
