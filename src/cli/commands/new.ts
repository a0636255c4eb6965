import path from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../../errors.ts';
import type { Template, TemplateAnswers } from '../../studies/templates.ts';
import { type Example, examples } from '../examples.ts';
import { createTerminal, type Terminal } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'A study with personas of your own', command: 'personas new' },
  { does: 'A bias audit, as audit.yaml', command: 'personas new audit.yaml --template bias-audit' },
];

/** As in src/studies/templates.ts, which is loaded only when it is needed. */
const NAMES: readonly Template[] = [
  'own-personas',
  'bias-audit',
  'retest',
  'robustness',
  'published',
];

interface NewOptions {
  readonly template?: Template;
  readonly json?: boolean;
}

export function add(program: Command): void {
  examples(program.command('new'), EXAMPLES)
    .argument('[file]', 'study file to write', 'study.yaml')
    .description(
      'Write a commented study file to begin with, and example rows. On a terminal it asks five questions; elsewhere it uses the defaults.',
    )
    .addOption(
      new Option('--template <kind>', 'kind of study (default: own-personas)').choices([...NAMES]),
    )
    .option('--json', 'print one JSON document')
    .action(async (file: string, options: NewOptions) => {
      const { isDumbTerminal } = await import('../../config/load.ts');
      const { writeTemplate } = await import('../../studies/templates.ts');
      const terminal = createTerminal(options.json ?? false, isDumbTerminal());
      const { template = options.template ?? 'own-personas', ...answers } = terminal.canAsk
        ? await ask(terminal, options.template)
        : {};
      const files = writeTemplate(template, file, { ...answers, ...nameOf(file) });
      terminal.printJson({ files });
      for (const one of files) terminal.print(`Wrote ${one}.`);
      terminal.print(
        `Edit the name, the question and what else is commented there.\nNext: personas pipeline ${file} --dry-run`,
      );
    });
}

/** A study is called like its file, where that says something. */
function nameOf(file: string): Pick<TemplateAnswers, 'name'> {
  const { name } = path.parse(file);
  return name === 'study' ? {} : { name };
}

type Answers = TemplateAnswers & { readonly template?: Template };

/** An empty reply keeps what the template says. */
async function ask(terminal: Terminal, given: Template | undefined): Promise<Answers> {
  const { contextOf } = await import('../shared/options.ts');
  const { createCatalogue } = await import('../../models/catalogue.ts');
  const { findInstrument, loadInstrument } = await import('../../instruments/load.ts');
  const { readTable } = await import('../../personas/own/table.ts');
  const { config } = await contextOf({});
  const catalogue = createCatalogue(config.models);
  terminal.say('Five questions. Enter alone keeps what is in brackets; all of it can be edited.');
  const template =
    given ??
    (await askUntil(terminal, `Kind of study: ${NAMES.join(', ')} [own-personas] `, templateOf));
  const personas =
    template === 'published'
      ? null
      : await askUntil(terminal, 'CSV file with your personas [example rows] ', (text) => {
          readTable(text);
          return text;
        });
  const questionnaires = await askUntil(
    terminal,
    `Questionnaires, or files of your own (.json) [${template === 'published' ? 'epqra bigfive' : 'miniipip'}] `,
    (text) => {
      for (const one of wordsOf(text))
        if (one.endsWith('.json')) loadInstrument(path.resolve(one));
        else findInstrument(one);
      return wordsOf(text);
    },
  );
  const models = await askUntil(terminal, 'Models, such as gpt4o [sim-gpt4o, simulated] ', (text) =>
    wordsOf(text).map((name) => catalogue.find(name).name),
  );
  const repetitions =
    template === 'published'
      ? null
      : await askUntil(
          terminal,
          'How often does each persona answer? [as in the template] ',
          countOf,
        );
  return {
    ...(template === null ? {} : { template }),
    ...(personas === null ? {} : { personas }),
    ...(questionnaires === null ? {} : { questionnaires }),
    ...(models === null ? {} : { models }),
    ...(repetitions === null ? {} : { repetitions }),
  };
}

/**
 * Asks until what is typed can be read.
 * @returns null for an empty reply
 */
async function askUntil<T>(
  terminal: Terminal,
  question: string,
  read: (text: string) => T,
): Promise<T | null> {
  for (;;) {
    const text = await terminal.ask(question);
    if (text === '') return null;
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      terminal.say(`${error.message}\n${error.hint}`);
    }
  }
}

function templateOf(text: string): Template {
  const found = NAMES.filter((name) => name.startsWith(text.toLowerCase()));
  if (found.length === 1) return found[0]!;
  throw new UserError(`"${text}" is no kind of study`, {
    code: 'template-unknown',
    hint: `Kinds: ${NAMES.join(', ')}.`,
  });
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new UserError(`"${text}" is no number of administrations`, {
    code: 'number-invalid',
    hint: 'Type a whole number from 1 to 1000.',
  });
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}
