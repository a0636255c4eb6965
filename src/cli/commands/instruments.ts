import type { Command } from 'commander';
import type { InstrumentDescription } from '../../administration/describe.ts';
import type { Config } from '../../config/config.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { addImport, IMPORT_EXAMPLES } from '../instruments/import.ts';
import {
  type AdministrationOptions,
  addAdministrationOptions,
  administrationFrom,
} from '../registration/administration.ts';
import { type CommonOptions, common, contextOf, several, text } from '../shared/options.ts';
import { count, shortened, type Terminal, table } from '../ui/terminal.ts';

const LIST_EXAMPLES: readonly Example[] = [
  { does: 'All built-in instruments', command: 'personas instruments list' },
];

const SHOW_EXAMPLES: readonly Example[] = [
  {
    does: 'The PHQ-9 in Spanish: the prompt as it is sent, and how the answers are scored',
    command: 'personas instruments show phq9 --language es',
  },
  {
    does: 'The IPIP-NEO-120 in shuffled order, 30 items a call, and whether GPT-4o can reply to it',
    command:
      'personas instruments show ipipneo120 --item-order shuffled --items-per-call 30 --model gpt4o',
  },
];

const CHECK_EXAMPLES: readonly Example[] = [
  { does: 'What is wrong with a file', command: 'personas instruments check my-scale.json' },
];

interface ShowOptions extends CommonOptions, AdministrationOptions {
  readonly language?: string;
  readonly model?: readonly string[];
}

export function add(program: Command): void {
  const instruments = examples(program.command('instruments'), [
    ...LIST_EXAMPLES,
    ...SHOW_EXAMPLES,
    ...CHECK_EXAMPLES,
    ...IMPORT_EXAMPLES,
  ]).description('List, show, check and import instruments.');

  examples(common(instruments.command('list')), LIST_EXAMPLES)
    .description('List the built-in instruments.')
    .action(async (options: CommonOptions) => {
      const { terminal } = await contextOf(options);
      const { loadBuiltInInstruments } = await import('../../instruments/load.ts');
      const { summariseInstrument: summarise } = await import('../../administration/describe.ts');
      const all = loadBuiltInInstruments().map(summarise);
      terminal.printJson(all);
      terminal.print(
        table(
          ['slug', 'title', 'items', 'scales', 'languages', 'licence'],
          all.map((one) => [
            one.slug,
            one.title,
            one.items,
            one.scales,
            one.languages.join(', '),
            shortened(firstSentence(one.licence)),
          ]),
        ),
      );
    });

  addFormOptions(
    words(
      examples(
        common(instruments.command('show').argument('<name>', 'built-in instrument, or a file')),
        SHOW_EXAMPLES,
      ),
      ['form', 'block', 'prorate'],
    ),
  )
    .description(
      'Show what an instrument asks, verbatim, how its answers are scored, and whether the reply fits the limit of each model.',
    )
    .action(async (name: string, options: ShowOptions) => {
      const { terminal, config } = await contextOf(options);
      await show(terminal, config, await instrumentCalled(name, options.language), options);
    });

  addFormOptions(examples(common(instruments.command('check').argument('<file>')), CHECK_EXAMPLES))
    .description(
      'Check an instrument file. The command lists everything that is wrong with it, with exit code 1, or shows it as "show" does.',
    )
    .action(async (file: string, options: ShowOptions) => {
      const { terminal, config } = await contextOf(options);
      const { InvalidInstrument } = await import('../../instruments/file/read.ts');
      const { loadInstrument } = await import('../../instruments/load.ts');
      try {
        const instrument = loadInstrument(file, options.language);
        await show(terminal, config, instrument, options, { valid: true });
      } catch (error) {
        if (!(error instanceof InvalidInstrument)) throw error;
        terminal.printJson({ valid: false, problems: error.problems });
        terminal.print(`${file} is not a valid instrument:`);
        for (const problem of error.problems) terminal.print(`- ${problem}`);
        process.exitCode = 1;
      }
    });

  addImport(instruments);
}

function addFormOptions(command: Command): Command {
  return addAdministrationOptions(command)
    .option('--language <code>', 'language of the wording, if the instrument has several')
    .option('-m, --model <name>', 'only this model (repeatable)', several(text));
}

/** A built-in instrument, or a file where the name is that of one. */
async function instrumentCalled(name: string, language?: string): Promise<Instrument> {
  const { findInstrument, inLanguage, loadInstrument } = await import('../../instruments/load.ts');
  return name.endsWith('.json')
    ? loadInstrument(name, language)
    : inLanguage(findInstrument(name), language);
}

