/** What may be asked: instruments of different kinds, in different forms. */
import { planCalls } from '../../../src/administration/calls.ts';
import { drawOrder } from '../../../src/administration/order.ts';
import {
  type AdministrationSettings,
  PUBLISHED_SETTINGS,
} from '../../../src/administration/settings.ts';
import type { Asked, AskedItem } from '../../../src/instruments/asked/asked.ts';
import type { Instrument } from '../../../src/instruments/instrument.ts';
import { findInstrument, parseInstrument } from '../../../src/instruments/load.ts';
import { SPANISH } from './spanish.ts';

export interface Form {
  readonly name: string;
  readonly instrument: Instrument;
  /** One call. */
  readonly asked: Asked;
  /** A number names an item: keys are numbers, or end in them, or stand in the published order. */
  readonly isNumbered: boolean;
}

const SEED = 20_260_101;

function form(
  name: string,
  instrument: Instrument,
  settings: Partial<AdministrationSettings> = {},
  { call = 1, isNumbered = true } = {},
): Form {
  const all = { ...PUBLISHED_SETTINGS, ...settings };
  const { asked } = planCalls(instrument, all, drawOrder(instrument, all, SEED))[call - 1]!;
  return { name, instrument, asked, isNumbered };
}

const about = { title: 'A test', citation: 'none', licence: 'none' };

function own(slug: string, language: string, definition: Record<string, unknown>): Instrument {
  return parseInstrument(
    JSON.stringify({ format: 2, slug, language, ...about, ...definition }),
    slug,
  );
}

/** Everything that a file may have: several sets, numbers, texts, a filter, a check, codes. */
const SURVEY = own('survey', 'en', {
  instructions: 'This is about your life.',
  answers: [
    {
      id: 'frequency',
      options: [
        { value: 1, label: 'Never' },
        { value: 2, label: 'Rarely', synonyms: ['seldom'] },
        { value: 3, label: 'Sometimes' },
        { value: 4, label: 'Very often', synonyms: ['frequently'] },
        { value: 777, label: 'Cannot say', missing: true },
      ],
    },
    {
      id: 'smoker',
      options: [
        { value: 1, label: 'Yes', means: 'yes' },
        { value: 2, label: 'No', means: 'no' },
      ],
    },
    {
      id: 'slider',
      range: { min: 0, max: 100, step: 10, anchors: { 0: 'not at all', 100: 'completely' } },
    },
  ],
  blocks: [
    {
      answers: 'frequency',
      items: [
        { id: 'tense', text: 'I feel tense' },
        { id: 'calm', text: 'I feel calm: really calm' },
        { id: 'friends', text: 'I see 3 friends, or more', optional: true },
        { id: 'check', text: 'Choose "Rarely" here.', demand: [2] },
      ],
    },
    {
      answers: 'smoker',
      items: [{ id: 'smokes', text: 'Do you smoke?' }],
    },
    {
      instructions: 'About smoking.',
      if: { item: 'smokes', in: [1] },
      items: [
        { id: 'per_day', text: 'How many a day?', number: { min: 1, max: 80 } },
        { id: 'wish', text: 'How much would you like to stop?', answers: 'slider' },
        { id: 'like_c', text: 'I like C', answers: 'frequency' },
      ],
    },
    {
      instructions: 'About you.',
      items: [
        { id: 'salary', text: 'Salary a year', number: { min: 0, max: 500_000, unit: 'EUR' } },
        {
          id: 'sleep',
          text: 'Hours of sleep',
          number: { min: 0, max: 24, unit: 'hours', decimals: 1 },
        },
        { id: 'change', text: 'Change of weight', number: { min: -30, max: 30, decimals: 2 } },
        { id: 'content', text: 'How content are you?', answers: 'slider' },
        { id: 'motive', text: 'Why?', open: { max_characters: 60 }, optional: true },
        { id: 'called', text: 'What do you like to be called?', open: { max_characters: 40 } },
        { id: 'like_cpp', text: 'I like C++', answers: 'frequency' },
      ],
    },
  ],
  scales: [
    { id: 'Tension', name: 'Tension', score: 'mean', items: { tense: 1, calm: -1 } },
    { id: 'Contentment', name: 'Contentment', score: 'sum', items: ['content', 'friends'] },
  ],
});

