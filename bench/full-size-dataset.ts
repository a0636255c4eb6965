/**
 * The published dataset's size and shape, from chance: 826 personalities, 82,600 personas, 541,680 answers. Its figures are near the
 * published ones (means and alphas of the EPQR-A follow Tables 4 and 6, those of the Big Five roughly A4 and A5, demographics Tables 1
 * to 3); its awkward rows are many. The same seed writes the same bytes. For benches and tests; nothing in it was answered by anybody.
 *
 * `node bench/full-size-dataset.ts FOLDER [--personalities N] [--seed N]`
 */
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { csvLine } from '../src/dataset/csv/csv.ts';
import { PUBLISHED_TABLES } from '../src/db/schema/published-tables.ts';
import { UserError } from '../src/errors.ts';
import type { Item } from '../src/instruments/instrument.ts';
import { findInstrument } from '../src/instruments/load.ts';
import { createCatalogue, type ModelEntry } from '../src/models/catalogue.ts';
import { countWords } from '../src/personas/persona.ts';
import { normalCdf } from '../src/statistics/distributions.ts';
import { drawBelow, randomWords, type Words } from '../src/statistics/random.ts';

/** Whole numbers of [0, 2¹⁶) each begin another dataset. */
export interface FullSizeOptions {
  readonly seed: number;
  /** At least 6, so that every awkward experiment finds its place; 826 by default. Everything but the questionnaires grows with it. */
  readonly personalities?: number;
}

/** What was written, counted while writing. */
export interface FullSizeFacts {
  /** Rows of each file, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Answers that repeat the experiment and question of an earlier row, */
  readonly duplicates: number;
  /** and those of them that say otherwise. */
  readonly conflicting: number;
  /** Experiments that have no answers. */
  readonly unanswered: number;
  /** Experiments with all answers whose `succeeded` is NULL. */
  readonly undecided: number;
  /** Answers whose experiment is not in the list. */
  readonly orphaned: number;
  /** Experiments that lack a single answer. */
  readonly incomplete: number;
}

type Field = string | number | null;
type Row = readonly Field[];

const PUBLISHED_PERSONALITIES = 826;
const FEWEST_PERSONALITIES = 6;
const SEEDS = 2 ** 16;
const CHUNK = 1 << 18;

const REFERENCE = 'spain826';
const FIRST_EXPERIMENT = 96_001;
const BEGIN = Date.UTC(2025, 2, 12, 10, 30);
const COMMIT = '5eed'.repeat(10);

const CONDITIONS = ['Base', 'MaxN', 'MaxP'] as const;
type Condition = (typeof CONDITIONS)[number];

/** Draws of each personality. Tables 1 to 3 read the first five. */
const DRAWS: Readonly<Record<Condition, number>> = { Base: 10, MaxN: 5, MaxP: 5 };
const MODELS = ['gpt4o', 'gpt35', 'claude35sonnet', 'llama323B', 'llama3170B'] as const;
const TABLES_OF_PEOPLE = ['1', '2', '3'] as const;

/** [group, questionnaire, model, condition]; null is the reference population itself. */
const GROUPS: readonly (readonly [number, 'epqra' | 'bigfive', (typeof MODELS)[number], Condition | null])[] = [
  [307, 'epqra', 'gpt35', 'Base'],
  [308, 'epqra', 'gpt4o', 'Base'],
  [312, 'epqra', 'gpt4o', 'MaxN'],
  [313, 'epqra', 'gpt4o', 'MaxP'],
  [343, 'epqra', 'claude35sonnet', 'Base'],
  [344, 'epqra', 'llama323B', 'Base'],
  [345, 'epqra', 'llama3170B', 'Base'],
  [356, 'epqra', 'claude35sonnet', 'MaxN'],
  [357, 'epqra', 'claude35sonnet', 'MaxP'],
  [358, 'epqra', 'gpt35', 'MaxN'],
  [359, 'epqra', 'gpt35', 'MaxP'],
  [360, 'epqra', 'llama3170B', 'MaxN'],
  [361, 'epqra', 'llama3170B', 'MaxP'],
  [362, 'epqra', 'llama323B', 'MaxN'],
  [363, 'epqra', 'llama323B', 'MaxP'],
  [366, 'bigfive', 'claude35sonnet', 'Base'],
  [367, 'bigfive', 'gpt35', 'Base'],
  [368, 'bigfive', 'gpt4o', 'Base'],
  [369, 'bigfive', 'llama3170B', 'Base'],
  [370, 'bigfive', 'llama323B', 'Base'],
  [372, 'bigfive', 'gpt4o', null],
];
const EPQRA_GROUPS = 15;
const EMPTY_GROUP = 371;

