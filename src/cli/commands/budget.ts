import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../../errors.ts';
import type { Limits } from '../../runner/budget/amounts.ts';
import { type Example, examples } from '../examples.ts';
import { amount, type CommonOptions, common, contextOf, LARGEST_ID, MOST_TOKENS, wholeNumber, withDatabase } from '../shared/options.ts';

interface BudgetOptions extends CommonOptions {
  readonly maxCost?: number | 'none';
  readonly maxTokens?: number | 'none';
  readonly maxCalls?: number | 'none';
  readonly recount?: boolean;
}

const EXAMPLES: readonly Example[] = [
  { does: 'What may be spent, and what is left', command: 'personas budget' },
  { does: 'Let the study spend 50 dollars in all its runs', command: 'personas budget --max-cost 50' },
  { does: 'Lift that limit', command: 'personas budget --max-cost none' },
];

export function add(program: Command): void {
  examples(common(program.command('budget')), EXAMPLES)
    .description('What the study may spend over all its runs, processes and machines, and what is left.')
    .option('--max-cost <usd>', 'dollars, or "none"', orNone(amount))
    .option('--max-tokens <n>', 'tokens, read and written, or "none"', orNone(wholeNumber(MOST_TOKENS)))
    .option('--max-calls <n>', 'calls, or "none"', orNone(wholeNumber(LARGEST_ID)))
    .option('--recount', 'count anew from the stored calls, when no run is under way')
    .action(async (options: BudgetOptions) => {
      const context = await contextOf(options);
      const { terminal } = context;
      const { budgetJson, printBudget } = await import('../shared/budget.ts');
      const store = await import('../../runner/budget/budget-store.ts');
      const changes = changesOf(options);
      await withDatabase(context, async (database) => {
        if (options.recount === true && (await store.recount(database)) === null) {
          throw new UserError('The budget cannot be recounted: a process is spending at this moment, or was until half a minute ago', {
            code: 'recount-during-run',
            hint: 'Recount when all runs of this study have ended.',
          });
        }
        const budget = Object.keys(changes).length > 0 ? await store.setLimits(database, changes) : await store.readBudget(database);
        terminal.printJson(budgetJson(budget));
        terminal.print(`Schema "${database.schema}" (${database.label})`);
        printBudget(terminal, budget, true);
        if (budget.unconfirmed.calls > 0) {
          terminal.print(
            '\nIn doubt are calls of processes that ended without a word: they may have been made, and count at the most they can have cost. Where their replies have been brought in since ("personas recover"), --recount counts what they did cost.',
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
      if (error instanceof InvalidArgumentError) throw new InvalidArgumentError(`${error.message.replace(/\.$/, '')}, or "none".`);
      throw error;
    }
  };
}
