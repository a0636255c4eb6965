import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { addGenerationOptions, type GenerateOptions, generate } from '../shared/generation.ts';
import { several, text } from '../shared/options.ts';

/** As the study's command had it. */
const REPETITIONS = 5;

const EXAMPLES: readonly Example[] = [
  {
    does: 'Five personas for each sheet and each of the conditions max_N and max_P',
    command: 'personas generate-borderline --model sim-gpt4o',
  },
  {
    does: 'The cost of one condition for the first 20 sheets',
    command:
      'personas generate-borderline --model gpt4o --condition max_N --max-personas 20 --dry-run',
  },
];

export function add(program: Command): void {
  addGenerationOptions(examples(program.command('generate-borderline'), EXAMPLES), REPETITIONS)
    .description(
      'Write personas from sheets in which scales are set to an extreme. Run again, it continues where it stopped.',
    )
    .option(
      '--condition <name>',
      'max_N, max_P, min_L, max_all, min_E_max_rest (repeatable; default: max_N and max_P)',
      several(text),
    )
    .action(async (options: GenerateOptions & { condition?: string[] }) => {
      const { findCondition } = await import('../../personas/sheets/conditions.ts');
      const names = options.condition ?? ['max_N', 'max_P'];
      const conditions = names.map((name) => findCondition(name));
      if (conditions.some((condition) => condition.populationTag === null)) {
        throw new UserError('Base is not a borderline condition', {
          code: 'condition-not-borderline',
          hint: 'Write its personas with "personas generate-personas".',
        });
      }
      process.exitCode = await generate(options, [...new Set(conditions)], REPETITIONS);
    });
}
