import type { Command } from 'commander';
import { type CommonOptions, common, contextOf, LARGEST_ID, several, wholeNumber, withDatabase } from '../options.ts';
import { count, dollars, table } from '../terminal.ts';

export function add(program: Command): void {
  common(program.command('status'))
    .description('What is done, what is pending and why, what it cost.')
    .option('-g, --group-id <id>', 'only this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .action(async (options: CommonOptions & { groupId?: number[] }) => {
      const context = await contextOf(options);
      const { terminal } = context;
      const { requireGroups } = await import('../../experiments/run.ts');
      const store = await import('../../experiments/overview-store.ts');
      await withDatabase(context, async (database) => {
        const groups = options.groupId ?? null;
        await requireGroups(database, groups);
        const overview = await store.overviewOfGroups(database, groups);
        const outcomes = await store.overviewOfOutcomes(database, groups);
        const spending = await store.overviewOfSpending(database, groups);
        const { overviewOfPopulations } = await import('../../personas/generation-store.ts');
        const populations = groups === null ? await overviewOfPopulations(database) : [];
        terminal.printJson({ database: database.label, schema: database.schema, groups: overview, outcomes, spending, populations });
        terminal.print(`Schema "${database.schema}" (${database.label})`);
        if (populations.length > 0) {
          terminal.print();
          terminal.print(
            table(
              ['population', 'model', 'condition', 'planned', 'written', 'calls', 'cost'],
              populations.map((one) => [
                one.population,
                one.model,
                one.condition,
                count(one.planned),
                count(one.written),
                count(one.calls),
                dollars(one.costUsd),
              ]),
            ),
          );
        }
        if (overview.length === 0) {
          terminal.print('No experiments are registered yet. Next: personas register-experiments --help');
          return;
        }
        terminal.print();
        terminal.print(
          table(
            ['group', 'questionnaire', 'model', 'experiments', 'succeeded', 'pending', 'closed', 'description'],
            overview.map((group) => [
              group.groupId,
              group.questionnaire,
              group.model === null ? null : `${group.model}${group.simulated ? ' (simulated)' : ''}`,
              count(group.experiments),
              count(group.succeeded),
              count(group.pending),
              count(group.closed),
              group.description,
            ]),
          ),
        );
        const unanswered = outcomes.filter((outcome) => outcome.outcome !== 'answered');
        if (unanswered.length > 0) {
          terminal.print();
          terminal.print(
            table(
              ['outcome', 'experiments', 'example', 'reason'],
              unanswered.map((one) => [one.outcome ?? 'not tried', count(one.experiments), one.example, shortened(one.reason)]),
            ),
          );
        }
        if (spending.length > 0) {
          terminal.print();
          terminal.print(
            table(
              ['model id', 'calls', 'unanswered calls', 'input tokens', 'output tokens', 'cost'],
              spending.map((one) => [
                one.model,
                count(one.calls),
                count(one.retries),
                count(one.inputTokens),
                count(one.outputTokens),
                dollars(one.costUsd),
              ]),
            ),
          );
        }
      });
    });
}

function shortened(reason: string | null): string | null {
  return reason === null || reason.length <= 90 ? reason : `${reason.slice(0, 89)}…`;
}