async function show(
  terminal: Terminal,
  config: Config,
  instrument: Instrument,
  options: ShowOptions,
  finding: { readonly valid?: true } = {},
): Promise<void> {
  const { describeInstrument } = await import('../../administration/describe.ts');
  const { roomFor } = await import('../../experiments/registration/reply-length.ts');
  const { tokensOfReply } = await import('../../runner/budget/estimate.ts');
  const { createCatalogue } = await import('../../models/catalogue.ts');
  const described = describeInstrument(instrument, await administrationFrom(options));
  const catalogue = createCatalogue(config.models);
  const models =
    options.model === undefined
      ? catalogue.list()
      : options.model.map((name) => catalogue.find(name));
  const replies = described.calls.map(({ asked }) => tokensOfReply(asked));
  const rooms = models.map(({ name, parameters: { maxTokens } }) => {
    const verdicts = described.calls.map(({ asked }) => roomFor(asked, maxTokens));
    const worst = (['too long', 'may not fit'] as const).find((one) => verdicts.includes(one));
    return { model: name, max_tokens: maxTokens, reply: worst ?? ('fits' as const) };
  });
  terminal.printJson({
    ...finding,
    ...described,
    calls: described.calls.map(({ asked: _, ...call }, index) => ({
      ...call,
      reply_tokens: { shortest: replies[index]!.compact, longest: replies[index]!.longest },
    })),
    norms: described.norms.map(({ tScores, ...norm }) => ({
      ...norm,
      t: tScores === null ? null : Object.fromEntries(tScores),
    })),
    models: rooms,
  });
  printAbout(terminal, described);
  for (const [index, call] of described.calls.entries()) {
    const { compact, longest } = replies[index]!;
    terminal.print(
      `\nCall ${call.number} of ${described.calls.length}: ${count(call.items.length)} ${call.items.length === 1 ? 'item' : 'items'}${call.condition === null ? '' : `, ${call.condition}`}; the reply takes ${count(compact)} to ${count(longest)} tokens\n\n${call.prompt}`,
    );
  }
  printScoring(terminal, described);
  terminal.print('\nLimit of a reply (max_tokens), and whether this one fits:\n');
  terminal.print(
    table(
      ['model', 'max_tokens', 'reply'],
      rooms.map(({ model, max_tokens: limit, reply }) => [model, limit ?? 'none', reply]),
    ),
  );
}

function printAbout(terminal: Terminal, described: InstrumentDescription): void {
  const { aliases, languages, administration } = described;
  const [language, ...others] = languages;
  const varied = Object.entries(administration).map(([name, value]) => `${name}: ${value}`);
  const lines = [
    ['slug', [described.slug, ...aliases].join(', ')],
    ['language', `${language}${others.length === 0 ? '' : ` (also ${others.join(', ')})`}`],
    ['citation', described.citation],
    ['licence', described.licence],
    ['wording', described.wording_sha256],
    [
      'form',
      varied.length === 0 ? 'as published' : `${varied.join(', ')} (${described.form_sha256})`,
    ],
  ];
  terminal.print(described.title);
  for (const [name, value] of lines) terminal.print(`${`${name}:`.padEnd(11)}${value}`);
}

function printScoring(terminal: Terminal, described: InstrumentDescription): void {
  const { scaling, points, unscored, norms } = described;
  terminal.print('\nScores\n');
  if (scaling.length === 0) terminal.print('No scale: answers are counted, item by item.');
  else
    terminal.print(
      table(
        ['scale', 'name', 'score', 'of', 'lowest', 'highest', 'rules'],
        scaling.map((one) => [
          one.id,
          one.name,
          one.score,
          one.members,
          one.lowest,
          one.highest,
          one.rules,
        ]),
      ),
    );
  if (scaling.some(({ members }) => members.includes('-')))
    terminal.print('A minus turns a member round: its lowest + highest points - its points.');
  for (const line of points) terminal.print(`Points: ${line}.`);
  if (unscored.length > 0) terminal.print(`On no scale: ${unscored.join(', ')}.`);
  if (norms.length === 0) return;
  const groups = Map.groupBy(norms, ({ group, source }) => JSON.stringify([group, source]));
  terminal.print(`\nNorms (${count(norms.length)}; their numbers with --json)\n`);
  terminal.print(
    table(
      ['group', 'scales', 'n', 'source'],
      [...groups.values()].map((own) => [own[0]!.group, own.length, own[0]!.n, own[0]!.source]),
    ),
  );
}

function firstSentence(licence: string): string {
  return /^.*?\.(?=\s|$)/.exec(licence)?.[0] ?? licence;
}
