/** `personas instruments import`. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../../errors.ts';
import type { ImportSource } from '../../instruments/import/import.ts';
import { readTextFile } from '../../text-file.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

export const IMPORT_EXAMPLES: readonly Example[] = [
  {
    does: 'A survey of Qualtrics, as a table of items to fill in',
    command: 'personas instruments import survey.qsf',
  },
  {
    does: 'That table, filled in, as an instrument file',
    command: 'personas instruments import survey.csv --score mean --language en',
  },
];

interface ImportOptions extends CommonOptions {
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly name?: string;
  readonly options?: string;
  readonly byPosition?: boolean;
  readonly slug?: string;
  readonly title?: string;
  readonly citation?: string;
  readonly licence?: string;
  readonly language?: string;
  readonly score?: 'sum' | 'mean';
}

export function addImport(instruments: Command): void {
  examples(
    common(
      instruments
        .command('import')
        .argument('<file>', 'items.csv, Qualtrics .qsf, LimeSurvey .lss, REDCap .csv, or .json'),
    ),
    IMPORT_EXAMPLES,
  )
    .description(
      'Make an instrument file of a table of items, or of a survey of Qualtrics, LimeSurvey, REDCap or PsychoBench. What the survey does not tell is left empty in a table of items, for you to fill in.',
    )
    .option('--output <file>', 'file to write (default: the name of <file> with .csv or .json)')
    .option('--overwrite', 'replace an existing file of that name')
    .option(
      '--name <name>',
      'of several questionnaires of PsychoBench, or forms of REDCap, this one',
    )
    .option('--options <list>', 'answers of items without any: "1 = Never | 2 = Often"')
    .option('--by-position', 'number answers without a number from 1 in the order shown')
    .option('--slug <slug>', 'slug of the instrument (default: from the name of <file>)')
    .option('--title <text>', 'title of the instrument')
    .option('--citation <text>', 'who published it, and where')
    .option('--licence <text>', 'who owns it, and what is allowed')
    .option('--language <code>', 'language of the items, such as en')
    .addOption(new Option('--score <rule>', 'how scales are scored').choices(['sum', 'mean']))
    .action(run);
}

async function run(file: string, options: ImportOptions): Promise<void> {
  const { terminal } = await contextOf(options);
  const { importInstrument } = await import('../../instruments/import/import.ts');
  const { source, doubt } = await sourceOf(file);
  const { survey, open, instrument, rows } = importInstrument(
    source,
    file,
    {
      name: options.name,
      options: options.options,
      numberByPosition: options.byPosition ?? false,
    },
    {
      slug: options.slug ?? slugOf(options.name ?? file),
      title: options.title ?? null,
      citation: options.citation ?? null,
      licence: options.licence ?? null,
      language: options.language ?? null,
      score: options.score ?? null,
    },
  );
  if (instrument === null && rows === null)
    throw new UserError(`${file} is not filled in yet. Open are ${open.join('; ')}`, {
      code: 'instrument-open',
      hint: 'Fill in these cells and run the command again. docs/how-to/import-an-instrument.md explains the columns.',
    });
  const written = options.output ?? withExtension(options.name ?? file, instrument === null);
  if (existsSync(written) && options.overwrite !== true)
    throw new UserError(`${written} already exists. Nothing was written.`, {
      code: 'file-exists',
      hint: 'Choose another name with --output, or pass --overwrite to replace it, with what you filled in there.',
    });
  const { csvLine } = await import('../../dataset/csv/csv.ts');
  // The mark tells spreadsheets that the table is UTF-8.
  writeFileSync(written, instrument ?? `\uFEFF${rows!.map(csvLine).join('')}`);
  const { skipped } = survey;
  const notes = [
    ...survey.notes,
    ...(doubt === null ? [] : [`${doubt} If that is not what you wrote, save it as UTF-8.`]),
  ];
  terminal.printJson({ file: written, items: survey.items.length, open, skipped, notes });
  terminal.print(`${count(survey.items.length)} items of ${file} are in ${written}.`);
  for (const { question, reason } of skipped)
    terminal.print(`Not imported: ${question}: ${reason}.`);
  for (const note of notes) terminal.print(note);
  if (instrument !== null) {
    terminal.print(`Check it: personas instruments check ${written}`);
    return;
  }
  terminal.print('\nTo fill in:');
  for (const phrase of open) terminal.print(`- ${phrase}`);
  if (survey.items.some(({ options: own }) => own.some(({ number }) => number === null)))
    terminal.print(
      '\nTo number the answers from 1 in the order shown instead, run this command again with --by-position --overwrite.',
    );
  const isScoreOpen = (options.score ?? survey.score ?? null) === null;
  terminal.print(
    `\nThen${isScoreOpen ? ' (with --score sum where a score is the sum of its items)' : ''}: ${nextCommand(written, survey, options)}`,
  );
}

interface ReadFile {
  readonly source: ImportSource;
  /** What its text was read as, where the bytes do not tell. */
  readonly doubt: string | null;
}

async function sourceOf(file: string): Promise<ReadFile> {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.csv' || extension === '.tsv' || extension === '.txt') {
    const { readTable } = await import('../../personas/own/table.ts');
    const { sayDoubt } = await import('../../personas/own/encoding.ts');
    const table = readTable(file);
    return { source: { kind: 'csv', table }, doubt: sayDoubt(file, table) };
  }
  const text = (kind: 'qsf' | 'lss' | 'json'): ReadFile => ({
    source: { kind, text: readTextFile(file) },
    doubt: null,
  });
  if (extension === '.qsf') return text('qsf');
  if (extension === '.lss') return text('lss');
  if (extension === '.json') return text('json');
  throw new UserError(`${file} is none of the files that can be imported`, {
    code: 'instrument-import-unknown',
    hint: 'These can be: a table of items or a data dictionary of REDCap (.csv), a survey of Qualtrics (.qsf) or LimeSurvey (.lss), questionnaires of PsychoBench (.json).',
  });
}

function slugOf(file: string): string {
  const plain = path
    .basename(file, path.extname(file))
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '');
  return plain === '' ? 'imported' : plain;
}

/** Beside the file; a dictionary of REDCap is a CSV file itself. */
function withExtension(file: string, isTable: boolean): string {
  const bare = file.slice(0, file.length - path.extname(file).length);
  if (!isTable) return `${bare}.json`;
  return path.extname(file).toLowerCase() === '.csv' ? `${bare}-items.csv` : `${bare}.csv`;
}

function nextCommand(
  file: string,
  {
    title,
    language,
    score,
  }: { title: string | null; language: string | null; score: string | null },
  options: ImportOptions,
): string {
  const given: readonly (readonly [string, string | null | undefined])[] = [
    ['slug', options.slug],
    ['title', options.title ?? title],
    ['citation', options.citation],
    ['licence', options.licence],
    ['language', options.language ?? language],
    ['score', options.score ?? score ?? 'mean'],
  ];
  const words = given.flatMap(([name, value]) =>
    value === null || value === undefined
      ? []
      : [`--${name} ${/^[\w-]+$/.test(value) ? value : JSON.stringify(value)}`],
  );
  return ['personas instruments import', file, ...words].join(' ');
}
