/** Studies of a few lines, for the tables. */

import {
  type AdministeredItem,
  type Administration,
  type Answered,
  type Coded,
  NO_DRAW,
  type PersonaGroup,
  type Personas,
  type Sheets,
  type StudyData,
  type StudyModel,
  type StudyPopulation,
  type StudyQuestionnaire,
  TABULATED_FIELDS,
  type TabulatedField,
  UNANSWERED,
} from '../../src/analysis/data.ts';
import { type Ending, endingOf } from '../../src/analysis/endings.ts';
import { printedNameOf, type StudyModelName } from '../../src/analysis/study-models.ts';
import { nameForm } from '../../src/instruments/form.ts';
import type { ScoreRule } from '../../src/instruments/structure.ts';
import { CONDITIONS } from '../../src/personas/sheets/conditions.ts';

const item = (number: number, scale: string, key: number | null): AdministeredItem => ({
  number,
  id: String(number),
  text: null,
  scale,
  key,
  reverse: false,
  range: key === null ? { low: -2, high: 2 } : { low: 0, high: 1 },
  points: new Map(),
  options: [],
  demanded: [],
  isNumber: false,
  isText: false,
});

/** The same with its items on these scales, each the sum or the mean of its items. */
export function scaled(
  questionnaire: Omit<StudyQuestionnaire, 'scales' | 'label'>,
  score: ScoreRule,
  scaleOf: (item: AdministeredItem, column: number) => string | null,
): StudyQuestionnaire {
  const items = questionnaire.items.map((one, column) => ({
    ...one,
    scale: scaleOf(one, column),
  }));
  const ids = [...new Set(items.flatMap(({ scale }) => scale ?? []))];
  return {
    ...questionnaire,
    label: nameForm(questionnaire),
    items,
    scales: ids.map((id) => ({
      ...{ id, name: id, score, parts: [], mostMissing: 0, prorate: true, isCentred: false },
      members: items.flatMap(({ scale, reverse }, column) =>
        scale === id ? [{ column, weight: reverse ? -1 : 1 }] : [],
      ),
    })),
  };
}

const own = (one: AdministeredItem) => one.scale;

/**
 * Two keyed scales of six items, E with two items that count when answered No, under the slug of
 * the sheets' instrument.
 */
export const KEYED = scaled(
  {
    slug: 'epqra',
    language: 'en',
    title: 'Two scales',
    items: [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1].map((key, index) =>
      item(index + 1, index < 6 ? 'E' : 'N', key),
    ),
    norms: [],
  },
  'sum',
  own,
);

/** Answers from -2 to 2, three of A and two of B, scored by their mean. */
export const MOOD = scaled(
  {
    slug: 'mood',
    language: 'en',
    title: 'Mood',
    items: ['A', 'A', 'A', 'B', 'B'].map((scale, index) => item(index + 1, scale, null)),
    norms: [],
  },
  'mean',
  own,
);

export function population(display: string, more: Partial<StudyPopulation> = {}): StudyPopulation {
  const condition = CONDITIONS.find(({ label }) => label === display)?.name ?? null;
  return {
    population: `written_${display}`,
    mapped: display,
    display,
    condition,
    ownCondition: null,
    isReference: false,
    ...more,
  };
}

const STUDY_NAMES: readonly StudyModelName[] = [
  'gpt4o',
  'gpt35',
  'claude35sonnet',
  'llama323B',
  'llama3170B',
];

/** A model by its label; one that the study's tables print, simulated or not, is that one. */
export function modelOf(label: string): StudyModel {
  const studyName =
    STUDY_NAMES.find((name) => printedNameOf(name) === label.replace(' (simulated)', '')) ?? null;
  return { key: label, label, modelId: label, studyName };
}

export const BASE = population('Base');
export const MAX_N = population('MaxN');
export const SPAIN = population('Base', { population: 'spain826', isReference: true });

/** Points of `KEYED` that add up to these scores: the first items of a scale count. */
export function score(e: number, n: number): readonly number[] {
  return [e, n].flatMap((points) =>
    Array.from({ length: 6 }, (_, index) => (index < points ? 1 : 0)),
  );
}

export interface Given {
  readonly personality: number | null;
  /** One an item; null where there is no answer. */
  readonly points: readonly (number | null)[];
  readonly model?: string;
  readonly population?: StudyPopulation;
  readonly succeeded?: boolean | null;
  /** Other than what `succeeded` says. */
  readonly ending?: Ending;
  readonly isPartial?: boolean;
  readonly draw?: number | null;
  readonly itemOrder?: readonly number[];
  readonly repeated?: number;
  /** Own columns of the persona. */
  readonly columns?: Readonly<Record<string, string>>;
  /** What calls record. */
  readonly recorded?: Readonly<Record<string, string>>;
}

