import {
  blemish,
  change,
  chosenItem,
  type Damage,
  isBinary,
  isDistribution,
  isLabelled,
  isSingle,
  JSON_LAYERS,
  needed,
  optionOf,
  otherOption,
  replace,
  saidValue,
  spoil,
  spoilNumber,
  spoilProbabilities,
  valuesOf,
} from './damage.ts';
import type { Dice } from './dice.ts';
import { disguise, dress, UNDISGUISED, write } from './disguise.ts';
import { KEY_STYLES } from './keys.ts';
import { bareKey } from './notations.ts';
import { otherContent, type Said, showContent } from './said.ts';
import { type Field, fields, print, type Tree } from './tree.ts';
import { table } from './wrappings.ts';

/** What is no answer on any scale. */
const NO_ANSWERS: readonly Tree[] = [
  null,
  '',
  ' ',
  '-',
  '.',
  '?',
  'n/a',
  'N/A',
  'null',
  'None',
  'maybe',
  'unsure',
  'not sure',
  'it depends',
  'no answer',
  'No opinion',
  'prefer not to say',
  'skip',
  99,
  -99,
  0.5,
  2.5,
  -0.5,
  '2,5',
  '½',
  '4²',
  '1-5',
  '1 or 2',
  '0/1',
  '1/0',
  'between 1 and 2',
  '1, 2',
  'True/False',
  'Sí/No',
  '<answer>',
  '…',
  '...',
  '{answer}',
  '1000%',
  'IV',
  'one',
  [],
  [1],
  ['True', 'False'],
  fields(),
  fields(['answer', null]),
  fields(['why', 'so']),
];

/** The same answers but for one item. */
function differently(said: Said, dice: Dice): Said | null {
  const asked = chosenItem(said, dice);
  // After another answer to it, other items apply.
  if (
    said.form.asked.blocks.some(({ condition }) => asked !== null && condition?.item === asked.item)
  )
    return null;
  const other = asked === null ? null : otherContent(said, asked, dice);
  if (asked === null || other === null) return null;
  return { ...said, contents: new Map(said.contents).set(asked.item.number, other) };
}

/** The answers in the order shown, without names. */
function listOf({ form, contents }: Said): string {
  return JSON.stringify(
    form.asked.items.map(({ item }) => {
      const content = contents.get(item.number)!;
      return content.kind === 'answer'
        ? content.value
        : content.kind === 'text'
          ? content.text
          : null;
    }),
  );
}

const plainly = (said: Said, dice: Dice) => write(said, UNDISGUISED, dice);
const MARKS = [
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\n',
  ' ',
  '“',
  '/',
  '\0',
  '#',
  '`',
  '，',
  '<',
] as const;

