/** Simulated studies in memory, in the form that the tables are computed from. */
import type {
  AdministeredItem,
  Administration,
  Answered,
  Personas,
  Sheets,
  StudyData,
  StudyPopulation,
  StudyQuestionnaire,
} from '../../src/analysis/data.ts';
import { modelOf, personas, population, scaled, study } from '../../test/support/small-study.ts';
import type { Chance } from './chance.ts';
import {
  drawLikert,
  drawPerson,
  type LikertScale,
  type Persona,
  type Scale,
  thresholdOf,
} from './scales.ts';

const MODEL = modelOf('GPT-4o');
const BASE = population('Base');
const MAX_N = population('MaxN');

function questionnaireOf(
  slug: string,
  scales: readonly { readonly name: string; readonly length: number }[],
  form: 'keyed' | 'Likert',
): StudyQuestionnaire {
  const items = scales.flatMap(({ name, length }) => Array<string>(length).fill(name));
  const asked = items.map((scale, index): AdministeredItem => {
    return {
      number: index + 1,
      id: String(index + 1),
      text: null,
      scale,
      key: form === 'keyed' ? 1 : null,
      reverse: false,
      range: form === 'keyed' ? { low: 0, high: 1 } : { low: 1, high: 5 },
      points: new Map(),
      options: [],
      demanded: [],
      isNumber: false,
      isText: false,
    };
  });
  return scaled(
    { slug, language: 'en', title: slug, items: asked, norms: [] },
    form === 'keyed' ? 'sum' : 'mean',
    (item) => item.scale,
  );
}

/** @param persons of each administration, who answered */
function administrationsOf(
  persons: readonly number[],
  of: StudyPopulation,
): readonly Administration[] {
  return persons.map((person, index) => ({
    experimentId: index + 1,
    groupId: 1,
    model: MODEL,
    population: of,
    personalityId: person,
    clusterId: person,
    repeated: 0,
    draw: null,
    succeeded: true,
    ending: 'answered',
    isPartial: false,
    itemOrder: null,
    origin: 'model',
  }));
}

function answeredOf(
  questionnaire: StudyQuestionnaire,
  persons: readonly number[],
  points: Int32Array,
  of = BASE,
): Answered {
  const administrations = administrationsOf(persons, of);
  const factors = new Map();
  const none = { states: null, factors, columns: new Map(), recorded: new Map() };
  return { questionnaire, administrations, answers: points, points, ...none };
}

/** Sheets and the answers of their personas to all of `scales`; every person answers `times`. */
export function studyOfSheets(
  scales: readonly Scale[],
  personaOf: (scale: Scale) => Persona,
  n: number,
  chance: Chance,
  times = 1,
): StudyData {
  const form = scales.map(({ name, difficulties }) => ({ name, length: difficulties.length }));
  const questionnaire = questionnaireOf('epqra', form, 'keyed');
  const width = questionnaire.items.length;
  const sheets = new Int32Array(n * width);
  const points = new Int32Array(n * times * width);
  const persons: number[] = [];
  for (let person = 0; person < n; person++) {
    for (let time = 0; time < times; time++) persons.push(person + 1);
    let from = 0;
    for (const scale of scales) {
      const { sheet, answers } = drawPerson(scale, personaOf(scale), chance);
      sheets.set(sheet, person * width + from);
      for (let time = 0; time < times; time++)
        points.set(answers(), (person * times + time) * width + from);
      from += sheet.length;
    }
  }
  const reference: Sheets = {
    personalityIds: Int32Array.from({ length: n }, (_, person) => person + 1),
    questionnaire,
    isPublished: true,
    answers: sheets,
    points: sheets,
  };
  return study({ reference, answered: [answeredOf(questionnaire, persons, points)] });
}

/** Random sheets: the answers to each item, given to other persons. */
export function shuffled(sheets: Sheets, { uniform }: Chance): Sheets {
  const width = sheets.questionnaire.items.length;
  const points = Int32Array.from(sheets.points);
  for (let person = sheets.personalityIds.length - 1; person > 0; person--)
    for (let item = 0; item < width; item++) {
      const other = Math.floor(uniform() * (person + 1)) * width + item;
      const own = person * width + item;
      [points[own], points[other]] = [points[other]!, points[own]!];
    }
  return { ...sheets, answers: points, points };
}

