import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../../errors.ts';
import type { Limits } from '../../runner/budget/amounts.ts';
import { type Example, examples } from '../examples.ts';
import {
  amount,
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  MOST_TOKENS,
  wholeNumber,
  withDatabase,
} from '../shared/options.ts';

interface BudgetOptions extends CommonOptions {
  readonly maxCost?: number | 'none';
  readonly maxTokens?: number | 'none';
  readonly maxCalls?: number | 'none';
  readonly recount?: boolean;
}

const EXAMPLES: readonly Example[] = [
  { does: 'Show the limits and what is left', command: 'personas budget' },
  { does: 'Let the study spend 50 dollars in total', command: 'personas budget --max-cost 50' },
  { does: 'Remove that limit', command: 'personas budget --max-cost none' },
];

export function add(program: Command): void {
  examples(common(program.command('budget')), EXAMPLES)
    .description(
      'Show or set the spending limits of the study over all its runs, processes and machines.',
    )
    .option('--max-cost <usd>', 'dollars, or "none"', orNone(amount))
    .option(
      '--max-tokens <n>',
      'tokens (input and output), or "none"',
      orNone(wholeNumber(MOST_TOKENS)),
    )
    .option('--max-calls <n>', 'calls, or "none"', orNone(wholeNumber(LARGEST_ID)))
    .option('--recount', 'recompute spending from the stored calls; no run may be in progress')
    .action(async (options: BudgetOptions) => {
      const context = await contextOf(options);
      const { terminal } = context;
      const { budgetJson, printBudget } = await import('../shared/budget.ts');
      const store = await import('../../runner/budget/budget-store.ts');
      const changes = changesOf(options);
      await withDatabase(context, async (database) => {
        if (options.recount === true && (await store.recount(database)) === null) {
          throw new UserError(
            'The budget cannot be recounted: a process is making calls, or was until half a minute ago',
            {
              code: 'recount-during-run',
              hint: 'Run this command again after all runs of this study have ended.',
            },
          );
        }
        const budget =
          Object.keys(changes).length > 0
            ? await store.setLimits(database, changes)
            : await store.readBudget(database);
        terminal.printJson(budgetJson(budget));
        terminal.print(`Schema "${database.schema}" (${database.label})`);
        printBudget(terminal, budget, true);
        if (budget.unconfirmed.calls > 0) {
          terminal.print(
            '\nIn doubt: calls of processes that ended unexpectedly. These calls may have been made and are counted at their maximum cost. After "personas recover" has stored their replies, --recount counts the actual cost.',
          );
        }
      });
    });
}

function changesOf({ maxCost, maxTokens, maxCalls }: BudgetOptions): Partial<Limits> {
  const lifted = (value: number | 'none') => (value === 'none' ? null : value);
  return {
    ...(maxCost === undefined ? {} : { usd: lifted(maxCost) }),
    ...(maxTokens === undefined ? {} : { tokens: lifted(maxTokens) }),
    ...(maxCalls === undefined ? {} : { calls: lifted(maxCalls) }),
  };
}

function orNone(read: (text: string) => number): (text: string) => number | 'none' {
  return (text) => {
    if (text.trim() === 'none') return 'none';
    try {
      return read(text);
    } catch (error) {
      if (error instanceof InvalidArgumentError)
        throw new InvalidArgumentError(`${error.message.replace(/\.$/, '')}, or "none".`);
      throw error;
    }
  };
}
