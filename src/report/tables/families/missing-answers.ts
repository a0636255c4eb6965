/** Table Q2: administrations without answers, and what they could change. */
import { tabulateMissingAnswers } from '../../../analysis/corrected/missing-answers.ts';
import type { MissingRow } from '../../../analysis/corrected/missing-row.ts';
import { formatCount } from '../../../numbers.ts';
import { describeMissing } from '../../methods-quality.ts';
import { countsOf } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { DOES_NOT_APPLY, formatDifference, formatInterval, formatNumber } from '../format.ts';
import {
  CONDITION,
  distinct,
  estimate,
  fill,
  type Grid,
  INSTRUMENT,
  label,
  MODEL,
  pColumn,
  plainHeading,
  type ReasonNotes,
  type TableColumn,
} from '../layout.ts';
import { endingsOf, isShownAs } from '../selection.ts';

export const missingAnswers: NewTableDefinition<MissingRow> = {
  id: 'Q2',
  keys: ['instrument', 'model', 'population', 'part', 'outcome', 'scale'],
  claims: [
    {
      name: 'difference',
      about: 'difference of the share from that under Base',
      ...{ estimate: 'diff', low: 'diff_ci_low', high: 'diff_ci_high' },
      isShare: true,
      test: {
        p: 'p',
        shown: 'the share differs from that under Base',
        notShown: 'no difference from the share under Base is shown',
      },
      isMadeBy: ({ part, compared_with }) => part === 'endings' && compared_with !== null,
    },
    {
      name: 'share',
      about: 'share of administrations that ended so',
      ...{ estimate: 'value', low: 'ci_low', high: 'ci_high' },
      isShare: true,
      isMadeBy: ({ part }) => part === 'endings',
    },
    {
      name: 'sheet scores',
      about: 'difference of sheet scores from those of persons with answers',
      ...{ estimate: 'diff', low: 'diff_ci_low', high: 'diff_ci_high' },
      test: {
        p: 'p',
        shown: 'persons without answers have other sheet scores',
        notShown: 'no difference of sheet scores is shown',
      },
      isMadeBy: ({ part }) => part === 'sheet scores',
    },
  ],
  corrected: {
    table: 'Q2',
    mode: 'corrected',
    tabulate: tabulateMissingAnswers,
    title: () => 'Administrations without answers, and what they could change',
    notes: (rows) => [
      `Administrations that have ended, with answers or without.${countsOf(
        rows
          .filter(({ outcome }) => outcome === 'refused')
          .flatMap(({ part, n }) => (part === 'endings' ? [n] : [])),
        'administrations a cell',
      )} Shares in %, with 95 % intervals that take a person for a cluster.`,
      ...notHappened(rows),
      ...(rows.some(({ compared_with }) => compared_with !== null)
        ? [
            'A condition is compared with Base over the persons of both: sign-flip test, exact unless there are very many events; Fisher’s exact test where they have no persons in common.',
          ]
        : []),
      ...(rows.some(({ part }) => part === 'sheet scores')
        ? [
            'Sheet scores: of the persons of whom an administration was refused (or brought no answers), compared with those of whom none was; p is the larger one of Welch’s and Student’s tests, d is over the pooled standard deviation.',
          ]
        : []),
      `Bounds: the mean ${rows.some(isOfSheets) ? '(or the share at the target) of Tables 4 and A4' : 'of Table A4'} if everything missing were at the lower or the upper end of the scale; cells of which nothing is missing are in the files only.`,
      familiesOf(rows),
    ],
    methods: (rows, { isPlanned }) => describeMissing(rows, isPlanned),
    layOut: layOutParts,
    behind: ({ instrument, model, population }, study) =>
      endingsOf(study, { instrument, model, isWanted: isShownAs(population, 'corrected') }),
  },
};

/** Endings that are nowhere in the table. */
function notHappened(rows: readonly MissingRow[]): readonly string[] {
  const endings = rows.filter(({ part }) => part === 'endings');
  const none = distinct(endings.map(({ outcome }) => outcome)).filter(
    (outcome) => !endings.some((row) => row.outcome === outcome && row.n_events > 0),
  );
  const told = none.filter((outcome) => outcome !== 'not answered');
  return told.length === 0 ? [] : [`None: ${told.join(', ')}.`];
}

function familiesOf(rows: readonly MissingRow[]): string {
  if (rows.some(({ p }) => p !== null))
    return 'p is corrected by Holm within each model, separately for endings and for sheet scores.';
  const endings = rows.filter(({ part }) => part === 'endings');
  const isOfSeveral = distinct(endings.map(({ population }) => population)).length > 1;
  return isOfSeveral && !endings.some(({ compared_with }) => compared_with !== null)
    ? 'Nothing is tested here, where conditions are compared with Base only: Table C2 compares refusals and unusable replies between conditions, wherever there were any.'
    : 'Nothing was tested.';
}

