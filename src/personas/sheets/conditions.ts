/**
 * The conditions under which personas are written: which scales of a sheet are set to an extreme.
 */
import { UserError } from '../../errors.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { closest } from '../../suggest.ts';
import { createSheet, type Sheet } from './sheet.ts';

type ConditionName = 'Base' | 'max_N' | 'max_P' | 'min_L' | 'max_all' | 'min_E_max_rest';

export interface Condition {
  readonly name: ConditionName;
  /** As the tables of the study print it. */
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
  /**
   * Scale to the answers its items get: the keyed ones, or the opposite. The other scales keep the
   * person's own.
   */
  readonly manipulated: Readonly<Record<string, 'keyed' | 'not keyed'>>;
}

export const CONDITIONS: readonly Condition[] = [
  { name: 'Base', label: 'Base', populationTag: null, experimental: false, manipulated: {} },
  {
    name: 'max_N',
    label: 'MaxN',
    populationTag: 'maxN',
    experimental: false,
    manipulated: { N: 'keyed' },
  },
  {
    name: 'max_P',
    label: 'MaxP',
    populationTag: 'maxP',
    experimental: false,
    manipulated: { P: 'keyed' },
  },
  {
    name: 'min_L',
    label: 'MinL',
    populationTag: 'minL',
    experimental: true,
    manipulated: { L: 'not keyed' },
  },
  {
    name: 'max_all',
    label: 'MaxAll',
    populationTag: 'maxAll',
    experimental: true,
    manipulated: { E: 'keyed', N: 'keyed', P: 'keyed', L: 'keyed' },
  },
  {
    name: 'min_E_max_rest',
    label: 'MinE-MaxRest',
    populationTag: 'minE_maxRest',
    experimental: true,
    manipulated: { E: 'not keyed', N: 'keyed', P: 'keyed', L: 'keyed' },
  },
];

/**
 * @param spelling name, label or population tag; letter case and the separators `-`, `_`, `.` and
 *   space do not count
 * @throws UserError that lists the known ones and the nearest
 */
export function findCondition(spelling: string): Condition {
  const found = CONDITIONS.find(({ name }) => plain(name) === plain(spelling));
  if (found !== undefined) return found;
  const names = CONDITIONS.map(({ name }) => name);
  const meant = closest(spelling, names);
  throw new UserError(`Unknown condition "${spelling}". Known conditions: ${names.join(', ')}.`, {
    code: 'condition-unknown',
    hint: meant === null ? 'Use one of these.' : `Did you mean "${meant}"?`,
  });
}

/**
 * The sheet under a condition: the driven scales answered as the condition says, all else as the
 * person answered.
 * @throws UserError when the instrument has no keyed Yes/No items of a driven scale, or the sheet
 *   is not one of it
 */
export function applyCondition(
  sheet: Sheet,
  { label, manipulated: driven }: Condition,
  instrument: Instrument,
): Sheet {
  if (sheet.answers.length !== instrument.items.length) {
    throw new UserError(
      `The sheet of person ${sheet.personalityId} has ${sheet.answers.length} answers; ${instrument.slug} has ${instrument.items.length} items`,
      {
        code: 'sheet-not-of-instrument',
        hint: 'Use the instrument with which the sheets were answered.',
      },
    );
  }
  for (const scale of Object.keys(driven)) {
    const items = instrument.items.filter((item) => item.scale === scale);
    if (items.length > 0 && items.every((item) => item.key === 0 || item.key === 1)) continue;
    throw new UserError(
      `The condition ${label} needs keyed Yes/No items of the scale ${scale}; ${instrument.slug} has none`,
      {
        code: 'condition-needs-keys',
        hint: 'Conditions apply to the EPQR-A (epqra) and to instruments of the same format.',
      },
    );
  }
  const answers = instrument.items.map(({ number, scale, key }) => {
    const aim = scale === null ? undefined : driven[scale];
    return aim === undefined ? sheet.answers[number - 1]! : (key === 1) === (aim === 'keyed');
  });
  return createSheet(sheet.personalityId, answers);
}

function plain(spelling: string): string {
  return spelling.toLowerCase().replace(/[-_.\s]/g, '');
}