export const DAMAGES: readonly Damage[] = [
  change('an item missing', (entries, _, said, dice) => {
    const gone = dice.pick(needed(entries, said));
    return entries.filter((entry) => entry !== gone);
  }),
  change('the last item missing', (entries, _, said) => {
    const gone = needed(entries, said).at(-1);
    return entries.filter((entry) => entry !== gone);
  }),
  change('half of the items missing', (entries) => entries.slice(Math.ceil(entries.length / 2))),
  change('some items missing', (entries, _, said, dice) => {
    const gone = dice.pick(needed(entries, said));
    return entries.filter((entry) => entry !== gone && dice.chance(0.9));
  }),
  change('an item twice, differently', (entries, entry, said, dice) => {
    const asked = chosenItem(said, dice);
    const other = asked === null ? null : otherContent(said, asked, dice);
    if (asked === null || other === null) return null;
    return entries.toSpliced(dice.below(entries.length + 1), 0, entry(asked, other));
  }),
  change('an item under two keys, differently', (entries, entry, said, dice) => {
    const asked = chosenItem(said, dice);
    const other = asked === null ? null : otherContent(said, asked, dice);
    if (asked === null || other === null) return null;
    // A bare key among quoted ones is taken for a scrap of prose.
    const isBare = (key: string) => bareKey(key) === key;
    const fitting = KEY_STYLES.filter((style) => style.suits?.(said.form) ?? true)
      .map((style) => style.write(asked, dice))
      .filter((key) => isBare(key) === isBare(entries[0]!.key));
    if (fitting.length === 0) return null;
    const again = { ...entry(asked, other), key: dice.pick(fitting) };
    return entries.toSpliced(dice.below(entries.length + 1), 0, again);
  }),
  {
    // Named by its text alone it is a further key, which is nobody's concern.
    ...change('an item too many', (entries, entry, { contents, form }) => {
      const last = form.asked.items.at(-1)!;
      const number = Math.max(...form.asked.items.map(({ item }) => item.number)) + 1;
      const item = { ...last.item, number, text: 'Is it so?' };
      const more = entry({ ...last, item, key: `new${number}` }, contents.get(last.item.number)!);
      return [...entries, more];
    }),
    maySpare: true,
  },
  change('numbered from 0', (entries, entry, { contents, form }) => {
    if (!form.asked.items.every(({ key }) => /^\d+$/.test(key))) return null;
    return entries.map(({ asked }) => {
      const { item } = asked;
      const before = { ...item, number: item.number - 1, text: `${item.text} not` };
      return entry({ ...asked, item: before, key: `${before.number}` }, contents.get(item.number)!);
    });
  }),
  replace('positions in place of names', ({ form, contents }, dice) => {
    const numbers = form.asked.items.map(({ item }) => item.number);
    const isShuffled = numbers.some((number, index) => index > 0 && number < numbers[index - 1]!);
    const isKeyed = form.asked.items.every(({ key }) => /^(?:item_)?\d+$/.test(key));
    if (!isShuffled || isKeyed) return null;
    const answers = numbers.map((number) => showContent(contents.get(number)!) || 'null');
    const [open, mark, close] = dice.pick([
      ['', ': ', ''],
      ['- ', ') ', ''],
      ['| ', ' | ', ' |'],
      ['{"', '": "', '"}'],
      ['{"number": ', ', "answer": "', '"}'],
    ] as const);
    return answers.map((answer, index) => `${open}${index + 1}${mark}${answer}${close}`).join('\n');
  }),
  spoil('no answer', (_, __, dice) => dice.pick(NO_ANSWERS)),
  spoil('above the scale', (asked, _, dice) => {
    const max = Math.max(...valuesOf(asked));
    return dice.pick([max + 1, String(max + 1), `${max + 5}.0`, (max + 1) * 10]);
  }),
  spoil('below the scale', (asked, _, dice) => {
    const min = Math.min(...valuesOf(asked));
    return dice.pick([min - 1, String(min - 1)]);
  }),
  spoil('between two answers', (asked, said, dice) => {
    const value = saidValue(said, asked);
    return dice.pick([value + 0.5, `${value}.5`, `${value},5`, `${value} 1/2`]);
  }),
  spoil('number and label differ', (asked, said, dice) => {
    if (!isLabelled(asked)) return undefined;
    const { label } = otherOption(said, asked, dice);
    const value = saidValue(said, asked);
    return dice.pick([`${value} - ${label}`, `${label} (${value})`, `(${value}) ${label}`]);
  }),
  spoil('letter and label differ', (asked, said, dice) => {
    const own = asked.options.find(({ option }) => option === optionOf(said, asked))!;
    if (own.letter === null) return undefined;
    const { label } = otherOption(said, asked, dice);
    return dice.pick([`${own.letter}) ${label}`, `${label} (${own.letter})`]);
  }),
  spoil('a letter that is not shown', ({ ask, options }, _, dice) =>
    ask === 'letter'
      ? dice.pick([String.fromCharCode(65 + options.length), 'Option Z', '(x)', 'A or B', 'A, B'])
      : undefined,
  ),
  spoil('two labels', (asked, said, dice) =>
    isLabelled(asked)
      ? `${optionOf(said, asked).label}${dice.pick(['/', ' or ', ', ', ' / ', ' and '])}${otherOption(said, asked, dice).label}`
      : undefined,
  ),
  spoil('two answers in an object', (asked, said, dice) =>
    fields(['answer', saidValue(said, asked)], ['score', otherOption(said, asked, dice).value]),
  ),
  spoil('part of two labels', ({ options }, _, dice) => {
    const first = options.map(({ option }) => option.label.split(' ')[0]!);
    const shared = first.filter(
      (word, index) =>
        first.indexOf(word) !== index && options.every(({ option }) => option.label !== word),
    );
    return shared.length === 0 ? undefined : dice.pick(shared);
  }),
  spoil('a word of another scale', (asked, _, dice) => {
    const words = asked.options.flatMap(({ option }) =>
      [option.label, ...option.synonyms].map((word) => word.toLowerCase()),
    );
    const others = (
      isBinary(asked)
        ? ['Agree', 'Neutral', 'Very accurate', 'Muy de acuerdo']
        : ['True', 'yes', 'Sí', 'Once a week', 'Casi siempre']
    ).filter((word) => words.every((own) => !own.startsWith(word.toLowerCase())));
    return dice.pick(others);
  }),
  spoil('the question itself', ({ item }) => item.text),
  spoilNumber('a number out of bounds', ({ min, max }, dice) =>
    dice.pick([max + 1, String(max + 1), min - 1, `${min - 1}`]),
  ),
  spoilNumber(
    'a number with too many decimals',
    ({ min, decimals }) => min + 10 ** -(decimals + 1),
  ),
  spoilNumber('no number', (_, dice) =>
    dice.pick([
      'about 10',
      '10-12',
      '10 or 12',
      'ten',
      '10+',
      '>5',
      '1e1',
      '10k',
      '10 12',
      '¥10',
      '1,2,3',
      '10 minutes',
    ]),
  ),
  spoilProbabilities('an option without its probability', (pairs, dice) =>
    pairs.toSpliced(dice.below(pairs.length), 1),
  ),
  spoilProbabilities('an option twice', (pairs, dice) => [...pairs, dice.pick(pairs)]),
  spoilProbabilities('an option too many', (pairs) => [...pairs, ['Perhaps', 0]]),
  spoilProbabilities('probabilities that do not sum to 1', (pairs, dice) =>
    pairs.map(([key, value]) => [key, Number(value) * dice.pick([0.9, 0.97, 0.5])]),
  ),
  spoilProbabilities('per cent without their sign', (pairs) =>
    pairs.map(([key, value]) => [key, Number(value) * 100]),
  ),
  spoilProbabilities('a probability below 0', (pairs) => [
    [pairs[0]![0], -0.1],
    [pairs[1]![0], 1.1],
    ...pairs.slice(2).map(([key]): Field => [key, 0]),
  ]),
  {
    name: 'an answer in place of its probabilities',
    maySpare: false,
    write: (said, chosen, dice) => {
      if (!isDistribution(said)) return null;
      const asked = dice.pick(said.form.asked.items);
      if (said.contents.get(asked.item.number)!.kind !== 'probabilities') return null;
      return write(said, dress(said.form, chosen, dice), dice, (entries) =>
        entries.map((entry) =>
          entry.asked === asked ? { ...entry, value: asked.options[0]!.option.label } : entry,
        ),
      );
    },
  },
  replace('two sheets that differ', (said, dice) => {
    const different = differently(said, dice);
    if (different === null) return null;
    const [one, other] = dice.shuffle([said, different]);
    const layer = dice.pick(JSON_LAYERS);
    // Without anything around it: a quotation is no sheet.
    const dressed = { ...dress(said.form, layer, dice), wrapping: UNDISGUISED.wrapping };
    return `${write(one!, dressed, dice)}\n\n${plainly(other!, dice)}`;
  }),
  replace('draft and final answers that differ', (said, dice) => {
    const different = differently(said, dice);
    return different === null
      ? null
      : `{"draft": ${plainly(said, dice)}, "final": ${plainly(different, dice)}}`;
  }),
  replace('an answer taken back', (said, dice) => {
    const asked = chosenItem(said, dice);
    if (asked === null) return null;
    const { text } = disguise(said, dice.pick(JSON_LAYERS), dice);
    const other = otherOption(said, asked, dice).value;
    return `${text}\n\nCorrection: {"${asked.key}": ${other}}`;
  }),
  replace('a whole draft, then a broken sheet', (said, dice) => {
    const final = plainly(differently(said, dice) ?? said, dice);
    return `${plainly(said, dice)}\n\nFinally:\n${final.slice(0, 8 + dice.below(final.length - 9))}`;
  }),
  replace('answers only in thoughts', (said, dice) => `<think>${plainly(said, dice)}</think>`),
  replace(
    'a thought that never ends',
    (said, dice) =>
      `${dice.pick(['<think>', '[THINK]', '◁think▷', '<|START_THINKING|>', '<|channel|>analysis<|message|>'])}Perhaps ${plainly(said, dice)}, but`,
  ),
  replace('lists that differ', (said, dice) => {
    const different = differently(said, dice);
    if (different === null || isSingle(said)) return null;
    return `{"answers": ${listOf(said)}, "ratings": ${listOf(different)}}`;
  }),
  replace('a list of one too many or too few', (said, dice) => {
    if (isSingle(said) || isDistribution(said)) return null;
    const list: unknown[] = JSON.parse(listOf(said));
    return JSON.stringify({
      answers: dice.chance(0.5) ? list.slice(1) : [...list, list[0]],
    });
  }),
  replace('lines that differ', (said, dice) => {
    const different = differently(said, dice);
    return different === null ? null : `${table(said)}\n\n${table(different)}`;
  }),
  replace('the format', ({ form }) =>
    form.asked.items.some(({ item }) => item.answers !== null)
      ? print(
          fields(
            ...form.asked.items.map(
              ({ key, options }): Field => [
                key,
                options.length === 0
                  ? '<answer>'
                  : options.map(({ option }) => option.label).join('/'),
              ],
            ),
          ),
          {},
        )
      : null,
  ),
  replace('the questions', ({ form }) =>
    print(fields(...form.asked.items.map(({ key, item }): Field => [key, item.text])), {}),
  ),
  replace('a refusal', (said, dice) =>
    dice.pick([
      "I'm sorry, I can't do that.",
      '{"error": "I cannot take part."}',
      isSingle(said)
        ? 'I will not answer.'
        : `I won't: {"${said.form.asked.items[0]!.key}": null}. ${table(said)}`,
    ]),
  ),
  blemish('cut off', (text, dice) => text.slice(0, dice.below(text.length + 1))),
  blemish('cut off near its end', (text, dice) =>
    text.slice(0, text.length - dice.below(Math.min(text.length, 40))),
  ),
  blemish('its beginning lost', (text, dice) => text.slice(dice.below(text.length))),
  blemish('a mark lost', (text, dice) => {
    const marks = [...text.matchAll(/["'“”{}[\],:\\\n]/g)].map(({ index }) => index);
    const at = marks.length === 0 ? 0 : dice.pick(marks);
    return text.slice(0, at) + text.slice(at + 1);
  }),
  blemish('a mark too many', (text, dice) => {
    const at = dice.below(text.length + 1);
    return text.slice(0, at) + dice.pick(MARKS) + text.slice(at);
  }),
  blemish('a line lost', (text, dice) => {
    const lines = text.split('\n');
    return lines.toSpliced(dice.below(lines.length), 1).join('\n');
  }),
  blemish('a line twice', (text, dice) => {
    const lines = text.split('\n');
    return lines.toSpliced(dice.below(lines.length), 0, dice.pick(lines)).join('\n');
  }),
  blemish('a piece lost', (text, dice) => {
    const at = dice.below(text.length);
    return text.slice(0, at) + text.slice(at + 8 + dice.below(60));
  }),
  blemish('begun in one disguise, continued in another', (text, dice, said) => {
    const other = disguise(said, null, dice).text;
    return text.slice(0, dice.below(text.length)) + other.slice(dice.below(other.length));
  }),
];
