import { type Command, Option } from 'commander';
import type { Difference, SectionSummary } from '../../evidence/diff/compare.ts';
import { shownText } from '../../text-file.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import { type CommonOptions, contextOf, wholeNumber } from '../shared/options.ts';
import { count, printTable } from '../ui/terminal.ts';

interface DiffOptions extends Omit<CommonOptions, 'schema'> {
  readonly limit: number;
}

const DEFAULT_LIMIT = 20;
const LONGEST_VALUE = 60;

const EXAMPLES: readonly Example[] = [
  {
    does: 'A bundle and the schema that it was made of',
    command: 'personas diff my-study.zip my_study',
  },
  { does: 'Two bundles, as data', command: 'personas diff first.zip second.zip --json' },
  { does: 'Two schemas, with more differences', command: 'personas diff mine copy --limit 200' },
];

export function add(program: Command): void {
  const source = 'bundle, folder of an export or unpacked bundle, or name of a schema';
  examples(program.command('diff'), EXAMPLES)
    .argument('<a>', source)
    .argument('<b>', source)
    .description(
      'Compare two studies: design, parameters, personas, answers, and tables cell by cell. Administrations are matched by persona, form, model, condition and repetition. It exits with 1 when they differ.',
    )
    .option(
      '--limit <n>',
      'differences to print; with --json, all are there',
      wholeNumber(1_000_000),
      DEFAULT_LIMIT,
    )
    .option('--config <file>', 'configuration file (default: personas.yaml in this folder)')
    .option(
      '--database <where>',
      'of the schemas: postgres://… or a folder for the embedded database (default: .personas)',
    )
    .option('--json', 'print one JSON document')
    .addOption(new Option('--debug', 'print the stack trace of an error'))
    .action(async (a: string, b: string, options: DiffOptions) => {
      const { terminal, config } = await contextOf(options);
      const { compareStudies } = await import('../../evidence/diff/compare.ts');
      const { openStudy } = await import('../../evidence/diff/sources.ts');
      keepHeapSmall();
      using one = await openStudy(a, config);
      using other = await openStudy(b, config);
      const { sections, differences } = await compareStudies(one, other);
      terminal.printJson({ a, b, same: differences.length === 0, sections, differences });
      printTable(
        terminal,
        ['', 'same', 'different', 'only in A', 'only in B'],
        sections.map(rowOf),
      );
      terminal.print();
      for (const each of differences.slice(0, options.limit)) terminal.print(describe(each));
      if (differences.length > options.limit)
        terminal.print(`${count(differences.length - options.limit)} more (--limit shows more).`);
      for (const { section, compared } of sections)
        if (!compared) terminal.print(`One of the two has no ${section}: they were not compared.`);
      if (differences.length === 0) terminal.print('No differences.');
      else process.exitCode = 1;
    });
}

function rowOf({ section, compared, ...counts }: SectionSummary): string[] {
  const { same, different, onlyInA, onlyInB } = counts;
  const numbers = [same, different, onlyInA, onlyInB];
  return [section, ...numbers.map((number) => (compared ? count(number) : 'n/a'))];
}

function describe({ section, key, name, a, b }: Difference): string {
  if (name === '') return `${section}: ${key}: only in ${b === null ? 'A' : 'B'}`;
  return `${section}: ${key}: ${name}: ${shown(a)} in A, ${shown(b)} in B`;
}

function shown(value: string | null): string {
  return value === null ? 'nothing' : `"${shownText(value, LONGEST_VALUE)}"`;
}
