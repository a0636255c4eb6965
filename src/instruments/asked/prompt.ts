/** The questionnaire prompt: a template with slots, filled with what a call asks. */
import { readFileSync } from 'node:fs';
import type { Instrument } from '../instrument.ts';
import type { Asked, AskedBlock, AskedItem, AskedOption } from './asked.ts';

export const ITEMS_SLOT = '{{items}}';
/** What a prompt's template may have filled in. */
export const SLOT_NAMES = ['instructions', 'answers', 'items', 'count', 'key', 'reply'];

const SLOT = /\{\{(\w+)\}\}/g;
const FOLDER = new URL('../../../data/prompts/', import.meta.url);

type Sentences = Readonly<
  Record<
    'answer' | 'reasoned' | 'distribution' | 'text' | 'logprobs' | 'decline' | 'skip' | 'letters',
    string
  >
>;

const templates = new Map<string, string>();
let sentences: Sentences | undefined;

/** Slots of a template that nothing would fill. */
export function unknownSlots(template: string): string[] {
  return [...template.matchAll(SLOT)]
    .map((match) => match[0])
    .filter((slot) => !SLOT_NAMES.includes(slot.slice(2, -2)));
}

/** The template that these calls are filled into, where nobody gives another. */
export function frameOf(
  { template }: Pick<Instrument, 'template'>,
  calls: readonly Asked[],
): string {
  if (template !== null) return template;
  const isSimple = calls.every((asked) => singleBlock(asked) !== null);
  return readTemplate(isSimple ? 'administration' : 'administration-parts');
}

/** Writes a text of a prompt otherwise than it reads: the text of an item, or words round them. */
export type TextWriter = (text: string, of: 'item' | 'frame') => string;

/**
 * The prompt of one call.
 * @param frame a template with slots
 * @param write how its texts are written; as they read where it is left out
 */
export function composePrompt(
  { instructions: general, template }: Pick<Instrument, 'instructions' | 'template'>,
  asked: Asked,
  frame: string,
  write: TextWriter = (text) => text,
): string {
  // A template of the instrument's own may state the answers in its own words.
  const hasOwnPlace = frame === template || frame.includes('{{answers}}');
  const block = hasOwnPlace ? singleBlock(asked) : null;
  const first = block?.items[0];
  const instructions = general === null ? null : write(general, 'frame');
  const texts =
    block === null || first === undefined
      ? {
          instructions: instructions ?? '',
          answers: '',
          items: asked.blocks.map((one, index) => part(one, index, asked, write)).join('\n\n'),
        }
      : {
          instructions: [instructions, instructionsOf(block, write)]
            .filter((one) => one !== null)
            .join('\n\n'),
          answers: describeAnswers(first, asked),
          items: listItems(block.items, write),
        };
  return fillSlots(
    write(frame, 'frame'),
    new Map(
      Object.entries({
        ...texts,
        count: String(asked.items.length),
        key: keyWord(asked.items),
        reply: howToReply(asked),
      }),
    ),
  );
}

/**
 * Fills each slot once and as text: what an item says is never looked at for slots. Unknown slots
 * are left, see `unknownSlots`.
 */
function fillSlots(template: string, slots: ReadonlyMap<string, string>): string {
  return template
    .trim()
    .replace(SLOT, (slot, name: string) => slots.get(name) ?? slot)
    .trim();
}

/**
 * Whether the answers stand with each part of the items, under headings in English, and `{{answers}}`
 * stays empty.
 */
export function isAskedInParts(asked: Asked): boolean {
  return singleBlock(asked) === null;
}

/** The only block, where all its items have the same answers. */
function singleBlock({ blocks }: Asked): AskedBlock | null {
  const [block, ...others] = blocks;
  if (block === undefined || others.length > 0 || block.condition !== null) return null;
  const [first] = block.items;
  const isUniform = block.items.every((one) => haveSameAnswers(first!, one));
  return isUniform ? block : null;
}

function haveSameAnswers(first: AskedItem, second: AskedItem): boolean {
  return (
    first.item.answers === second.item.answers &&
    first.item.answers !== null &&
    first.options.length === second.options.length &&
    first.options.every(({ option }, index) => option === second.options[index]!.option)
  );
}