/** How many of these the published dataset has beyond one per experiment. */
const ANSWERED_TWICE = 1094;
const CALLS_IN_VAIN = 1227;
const UNANSWERED = 3;
/** Every so many experiments, one has answers although `succeeded` is NULL. */
const UNDECIDED_EVERY = 120;
/** An item of group 368 that everybody answers alike, in a scale that varies. */
const CONSTANT = { group: 368, item: 13, answer: 5 };

/** Streams of chance, so that no part depends on how much another has drawn. */
const STREAMS = { person: 1, random: 2, answers: 3, persona: 4, description: 5 } as const;

const EPQRA = findInstrument('epqra');
const BIGFIVE = findInstrument('bigfive');
const SYSTEM_ROLE = readFileSync(new URL('../data/prompts/system-role.md', import.meta.url), 'utf8').trimEnd();

/**
 * Writes the eight published CSV files into `folder`, which is made if need be.
 * @throws UserError for a seed or a number of personalities that cannot be
 */
export async function writeFullSizeDataset(folder: string, options: FullSizeOptions): Promise<FullSizeFacts> {
  const { seed, personalities = PUBLISHED_PERSONALITIES } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEEDS) {
    throw new UserError(`${seed} is no seed of this dataset`, {
      code: 'number-invalid',
      hint: `Give a whole number from 0 to ${SEEDS - 1}.`,
    });
  }
  if (!Number.isInteger(personalities) || personalities < FEWEST_PERSONALITIES) {
    throw new UserError(`The dataset cannot have ${personalities} personalities`, {
      code: 'number-invalid',
      hint: `Give a whole number, ${FEWEST_PERSONALITIES} at least; the published dataset has ${PUBLISHED_PERSONALITIES}.`,
    });
  }
  mkdirSync(folder, { recursive: true });
  const world = createWorld(seed, personalities);
  const rows: Record<string, number> = {};
  const tally = { duplicates: 0, conflicting: 0, orphaned: 0 };
  const write = async (table: string, records: Iterable<Row>) => {
    rows[table] = await writeTable(folder, table, records);
  };
  await write('reference_questionnaires', sheetRows(personalities, world.sheets.reference));
  await write('random_questionnaires', sheetRows(personalities, world.sheets.random));
  await write('questionnaire', questionnaireRows());
  await write('personas', personaRows(world));
  await write('experiments_groups', groupRows(world));
  await write('experiments_list', experimentRows(world));
  await write('eval_questionnaires', answerRows(world, tally));
  await write('experiment_request_metadata', requestRows(world));
  const undecided = world.experiments.filter((one) => one.answers !== 'none' && !one.succeeded).length;
  return { rows, ...tally, unanswered: UNANSWERED, undecided, incomplete: 1 };
}

async function writeTable(folder: string, table: string, records: Iterable<Row>): Promise<number> {
  let count = 0;
  function* chunks(): Generator<string> {
    let text = csvLine(PUBLISHED_TABLES.find((one) => one.name === table)!.columns.map((column) => column.name));
    for (const record of records) {
      text += csvLine(record);
      count++;
      if (text.length >= CHUNK) {
        yield text;
        text = '';
      }
    }
    yield text;
  }
  await pipeline(Readable.from(chunks()), createWriteStream(path.join(folder, `${table}.csv`)));
  return count;
}

// ---------------------------------------------------------------------------------------------------- the world

interface Population {
  readonly name: string;
  readonly model: ModelEntry;
  readonly condition: Condition;
  /** Id of its first persona. */
  readonly firstPersona: number;
  readonly shares: PeopleShares;
}

interface Experiment {
  readonly id: number;
  readonly group: number;
  readonly questionnaire: 'epqra' | 'bigfive';
  readonly model: ModelEntry;
  readonly population: string;
  /** Where its persona stands; null where the reference population answers itself. */
  readonly personas: Population | null;
  readonly personality: number;
  readonly created: number;
  readonly succeeded: boolean;
  readonly answers: 'all' | 'all but one' | 'none';
  /** Which of the experiments answered twice it is, from 0; null for the others. */
  readonly twice: number | null;
  readonly inVain: boolean;
}

interface World {
  readonly seed: number;
  readonly personalities: number;
  readonly populations: readonly Population[];
  readonly models: ReadonlyMap<string, ModelEntry>;
  readonly experiments: readonly Experiment[];
  readonly sheets: {
    readonly reference: (personality: number) => readonly number[];
    readonly random: (personality: number) => readonly number[];
  };
  readonly answersOf: (experiment: Experiment) => readonly number[];
}

