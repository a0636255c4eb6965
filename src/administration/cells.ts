/**
 * Ways of administering a questionnaire as a designed factor: each setting of the block
 * `administration:` takes a value or a list, and the lists are crossed.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { randomWords, shuffle } from '../statistics/random.ts';
import { didYouMean } from '../suggest.ts';
import {
  type AdministrationSettings,
  administration,
  factorLevel,
  furtherParameters,
  type ModelSettings,
} from './settings.ts';

/** A way of administering: one group for each model and questionnaire. */
export interface AdministrationCell {
  readonly settings: AdministrationSettings;
  /** Of the wording; null for the instrument's own. */
  readonly language: string | null;
  /** Level of every factor that the study varies, default levels too. */
  readonly factors: Readonly<Record<string, string>>;
  /** Of whom not to ask so; left out where everybody is asked. */
  readonly exceptions?: readonly Exception[];
}

/** Models, questionnaires or conditions, by what names them. */
export type Exception = Readonly<Record<string, unknown>>;

const LANGUAGE = 'language';

/** Of a study file; the reference is written from it. */
export const administrationBlock = z.strictObject({
  ...listsOf(administration.shape),
  [LANGUAGE]: oneOrList(z.string().min(1)).optional(),
  /** Each with a value or a list. */
  parameters: furtherParameters.optional(),
  /** Cells to leave out, by the levels that name them, and of whom, where not of everybody. */
  except: z.array(z.record(z.string(), z.json())).default([]),
  /** Asks only so many cells, chosen so that all levels occur as equally often as can be. */
  fraction: z.int().positive().optional(),
});

export type AdministrationBlock = z.output<typeof administrationBlock> &
  Partial<Record<keyof Shape, unknown>>;

function oneOrList<T extends z.ZodType>(value: T) {
  return z.union([value, z.array(value).min(1, 'must not be empty')]);
}

type Shape = typeof administration.shape;

function listsOf(shape: Shape): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, setting]) => [
      name,
      oneOrList(
        setting instanceof z.ZodDefault ? (setting.unwrap() as z.ZodType) : setting,
      ).optional(),
    ]),
  );
}

type Levels = Readonly<Record<string, unknown>>;

/**
 * Every combination of the listed levels, in the order of the schema.
 * @param seed of the study, for `fraction`
 * @param others what exceptions may name besides settings
 * @throws UserError for a level that is listed twice, an exception that names no cell, or a
 *   fraction of more cells than there are
 */
export function crossSettings(
  block: AdministrationBlock,
  seed: number,
  others: readonly string[] = [],
): readonly AdministrationCell[] {
  const { except, fraction, parameters = {}, ...settings } = block;
  const given: Levels = { ...settings, ...parameters };
  const lists = Object.entries(given).filter(([, value]) => Array.isArray(value));
  for (const [name, values] of lists) requireDistinct(name, values as readonly unknown[]);
  const varied = lists.map(([name]) => name);
  const all = lists.reduce<Levels[]>(
    (done, [name, values]) =>
      done.flatMap((cell) =>
        (values as readonly unknown[]).map((value) => ({ ...cell, [name]: value })),
      ),
    [given],
  );
  const exceptions = except.map((one) => divide(one, Object.keys(given), others));
  const ofAll = exceptions.filter(({ whom }) => whom === null);
  const left = all.filter((cell) => !ofAll.some(({ levels }) => matches(cell, levels)));
  const idle = exceptions.find(({ levels }) => !all.some((cell) => matches(cell, levels)))?.levels;
  if (idle !== undefined)
    throw wrong(`"except" names no cell: ${JSON.stringify(idle)}`, 'Name levels that are listed.');
  if (left.length === 0) throw wrong('"except" leaves no cell', 'Name fewer cells.');
  const cells = left.map((levels) => ({
    ...cellOf(levels, varied, Object.keys(parameters)),
    ...exceptionsOf(levels, exceptions),
  }));
  return fraction === undefined ? cells : chooseBalanced(cells, fraction, seed);
}