/** A block with a heading, its instructions, and its items by the answers that they share. */
function part(block: AskedBlock, index: number, asked: Asked, write: TextWriter): string {
  const heading = asked.blocks.length > 1 ? [`Part ${index + 1}`] : [];
  const instructions = instructionsOf(block, write);
  const runs: AskedItem[][] = [];
  for (const item of block.items) {
    const run = runs.at(-1);
    if (run !== undefined && haveSameAnswers(run[0]!, item)) run.push(item);
    else runs.push([item]);
  }
  return [
    ...heading,
    ...(block.condition === null ? [] : [describeCondition(block.condition)]),
    ...(instructions === null ? [] : [instructions]),
    ...runs.map(
      (run) =>
        `${introduceAnswers(run[0]!, asked)}\n\nThe ${run.length === 1 ? 'item' : 'items'}:\n\n${listItems(run, write)}`,
    ),
  ].join('\n\n');
}

function instructionsOf({ instructions }: AskedBlock, write: TextWriter): string | null {
  return instructions === null ? null : write(instructions, 'frame');
}

function describeCondition({ item, answers }: NonNullable<AskedBlock['condition']>): string {
  const labels = answers.map(({ label }) => JSON.stringify(label)).join(' or ');
  return `This part applies only if your answer to item ${item.id} is ${labels}.`;
}

function introduceAnswers(item: AskedItem, asked: Asked): string {
  const { quantity, openCharacters } = item.item;
  if (quantity !== null) {
    const unit = quantity.unit === null ? '' : `, in ${quantity.unit}`;
    const whole = quantity.decimals === 0 ? 'a whole number' : 'a number';
    return `The answer is ${whole} from ${quantity.min} to ${quantity.max}${unit}.`;
  }
  if (openCharacters !== null)
    return `The answer is a text of at most ${openCharacters} characters.`;
  return `The only possible answers are:\n${describeAnswers(item, asked)}`;
}

function describeAnswers({ item, options, ask }: AskedItem, { showsEnds }: Asked): string {
  const range = item.answers?.range ?? null;
  const numbers = options.filter(({ option }) => option.points !== null);
  if (ask !== 'letter' && (range !== null || (showsEnds && ask === 'value'))) {
    const [first, last] = [numbers[0]!, numbers.at(-1)!];
    const step = range === null || range.step === 1 ? '' : ` in steps of ${range.step}`;
    const others = options.filter(
      (one) =>
        one.option.points === null ||
        (range !== null && one.option.isLabelled && one !== first && one !== last),
    );
    return [
      `- whole numbers from ${atEnd(first)} to ${atEnd(last)}${step}`,
      ...others.map((one) => `- ${showOption(one, ask)}`),
    ].join('\n');
  }
  return options.map((one) => (one.letter === null ? '- ' : '') + showOption(one, ask)).join('\n');
}

function atEnd({ option }: AskedOption): string {
  return option.isLabelled ? `${option.value} (${option.label})` : String(option.value);
}

function showOption({ option, letter }: AskedOption, ask: AskedItem['ask']): string {
  const { value, label, isLabelled } = option;
  if (ask === 'letter') return `${letter}) ${label}`;
  if (ask === 'label') return JSON.stringify(label);
  return isLabelled ? `${value} (${label})` : String(value);
}

/** A JSON object from the id of an item to its text, in the order shown. */
function listItems(items: readonly AskedItem[], write: TextWriter): string {
  const lines = items.map(
    ({ key, item }) => `  ${JSON.stringify(key)}: ${JSON.stringify(write(item.text, 'item'))}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}

function howToReply({ elicit, format, items, blocks, offersNoAnswer }: Asked): string {
  sentences ??= JSON.parse(readFileSync(new URL('replies.json', FOLDER), 'utf8')) as Sentences;
  const main = elicit === 'answer' && format === 'text' ? sentences.text : sentences[elicit];
  return [
    fillSlots(
      main,
      new Map([
        ['count', String(items.length)],
        ['key', keyWord(items)],
      ]),
    ),
    ...(elicit !== 'logprobs' && items.some(({ ask }) => ask === 'letter')
      ? [sentences.letters]
      : []),
    ...(offersNoAnswer && elicit !== 'logprobs' ? [sentences.decline] : []),
    ...(blocks.some(({ condition }) => condition !== null) ? [sentences.skip] : []),
  ].join(' ');
}

/** What an item's key is called. */
function keyWord(items: readonly AskedItem[]): string {
  return items.every(({ key }) => /^\d+$/.test(key)) ? 'number' : 'id';
}

function readTemplate(name: string): string {
  let template = templates.get(name);
  if (template === undefined) {
    template = readFileSync(new URL(`${name}.md`, FOLDER), 'utf8');
    templates.set(name, template);
  }
  return template;
}
