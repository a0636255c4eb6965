/** Ways to make a reply wrong: one item spoilt, entries changed, all of it replaced, marks lost. */
import type { AskedItem } from '../../../src/instruments/asked/asked.ts';
import type { AnswerOption, NumberFormat } from '../../../src/instruments/structure.ts';
import type { Dice } from './dice.ts';
import { type Disguise, disguise, dress, write } from './disguise.ts';
import { answeredItems, type Content, type Said } from './said.ts';
import type { Entry } from './shapes.ts';
import { type Field, fields, type Tree } from './tree.ts';

/** A way in which a reply can be wrong. */
export interface Damage {
  readonly name: string;
  /** It may have spared the answers; otherwise nothing may be read at all. */
  readonly maySpare: boolean;
  /** null where it is none, for this instrument. */
  readonly write: (said: Said, chosen: Disguise | null, dice: Dice) => string | null;
}

/** Beside JSON, lines and a list without names are nobody's concern. */
export const JSON_LAYERS: readonly Disguise[] = [
  'as asked for',
  'under a key',
  'explanation beside',
].map((name) => ({ layer: 'shape', name }));
export const isSingle = ({ form }: Said) => form.asked.items.length === 1;
export const isDistribution = ({ form }: Said) => form.asked.elicit === 'distribution';
const hasText = ({ form }: Said) =>
  form.asked.items.some(({ item }) => item.openCharacters !== null || item.quantity !== null);

/** An item that must be answered, and that the reply answers by one of its options. */
export function chosenItem(said: Said, dice: Dice): AskedItem | null {
  const choices = answeredItems(said).filter(
    ({ item, mayDecline }) =>
      !mayDecline && item.answers !== null && said.contents.get(item.number)!.kind === 'answer',
  );
  return choices.length === 0 ? null : dice.pick(choices);
}

export const saidValue = ({ contents }: Said, { item }: AskedItem) => {
  const content = contents.get(item.number)!;
  return content.kind === 'answer' ? content.value : 0;
};
export const valuesOf = ({ options }: AskedItem) => options.map(({ option }) => option.value);
export const optionOf = (said: Said, asked: AskedItem) =>
  asked.options.find(({ option }) => option.value === saidValue(said, asked))!.option;
export const isLabelled = ({ options }: AskedItem) =>
  options.every(({ option }) => option.isLabelled);
export const isBinary = ({ options }: AskedItem) => options.length === 2;

/** Another option than the one that is said. */
export function otherOption(said: Said, asked: AskedItem, dice: Dice): AnswerOption {
  const others = asked.options.filter(({ option }) => option.value !== saidValue(said, asked));
  return dice.pick(others).option;
}

export const spoil = (
  name: string,
  value: (asked: AskedItem, said: Said, dice: Dice) => Tree | undefined,
): Damage => ({
  name,
  maySpare: false,
  write: (said, chosen, dice) => {
    const asked = chosenItem(said, dice);
    const wrong = asked === null ? undefined : value(asked, said, dice);
    if (wrong === undefined) return null;
    return write(said, dress(said.form, chosen, dice), dice, (entries) =>
      entries.map((entry) => (entry.asked === asked ? { ...entry, value: wrong } : entry)),
    );
  },
});

/** A number that an item asks for, so that it is none. */
export const spoilNumber = (
  name: string,
  value: (format: NumberFormat, dice: Dice) => Tree,
): Damage => ({
  name,
  maySpare: false,
  write: (said, chosen, dice) => {
    const numbers = answeredItems(said).filter(({ item }) => item.quantity !== null);
    if (numbers.length === 0) return null;
    const asked = dice.pick(numbers);
    const wrong = value(asked.item.quantity!, dice);
    return write(said, dress(said.form, chosen, dice), dice, (entries) =>
      entries.map((entry) => (entry.asked === asked ? { ...entry, value: wrong } : entry)),
    );
  },
});

/** The probabilities of an item, so that they are none. */
export const spoilProbabilities = (
  name: string,
  pairs: (written: readonly Field[], dice: Dice) => readonly Field[],
): Damage => ({
  name,
  maySpare: false,
  write: (said, chosen, dice) => {
    if (!isDistribution(said)) return null;
    const asked = dice.pick(said.form.asked.items);
    const content = said.contents.get(asked.item.number)!;
    if (content.kind !== 'probabilities') return null;
    const written = asked.options.map(
      ({ option }): Field => [option.label, content.byValue.get(option.value)!],
    );
    const wrong = fields(...pairs(written, dice));
    return write(said, dress(said.form, chosen, dice), dice, (entries) =>
      entries.map((entry) => (entry.asked === asked ? { ...entry, value: wrong } : entry)),
    );
  },
});

export const change = (
  name: string,
  how: (
    entries: Entry[],
    entry: (asked: AskedItem, content: Content) => Entry,
    said: Said,
    dice: Dice,
  ) => Entry[] | null,
): Damage => ({
  name,
  maySpare: false,
  write: (said, chosen, dice) => {
    let isDamaged = true;
    const isNamed = chosen?.layer !== 'shape';
    const text = write(
      said,
      dress(said.form, isNamed ? chosen : null, dice, true),
      dice,
      (entries, entry) => {
        const changed = how(entries, entry, said, dice);
        isDamaged = changed !== null && changed.length > 0;
        return isDamaged && changed !== null ? changed : entries;
      },
    );
    return isDamaged ? text : null;
  },
});

/** Which of the entries must be there. */
export const needed = (entries: readonly Entry[], { contents }: Said) =>
  entries.filter(({ asked }) => contents.get(asked.item.number)!.kind !== 'not_applicable');

export const replace = (name: string, how: (said: Said, dice: Dice) => string | null): Damage => ({
  name,
  maySpare: false,
  write: (said, _, dice) => how(said, dice),
});

/** The text of a whole reply, damaged. */
export const blemish = (
  name: string,
  how: (text: string, dice: Dice, said: Said) => string,
): Damage => ({
  name,
  maySpare: true,
  write: (said, chosen, dice) => {
    // A text or a number with a mark less is another one.
    if (hasText(said)) return null;
    const { text, conceals } = disguise(said, chosen, dice);
    return conceals ? null : how(text, dice, said);
  },
});
