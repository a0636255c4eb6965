import { describe, expect, it } from 'vitest';
import { planCalls } from '../administration/calls.ts';
import { noiseOf } from '../administration/noise.ts';
import { drawOrder } from '../administration/order.ts';
import { schemaOfReply } from '../administration/schema.ts';
import { type AdministrationSettings, PUBLISHED_SETTINGS } from '../administration/settings.ts';
import { composePrompt, frameOf } from '../instruments/asked/prompt.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument, loadBuiltInInstruments, parseInstrument } from '../instruments/load.ts';
import { scoreAnswers } from '../instruments/score.ts';
import { correlate } from '../statistics/correlation.ts';
import { cronbachAlpha } from '../statistics/reliability.ts';
import type { SimulatedInstrument } from './instrument.ts';
import { Respondent, type SimulationSettings } from './respond.ts';

const ROLE =
  'You are required to adopt and impersonate the personality of the human described as follow:\n';
const MODEL = 'simulated/gpt-4o-2024-11-20';

interface Request {
  readonly system?: string | null;
  readonly before?: string;
  readonly seed?: number;
  readonly temperature?: number;
  readonly model?: string;
}

function respondentOf(instruments: readonly SimulatedInstrument[], more: SimulationSettings = {}) {
  return new Respondent({ instruments, ...more });
}

/** Answers by item number, one administration, read as whoever asked would read them. */
function administer(
  respondent: Respondent,
  instrument: Instrument,
  description: string,
  varied: Partial<AdministrationSettings> = {},
  {
    seed = 1,
    temperature = 1,
    system = ROLE + description,
    before = '',
    model = MODEL,
  }: Request = {},
): Map<number, unknown> {
  const settings = { ...PUBLISHED_SETTINGS, ...varied };
  const order = drawOrder(instrument, settings, seed);
  const given = new Map<number, unknown>();
  for (const call of planCalls(instrument, settings, order)) {
    const user =
      before +
      composePrompt(
        instrument,
        call.asked,
        settings.paraphrase ?? frameOf(instrument, [call.asked]),
        noiseOf(instrument, settings, seed),
      );
    const { format, elicit } = settings;
    const { text } = respondent.respond({
      system,
      user,
      model,
      seed,
      temperature,
      ...(format === 'schema'
        ? {
            responseFormat: {
              type: 'json_schema',
              json_schema: { schema: schemaOfReply(call.asked) },
            },
          }
        : {}),
      logprobs: elicit === 'logprobs',
    });
    const reply =
      elicit === 'logprobs' ? { [call.asked.items[0]!.key]: text } : parse(text, format);
    for (const { item, key, options, ask } of call.asked.items) {
      const answer = reply[key];
      if (item.answers === null || elicit === 'distribution' || answer === null) {
        given.set(item.number, answer);
        continue;
      }
      const found = options.find(({ option, letter }) =>
        ask === 'letter'
          ? letter === answer
          : String(ask === 'label' ? option.label : option.value) === String(answer),
      );
      expect(found, `${item.id}: ${answer}`).toBeDefined();
      given.set(item.number, found!.option.value);
    }
  }
  return given;
}

function parse(text: string, format: AdministrationSettings['format']): Record<string, unknown> {
  if (format !== 'text') return JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    text.split('\n').map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
}

interface Made {
  readonly slug?: string;
  readonly items?: number;
  readonly scales?: number;
  readonly points?: number;
}

/** Scales of as many items each, half of them reversed. */
function makeInstrument({ slug = 'made', items = 10, scales = 1, points = 5 }: Made): Instrument {
  const ids = Array.from({ length: scales }, (_, s) => `S${s}`);
  const itemsOf = (s: number) => Array.from({ length: items }, (_, i) => `s${s}i${i}`);
  return parse2({
    slug,
    answers: [
      {
        id: 'a',
        options: Array.from({ length: points }, (_, v) => ({
          value: v + 1,
          label: `Step ${v + 1} of ${points}`,
        })),
      },
    ],
    blocks: [
      {
        answers: 'a',
        items: ids.flatMap((_, s) =>
          itemsOf(s).map((id) => ({ id, text: `Statement ${id} of ${slug}.` })),
        ),
      },
    ],
    scales: ids.map((id, s) => ({
      id,
      name: `Scale ${id}`,
      score: 'sum',
      items: Object.fromEntries(itemsOf(s).map((item, i) => [item, i % 2 === 0 ? 1 : -1])),
    })),
  });
}

