import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { formOf } from '../shared/instrument.ts';
import { type CommonOptions, common, contextOf, LARGEST_ID, readDatabase, several, wholeNumber } from '../shared/options.ts';
import { count, dollars, shortened, type Terminal, table } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'The whole study', command: 'personas status' },
  { does: 'Why experiments of one group failed', command: 'personas status --group-id 1 --failures' },
  { does: 'Follow a run in another window', command: 'personas status --watch' },
];

export function add(program: Command): void {
  words(examples(common(program.command('status')), EXAMPLES), ['experiment', 'group', 'outcome'])
    .description('Show what is done, what is pending and why, and the cost so far.')
    .option('-g, --group-id <id>', 'only this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .option('--failures', 'by model and condition: how many experiments were answered at which attempt, and why the others were not')
    .option('--watch', 'refresh every two seconds until Ctrl-C')
    .action(async (options: CommonOptions & { groupId?: number[]; failures?: boolean; watch?: boolean }) => {
      const context = await contextOf(options);
      const store = await import('../../experiments/status/overview-store.ts');
      const show = (terminal: Terminal) =>
        readDatabase(context, 'live', async (database) => {
          const groups = options.groupId ?? null;
          // What runs experiments takes a while to load, and is needed only to name groups that are not there.
          if (groups !== null) await (await import('../../experiments/run.ts')).requireGroups(database, groups);
          if (options.failures === true) return (await import('../shared/failures.ts')).reportFailures(terminal, database, groups);
          const states = await store.countStates(database, groups);
          const overview = await store.overviewOfGroups(database, groups, states);
          const outcomes = await store.overviewOfOutcomes(database, groups, states);
          const spending = await store.overviewOfSpending(database, groups);
          const { readBudget } = await import('../../runner/budget/budget-store.ts');
          const { budgetJson, printBudget } = await import('../shared/budget.ts');
          const { printWorkers, workersJson } = await import('../shared/workers.ts');
          const budget = await readBudget(database);
          const { overviewOfPopulations } = await import('../../personas/generation/generation-store.ts');
          const populations = groups === null ? await overviewOfPopulations(database) : [];
          const { listWorkers: overviewOfWorkers } = await import('../../runner/workers/worker-store.ts');
          const workers = await overviewOfWorkers(database);
          const { journalStates, sayJournals } = await import('../shared/journals.ts');
          const journals = await journalStates(database, context.config);
          terminal.printJson({
            database: database.label,
            schema: database.schema,
            groups: overview,
            outcomes,
            spending,
            populations,
            budget: budgetJson(budget),
            workers: workersJson(workers),
            journals: journals.map((one) => ({
              folder: one.folder,
              tasks: one.kind,
              bytes: one.bytes,
              replies: one.replies,
              unknown_fate: one.unknown,
              other_study: one.otherStudy,
              left: one.setAside.map(({ callId, taskId, reason }) => ({ call_id: callId, task_id: taskId, reason })),
              unreadable: one.unreadable,
            })),
          });
          terminal.print(`Schema "${database.schema}" (${database.label})`);
          printBudget(terminal, budget);
          printWorkers(terminal, workers);
          for (const { fact, advice } of sayJournals(journals)) {
            terminal.print(`${fact[0]!.toUpperCase()}${fact.slice(1)}. ${advice.replace(/\.?$/, '.')}`);
          }
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
                  dollars(one.calls === 0 ? 0 : one.costUsd),
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
                formOf(group),
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
                ['outcome', 'kind', 'experiments', 'example', 'reason in the example'],
                unanswered.map((one) => [one.outcome ?? 'not tried', one.kind, count(one.experiments), one.example, shortened(one.reason)]),
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
      if (options.watch !== true) return show(context.terminal);
      const { watch } = await import('../ui/watch.ts');
      await watch(context.terminal, show);
    });
}
