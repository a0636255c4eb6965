/** The filter of lists of administrations as options, the same that the viewer has as an address. */
import { type Command, Option } from 'commander';
import { UserError } from '../../errors.ts';
import { FIELD_KINDS, OUTCOMES, readSelection, type Selection, SORTS } from '../../view/filter.ts';
import { several, text } from './options.ts';

/** By the names of the options, as commander has them. */
export type FilterOptions = Readonly<Record<string, unknown>>;

const CHOICES = [
  ['model', 'short name of the model'],
  ['condition', 'condition as tables show it'],
  ['population', 'name of the population'],
  ['questionnaire', 'slug of the questionnaire'],
  ['language', 'language of the questionnaire, such as en'],
] as const;

const RANGES = [
  ['score', 'score on the scale of --scale'],
  ['ms', 'milliseconds of the last call'],
  ['tokens', 'output tokens of the last call'],
  ['cost', 'US dollars of the last call'],
  ['attempts', 'number of attempts'],
] as const;

export function withFilter(command: Command): Command {
  for (const [name, what] of CHOICES)
    command.option(`--${name} <value>`, `${what} (repeatable)`, several(text));
  for (const kind of FIELD_KINDS)
    command.option(
      `--${kind} <name=value>`,
      `${kind === 'column' ? 'own column of the persona' : 'way of asking'} (repeatable)`,
      several(text),
    );
  command
    .addOption(
      new Option('--outcome <outcome>', 'what became of it')
        .choices(OUTCOMES)
        .argParser((value, before: string[] | undefined) => [...(before ?? []), value]),
    )
    .option('--reason <kind>', 'kind of failure, such as timeout')
    .option('--text <text>', 'in the reply or the explanation, whatever the case of letters')
    .option('--scale <id>', 'scale that --score-from, --score-to and --sort score are about');
  for (const [name, what] of RANGES)
    command
      .option(`--${name}-from <n>`, `${what}, at least`)
      .option(`--${name}-to <n>`, `${what}, at most`);
  return command
    .option('--since <day>', 'last attempt not before this day (UTC, YYYY-MM-DD)')
    .option('--until <day>', 'last attempt not after this day')
    .option('-g, --group-id <id>', 'only this group')
    .option('--persona <id>', 'only this persona')
    .addOption(new Option('--sort <by>', 'order (default: id)').choices(SORTS))
    .option('--desc', 'the highest first');
}

/** @throws UserError for a value that cannot be read */
export function selectionOf(options: FilterOptions): Selection {
  const query = new URLSearchParams();
  for (const kind of FIELD_KINDS)
    for (const given of (options[kind] ?? []) as readonly string[]) {
      const [name, ...value] = given.split('=');
      if (name === '' || value.join('=') === '') throw unreadable(kind, given);
      query.append(`${kind}.${name}`, value.join('='));
    }
  for (const [key, value] of Object.entries(options)) {
    const name = NAMES[key] ?? key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (!FILTERED.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  if (options.desc === true) query.set('order', 'desc');
  const { selection, misread } = readSelection(query);
  const [first] = misread;
  if (first === undefined) return selection;
  throw unreadable(first.name === 'group' ? 'group-id' : first.name, first.value);
}

function unreadable(option: string, value: string): UserError {
  return new UserError(`--${option} cannot be read: ${JSON.stringify(value)}`, {
    code: 'filter-invalid',
    hint: 'Pass a number, a day as YYYY-MM-DD, NAME=VALUE, or one of the values that --help lists.',
  });
}

const NAMES: Readonly<Record<string, string>> = { groupId: 'group' };
const FILTERED: ReadonlySet<string> = new Set([
  ...CHOICES.map(([name]) => name),
  ...RANGES.flatMap(([name]) => [`${name}-from`, `${name}-to`]),
  ...['outcome', 'reason', 'text', 'scale', 'since', 'until', 'group', 'persona', 'sort'],
]);
