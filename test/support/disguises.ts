/**
 * Replies to a questionnaire as models write them: the same answers in a hundred disguises, as
 * data, and what must not be read as answers. A disguise belongs to one of five layers (how an
 * answer is written, its key, the shape of the object, its notation, the text around it); a reply
 * takes one of each. Everything is drawn from the dice passed in, so a seed gives the same replies
 * on every machine.
 */
import type { AnswerOption, Instrument, Item } from '../../src/instruments/instrument.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { drawBelow, randomWords } from '../../src/statistics/random.ts';

export interface Dice {
  /** A whole number of [0, choices). */
  below(choices: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
  shuffle<T>(list: readonly T[]): T[];
}

export function diceOf(seed: number): Dice {
  const words = randomWords(seed);
  const below = (choices: number) => drawBelow(choices, words);
  return {
    below,
    pick: (list) => list[below(list.length)]!,
    chance: (probability) => words() / 2 ** 32 < probability,
    shuffle: (list) => {
      const shuffled = [...list];
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = below(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
  };
}

/** What a reply says. */
export interface Said {
  readonly instrument: Instrument;
  readonly answers: ReadonlyMap<number, number>;
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

const valuesOf = ({ answerSets }: Instrument) => answerSets[0]!.options.map(({ value }) => value);

export function drawAnswers(instrument: Instrument, dice: Dice): Said {
  const values = valuesOf(instrument);
  const answers = new Map(instrument.items.map(({ number }) => [number, dice.pick(values)]));
  return { instrument, answers, explanation: dice.pick(EXPLANATIONS) };
}

/** An instrument as a user might bring one: seven points around 0, in Spanish. */
export const SPANISH = parseInstrument(
  JSON.stringify({
    slug: 'animo_es',
    title: 'Estado de ánimo',
    citation: 'none',
    licence: 'none',
    language: 'es',
    scales: [
      { id: 'A', name: 'Ánimo' },
      { id: 'B', name: 'Calma' },
    ],
    answers: {
      min: -3,
      max: 3,
      reply: 'value',
      options: [
        { value: -3, label: 'Totalmente en desacuerdo', synonyms: ['Nada de acuerdo'] },
        { value: -2, label: 'Muy en desacuerdo' },
        { value: -1, label: 'Algo en desacuerdo', synonyms: ['Más bien en desacuerdo'] },
        { value: 0, label: 'Ni de acuerdo ni en desacuerdo', synonyms: ['Neutral', 'Indiferente'] },
        { value: 1, label: 'Algo de acuerdo', synonyms: ['Más bien de acuerdo'] },
        { value: 2, label: 'Muy de acuerdo' },
        { value: 3, label: 'Totalmente de acuerdo', synonyms: ['Sí, del todo'] },
      ],
    },
    scoring: 'mean',
    instructions: 'Diga hasta qué punto está de acuerdo.',
    items: [
      '¿Se despierta con ánimo?',
      '2 veces al día, o más, me río a carcajadas',
      'Digo «no» cuando quiero decir “sí”',
      'Me preocupo: por todo, por todos',
      'Soy tranquilo/a',
      'Pierdo la calma (a menudo)',
      'Los demás dicen que soy "difícil"',
      'Año tras año, espero lo mejor.',
      'No me cuesta pedir perdón',
      'Duermo bien, sueño poco',
      'A veces lloro sin motivo…',
      'Todo me da igual',
    ].map((text, index) => ({
      number: index + 1,
      text,
      scale: index % 2 === 0 ? 'A' : 'B',
      reverse: index % 3 === 0,
    })),
  }),
  'animo_es.json',
);

type Tree = string | number | boolean | null | readonly Tree[] | Fields;

/** An object whose keys keep their order and may occur twice. */
export interface Fields {
  readonly fields: readonly Field[];
}

export type Field = readonly [key: string, value: Tree];

/** One thing that the reply says of an item. */
interface Entry {
  readonly item: Item;
  readonly key: string;
  readonly value: Tree;
}

interface Style {
  readonly name: string;
  /** Where it says what it should; default: everywhere. */
  readonly suits?: (instrument: Instrument) => boolean;
}

interface AnswerStyle extends Style {
  readonly write: (option: AnswerOption, dice: Dice, instrument: Instrument) => Tree;
}

interface KeyStyle extends Style {
  readonly write: (item: Item, dice: Dice) => string;
}

interface Shape extends Style {
  /** One object, or several that follow each other. */
  readonly write: (
    entries: readonly Entry[],
    explanation: string,
    dice: Dice,
    instrument: Instrument,
  ) => readonly Tree[];
  /** What is left of the explanation; default: all. */
  readonly explanation?: 'none' | 'other';
  readonly several?: true;
}

interface Notation extends Style {
  readonly write: (tree: Tree, dice: Dice) => string;
  /** The explanation cannot be told to the letter in it. */
  readonly blurs?: true;
}

interface Wrapping<Around = AroundAnswers> extends Style {
  readonly write: (text: string, around: Around, dice: Dice) => string;
  /**
   * A draft that only its end tells from answers: a reply cut off before it cannot be told from a
   * whole one.
   */
  readonly conceals?: true;
  /** It has room for one object only. */
  readonly forOne?: true;
}

/** What else may stand in a reply. */
interface AroundObject {
  /** The same in other words. */
  readonly again: () => string;
  /** Something else of the same kind. */
  readonly draft: () => string;
}

interface AroundAnswers extends AroundObject {
  readonly said: Said;
}

const binary = (instrument: Instrument) => instrument.answerSets[0]!.options.length === 2;
const negative = (instrument: Instrument) =>
  instrument.answerSets[0]!.options.some(({ value }) => value < 0);
export const fields = (...pairs: readonly Field[]): Fields => ({ fields: pairs });
const firstWords = (label: string) => label.split(' ').slice(0, 2).join(' ');

const ANSWER_STYLES: readonly AnswerStyle[] = [
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
    suits: negative,
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
  { name: 'boolean', suits: binary, write: ({ value }) => value === 1 },
  {
    name: 'yes and no',
    suits: binary,
    write: ({ value }, dice) =>
      value === 1 ? dice.pick(['yes', 'Y', 'Yes.']) : dice.pick(['no', 'N', 'No.']),
  },
  {
    name: 'sí y no',
    suits: binary,
    write: ({ value }, dice) =>
      value === 1 ? dice.pick(['Sí', 'SI', 'Verdadero']) : dice.pick(['No', 'FALSO']),
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
  {
    name: 'each answer another way',
    write: (option, dice, instrument) => {
      const styles = ANSWER_STYLES.filter(
        (style) => style.name !== 'each answer another way' && (style.suits?.(instrument) ?? true),
      );
      return dice.pick(styles).write(option, dice, instrument);
    },
  },
];

const KEY_STYLES: readonly KeyStyle[] = [
  { name: '1', write: ({ number }) => String(number) },
  { name: 'Q1', write: ({ number }, dice) => `${dice.pick(['Q', 'q', 'q_', 'Q.'])}${number}` },
  { name: 'Q01', write: ({ number }) => `Q${String(number).padStart(2, '0')}` },
  { name: '001', write: ({ number }) => String(number).padStart(3, '0') },
  { name: ' 1 ', write: ({ number }) => `  ${number} ` },
  { name: '1.', write: ({ number }, dice) => `${number}${dice.pick(['.', ')', ':', '.)'])}` },
  {
    name: '(1)',
    write: ({ number }, dice) => dice.pick([`(${number})`, `[${number}]`, `#${number}`]),
  },
  { name: '**1**', write: ({ number }) => `**${number}**` },
  {
    name: 'item 1',
    write: ({ number }, dice) =>
      `${dice.pick(['item ', 'Item_', 'ITEM-', 'item', 'Item #'])}${number}`,
  },
  {
    name: 'question_1',
    write: ({ number }, dice) =>
      `${dice.pick(['question_', 'Question ', 'Question #', 'statement_'])}${number}`,
  },
  {
    name: 'Question No. 1',
    write: ({ number }, dice) =>
      `${dice.pick(['Question No. ', 'Item number ', 'item_no_'])}${number}`,
  },
  {
    name: 'answer_1',
    write: ({ number }, dice) => `${dice.pick(['answer_', 'response', 'a', 'ans_'])}${number}`,
  },
  {
    name: 'Pregunta 1',
    write: ({ number }, dice) =>
      `${dice.pick(['Pregunta ', 'Ítem ', 'pregunta_', 'Respuesta ', 'Frage '])}${number}`,
  },
  {
    name: '1. Is talkative',
    write: ({ number, text }, dice) => `${number}${dice.pick(['. ', ': ', ' - ', ') '])}${text}`,
  },
  {
    name: 'Q1: Is talkative',
    write: ({ number, text }, dice) =>
      `${dice.pick(['Q', 'Item ', 'Question '])}${number}: ${text}`,
  },
  { name: 'Is talkative', write: ({ text }) => text },
  { name: 'IS TALKATIVE', write: ({ text }) => text.toUpperCase() },
  { name: 'is talkative:', write: ({ text }) => `${text.toLowerCase()}:` },
  { name: 'the question without its mark', write: ({ text }) => text.replace(/[?.…]$/, '') },
];

const explained = (explanation: string): Field => ['explanation', explanation];
const pairsOf = (entries: readonly Entry[]): Field[] =>
  entries.map(({ key, value }) => [key, value]);
const rowsOf = (entries: readonly Entry[], write: (entry: Entry) => readonly Field[]): Fields[] =>
  entries.map((entry) => fields(...write(entry)));

/** Entries by the scale of their items, under its name. */
function byScale(entries: readonly Entry[], { scales }: Instrument): Field[] {
  return scales.map(({ id, name }) => [
    name,
    fields(...pairsOf(entries.filter(({ item }) => item.scale === id))),
  ]);
}

const SHAPES: readonly Shape[] = [
  {
    name: 'as asked for',
    write: (entries, explanation) => [fields(...pairsOf(entries), explained(explanation))],
  },
  {
    name: 'explanation first',
    write: (entries, explanation) => [fields(explained(explanation), ...pairsOf(entries))],
  },
  {
    name: 'explanation in between',
    write: (entries, explanation, dice) => [
      fields(...pairsOf(entries).toSpliced(dice.below(entries.length), 0, explained(explanation))),
    ],
  },
  {
    name: 'in any order',
    write: (entries, explanation, dice) => [
      fields(...dice.shuffle([...pairsOf(entries), explained(explanation)])),
    ],
  },
  {
    name: 'no explanation',
    explanation: 'none',
    write: (entries) => [fields(...pairsOf(entries))],
  },
  {
    name: 'explanation null',
    explanation: 'none',
    write: (entries) => [fields(...pairsOf(entries), ['explanation', null])],
  },
  {
    name: 'explanation a list',
    explanation: 'other',
    write: (entries, explanation) => [
      fields(...pairsOf(entries), ['explanation', [explanation, '1', 'True']]),
    ],
  },
  {
    name: 'explanation by item',
    explanation: 'other',
    write: (entries, explanation) => [
      fields(
        ['answers', fields(...pairsOf(entries))],
        [
          'explanation',
          fields(...entries.map(({ key }): Field => [key, `because ${explanation}`])),
        ],
      ),
    ],
  },
  {
    name: 'reasons by item beside',
    write: (entries, explanation) => [
      fields(
        ['answers', fields(...pairsOf(entries))],
        ['reasons', fields(...entries.map(({ key }): Field => [key, 'because I am so']))],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'under a key',
    write: (entries, explanation, dice) => [
      fields([
        dice.pick(['answers', 'responses', 'result', 'Respuestas', 'data']),
        fields(...pairsOf(entries), explained(explanation)),
      ]),
    ],
  },
  {
    name: 'explanation beside',
    write: (entries, explanation) => [
      fields(['answers', fields(...pairsOf(entries))], explained(explanation)),
    ],
  },
  {
    name: 'three keys deep',
    write: (entries, explanation) => [
      fields([
        'result',
        fields(
          ['status', 'ok'],
          ['data', fields(['sheet', fields(...pairsOf(entries), explained(explanation))])],
        ),
      ]),
    ],
  },
  {
    name: 'in a list of one',
    write: (entries, explanation) => [[fields(...pairsOf(entries), explained(explanation))]],
  },
  {
    name: 'facts about itself around it',
    write: (entries, explanation, { pick }) => [
      fields(
        ['questionnaire', pick(['EPQR-A', 'BFI-44', '3'])],
        ['version', 2],
        ['complete', true],
        ...pairsOf(entries),
        ['confidence', fields(['overall', 'high'], ['part 2', null])],
        ['notes', []],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'scores of the scales too',
    write: (entries, explanation, _, { scales }) => [
      fields(
        ...pairsOf(entries),
        ['scores', fields(...scales.map(({ id }, index): Field => [id, index + 1.5]))],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'the questions repeated',
    write: (entries, explanation) => [
      fields(
        [
          'questions',
          fields(...entries.map(({ item }): Field => [String(item.number), item.text])),
        ],
        ['answers', fields(...pairsOf(entries))],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'one answer said twice',
    write: (entries, explanation, dice) => {
      const { item, value } = dice.pick(entries);
      return [fields(...pairsOf(entries), [`Q${item.number}`, value], explained(explanation))];
    },
  },
  {
    name: 'rows {number, answer}',
    write: (entries, explanation) => [
      fields(
        [
          'answers',
          rowsOf(entries, ({ item, value }) => [
            ['number', item.number],
            ['answer', value],
          ]),
        ],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'rows {question_id, question, response}',
    write: (entries, explanation) => [
      fields(
        [
          'responses',
          rowsOf(entries, ({ item, value }) => [
            ['question_id', `Q${item.number}`],
            ['question', item.text],
            ['response', value],
          ]),
        ],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'rows {key, value, reason}',
    explanation: 'none',
    write: (entries) => [
      rowsOf(entries, ({ key, value }) => [
        ['item', key],
        ['value', value],
        ['reason', 'as it is'],
      ]),
    ],
  },
  {
    name: 'rows, the explanation last',
    write: (entries, explanation) => [
      [
        ...rowsOf(entries, ({ item, value }) => [
          ['id', item.number],
          ['text', item.text],
          ['rating', value],
        ]),
        fields(explained(explanation)),
      ],
    ],
  },
  {
    name: 'rows {1: answer}',
    explanation: 'none',
    write: (entries) => [entries.map(({ key, value }) => fields([key, value]))],
  },
  {
    name: '{1: {question, answer}}',
    write: (entries, explanation) => [
      fields(
        ...entries.map(
          ({ item, key, value }): Field => [
            key,
            fields(['question', item.text], ['answer', value]),
          ],
        ),
        explained(explanation),
      ),
    ],
  },
  {
    name: 'by scale',
    write: (entries, explanation, _, instrument) => [
      fields(...byScale(entries, instrument), explained(explanation)),
    ],
  },
  {
    name: 'in two parts',
    write: (entries, explanation) => {
      const half = Math.ceil(entries.length / 2);
      return [
        fields(
          [
            'answers',
            [fields(...pairsOf(entries.slice(0, half))), fields(...pairsOf(entries.slice(half)))],
          ],
          explained(explanation),
        ),
      ];
    },
  },
  {
    name: 'a line for each row',
    several: true,
    explanation: 'none',
    write: (entries) =>
      rowsOf(entries, ({ item, value }) => [
        ['number', item.number],
        ['answer', value],
      ]),
  },
  {
    name: 'a line for each pair',
    several: true,
    write: (entries, explanation) => [
      ...pairsOf(entries).map((pair) => fields(pair)),
      fields(explained(explanation)),
    ],
  },
  {
    name: 'a tool call',
    write: (entries, explanation) => [
      fields(
        ['name', 'answer_questionnaire'],
        ['arguments', fields(...pairsOf(entries), explained(explanation))],
      ),
    ],
  },
  {
    name: 'a tool call, its arguments a string',
    write: (entries, explanation) => [
      fields(
        ['id', 'call_1'],
        [
          'function',
          fields(
            ['name', 'answer'],
            ['arguments', print(fields(...pairsOf(entries), explained(explanation)), {})],
          ),
        ],
      ),
    ],
  },
  {
    name: 'a message whose content is a string',
    write: (entries, explanation) => [
      fields(
        ['role', 'assistant'],
        ['content', print(fields(...pairsOf(entries), explained(explanation)), { indent: '  ' })],
      ),
    ],
  },
];

interface PrintOptions {
  readonly indent?: string;
  readonly newline?: string;
  readonly comma?: string | (() => string);
  /** Stands before the closing bracket. */
  readonly trailing?: string;
  readonly colon?: string;
  readonly key?: (text: string) => string;
  readonly string?: (text: string) => string;
  readonly word?: (value: number | boolean | null) => string;
}

function print(tree: Tree, options: PrintOptions, depth = 0): string {
  const {
    indent,
    newline = '\n',
    comma = ',',
    trailing = '',
    colon = indent === undefined ? ':' : ': ',
  } = options;
  const text = options.string ?? JSON.stringify;
  if (typeof tree === 'string') return text(tree);
  if (typeof tree !== 'object' || tree === null) return (options.word ?? String)(tree);
  const isList = !('fields' in tree);
  const parts = isList
    ? tree.map((part) => print(part, options, depth + 1))
    : tree.fields.map(
        ([key, value]) =>
          `${(options.key ?? text)(key)}${colon}${print(value, options, depth + 1)}`,
      );
  const [open, close] = isList ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  const line = indent === undefined ? '' : `${newline}${indent.repeat(depth + 1)}`;
  const end = indent === undefined ? '' : `${newline}${indent.repeat(depth)}`;
  const joined = parts.map((part, index) =>
    index === parts.length - 1 ? part : part + (typeof comma === 'string' ? comma : comma()) + line,
  );
  return `${open}${line}${joined.join('')}${trailing}${end}${close}`;
}

/** A string between other quotes; those that could not be told apart then are escaped. */
const between = (open: string, close: string) => (text: string) =>
  open +
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/["'“”„‟«»＂‘’‚‛‹›`´]/g, escapeAll) +
  close;

function escapeAll(text: string): string {
  return text.replace(
    /[\s\S]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const bareKey = (text: string) => (/^[\p{L}\p{N}_]+$/u.test(text) ? text : JSON.stringify(text));
const bareWords = (text: string) =>
  /^[\p{L}\p{N}_]+(?: [\p{L}\p{N}_]+)*$/u.test(text) ? text : JSON.stringify(text);
const python = (value: number | boolean | null) =>
  value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : String(value);
/** Only the text of explanations, the one long string, is left as it is. */
const raw = (text: string, change: (json: string) => string) =>
  !text.startsWith('{') && (text.length > 40 || text.includes('\n'))
    ? change(JSON.stringify(text))
    : JSON.stringify(text);

const NOTATIONS: readonly Notation[] = [
  { name: 'indented', write: (tree) => print(tree, { indent: '  ' }) },
  { name: 'compact', write: (tree) => print(tree, {}) },
  { name: 'on one line', write: (tree) => print(tree, { comma: ', ', colon: ': ' }) },
  { name: 'tabs', write: (tree) => print(tree, { indent: '\t', colon: '\t:\t' }) },
  { name: 'CRLF', write: (tree) => print(tree, { indent: '  ', newline: '\r\n' }) },
  { name: 'CR', write: (tree) => print(tree, { indent: '  ', newline: '\r' }) },
  { name: 'blank lines', write: (tree) => print(tree, { indent: '  ', newline: '\n\n' }) },
  {
    name: 'hard spaces',
    write: (tree) => print(tree, { indent: '\u00a0\u00a0', colon: '\u00a0:\u202f' }),
  },
  {
    name: 'invisible characters',
    write: (tree) =>
      print(tree, { indent: '\u200b', colon: ':\ufeff', comma: '\u2060,', newline: '\u2028' }),
  },
  { name: 'NUL between', write: (tree) => print(tree, { comma: ',\0', colon: '\0:' }) },
  { name: 'a trailing comma', write: (tree) => print(tree, { indent: '  ', trailing: ',' }) },
  { name: 'commas doubled', write: (tree) => print(tree, { comma: ',,' }) },
  {
    name: 'commas leading the lines',
    write: (tree) => print(tree, { comma: '\n  , ', colon: ': ' }),
  },
  { name: 'no commas', write: (tree) => print(tree, { indent: '  ', comma: '' }) },
  {
    name: 'some commas missing',
    write: (tree, dice) =>
      print(tree, { indent: '  ', comma: () => (dice.chance(0.3) ? '' : ',') }),
  },
  {
    name: 'single quotes',
    write: (tree) => print(tree, { indent: '  ', string: between("'", "'") }),
  },
  {
    name: 'smart quotes',
    write: (tree) => print(tree, { indent: '  ', string: between('“', '”') }),
  },
  {
    name: '„low“ quotes',
    write: (tree) => print(tree, { indent: '  ', string: between('„', '“') }),
  },
  {
    name: '«guillemets»',
    write: (tree) => print(tree, { indent: '  ', string: between('«', '»') }),
  },
  { name: '‘single smart’ quotes', write: (tree) => print(tree, { string: between('‘', '’') }) },
  { name: 'backticks', write: (tree) => print(tree, { indent: ' ', string: between('`', '`') }) },
  {
    name: 'quotes mixed',
    write: (tree) =>
      print(tree, { indent: '  ', key: between("'", "'"), string: between('“', '”') }),
  },
  { name: 'bare keys', write: (tree) => print(tree, { indent: '  ', key: bareKey }) },
  {
    name: 'bare words',
    write: (tree) => print(tree, { indent: '  ', string: bareWords, key: JSON.stringify }),
  },
  {
    name: 'bare keys and words',
    write: (tree) => print(tree, { indent: '  ', string: bareWords, key: bareKey }),
  },
  {
    name: 'Python',
    write: (tree) => print(tree, { indent: '    ', string: between("'", "'"), word: python }),
  },
  {
    name: '// comments',
    write: (tree, dice) =>
      print(tree, {
        indent: '  ',
        comma: () => `,${dice.pick([' // so, "2": it is', '\n// a {new} line', ''])}`,
      }),
  },
  {
    name: '/* comments */',
    write: (tree, dice) =>
      print(tree, {
        indent: '  ',
        comma: () => dice.pick([' /* "1": 1, */,', ', /* {\n */', ',']),
      }),
  },
  {
    name: '# comments',
    write: (tree, dice) =>
      print(tree, {
        indent: '  ',
        comma: () => dice.pick([', # I am', ',  # "so": 1, {', ',\n  # a new line']),
      }),
  },
  {
    name: 'a comment before each comma',
    write: (tree) => print(tree, { indent: '  ', comma: () => '  // I am so\n,' }),
  },
  {
    name: 'escaped letters',
    write: (tree) => print(tree, { string: (text) => `"${escapeAll(text)}"` }),
  },
  {
    name: 'superfluous escapes',
    write: (tree) =>
      print(tree, { string: (text) => JSON.stringify(text).replace(/[_'#*/-]/g, '\\$&') }),
  },
  {
    name: 'raw line breaks',
    write: (tree) =>
      print(tree, {
        indent: '  ',
        string: (text) => JSON.stringify(text).replaceAll('\\n', '\n').replaceAll('\\t', '\t'),
      }),
    blurs: true,
  },
  {
    name: 'quotes not escaped',
    write: (tree) =>
      print(tree, {
        indent: '  ',
        string: (text) => raw(text, (json) => json.replaceAll('\\"', '"')),
        key: JSON.stringify,
      }),
    blurs: true,
  },
  {
    name: 'doubled braces',
    write: (tree) => print(tree, { indent: '  ' }).replace(/^\{[\s\S]*\}$/, '{$&}'),
  },
  { name: 'a brace too many', write: (tree) => `${print(tree, { indent: '  ' })}}` },
  {
    name: 'full-width colons and commas',
    write: (tree) => print(tree, { indent: '  ', colon: '：', comma: '，' }),
  },
];

const fenced = (text: string, mark = 'json') => `\`\`\`${mark}\n${text}\n\`\`\``;
const thought =
  (open: string, close: string) =>
  (text: string, { draft }: AroundObject) =>
    `${open}Let me see. Perhaps ${draft()}? No: {"1": \nRather not.${close}\n\n${text}`;
const table = ({ instrument, answers }: Said) =>
  [
    '| # | item | answer |',
    '|---|---|---|',
    ...instrument.items.map(
      ({ number, text }) => `| ${number} | ${text} | ${answers.get(number)} |`,
    ),
  ].join('\n');
const numbered = ({ instrument, answers }: Said) =>
  instrument.items
    .map(({ number, text }) => `${number}. ${text}: ${answers.get(number)}`)
    .join('\n');

const OBJECT_WRAPPINGS: readonly Wrapping<AroundObject>[] = [
  { name: 'nothing around', write: (text) => text },
  { name: '```json', write: (text) => fenced(text) },
  { name: '```', write: (text) => fenced(text, '') },
  { name: '~~~', write: (text) => `~~~JSON\n${text}\n~~~` },
  { name: 'a fence left open', write: (text) => `\`\`\`json\n${text}` },
  { name: 'a fence only at the end', write: (text) => `${text}\n\`\`\`` },
  { name: 'code in a line', write: (text) => `Answer: \`${text}\`.` },
  {
    name: 'a program',
    write: (text, _, dice) =>
      fenced(`${dice.pick(['const answers', 'answers', 'let sheet: Sheet'])} = ${text};`, 'js'),
  },
  { name: 'the word json', write: (text) => `json\n${text}` },
  { name: 'BOM', write: (text) => `\ufeff${text}` },
  { name: 'blank lines around', write: (text) => `\n\n \t${text}\n\n\n` },
  {
    name: 'prose before',
    write: (text) => `Sure! Here's {my} answer [as asked], in JSON:\n\n${text}`,
  },
  {
    name: 'prose after',
    write: (text) =>
      `${text}\n\nI hope "that" helps! Item 3 was hard :} – see [1], {2} and "4": why?`,
  },
  {
    name: 'prose around a fence',
    write: (text) =>
      `Here is my answer:\n\n${fenced(text)}\n\n**Note:** I'm not sure of item 5 (it's "so").`,
  },
  {
    name: 'prosa',
    write: (text) => `Claro, aquí está mi respuesta:\n${text}\n¿Necesita algo más? «No» o "sí".`,
  },
  {
    name: 'prose like a refusal',
    write: (text) =>
      `I'm sorry, as an AI I can't have feelings, but in this role I'd say:\n${text}`,
  },
  { name: 'a headline', write: (text) => `### Answers\n---\n${text}\n---` },
  { name: 'a quotation', write: (text) => `As she would say, "${text}"` },
  { name: 'escaped as a string', write: (text) => JSON.stringify(text) },
  { name: 'escaped twice', write: (text) => JSON.stringify(JSON.stringify(text)) },
  {
    name: '<answer>',
    write: (text, _, dice) => {
      const tag = dice.pick(['answer', 'json', 'output', 'response']);
      return `<${tag}>\n${text}\n</${tag}>`;
    },
  },
  { name: '<pre><code>', write: (text) => `<pre><code class="language-json">${text}</code></pre>` },
  {
    name: '<tool_call>',
    forOne: true,
    write: (text) => `<tool_call>\n{"name": "answer", "arguments": ${text}}\n</tool_call>`,
  },
  { name: '\\boxed', write: (text) => `$$\\boxed{${text}}$$` },
  {
    name: 'special tokens',
    write: (text, _, dice) =>
      `${text}${dice.pick(['<|im_end|>', '</s>', '<|eot_id|>', '<end_of_turn>', '<|endoftext|>'])}`,
  },
  { name: 'the role first', write: (text) => `<|im_start|>assistant\n${text}<|im_end|>` },
  { name: '<think>', write: thought('<think>', '</think>') },
  { name: '<THINKING>', write: thought('<THINKING>\n', '</THINKING>') },
  { name: '</think> alone', write: thought('', '</think>'), conceals: true },
  { name: '<think></think>', write: (text) => `<think>\n\n</think>\n\n${text}` },
  { name: '<seed:think>', write: thought('<seed:think>', '</seed:think>') },
  { name: '[THINK]', write: thought('[THINK]', '[/THINK]') },
  { name: '◁think▷', write: thought('◁think▷', '◁/think▷') },
  {
    name: '<|START_THINKING|>',
    write: thought('<|START_THINKING|>', '<|END_THINKING|><|START_RESPONSE|>'),
  },
  {
    name: '<|begin_of_thought|>',
    write: thought('<|begin_of_thought|>', '<|end_of_thought|>\n<|begin_of_solution|>'),
  },
  {
    name: '<|channel|>analysis',
    write: thought(
      '<|channel|>analysis<|message|>',
      '<|end|><|start|>assistant<|channel|>final<|message|>',
    ),
  },
  { name: '<|channel>thought', write: thought('<|channel>thought\n', '<channel|>') },
  {
    name: 'thoughts in prose',
    write: (text) => `Thinking: item 1 is "True"? {maybe}. 2: 4. 3: [5].\nFinal answer:\n${text}`,
  },
  { name: 'twice', write: (text) => `${text}\n\nOnce more:\n\n${text}` },
  {
    name: 'twice, the second in a fence',
    write: (text, { again }) => `${again()}\n\nIn a fence:\n${fenced(text)}`,
  },
];

const WRAPPINGS: readonly Wrapping[] = [
  ...OBJECT_WRAPPINGS,
  {
    name: 'an example first',
    write: (text, { said }) =>
      `The format is {"1": "${said.instrument.answerSets[0]!.options[0]!.label}", "2": …}, so:\n${text}`,
  },
  {
    name: 'the format first',
    write: (text, { said: { instrument } }) =>
      `${print(fields(...instrument.items.map(({ number }): Field => [String(number), '<answer>'])), {})}\n${text}`,
  },
  {
    name: 'the schema first',
    write: (text, { said: { instrument } }) =>
      `{"type": "object", "properties": ${print(fields(...instrument.items.map(({ number }): Field => [String(number), fields(['type', 'string'])])), {})}}\n\n${text}`,
  },
  {
    name: 'the questions first',
    write: (text, { said: { instrument } }) =>
      `${print(fields(...instrument.items.map((item): Field => [String(item.number), item.text])), {})}\n\n${text}`,
  },
  { name: 'a table first', write: (text, { said }) => `${table(said)}\n\n${text}` },
  { name: 'a list first', write: (text, { said }) => `${numbered(said)}\n\nAs JSON:\n${text}` },
  {
    name: 'a list after',
    write: (text, { said }) => `${fenced(text)}\n\nThat is:\n${numbered(said)}`,
  },
];

const LAYERS = {
  answer: ANSWER_STYLES,
  key: KEY_STYLES,
  shape: SHAPES,
  notation: NOTATIONS,
  wrapping: WRAPPINGS,
} as const;
type Layer = keyof typeof LAYERS;

/** One disguise of the hundred. */
export interface Disguise {
  readonly layer: Layer;
  readonly name: string;
}

export const DISGUISES: readonly Disguise[] = (Object.keys(LAYERS) as Layer[]).flatMap((layer) =>
  LAYERS[layer].map(({ name }): Disguise => ({ layer, name })),
);

export function suits({ layer, name }: Disguise, instrument: Instrument): boolean {
  return LAYERS[layer].find((style) => style.name === name)!.suits?.(instrument) ?? true;
}

interface Dress {
  readonly answer: AnswerStyle;
  readonly key: KeyStyle;
  readonly shape: Shape;
  readonly notation: Notation;
  readonly wrapping: Wrapping;
}

/** The other layers are as asked for, more often than not. */
const PLAIN = 0.6;

function dress(instrument: Instrument, disguise: Disguise | null, dice: Dice): Dress {
  const choose = <S extends Style>(layer: Layer, styles: readonly S[]): S => {
    if (disguise?.layer === layer) return styles.find(({ name }) => name === disguise.name)!;
    const fitting = styles.filter((style) => style.suits?.(instrument) ?? true);
    return dice.chance(PLAIN) ? fitting[0]! : dice.pick(fitting);
  };
  const shape = choose('shape', SHAPES);
  const wrapping = choose('wrapping', WRAPPINGS);
  const apart = shape.several === true && wrapping.forOne === true;
  return {
    answer: choose('answer', ANSWER_STYLES),
    key: choose('key', KEY_STYLES),
    shape: apart && disguise?.layer === 'wrapping' ? SHAPES[0]! : shape,
    notation: choose('notation', NOTATIONS),
    wrapping: apart && disguise?.layer !== 'wrapping' ? WRAPPINGS[0]! : wrapping,
  };
}

type Change = (entries: Entry[], write: (item: Item, value: number) => Entry) => Entry[];

function write(
  said: Said,
  { answer, key, shape, notation, wrapping }: Dress,
  dice: Dice,
  change: Change = (entries) => entries,
): string {
  const { instrument, explanation } = said;
  // Who writes one key as Q1 writes all so.
  const habit = dice.below(2 ** 20);
  const entry = (item: Item, value: number): Entry => {
    const option = instrument.answerSets[0]!.options.find((one) => one.value === value)!;
    return {
      item,
      key: key.write(item, diceOf(habit)),
      value: answer.write(option, dice, instrument),
    };
  };
  const entries = change(
    instrument.items.map((item) => entry(item, said.answers.get(item.number)!)),
    entry,
  );
  const sheet = () =>
    shape
      .write(entries, explanation, dice, instrument)
      .map((tree) => notation.write(tree, dice))
      .join('\n');
  const around: AroundAnswers = {
    said,
    again: sheet,
    draft: () =>
      write({ ...drawAnswers(instrument, dice), explanation: 'A draft.' }, UNDISGUISED, dice),
  };
  return wrapping.write(sheet(), around, dice);
}

const UNDISGUISED: Dress = {
  answer: ANSWER_STYLES[0]!,
  key: KEY_STYLES[0]!,
  shape: SHAPES[0]!,
  notation: NOTATIONS[0]!,
  wrapping: WRAPPINGS[0]!,
};

export interface Reply {
  readonly text: string;
  /** What must be read of the explanation; undefined where it cannot be told. */
  readonly explanation: string | null | undefined;
  /** Every layer, for messages. */
  readonly wears: string;
  readonly conceals: boolean;
}

/** The answers in a disguise, which suits the instrument, and in others of the other layers. */
export function disguise(said: Said, chosen: Disguise | null, dice: Dice): Reply {
  const dressed = dress(said.instrument, chosen, dice);
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
    conceals: wrapping.conceals ?? false,
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

/** A way in which a reply can be wrong. */
export interface Damage {
  readonly name: string;
  /** It may have spared the answers; otherwise nothing may be read at all. */
  readonly maySpare: boolean;
  /** null where it is none, for this instrument. */
  readonly write: (said: Said, chosen: Disguise | null, dice: Dice) => string | null;
}

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

const spoil = (
  name: string,
  value: (said: Said, number: number, dice: Dice) => Tree | undefined,
): Damage => ({
  name,
  maySpare: false,
  write: (said, chosen, dice) => {
    const item = dice.pick(said.instrument.items);
    const wrong = value(said, item.number, dice);
    if (wrong === undefined) return null;
    return write(said, dress(said.instrument, chosen, dice), dice, (entries) =>
      entries.map((entry) => (entry.item === item ? { ...entry, value: wrong } : entry)),
    );
  },
});

const change = (
  name: string,
  how: (
    entries: Entry[],
    entry: (item: Item, value: number) => Entry,
    said: Said,
    dice: Dice,
  ) => Entry[],
): Damage => ({
  name,
  maySpare: false,
  write: (said, chosen, dice) =>
    write(said, dress(said.instrument, chosen, dice), dice, (entries, entry) =>
      how(entries, entry, said, dice),
    ),
});

const replace = (name: string, how: (said: Said, dice: Dice) => string | null): Damage => ({
  name,
  maySpare: false,
  write: (said, _, dice) => how(said, dice),
});

/** The text of a whole reply, damaged. */
const blemish = (name: string, how: (text: string, dice: Dice, said: Said) => string): Damage => ({
  name,
  maySpare: true,
  write: (said, chosen, dice) => {
    const { text, conceals } = disguise(said, chosen, dice);
    return conceals ? null : how(text, dice, said);
  },
});

function otherOption(said: Said, number: number, dice: Dice): AnswerOption {
  return dice.pick(
    said.instrument.answerSets[0]!.options.filter(
      ({ value }) => value !== said.answers.get(number),
    ),
  );
}

function otherValue(said: Said, number: number, dice: Dice): number {
  return otherOption(said, number, dice).value;
}

/** The same answers but for one item. */
function differently(said: Said, dice: Dice): Said {
  const { number } = dice.pick(said.instrument.items);
  return { ...said, answers: new Map(said.answers).set(number, otherValue(said, number, dice)) };
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
  change('an item missing', (entries, _, __, dice) =>
    entries.toSpliced(dice.below(entries.length), 1),
  ),
  change('the last item missing', (entries) => entries.slice(0, -1)),
  change('half of the items missing', (entries) => entries.slice(entries.length / 2)),
  change('some items missing', (entries, _, __, dice) => {
    const gone = dice.pick(entries);
    return entries.filter((entry) => entry !== gone && dice.chance(0.9));
  }),
  change('an item twice, differently', (entries, entry, said, dice) => {
    const { item } = dice.pick(entries);
    return entries.toSpliced(
      dice.below(entries.length + 1),
      0,
      entry(item, otherValue(said, item.number, dice)),
    );
  }),
  change('an item under two keys, differently', (entries, _, said, dice) => {
    const { item } = dice.pick(entries);
    // A bare key among quoted ones is taken for a scrap of prose.
    const isBare = (key: string) => bareKey(key) === key;
    const fitting = KEY_STYLES.map((style) => style.write(item, dice)).filter(
      (key) => isBare(key) === isBare(entries[0]!.key),
    );
    const other = { item, key: dice.pick(fitting), value: otherValue(said, item.number, dice) };
    return entries.toSpliced(dice.below(entries.length + 1), 0, other);
  }),
  {
    // Named by its text alone it is a further key, which is nobody's concern.
    ...change('an item too many', (entries, entry, { answers, instrument }) => {
      const last = instrument.items.at(-1)!;
      return [
        ...entries,
        entry({ ...last, number: last.number + 1, text: 'Is it so?' }, answers.get(1)!),
      ];
    }),
    maySpare: true,
  },
  change('numbered from 0', (entries, entry, { answers }) =>
    entries.map(({ item }) =>
      entry(
        { ...item, number: item.number - 1, text: `${item.text} not` },
        answers.get(item.number)!,
      ),
    ),
  ),
  spoil('no answer', (_, __, dice) => dice.pick(NO_ANSWERS)),
  spoil('above the scale', ({ instrument }, _, dice) => {
    const max = Math.max(...valuesOf(instrument));
    return dice.pick([max + 1, String(max + 1), `${max + 5}.0`, (max + 1) * 10]);
  }),
  spoil('below the scale', ({ instrument }, _, dice) => {
    const min = Math.min(...valuesOf(instrument));
    return dice.pick([min - 1, String(min - 1)]);
  }),
  spoil('between two answers', ({ answers }, number, dice) =>
    dice.pick([
      answers.get(number)! + 0.5,
      `${answers.get(number)}.5`,
      `${answers.get(number)},5`,
      `${answers.get(number)} 1/2`,
    ]),
  ),
  spoil('number and label differ', (said, number, dice) => {
    const { label } = otherOption(said, number, dice);
    const value = said.answers.get(number);
    return dice.pick([`${value} - ${label}`, `${label} (${value})`, `(${value}) ${label}`]);
  }),
  spoil('two labels', (said, number, dice) => {
    const one = said.instrument.answerSets[0]!.options.find(
      ({ value }) => value === said.answers.get(number),
    )!;
    return `${one.label}${dice.pick(['/', ' or ', ', ', ' / ', ' and '])}${otherOption(said, number, dice).label}`;
  }),
  spoil('two answers in an object', (said, number, dice) =>
    fields(['answer', said.answers.get(number)!], ['score', otherValue(said, number, dice)]),
  ),
  spoil('part of two labels', ({ instrument }, _, dice) =>
    binary(instrument)
      ? undefined
      : dice.pick(
          [
            ['agree', 'disagree', 'accurate', 'inaccurate', 'very'],
            ['de acuerdo', 'en desacuerdo', 'totalmente', 'muy'],
          ][negative(instrument) ? 1 : 0]!,
        ),
  ),
  spoil('a word of another scale', ({ instrument }, _, dice) =>
    binary(instrument)
      ? dice.pick(['Agree', 'Neutral', 'Very accurate', 'Muy de acuerdo'])
      : dice.pick(['True', 'yes', 'Sí', 'Sometimes', 'Often', 'Casi siempre']),
  ),
  spoil('the question itself', ({ instrument }, number) => instrument.items[number - 1]!.text),
  replace('two sheets that differ', (said, dice) => {
    const [one, other] = dice.shuffle([said, differently(said, dice)]);
    return `${disguise(one!, dice.chance(0.5) ? null : { layer: 'notation', name: 'single quotes' }, dice).text}\n\n${plainly(other!, dice)}`;
  }),
  replace(
    'draft and final answers that differ',
    (said, dice) =>
      `{"draft": ${plainly(said, dice)}, "final": ${plainly(differently(said, dice), dice)}}`,
  ),
  replace('an answer taken back', (said, dice) => {
    const { number } = dice.pick(said.instrument.items);
    return `${disguise(said, { layer: 'wrapping', name: 'nothing around' }, dice).text}\n\nCorrection: {"${number}": ${otherValue(said, number, dice)}}`;
  }),
  replace('a whole draft, then a broken sheet', (said, dice) => {
    const final = plainly(differently(said, dice), dice);
    return `${plainly(said, dice)}\n\nFinally:\n${final.slice(0, 8 + dice.below(final.length - 9))}`;
  }),
  replace('answers only in thoughts', (said, dice) => `<think>${plainly(said, dice)}</think>`),
  replace(
    'a thought that never ends',
    (said, dice) =>
      `${dice.pick(['<think>', '[THINK]', '◁think▷', '<|START_THINKING|>', '<|channel|>analysis<|message|>'])}Perhaps ${plainly(said, dice)}, but`,
  ),
  replace('a table', (said) => table(said)),
  replace('a list', (said) => numbered(said)),
  replace('the format', ({ instrument }) =>
    print(
      fields(
        ...instrument.items.map(
          ({ number }): Field => [
            String(number),
            instrument.answerSets[0]!.options.map(({ label }) => label).join('/'),
          ],
        ),
      ),
      {},
    ),
  ),
  replace('the questions', ({ instrument }) =>
    print(fields(...instrument.items.map((item): Field => [String(item.number), item.text])), {}),
  ),
  replace('answers without numbers', ({ answers }) =>
    JSON.stringify({ answers: [...answers.values()] }),
  ),
  replace('a refusal', (said, dice) =>
    dice.pick([
      "I'm sorry, I can't do that.",
      '{"error": "I cannot take part."}',
      `I won't: {"1": null}. ${table(said)}`,
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
