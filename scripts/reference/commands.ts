/** Every command with its arguments and options, from the program itself. */
import { stripVTControlCharacters } from 'node:util';
import { type Argument, Command, type Option } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { common } from '../../src/cli/shared/options.ts';
import { code, codes, pageOf, tableOf, textBlock } from './page.ts';

export async function commandsPage(): Promise<string> {
  const program = await createProgram();
  const leaves = leavesOf(program);
  const shared = common(new Command()).options;
  const isShared = (option: Option) => shared.some((one) => one.flags === option.flags);
  return pageOf(
    'Commands',
    'the program',
    `${program.description()} The command is \`personas\`; installed for one project, \`npx personas\`. \`personas --help\` and \`personas COMMAND --help\` print what stands
here. Results go to standard output, everything else that is said to standard error. [Exit codes](exit-codes.md) and [configuration](configuration.md) have pages of their own.`,
    tableOf(
      ['command', 'what it does'],
      leaves.map((leaf) => [
        `[${code(nameOf(leaf))}](#${anchorOf(leaf)})`,
        firstSentence(leaf.description()),
      ]),
    ),
    `## Options that commands share\n\n${optionsTable(shared)}\n| \`-h\`, \`--help\` | print the command's help |`,
    ...leaves.map((leaf) =>
      [
        `## ${nameOf(leaf)}`,
        leaf.description(),
        textBlock(usageOf(leaf)),
        argumentsTable(leaf.registeredArguments),
        optionsTable(leaf.options.filter((option) => !isShared(option))),
        afterHelp(leaf),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    ),
  );
}

/** Commands that are shown and do something by themselves. */
function leavesOf(command: Command): Command[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  return visible.flatMap((one) => (one.commands.length === 0 ? [one] : leavesOf(one)));
}

function nameOf(command: Command): string {
  return command.parent?.parent == null
    ? command.name()
    : `${nameOf(command.parent)} ${command.name()}`;
}

function anchorOf(command: Command): string {
  return nameOf(command).replaceAll(' ', '-');
}

function usageOf(command: Command): string {
  const words = nameOf(command).split(' ');
  // Commander tells nobody which command of a command is the one that runs without being named.
  const usual = (command.parent as (Command & { readonly _defaultCommandName?: string }) | null)
    ?._defaultCommandName;
  const name = usual === command.name() ? [...words.slice(0, -1), `[${usual}]`] : words;
  return ['personas', ...name, command.usage()].join(' ');
}

function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

function argumentsTable(given: readonly Argument[]): string {
  return tableOf(
    ['argument', 'what it is'],
    given.map((one) => [
      code(one.required ? `<${one.name()}>` : `[${one.name()}]`),
      `${one.description}${choicesOf(one)}`,
    ]),
  );
}

function optionsTable(options: readonly Option[]): string {
  return tableOf(
    ['option', 'what it does'],
    options
      .filter((option) => !option.hidden)
      .map((option) => [
        codes(option.flags.split(', ')),
        `${option.description}${choicesOf(option)}${defaultOf(option)}`,
      ]),
  );
}

function choicesOf({ argChoices }: Option | Argument): string {
  return argChoices === undefined ? '' : `: ${codes(argChoices)}`;
}

/** Those that a description tells in words stand there. */
function defaultOf({ defaultValue, negate }: Option): string {
  return defaultValue === undefined || negate ? '' : ` (default: ${code(String(defaultValue))})`;
}

const EXAMPLES = 'Examples:';

/**
 * What is said below the options: notes, and examples, whose options are checked with those of all
 * documents.
 */
function afterHelp(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => (help += text),
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  const own = stripVTControlCharacters(command.helpInformation());
  const [notes = '', examples = ''] = help.slice(help.indexOf(own) + own.length).split(EXAMPLES);
  return [
    ...(notes.trim() === '' ? [] : [textBlock(notes)]),
    ...(examples === ''
      ? []
      : [
          `<!-- not run: examples of many studies -->\n\`\`\`sh\n${examples.replaceAll(/^ +/gm, '').trim()}\n\`\`\``,
        ]),
  ].join('\n\n');
}
