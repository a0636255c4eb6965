/** Options that say how a questionnaire is administered: the settings of `administration:`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AdministrationSettings } from '../../administration/settings.ts';
import { UserError } from '../../errors.ts';
import { MOST_TOKENS, wholeNumber } from '../shared/options.ts';

/** As commander names them. Without the schema's library, which `--help` need not load. */
export interface AdministrationOptions {
  readonly itemOrder?: AdministrationSettings['item_order'];
  readonly optionOrder?: AdministrationSettings['option_order'];
  readonly optionDisplay?: AdministrationSettings['option_display'];
  readonly midpoint?: AdministrationSettings['midpoint'];
  readonly offerNoAnswer?: boolean;
  readonly itemsPerCall?: AdministrationSettings['items_per_call'];
  readonly earlierTurns?: AdministrationSettings['earlier_turns'];
  readonly answerAs?: AdministrationSettings['answer_as'];
  readonly format?: AdministrationSettings['format'];
  readonly elicit?: AdministrationSettings['elicit'];
  readonly personaIn?: AdministrationSettings['persona_in'];
  readonly personaAs?: AdministrationSettings['persona_as'];
  readonly paraphrase?: string;
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxReplyTokens?: number;
  readonly reasoningEffort?: string;
  readonly parameter?: AdministrationSettings['parameters'];
  readonly askMissing?: boolean;
  readonly noise?: AdministrationSettings['noise'];
}

type Kind = Exclude<AdministrationSettings['noise'], 'none'>['kind'];
type Choice = readonly [flag: string, description: string, choices: readonly string[]];

const CHOICES: readonly Choice[] = [
  ['--item-order <order>', 'order of the items', ['published', 'shuffled']],
  ['--option-order <order>', 'order of the answers', ['published', 'reversed', 'shuffled']],
  ['--option-display <how>', 'show every answer, or the two ends only', ['list', 'ends']],
  ['--midpoint <what>', 'the middle answer of each answer scale', ['as_is', 'dropped', 'added']],
  ['--earlier-turns <what>', 'whether a call contains the calls before it', ['dropped', 'kept']],
  [
    '--answer-as <form>',
    'what a reply states for an answer',
    ['instrument', 'label', 'value', 'letter'],
  ],
  ['--format <format>', 'format of the reply', ['text', 'json', 'schema']],
  [
    '--elicit <what>',
    'what is asked for each item',
    ['answer', 'reasoned', 'distribution', 'logprobs'],
  ],
  ['--persona-in <message>', 'message that contains the persona', ['system', 'user']],
  [
    '--persona-as <form>',
    'how the persona is described',
    ['description', 'attributes', 'interview'],
  ],
];

export function addAdministrationOptions(command: Command): Command {
  for (const [flag, description, choices] of CHOICES)
    command.addOption(new Option(flag, description).choices(choices));
  return command
    .option('--items-per-call <n>', 'items in each call: all, block or a number', itemsPerCall)
    .option(
      '--offer-no-answer',
      'say in the prompt that items may be declined ("no_answer: offered" in a study file)',
    )
    .option('--paraphrase <file>', 'file with a prompt template of your own')
    .option('--temperature <t>', 'temperature in place of the model’s own', numberUpTo(2))
    .option('--top-p <p>', 'top_p in place of the model’s own', numberUpTo(1))
    .option(
      '--max-reply-tokens <n>',
      'longest reply ("max_tokens" in a study file) in place of the model’s own',
      wholeNumber(MOST_TOKENS),
    )
    .option('--reasoning-effort <effort>', 'reasoning_effort in place of the model’s own')
    .option(
      '--parameter <name=value>',
      'a further parameter, sent as it is; the value may be JSON (repeatable)',
      parameter,
    )
    .option('--noise <noise>', 'typing errors: kind, rate and place, as keyboard,0.05,items', noise)
    .option('--ask-missing', 'ask items without an answer in a further call');
}

/** @throws UserError when the paraphrase cannot be read, or a parameter is not the user's to set */
export async function administrationFrom(
  options: AdministrationOptions,
): Promise<AdministrationSettings> {
  const { administration } = await import('../../administration/settings.ts');
  const { readTextFile } = await import('../../text-file.ts');
  const { paraphrase } = options;
  const checked = administration.safeParse({
    item_order: options.itemOrder,
    option_order: options.optionOrder,
    option_display: options.optionDisplay,
    midpoint: options.midpoint,
    no_answer: options.offerNoAnswer === true ? 'offered' : 'none',
    items_per_call: options.itemsPerCall,
    earlier_turns: options.earlierTurns,
    answer_as: options.answerAs,
    format: options.format,
    elicit: options.elicit,
    persona_in: options.personaIn,
    persona_as: options.personaAs,
    ...(paraphrase === undefined ? {} : { paraphrase: readTextFile(paraphrase) }),
    temperature: options.temperature,
    top_p: options.topP,
    max_tokens: options.maxReplyTokens,
    reasoning_effort: options.reasoningEffort,
    parameters: options.parameter,
    ask_missing: options.askMissing,
    noise: options.noise,
  });
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0]!;
  throw new UserError(`${path.join('.')} ${message}`, {
    code: 'administration-impossible',
    hint: 'Change or omit that option.',
  });
}

const NOISE = /^(keyboard|swap|random),(0?\.\d+|1)(?:,(items|prompt))?$/;

function noise(text: string): AdministrationSettings['noise'] {
  const [, kind, rate, of = 'items'] = NOISE.exec(text) ?? [];
  if (text === 'none') return text;
  if (kind === undefined || Number(rate) === 0)
    throw new InvalidArgumentError(
      'It must be none, or keyboard, swap or random, a rate up to 1, and items or prompt: keyboard,0.05,items.',
    );
  return { kind: kind as Kind, rate: Number(rate), of: of as 'items' | 'prompt' };
}

function parameter(
  text: string,
  earlier: AdministrationSettings['parameters'],
): AdministrationSettings['parameters'] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a name, =, and a value.');
  const value = text.slice(at + 1);
  return { ...earlier, [text.slice(0, at)]: jsonOr(value) };
}

/** What a text says as JSON, else the text. */
function jsonOr(text: string): NonNullable<AdministrationSettings['parameters']>[string] {
  try {
    return JSON.parse(text) as NonNullable<AdministrationSettings['parameters']>[string];
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function numberUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && value <= most))
      throw new InvalidArgumentError(`It must be a number from 0 to ${most}.`);
    return value;
  };
}

function itemsPerCall(text: string): AdministrationSettings['items_per_call'] {
  if (text === 'all' || text === 'block') return text;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1)
    throw new InvalidArgumentError('It must be all, block, or a whole number from 1.');
  return count;
}