function parse2(more: object): Instrument {
  const file = {
    format: 2,
    slug: 'made',
    title: 'T',
    citation: 'C',
    licence: 'L',
    language: 'en',
    instructions: 'Say how far each statement is true of you.',
    ...more,
  };
  return parseInstrument(JSON.stringify(file), 'made.json');
}

const PERSONS = Array.from({ length: 1000 }, (_, i) => `Person ${i} lives at number ${i * 7}.`);

function numbers(given: Map<number, unknown>): Map<number, number> {
  return new Map([...given].map(([item, value]) => [item, Number(value)]));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const found = correlate(a, b);
  if (!('r' in found)) throw new Error('not available');
  return found.r;
}

function alphaOf(
  instrument: Instrument,
  sheets: readonly Map<number, number>[],
  scale: string,
): number {
  return alphaOfItems(instrument.scales.find(({ id }) => id === scale)!.items, sheets);
}

function alphaOfItems(
  items: Instrument['scales'][number]['items'],
  sheets: readonly Map<number, number>[],
): number {
  const found = cronbachAlpha(
    sheets.map((sheet) => items.map(({ item, weight }) => weight * sheet.get(item)!)),
  );
  if (!('alpha' in found)) throw new Error('not available');
  return found.alpha;
}

describe('the precision that is set', () => {
  it.each([
    { reliability: 0.7, retest: 0.85 },
    { reliability: 0.8, retest: 0.85 },
    { reliability: 0.9, retest: 0.92 },
    { reliability: 0.8, retest: 0.6 },
  ])('is found with 10 items and 1,000 persons: $reliability, $retest', (precision) => {
    const instrument = makeInstrument({});
    const respondent = respondentOf([instrument], precision);
    const [first, second] = [1, 2].map((seed) =>
      PERSONS.map((person) => numbers(administer(respondent, instrument, person, {}, { seed }))),
    );
    const scores = [first!, second!].map((sheets) =>
      sheets.map((sheet) => scoreAnswers(instrument, sheet).get('S0')!),
    );
    expect(Math.abs(alphaOf(instrument, first!, 'S0') - precision.reliability)).toBeLessThan(0.03);
    expect(Math.abs(correlation(scores[0]!, scores[1]!) - precision.retest)).toBeLessThan(0.03);
  });

  it('is found for facets and for the domains above them', () => {
    const instrument = findInstrument('ipipneo120');
    const respondent = respondentOf([instrument]);
    const sheets = PERSONS.map((person) => numbers(administer(respondent, instrument, person)));
    for (const scale of ['N1', 'A2', 'C6'])
      expect(Math.abs(alphaOf(instrument, sheets, scale) - 0.8)).toBeLessThan(0.03);
    const facets = instrument.scales.filter(({ id }) => /^A\d$/.test(id));
    const agreeableness = facets.flatMap(({ items }) => items);
    expect(Math.abs(alphaOfItems(agreeableness, sheets) - 0.8)).toBeLessThan(0.03);
  });

  it('leaves different scales uncorrelated', () => {
    const instrument = makeInstrument({ scales: 3 });
    const respondent = respondentOf([instrument]);
    const scores = PERSONS.map((person) =>
      scoreAnswers(instrument, numbers(administer(respondent, instrument, person))),
    );
    const [first, second, third] = ['S0', 'S1', 'S2'].map((id) =>
      scores.map((one) => one.get(id)!),
    );
    for (const [a, b] of [
      [first, second],
      [first, third],
      [second, third],
    ] as const)
      expect(Math.abs(correlation(a!, b!))).toBeLessThan(0.08);
  });

  it('makes an item of two scales follow both', () => {
    const items = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, 1]));
    const own = (scale: string) => Array.from({ length: 8 }, (_, i) => `${scale}${i}`);
    const instrument = parse2({
      answers: [
        { id: 'a', options: [1, 2, 3, 4, 5].map((value) => ({ value, label: `Step ${value}` })) },
      ],
      blocks: [
        {
          answers: 'a',
          items: [...own('a'), ...own('b'), 'both'].map((id) => ({ id, text: `Statement ${id}.` })),
        },
      ],
      scales: [
        { id: 'A', name: 'A', score: 'sum', items: { ...items(own('a')), both: 1 } },
        { id: 'B', name: 'B', score: 'sum', items: { ...items(own('b')), both: -1 } },
      ],
    });
    const respondent = respondentOf([instrument]);
    const sheets = PERSONS.map((person) => numbers(administer(respondent, instrument, person)));
    const both = sheets.map((sheet) => sheet.get(17)!);
    const sumOf = (from: number) =>
      sheets.map((sheet) =>
        Array.from({ length: 8 }, (_, i) => sheet.get(from + i)!).reduce((x, y) => x + y, 0),
      );
    expect(correlation(both, sumOf(1))).toBeGreaterThan(0.3);
    expect(correlation(both, sumOf(9))).toBeLessThan(-0.3);
  });

  it('uses every category, and the same ones for reversed items', () => {
    const instrument = makeInstrument({});
    const respondent = respondentOf([instrument]);
    const sheets = PERSONS.map((person) => numbers(administer(respondent, instrument, person)));
    for (const { number } of instrument.items)
      for (const value of [1, 2, 3, 4, 5]) {
        const share = sheets.filter((sheet) => sheet.get(number) === value).length / sheets.length;
        expect(share).toBeGreaterThan(0.04);
        expect(share).toBeLessThan(0.45);
      }
  });
});