/** An exception, by the cells and by those whom it concerns. */
interface Divided {
  readonly levels: Levels;
  /** Null for everybody. */
  readonly whom: Exception | null;
}

/** @throws UserError for a name that is neither a setting of the block nor one of the others */
function divide(
  exception: Exception,
  settings: readonly string[],
  others: readonly string[],
): Divided {
  const entries = Object.entries(exception);
  const known = [...settings, ...others.filter((name) => !settings.includes(name))];
  const unknown = entries.map(([name]) => name).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw wrong(
      isSetting(unknown) || unknown === LANGUAGE
        ? `"except" names ${unknown}, which "administration" does not set`
        : `"except" names "${unknown}", which is nothing that a study varies`,
      `${didYouMean(unknown, known)}It can name ${known.join(', ')}.`,
    );
  const isOfCell = ([name]: readonly [string, unknown]) => settings.includes(name);
  const whom = entries.filter((one) => !isOfCell(one));
  return {
    levels: Object.fromEntries(entries.filter(isOfCell)),
    whom: whom.length === 0 ? null : Object.fromEntries(whom),
  };
}

function exceptionsOf(
  cell: Levels,
  exceptions: readonly Divided[],
): Pick<AdministrationCell, 'exceptions'> {
  const own = exceptions.flatMap(({ levels, whom }) =>
    whom !== null && matches(cell, levels) ? [whom] : [],
  );
  return own.length === 0 ? {} : { exceptions: own };
}

/** @param further names of further parameters */
function cellOf(
  all: Levels,
  varied: readonly string[],
  further: readonly string[],
): AdministrationCell {
  const { [LANGUAGE]: language, ...given } = all;
  const settings = Object.fromEntries(
    Object.entries(given).filter(([name]) => !further.includes(name)),
  );
  const parameters = Object.fromEntries(further.map((name) => [name, given[name]]));
  const parsed = administration.parse({
    ...settings,
    ...(further.length === 0 ? {} : { parameters }),
  });
  const levels: Levels = { ...parsed, ...parameters, [LANGUAGE]: language };
  return {
    settings: parsed,
    language: typeof language === 'string' ? language : null,
    factors: Object.fromEntries(varied.map((name) => [name, factorLevel(name, levels[name])])),
  };
}

function matches(cell: Levels, wanted: Levels): boolean {
  return Object.entries(wanted).every(([name, value]) =>
    isDeepStrictEqual(cell[name], asListed(name, value)),
  );
}

/** A level as the lists have it, where defaults are filled in. */
function asListed(name: string, value: unknown): unknown {
  if (!isSetting(name)) return value;
  const parsed = administration.shape[name].safeParse(value);
  return parsed.success ? parsed.data : value;
}

function isSetting(name: string): name is keyof Shape {
  return Object.hasOwn(administration.shape, name);
}

function requireDistinct(name: string, values: readonly unknown[]): void {
  const twice = values.find((value, index) =>
    values.slice(0, index).some((other) => isDeepStrictEqual(other, value)),
  );
  if (twice !== undefined)
    throw wrong(`${name} lists "${factorLevel(name, twice)}" twice`, 'List each level once.');
}

/** How often the search for a balanced fraction starts anew, and how many counts it may look at. */
const MOST_STARTS = 300;
const MOST_LOOKS = 5e7;

/**
 * Cells of which every level, and every two levels together, occur as equally often as a search
 * finds: from seeded random starts, cells are exchanged for others as long as that makes the counts
 * more equal, and the most equal result is taken. Choosing cells one by one does not do: it makes
 * each second cell the opposite of the one before, so that two factors may always go together.
 */
