/** The output of `status --failures`. */
import type { Database } from '../../db/connect.ts';
import { count, printTable, shortened, type Terminal } from '../ui/terminal.ts';

/** More rows than anybody reads. */
const MOST_ROWS = 200;

/**
 * By model and condition: how many experiments were answered at which attempt, and why the others
 * were not.
 * @param study the file that names it, for the command that shows one
 */
export async function reportFailures(
  terminal: Terminal,
  database: Database,
  groups: readonly number[] | null,
  study: string | undefined,
): Promise<void> {
  const store = await import('../../experiments/status/failures-store.ts');
  const attempts = await store.overviewOfAttempts(database, groups);
  const failures = await store.overviewOfFailures(database, groups, MOST_ROWS + 1);
  const shown = failures.slice(0, MOST_ROWS);
  // Personas belong to no group of experiments.
  const { overviewOfWriting } = await import('../../personas/generation/generation-store.ts');
  const personas = groups === null ? await overviewOfWriting(database, MOST_ROWS) : [];
  terminal.printJson({
    attempts: attempts.map(({ brought: imported, ...one }) => ({ ...one, imported })),
    failures: shown,
    more: failures.length > shown.length,
    personas,
  });
  if (personas.length > 0) {
    printTable(
      terminal,
      [
        'model',
        'condition',
        'personas',
        'outcome',
        'kind',
        'after one attempt',
        'after more',
        'example of sheet',
        'reason',
      ],
      personas.map((one) => [
        one.model,
        one.condition,
        count(one.personas),
        one.outcome ?? 'not tried',
        one.kind,
        count(one.firstAttempt),
        count(one.laterAttempt),
        one.example,
        shortened(one.reason),
      ]),
    );
    terminal.print();
  }
  if (attempts.length === 0) {
    terminal.print('No experiments are registered yet. Next: personas register-experiments --help');
    return;
  }
  printTable(
    terminal,
    [
      'model',
      'condition',
      'experiments',
      'at first attempt',
      'at a later one',
      'imported',
      'failed',
      'not tried',
    ],
    attempts.map((one) => [
      one.model,
      one.condition,
      count(one.experiments),
      count(one.firstAttempt),
      count(one.laterAttempt),
      count(one.brought),
      count(one.failed),
      count(one.untried),
    ]),
  );
  terminal.print();
  if (shown.length === 0) {
    terminal.print('Every experiment that was tried has an answer.');
    return;
  }
  printTable(
    terminal,
    [
      'model',
      'condition',
      'outcome',
      'kind',
      'experiments',
      'after one attempt',
      'after more',
      'example',
      'reason',
    ],
    shown.map((one) => [
      one.model,
      one.condition,
      one.closed === one.experiments ? `${one.outcome}, closed` : one.outcome,
      one.kind,
      count(one.experiments),
      count(one.firstAttempt),
      count(one.laterAttempt),
      one.example,
      shortened(one.reason),
    ]),
  );
  if (failures.length > shown.length) terminal.print(`… and more; select a group with --group-id.`);
  terminal.print();
  terminal.print(
    `"personas show ${shown[0]!.example}${study === undefined ? '' : ` ${study}`}" shows everything about the first example; --retry KIND runs only experiments whose last attempt ended this way.`,
  );
}