/** Answers to keyed scales and to others of the same persons, whose traits correlate or not. */
export function studyOfTwo(
  scales: readonly Scale[],
  others: readonly LikertScale[],
  isRelated: boolean,
  n: number,
  chance: Chance,
): StudyData {
  const own = questionnaireOf(
    'epqra',
    scales.map(({ name, difficulties }) => ({ name, length: difficulties.length })),
    'keyed',
  );
  const other = questionnaireOf(
    'likert',
    others.map(({ name, loadings }) => ({ name, length: loadings.length })),
    'Likert',
  );
  const points: number[] = [];
  const otherPoints: number[] = [];
  for (let person = 0; person < n; person++) {
    const trait = chance.normal();
    for (const { discrimination, difficulties } of scales)
      for (const difficulty of difficulties)
        points.push(
          chance.uniform() < 1 / (1 + Math.exp(-discrimination * (trait - difficulty))) ? 1 : 0,
        );
    const second = isRelated ? trait : chance.normal();
    for (const scale of others) otherPoints.push(...drawLikert(scale, second, chance));
  }
  const persons = Array.from({ length: n }, (_, person) => person + 1);
  return study({
    answered: [
      answeredOf(own, persons, Int32Array.from(points)),
      answeredOf(other, persons, Int32Array.from(otherPoints)),
    ],
  });
}

/**
 * Personas under a condition that drives N to its end: each answer sheet is at the target with
 * probability `share`, and otherwise misses it by one or by three items. `alike` is the correlation
 * of what the administrations of one person depend on.
 */
export function studyOfTargets(
  share: number,
  alike: number,
  times: number,
  n: number,
  chance: Chance,
): StudyData {
  const questionnaire = questionnaireOf('epqra', [{ name: 'N', length: 6 }], 'keyed');
  const points: number[] = [];
  const persons: number[] = [];
  for (let person = 0; person < n; person++) {
    const isAt = thresholds(share, alike, chance);
    for (let time = 0; time < times; time++) {
      persons.push(person + 1);
      const missed = isAt() ? 0 : chance.uniform() < MISSED_BY_ONE ? 1 : 3;
      for (let item = 0; item < 6; item++) points.push(item < missed ? 0 : 1);
    }
  }
  return study({ answered: [answeredOf(questionnaire, persons, Int32Array.from(points), MAX_N)] });
}

/** Of the answer sheets that miss the target, how many miss it by one item. */
const MISSED_BY_ONE = 0.7;
/** Items by which a sheet that misses the target misses it. */
export const MEAN_MISSED = MISSED_BY_ONE + 3 * (1 - MISSED_BY_ONE);

/** Yes with probability `share`, each asked alike within one person or sheet. */
function thresholds(share: number, alike: number, { normal }: Chance): () => boolean {
  const limit = thresholdOf(share);
  const common = Math.sqrt(alike) * normal();
  return () => common + Math.sqrt(1 - alike) * normal() < limit;
}

export interface Arm {
  readonly share: number;
  readonly sheets: number;
  /** The number of its first sheet: arms with the same sheets have them in common. */
  readonly first?: number;
}

/** Personas of Base and of one condition, some of each sheet female and the others male. */
export function personasOf(
  base: Arm,
  condition: Arm,
  alike: number,
  draws: number,
  { normal }: Chance,
): Personas {
  const effects = new Map<number, number>();
  const effectOf = (sheet: number) => {
    const known = effects.get(sheet) ?? normal();
    effects.set(sheet, known);
    return known;
  };
  const lines = [
    { arm: base, of: BASE },
    { arm: condition, of: MAX_N },
  ].flatMap(({ arm, of }) =>
    Array.from({ length: arm.sheets }, (_, index) => (arm.first ?? 1) + index).flatMap((sheet) =>
      Array.from({ length: draws }, (_, draw) => {
        const value = Math.sqrt(alike) * effectOf(sheet) + Math.sqrt(1 - alike) * normal();
        const gender = value < thresholdOf(arm.share) ? 'female' : 'male';
        return { sheet, population: of, draw: draw + 1, gender };
      }),
    ),
  );
  return personas(lines);
}