const numbers = own('household', 'en', {
  blocks: [
    {
      items: [
        { id: 'people', text: 'People in the household', number: { min: 1, max: 20 } },
        {
          id: 'income',
          text: 'Income a month',
          number: { min: 0, max: 99_999, unit: 'USD', decimals: 2 },
        },
        {
          id: 'area',
          text: 'Area of the flat',
          number: { min: 5, max: 999, unit: 'm²', decimals: 1 },
        },
        { id: 'born', text: 'Year of birth of the oldest', number: { min: 1900, max: 2026 } },
      ],
    },
  ],
});

const slider = own('thermometer', 'en', {
  answers: [
    {
      id: 'warmth',
      range: {
        min: 0,
        max: 100,
        step: 5,
        anchors: { 0: 'very cold', 50: 'neither', 100: 'very warm' },
      },
    },
  ],
  blocks: [
    {
      answers: 'warmth',
      items: ['Dogs', 'Cats', '2 or 3 neighbours', 'Strangers'].map((text, index) => ({
        id: `therm_${index + 1}`,
        text,
      })),
    },
  ],
  scales: [{ id: 'W', name: 'Warmth', score: 'mean', items: ['therm_1', 'therm_2', 'therm_4'] }],
});

const bipolar = own('bipolar', 'en', {
  answers: [{ id: 'plain', options: [-2, -1, 0, 1, 2].map((value) => ({ value })) }],
  blocks: [
    {
      answers: 'plain',
      items: [
        'Bad or good',
        'Slow or fast',
        'Weak or strong',
        'Dull or bright',
        'Cold or warm',
      ].map((text, index) => ({ id: `sd${index + 1}`, text })),
    },
  ],
  scales: [{ id: 'E', name: 'Evaluation', score: 'sum', items: ['sd1', '-sd2', 'sd4'] }],
});

/** Ids that do not count like the items: `w2` is the first, `w7` the third. */
const german = own('befinden', 'de', {
  instructions: 'Wie ging es Ihnen in der letzten Woche?',
  answers: [
    {
      id: 'oft',
      options: [
        { value: 0, label: 'überhaupt nicht' },
        { value: 1, label: 'an einzelnen Tagen' },
        { value: 2, label: 'an mehr als der Hälfte der Tage' },
        { value: 3, label: 'beinahe täglich' },
        { value: 9, label: 'Keine Angabe', missing: true },
      ],
    },
  ],
  blocks: [
    {
      answers: 'oft',
      items: [
        { id: 'w2', text: 'Ich war müde.' },
        { id: 'w3', text: 'Ich war traurig – sehr traurig.' },
        { id: 'w7', text: 'Ich schlief schlecht.' },
        { id: 'w8', text: 'Mir war alles zu viel' },
        { id: 'w11', text: 'Ich freute mich' },
      ],
    },
  ],
  scales: [
    {
      id: 'S',
      name: 'Summe',
      score: 'sum',
      items: ['w2', 'w3', 'w7', 'w8', '-w11'],
      missing: { most: 2 },
    },
  ],
});

const hebrew = own('shalva', 'he', {
  answers: [
    {
      id: 'kenlo',
      options: [
        { value: 1, label: 'נכון', means: 'yes' },
        { value: 0, label: 'לא נכון', means: 'no' },
      ],
    },
  ],
  blocks: [
    {
      answers: 'kenlo',
      items: ['אני רגוע', 'אני דואג הרבה', 'אני אוהב מסיבות'].map((text, index) => ({
        id: `heb${index + 1}`,
        text,
      })),
    },
  ],
  scales: [{ id: 'C', name: 'שלווה', score: 'sum', items: ['heb1', '-heb2', 'heb3'] }],
});

const chinese = own('xinqing', 'zh', {
  answers: [
    {
      id: 'tongyi',
      ask: 'value',
      options: ['非常不同意', '不同意', '中立', '同意', '非常同意'].map((label, index) => ({
        value: index + 1,
        label,
      })),
    },
  ],
  blocks: [
    {
      answers: 'tongyi',
      items: ['我喜欢聚会', '我常常担心', '我睡得很好', '我有很多朋友'].map((text, index) => ({
        id: `zh_${index + 1}`,
        text,
      })),
    },
  ],
  scales: [{ id: 'H', name: '心情', score: 'mean', items: ['zh_1', '-zh_2', 'zh_3', 'zh_4'] }],
});

