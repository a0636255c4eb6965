import type { Command } from 'commander';
import { addGenerationOptions, type GenerateOptions, generate } from '../generating.ts';

/** As the study's command had it. */
const REPETITIONS = 1;

export function add(program: Command): void {
  addGenerationOptions(program.command('generate-personas'), REPETITIONS)
    .description('Write one persona for each reference sheet and model (condition Base). Run again, it continues.')
    .action(async (options: GenerateOptions) => {
      const { findCondition } = await import('../../personas/sheets/conditions.ts');
      process.exitCode = await generate(options, [findCondition('Base')], REPETITIONS);
    });
}
