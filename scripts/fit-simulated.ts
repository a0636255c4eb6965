/**
 * Fits the simulated model to the published Base figures: reads
 * `data/simulated/published-base.json`, writes `data/simulated/calibration.json`. Nothing is drawn:
 * what is to be expected of the synthetic sheets is integrated, so the file comes out the same each
 * time. Takes some minutes.
 *
 * Run from anywhere: `node scripts/fit-simulated.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findInstrument } from '../src/instruments/load.ts';
import type { Sheet } from '../src/personas/sheets/sheet.ts';
import { createSyntheticSheets } from '../src/personas/sheets/synthetic.ts';
import {
  type ModelCalibration,
  type PeopleShares,
  poleOf,
  type ScaleErrors,
  type TraitAnswers,
} from '../src/simulator/calibration.ts';
import { placeItems } from '../src/simulator/item-difficulty.ts';
import { LASTING } from '../src/simulator/response-from-statements.ts';
import { EPQRA_SCALES, knownItem, type SheetScale } from '../src/simulator/statements.ts';
import { distributeError } from './fit-simulated/errors.ts';
import {
  createPattern,
  type Expected,
  expectScale,
  expectScore,
  fitScale,
  type Pattern,
  type ScaleFigures,
  type ScaleSheets,
} from './fit-simulated/scales.ts';
import {
  expectTrait,
  fitTrait,
  type GistGroup,
  type Gists,
  type TraitFigures,
} from './fit-simulated/traits.ts';

interface PublishedModel {
  readonly model: string;
  readonly modelId: string;
  readonly temperature: number;
  readonly epqra: Readonly<Record<SheetScale, ScaleFigures>>;
  readonly bigfive: Readonly<Record<string, TraitFigures>>;
  readonly people: PeopleShares;
}

/**
 * All seeds give sheets of the same margins. Which answers meet in one person differs; on L, where
 * few persons decide, it matters most.
 */
const SEEDS: Readonly<Record<SheetScale, readonly number[]>> = {
  E: [1, 2],
  N: [1, 2],
  P: [1, 2],
  L: [1, 2, 3, 4, 5, 6],
};
/** The correlations between the scales agree within .01 for all seeds. */
const SHEETS_SEED = 1;
/** Errors of a model that the study did not use: in 1 of 20 answers, whatever the answer. */
const NEUTRAL: ScaleErrors = {
  keyedYes: 1.5,
  keyedNo: 1.5,
  otherYes: -1.5,
  otherNo: -1.5,
  halo: 0.3,
  outgoing: 0,
  calm: 0,
  ease: 0.3,
  person: 0.3,
};

const folder = new URL('../data/simulated/', import.meta.url);
const ofPerson = distributeError(LASTING.person);
const ofItem = distributeError(LASTING.item);

const epqra = findInstrument('epqra').items;
const bigfive = findInstrument('bigfive').items;
const traits = findInstrument('bigfive').scales.map(({ id }) => id);
const populationsOf = new Map(
  EPQRA_SCALES.map((scale) => [scale, SEEDS[scale].map((seed) => readSheets(scale, seed))]),
);
const sheets = createSyntheticSheets(SHEETS_SEED);
const groups = groupGists();
const placesOf = new Map(
  traits.map((trait) => [
    trait,
    placeItems(bigfive.filter(({ scale }) => scale === trait).map(({ text }) => text)),
  ]),
);

/** The published figures of the models of the study. */
export function readPublished(): readonly PublishedModel[] {
  return (
    JSON.parse(readFileSync(new URL('published-base.json', folder), 'utf8')) as {
      models: readonly PublishedModel[];
    }
  ).models;
}

function calibrateAll(models: readonly PublishedModel[]): object {
  const neutral = eachScale(() => NEUTRAL);
  return {
    about:
      'How the simulated model errs and whom it writes about, fitted to published-base.json by scripts/fit-simulated.ts. Made by that script; do not edit. What the figures mean is said in src/simulator/calibration.ts.',
    models: Object.fromEntries(models.map((model) => [model.modelId, calibrate(model)])),
    otherModels: {
      temperature: 1,
      scales: neutral,
      traits: calibrateTraits(
        'other models',
        Object.fromEntries(
          traits.map((trait) => [trait, average(models.map(({ bigfive }) => bigfive[trait]!))]),
        ),
        neutral,
      ),
      people: pool(models.map(({ people }) => people)),
    },
  };
}

function calibrate({
  model,
  temperature,
  epqra,
  bigfive,
  people,
}: PublishedModel): ModelCalibration {
  const scales = eachScale((scale) => calibrateScale(model, scale, epqra[scale]));
  return { temperature, scales, traits: calibrateTraits(model, bigfive, scales), people };
}

/** How a model errs on one scale, to four decimals. */
export function calibrateScale(
  model: string,
  scale: SheetScale,
  published: ScaleFigures,
): ScaleErrors {
  const populations = populationsOf.get(scale)!;
  const errors = roundAll(fitScale(published, populations, ofPerson, ofItem));
  report(`${model} ${scale}`, expectScale(errors, populations[0]!, ofPerson, ofItem), published);
  return errors;
}

/**
 * @param scales how the model errs, for the answers on the EPQR-A that the traits are to go with
 */
export function calibrateTraits(
  model: string,
  published: Readonly<Record<string, TraitFigures>>,
  scales: Readonly<Record<SheetScale, ScaleErrors>>,
): Record<string, TraitAnswers> {
  const answered = eachScale((scale) => correlateAnswers(scale, scales[scale]));
  return Object.fromEntries(
    traits.map((trait) => {
      const answers = roundAll(
        fitTrait(published[trait]!, answered, groups, placesOf.get(trait)!, ofPerson, ofItem),
      );
      report(
        `${model} ${trait} (BFI)`,
        expectTrait(answers, groups, placesOf.get(trait)!, ofPerson, ofItem),
        published[trait]!,
      );
      return [trait, answers];
    }),
  );
}

