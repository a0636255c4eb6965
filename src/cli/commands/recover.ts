import type { Command } from 'commander';
import type { RecoveredKind } from '../../experiments/recover.ts';
import type { describeLeft } from '../../runner/journal/recovery.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, withDatabase } from '../shared/options.ts';
import { count, dollars, printTable } from '../ui/terminal.ts';

const MOST_LINES = 50;

const EXAMPLES: readonly Example[] = [
  { does: 'Store the replies of a process that was killed', command: 'personas recover' },
];

export function add(program: Command): void {
  examples(common(program.command('recover')), EXAMPLES)
    .description(
      'Store replies that an earlier process received but did not store. Runs do this automatically.',
    )
    .action(async (options: CommonOptions) => {
      const context = await contextOf(options);
      await withDatabase(context, async (database) => {
        const { recoverJournals } = await import('../../experiments/recover.ts');
        const { describeLeft } = await import('../../runner/journal/recovery.ts');
        const found = await recoverJournals(database, context.config);
        report(context, found, describeLeft);
        if (found.some(({ recovered }) => recovered.left.length + recovered.unreadable.length > 0))
          process.exitCode = 1;
      });
    });
}

function report(
  { terminal }: Awaited<ReturnType<typeof contextOf>>,
  found: readonly RecoveredKind[],
  inWords: typeof describeLeft,
): void {
  terminal.printJson({
    recovered: found.map(({ what, recovered }) => ({
      tasks: what,
      journals: recovered.journals,
      replies: recovered.replies,
      answered: recovered.answered,
      gone: recovered.gone,
      in_use: recovered.held,
      unknown_fate: recovered.unknown.map((one) => ({
        call_id: one.callId,
        task_id: one.taskId,
        model: one.model,
        attempt: one.attempt,
        at: new Date(one.at).toISOString(),
        reserved_usd: one.reservedUsd,
      })),
      ...whereAny({
        not_readable: recovered.noted,
        left: recovered.left.map(({ callId, taskId, folder, reason }) => ({
          call_id: callId,
          task_id: taskId,
          folder,
          reason,
        })),
        other_study: recovered.otherStudy,
        unreadable: recovered.unreadable,
        damaged_bytes: recovered.damagedBytes,
      }),
    })),
  });
  const worth = found.filter(
    ({ recovered: { journals, held, otherStudy, unreadable } }) =>
      journals + held + otherStudy.length + unreadable.length > 0,
  );
  if (worth.length === 0) terminal.print('No journal needs to be recovered.');
  for (const { what, recovered } of worth) {
    const { journals, replies, answered, noted, gone, held, unknown, damagedBytes } = recovered;
    terminal.print(
      `${what}: ${count(journals)} journals read, ${count(replies)} replies recovered, ${count(answered)} of them with answers${gone > 0 ? `; ${count(gone)} calls were for ${what} that no longer exist` : ''}.`,
    );
    if (held > 0)
      terminal.print(`${count(held)} journals belong to running processes and were skipped.`);
    if (noted > 0)
      terminal.print(
        `${count(noted)} replies are stored as bytes with a note, because the database cannot store a readable copy.`,
      );
    if (damagedBytes > 0)
      terminal.print(
        `${count(damagedBytes)} bytes of damaged records were skipped because they cannot be read.`,
      );
    for (const line of inWords(recovered, what))
      terminal.print(`${line[0]!.toUpperCase()}${line.slice(1)}.`);
    if (unknown.length === 0) continue;
    terminal.print(
      `For ${count(unknown.length)} calls it is unknown whether they were answered and charged:`,
    );
    printTable(
      terminal,
      [what, 'model', 'attempt', 'sent', 'at most', 'call'],
      unknown
        .slice(0, MOST_LINES)
        .map((one) => [
          one.taskId,
          one.model,
          one.attempt,
          new Date(one.at).toISOString(),
          one.reservedUsd > 0 ? dollars(one.reservedUsd) : null,
          one.callId,
        ]),
    );
    if (unknown.length > MOST_LINES)
      terminal.print(`… and ${count(unknown.length - MOST_LINES)} more; --json lists all.`);
  }
}

/** What there is none of is left out. */
function whereAny(
  facts: Readonly<Record<string, number | readonly unknown[]>>,
): Record<string, number | readonly unknown[]> {
  return Object.fromEntries(
    Object.entries(facts).filter(([, fact]) =>
      typeof fact === 'number' ? fact > 0 : fact.length > 0,
    ),
  );
}