function createWorld(seed: number, personalities: number): World {
  const stream = streamOf(seed);
  const catalogue = createCatalogue();
  const models = new Map(MODELS.map((name) => [name as string, catalogue.find(name)]));
  const shares = publishedShares();
  let firstPersona = 1;
  const populations = MODELS.flatMap((name) =>
    CONDITIONS.map((condition): Population => {
      const model = models.get(name)!;
      const population = {
        name: populationName(name, condition),
        model,
        condition,
        firstPersona,
        shares: shares.get(`${model.label} ${condition}`)!,
      };
      firstPersona += DRAWS[condition] * personalities;
      return population;
    }),
  );
  const people = Array.from({ length: personalities }, (_, index) => drawPerson(stream(STREAMS.person, index + 1)));
  const respondents = createRespondents();
  const reference = (personality: number) => answerSheet(respondents.epqra('Reference', null), people[personality - 1]!, null);
  const rates = EPQRA.items.map((_, item) => {
    let yes = 0;
    for (let personality = 1; personality <= personalities; personality++) yes += reference(personality)[item]!;
    return yes / personalities;
  });
  return {
    seed,
    personalities,
    populations,
    models,
    experiments: listExperiments(personalities, models, populations),
    sheets: {
      reference,
      random: (personality) => {
        const words = stream(STREAMS.random, personality);
        return rates.map((rate) => (uniform(words) < rate ? 1 : 0));
      },
    },
    answersOf: (experiment) => {
      const person = people[experiment.personality - 1]!;
      const words = stream(STREAMS.answers, experiment.id);
      const { model, personas } = experiment;
      if (experiment.questionnaire === 'epqra') return answerSheet(respondents.epqra(model.label, personas!.condition), person, words);
      const ratings = rateStatements(respondents.bigfive(personas === null ? 'Reference' : model.label), person, words);
      if (experiment.group === CONSTANT.group) ratings[CONSTANT.item - 1] = CONSTANT.answer;
      return ratings;
    },
  };
}

function populationName(model: string, condition: Condition): string {
  return condition === 'Base' ? `generated_${model}_${REFERENCE}` : `borderline_${condition.replace('M', 'm')}_${model}`;
}

function listExperiments(
  personalities: number,
  models: ReadonlyMap<string, ModelEntry>,
  populations: readonly Population[],
): readonly Experiment[] {
  const sheets = EPQRA_GROUPS * personalities;
  const total = GROUPS.length * personalities;
  const twice = (index: number) => pickEvenly(index, sheets, atThisSize(ANSWERED_TWICE, personalities));
  const inVain = (index: number) => pickEvenly(index, total, atThisSize(CALLS_IN_VAIN, personalities));
  // What lacks answers is looked for among the experiments answered once, so that the number of duplicates is as published.
  const once = Array.from({ length: sheets }, (_, index) => index).filter((index) => twice(index) === null);
  const lacking = new Map<number, Experiment['answers']>([[once[Math.floor(once.length / 3)]!, 'all but one']]);
  for (let nth = 0; nth < UNANSWERED; nth++) lacking.set(once[Math.floor((once.length * (2 * nth + 1)) / (2 * UNANSWERED + 2))]!, 'none');
  return GROUPS.flatMap(([group, questionnaire, name, condition], ordinal) => {
    const population = condition === null ? REFERENCE : populationName(name, condition);
    const personas = populations.find((one) => one.name === population) ?? null;
    return Array.from({ length: personalities }, (_, nth): Experiment => {
      const index = ordinal * personalities + nth;
      const answers = lacking.get(index) ?? 'all';
      return {
        id: FIRST_EXPERIMENT + index,
        group,
        questionnaire,
        model: models.get(name)!,
        population,
        personas,
        personality: nth + 1,
        created: BEGIN + (ordinal * 3600 + nth * 3) * 1000,
        succeeded: answers !== 'none' && index % UNDECIDED_EVERY !== UNDECIDED_EVERY - 1,
        answers,
        twice: index < sheets ? twice(index) : null,
        inVain: inVain(index) !== null,
      };
    });
  });
}

function atThisSize(published: number, personalities: number): number {
  return Math.round((published * personalities) / PUBLISHED_PERSONALITIES);
}

/** When `chosen` of `total` are spread evenly: which of the chosen `index` is, from 0, or null. */
function pickEvenly(index: number, total: number, chosen: number): number | null {
  const before = Math.floor((index * chosen) / total);
  return Math.floor(((index + 1) * chosen) / total) > before ? before : null;
}

function streamOf(seed: number): (stream: number, id: number) => Words {
  return (stream, id) => randomWords((seed * 16 + stream) * 2 ** 32 + id);
}

function uniform(words: Words): number {
  return (words() + 0.5) / 2 ** 32;
}

/** Box & Muller (1958). */
function normal(words: Words): number {
  return Math.sqrt(-2 * Math.log(uniform(words))) * Math.cos(2 * Math.PI * uniform(words));
}

function shuffled<T>(values: readonly T[], words: Words): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = drawBelow(last + 1, words);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

// ---------------------------------------------------------------------------------------------------- answers

/**
 * What an answer sheet comes from. A person has a place between 0 and 1 on each scale of the EPQR-A and an order of its items: who
 * scores 4 gave the keyed answer to the first four. A respondent's scores have a beta-binomial distribution with the published mean
 * and alpha; mostly it is read at the person's own place, otherwise at another, which ends in the same distribution.
 */
