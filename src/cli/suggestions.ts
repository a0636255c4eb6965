/**
 * "Did you mean …?" for what is mistyped on the command line itself: commands, options, and values
 * that have to be one of a few.
 */
import { type Argument, type Command, InvalidArgumentError, type Option } from 'commander';
import { closest } from '../suggest.ts';

/**
 * A line to follow commander's own message; empty where nothing is near.
 * @param command that was given what it does not know
 * @param message as commander says it
 */
export function suggestionFor(command: Command, message: string): string {
  const near = nearestTo(command, message);
  return near === null ? '' : `Did you mean "${near}"?\n`;
}

function nearestTo(command: Command, message: string): string | null {
  const unknown = /unknown (command|option) '([^']+)'/.exec(message);
  if (unknown?.[1] === 'option') return closest(unknown[2]!, optionsOf(command));
  if (unknown?.[1] === 'command') return nearestCommand(command, unknown[2]!);
  // What a command with a default one does not know, its default one is given as an argument.
  const excess = command.args[command.registeredArguments.length];
  if (!/too many arguments/.test(message) || excess === undefined || command.parent?.parent == null)
    return null;
  return nearestCommand(command.parent, excess);
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) => option.long ?? []);
}

function nearestCommand(command: Command, name: string): string | null {
  const known = command.createHelp().visibleCommands(command);
  const near = closest(
    name,
    known.map((one) => one.name()),
  );
  if (near === null) return null;
  return command.parent === null ? near : `${command.name()} ${near}`;
}

/**
 * Has the options and arguments of a command that take one of a few values name the nearest of
 * them.
 */
export function suggestChoices(command: Command): void {
  for (const one of [...command.options, ...command.registeredArguments]) suggestChoice(one);
}

function suggestChoice(one: Option | Argument): void {
  const { argChoices: choices, parseArg: parse } = one;
  if (choices === undefined || parse === undefined) return;
  one.parseArg = <T>(value: string, before: T): T => {
    const near = choices.includes(value) ? null : closest(value, choices);
    if (near !== null)
      throw new InvalidArgumentError(
        `Did you mean "${near}"? Allowed choices are ${choices.join(', ')}.`,
      );
    return parse.call(one, value, before) as T;
  };
}