export function answered(questionnaire: StudyQuestionnaire, given: readonly Given[]): Answered {
  const administrations = given.map(
    (
      {
        personality,
        model = 'GPT-4o',
        population: of = BASE,
        draw = null,
        ending,
        succeeded = ending === undefined || ending === 'answered',
        isPartial = false,
        itemOrder = null,
        repeated = 0,
      },
      index,
    ): Administration => ({
      experimentId: index + 1,
      groupId: 1,
      model: modelOf(model),
      population: of,
      personalityId: personality,
      clusterId: personality,
      repeated,
      draw,
      succeeded,
      ending: ending ?? endingOf(succeeded, null),
      isPartial,
      itemOrder,
      origin: 'model',
    }),
  );
  const points = given.flatMap((one) => one.points.map((point) => point ?? UNANSWERED));
  const keyOf = (position: number) =>
    questionnaire.items[position % questionnaire.items.length]!.key;
  const answers = points.map((point, position) => {
    const key = keyOf(position);
    return point === UNANSWERED || key === null ? point : point === 1 ? key : 1 - key;
  });
  return {
    questionnaire,
    administrations,
    answers: Int32Array.from(answers),
    points: points.every(Number.isInteger) ? Int32Array.from(points) : Float64Array.from(points),
    states: null,
    factors: new Map(),
    columns: codeLevels(given.map(({ columns = {} }) => columns)),
    recorded: codeLevels(given.map(({ recorded = {} }) => recorded)),
  };
}

function codeLevels(
  given: readonly Readonly<Record<string, string>>[],
): ReadonlyMap<string, Coded> {
  const names = [...new Set(given.flatMap((levels) => Object.keys(levels)))].sort();
  return new Map(
    names.map((name) => {
      const own = given.map((levels) => levels[name] ?? null);
      const values = [...new Set(own.flatMap((value) => value ?? []))];
      return [name, { values, codes: Int32Array.from(own, (one) => values.indexOf(one ?? '\0')) }];
    }),
  );
}

/** Sheets of `KEYED`: personality id to points. */
export function sheets(points: Readonly<Record<number, readonly number[]>>): Sheets {
  const ids = Object.keys(points).map(Number);
  const answers = ids.flatMap((id) =>
    points[id]!.map((point, index) =>
      point === 1 ? KEYED.items[index]!.key! : 1 - KEYED.items[index]!.key!,
    ),
  );
  return {
    questionnaire: KEYED,
    isPublished: true,
    personalityIds: Int32Array.from(ids),
    answers: Int32Array.from(answers),
    points: Int32Array.from(ids.flatMap((id) => points[id]!)),
  };
}

export interface PersonaLine extends Partial<Readonly<Record<TabulatedField, string | null>>> {
  readonly sheet: number;
  readonly model?: string;
  readonly population?: StudyPopulation;
  readonly draw?: number | null;
  readonly hasWordCount?: boolean;
}

export function personas(lines: readonly PersonaLine[]): Personas {
  const groups: PersonaGroup[] = [];
  const group = lines.map(({ model = 'GPT-4o', population: of = BASE }) => {
    const known = groups.findIndex((one) => one.model.key === model && one.population === of);
    return known >= 0 ? known : groups.push({ model: modelOf(model), population: of }) - 1;
  });
  const code = (field: TabulatedField): Coded => {
    const values = [...new Set(lines.flatMap((line) => line[field] ?? []))];
    return { values, codes: Int32Array.from(lines, (line) => values.indexOf(line[field] ?? '\0')) };
  };
  return {
    count: lines.length,
    ids: Int32Array.from(lines, (_, index) => index + 1),
    group: Int32Array.from(group),
    groups,
    personalityIds: Int32Array.from(lines, ({ sheet }) => sheet),
    draws: Int32Array.from(lines, ({ draw = 1 }) => draw ?? NO_DRAW),
    hasWordCount: Uint8Array.from(lines, ({ hasWordCount = true }) => (hasWordCount ? 1 : 0)),
    fields: Object.fromEntries(TABULATED_FIELDS.map((field) => [field, code(field)])) as Record<
      TabulatedField,
      Coded
    >,
  };
}

export function study(parts: Partial<StudyData> = {}): StudyData {
  const none = sheets({});
  const every = { models: new Map(), populations: new Map() };
  return {
    schema: 'study',
    dataOrigin: 'model',
    ...every,
    answered: [],
    reference: none,
    random: none,
    personas: personas([]),
    ownColumns: { names: [], rows: [], vignette: null, weight: null },
    humans: [],
    ...parts,
  };
}