interface Person {
  readonly places: ReadonlyMap<string, number>;
  readonly orders: ReadonlyMap<string, readonly number[]>;
  /** Standard normal, one for each trait of the Big Five; E and N are those of the places. */
  readonly traits: ReadonlyMap<string, number>;
}

interface Rater {
  readonly mean: number;
  readonly spread: number;
  readonly noise: number;
}

const OWN_PLACE = 0.9;
/** Correlation of E and N, roughly that of the published persons. */
const E_WITH_N = -0.38;

function drawPerson(words: Words): Person {
  const e = normal(words);
  const n = E_WITH_N * e + Math.sqrt(1 - E_WITH_N ** 2) * normal(words);
  const traits = new Map([
    ['E', e],
    ['N', n],
    ['A', normal(words)],
    ['C', normal(words)],
    ['O', normal(words)],
  ]);
  const places = new Map([
    ['E', normalCdf(e)],
    ['N', normalCdf(n)],
    ['P', uniform(words)],
    ['L', uniform(words)],
  ]);
  const orders = new Map(EPQRA.scales.map(({ id }) => [id, shuffled(itemsOf(EPQRA.items, id), words)]));
  return { places, orders, traits };
}

/** Positions in the answers, from 0. */
function itemsOf(items: readonly Item[], scale: string): number[] {
  return items.flatMap((item, index) => (item.scale === scale ? [index] : []));
}

type ScoreDistributions = ReadonlyMap<string, readonly number[]>;
type Raters = ReadonlyMap<string, Rater>;

function createRespondents(): {
  epqra: (model: string, condition: Condition | null) => ScoreDistributions;
  bigfive: (model: string) => Raters;
} {
  const [scores, alphas, ratings, ratingAlphas] = [readFigures('4'), readFigures('6'), readFigures('A4'), readFigures('A5')];
  const epqra = new Map<string, Map<string, readonly number[]>>();
  const bigfive = new Map<string, Map<string, Rater>>();
  for (const { model, population, scale, text } of scores) {
    if (model === 'Random') continue;
    const { alpha } = alphas.find((one) => one.model === model && one.population === population && one.scale === scale)!;
    const size = itemsOf(EPQRA.items, scale!).length;
    entry(epqra, `${model} ${population}`).set(scale!, scoreDistribution(size, Number.parseFloat(text!), alpha ?? null));
  }
  for (const { model, scale, text } of ratings) {
    const { alpha } = ratingAlphas.find((one) => one.model === model && one.scale === scale)!;
    const [mean, sd] = text!.split(' $\\pm$ ').map(Number) as [number, number];
    const size = itemsOf(BIGFIVE.items, scale!).length;
    // Rounding to whole ratings adds a noise of its own.
    const noise = Math.sqrt(Math.max(0, sd ** 2 * size * (1 - alpha!) - 1 / 12));
    entry(bigfive, model).set(scale!, { mean, spread: sd * Math.sqrt(alpha!), noise });
  }
  return { epqra: (model, condition) => epqra.get(`${model} ${condition}`)!, bigfive: (model) => bigfive.get(model)! };
}

function entry<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const map = maps.get(key) ?? new Map<string, T>();
  maps.set(key, map);
  return map;
}

