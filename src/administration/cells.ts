/**
 * Ways of administering a questionnaire as a designed factor: each setting of the block
 * `administration:` takes a value or a list, and the lists are crossed.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { drawBelow, randomWords } from '../statistics/random.ts';
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

/**
 * Cells chosen one by one, each the first, in a seeded order, whose levels were chosen least often
 * so far; of several such cells one whose pairs of levels were, so that no two factors go together.
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
  const words = randomWords(seed);
  const left = cells.map((cell) => ({
    ...{ cell, ...keysOf(cell) },
    place: drawBelow(2 ** 21, words),
  }));
  left.sort((first, second) => first.place - second.place);
  const counts = new Map<string, number>();
  const uses = (keys: readonly string[]) =>
    keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
  const chosen = new Set<AdministrationCell>();
  while (chosen.size < size) {
    const rest = left.filter(({ cell }) => !chosen.has(cell));
    const leastUsed = fewestBy(rest, ({ levels }) => uses(levels));
    const [next] = fewestBy(leastUsed, ({ pairs }) => uses(pairs));
    chosen.add(next!.cell);
    for (const key of [...next!.levels, ...next!.pairs])
      counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return cells.filter((cell) => chosen.has(cell));
}

/** What is counted of a cell: its levels, and each two of them. */
function keysOf({ factors }: AdministrationCell) {
  const levels = Object.entries(factors).map((level) => JSON.stringify(level));
  const pairs = levels.flatMap((one, at) => levels.slice(at + 1).map((other) => `${one} ${other}`));
  return { levels, pairs };
}

/** Those for which the number is smallest, in their order. */
function fewestBy<T>(all: readonly T[], count: (one: T) => number): T[] {
  const counted = all.map((one) => ({ one, n: count(one) }));
  const fewest = Math.min(...counted.map(({ n }) => n));
  return counted.flatMap(({ one, n }) => (n === fewest ? [one] : []));
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
