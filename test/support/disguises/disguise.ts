/**
 * Replies to a questionnaire as models write them: the same answers in many disguises, as data. A
 * disguise belongs to one of five layers (how an answer is written, its key, the shape of the
 * object, its notation, the text around it); a reply takes one of each. Everything is drawn from
 * the dice passed in, so a seed gives the same replies on every machine.
 */
import type { AskedItem } from '../../../src/instruments/asked/asked.ts';
import { ANSWER_STYLES, type AnswerStyle } from './answers.ts';
import { type Dice, diceOf } from './dice.ts';
import type { Form } from './forms.ts';
import { KEY_STYLES, type KeyStyle } from './keys.ts';
import { NOTATIONS, type Notation } from './notations.ts';
import { type Content, drawSaid, type Said } from './said.ts';
import { type Entry, SHAPES, type Shape } from './shapes.ts';
import { type Fields, print } from './tree.ts';
import { type AroundAnswers, OBJECT_WRAPPINGS, WRAPPINGS, type Wrapping } from './wrappings.ts';

const LAYERS = {
  answer: ANSWER_STYLES,
  key: KEY_STYLES,
  shape: SHAPES,
  notation: NOTATIONS,
  wrapping: WRAPPINGS,
} as const;
type Layer = keyof typeof LAYERS;

/** One way in which a reply may be dressed up. */
export interface Disguise {
  readonly layer: Layer;
  readonly name: string;
}

interface Style {
  readonly name: string;
  readonly suits?: (form: Form) => boolean;
}

export const DISGUISES: readonly Disguise[] = (Object.keys(LAYERS) as Layer[]).flatMap((layer) =>
  LAYERS[layer].map(({ name }): Disguise => ({ layer, name })),
);

export function suits({ layer, name }: Disguise, form: Form): boolean {
  const style: Style = LAYERS[layer].find((one) => one.name === name)!;
  return style.suits?.(form) ?? true;
}

export interface Dress {
  readonly answer: AnswerStyle;
  readonly key: KeyStyle;
  readonly shape: Shape;
  readonly notation: Notation;
  readonly wrapping: Wrapping;
}

export const UNDISGUISED: Dress = {
  answer: ANSWER_STYLES[0]!,
  key: KEY_STYLES[0]!,
  shape: SHAPES[0]!,
  notation: NOTATIONS[0]!,
  wrapping: WRAPPINGS[0]!,
};

/** The other layers are as asked for, more often than not. */
const PLAIN = 0.6;

/** @param named whether items must be named */
export function dress(form: Form, disguise: Disguise | null, dice: Dice, named = false): Dress {
  const choose = <S extends Style>(layer: Layer, styles: readonly S[]): S => {
    if (disguise?.layer === layer) return styles.find(({ name }) => name === disguise.name)!;
    const fitting = styles.filter((style) => style.suits?.(form) ?? true);
    return dice.chance(PLAIN) ? fitting[0]! : dice.pick(fitting);
  };
  const wanted = {
    answer: choose('answer', ANSWER_STYLES),
    key: choose('key', KEY_STYLES),
    shape: choose('shape', SHAPES),
    notation: choose('notation', NOTATIONS),
    wrapping: choose('wrapping', WRAPPINGS),
  };
  const { shape, notation, wrapping } = wanted;
  const fits =
    !(named && shape.isUnnamed) &&
    !(shape.several && wrapping.forOne) &&
    !(shape.isBare && !(wrapping.forLines && !notation.brackets));
  if (fits) return wanted;
  // What was asked for stays; the others give way to it.
  return disguise?.layer === 'shape' && !(named && shape.isUnnamed)
    ? { ...wanted, notation: NOTATIONS[0]!, wrapping: WRAPPINGS[0]! }
    : { ...wanted, shape: SHAPES[0]! };
}

export type Change = (
  entries: Entry[],
  write: (asked: AskedItem, content: Content) => Entry,
) => Entry[];