/** Chances of at most 0, 1, … `size` keyed answers; beta-binomial, or all at the mean where there is no alpha. */
function scoreDistribution(size: number, mean: number, alpha: number | null): readonly number[] {
  if (alpha === null) return Array.from({ length: size + 1 }, (_, score) => (score >= Math.round(mean) ? 1 : 0));
  // A printed 1.00 or 0.00 is a rounded one.
  const within = Math.min(0.995, Math.max(0.005, alpha));
  const correlation = within / (size - (size - 1) * within);
  const rate = Math.min(0.998, mean / size);
  const a = rate * (1 / correlation - 1);
  const b = (1 - rate) * (1 / correlation - 1);
  const weights = [1];
  for (let score = 0; score < size; score++) {
    weights.push((weights[score]! * (size - score) * (a + score)) / ((score + 1) * (b + size - score - 1)));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
}

/** Answers in the order of the items. Without `words` they are the person's own. */
function answerSheet(scores: ScoreDistributions, person: Person, words: Words | null): readonly number[] {
  const answers: number[] = new Array(EPQRA.items.length);
  for (const [scale, order] of person.orders) {
    const place = words === null || uniform(words) < OWN_PLACE ? person.places.get(scale)! : uniform(words);
    const upTo = scores.get(scale)!;
    let score = 0;
    while (score < order.length && place > upTo[score]!) score++;
    for (const [nth, item] of order.entries()) {
      const key = EPQRA.items[item]!.key!;
      answers[item] = nth < score ? key : 1 - key;
    }
  }
  return answers;
}

function rateStatements(raters: Raters, person: Person, words: Words): number[] {
  const { min, max } = BIGFIVE.answers;
  const places = new Map([...person.traits].map(([scale, z]) => [scale, OWN_PLACE * z + Math.sqrt(1 - OWN_PLACE ** 2) * normal(words)]));
  return BIGFIVE.items.map((item) => {
    const { mean, spread, noise } = raters.get(item.scale)!;
    const rating = Math.round(mean + spread * places.get(item.scale)! + noise * normal(words));
    const score = Math.min(max, Math.max(min, rating));
    return item.reverse ? min + max - score : score;
  });
}

interface Figure {
  readonly model: string;
  readonly population?: string | null;
  readonly condition?: string;
  readonly scale?: string;
  readonly metric?: string;
  readonly text?: string;
  readonly alpha?: number | null;
}

function readFigures(table: string): readonly Figure[] {
  const file = new URL(`../data/published/table${table}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { rows: Figure[] }).rows;
}

// ---------------------------------------------------------------------------------------------------- sheets, instruments, groups

function* sheetRows(personalities: number, sheet: (personality: number) => readonly number[]): Generator<Row> {
  let id = 0;
  for (let personality = 1; personality <= personalities; personality++) {
    for (const [index, answer] of sheet(personality).entries()) {
      const item = EPQRA.items[index]!;
      yield [++id, personality, item.number, item.text, item.scale, flag(item.key === 1), flag(answer === 1)];
    }
  }
}

function flag(value: boolean | null): Field {
  return value === null ? null : value ? 't' : 'f';
}

/** Every item four times, as published; the EPQR-A in six languages, whose wordings are none of ours. */
function* questionnaireRows(): Generator<Row> {
  let id = 0;
  for (let copy = 0; copy < 4; copy++) {
    for (const [instrument, languages] of [[EPQRA, ['en', 'es', 'pt', 'de', 'fr', 'it']] as const, [BIGFIVE, ['en']] as const]) {
      for (const language of languages) {
        for (const item of instrument.items) {
          const text = language === instrument.language ? item.text : `${language} ${item.number}`;
          yield [++id, language, item.number, instrument.slug, item.scale, item.key, text, flag(item.reverse)];
        }
      }
    }
  }
}

function* groupRows({ models }: World): Generator<Row> {
  const empty = [EMPTY_GROUP, 'bigfive', 'gpt4o', null] as const;
  for (const group of [...GROUPS, empty].sort(([a], [b]) => a - b)) {
    const [id, questionnaire, name, condition] = group;
    const { parameters } = models.get(name)!;
    const used = group !== empty;
    const population = condition === null ? REFERENCE : populationName(name, condition);
    yield [
      id,
      timestamp(BEGIN + (id - 307) * 3_600_000),
      used ? `${questionnaire} for ${name} ("${population}")` : 'a mistake,\nnever used',
      SYSTEM_ROLE,
      questionnaire === 'epqra' ? EPQRA.prompt : BIGFIVE.prompt,
      flag(used),
      flag(used),
      'f',
      parameters.temperature,
      parameters.topP,
      flag(used ? false : null),
    ];
  }
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
}

function* experimentRows({ experiments }: World): Generator<Row> {
  for (const one of experiments) {
    yield [
      one.id,
      one.group,
      0,
      timestamp(one.created),
      one.questionnaire,
      'en',
      'en',
      one.model.provider,
      one.model.modelId,
      one.population,
      one.personality,
      one.succeeded ? 't' : null,
      one.answers === 'none' ? null : explanationOf(one),
      COMMIT,
    ];
  }
}

const EXPLANATIONS = [
  'I answered as the person I was told to be, one question at a time.',
  'Quiet by nature, yet "never rude": so these answers, not others.',
  'Most of it follows from the work.\nThe rest is temperament.',
  '',
  'Así soy yo — 就是这样.',
];

function explanationOf({ id }: Experiment): string {
  return EXPLANATIONS[id % EXPLANATIONS.length]!;
}

function* answerRows(world: World, tally: { duplicates: number; conflicting: number; orphaned: number }): Generator<Row> {
  let id = 0;
  let lacking = 0;
  for (const experiments of groupsOf(world)) {
    for (const one of experiments) {
      const answers = world.answersOf(one);
      const given = one.answers === 'all' ? answers.length : one.answers === 'none' ? 0 : answers.length - 1;
      lacking += answers.length - given;
      for (let index = 0; index < given; index++) yield [++id, one.id, index + 1, answers[index]!];
    }
    // The second run of an experiment left its rows after those of the group.
    for (const one of experiments) {
      if (one.twice === null) continue;
      const otherwise = one.twice % 10 === 0 ? 1 + (one.twice % 3) : 0;
      for (const [index, answer] of world.answersOf(one).entries()) {
        yield [++id, one.id, index + 1, index < otherwise ? 1 - answer : answer];
        tally.duplicates++;
      }
      tally.conflicting += otherwise;
    }
  }
  // As many answers as are lacking belong to experiments that nobody listed.
  const unlisted = world.experiments.at(-1)!.id + 1000;
  for (; tally.orphaned < lacking; tally.orphaned++) {
    const items = EPQRA.items.length;
    yield [++id, unlisted + Math.floor(tally.orphaned / items), (tally.orphaned % items) + 1, tally.orphaned % 2];
  }
}

function groupsOf({ experiments, personalities }: World): readonly (readonly Experiment[])[] {
  return GROUPS.map((_, ordinal) => experiments.slice(ordinal * personalities, (ordinal + 1) * personalities));
}

// ---------------------------------------------------------------------------------------------------- requests

/** One row for each call: 3 to 5 KB of JSON, and before some of them a call in vain, whose metadata is NULL. */
function* requestRows(world: World): Generator<Row> {
  let id = 0;
  for (const one of world.experiments) {
    const { model, questionnaire } = one;
    const instrument = questionnaire === 'epqra' ? EPQRA : BIGFIVE;
    const system = SYSTEM_ROLE.replace('<row.description>', () => descriptionFor(world, one));
    const request = JSON.stringify(requestOf(model, system, instrument.prompt));
    const send = (reply: string, usable: boolean, at: number): Row => {
      const usage = { input: Math.round((system.length + instrument.prompt.length) / 4), output: Math.ceil(reply.length / 3) };
      const metadata = usable ? JSON.stringify({ model: model.modelId, usage }) : null;
      return [++id, timestamp(at), one.id, request, JSON.stringify(responseOf(model, reply, usage)), metadata];
    };
    if (one.inVain) yield send('I am sorry, but I "cannot" answer this.', false, one.created + 1_500);
    if (one.answers === 'none') {
      yield send('{"1": "True", "2": ', false, one.created + 4_000);
    } else {
      const answers = world
        .answersOf(one)
        .map((answer, index) => [index + 1, questionnaire === 'bigfive' ? answer : answer === 1 ? 'True' : 'False']);
      yield send(JSON.stringify({ ...Object.fromEntries(answers), explanation: explanationOf(one) }, null, 2), true, one.created + 4_000);
    }
  }
}

function requestOf({ provider, modelId, parameters }: ModelEntry, system: string, user: string): unknown {
  const { temperature, topP, maxTokens } = parameters;
  if (provider === 'openai') {
    const messages = [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ];
    return { model: modelId, messages, temperature, top_p: topP, max_tokens: maxTokens, response_format: { type: 'json_object' } };
  }
  return {
    modelId,
    system: [{ text: system }],
    messages: [{ role: 'user', content: [{ text: user }] }],
    inferenceConfig: { temperature, maxTokens, topP },
  };
}

function responseOf({ provider, modelId }: ModelEntry, text: string, usage: { input: number; output: number }): unknown {
  return provider === 'openai'
    ? {
        object: 'chat.completion',
        model: modelId,
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }],
        usage: { prompt_tokens: usage.input, completion_tokens: usage.output },
      }
    : {
        output: { message: { role: 'assistant', content: [{ text }] } },
        stopReason: 'end_turn',
        usage: { inputTokens: usage.input, outputTokens: usage.output },
      };
}

/** The questionnaire was answered as the first draw. */
function descriptionFor(world: World, { personas, personality }: Experiment): string {
  if (personas === null) return describe('Sam', streamOf(world.seed)(STREAMS.description, personality)).text;
  return String(createPersona(world, personas, 1, personality).description ?? '');
}

// ---------------------------------------------------------------------------------------------------- personas

type Persona = Record<string, Field>;

function* personaRows(world: World): Generator<Row> {
  const columns = PUBLISHED_TABLES.find((one) => one.name === 'personas')!.columns.map((column) => column.name);
  for (const population of world.populations) {
    for (let draw = 1; draw <= DRAWS[population.condition]; draw++) {
      for (let personality = 1; personality <= world.personalities; personality++) {
        const persona = createPersona(world, population, draw, personality);
        yield columns.map((column) => persona[column]!);
      }
    }
  }
}

/** [metric of Tables 1 to 3, then pairs of cleaned and raw value]. The last of a list takes what remains. */
type Values = readonly (readonly [string, ...(readonly [string, string])[]])[];

const PEOPLE = {
  gender: [
    ['gender_female', ['female', 'Female'], ['female', 'Woman']],
    ['gender_male', ['male', 'Male'], ['male', 'Man']],
    ['gender_non_binary', ['non-binary', 'Non-binary'], ['non-binary', 'Nonbinary (they/them)']],
    ['gender_other', ['other', 'Genderfluid']],
  ],
  race: [
    ['race_asia', ['Asian', 'Asian American'], ['Asian', 'South Asian']],
    ['race_black', ['Black', 'African American']],
    ['race_latin', ['Latino', 'Latina'], ['Hispanic/Latinx', 'Hispanic or Latinx']],
    ['race_white', ['White', 'Caucasian'], ['White', 'White/European']],
    ['race_other', ['Mixed', 'Multiracial'], ['Other', 'Middle Eastern']],
  ],
  religious_belief: [
    ['relig_agnostic', ['Agnostic', 'Agnostic, raised Catholic']],
    ['relig_atheist', ['Atheist', 'Atheist / humanist']],
    ['relig_christian', ['Christian', 'Lutheran'], ['Christian', 'Roman Catholic']],
    ['relig_other', ['Buddhist', 'Buddhism'], ['Hinduist', 'Hindu'], ['Others', 'Spiritual but not religious']],
  ],
  sexual_orientation: [
    ['sex_hetero', ['heterosexual', 'Straight'], ['heterosexual', 'Heterosexual']],
    ['sex_lgbtq', ['lgbtq+', 'Bisexual'], ['lgbtq+', 'Queer']],
    ['sex_unspecified', ['unspecified', 'Prefer not to say']],
  ],
  political_orientation: [
    ['pol_centre', ['Centre', 'Moderate']],
    ['pol_conservative', ['Conservative', 'Conservative']],
    ['pol_progressive', ['Progressive', 'Left-leaning, "green"'], ['Progressive', 'Moderate liberal']],
    ['pol_other', ['Others', 'Apolitical'], ['Others', 'Libertarian']],
  ],
} as const satisfies Readonly<Record<string, Values>>;

const OCCUPATIONS = [
  ['Accounting & finance', 'Senior financial analyst'],
  ['Education', 'Teacher, primary school'],
  ['Tech & engineering', 'Software developer'],
  ['Writing & publishing', 'Freelance editor'],
  ['Health care', 'Nurse'],
] as const;
const LOCATIONS = [
  ['Portland, OR', 'Portland, Oregon, USA'],
  ['Seattle, WA', 'Seattle, Washington'],
  ['Madrid', 'Madrid, Spain'],
  ['Other', 'a small town near Córdoba'],
] as const;
const FIRST_NAMES = ['Laura', 'Marcus', 'Priya', 'Siobhán', 'Łukasz', 'Мария', '李娜', 'Noor', 'Tomás', 'Grace'] as const;
const FAMILY_NAMES = ['Kowalski', "O'Brien", 'García', 'de la Cruz', 'Smith-Jones', 'Okafor', 'Lefèvre', 'Tanaka'] as const;

/** Rows of these are put over one persona in `ODD_EVERY`, in turn. */
const ODD_EVERY = 41;
const ODD: readonly Persona[] = [
  { gender: null, gender_original: null },
  { gender: '', gender_original: '' },
  { gender: 'FEMALE' },
  { race: null, race_original: null },
  { race: 'Black or African American' },
  { race: '' },
  { sexual_orientation: null, sexual_orientation_original: null },
  { sexual_orientation: '' },
  { sexual_orientation: 'Asexual', sexual_orientation_original: 'Asexual' },
  { sexual_orientation: 'HETEROSEXUAL' },
  { sexual_orientation: 'None', sexual_orientation_original: 'N/A' },
  { religious_belief: null },
  { religious_belief: 'Christian (Catholic)', religious_belief_original: 'Católica no practicante' },
  { religious_belief: '', religious_belief_original: '' },
  { political_orientation: null },
  { political_orientation: '', political_orientation_original: '' },
  { political_orientation: 'moderate' },
  { occupation: null, location: '', ethnicity: null },
  { age: null },
  { age: 0 },
  { name: null },
  { name: 'Hannah "Mae" Okafor, Jr.' },
  { description: null, word_count_description: null },
  { word_count_description: null },
  { description: '', word_count_description: 0 },
  { description: 'Short, "very" short.\r\n🎻 朝はコーヒー、夜は読書。\nيحب الحدائق', word_count_description: 7 },
];

type PeopleShares = ReadonlyMap<string, number>;

/** Shares of Tables 1 to 3, between 0 and 1, by model and condition, then metric. */
function publishedShares(): ReadonlyMap<string, PeopleShares> {
  const shares = new Map<string, Map<string, number>>();
  for (const { model, condition, metric, text } of TABLES_OF_PEOPLE.flatMap(readFigures)) {
    entry(shares, `${model} ${condition}`).set(metric!, Number.parseFloat(text!) / 100);
  }
  return shares;
}

function createPersona({ seed, personalities }: World, population: Population, draw: number, personality: number): Persona {
  const { name, model, condition, firstPersona, shares } = population;
  const id = firstPersona + (draw - 1) * personalities + personality - 1;
  const words = streamOf(seed)(STREAMS.persona, id);
  const firstName = oneOf(FIRST_NAMES, words);
  const persona: Persona = {
    id,
    ref_personality_id: personality,
    population: name,
    model: model.name,
    name: `${firstName} ${oneOf(FAMILY_NAMES, words)}`,
    age: 18 + drawBelow(24, words) + drawBelow(24, words),
  };
  for (const [field, values] of Object.entries(PEOPLE) as [keyof typeof PEOPLE, Values][]) {
    [persona[field], persona[`${field}_original`]] = oneOfShares(values, shares, words);
  }
  persona.ethnicity = persona.race_original!;
  [persona.occupation, persona.occupation_original] = oneOf(OCCUPATIONS, words);
  [persona.location, persona.location_original] = oneOf(LOCATIONS, words);
  const description = describe(firstName, words);
  persona.description = description.text;
  persona.word_count_description = description.words;
  persona.repetitions = draw;
  persona.model_print = model.label;
  persona.population_print = condition.replace('Max', 'Max ');
  return id % ODD_EVERY === 0 ? { ...persona, ...ODD[(id / ODD_EVERY) % ODD.length] } : persona;
}

function oneOf<T>(values: readonly T[], words: Words): T {
  return values[drawBelow(values.length, words)]!;
}

function oneOfShares(values: Values, shares: PeopleShares, words: Words): readonly [string, string] {
  let rest = uniform(words);
  for (const [metric, ...variants] of values) {
    rest -= shares.get(metric) ?? 0;
    if (rest < 0) return oneOf(variants, words);
  }
  const [, ...variants] = values.at(-1)!;
  return oneOf(variants, words);
}

const BEGINNINGS = [
  'On most mornings',
  'When nobody is watching',
  'After a long day at work',
  'In the company of old friends',
  'Whenever plans change at the last minute',
  'As a child, and ever since,',
  'At family gatherings, which are loud,',
  'With strangers on a train',
  'Once the bills are paid',
  'Before any important decision',
  'If a rule makes no sense',
  'During the first warm week of spring',
].map(counted);
const MIDDLES = [
  'they take the longer way along the river',
  'they keep a list of things that went wrong',
  'they say what they think and regret only the tone',
  'they would rather listen than hold the floor',
  'they ask one question more than is polite',
  'they turn a worry over until it is smooth',
  'they laugh first and think about it later',
  'they put the kettle on and wait for the feeling to pass',
  'they check the door, the stove and the calendar twice',
  'they make friends without noticing how',
  'they find a corner with a view of the exit',
  'they follow their own map and apologise to no one',
].map(counted);
const ENDINGS = [
  'and nobody in the house finds that strange any more.',
  'although a sister once called it “a phase”.',
  'because the alternative never felt like an option.',
  'which explains the guitar in the hall, unplayed since June.',
  'and sleep comes late but soundly.',
  'even if it costs an afternoon and some pride.',
  'so the garden is tidy and the inbox is not.',
  'as the neighbours will confirm without being asked.',
  'and there is a notebook somewhere with all the details.',
  'while the rest of the week takes care of itself.',
  'but a promise, once given, is kept to the letter.',
  'then everything goes back to where it was.',
].map(counted);

interface Counted {
  readonly text: string;
  readonly words: number;
}

function counted(text: string): Counted {
  return { text, words: countWords(text) };
}

const FEWEST_WORDS = 350;
const SENTENCES_PER_PARAGRAPH = 7;

/** 350 to 450 words in paragraphs, with the name at the head. */
function describe(firstName: string, words: Words): Counted {
  const enough = FEWEST_WORDS + drawBelow(73, words);
  let text = `${firstName} is hard to put into a few words.`;
  let count = countWords(text);
  for (let sentence = 1; count < enough; sentence++) {
    const [beginning, middle, ending] = [oneOf(BEGINNINGS, words), oneOf(MIDDLES, words), oneOf(ENDINGS, words)];
    text += `${sentence % SENTENCES_PER_PARAGRAPH === 0 ? '\n\n' : ' '}${beginning.text} ${middle.text} ${ending.text}`;
    count += beginning.words + middle.words + ending.words;
  }
  return { text, words: count };
}

// ---------------------------------------------------------------------------------------------------- command

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { personalities: { type: 'string', default: String(PUBLISHED_PERSONALITIES) }, seed: { type: 'string', default: '1' } },
  });
  if (positionals.length !== 1) {
    console.error('Usage: node bench/full-size-dataset.ts FOLDER [--personalities N] [--seed N]');
    process.exit(2);
  }
  try {
    const facts = await writeFullSizeDataset(positionals[0]!, { seed: Number(values.seed), personalities: Number(values.personalities) });
    console.log(JSON.stringify(facts, null, 2));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`${error.message}\n${error.hint}`);
    process.exit(error.exitCode);
  }
}
