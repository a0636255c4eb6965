/** The differences between levels of factors in sentences. */
import type { MeanContrastRow } from '../analysis/corrected/contrasts/mean-contrasts.ts';
import { describeP, formatDifference, formatInterval } from './tables/format.ts';

export type ContrastInWords = Pick<
  MeanContrastRow,
  | 'model'
  | 'factor'
  | 'level'
  | 'n'
  | 'n_reference'
  | 'reference'
  | 'outcome'
  | 'correction'
  | 'diff'
  | 'ci_low'
  | 'ci_high'
  | 'd_av'
  | 'g'
  | 'p_adjusted'
  | 'mean_equivalent'
>;

const LEVEL_OF_TESTS = 0.05;

/**
 * A sentence for each factor that was planned, in their order: how many differences are significant,
 * which is the largest, and how many are equivalent. Then what was not tested for want of a second
 * administration.
 */
export function summariseContrasts(rows: readonly ContrastInWords[]): readonly string[] {
  const planned = rows.filter(({ correction }) => correction === 'Holm');
  return [...sayTested(planned), ...sayUntested(rows)];
}

function sayTested(planned: readonly ContrastInWords[]): readonly string[] {
  return [...Map.groupBy(planned, ({ factor }) => factor)].map(([factor, own]) => {
    const found = own.filter(({ p_adjusted }) => p_adjusted! < LEVEL_OF_TESTS);
    const equivalent = own.filter(({ mean_equivalent }) => mean_equivalent === true).length;
    const shown = found.length === 0 ? '' : `; the largest is ${describe(largest(found))}`;
    const all = own.length === 1 ? 'the one difference' : `${own.length} differences`;
    const count = own.length === 1 ? (found.length === 1 ? '' : ' not') : ` ${found.length} of`;
    const claim =
      own.length === 1
        ? `${all} is${count} significant after correction`
        : `${count.trim()} ${all} ${found.length === 1 ? 'is' : 'are'} significant after correction`;
    const within =
      equivalent === 0
        ? ''
        : ` ${equivalent} ${equivalent === 1 ? 'is' : 'are'} shown to lie within the bound of equivalence.`;
    return `Between levels of ${factor}, ${claim}${shown}.${within}`;
  });
}

/** "7 differences from control (condition) are not tested: it was administered once, …" */
function sayUntested(rows: readonly ContrastInWords[]): readonly string[] {
  const single = rows.flatMap(({ p_adjusted, diff, n, n_reference, ...row }) =>
    p_adjusted === null && diff !== null && Math.min(n, n_reference) === 1
      ? [{ factor: row.factor, once: n_reference === 1 ? row.reference : row.level }]
      : [],
  );
  const groups = Map.groupBy(single, ({ factor, once }) => JSON.stringify([factor, once]));
  return [...groups.values()].map((own) => {
    const { factor, once } = own[0]!;
    const count = own.length === 1 ? '1 difference' : `${own.length} differences`;
    return `${count} from ${once} (${factor}) ${own.length === 1 ? 'is' : 'are'} shown without a test: ${once} was administered once, and a single administration has no variance of its own. Repetitions of it would allow a test.`;
  });
}

const sizeOf = ({ d_av, g }: ContrastInWords) => Math.abs(d_av ?? g ?? 0);

function largest(rows: readonly ContrastInWords[]): ContrastInWords {
  return rows.reduce((most, row) => (sizeOf(row) > sizeOf(most) ? row : most));
}

/** "Muslim − Christian on E (GPT-4o): −0.42 [−0.60, −0.24], d = −0.55, p < 0.001" */
function describe(row: ContrastInWords): string {
  const { model, level, reference, outcome, diff, ci_low, ci_high, d_av, g, p_adjusted } = row;
  const who = model === null ? '' : ` (${model})`;
  const span = ci_low === null || ci_high === null ? '' : ` ${formatInterval(ci_low, ci_high, 2)}`;
  const effect = d_av ?? g;
  const size =
    effect === null ? '' : `, ${d_av === null ? 'g' : 'd_av'} = ${formatDifference(effect, 2)}`;
  return `${level} \u2212 ${reference} on ${outcome}${who}: ${formatDifference(diff!, 2)}${span}${size}, ${describeP(p_adjusted!)}`;
}
