/** Where on a command line the cursor stands, read from the commander program itself. */
import type { Argument, Command, Option } from 'commander';

/** What may stand where the cursor is. */
export type Place =
  | { readonly kind: 'command'; readonly command: Command; readonly typed: string }
  | {
      readonly kind: 'option';
      readonly command: Command;
      readonly typed: string;
      readonly given: ReadonlySet<Option>;
    }
  | {
      readonly kind: 'value';
      readonly command: Command;
      readonly of: Option | Argument;
      readonly typed: string;
      /** What of the word goes before the value: `--model=`, or nothing. */
      readonly before: string;
      /** Values that the option has on this line already. */
      readonly already: readonly string[];
      /** Options of the line so far, by name. */
      readonly values: ReadonlyMap<string, string>;
    }
  /** Nothing that is known here. */
  | { readonly kind: 'unknown' };

/**
 * @param words of the line up to the cursor, without the program's name; the last is the one being
 *   typed, perhaps empty
 */
export function placeOf(program: Command, words: readonly string[]): Place {
  const walk = new Walk(program);
  for (const word of words.slice(0, -1)) walk.pass(word);
  return walk.placeOf(words.at(-1) ?? '');
}

/** Reads a line word by word, as commander will. */
class Walk {
  #command: Command;
  /** The option whose value comes next. */
  #awaiting: Option | null = null;
  #arguments = 0;
  /** After `--` there are no options any more. */
  #optionsEnded = false;
  readonly #given = new Map<Option, string[]>();

  constructor(program: Command) {
    this.#command = program;
  }

  pass(word: string): void {
    if (this.#awaiting !== null && !(this.#hasValue(this.#awaiting) && isDashed(word))) {
      this.#give(this.#awaiting, word);
      if (!this.#awaiting.variadic) this.#awaiting = null;
      return;
    }
    this.#awaiting = null;
    if (this.#optionsEnded || !isDashed(word)) this.#passArgument(word);
    else if (word === '--') this.#optionsEnded = true;
    else this.#passOption(word);
  }

  placeOf(typed: string): Place {
    const awaiting = this.#awaiting;
    // A value that must come may begin with a dash; of those that may come, none is expected to.
    if (awaiting !== null && !(this.#hasValue(awaiting) && isDashed(typed)))
      return this.#valueOf(awaiting, typed, '');
    if (this.#optionsEnded || !isDashed(typed)) return this.#placeOfArgument(typed);
    const [, before = '', name = ''] = /^((--[^=]+)=)/.exec(typed) ?? [];
    if (before === '')
      return {
        kind: 'option',
        command: this.#optionsCommand(),
        typed,
        given: new Set(this.#given.keys()),
      };
    const option = this.#find(name);
    return option === null || !takesValue(option)
      ? { kind: 'unknown' }
      : this.#valueOf(option, typed.slice(before.length), before);
  }

  #placeOfArgument(typed: string): Place {
    const command = this.#command;
    if (command.commands.length > 0 && this.#arguments === 0)
      return { kind: 'command', command, typed };
    const expected = command.registeredArguments;
    const argument =
      expected[this.#arguments] ??
      (expected.at(-1)?.variadic === true ? expected.at(-1) : undefined);
    if (argument !== undefined) return this.#valueOf(argument, typed, '');
    if (typed !== '' || this.#optionsEnded) return { kind: 'unknown' };
    return { kind: 'option', command, typed, given: new Set(this.#given.keys()) };
  }

  #valueOf(of: Option | Argument, typed: string, before: string): Place {
    const values = new Map(
      [...this.#given].flatMap(([option, all]) =>
        all.length === 0 ? [] : [[option.name(), all.at(-1)!] as const],
      ),
    );
    const already = isOption(of) ? (this.#given.get(of) ?? []) : [];
    return { kind: 'value', command: this.#command, of, typed, before, already, values };
  }

  #passArgument(word: string): void {
    // What follows it is the name of a command, as if it were not there.
    if (word === 'help' && this.#arguments === 0 && this.#command.commands.length > 0) return;
    const next =
      this.#arguments === 0
        ? this.#command.commands.find((one) => one.name() === word || one.aliases().includes(word))
        : undefined;
    if (next === undefined) this.#arguments++;
    else this.#command = next;
  }

  #passOption(word: string): void {
    const [name, value] = splitAt(word, word.startsWith('--') ? word.indexOf('=') : 2);
    const option = this.#find(name);
    if (option === null) return;
    if (!takesValue(option)) {
      this.#note(option);
      // The flags of -abc that follow the first.
      if (value !== null && !word.startsWith('--')) this.#passOption(`-${value}`);
      return;
    }
    if (value === null) {
      this.#note(option);
      this.#awaiting = option;
    } else this.#give(option, word.startsWith('--') ? value.slice(1) : value);
  }

  #find(name: string): Option | null {
    return (
      optionsOfCommand(this.#optionsCommand()).find(
        (option) => option.long === name || option.short === name,
      ) ?? null
    );
  }

  /** A command that has a default one among its own takes that one's options. */
  #optionsCommand(): Command {
    return defaultOf(this.#command) ?? this.#command;
  }

  #note(option: Option): string[] {
    const values = this.#given.get(option) ?? [];
    this.#given.set(option, values);
    return values;
  }

  #give(option: Option, value: string): void {
    this.#note(option).push(value);
  }

  /** Whether an option that may have several values has its first. */
  #hasValue(option: Option): boolean {
    return option.variadic && (this.#given.get(option)?.length ?? 0) > 0;
  }
}

/** Every option of a command that its help shows. */
export function optionsOfCommand(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

/** Every command below a command that its help shows. */
export function commandsOf(command: Command): Command[] {
  return command.createHelp().visibleCommands(command);
}

function defaultOf(command: Command): Command | null {
  // Commander tells nobody which one it is.
  const { _defaultCommandName: name } = command as Command & {
    readonly _defaultCommandName?: string | null;
  };
  return command.commands.find((one) => one.name() === name) ?? null;
}

function isOption(of: Option | Argument): of is Option {
  return 'flags' in of;
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function isDashed(word: string): boolean {
  return word.startsWith('-');
}

/** In two, the second null where there is no such place. */
function splitAt(word: string, at: number): [string, string | null] {
  return at < 0 || at >= word.length ? [word, null] : [word.slice(0, at), word.slice(at)];
}
