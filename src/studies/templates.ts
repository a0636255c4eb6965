/** Study files to begin with: a commented one for each kind of study. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { readTable } from '../personas/own/table.ts';

export const TEMPLATES = [
  'own-personas',
  'bias-audit',
  'retest',
  'robustness',
  'published',
] as const;
export type Template = (typeof TEMPLATES)[number];

const FOLDER = new URL('../../data/studies/templates/', import.meta.url);

/** What a new study file says in place of the template's own; what is left out stays. */
export interface TemplateAnswers {
  readonly name?: string;
  /** A CSV file of one's own, in place of the example rows. */
  readonly personas?: string;
  readonly models?: readonly string[];
  /** Slugs, or files that end in .json. */
  readonly questionnaires?: readonly string[];
  readonly repetitions?: number;
}

/** Where a study file names its rows. */
const ROWS = /^ {2}file: (.+)$/m;

/**
 * Writes a study file, and beside it the rows that it names, where they are the example ones; under
 * the study's name where there are rows of that name, such as those of another template.
 * @returns the files that were written
 * @throws UserError where one of them exists, or the file of personas cannot be read; nothing is
 *   written then
 */
export function writeTemplate(
  template: Template,
  file: string,
  answers: TemplateAnswers,
): string[] {
  const text = readFileSync(new URL(`${template}.yaml`, FOLDER), 'utf8');
  const filled = fill(text, path.dirname(file), answers);
  const named = ROWS.exec(text)?.[1];
  const contents = new Map<string, string>();
  if (named === undefined || answers.personas !== undefined) contents.set(file, filled);
  else {
    const folder = path.dirname(file);
    const own = existsSync(path.join(folder, named)) ? `${path.parse(file).name}-${named}` : named;
    const isNamed = own === named;
    contents.set(
      file,
      isNamed ? filled : filled.replace(ROWS, () => `  file: ${JSON.stringify(own)}`),
    );
    const rows = readFileSync(new URL(`${template}.csv`, FOLDER), 'utf8');
    contents.set(path.join(folder, own), rows);
  }
  const there = [...contents.keys()].find((one) => existsSync(one));
  if (there !== undefined)
    throw new UserError(`${there} already exists. Nothing was written.`, {
      code: 'file-exists',
      hint: 'Choose another name, or move the file away.',
    });
  for (const [name, content] of contents) writeFileSync(name, content);
  return [...contents.keys()];
}

function fill(
  text: string,
  folder: string,
  { name, personas, models, questionnaires, repetitions }: TemplateAnswers,
): string {
  const asked = questionnaires?.map((one) =>
    one.endsWith('.json')
      ? `  - instrument: ${JSON.stringify(path.relative(folder, one))}\n`
      : `  - ${one}\n`,
  );
  const replacements: readonly (readonly [RegExp, string | undefined])[] = [
    [/^name: .*$/m, name && `name: ${JSON.stringify(name)}`],
    [/^schema: .*$/m, name && `schema: ${schemaFor(name)}`],
    [/^personas:\n(?: {2,}.*\n)+/m, personas && personasBlock(personas, folder, text)],
    [/^models: .*$/m, models && `models: [${models.join(', ')}]`],
    [/^questionnaires:\n(?: {2,}.*\n)+/m, asked && `questionnaires:\n${asked.join('')}`],
    [/^repetitions: .*$/m, repetitions === undefined ? undefined : `repetitions: ${repetitions}`],
  ];
  return replacements.reduce(
    (done, [pattern, value]) => (value === undefined ? done : done.replace(pattern, () => value)),
    text,
  );
}

/** So many characters in each row make a description. */
const SHORTEST_DESCRIPTION = 30;

/** The block `personas:` for a file with whatever columns. */
function personasBlock(file: string, folder: string, template: string): string {
  const { columns, rows } = readTable(file);
  const isDescription = (column: string) =>
    rows.every((row) => row[column]!.trim().length >= SHORTEST_DESCRIPTION);
  const description = columns.find((one) => one === 'description') ?? columns.find(isDescription);
  // A slot without a value in some row would keep that row from being sent.
  const filled = columns.filter((column) => rows.every((row) => row[column]!.trim() !== ''));
  const text = filled.map((column) => `${column}: <row.${column}>.`).join(' ');
  return [
    'personas:',
    `  file: ${JSON.stringify(path.relative(folder, file))}`,
    `  # Its columns, each of which is kept as a factor: ${columns.join(', ')}`,
    ...(description === undefined
      ? [
          '  # The text that the model is told to be. Write a sentence round each column.',
          `  text: ${JSON.stringify(text)}`,
        ]
      : [
          '  # The column with the text that the model is told to be.',
          `  description: ${JSON.stringify(description)}`,
        ]),
    '  # The column whose levels you compare, and the one that identifies the same case:',
    '  # condition: COLUMN',
    '  # vignette: COLUMN',
    ...(template.includes('  cross:')
      ? [
          '  # Combines each row with every level, for <row.religion> in a text:',
          '  # cross: { religion: [none, Christian, Muslim] }',
        ]
      : []),
    ...(template.includes('  control: true')
      ? ['  # Adds administrations without any persona.', '  control: true']
      : []),
    '',
  ].join('\n');
}

/** A name that the database takes without quotes. */
function schemaFor(name: string): string {
  const plain = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 40);
  return /^[a-z]/.test(plain) ? plain : `study_${plain}`;
}
