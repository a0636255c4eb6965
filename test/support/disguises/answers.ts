/** How an answer is written: `4`, `"Agree"`, `4 - Agree`, `(b)`, `€45,000`. */
import type { AskedItem, AskedOption } from '../../../src/instruments/asked/asked.ts';
import type { AnswerOption } from '../../../src/instruments/structure.ts';
import type { Dice } from './dice.ts';
import { type Form, isYesNo, yesOrNo } from './forms.ts';
import type { Content } from './said.ts';
import { type Field, fields, type Tree } from './tree.ts';

export interface AnswerStyle {
  readonly name: string;
  /** Where it says what it should, and says it otherwise; default: everywhere. */
  readonly suits?: (form: Form) => boolean;
  readonly write: (content: Content, asked: AskedItem, dice: Dice) => Tree;
}

/** How one of several options is written. */
interface ChoiceStyle {
  readonly name: string;
  readonly suits?: (asked: AskedItem) => boolean;
  readonly write: (option: AnswerOption, dice: Dice, asked: AskedItem) => Tree;
}

const firstWords = (label: string) => label.split(' ').slice(0, 2).join(' ');
const byLetter = ({ ask }: AskedItem) => ask === 'letter';
const letterOf = (option: AnswerOption, { options }: AskedItem) =>
  options.find((one) => one.option === option)!.letter!;
const countable = (options: readonly AskedOption[]) =>
  options
    .filter(({ option }) => option.points !== null)
    .map(({ option }) => option.value)
    .sort((a, b) => a - b);

