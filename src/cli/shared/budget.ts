/** The study's budget, as `budget` and `status` show it. */
import {
  describeAmount,
  isLimited,
  leftOf,
  MEASURES,
  type Measure,
  type StudyBudget,
} from '../../runner/budget/amounts.ts';
import { printTable, type Terminal } from '../ui/terminal.ts';

const NAMES: Readonly<Record<Measure, string>> = {
  usd: 'dollars',
  tokens: 'tokens',
  calls: 'calls',
};

/** A table of the limited measures; nothing where none is, unless `all`. */
export function printBudget(terminal: Terminal, budget: StudyBudget, all = false): void {
  if (!all && !isLimited(budget.limits)) return;
  const left = leftOf(budget);
  const shown = MEASURES.filter((measure) => all || budget.limits[measure] !== null);
  const say = (measure: Measure, value: number | null) =>
    value === null ? 'no limit' : describeAmount(measure, value);
  terminal.print();
  printTable(
    terminal,
    ['budget', 'limit', 'spent', 'in progress', 'in doubt', 'left'],
    shown.map((measure) => [
      NAMES[measure],
      say(measure, budget.limits[measure]),
      say(measure, budget.spent[measure]),
      say(measure, budget.reserved[measure]),
      say(measure, budget.unconfirmed[measure]),
      left[measure] === null ? '' : say(measure, left[measure]),
    ]),
  );
}

export function budgetJson(budget: StudyBudget): unknown {
  const left = leftOf(budget);
  return Object.fromEntries(
    MEASURES.map((measure) => [
      measure,
      {
        limit: budget.limits[measure],
        spent: budget.spent[measure],
        under_way: budget.reserved[measure],
        in_doubt: budget.unconfirmed[measure],
        left: left[measure],
      },
    ]),
  );
}
