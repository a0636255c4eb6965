/** Examples at the end of a command's help. */
import type { Command } from 'commander';

export interface Example {
  /** As it is typed. */
  readonly command: string;
  /** What it does, in a few words. */
  readonly does: string;
}

/** Adds examples to the help of a command. */
export function examples(command: Command, given: readonly Example[]): Command {
  const lines = given.flatMap(({ command: typed, does }) => [`  # ${does}`, `  ${typed}`]);
  return command.addHelpText('after', ({ command: shown }) =>
    ['', shown.createHelp().styleTitle('Examples:'), ...lines].join('\n'),
  );
}