describe('whichever form asks', () => {
  const instrument = makeInstrument({ scales: 2, items: 6 });
  // So that answers tell whether each form was understood.
  const respondent = respondentOf([instrument], { shareOfWay: 0 });
  const published = administer(respondent, instrument, PERSONS[0]!);
  const FORMS: readonly Partial<AdministrationSettings>[] = [
    { answer_as: 'value' },
    { answer_as: 'letter' },
    { item_order: 'shuffled' },
    { option_order: 'reversed' },
    { option_order: 'shuffled', answer_as: 'letter' },
    { option_display: 'ends', answer_as: 'value' },
    { items_per_call: 1 },
    { items_per_call: 5, format: 'schema' },
    { format: 'text' },
    { format: 'schema' },
    { format: 'schema', elicit: 'reasoned' },
    { elicit: 'reasoned' },
    { elicit: 'logprobs', items_per_call: 1 },
    { no_answer: 'offered', format: 'schema' },
    { noise: { kind: 'keyboard', rate: 0.05, of: 'items' } },
    { noise: { kind: 'swap', rate: 0.1, of: 'prompt' }, item_order: 'shuffled' },
    {
      paraphrase:
        'Read this.\n\n{{instructions}}\n\n{{answers}}\n\nItems:\n\n{{items}}\n\n{{reply}}',
    },
  ];

  it.each(FORMS)('the same person gives the same answers: %o', (form) => {
    expect(
      new Map([...administer(respondent, instrument, PERSONS[0]!, form)].sort(([a], [b]) => a - b)),
    ).toEqual(published);
  });

  it('the same person answers alike in the role of the user, and after earlier turns', () => {
    const before = `${ROLE + PERSONS[0]!}\n\n`;
    expect(administer(respondent, instrument, '', {}, { system: null, before })).toEqual(published);
    const [text, user] = [instrument.prompt, instrument.prompt];
    const reply = (turns: object) =>
      respondent.respond({
        system: ROLE + PERSONS[0]!,
        user,
        model: MODEL,
        seed: 1,
        temperature: 1,
        ...turns,
      }).text;
    expect(
      reply({
        turns: [
          { role: 'user', text },
          { role: 'assistant', text: '{}' },
          { role: 'user', text },
        ],
      }),
    ).toBe(reply({}));
  });

  it('takes an interview for the person', () => {
    const asked = (answer: string) =>
      respondent.respond({
        system: null,
        user: instrument.prompt,
        model: MODEL,
        seed: 1,
        temperature: 1,
        turns: [
          { role: 'user', text: 'How old are you?' },
          { role: 'assistant', text: answer },
          { role: 'user', text: instrument.prompt },
        ],
      }).text;
    expect(asked('I am 30.')).toBe(asked('I am 30.'));
    expect(asked('I am 30.')).not.toBe(asked('I am 31.'));
  });

  it('repeats itself at temperature 0 and differs between seeds above', () => {
    const at = (seed: number, temperature: number) =>
      administer(respondent, instrument, PERSONS[1]!, {}, { seed, temperature });
    expect(at(1, 0)).toEqual(at(2, 0));
    expect(at(1, 1)).not.toEqual(at(2, 1));
  });

  it('gives a distribution that sums to 1 and centres on the answers', () => {
    const distributions = administer(respondent, instrument, PERSONS[2]!, {
      elicit: 'distribution',
    });
    for (const distribution of distributions.values()) {
      const probabilities = Object.values(distribution as Record<string, number>);
      expect(probabilities).toHaveLength(5);
      expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
      expect(probabilities.reduce((x, y) => x + y, 0)).toBeCloseTo(1, 10);
    }
    const scheme = { elicit: 'distribution', format: 'schema' } as const;
    expect(administer(respondent, instrument, PERSONS[2]!, scheme)).toEqual(distributions);
    const seeds = Array.from({ length: 400 }, (_, seed) =>
      administer(respondent, instrument, PERSONS[2]!, {}, { seed }),
    );
    const share = seeds.filter((one) => one.get(1) === 3).length / seeds.length;
    const { 'Step 3 of 5': told } = distributions.get(1) as Record<string, number>;
    expect(Math.abs(share - told!)).toBeLessThan(0.08);
  });
});