function itemsOf(scale: string): typeof epqra {
  return epqra.filter((item) => item.scale === scale);
}

function readSheets(scale: SheetScale, seed: number): ScaleSheets {
  const counts = new Map<string, number>();
  for (const { answers } of createSyntheticSheets(seed)) {
    const keyed = keyedOn(scale, answers);
    // Only P asks for the poles; the other scales have fewer patterns, and are fitted faster,
    // without.
    const { E, N } = scale === 'P' ? gistsOf(answers) : { E: 0, N: 0 };
    const pattern = JSON.stringify({ keyed, E: poleOf(E), N: poleOf(N) });
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const items = itemsOf(scale).map(({ text }) => knownItem(text)!);
  const patterns = [...counts].map(([pattern, persons]) =>
    createPattern(JSON.parse(pattern) as Pick<Pattern, 'keyed' | 'E' | 'N'>, persons, items),
  );
  return { scale, items, patterns };
}

function groupGists(): GistGroup[] {
  const counts = new Map<string, number>();
  for (const { answers } of sheets) {
    const gists = JSON.stringify(gistsOf(answers));
    counts.set(gists, (counts.get(gists) ?? 0) + 1);
  }
  return [...counts].map(([gists, persons]) => ({ gists: JSON.parse(gists) as Gists, persons }));
}

function gistsOf(answers: Sheet['answers']): Gists {
  const gist = (scale: string) => {
    const keyed = keyedOn(scale, answers);
    return (2 * keyed.filter(Boolean).length) / keyed.length - 1;
  };
  return { E: gist('E'), N: gist('N'), P: gist('P'), L: gist('L') };
}

/** Correlation of the score that is answered on one scale with the gist of each. */
function correlateAnswers(scale: SheetScale, errors: ScaleErrors): Gists {
  const { items } = populationsOf.get(scale)![0]!;
  const persons = sheets.map(({ answers }) => {
    const gists = gistsOf(answers);
    const pattern = { keyed: keyedOn(scale, answers), E: poleOf(gists.E), N: poleOf(gists.N) };
    return { gists, score: expectScore(errors, pattern, items, ofPerson, ofItem) };
  });
  const mean = (value: (person: (typeof persons)[number]) => number) =>
    persons.reduce((sum, person) => sum + value(person), 0) / persons.length;
  const middle = mean(({ score }) => score.mean);
  const variance = mean(({ score }) => score.variance + (score.mean - middle) ** 2);
  return eachScale((other) => {
    const centre = mean(({ gists }) => gists[other]);
    const ofGist = mean(({ gists }) => (gists[other] - centre) ** 2);
    return (
      mean(({ gists, score }) => (gists[other] - centre) * (score.mean - middle)) /
      Math.sqrt(variance * ofGist)
    );
  });
}

function keyedOn(scale: string, answers: Sheet['answers']): boolean[] {
  return itemsOf(scale).map(({ number, key }) => answers[number - 1] === key);
}

function eachScale<T>(value: (scale: SheetScale) => T): Record<SheetScale, T> {
  return { E: value('E'), N: value('N'), P: value('P'), L: value('L') };
}

function average(figures: readonly TraitFigures[]): TraitFigures {
  const mean = (value: (figures: TraitFigures) => number) =>
    figures.reduce((sum, one) => sum + value(one), 0) / figures.length;
  return {
    mean: mean(({ mean }) => mean),
    sd: mean(({ sd }) => sd),
    alpha: mean(({ alpha }) => alpha),
    r: {
      E: mean(({ r }) => r.E),
      N: mean(({ r }) => r.N),
      P: mean(({ r }) => r.P),
      L: mean(({ r }) => r.L),
    },
  };
}

function pool(people: readonly PeopleShares[]): Record<string, Record<string, number>> {
  const pooled: Record<string, Record<string, number>> = {};
  for (const [field, shares] of people.flatMap((one) => Object.entries(one))) {
    pooled[field] ??= {};
    for (const [category, count] of Object.entries(shares as Record<string, number>)) {
      pooled[field][category] = (pooled[field][category] ?? 0) + count;
    }
  }
  return pooled;
}

/**
 * Four decimals are more than the figures know, and spare the file the last bits of another
 * machine.
 */
function roundAll<T extends object>(parameters: T): T {
  return JSON.parse(JSON.stringify(parameters), (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value,
  ) as T;
}

/**
 * Tells whoever runs the script how near each figure comes; whoever imports it has no use for that.
 */
function report(what: string, expected: object, published: object): void {
  if (!import.meta.main) return;
  const wanted = published as Readonly<Record<string, number>>;
  const line = Object.entries(expected as Readonly<Record<string, number | Expected>>).map(
    ([name, figure]) => {
      const { value, scatter } =
        typeof figure === 'number' ? { value: figure, scatter: null } : figure;
      return `${name} ${value.toFixed(3)}${scatter === null ? '' : ` ± ${scatter.toFixed(3)}`} (${wanted[name]})`;
    },
  );
  console.error(`${what.padEnd(22)} ${line.join('  ')}`);
}

if (import.meta.main) {
  writeFileSync(
    new URL('calibration.json', folder),
    `${JSON.stringify(calibrateAll(readPublished()), null, 2)}\n`,
  );
}
