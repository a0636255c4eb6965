/** What commands are for, as the help lists them. */
import type { Command } from 'commander';

/** Headings in the order of a study, with their commands. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Make a study:': [
    ...['demo', 'new', 'instruments', 'models', 'plan', 'preregister', 'freeze', 'init-db'],
    ...['seed-ref-pop', 'generate-personas', 'generate-borderline', 'demographics', 'import'],
    ...['create-experiment-group', 'register-experiments'],
  ],
  'Ask the models:': [
    ...['pipeline', 'run-experiments', 'run-evals', 'worker', 'budget', 'recover', 'simulate'],
  ],
  'Look at it:': ['status', 'show', 'list', 'view', 'sql', 'groups', 'schemas'],
  'Analyse it:': ['analyze', 'reproduce'],
  'Share it:': ['verify', 'export', 'bundle', 'replay', 'diff'],
  'Set up the program:': ['config', 'doctor', 'completion'],
};
const HEADINGS = Object.keys(GROUPS);

/** Puts the commands of a program under headings. */
export function groupCommands(program: Command): void {
  for (const [heading, names] of Object.entries(GROUPS))
    for (const command of program.commands)
      if (names.includes(command.name())) command.helpGroup(heading);
}

/** Headings as they are listed: options first, and last the commands without one, such as help. */
export function inOrder<T>(groups: ReadonlyMap<string, T>): Map<string, T> {
  const place = (heading: string) => {
    const at = HEADINGS.indexOf(heading);
    return heading === 'Commands:' ? HEADINGS.length : at;
  };
  return new Map([...groups].sort(([one], [other]) => place(one) - place(other)));
}
