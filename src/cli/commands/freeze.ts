import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'Before the first call', command: 'personas freeze study.yaml' },
];

export function add(program: Command): void {
  examples(
    common(program.command('freeze').argument('<study>', 'study file whose design is frozen')),
    EXAMPLES,
  )
    .description(
      'Freeze the design of a study, before the first call: instruments, wordings, prompts, models with their parameters, personas, and plan of the analysis. From then on, nothing else is asked in its schema. No request is sent.',
    )
    .action(async (file: string, options: CommonOptions) => {
      const { terminal, config } = await contextOf(options, file);
      const { openMigrated } = await import('../../db/connect.ts');
      const { beyondFreeze } = await import('../../experiments/frozen-store.ts');
      const { freezeStudy } = await import('../../studies/freeze.ts');
      const { readStudy } = await import('../../studies/study-file.ts');
      const study = readStudy(file);
      await using database = await openMigrated(config);
      const freeze = await freezeStudy(database, config, study);
      const beyond = await beyondFreeze(database, freeze);
      terminal.printJson({
        study: freeze.study,
        schema: database.schema,
        design_sha256: freeze.designSha256,
        parts: freeze.parts,
        frozen_at: freeze.frozenAt,
        calls_before: freeze.callsBefore,
        beyond,
      });
      terminal.print(
        `The design of "${freeze.study}" is frozen in schema "${database.schema}" since ${freeze.frozenAt}.`,
      );
      for (const [name, sha256] of Object.entries(freeze.parts))
        terminal.print(`  ${name}: ${sha256}`);
      terminal.print(`SHA-256 of the design: ${freeze.designSha256}`);
      terminal.print(
        'Put this hash into the preregistration: the report and the bundle of the study print it again.',
      );
      if (beyond.length > 0)
        terminal.warn(
          `The design does not cover everything that is registered in this schema: ${beyond.join('; ')}. What is not covered will not be asked; use another schema for it. Answers to it stay in the tables, and the report names it.`,
        );
      if (freeze.callsBefore > 0)
        terminal.warn(
          `${count(freeze.callsBefore)} calls had been made before the design was frozen. The report says so.`,
        );
    });
}
