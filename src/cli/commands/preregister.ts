import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, contextOf } from '../shared/options.ts';

interface PreregisterOptions extends CommonOptions {
  readonly output?: string;
}

const EXAMPLES: readonly Example[] = [
  { does: 'Print the plan of a study', command: 'personas preregister study.yaml' },
  {
    does: 'Write it to a file',
    command: 'personas preregister study.yaml --output plan.md',
  },
];

export function add(program: Command): void {
  examples(program.command('preregister'), EXAMPLES)
    .argument('<study>', 'study file')
    .description(
      'Print the plan of a study for a preregistration: methods, primary analyses, tables with empty cells, and the hash of the design. No request is sent.',
    )
    .option('--config <file>', 'configuration file (default: personas.yaml in this folder)')
    .option('--output <file>', 'write it to this Markdown file')
    .option('--json', 'print one JSON document')
    .action(async (file: string, options: PreregisterOptions) => {
      const { terminal, config } = await contextOf(options);
      const { readStudy } = await import('../../studies/study-file.ts');
      const { preregister } = await import('../../studies/preregister.ts');
      const study = readStudy(file);
      const { sha256, parts, text } = await preregister(study, config);
      const { output } = options;
      if (output !== undefined) {
        const { basename, dirname } = await import('node:path');
        const { writeWholeFile } = await import('../../report/write-atomic.ts');
        writeWholeFile(dirname(output), basename(output), text);
      }
      terminal.printJson({
        study: study.name,
        design_sha256: sha256,
        parts,
        file: output ?? null,
        text,
      });
      if (output === undefined) terminal.print(text.trimEnd());
      else terminal.print(`Wrote ${output}. SHA-256 of the design: ${sha256}`);
    });
}
