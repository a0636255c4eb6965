/** What `status` shows. */
import type { Database } from '../../db/connect.ts';
import type { StudyStatus } from '../../experiments/status/study-status.ts';
import { nameGivenForm } from '../registration/instrument.ts';
import { count, dollars, printTable, shortened, type Terminal } from '../ui/terminal.ts';
import { budgetJson, printBudget } from './budget.ts';
import { sayJournals } from './journals.ts';
import { tellWaysApart } from './ways.ts';
import { printWorkers, workersJson } from './workers.ts';

export function statusJson(
  { label: database, schema }: Database,
  { budget, workers, journals, ...overview }: StudyStatus,
): unknown {
  return {
    database,
    schema,
    ...overview,
    budget: budgetJson(budget),
    workers: workersJson(workers),
    journals: journals.map((one) => ({
      folder: one.folder,
      tasks: one.kind,
      bytes: one.bytes,
      replies: one.replies,
      unknown_fate: one.unknown,
      other_study: one.otherStudy,
      left: one.setAside.map(({ callId, taskId, reason }) => ({
        call_id: callId,
        task_id: taskId,
        reason,
      })),
      unreadable: one.unreadable,
    })),
  };
}

export function printStatus(
  terminal: Terminal,
  { label, schema }: Database,
  status: StudyStatus,
): void {
  terminal.print(`Schema "${schema}" (${label})`);
  printBudget(terminal, status.budget);
  printWorkers(terminal, status.workers);
  for (const { fact, advice } of sayJournals(status.journals)) {
    terminal.print(`${fact[0]!.toUpperCase()}${fact.slice(1)}. ${advice.replace(/\.?$/, '.')}`);
  }
  if (status.populations.length > 0) {
    terminal.print();
    printTable(
      terminal,
      ['population', 'model', 'condition', 'planned', 'written', 'calls', 'cost'],
      status.populations.map(
        ({ population, model, condition, planned, written, calls, costUsd }) => [
          ...[population, model, condition],
          ...[planned, written, calls].map(count),
          dollars(calls === 0 ? 0 : costUsd),
        ],
      ),
    );
  }
  if (status.groups.length === 0) {
    terminal.print('No experiments are registered yet. Next: personas register-experiments --help');
    return;
  }
  terminal.print();
  const ways = tellWaysApart(status.groups);
  const areSeveral = ways.some((way) => way !== '');
  printTable(
    terminal,
    [
      ...['group', 'questionnaire'],
      ...(areSeveral ? ['asked with'] : []),
      ...['model', 'experiments', 'succeeded', 'pending', 'closed', 'description'],
    ],
    status.groups.map((group, at) => [
      ...[group.groupId, nameGivenForm(group)],
      ...(areSeveral ? [ways[at]!] : []),
      group.model === null ? null : `${group.model}${group.simulated ? ' (simulated)' : ''}`,
      ...[group.experiments, group.succeeded, group.pending, group.closed].map(count),
      group.description,
    ]),
  );
  const unanswered = status.outcomes.filter((outcome) => outcome.outcome !== 'answered');
  if (unanswered.length > 0) {
    terminal.print();
    printTable(
      terminal,
      ['outcome', 'kind', 'experiments', 'example', 'reason in the example'],
      unanswered.map((one) => [
        one.outcome ?? 'not tried',
        one.kind,
        count(one.experiments),
        one.example,
        shortened(one.reason),
      ]),
    );
    if (unanswered.some(({ outcome }) => outcome === 'refused'))
      terminal.print(
        'Refused ones stay pending, and no run asks them again without "--retry refused".',
      );
  }
  if (status.spending.length > 0) {
    terminal.print();
    const reasons = status.spending.some((one) => one.reasoningTokens > 0);
    printTable(
      terminal,
      [
        ...['model id', 'calls', 'unanswered calls', 'input tokens', 'output tokens'],
        ...(reasons ? ['of these reasoning'] : []),
        'cost',
      ],
      status.spending.map((one) => [
        one.model,
        ...[one.calls, one.retries, one.inputTokens, one.outputTokens].map(count),
        ...(reasons ? [count(one.reasoningTokens)] : []),
        dollars(one.costUsd),
      ]),
    );
  }
}