describe('a way of asking other than the usual one', () => {
  const instrument = makeInstrument({ scales: 2, items: 8 });
  const respondent = respondentOf([instrument]);
  const persons = PERSONS.slice(0, 400);
  const scoresIn = (varied: Partial<AdministrationSettings>, seed: number) =>
    persons.map((person) => {
      const given = administer(respondent, instrument, person, varied, { seed });
      return scoreAnswers(instrument, numbers(given)).get('S0')!;
    });
  const usual = scoresIn({}, 1);
  const noise = { kind: 'keyboard', rate: 0.1, of: 'items' } as const;
  const meanOf = (scores: readonly number[]) =>
    scores.reduce((sum, score) => sum + score, 0) / scores.length;

  it.each<Partial<AdministrationSettings>>([
    { item_order: 'shuffled' },
    { option_order: 'reversed' },
    { option_order: 'shuffled' },
    { noise },
    { answer_as: 'value' },
    { format: 'schema' },
    { paraphrase: 'Please.\n\n{{answers}}\n\n{{items}}\n\n{{reply}}' },
  ])('moves scores a little, and less than persons differ: %o', (varied) => {
    const own = scoresIn(varied, 1);
    const r = correlation(usual, own);
    expect(r).toBeGreaterThan(0.7);
    expect(r).toBeLessThan(correlation(usual, scoresIn({}, 2)) + 0.03);
    const sd = Math.sqrt(meanOf(usual.map((score) => (score - meanOf(usual)) ** 2)));
    expect(Math.abs(meanOf(own) - meanOf(usual))).toBeLessThan(0.6 * sd);
  });

  it('is none where all items of the only block are one call', () => {
    expect(scoresIn({ items_per_call: 'block' }, 1)).toEqual(usual);
  });

  it('is another order of items whose names are numbers, too', () => {
    const numbered = findInstrument('miniipip');
    const ofNumbered = respondentOf([numbered]);
    const told = (varied: Partial<AdministrationSettings>) =>
      persons
        .slice(0, 5)
        .map((person) =>
          JSON.stringify(
            [...administer(ofNumbered, numbered, person, varied)].sort(([a], [b]) => a - b),
          ),
        );
    expect(numbered.items[0]!.id).toBe('1');
    expect(told({ item_order: 'shuffled' })).not.toEqual(told({}));
  });

  it('is not taken for another one', () => {
    const ways: readonly Partial<AdministrationSettings>[] = [
      { item_order: 'shuffled' },
      { option_order: 'reversed' },
      { noise },
      { item_order: 'shuffled', noise },
      { answer_as: 'value' },
      { answer_as: 'value', option_order: 'reversed' },
    ];
    const answers = ways.map((way) =>
      JSON.stringify(
        [...administer(respondent, instrument, persons[0]!, way)].sort(([a], [b]) => a - b),
      ),
    );
    expect(new Set(answers).size).toBe(ways.length);
  });

  it('has the same effect when it is used again', () => {
    const [first, second] = [1, 2].map((seed) => scoresIn({ noise }, seed));
    const shift = (scores: readonly number[], seed: number) =>
      meanOf(scores) - meanOf(scoresIn({}, seed));
    expect(Math.abs(shift(first!, 1) - shift(second!, 2))).toBeLessThan(0.6);
    expect(correlation(first!, second!)).toBeGreaterThan(0.8);
  });
});

