import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  readDatabase,
  withStudyFile,
} from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

interface BundleCommandOptions extends CommonOptions {
  readonly overwrite?: boolean;
  readonly psychDs?: string;
}

const EXAMPLES: readonly Example[] = [
  { does: 'The study of a study file', command: 'personas bundle my-study.zip my-study.yaml' },
  { does: 'The study of a schema', command: 'personas bundle demo.zip --schema demo' },
  {
    does: 'With a Psych-DS folder beside it',
    command: 'personas bundle demo.zip --schema demo --psych-ds demo-psych-ds',
  },
];

export function add(program: Command): void {
  examples(
    withStudyFile(common(program.command('bundle').argument('<file>', 'zip archive to write'))),
    EXAMPLES,
  )
    .description(
      'Pack a study into one archive for others: data, replies, instruments, prompts, results, and a README. The same study gives the same bytes; the SHA-256 is printed.',
    )
    .option('--overwrite', 'replace an existing file')
    .option(
      '--psych-ds <folder>',
      'also write the answers, with what explains them, as a Psych-DS folder',
    )
    .action(async (file: string, study: string | undefined, options: BundleCommandOptions) => {
      keepHeapSmall();
      const context = await contextOf(options, study);
      const { terminal, config } = context;
      const { writeBundle } = await import('../../evidence/bundle.ts');
      const { interruptedBy } = await import('../ui/interrupt.ts');
      using interrupts = interruptedBy(terminal.say, 'Ending: no bundle will be written.');
      const { sha256, bytes, files, about, notes, mentions } = await readDatabase(
        context,
        'snapshot',
        (database) =>
          writeBundle(database, config, file, {
            overwrite: options.overwrite ?? false,
            ...defined({ psychDs: options.psychDs }),
            onStep: terminal.say,
            signal: interrupts.signal,
          }),
      );
      terminal.printJson({
        file,
        psych_ds: options.psychDs ?? null,
        sha256,
        bytes,
        files,
        ...about,
        notes,
        mentions,
      });
      terminal.print(`${file}: ${count(files)} files, ${count(bytes)} bytes.`);
      if (options.psychDs !== undefined)
        terminal.print(`The Psych-DS folder is ${options.psychDs}.`);
      terminal.print(`SHA-256: ${sha256}`);
      terminal.print(
        'Put this hash into the preregistration or the paper: it shows that the bundle is the one that you wrote.',
      );
      for (const note of notes) terminal.print(note);
      if (mentions.length > 0)
        terminal.warn(
          `These files of the bundle mention a folder or the name of this computer: ${mentions.join(', ')}. Look at them before you share it.`,
        );
    });
}
