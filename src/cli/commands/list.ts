import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { skipOptimizing } from '../memory.ts';
import { type FilterOptions, selectionOf, withFilter } from '../shared/filter.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  readDatabase,
  wholeNumber,
  withStudyFile,
} from '../shared/options.ts';
import { count, printTable, shortened } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'Refusals of one condition, with how each reply begins',
    command: 'personas list --outcome refused --condition MaxN',
  },
  {
    does: 'The highest scores on a scale',
    command: 'personas list --scale N --sort score --desc --limit 10',
  },
  { does: 'Replies that hold a text', command: "personas list --text 'cannot'" },
];

const DEFAULT_LIMIT = 50;
const MOST_LISTED = 10_000;

export function add(program: Command): void {
  words(examples(withFilter(common(withStudyFile(program.command('list')))), EXAMPLES), [
    'experiment',
    'outcome',
  ])
    .description(
      'List administrations with outcome, scale scores and how the reply begins, filtered and sorted as on the pages of "personas view".',
    )
    .option('--limit <n>', `at most so many (default: ${DEFAULT_LIMIT})`, wholeNumber(MOST_LISTED))
    .action(
      async (
        study: string | undefined,
        options: CommonOptions & FilterOptions & { limit?: number },
      ) => {
        skipOptimizing();
        const selection = selectionOf(options);
        const context = await contextOf(options, study);
        const { terminal } = context;
        const { countMatching, readPage } = await import('../../view/administrations-store.ts');
        const { readFacets } = await import('../../view/facets-store.ts');
        const { checkNames } = await import('../shared/filter-names.ts');
        const limit = options.limit ?? DEFAULT_LIMIT;
        const { page, matching } = await readDatabase(context, 'live', async (database) => {
          const facets = await readFacets(database);
          await checkNames(database, facets, selection.filter);
          return {
            page: await readPage(database, facets, selection, limit),
            matching: await countMatching(database, facets, selection.filter),
          };
        });
        terminal.printJson(page.rows);
        if (page.rows.length === 0) return terminal.print('No administration matches.');
        printTable(
          terminal,
          ['id', 'persona', 'model', 'condition', 'outcome', 'scores', 'explanation or reply'],
          page.rows.map((row) => [
            row.id,
            `${row.personalityId ?? ''} ${row.personaName ?? ''}`.trim(),
            row.model,
            row.condition,
            row.reasonKind === null || row.reasonKind === row.outcome
              ? row.outcome
              : `${row.outcome}: ${row.reasonKind}`,
            Object.entries(row.scores)
              .map(
                ([scale, score]) => `${scale} ${score === null ? '–' : Number(score.toFixed(2))}`,
              )
              .join(' '),
            shortened(
              (row.explanation ?? row.words ?? row.reason)?.replaceAll(/\s+/g, ' ').trim() ?? null,
            ),
          ]),
        );
        if (page.next !== null)
          terminal.print(
            `\n${count(page.rows.length)} of ${matching.precision === 'exact' ? '' : 'about '}${count(matching.rows)}. More: --limit, or "personas view".`,
          );
        terminal.print(
          `One of them in full: personas show ID${study === undefined ? '' : ` ${study}`}`,
        );
      },
    );
}