export function write(
  said: Said,
  { answer, key, shape, notation, wrapping }: Dress,
  dice: Dice,
  change: Change = (entries) => entries,
): string {
  const { form, explanation } = said;
  // Who writes one key as Q1 writes all so.
  const habit = dice.below(2 ** 20);
  const isPlain = shape.lines !== undefined || shape.isUnnamed === true;
  const entry = (asked: AskedItem, content: Content): Entry => {
    const written = answer.write(content, asked, dice);
    // Where there is room for words only, an object gives way to what it says.
    const isWord = typeof written !== 'object' || written === null;
    const value =
      isPlain && !isWord ? UNDISGUISED.answer.write(content, asked, diceOf(habit)) : written;
    const isObject = typeof value === 'object' && value !== null;
    const word = !isPlain || !isObject ? value : content.kind === 'answer' ? content.value : null;
    return { asked, key: key.write(asked, diceOf(habit)), value: word };
  };
  const entries = change(
    form.asked.items.flatMap((asked) => {
      const content = said.contents.get(asked.item.number)!;
      if (content.kind !== 'not_applicable') return [entry(asked, content)];
      return shape.isUnnamed ? [entry(asked, content)] : besides(asked, entry, said, dice);
    }),
    entry,
  );
  const sheet = () =>
    shape.lines?.(entries, dice, form) ??
    shape
      .write(entries, explanation, dice, form)
      .map((tree) => notation.write(tree, dice))
      .join('\n');
  const around: AroundAnswers = {
    said,
    again: sheet,
    draft: () => write({ ...drawSaid(form, dice), explanation: 'A draft.' }, UNDISGUISED, dice),
  };
  return wrapping.write(sheet(), around, dice);
}

/** What a reply says of an item that does not apply: nothing, null, or an answer all the same. */
function besides(
  asked: AskedItem,
  entry: (asked: AskedItem, content: Content) => Entry,
  { form }: Said,
  dice: Dice,
): Entry[] {
  if (dice.chance(0.3)) return [];
  if (dice.chance(0.7)) return [entry(asked, { kind: 'not_applicable' })];
  const other = drawSaid(form, dice).contents.get(asked.item.number)!;
  return [entry(asked, other)];
}

export interface Reply {
  readonly text: string;
  /** What must be read of the explanation; undefined where it cannot be told. */
  readonly explanation: string | null | undefined;
  /** Every layer, for messages. */
  readonly wears: string;
  /** A part of it cannot be told from a whole reply. */
  readonly conceals: boolean;
}

/** The answers in a disguise, which suits the form, and in others of the other layers. */
export function disguise(said: Said, chosen: Disguise | null, dice: Dice): Reply {
  const dressed = dress(said.form, chosen, dice);
  const { shape, notation, wrapping } = dressed;
  const explanation =
    shape.explanation === 'none'
      ? null
      : shape.explanation === 'other' || notation.blurs
        ? undefined
        : said.explanation;
  const wears = Object.values(dressed)
    .map((style: Style) => style.name)
    .join(' | ');
  return {
    text: write(said, dressed, dice),
    explanation,
    wears,
    conceals: (wrapping.conceals ?? false) || shape.isBare === true || shape.isUnnamed === true,
  };
}

/** As JSON that nothing is wrong with. */
export function asJson(tree: Fields): string {
  return print(tree, { indent: '  ' });
}

/**
 * Any object in a notation and with text around it, but nothing that speaks of items. `draft`
 * stands in its thoughts.
 */
export function disguiseObject(
  tree: Fields,
  draft: Fields,
  dice: Dice,
): { readonly text: string; readonly wears: string } {
  const notation = dice.pick(NOTATIONS.filter(({ blurs }) => !blurs));
  const wrapping = dice.pick(OBJECT_WRAPPINGS);
  const written = () => notation.write(tree, dice);
  const text = wrapping.write(written(), { draft: () => print(draft, {}), again: written }, dice);
  return { text, wears: `${notation.name} | ${wrapping.name}` };
}