/** Seven options, in the middle one that is shown only where it is added. */
const seven = own('satisfaction', 'en', {
  answers: [
    {
      id: 'agree',
      ask: 'letter',
      options: [
        ...['Strongly disagree', 'Disagree', 'Slightly disagree'].map((label, index) => ({
          value: index + 1,
          label,
        })),
        { value: 4, label: 'Neither', added_midpoint: true },
        ...['Slightly agree', 'Agree', 'Strongly agree'].map((label, index) => ({
          value: index + 5,
          label,
        })),
      ],
    },
  ],
  blocks: [
    {
      answers: 'agree',
      items: ['My life is close to my ideal', 'I am satisfied', 'I would change nothing'].map(
        (text, index) => ({ id: `swl_${index + 1}`, text }),
      ),
    },
  ],
  scales: [{ id: 'L', name: 'Satisfaction', score: 'sum', items: ['swl_1', 'swl_2', 'swl_3'] }],
});

const opinions = own('opinions', 'en', {
  blocks: [
    {
      items: [
        { id: 'best', text: 'What went best today?', open: { max_characters: 100 } },
        { id: 'worst', text: 'And what went wrong?', open: {}, optional: true },
      ],
    },
  ],
});

const epqra = findInstrument('epqra');
const bigfive = findInstrument('bigfive');
const miniipip = findInstrument('miniipip');
const phq9 = findInstrument('phq9');
const gad7 = findInstrument('gad7');
const gad7Spanish = parseInstrument(gad7.definition, 'gad7.json', 'es');

export const FORMS: readonly Form[] = [
  form('epqra', epqra),
  form('bigfive', bigfive),
  form('miniipip', miniipip),
  form('animo_es', SPANISH),
  form('ipipneo120', findInstrument('ipipneo120')),
  form('phq9', phq9),
  form('survey', SURVEY, {}, { isNumbered: true }),
  form('household', numbers),
  form('thermometer', slider, { option_display: 'ends' }),
  form('bipolar', bipolar, { option_order: 'reversed' }),
  form('befinden', german, {}, { isNumbered: false }),
  form('shalva', hebrew),
  form('xinqing', chinese),
  form('opinions', opinions),
  form('satisfaction by letters', seven, { midpoint: 'added', option_order: 'shuffled' }),
  form('gad7_es, declining offered', gad7Spanish, { no_answer: 'offered', item_order: 'shuffled' }),
  form('ipip50 by letters, shuffled', findInstrument('ipip50'), {
    answer_as: 'letter',
    item_order: 'shuffled',
    option_order: 'shuffled',
  }),
  form(
    'survey, shuffled',
    SURVEY,
    { item_order: 'shuffled', option_order: 'reversed' },
    { isNumbered: false },
  ),
  form('survey in lines', SURVEY, { format: 'text' }, { isNumbered: true }),
  form('epqra in lines, shuffled', epqra, { format: 'text', item_order: 'shuffled' }),
  form('bigfive by schema, shuffled', bigfive, {
    format: 'schema',
    item_order: 'shuffled',
    option_order: 'shuffled',
  }),
  form('miniipip, reasoned, without midpoint', miniipip, {
    elicit: 'reasoned',
    midpoint: 'dropped',
  }),
  form('gad7 as distributions', gad7, { elicit: 'distribution', option_order: 'shuffled' }),
  form('epqra as distributions', epqra, { elicit: 'distribution' }),
  form('animo_es as distributions', SPANISH, { elicit: 'distribution', format: 'schema' }),
  form('bigfive, items 12 to 22', bigfive, { items_per_call: 11 }, { call: 2 }),
  form('phq9, one item', phq9, { items_per_call: 1, option_order: 'shuffled' }),
  form('gad7, one letter', gad7, { items_per_call: 1, elicit: 'logprobs' }, { call: 3 }),
];

/** Options that are called yes and no in all languages. */
export function isYesNo({ options }: AskedItem): boolean {
  return options.length === 2 && options.every(({ option }) => yesOrNo(option) !== null);
}

export function yesOrNo({
  label,
  synonyms,
}: AskedItem['options'][number]['option']): boolean | null {
  const words = [label, ...synonyms].map((word) => word.toLowerCase());
  return words.includes('yes') ? true : words.includes('no') ? false : null;
}

/** How a reply names an item where it does not repeat its key. */
export function nameOf({ item, key }: AskedItem, { isNumbered }: Form): string | number {
  return isNumbered ? item.number : key;
}