describe('items of all kinds', () => {
  const instrument = parse2({
    answers: [
      {
        id: 'yn',
        options: [
          { value: 1, label: 'Yes' },
          { value: 0, label: 'No' },
          { value: 9, label: 'Prefer not to say', missing: true },
        ],
      },
      {
        id: 'slider',
        range: { min: 0, max: 100, step: 10, anchors: { 0: 'not at all', 100: 'completely' } },
      },
      {
        id: 'lang',
        options: [
          { value: -1, label: 'I like C' },
          { value: 0, label: 'I like neither' },
          { value: 1, label: 'I like C++' },
        ],
      },
    ],
    blocks: [
      {
        answers: 'yn',
        items: [
          { id: 'filter', text: 'Do you work?' },
          { id: 'check', text: 'Choose No here.', demand: [0] },
        ],
      },
      {
        if: { item: 'filter', in: [1] },
        instructions: 'About your work.',
        items: [
          {
            id: 'pay',
            text: 'What do you earn?',
            number: { min: 100, max: 900, unit: 'EUR', decimals: 0 },
          },
          { id: 'like', text: 'How much do you like it?', answers: 'slider' },
        ],
      },
      {
        items: [
          { id: 'taste', text: 'Which one?', answers: 'lang' },
          { id: 'again', text: 'Which one?', answers: 'lang' },
          { id: 'why', text: 'Why?', open: { max_characters: 12 } },
        ],
      },
    ],
    scales: [{ id: 'W', name: 'Work', score: 'sum', items: ['pay', 'like'], missing: { most: 1 } }],
  });
  const respondent = respondentOf([instrument]);
  const sheets = PERSONS.slice(0, 200).map((person) => administer(respondent, instrument, person));
  const column = (number: number) => sheets.map((sheet) => sheet.get(number));

  it('never chooses a missing code and passes attention checks', () => {
    expect(new Set(column(1))).toEqual(new Set([0, 1]));
    expect(new Set(column(2))).toEqual(new Set([0]));
  });

  it('leaves a part that does not apply, and only that, without answers', () => {
    for (const sheet of sheets) {
      expect(sheet.get(3) === null).toBe(sheet.get(1) === 0);
      expect(sheet.get(4) === null).toBe(sheet.get(1) === 0);
    }
  });

  it('gives numbers within their bounds that follow the trait, and short texts', () => {
    const working = sheets.filter((sheet) => sheet.get(1) === 1);
    const [pay, like] = [3, 4].map((item) => working.map((sheet) => Number(sheet.get(item))));
    expect(Math.min(...pay!)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...pay!)).toBeLessThanOrEqual(900);
    expect(pay!.every(Number.isInteger)).toBe(true);
    expect(correlation(pay!, like!)).toBeGreaterThan(0.5);
    expect(new Set(like!.map((value) => value % 10))).toEqual(new Set([0]));
    expect(String(sheets[0]!.get(7))).toHaveLength(12);
  });

  it('tells options apart that begin alike, and items of one text', () => {
    for (const item of [5, 6]) expect(new Set(column(item))).toEqual(new Set([-1, 0, 1]));
    expect(column(5)).not.toEqual(column(6));
  });

  it('answers all of it under a schema, one call a block, and by number', () => {
    const forms: readonly Partial<AdministrationSettings>[] = [
      { format: 'schema' },
      { items_per_call: 'block' },
      { answer_as: 'value' },
    ];
    for (const form of forms) {
      const sheet = administer(respondent, instrument, PERSONS[0]!, form);
      expect([...sheet.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(sheet.get(1)).toBe(sheets[0]!.get(1));
      expect(sheet.get(5)).toBe(sheets[0]!.get(5));
    }
  });

  it('keeps an unscored answer from one administration to the next, mostly', () => {
    const again = PERSONS.slice(0, 200).map((person) =>
      administer(respondent, instrument, person, {}, { seed: 2 }),
    );
    expect(
      correlation(
        column(5).map(Number),
        again.map((sheet) => Number(sheet.get(5))),
      ),
    ).toBeGreaterThan(0.6);
  });
});

describe('where the trait comes from', () => {
  const instrument = makeInstrument({});
  const respondent = respondentOf([instrument]);
  const meanOf = (describePerson: (i: number) => string) => {
    const scores = Array.from(
      { length: 60 },
      (_, i) =>
        scoreAnswers(
          instrument,
          numbers(administer(respondent, instrument, describePerson(i))),
        ).get('S0')!,
    );
    return scores.reduce((x, y) => x + y, 0) / scores.length;
  };
  const told = (high: boolean, tell: (item: string, answer: string) => string) =>
    instrument.items
      .map(({ text }, i) => tell(text, (i % 2 === 0) === high ? 'Step 5 of 5' : 'Step 1 of 5'))
      .join('\n');

  it.each([
    ['an item and its answer', (item: string, answer: string) => `- ${item} “${answer}”`],
    ['a table', (item: string, answer: string) => `"${item}",${answer}`],
    ['an interview', (item: string, answer: string) => `${item}\nAnswer: ${answer}`],
    [
      'the words of the simulated model',
      (item: string, answer: string) => `Asked “${item}”, Ann answers “${answer}”.`,
    ],
  ])('answers told as %s decide it', (_, tell) => {
    const [high, low] = [true, false].map((one) => meanOf((i) => `Ann ${i}.\n${told(one, tell)}`));
    const nothing = meanOf((i) => `Ann ${i}.`);
    expect(high!).toBeGreaterThan(nothing + 8);
    expect(low!).toBeLessThan(nothing - 8);
  });

  it('the model, the seed and the words of the questionnaire do not reach it', () => {
    const twin = parseInstrument(
      instrument.definition.replaceAll('Statement', 'Sentence').replace('"made"', '"twin"'),
      'twin.json',
    );
    const both = respondentOf([instrument, twin]);
    const scores = (of: Instrument, request: Request) =>
      PERSONS.slice(0, 300).map(
        (person) => scoreAnswers(of, numbers(administer(both, of, person, {}, request))).get('S0')!,
      );
    const other = scores(twin, { seed: 9, model: 'simulated/other' });
    expect(correlation(scores(instrument, {}), other)).toBeGreaterThan(0.72);
  });

  it('statements about a sheet of the EPQR-A decide scales of the same name', () => {
    const ipip = findInstrument('ipipneo120');
    const neo = respondentOf([ipip]);
    const outgoing =
      'Ann can fill a train journey with stories, and strangers in the compartment end up joining in.';
    const score = (text: string) =>
      Array.from(
        { length: 40 },
        (_, i) => scoreAnswers(ipip, numbers(administer(neo, ipip, `${text} Ann ${i}.`))).get('E')!,
      ).reduce((x, y) => x + y, 0) / 40;
    expect(score(outgoing)).toBeGreaterThan(score('Ann lives here.') + 3);
  });
});

it('an item that names columns is known by the words round them', () => {
  const instrument = parse2({
    answers: [
      { id: 'a', options: [1, 2, 3, 4, 5].map((value) => ({ value, label: `Step ${value}` })) },
    ],
    blocks: [
      {
        answers: 'a',
        items: ['one', 'two'].map((id) => ({ id, text: `<row.name> (a <row.job>) is ${id}.` })),
      },
    ],
    scales: [{ id: 'A', name: 'A', score: 'mean', items: { one: 1, two: 1 } }],
  });
  const filled = instrument.prompt.replaceAll('<row.name>', 'Ann').replaceAll('<row.job>', 'cook');
  const { text } = respondentOf([instrument]).respond({
    ...{ system: null, user: filled, model: MODEL, seed: 1, temperature: 1 },
  });
  const reply = JSON.parse(text) as Record<string, unknown>;
  expect([reply.one, reply.two].every((answer) => /^Step [1-5]$/.test(String(answer)))).toBe(true);
});

describe('what is not known', () => {
  it.each(['epqra', 'bigfive'])('%s is answered by its fitted figures, byte for byte', (slug) => {
    const instrument = findInstrument(slug);
    const known = respondentOf(loadBuiltInInstruments());
    const unknown = respondentOf([]);
    for (const [seed, system] of PERSONS.slice(0, 40).entries()) {
      const request = {
        system: ROLE + system,
        user: instrument.prompt,
        model: MODEL,
        seed,
        temperature: 1,
      };
      expect(known.respond(request)).toEqual(unknown.respond(request));
    }
  });

  it('the fitted figures hold in other forms: by letter, with a schema, in another order', () => {
    const instrument = findInstrument('epqra');
    const known = respondentOf(loadBuiltInInstruments());
    const forms: readonly Partial<AdministrationSettings>[] = [
      { answer_as: 'letter' },
      { format: 'schema' },
      { item_order: 'shuffled' },
      { items_per_call: 1, elicit: 'logprobs' },
    ];
    const outgoing =
      'Ama is outgoing and talkative. She loves meeting new people, and at weddings she is the life of the party.';
    for (const form of forms)
      expect(
        scoreAnswers(instrument, numbers(administer(known, instrument, outgoing, form))).get('E'),
      ).toBeGreaterThan(4);
  });

  it('another questionnaire is answered as if nothing were known', () => {
    const [instrument, other] = [makeInstrument({}), makeInstrument({ slug: 'other' })];
    const numbered = { ...other, prompt: other.prompt.replaceAll(/"s0i(\d+)": "/g, '"$1": "') };
    const request = {
      system: 'Ann.',
      user: numbered.prompt,
      model: MODEL,
      seed: 1,
      temperature: 1,
    };
    expect(respondentOf([instrument]).respond(request)).toEqual(respondentOf([]).respond(request));
    expect(respondentOf([instrument]).respond(request).text).toContain('Step');
  });

  it('of instruments that share items, the one whose instructions stand there is taken', () => {
    const instruments = loadBuiltInInstruments();
    const mini = findInstrument('miniipip');
    const alone = administer(respondentOf([mini]), mini, PERSONS[3]!);
    const among = respondentOf(instruments, { shareOfWay: 0 });
    expect(administer(among, mini, PERSONS[3]!, { items_per_call: 1 })).toEqual(alone);
  });
});
