/** How the answers of a reply are put together: one object, rows, a list, lines. */
import type { AskedItem } from '../../../src/instruments/asked/asked.ts';
import type { Dice } from './dice.ts';
import { type Form, nameOf } from './forms.ts';
import { type Field, type Fields, fields, print, type Tree } from './tree.ts';

/** One thing that the reply says of an item. */
export interface Entry {
  readonly asked: AskedItem;
  readonly key: string;
  readonly value: Tree;
}

export interface Shape {
  readonly name: string;
  /** Where it says what it should; default: everywhere. */
  readonly suits?: (form: Form) => boolean;
  /** One object, or several that follow each other. */
  readonly write: (
    entries: readonly Entry[],
    explanation: string,
    dice: Dice,
    form: Form,
  ) => readonly Tree[];
  /** In place of it: no JSON at all. */
  readonly lines?: (entries: readonly Entry[], dice: Dice, form: Form) => string;
  /** What is left of the explanation; default: all. */
  readonly explanation?: 'none' | 'other';
  readonly several?: true;
  /** Items are not named: all must be there, in the order shown, each by one word. */
  readonly isUnnamed?: true;
  /** It stands for itself: text with other marks around it cannot be told from it. */
  readonly isBare?: true;
}

const isDistribution = ({ asked }: Form) => asked.elicit === 'distribution';
const isListable = (form: Form) => form.asked.items.length > 1 && !isDistribution(form);
const hasNoText = ({ asked }: Form) =>
  asked.items.every(({ item }) => item.openCharacters === null);
const isAlone = (form: Form) => form.asked.items.length === 1 && !isDistribution(form);
const inLines = {
  suits: (form: Form) => !isDistribution(form),
  explanation: 'none',
  isBare: true,
  write: () => [],
} as const;

const onLine = (value: Tree) =>
  value === null || value === ''
    ? 'null'
    : typeof value === 'object'
      ? print(value, {})
      : `${value}`;

const explained = (explanation: string): Field => ['explanation', explanation];
const pairsOf = (entries: readonly Entry[]): Field[] =>
  entries.map(({ key, value }) => [key, value]);
const rowsOf = (entries: readonly Entry[], write: (entry: Entry) => readonly Field[]): Fields[] =>
  entries.map((entry) => fields(...write(entry)));

/** Entries by the scale of their items, under its name; those without a scale after them. */
function byScale(entries: readonly Entry[], { instrument }: Form): Field[] {
  const of = (scale: string | null) =>
    pairsOf(entries.filter(({ asked }) => asked.item.scale === scale));
  return [
    ...instrument.scales.map(({ id, name }): Field => [name, fields(...of(id))]),
    ...of(null),
  ];
}

export const SHAPES: readonly Shape[] = [
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
    suits: hasNoText,
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
    write: (entries, explanation, _, { instrument: { scales } }) => [
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
        ['questions', fields(...entries.map(({ asked }): Field => [asked.key, asked.item.text]))],
        ['answers', fields(...pairsOf(entries))],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'one answer said twice',
    suits: hasNoText,
    write: (entries, explanation, dice, form) => {
      const { asked, value } = dice.pick(entries);
      const again = form.isNumbered ? `Q${asked.item.number}` : asked.key.toUpperCase();
      return [fields(...pairsOf(entries), [again, value], explained(explanation))];
    },
  },
  {
    name: 'rows {number, answer}',
    write: (entries, explanation, _, form) => [
      fields(
        [
          'answers',
          rowsOf(entries, ({ asked, value }) => [
            ['number', nameOf(asked, form)],
            ['answer', value],
          ]),
        ],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'rows {question_id, question, response}',
    write: (entries, explanation, _, form) => [
      fields(
        [
          'responses',
          rowsOf(entries, ({ asked, value }) => [
            ['question_id', form.isNumbered ? `Q${asked.item.number}` : asked.key],
            ['question', asked.item.text],
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
    write: (entries, explanation, _, form) => [
      [
        ...rowsOf(entries, ({ asked, value }) => [
          ['id', nameOf(asked, form)],
          ['text', asked.item.text],
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
          ({ asked, key, value }): Field => [
            key,
            fields(['question', asked.item.text], ['answer', value]),
          ],
        ),
        explained(explanation),
      ),
    ],
  },
  {
    name: 'by scale',
    write: (entries, explanation, _, form) => [
      fields(...byScale(entries, form), explained(explanation)),
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
    suits: ({ asked }) => asked.items.length > 1,
    several: true,
    explanation: 'none',
    write: (entries, _, __, form) =>
      rowsOf(entries, ({ asked, value }) => [
        ['number', nameOf(asked, form)],
        ['answer', value],
      ]),
  },
  {
    name: 'a line for each pair',
    suits: ({ asked }) => asked.items.length > 1,
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
  {
    name: 'a list of the answers',
    isUnnamed: true,
    suits: isListable,
    write: (entries, explanation, dice) => [
      fields(
        [
          dice.pick(['answers', 'responses', 'respuestas', 'Ratings']),
          entries.map(({ value }) => value),
        ],
        explained(explanation),
      ),
    ],
  },
  {
    name: 'nothing but a list of the answers',
    explanation: 'none',
    isUnnamed: true,
    isBare: true,
    suits: isListable,
    write: (entries) => [entries.map(({ value }) => value)],
  },
  {
    name: 'the answer alone',
    explanation: 'none',
    isUnnamed: true,
    isBare: true,
    suits: isAlone,
    write: () => [],
    lines: ([entry], dice) =>
      dice.pick([
        onLine(entry!.value),
        `"${onLine(entry!.value)}"`,
        `Answer: ${onLine(entry!.value)}`,
      ]),
  },
  {
    name: '{"answer": 2}',
    isUnnamed: true,
    isBare: true,
    suits: isAlone,
    write: ([entry], explanation) => [fields(['answer', entry!.value], explained(explanation))],
  },
  {
    name: '3: True',
    ...inLines,
    lines: (entries) => entries.map(({ key, value }) => `${key}: ${onLine(value)}`).join('\n'),
  },
  {
    name: '- 3 = True',
    ...inLines,
    lines: (entries, dice) => {
      const [before, after] = dice.pick([
        ['- ', ' = '],
        ['* **', ':** '],
        ['• ', ' - '],
        ['', ' – '],
        ['', '\t'],
        ['  ', ') '],
        ['> ', ' → '],
        ['"', '": '],
      ] as const);
      return entries
        .map(({ key, value }) => `${before}${key}${after}${onLine(value)}`)
        .join(dice.pick(['\n', '\r\n', '\n\n']));
    },
  },
  {
    name: '3. Is talkative: True',
    ...inLines,
    lines: (entries, dice, form) => {
      const separator = dice.pick([': ', ' - ', ' = ']);
      return entries
        .map(
          ({ asked, value }) =>
            `${nameOf(asked, form)}. ${asked.item.text}${separator}${onLine(value)}`,
        )
        .join('\n');
    },
  },
  {
    name: '| 3 | Is talkative | True |',
    ...inLines,
    lines: (entries, dice, form) =>
      [
        ...dice.pick([['| # | item | answer |', '|---|---|---|'], ['| no. | text | rating |'], []]),
        ...entries.map(
          ({ asked, value }) =>
            `| ${nameOf(asked, form)} | ${asked.item.text} | ${onLine(value)} |`,
        ),
      ].join('\n'),
  },
  {
    name: '| 3 | True |',
    ...inLines,
    lines: (entries) => entries.map(({ key, value }) => `| ${key} | ${onLine(value)} |`).join('\n'),
  },
];