function chooseBalanced(
  cells: readonly AdministrationCell[],
  size: number,
  seed: number,
): AdministrationCell[] {
  if (size > cells.length)
    throw wrong(
      `fraction is ${size}, but there are only ${cells.length} cells`,
      'Ask for fewer, or omit "fraction".',
    );
  const countable = keysOf(cells);
  const places = [...cells.keys()];
  const looks = size * (cells.length - size + 1) * countable.keys[0]!.length;
  const words = randomWords(seed);
  let best: Choice | null = null;
  for (let start = 0; start < MOST_STARTS && (start === 0 || start * looks < MOST_LOOKS); start++) {
    const found = exchange(countable, shuffle(places, words), size);
    if (best === null || isMoreEqual(found, best)) best = found;
  }
  const chosen = new Set(best!.places);
  return cells.filter((_, place) => chosen.has(place));
}

/** What is counted of each cell, as numbers: its levels, and each two of them. */
interface Countable {
  readonly keys: readonly (readonly number[])[];
  /** Numbers below this one are of levels, the others of two together. */
  readonly levels: number;
  /** All numbers are below this one. */
  readonly all: number;
}

function keysOf(cells: readonly AdministrationCell[]): Countable {
  const numbers = new Map<string, number>();
  const numberOf = (key: string) => {
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  };
  const named = cells.map(({ factors }) =>
    Object.entries(factors).map((level) => JSON.stringify(level)),
  );
  const single = named.map((own) => own.map(numberOf));
  const levels = numbers.size;
  const keys = named.map((own, place) => [
    ...single[place]!,
    ...own.flatMap((one, at) => own.slice(at + 1).map((other) => numberOf(`${one} ${other}`))),
  ]);
  return { keys, levels, all: numbers.size };
}

interface Choice {
  readonly places: readonly number[];
  /** Sums of squared counts, which are smallest where all counts are equal. */
  readonly ofLevels: number;
  readonly ofPairs: number;
}

const isMoreEqual = (one: Choice, other: Choice) =>
  one.ofLevels < other.ofLevels || (one.ofLevels === other.ofLevels && one.ofPairs < other.ofPairs);

/** @param order of all places, of which the first are where the search starts */
function exchange(
  { keys, levels, all }: Countable,
  order: readonly number[],
  size: number,
): Choice {
  const taken = order.slice(0, size);
  const left = order.slice(size);
  const counts = new Int32Array(all);
  const count = (place: number, by: number) => {
    for (const key of keys[place]!) counts[key]! += by;
  };
  const uses = (place: number) => keys[place]!.reduce((sum, key) => sum + counts[key]!, 0);
  for (const place of taken) count(place, 1);
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const [at, place] of taken.entries()) {
      count(place, -1);
      let fewest = uses(place);
      let from = -1;
      for (const [index, other] of left.entries()) {
        const used = uses(other);
        if (used < fewest) [fewest, from] = [used, index];
      }
      if (from >= 0) {
        [taken[at], left[from]] = [left[from]!, place];
        isBetter = true;
      }
      count(taken[at]!, 1);
    }
  }
  const squares = (some: Int32Array) => some.reduce((sum, n) => sum + n ** 2, 0);
  return {
    places: taken,
    ofLevels: squares(counts.subarray(0, levels)),
    ofPairs: squares(counts.subarray(levels)),
  };
}

function wrong(what: string, hint: string): UserError {
  return new UserError(`administration: ${what}`, { code: 'study-file-invalid', hint });
}

/** The factor of models that a study asks in several ways. */
const VARIANT = 'model_variant';

/** The cell with the parameters of one of several variants of a model, as a level of a factor. */
export function cellOfVariant(
  { settings, factors, ...others }: AdministrationCell,
  own: ModelSettings,
  variant: string,
): AdministrationCell {
  const parameters = { ...settings.parameters, ...own.parameters };
  return {
    settings: {
      ...settings,
      ...own,
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    },
    ...others,
    factors: { ...factors, [VARIANT]: variant },
  };
}

/** `item_order: shuffled, language: es`; empty where nothing is varied between cells. */
export function describeCell({ factors }: AdministrationCell): string {
  return Object.entries(factors)
    .map(([name, level]) => `${name}: ${level}`)
    .join(', ');
}
