import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import type { Condition } from '../../personas/sheets/conditions.ts';
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
    does: 'A condition of your own: every answer counts most on openness, and item 16 is set to 5',
    command:
      'personas generate-borderline --model sim-gpt4o --condition MaxO --drive O=max --drive 16=5',
  },
  {
    does: 'The cost of one condition for the first 20 sheets',
    command:
      'personas generate-borderline --model gpt4o --condition max_N --max-personas 20 --dry-run',
  },
];

interface BorderlineOptions extends GenerateOptions {
  readonly condition?: string[];
  readonly drive?: string[];
}

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
    .option(
      '--drive <setting>',
      'define the condition that --condition names: a scale or an item, =, and what the sheets are set to: max, min, keyed, unkeyed or a number (repeatable)',
      several(text),
    )
    .action(async (options: BorderlineOptions) => {
      const conditions = await conditionsOf(options);
      if (conditions.some((condition) => condition.populationTag === null)) {
        throw new UserError('Base is not a borderline condition', {
          code: 'condition-not-borderline',
          hint: 'Write its personas with "personas generate-personas".',
        });
      }
      process.exitCode = await generate(options, [...new Set(conditions)], REPETITIONS);
    });
}

async function conditionsOf({ condition: names, drive }: BorderlineOptions): Promise<Condition[]> {
  const { defineCondition, findCondition, readDrive } = await import(
    '../../personas/sheets/conditions.ts'
  );
  if (drive === undefined) return (names ?? ['max_N', 'max_P']).map((name) => findCondition(name));
  const [name, ...more] = names ?? [];
  if (name === undefined || more.length > 0)
    throw new UserError('--drive defines one condition, and needs one name for it', {
      code: 'options-conflict',
      hint: 'Pass one --condition NAME with it, as in --condition MaxO --drive O=max.',
    });
  return [defineCondition({ name, drive: readDrive(drive) })];
}
