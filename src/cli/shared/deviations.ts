/** Prints what deviates in a study, each on a line as it is found, then how much was checked. */
import {
  type Check,
  type Checked,
  type Deviation,
  describeDeviation,
  describeUnchecked,
} from '../../experiments/verification/deviation.ts';
import { count, printTable, type Terminal } from '../ui/terminal.ts';

/** The command exits with 1 where there is any. */
export async function printDeviations(
  terminal: Terminal,
  checked: Checked,
  found: AsyncIterable<Deviation>,
): Promise<void> {
  const deviations: Deviation[] = [];
  for await (const one of found) {
    terminal.print(describeDeviation(one));
    deviations.push(one);
  }
  terminal.printJson({
    checked: Object.fromEntries(checked),
    deviating: Object.fromEntries(
      [...checked.keys()].map((check) => [check, deviatingOf(check, deviations)]),
    ),
    unchecked: Object.fromEntries(checked.unchecked),
    deviations,
  });
  printTable(
    terminal,
    ['checked', 'number', 'deviating'],
    [...checked].map(([check, number]) => [
      check,
      count(number),
      count(deviatingOf(check, deviations)),
    ]),
  );
  if (checked.unchecked.size > 0) terminal.print('\nNot checked:');
  for (const line of describeUnchecked(checked, count)) terminal.print(line);
  if (deviations.length > 0) process.exitCode = 1;
}

/** In the unit in which the check counts: a table may deviate in many cells. */
function deviatingOf(check: Check, deviations: readonly Deviation[]): number {
  const found = deviations.filter((one) => one.check === check);
  return check === 'tables' ? new Set(found.map(({ subject }) => subject)).size : found.length;
}
