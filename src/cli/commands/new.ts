import { type Command, Option } from 'commander';
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

export function add(program: Command): void {
  examples(program.command('new'), EXAMPLES)
    .argument('[file]', 'study file to write', 'study.yaml')
    .description(
      'Write a commented study file to begin with, and example rows. On a terminal it asks five questions.',
    )
    .addOption(
      new Option('--template <kind>', 'kind of study').choices([...NAMES]).default('own-personas'),
    )
    .option('--json', 'print one JSON document')
    .action(async (file: string, options: { template: Template; json?: boolean }) => {
      const { isDumbTerminal } = await import('../../config/load.ts');
      const { writeTemplate } = await import('../../studies/templates.ts');
      const terminal = createTerminal(options.json ?? false, isDumbTerminal());
      const answers = terminal.canAsk ? await ask(terminal) : {};
      const files = writeTemplate(options.template, file, answers);
      terminal.printJson({ files });
      for (const one of files) terminal.print(`Wrote ${one}.`);
      terminal.print(`Next: personas pipeline ${file} --dry-run`);
    });
}

/** An empty reply keeps what the template says. */
async function ask(terminal: Terminal): Promise<TemplateAnswers> {
  const name = await terminal.ask('Name of the study: ');
  const question = await terminal.ask('What does it ask? ');
  const models = listOf(await terminal.ask('Models, such as sim-gpt4o or gpt4o: '));
  const questionnaires = listOf(await terminal.ask('Questionnaires, such as miniipip: '));
  const repetitions = Number(await terminal.ask('How often does each persona answer? '));
  return {
    ...(name === '' ? {} : { name }),
    ...(question === '' ? {} : { question }),
    ...(models.length === 0 ? {} : { models }),
    ...(questionnaires.length === 0 ? {} : { questionnaires }),
    ...(Number.isInteger(repetitions) && repetitions > 0 ? { repetitions } : {}),
  };
}

function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}
