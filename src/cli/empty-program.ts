/** The program before it has commands. */
import { Command, Help, type HelpConfiguration } from 'commander';
import { version } from '../package-info.ts';
import { inOrder } from './groups.ts';
import { paint } from './ui/output.ts';

/** How help is laid out. */
export const HELP: HelpConfiguration = {
  sortSubcommands: false,
  styleTitle: (title) => paint('bold', title),
  groupItems: (...items) => inOrder(new Help().groupItems(...items)),
};

export function emptyProgram(): Command {
  return new Command('personas')
    .description(
      'Administers personality questionnaires to personas impersonated by language models, and produces the tables of a study.',
    )
    .version(version)
    .addHelpText(
      'after',
      `
Start with: personas demo (a small study with a simulated model; no key needed)
For most studies eight commands are enough: new, pipeline, status, show, analyze, export, models, doctor.`,
    );
}
