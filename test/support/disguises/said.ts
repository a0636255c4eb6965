/** What a reply says of the items of a call, and what must be read of it. */
import type { AskedBlock, AskedItem } from '../../../src/instruments/asked/asked.ts';
import type { Dice } from './dice.ts';
import type { Form } from './forms.ts';

/** What must be read of one item. */
export type Content =
  | { readonly kind: 'answer'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'probabilities'; readonly byValue: ReadonlyMap<number, number> }
  | { readonly kind: 'declined' }
  | { readonly kind: 'not_applicable' };

/** What a reply says. */
export interface Said {
  readonly form: Form;
  /** By item number, in the order shown. */
  readonly contents: ReadonlyMap<number, Content>;
  readonly explanation: string;
}

const EXPLANATIONS = [
  'I keep to myself.',
  'José 東京 😀 – it’s “so”, {not} [so]: 3',
  'I said "yes" to item 4, and "no" to the rest; it\'s who I am.',
  'a\nb\tc\\d "e"',
  'Soy una persona tranquila: nunca digo «no» a nadie, ¿verdad?',
  'Q1 I agree; 2: False, 3. True – /* and so on */ // 5 # 6 <think>',
  'true',
] as const;

const TEXTS = [
  'I like my work',
  'Mi madre y yo',
  '12',
  'No',
  'tired after 3 nights',
  '東京',
] as const;
const DECLINES = 0.15;

export function drawSaid(form: Form, dice: Dice): Said {
  const contents = new Map<number, Content>();
  for (const block of form.asked.blocks) {
    const isAsked = applies(block, contents);
    for (const asked of block.items)
      contents.set(
        asked.item.number,
        isAsked ? drawContent(asked, form, dice) : { kind: 'not_applicable' },
      );
  }
  return { form, contents, explanation: dice.pick(EXPLANATIONS) };
}

function applies({ condition }: AskedBlock, contents: ReadonlyMap<number, Content>): boolean {
  if (condition === null) return true;
  const content = contents.get(condition.item.number)!;
  return (
    content.kind === 'answer' && condition.answers.some(({ value }) => value === content.value)
  );
}

function drawContent(asked: AskedItem, form: Form, dice: Dice): Content {
  const { item, options, mayDecline } = asked;
  if (mayDecline && dice.chance(DECLINES)) return { kind: 'declined' };
  if (item.openCharacters !== null) return { kind: 'text', text: dice.pick(TEXTS) };
  if (item.quantity !== null) {
    const { min, max, decimals } = item.quantity;
    const value = min + dice.below(max - min + 1) + dice.below(10 ** decimals) / 10 ** decimals;
    return { kind: 'answer', value: Number(Math.min(value, max).toFixed(decimals)) };
  }
  if (form.asked.elicit !== 'distribution')
    return { kind: 'answer', value: dice.pick(options).option.value };
  const cuts = [0, ...options.slice(1).map(() => dice.below(101)), 100].sort((a, b) => a - b);
  const byValue = new Map(
    options.map(({ option }, index) => [option.value, (cuts[index + 1]! - cuts[index]!) / 100]),
  );
  return { kind: 'probabilities', byValue };
}

/** Items that a reply must answer. */
export function answeredItems({ form, contents }: Said): AskedItem[] {
  return form.asked.items.filter(
    ({ item }) => contents.get(item.number)!.kind !== 'not_applicable',
  );
}

/** Another answer to an item; null where it has none to choose from. */
export function otherContent(said: Said, asked: AskedItem, dice: Dice): Content | null {
  const content = said.contents.get(asked.item.number)!;
  if (asked.item.answers === null || content.kind === 'probabilities') return null;
  const others = asked.options.filter(
    ({ option }) => content.kind !== 'answer' || option.value !== content.value,
  );
  return { kind: 'answer', value: dice.pick(others).option.value };
}

/** For prose and tables. */
export function showContent(content: Content): string {
  switch (content.kind) {
    case 'answer':
      return String(content.value);
    case 'text':
      return content.text;
    case 'probabilities':
      return [...content.byValue.values()].join(' ');
    default:
      return '';
  }
}
