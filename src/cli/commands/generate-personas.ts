import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { addGenerationOptions, type GenerateOptions, generate } from '../shared/generation.ts';

/** As the study's command had it. */
const REPETITIONS = 1;

const EXAMPLES: readonly Example[] = [
  {
    does: 'One persona for each sheet, written by the simulated GPT-4o',
    command: 'personas generate-personas --model sim-gpt4o',
  },
  {
    does: 'The cost of a real model, without sending any request',
    command: 'personas generate-personas --model gpt4o --dry-run',
  },
  {
    does: 'A first trial with ten sheets and at most one US dollar',
    command: 'personas generate-personas --model gpt4o --max-personas 10 --max-cost 1',
  },
];

export function add(program: Command): void {
  addGenerationOptions(
    words(examples(program.command('generate-personas'), EXAMPLES), [
      'answer sheet',
      'condition',
      'draw',
    ]),
    REPETITIONS,
  )
    .description(
      'Write one persona for each reference sheet and model (condition Base). Run again, it continues where it stopped.',
    )
    .action(async (options: GenerateOptions) => {
      const { findCondition } = await import('../../personas/sheets/conditions.ts');
      process.exitCode = await generate(options, [findCondition('Base')], REPETITIONS);
    });
}
