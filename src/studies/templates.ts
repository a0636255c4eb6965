/** Study files to begin with: a commented one for each kind of study. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';

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
  readonly question?: string;
  readonly models?: readonly string[];
  readonly questionnaires?: readonly string[];
  readonly repetitions?: number;
}

/**
 * Writes a study file, and beside it the rows that it names.
 * @returns the files that were written
 * @throws UserError where one of them exists; nothing is written then
 */
export function writeTemplate(
  template: Template,
  file: string,
  answers: TemplateAnswers,
): string[] {
  const rows = new URL(`${template}.csv`, FOLDER);
  const text = readFileSync(new URL(`${template}.yaml`, FOLDER), 'utf8');
  const filled = fill(text, answers);
  const named = /^ {2}file: (.+)$/m.exec(text)?.[1];
  const contents = new Map([[file, filled]]);
  if (named !== undefined)
    contents.set(path.join(path.dirname(file), named), readFileSync(rows, 'utf8'));
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
  { name, question, models, questionnaires, repetitions }: TemplateAnswers,
): string {
  const list = (items: readonly string[]) => items.map((item) => `  - ${item}`).join('\n');
  const replacements: readonly (readonly [RegExp, string | undefined])[] = [
    [/^name: .*$/m, name === undefined ? undefined : `name: ${JSON.stringify(name)}`],
    [
      /^question: .*$/m,
      question === undefined ? undefined : `question: ${JSON.stringify(question)}`,
    ],
    [/^schema: .*$/m, name === undefined ? undefined : `schema: ${schemaFor(name)}`],
    [/^models: .*$/m, models === undefined ? undefined : `models: [${models.join(', ')}]`],
    [
      /^questionnaires:\n(?: {2,}.*\n)+/m,
      questionnaires === undefined ? undefined : `questionnaires:\n${list(questionnaires)}\n`,
    ],
    [/^repetitions: .*$/m, repetitions === undefined ? undefined : `repetitions: ${repetitions}`],
  ];
  return replacements.reduce(
    (done, [pattern, value]) => (value === undefined ? done : done.replace(pattern, () => value)),
    text,
  );
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
