/**
 * A folder after Psych-DS (psychds-docs.readthedocs.io): `dataset_description.json` names every
 * variable, and the data files, whose names are made of keywords, each have one beside them that
 * says what their columns mean.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { writeWholeFile } from '../report/write-atomic.ts';

const CONTEXT = 'https://schema.org/';
const WIDE = /^data\/(answers_wide_.+)\.csv$/;
const CODEBOOK = /_codebook\.(?:csv|json|txt)$/;

/** Of a data package, what is needed here. */
interface Package {
  readonly title: string;
  readonly description: string;
  readonly resources: readonly {
    readonly path: string;
    readonly schema: { readonly fields: readonly Field[] };
  }[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly categories?: readonly { readonly value: number | string; readonly label: string }[];
}

/**
 * Writes the answers of a study, with everything that explains them, as a Psych-DS folder.
 * @param contents files of a bundle
 * @param folder must be new or empty
 * @returns files written below `data`
 * @throws UserError where the folder has something in it, or nobody was asked yet
 */
export function writePsychDs(contents: string, folder: string): string[] {
  requireEmpty(folder);
  const { title, description, resources } = JSON.parse(
    readFileSync(path.join(contents, 'datapackage.json'), 'utf8'),
  ) as Package;
  const wide = resources.filter(({ path: file }) => WIDE.test(file) && !CODEBOOK.test(file));
  if (wide.length === 0)
    throw new UserError('The study has no answers that a Psych-DS folder could have in it', {
      code: 'psych-ds-without-answers',
      hint: 'Register a questionnaire first.',
    });
  const copy = (from: string, to: string) => {
    if (existsSync(path.join(contents, from)))
      cpSync(path.join(contents, from), path.join(folder, to), { recursive: true });
  };
  mkdirSync(path.join(folder, 'data'), { recursive: true });
  const taken = new Set<string>();
  for (const { path: file, schema } of wide) {
    const name = nameOf(WIDE.exec(file)![1]!.slice('answers_wide_'.length), taken);
    copyFileSync(path.join(contents, file), path.join(folder, 'data', `${name}.csv`));
    const variables = schema.fields.map(variableOf);
    writeWholeFile(
      path.join(folder, 'data'),
      `${name}.json`,
      asJson({ variableMeasured: variables }),
    );
  }
  const all = new Set(wide.flatMap(({ schema }) => schema.fields.map(({ name }) => name)));
  writeWholeFile(
    folder,
    'dataset_description.json',
    asJson({
      '@context': CONTEXT,
      '@type': 'Dataset',
      name: title,
      description,
      // A name means another item in each file: what it means stands beside the file.
      variableMeasured: [...all],
    }),
  );
  copy('README.md', 'README.md');
  copy('instruments', 'materials/instruments');
  copy('prompts', 'materials/prompts');
  copy('study', 'documentation/study');
  copy('results', 'results');
  for (const name of readdirSync(path.join(contents, 'data')).filter((one) => CODEBOOK.test(one)))
    copy(`data/${name}`, `documentation/${name}`);
  return [...taken].map((name) => `data/${name}.csv`);
}

function requireEmpty(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new UserError(`${folder} is not empty. Nothing was written.`, {
    code: 'psych-ds-folder-not-empty',
    hint: 'Choose a new or empty folder.',
  });
}

/** Keywords have letters before their hyphen, and letters and digits after it. */
function nameOf(slug: string, taken: Set<string>): string {
  const plain = slug.normalize('NFD').replaceAll(/[^A-Za-z0-9]+/g, '') || 'answers';
  for (let number = 1; ; number++) {
    const name = `task-${plain}${number === 1 ? '' : `N${number}`}_data`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

function variableOf({ name, description, categories }: Field) {
  return {
    '@type': 'PropertyValue',
    name,
    ...(description === undefined ? {} : { description }),
    ...(categories === undefined
      ? {}
      : {
          valueReference: categories.map(({ value, label }) => ({
            '@type': 'PropertyValue',
            value,
            name: label,
          })),
        }),
  };
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
