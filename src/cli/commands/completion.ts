import { readFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { type Example, examples } from '../examples.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'For bash, in this terminal session', command: 'source <(personas completion bash)' },
  {
    does: 'For fish, permanently',
    command: 'personas completion fish > ~/.config/fish/completions/personas.fish',
  },
];

export function add(program: Command): void {
  examples(program.command('completion'), EXAMPLES)
    .description(
      'Print a script with which a shell completes commands, options, models, populations and groups. Its first lines explain how to install it.',
    )
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: string) => {
      process.stdout.write(
        readFileSync(new URL(`../../../data/completion/personas.${shell}`, import.meta.url)),
      );
    });
}
