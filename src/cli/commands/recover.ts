import type { Command } from 'commander';
import type { Recovered } from '../../asking/journal-recovery.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, withDatabase } from '../options.ts';
import { count, dollars, table } from '../terminal.ts';

const MOST_LINES = 50;

const EXAMPLES: readonly Example[] = [{ does: 'Bring in what a process that was killed had not stored', command: 'personas recover' }];

export function add(program: Command): void {
  examples(common(program.command('recover')), EXAMPLES)
    .description('Bring in replies that a process which ended had not stored; runs do so by themselves.')
    .action(async (options: CommonOptions) => {
      const context = await contextOf(options);
      await withDatabase(context, async (database) => {
        const { createJournal } = await import('../../asking/journal.ts');
        const { waitingJournals } = await import('../../asking/journal-folders.ts');
        const { bringIn } = await import('../../asking/journal-recovery.ts');
        const { journalPlace } = await import('../../asking/journal-store.ts');
        const { recoverableExperiments } = await import('../../experiments/run.ts');
        const { recoverableGenerations } = await import('../../personas/generate.ts');
        const place = await journalPlace(database, context.config);
        const kinds = new Set((await waitingJournals(place)).map((one) => one.kind));
        await using journal = createJournal(place, { kind: 'recover', now: Date.now });
        const found: { what: string; recovered: Recovered }[] = [
          { what: 'experiments', recovered: await bringIn(place, await recoverableExperiments(database, context.config), journal) },
        ];
        if (kinds.has('personas')) {
          const work = await recoverableGenerations(database, context.config);
          found.push({ what: work.queue, recovered: await bringIn(place, work, journal) });
        }
        report(context, found);
      });
    });
}

function report({ terminal }: Awaited<ReturnType<typeof contextOf>>, found: readonly { what: string; recovered: Recovered }[]): void {
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
    })),
  });
  const worth = found.filter(({ recovered }) => recovered.journals + recovered.held > 0);
  if (worth.length === 0) terminal.print('No journal waits to be brought in.');
  for (const { what, recovered } of worth) {
    const { journals, replies, answered, gone, held, unknown } = recovered;
    terminal.print(
      `${what}: ${count(journals)} journals read, ${count(replies)} replies brought in, ${count(answered)} of them answers${gone > 0 ? `; ${count(gone)} calls were about ${what} that do not exist any more` : ''}.`,
    );
    if (held > 0) terminal.print(`${count(held)} journals belong to processes that are at work, and were left alone.`);
    if (unknown.length === 0) continue;
    terminal.print(`Of ${count(unknown.length)} calls it is not known whether they were answered, and paid for:`);
    terminal.print(
      table(
        [what, 'model', 'attempt', 'left', 'at most', 'call'],
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
      ),
    );
    if (unknown.length > MOST_LINES) terminal.print(`… and ${count(unknown.length - MOST_LINES)} more; --json lists all.`);
  }
}
