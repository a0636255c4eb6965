/** Whether a command that a document shows is one that this program and this package understand. */
import { readFileSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';

const { scripts } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as {
  scripts: Record<string, string>;
};
const PROGRAM = await createProgram();
/** What a document leaves for the reader to fill in. */
const SLOT = /^(?:[[<]|…|\.\.\.|[A-Z][A-Z_]*$)/;

/** What is wrong with a command, or null; null as well for commands of others. */
export function faultOf(words: readonly string[]): string | null {
  const [first, second] = words;
  if (first === 'npm') return faultOfNpm(words.slice(1));
  const at = words.findIndex((word) => /^(?:.*bin\/personas\.js|personas)$/.test(word));
  if (
    at === -1 ||
    at > 4 ||
    (at > 0 && !['npx', 'node', 'env', 'timeout', 'nohup'].includes(first!))
  )
    return null;
  if (first === 'npx' && second !== 'personas' && !second!.startsWith('-')) return null;
  return faultOfPersonas(words.slice(at + 1));
}

function faultOfNpm(words: readonly string[]): string | null {
  const [verb, name] = words.filter((word) => !/^--?\w/.test(word));
  if (verb === 'start' || verb === 'test' || verb === 't') {
    const script = verb === 't' ? 'test' : verb;
    if (scripts[script] === undefined) return `package.json has no script "${script}"`;
    const extra = words.includes('--') ? words.slice(words.indexOf('--') + 1) : [];
    return script === 'start' ? faultOfPersonas(['demo', ...extra]) : null;
  }
  if (verb === 'run' && name !== undefined && scripts[name] === undefined)
    return `package.json has no script "${name}"`;
  return null;
}

function faultOfPersonas(words: readonly string[]): string | null {
  let command = PROGRAM;
  let operands = 0;
  let optionsEnd = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') optionsEnd = true;
    else if (!optionsEnd && /^--?[a-zA-Z]/.test(word)) {
      const [flag] = word.split('=') as [string];
      const option = optionOf(command, flag);
      if (option === null) {
        if (isHelp(command, flag)) return null;
        return `"${[PROGRAM.name(), ...pathOf(command)].join(' ')}" has no option ${flag}`;
      }
      at += valuesAfter(option, word, words.slice(at + 1));
    } else if (operands === 0 && command.commands.length > 0) {
      if (word === 'help' || SLOT.test(word)) return null;
      const sub: Command | undefined = command.commands.find(
        (one) => one.name() === word || one.aliases().includes(word),
      );
      if (sub !== undefined) command = sub;
      else if (command.registeredArguments.length === 0)
        return `There is no command "${[...pathOf(command), word].join(' ')}"`;
      else operands++;
    } else operands++;
  }
  const takes = command.registeredArguments;
  if (operands > takes.length && takes.at(-1)?.variadic !== true)
    return `"${pathOf(command).join(' ')}" takes ${takes.length} arguments`;
  return null;
}

/** How many of the words that follow belong to the option. */
function valuesAfter(option: Option, word: string, following: readonly string[]): number {
  if (word.includes('=') || (!word.startsWith('--') && word.length > 2)) return 0;
  const values = following.findIndex((one) => one.startsWith('-'));
  const available = values === -1 ? following.length : values;
  if (option.variadic) return available;
  if (option.required) return Math.min(1, following.length);
  return option.optional ? Math.min(1, available) : 0;
}

function optionOf(command: Command, flag: string): Option | null {
  const short = flag.slice(0, 2);
  return (
    command.options.find(
      (one) => one.long === flag || one.short === (flag.startsWith('--') ? flag : short),
    ) ?? null
  );
}

function isHelp(command: Command, flag: string): boolean {
  return (
    flag === '--help' ||
    flag === '-h' ||
    (command === PROGRAM && (flag === '--version' || flag === '-V'))
  );
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}