const PARTS: Readonly<Record<MissingRow['part'], string>> = {
  endings: 'How administrations ended',
  'sheet scores': 'Sheet scores of the persons without answers, beside those of the others',
  'bounds of the mean': 'Bounds of means, whatever the missing answers are',
  'bounds of the share at the target': 'Bounds of shares at the target',
};

/** What a reader looks for: what happened, and what could change something. */
function isShown(row: MissingRow, rows: readonly MissingRow[]): boolean {
  if (row.part === 'sheet scores') return true;
  if (row.part !== 'endings') return row.n_events > 0;
  return (
    row.outcome === 'not answered' ||
    rows.some(
      ({ part, outcome, n_events }) =>
        part === 'endings' && outcome === row.outcome && n_events > 0,
    )
  );
}

const OF = {
  heading: 'Of',
  of: ({ part, outcome, scale }: MissingRow) =>
    part === 'sheet scores' ? `${scale}, ${outcome}` : (scale ?? outcome),
};

/** Shares are shown in %. */
function factorOf({ part }: MissingRow): number {
  return part === 'endings' || part === 'bounds of the share at the target' ? 100 : 1;
}

function decimalsOf(row: MissingRow): number {
  return factorOf(row) === 100 ? 1 : 2;
}

const isBounds = ({ part }: MissingRow) => part !== 'endings' && part !== 'sheet scores';

/** A column of comparisons; a row that is compared with nothing has none. */
function compared(
  heading: string,
  text: (row: MissingRow) => string | null,
): TableColumn<MissingRow> {
  return {
    heading,
    text: (row) => (row.compared_with === null || isBounds(row) ? DOES_NOT_APPLY : text(row)),
  };
}

const COLUMNS: readonly TableColumn<MissingRow>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'Events or missing', text: ({ n_events }) => formatCount(n_events) },
  {
    heading: 'Value [95 % CI]',
    text: (row) => {
      const [factor, decimals] = [factorOf(row), decimalsOf(row)];
      const format = (value: number) => formatNumber(value, decimals);
      if (row.part === 'endings')
        return estimate(row.value, [row.ci_low, row.ci_high], format, decimals, factor);
      return row.value === null ? null : format(row.value * factor);
    },
  },
  compared('Compared with', (row) =>
    row.compared_value === null
      ? null
      : `${row.compared_with}: ${formatNumber(row.compared_value * factorOf(row), decimalsOf(row))}`,
  ),
  compared('Difference [95 % CI]', (row) =>
    estimate(
      row.diff,
      [row.diff_ci_low, row.diff_ci_high],
      (value) => formatDifference(value, decimalsOf(row)),
      decimalsOf(row),
      factorOf(row),
    ),
  ),
  compared('p adj.', pColumn('p adj.', (row: MissingRow) => row.p_adjusted).text),
  {
    heading: 'd [95 % CI]',
    text: (row) =>
      row.part === 'sheet scores'
        ? estimate(
            row.smd,
            [row.smd_ci_low, row.smd_ci_high],
            (value) => formatDifference(value, 2),
            2,
          )
        : DOES_NOT_APPLY,
  },
  {
    heading: 'Bounds',
    text: (row) => {
      if (!isBounds(row)) return DOES_NOT_APPLY;
      const { bound_low: low, bound_high: high } = row;
      if (low === null || high === null) return null;
      return formatInterval(low * factorOf(row), high * factorOf(row), decimalsOf(row));
    },
  },
];

const COMPARING: ReadonlySet<TableColumn<MissingRow>> = new Set(
  COLUMNS.filter(({ heading }) =>
    ['Compared with', 'Difference [95 % CI]', 'p adj.', 'd [95 % CI]'].includes(heading),
  ),
);

/** Compared with Base, or with sheets. */
const isOfSheets = ({ part, compared_with }: MissingRow) =>
  part === 'sheet scores' || compared_with !== null;

/** One part under the other. */
function layOutParts(rows: readonly MissingRow[], reasons: ReasonNotes): Grid {
  const shown = rows.filter((row) => isShown(row, rows));
  const several = distinct(rows.map(({ instrument }) => instrument)).length > 1;
  const labels = [...(several ? [INSTRUMENT] : []), MODEL, CONDITION, OF];
  // A study without Base and sheets compares nothing here.
  const columns = rows.some(isOfSheets) ? COLUMNS : COLUMNS.filter((one) => !COMPARING.has(one));
  return {
    headings: plainHeading(...[...labels, ...columns].map(({ heading }) => heading)),
    labels: labels.length,
    sections: (Object.keys(PARTS) as MissingRow['part'][])
      .map((part) => ({ part, own: shown.filter((row) => row.part === part) }))
      .filter(({ own }) => own.length > 0)
      .map(({ part, own }) => ({
        title: PARTS[part],
        rows: own.map((row) => [
          ...labels.map(({ of }) => label(of(row))),
          ...columns.map((column) => fill(column, row, reasons)),
        ]),
      })),
  };
}
