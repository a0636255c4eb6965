/**
 * The conditions under which personas are written: which scales and items of a sheet are set to
 * what.
 */
import { UserError } from '../../errors.ts';
import { closest } from '../../suggest.ts';

/**
 * What items are set to. `max` and `min`: the answer that counts most or least on the driven scale,
 * so that a reversed item gets its lowest answer for `max`. `keyed` and `unkeyed`: the answer that
 * the key names, or the other one. A number: of a scale, the points that each item is to count on
 * it; of an item, the answer itself.
 */
export type Aim = 'max' | 'min' | 'keyed' | 'unkeyed' | number;

/** By id of a scale or of an item. What is not named keeps the person's own answers. */
export type Drive = Readonly<Record<string, Aim>>;

export interface Condition {
  readonly name: string;
  /** As tables show it. */
  readonly label: string;
  /**
   * As it stands in the names of populations; null for Base, whose populations are not called
   * borderline.
   */
  readonly populationTag: string | null;
  /**
   * True when it is no part of the published study and runs only when asked for. The study's code
   * exists in two versions, of which the older also guards min_L; none of the three has published
   * results, so all three are guarded.
   */
  readonly experimental: boolean;
  readonly drive: Drive;
}

/** A condition of one's own. */
export interface ConditionDefinition {
  /** Stands in the names of its populations: letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** As tables show it. Default: the name. */
  readonly label?: string | undefined;
  readonly drive: Drive;
}

export const CONDITIONS: readonly Condition[] = [
  { name: 'Base', label: 'Base', populationTag: null, experimental: false, drive: {} },
  {
    name: 'max_N',
    label: 'MaxN',
    populationTag: 'maxN',
    experimental: false,
    drive: { N: 'max' },
  },
  {
    name: 'max_P',
    label: 'MaxP',
    populationTag: 'maxP',
    experimental: false,
    drive: { P: 'max' },
  },
  {
    name: 'min_L',
    label: 'MinL',
    populationTag: 'minL',
    experimental: true,
    drive: { L: 'min' },
  },
  {
    name: 'max_all',
    label: 'MaxAll',
    populationTag: 'maxAll',
    experimental: true,
    drive: { E: 'max', N: 'max', P: 'max', L: 'max' },
  },
  {
    name: 'min_E_max_rest',
    label: 'MinE-MaxRest',
    populationTag: 'minE_maxRest',
    experimental: true,
    drive: { E: 'min', N: 'max', P: 'max', L: 'max' },
  },
];

/** The published column `population_print` is a varchar(50). */
const LONGEST_LABEL = 50;

/**
 * A condition of the program's.
 * @param spelling name, label or population tag; letter case and the separators `-`, `_`, `.` and
 *   space do not count
 * @throws UserError that lists the known ones and the nearest
 */
export function findCondition(spelling: string): Condition {
  return findConditionAmong(CONDITIONS, spelling);
}

/** @throws UserError as `findCondition` does */
export function findConditionAmong(known: readonly Condition[], spelling: string): Condition {
  const found = known.find((one) =>
    [one.name, one.label].some((name) => plain(name) === plain(spelling)),
  );
  if (found !== undefined) return found;
  const names = known.map(({ name }) => name);
  const meant = closest(spelling, names);
  throw new UserError(`Unknown condition "${spelling}". Known conditions: ${names.join(', ')}.`, {
    code: 'condition-unknown',
    hint: meant === null ? 'Use one of these.' : `Did you mean "${meant}"?`,
  });
}

/**
 * A condition of one's own. Whether an instrument has what it drives is told by `drivenAnswers`.
 * @throws UserError for a name that cannot stand in the name of a population, or is that of a
 *   condition of the program's
 */
export function defineCondition({ name, label = name, drive }: ConditionDefinition): Condition {
  const refuse = (message: string, hint: string) =>
    new UserError(message, { code: 'condition-invalid', hint });
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u.test(name))
    throw refuse(
      `Invalid name of a condition: "${name}"`,
      'Use only letters, digits, "_", "-" and ".", as in MaxO.',
    );
  if (label.trim() === '' || [...label].length > LONGEST_LABEL)
    throw refuse(
      `Invalid label of the condition "${name}": "${label}"`,
      `Use 1 to ${LONGEST_LABEL} characters.`,
    );
  const taken = CONDITIONS.find((one) =>
    [name, label].some((word) => [one.name, one.label].map(plain).includes(plain(word))),
  );
  if (taken !== undefined)
    throw refuse(
      `The condition "${name}" would be called like the built-in condition ${taken.name}`,
      'Give it another name and label, or name the built-in one without "drive".',
    );
  if (Object.keys(drive).length === 0)
    throw refuse(
      `The condition "${name}" drives nothing`,
      'Name a scale or an item under "drive", as in { O: max }. Sheets as they are: Base.',
    );
  return { name, label, populationTag: name, experimental: false, drive };
}

/** The definition of a condition that is not one of the program's; null for those. */
export function conditionDefinition(condition: Condition): ConditionDefinition | null {
  const { name, label, drive } = condition;
  return CONDITIONS.includes(condition) ? null : { name, label, drive };
}

/**
 * @param settings as on the command line: `O=max`, `16=5`
 * @throws UserError for what is no such setting
 */
export function readDrive(settings: readonly string[]): Drive {
  return Object.fromEntries(
    settings.map((setting) => {
      const [, id, aim] =
        /^([^=]+)=(max|min|keyed|unkeyed|[+-]?\d+(?:\.\d+)?)$/.exec(setting) ?? [];
      if (id === undefined || aim === undefined)
        throw new UserError(`"${setting}" does not say what is set to what`, {
          code: 'condition-invalid',
          hint: 'Name a scale or an item, and max, min, keyed, unkeyed or a number: O=max, 16=5.',
        });
      return [id.trim(), Number.isNaN(Number(aim)) ? (aim as Aim) : Number(aim)];
    }),
  );
}

function plain(spelling: string): string {
  return spelling.toLowerCase().replace(/[-_.\s]/g, '');
}