const CHOICE_STYLES: readonly ChoiceStyle[] = [
  { name: 'number', write: ({ value }) => value },
  { name: 'label', write: ({ label }) => label },
  { name: 'number as text', write: ({ value }) => String(value) },
  {
    name: 'number with decimals',
    write: ({ value }, dice) => `${value}.${'0'.repeat(1 + dice.below(2))}`,
  },
  { name: 'number in spaces', write: ({ value }) => `  ${value}\t` },
  {
    name: 'number in brackets',
    write: ({ value }, dice) => dice.pick([`(${value})`, `[${value}]`]),
  },
  { name: 'number with a sign', write: ({ value }) => (value > 0 ? `+${value}` : String(value)) },
  {
    name: 'typographic minus',
    suits: ({ options }) => options.some(({ option }) => option.value < 0),
    write: ({ value }) => String(value).replace('-', '−'),
  },
  { name: 'LABEL', write: ({ label }) => label.toUpperCase() },
  { name: 'label in small letters, with a point', write: ({ label }) => `${label.toLowerCase()}.` },
  { name: 'label_in_snake_case', write: ({ label }) => label.toLowerCase().replaceAll(' ', '_') },
  { name: 'label with accents apart', write: ({ label }) => label.normalize('NFD') },
  {
    name: 'label with hard spaces',
    write: ({ label }) => `\u00a0${label.replaceAll(' ', '\u00a0')}`,
  },
  {
    name: 'label in quotes of its own',
    write: ({ label }, dice) => dice.pick([`"${label}"`, `“${label}”`, `'${label}'`]),
  },
  {
    name: '**label**',
    write: ({ label }, dice) => dice.pick([`**${label}**`, `_${label}_`, `\`${label}\``]),
  },
  {
    name: 'label with a tick',
    write: ({ label }, dice) => dice.pick([`${label} ✅`, `✔️ ${label}`]),
  },
  {
    name: '4 - Agree a little',
    write: ({ value, label }, dice) => `${value} ${dice.pick(['-', '–', '—'])} ${label}`,
  },
  {
    name: '4: Agree a little',
    write: ({ value, label }, dice) => `${value}${dice.pick([':', '.', ')', ' ='])} ${label}`,
  },
  { name: '(4) Agree a little', write: ({ value, label }) => `(${value}) ${label}` },
  { name: '4 (Agree a little)', write: ({ value, label }) => `${value} (${label})` },
  {
    name: 'Agree a little (4)',
    write: ({ value, label }, dice) =>
      `${label} ${dice.pick(['(', '['])}${value})`.replace(/(\[.*)\)$/, '$1]'),
  },
  { name: 'Agree a little - 4', write: ({ value, label }) => `${label} - ${value}` },
  { name: '4 - Agree', write: ({ value, label }) => `${value} - ${firstWords(label)}` },
  { name: '**Agree a little** (4)', write: ({ value, label }) => `**${label}** (${value})` },
  { name: 'synonym', write: ({ label, synonyms }, dice) => dice.pick([label, ...synonyms]) },
  {
    name: 'SYNONYM!',
    write: ({ label, synonyms }, dice) => `${dice.pick([label, ...synonyms]).toUpperCase()}!`,
  },
  {
    name: 'boolean',
    suits: isYesNo,
    write: (option) => yesOrNo(option) === true,
  },
  {
    name: 'yes and no',
    suits: isYesNo,
    write: (option, dice) =>
      yesOrNo(option) ? dice.pick(['yes', 'Y', 'Yes.']) : dice.pick(['no', 'N', 'No.']),
  },
  {
    name: 'sí y no',
    suits: isYesNo,
    write: (option, dice) =>
      yesOrNo(option) ? dice.pick(['Sí', 'SI', 'Verdadero']) : dice.pick(['No', 'FALSO']),
  },
  {
    name: 'two words of an option',
    suits: ({ options }) => options.some(({ option }) => option.synonyms.length > 0),
    write: ({ label, synonyms }, dice) =>
      synonyms.length === 0
        ? label
        : `${label}${dice.pick([' / ', ' (', ' - ', ', '])}${dice.pick(synonyms)}`.replace(
            /^([^(]* \(.*)$/,
            '$1)',
          ),
  },
  { name: '4 (4)', write: ({ value }) => `${value} (${value})` },
  {
    name: '2/5',
    suits: ({ options }) => countable(options).length > 2,
    write: ({ value, points }, _, { options }) => {
      const values = countable(options);
      const isClear = value !== values.at(-2) && values[0]! >= 0 && points !== null;
      return isClear ? `${value}/${values.at(-1)}` : value;
    },
  },
  { name: 'B', suits: byLetter, write: (option, _, asked) => letterOf(option, asked) },
  {
    name: '(b)',
    suits: byLetter,
    write: (option, dice, asked) => {
      const letter = letterOf(option, asked);
      return dice.pick([`${letter})`, `(${letter.toLowerCase()})`, `${letter}.`, `[${letter}]`]);
    },
  },
  {
    name: 'Option B',
    suits: byLetter,
    write: (option, dice, asked) =>
      `${dice.pick(['Option ', 'option: ', 'Answer: ', 'Opción '])}${letterOf(option, asked)}`,
  },
  {
    name: 'B) Very accurate',
    suits: byLetter,
    write: (option, dice, asked) =>
      `${letterOf(option, asked)}${dice.pick([') ', '. ', ' - ', ': '])}${option.label}`,
  },
  {
    name: 'Very accurate (B)',
    suits: byLetter,
    write: (option, dice, asked) =>
      `${option.label}${dice.pick([' (', ' ['])}${letterOf(option, asked)})`,
  },
  { name: '{answer}', write: ({ label }) => fields(['answer', label]) },
  {
    name: '{answer, why}',
    write: ({ value }) => fields(['answer', value], ['why', 'because 1 is not 5']),
  },
  {
    name: '{rating, label}',
    write: ({ value, label }) => fields(['rating', value], ['label', label]),
  },
  {
    name: '{Answer, explanation}',
    write: ({ label }) => fields(['Answer', label], ['explanation', 'for "this" item only']),
  },
];

/** How a number is written that an item asks for. */
const NUMBER_STYLES: readonly {
  readonly name: string;
  readonly write: (value: number, dice: Dice, asked: AskedItem) => Tree;
}[] = [
  { name: 'number asked for', write: (value) => value },
  { name: 'number asked for as text', write: (value) => `${value}` },
  { name: '45,000', write: (value) => grouped(value, ',', '.') },
  { name: '45 000', write: (value, dice) => grouped(value, dice.pick([' ', '\u00a0', "'"]), '.') },
  { name: '45.000', write: (value) => grouped(value, '.', ',') },
  {
    name: '€45,000',
    write: (value, dice, { item }) => {
      const written = grouped(value, ',', '.');
      switch (item.quantity?.unit) {
        case 'EUR':
          return dice.pick([`€${written}`, `${written} €`, `EUR ${written}`]);
        case 'USD':
          return dice.pick([`$${written}`, `${written} USD`, `US$ ${written}`]);
        case 'hours':
          return `${written} ${dice.pick(['hours', 'Hours', 'hour'])}`;
        default:
          return written;
      }
    },
  },
  { name: '{answer: 45000}', write: (value) => fields(['answer', value]) },
];

/** Three digits after a mark may be thousands or decimals: a style that would be so writes plainly. */
function grouped(value: number, mark: string, point: string): string {
  const [whole = '', fraction] = String(Math.abs(value)).split('.');
  const groups = whole.replace(/\B(?=(?:\d{3})+$)/g, mark);
  return `${value < 0 ? '-' : ''}${groups}${fraction === undefined ? '' : point + fraction}`;
}

/** How the probability of an option is written. */
const PROBABILITY_STYLES: readonly {
  readonly name: string;
  readonly write: (probability: number) => Tree;
}[] = [
  { name: 'probability', write: (probability) => probability },
  { name: 'probability as text', write: (probability) => probability.toFixed(3) },
  { name: 'per cent', write: (probability) => `${Math.round(probability * 100)}%` },
];

/** How the options of a distribution are called. */
const OPTION_STYLES: readonly {
  readonly name: string;
  readonly write: (option: AnswerOption) => string;
}[] = [
  { name: 'options by label', write: ({ label }) => label },
  { name: 'options by value', write: ({ value }) => String(value) },
  { name: 'OPTIONS', write: ({ label }) => label.toUpperCase() },
  { name: '4 (options)', write: ({ value, label }) => `${value} (${label})` },
];

const DISTRIBUTION_SHAPES: readonly ((byOption: Tree) => Tree)[] = [
  (byOption) => byOption,
  (byOption) => fields(['probabilities', byOption]),
  (byOption) => fields(['answer', byOption]),
];

const DECLINES: readonly Tree[] = [
  null,
  null,
  '',
  'n/a',
  'null',
  'Prefer not to say',
  'No answer',
  'Prefiero no responder',
  'Keine Antwort',
  fields(['answer', null]),
];

/** Texts are written as they are, and so is what declines to give one. */
function writeOther(content: Content, asked: AskedItem, dice: Dice): Tree {
  if (content.kind === 'text') return content.text;
  if (content.kind === 'declined')
    return asked.item.openCharacters === null ? dice.pick(DECLINES) : dice.pick([null, '', 'null']);
  return null;
}

const isChoice = (asked: AskedItem) => asked.item.answers !== null;

function distribution(
  content: Content & { readonly kind: 'probabilities' },
  { options }: AskedItem,
  dice: Dice,
  name?: string,
): Tree {
  const chosen = <S extends { readonly name: string }>(styles: readonly S[]) =>
    styles.find((style) => style.name === name) ??
    (dice.chance(0.6) ? styles[0]! : dice.pick(styles));
  const [option, probability] = [chosen(OPTION_STYLES), chosen(PROBABILITY_STYLES)];
  const pairs = dice
    .shuffle(options)
    .map(
      (one): Field => [
        option.write(one.option),
        probability.write(content.byValue.get(one.option.value)!),
      ],
    );
  return dice.pick(DISTRIBUTION_SHAPES)(fields(...pairs));
}

/** As asked for, but for what the style changes. */
function styled(
  name: string,
  suits: (form: Form) => boolean,
  choice: ChoiceStyle | null,
  number: (typeof NUMBER_STYLES)[number] | null,
): AnswerStyle {
  return {
    name,
    suits,
    write: (content, asked, dice) => {
      if (content.kind === 'probabilities') return distribution(content, asked, dice, name);
      if (content.kind !== 'answer') return writeOther(content, asked, dice);
      const { value } = content;
      if (!isChoice(asked))
        return (number ?? (dice.chance(0.5) ? NUMBER_STYLES[0]! : dice.pick(NUMBER_STYLES))).write(
          value,
          dice,
          asked,
        );
      const option = optionOf(asked, value);
      const isSuited = choice !== null && (choice.suits?.(asked) ?? true);
      // Without a label there is nothing to put beside the number.
      const isTwice = !option.isLabelled && /4.*Agree|Agree.*4/.test(choice?.name ?? '');
      return (isSuited && !isTwice ? choice : CHOICE_STYLES[0]!).write(option, dice, asked);
    },
  };
}

function optionOf({ options }: AskedItem, value: number): AnswerOption {
  return options.find(({ option }) => option.value === value)!.option;
}

const isDistribution = ({ asked }: Form) => asked.elicit === 'distribution';

export const ANSWER_STYLES: readonly AnswerStyle[] = [
  ...CHOICE_STYLES.map((style) =>
    styled(
      style.name,
      (form) =>
        !isDistribution(form) &&
        form.asked.items.some((asked) => isChoice(asked) && (style.suits?.(asked) ?? true)),
      style,
      null,
    ),
  ),
  ...NUMBER_STYLES.map((style) =>
    styled(
      style.name,
      ({ asked }) => asked.items.some(({ item }) => item.quantity !== null),
      null,
      style,
    ),
  ),
  ...[...OPTION_STYLES, ...PROBABILITY_STYLES].map(({ name }) =>
    styled(name, isDistribution, null, null),
  ),
  {
    name: 'each answer another way',
    suits: (form) => !isDistribution(form),
    write: (content, asked, dice) =>
      styled('', () => true, dice.pick(CHOICE_STYLES), null).write(content, asked, dice),
  },
];
