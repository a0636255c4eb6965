import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument } from '../instruments/load.ts';
import {
  answerTable,
  PERSONA_SYSTEM,
  personaPrompt,
  sheetInWords,
} from '../personas/generation/prompt.ts';
import { createSheet, type Sheet } from '../personas/sheets/sheet.ts';
import { createSyntheticSheets } from '../personas/sheets/synthetic.ts';
import { calibrationOf } from './calibration.ts';
import { hashText } from './random.ts';
import { Respondent, type SimulatedRequest } from './respond.ts';

const respondent = new Respondent();
const respond = (asked: SimulatedRequest) => respondent.respond(asked).text;

interface Published {
  readonly model: string;
  readonly modelId: string;
  readonly temperature: number;
  readonly epqra: Readonly<
    Record<string, { readonly mean: number; readonly sd: number; readonly alpha: number } & Counts>
  >;
  readonly bigfive: Readonly<
    Record<string, { readonly mean: number; readonly sd: number; readonly alpha: number }>
  >;
}

interface Counts {
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

const FIGURES = new URL('../../data/simulated/published-base.json', import.meta.url);
const PUBLISHED = (JSON.parse(readFileSync(FIGURES, 'utf8')) as { models: readonly Published[] })
  .models;
const SYSTEM_ROLE =
  'You are required to adopt and impersonate the personality of the human described as follow:\n';
const EPQRA = findInstrument('epqra');
const BIGFIVE = findInstrument('bigfive');
const QUESTIONS = EPQRA.items.map(({ text }) => text);
/** Bedrock asks for the Llama models by region. */
const REGIONS: Readonly<Record<string, string>> = { 'Llama3.1-70B': 'us.', 'Llama3.2-3B': 'eu.' };
const SEEDS = [1, 2];

/** Answers by item, in the order of the instrument, as numbers of its scale. */
type Answers = readonly number[];

function describePerson(sheet: Sheet, model: string, seed: number, temperature: number): string {
  const user = answerTable(personaPrompt(EPQRA), sheetInWords(sheet, QUESTIONS, EPQRA));
  const reply = respond({ system: PERSONA_SYSTEM, user, model, seed, temperature });
  return (JSON.parse(reply) as { description: string }).description;
}

function administer(
  instrument: Instrument,
  description: string,
  model: string,
  seed: number,
  temperature: number,
): Answers {
  const user = instrument.prompt;
  const reply = JSON.parse(
    respond({ system: SYSTEM_ROLE + description, user, model, seed, temperature }),
  ) as Record<string, string | number>;
  return instrument.items.map(({ number }) => {
    const given = reply[number]!;
    return typeof given === 'number'
      ? given
      : instrument.answerSets[0]!.options.find(({ label }) => label === given)!.value;
  });
}

function runBase({ model, modelId, temperature }: Published, seed: number) {
  const id = `simulated/${REGIONS[model] ?? ''}${modelId}`;
  const sheets = createSyntheticSheets(seed);
  const persons = sheets.map((sheet) => {
    const seedOf = (what: string) => hashText(`${seed} ${sheet.personalityId} ${what}`);
    const description = describePerson(sheet, id, seedOf('persona'), temperature);
    return {
      sheet,
      epqra: administer(EPQRA, description, id, seedOf('epqra'), temperature),
      bigfive: administer(BIGFIVE, description, id, seedOf('bigfive'), temperature),
    };
  });
  return persons;
}

/** Mean and SD of the summed scores, and Cronbach's alpha, of a matrix of persons by items. */
function summarise(rows: readonly (readonly number[])[]): {
  mean: number;
  sd: number;
  alpha: number;
} {
  const items = rows[0]!.length;
  const totals = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const ofItems = rows[0]!.reduce((sum, _, i) => sum + variance(rows.map((row) => row[i]!)), 0);
  return {
    mean: mean(totals),
    sd: Math.sqrt(variance(totals)),
    alpha: (items / (items - 1)) * (1 - ofItems / variance(totals)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [middleA, middleB] = [mean(a), mean(b)];
  const covariance =
    a.reduce((sum, value, i) => sum + (value - middleA) * (b[i]! - middleB), 0) / (a.length - 1);
  return covariance / Math.sqrt(variance(a) * variance(b));
}

function itemsOf(instrument: Instrument, scale: string) {
  return instrument.items.flatMap((item, at) => (item.scale === scale ? [{ ...item, at }] : []));
}

/** Answers keyed to the scale, by person and item. */
function keyed(instrument: Instrument, scale: string, answers: readonly Answers[]): number[][] {
  const items = itemsOf(instrument, scale);
  return answers.map((person) =>
    items.map(({ at, key, reverse }) =>
      key === null ? (reverse ? 6 - person[at]! : person[at]!) : Number(person[at] === key),
    ),
  );
}

function count(
  scale: string,
  persons: readonly { readonly sheet: Sheet; readonly epqra: Answers }[],
): Counts {
  const counts = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (const { at } of itemsOf(EPQRA, scale)) {
    for (const { sheet, epqra } of persons)
      counts[
        epqra[at] === 1 ? (sheet.answers[at] ? 'tp' : 'fp') : sheet.answers[at] ? 'fn' : 'tn'
      ] += 1;
  }
  return counts;
}

describe.each(PUBLISHED.flatMap((published) => SEEDS.map((seed) => ({ ...published, seed }))))(
  '$model (simulated), Base, synthetic sheets of seed $seed',
  ({ seed, ...published }) => {
    const persons = runBase(published, seed);
    const n = persons.length;

    it.each(Object.keys(published.epqra))(
      'EPQR-A %s: mean and SD of Table 4, alpha of Table 6',
      (scale) => {
        const expected = published.epqra[scale]!;
        const seen = summarise(
          keyed(
            EPQRA,
            scale,
            persons.map(({ epqra }) => epqra),
          ),
        );
        expect(
          Math.abs(seen.mean - expected.mean),
          `mean ${seen.mean} for ${expected.mean}`,
        ).toBeLessThanOrEqual((3 * expected.sd) / Math.sqrt(n));
        expect(
          Math.abs(seen.sd / expected.sd - 1),
          `SD ${seen.sd} for ${expected.sd}`,
        ).toBeLessThanOrEqual(0.1);
        expect(
          Math.abs(seen.alpha - expected.alpha),
          `alpha ${seen.alpha} for ${expected.alpha}`,
        ).toBeLessThanOrEqual(0.05);
      },
    );

    it.each(Object.keys(published.epqra))('EPQR-A %s: the counts behind Table A6', (scale) => {
      const expected = published.epqra[scale]!;
      const seen = count(scale, persons);
      for (const [right, wrong] of [
        ['tp', 'fn'],
        ['tn', 'fp'],
      ] as const) {
        const standardError = Math.sqrt(
          (expected[right] * expected[wrong]) / (expected[right] + expected[wrong]),
        );
        expect(
          Math.abs(seen[right] - expected[right]),
          `${right} ${seen[right]} for ${expected[right]}`,
        ).toBeLessThanOrEqual(4 * standardError);
        expect(
          Math.abs(seen[wrong] - expected[wrong]),
          `${wrong} ${seen[wrong]} for ${expected[wrong]}`,
        ).toBeLessThanOrEqual(4 * standardError);
      }
    });

    it.each(Object.keys(published.bigfive))(
      'BFI-44 %s: mean and SD of Table A4, alpha of Table A5',
      (trait) => {
        const expected = published.bigfive[trait]!;
        const rows = keyed(
          BIGFIVE,
          trait,
          persons.map(({ bigfive }) => bigfive),
        );
        const { mean: sum, sd, alpha } = summarise(rows);
        const items = rows[0]!.length;
        expect(
          Math.abs(sum / items - expected.mean),
          `mean ${sum / items} for ${expected.mean}`,
        ).toBeLessThanOrEqual((3 * expected.sd) / Math.sqrt(n));
        expect(
          Math.abs(sd / items / expected.sd - 1),
          `SD ${sd / items} for ${expected.sd}`,
        ).toBeLessThanOrEqual(0.1);
        expect(
          Math.abs(alpha - expected.alpha),
          `alpha ${alpha} for ${expected.alpha}`,
        ).toBeLessThanOrEqual(0.05);
      },
    );

    it('answers both questionnaires as the same person', () => {
      const totals = (instrument: Instrument, scale: string, which: 'epqra' | 'bigfive') =>
        keyed(
          instrument,
          scale,
          persons.map((person) => person[which]),
        ).map((row) => row.reduce((sum, value) => sum + value, 0));
      expect(
        correlation(totals(EPQRA, 'E', 'epqra'), totals(BIGFIVE, 'E', 'bigfive')),
      ).toBeGreaterThan(0.8);
      expect(
        correlation(totals(EPQRA, 'N', 'epqra'), totals(BIGFIVE, 'N', 'bigfive')),
      ).toBeGreaterThan(0.5);
    });
  },
);

describe('answering as a person of whom the description tells only a part', () => {
  const model = 'simulated/gpt-4o-2024-11-20';
  const quiet = createSheet(
    1,
    EPQRA.items.map(({ scale, key }) =>
      Number(scale === 'E' || scale === 'P' ? key !== 1 : key === 1),
    ),
  );
  const paragraphs = describePerson(quiet, model, 1, 1).split('\n\n');

  it('takes the told for told, and the rest from the words', () => {
    // The opening and what is said of E alone, then words of somebody else.
    const description = `${paragraphs.slice(0, 2).join('\n\n')}\n\nA born worrier, moody and often lonely, with mood swings and bad nerves, easily upset.`;
    let quietAnswers = 0;
    let neuroticAnswers = 0;
    const rounds = 30;
    for (let seed = 0; seed < rounds; seed++) {
      const answers = administer(EPQRA, description, model, seed, 1);
      quietAnswers += sum(itemsOf(EPQRA, 'E').map(({ at, key }) => Number(answers[at] !== key)));
      neuroticAnswers += sum(itemsOf(EPQRA, 'N').map(({ at, key }) => Number(answers[at] === key)));
    }
    expect(quietAnswers / (6 * rounds)).toBeGreaterThan(0.95);
    expect(neuroticAnswers / (6 * rounds)).toBeGreaterThan(0.75);
  });

  it('answers other questionnaires of the Big Five in the same way', () => {
    const miniipip = findInstrument('miniipip');
    const lively = createSheet(
      1,
      EPQRA.items.map(({ scale, key }) =>
        Number(scale === 'E' || scale === 'L' ? key === 1 : key !== 1),
      ),
    );
    const meanOn = (sheet: Sheet, scale: string) => {
      const description = describePerson(sheet, model, 1, 1);
      const answers = Array.from({ length: 20 }, (_, seed) =>
        administer(miniipip, description, model, seed, 1),
      );
      return sum(keyed(miniipip, scale, answers).flat()) / (20 * 4);
    };
    expect(meanOn(lively, 'E')).toBeGreaterThan(meanOn(quiet, 'E') + 1.5);
    expect(meanOn(quiet, 'N')).toBeGreaterThan(meanOn(lively, 'N') + 1);
  });

  it('does not depend on the seed at temperature 0', () => {
    const description = paragraphs.join('\n\n');
    const sheets = new Set(
      [1, 2, 3].map((seed) => JSON.stringify(administer(EPQRA, description, model, seed, 0))),
    );
    expect(sheets.size).toBe(1);
  });
});

describe('calibrationOf', () => {
  it('knows a model by any of its ids', () => {
    const ids = [
      'meta.llama3-1-70b-instruct-v1:0',
      'us.meta.llama3-1-70b-instruct-v1:0',
      'simulated/us.meta.llama3-1-70b-instruct-v1:0',
    ];
    expect(new Set(ids.map(calibrationOf)).size).toBe(1);
    expect(calibrationOf(ids[0]!).temperature).toBe(0.5);
  });

  it('takes every other model for one that errs in no direction', () => {
    const other = calibrationOf('simulated/some-model');
    expect(calibrationOf('gpt-4o-2024-05-13')).toBe(other);
    expect(calibrationOf('constructor')).toBe(other);
    for (const { keyedYes, keyedNo, otherYes, otherNo } of Object.values(other.scales)) {
      expect([keyedNo, otherYes, otherNo]).toEqual([keyedYes, -keyedYes, -keyedYes]);
    }
  });
});
