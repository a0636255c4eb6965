import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/study.ts';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../errors.ts';
import {
  type Known,
  type PlanningOptions,
  planDesign,
  readComponents,
  reliabilityOf,
} from './planning.ts';
import { readStudy } from './study-file.ts';

const folder = temporaryFolder();
const config = loadConfig({}, {}, '/');
const SHEETS = path.join(folder.path, 'sheets.yaml');
const OWN = path.join(folder.path, 'own.yaml');

beforeAll(() => {
  writeFileSync(
    SHEETS,
    'name: x\nmodels: [gpt4o]\nconditions: [Base]\nmax_personas: 100\ndraws: 2\nrepetitions: 3\nquestionnaires: [epqra]\n',
  );
  writeFileSync(
    path.join(folder.path, 'own.csv'),
    `description\n${Array.from({ length: 30 }, (_, at) => `I am ${at}.`).join('\n')}\n`,
  );
  writeFileSync(
    OWN,
    'name: y\nmodels: [sim-gpt4o]\npersonas: { file: own.csv }\nquestionnaires: [miniipip]\nadministration: { item_order: [published, shuffled] }\n',
  );
});
afterAll(() => folder[Symbol.dispose]());

const OPTIONS: PlanningOptions = {
  reliability: 0.8,
  power: 0.8,
  alpha: 0.05,
  shares: [0.5, 0.6],
  icc: 0.5,
};
const NOTHING: Known = { source: 'nothing', scales: [], differences: [] };
const stated = (components: string): Known => ({
  source: 'stated',
  scales: [
    {
      ...{ instrument: null, model: null, population: null, scale: null, includes: null },
      components: readComponents(components),
    },
  ],
  differences: [],
});

describe('components that are stated', () => {
  test('are read by name, what is left out is 0', () => {
    expect(readComponents('person=0.6, administration=.3')).toEqual({
      person: 0.6,
      draw: 0,
      way: 0,
      administration: 0.3,
    });
  });

  test.each(['draw=0.1', 'person=-1', 'person=x', 'person=1,sheet=2', 'person', ''])(
    'are refused as %j',
    (text) => {
      expect(() => readComponents(text)).toThrow(UserError);
    },
  );
});

/** By hand: 0.6 / (0.6 + 0.2/2 + 0.1/4 + 0.4/(2 × 4 × 5)) = 0.6 / 0.735. */
test('reliability is that of the mean over draws, ways and administrations', () => {
  const components = { person: 0.6, draw: 0.2, way: 0.1, administration: 0.4 };
  expect(reliabilityOf(components, { draws: 2, ways: 4, administrations: 5 })).toBeCloseTo(
    0.6 / 0.735,
    12,
  );
});

describe('designs', () => {
  test('reach the target, the cheapest first, none with more of everything than another', async () => {
    const { designs, scales } = await planDesign(
      readStudy(SHEETS),
      config,
      stated('person=0.4,draw=0.1,administration=0.5'),
      OPTIONS,
    );
    expect(designs.length).toBeGreaterThan(1);
    for (const design of designs) {
      expect(design.reliability).toBeGreaterThanOrEqual(0.8);
      expect(design.reliability).toBeCloseTo(
        0.4 / (0.4 + 0.1 / design.draws + 0.5 / (design.draws * design.administrations)),
        12,
      );
      const fewer = { ...design, administrations: design.administrations - 1 };
      if (fewer.administrations > 0)
        expect(
          0.4 / (0.4 + 0.1 / fewer.draws + 0.5 / (fewer.draws * fewer.administrations)),
        ).toBeLessThan(0.8);
    }
    expect(designs.map(({ costUsd }) => costUsd)).toEqual(
      designs.map(({ costUsd }) => costUsd!).toSorted((first, second) => first - second),
    );
    expect(scales[0]!.cheapest).toEqual(designs[0]);
  });

  test('cost what a dry run of the same study would', async () => {
    const { bill, n, sizes } = await planDesign(readStudy(SHEETS), config, NOTHING, OPTIONS);
    expect(sizes).toEqual({ draws: 2, ways: 1, administrations: 3 });
    expect(n).toBe(100);
    // 100 sheets × 2 draws, each asked 3 times.
    expect(bill.calls).toBe(200 + 600);
    const { planStudy } = await import('./pipeline.ts');
    const steps = await planStudy(readStudy(SHEETS), config);
    expect(bill.costUsd).toBeCloseTo(
      steps.reduce((sum, { costUsd }) => sum + costUsd!, 0),
      9,
    );
  });

  test('of personas of one’s own have one draw, and as many ways as the file has', async () => {
    const { designs, n, units } = await planDesign(
      readStudy(OWN),
      config,
      stated('person=0.5,way=0.2,administration=0.3'),
      OPTIONS,
    );
    expect({ n, units }).toEqual({ n: 30, units: 'cases' });
    expect(designs.every(({ draws, ways }) => draws === 1 && ways <= 2)).toBe(true);
    expect(designs.some(({ ways }) => ways === 2)).toBe(true);
  });

  test('count the cases of a condition, not rows that cross them nor the control', async () => {
    const crossed = path.join(folder.path, 'crossed.yaml');
    writeFileSync(
      crossed,
      'name: z\nmodels: [sim-gpt4o]\npersonas: { file: own.csv, cross: { faith: [a, b] }, control: true }\nquestionnaires: [miniipip]\n',
    );
    const { n, bill } = await planDesign(readStudy(crossed), config, NOTHING, OPTIONS);
    expect({ n, calls: bill.calls }).toEqual({ n: 30, calls: 61 });
  });

  test('are none where persons hardly differ', async () => {
    const { designs, scales } = await planDesign(
      readStudy(OWN),
      config,
      stated('person=0.01,way=0.9,administration=0.09'),
      OPTIONS,
    );
    expect(designs).toEqual([]);
    expect(scales[0]!.cheapest).toBeNull();
  });
});

describe('tests and intervals', () => {
  test('without an SD are in SDs', async () => {
    const plan = await planDesign(readStudy(OWN), config, NOTHING, OPTIONS);
    expect(plan).toMatchObject({ unit: 'SDs of the differences', differences: [{ bound: 0.5 }] });
    // power.t.test(power = .8, delta = .5, sd = 1, type = "paired")$n is 33.37.
    expect(plan.differences[0]!.paired.needed).toBe(34);
    expect(plan.differences[0]!.halfWidth).toBeCloseTo(2.045229642132703 / Math.sqrt(30), 9);
    expect(plan.precision.map(({ n }) => n)).toEqual([20, 30, 50, 100, 200, 500, 1000]);
  });

  test('with the SD of a scale use the bound of the study file, and find no few persons equivalent', async () => {
    const known: Known = {
      ...NOTHING,
      source: 'pilot',
      differences: [
        { model: 'm', population: 'Base', scale: 'E', sd: 0.2, sheetSd: null, means: null },
      ],
    };
    const plan = await planDesign(readStudy(SHEETS), config, known, OPTIONS);
    expect(plan).toMatchObject({ unit: 'points', differences: [{ bound: 0.5 }] });
    // (1 − 0.5 / 6)ⁿ < .05 from n = 35 on.
    expect(plan.differences[0]!.equivalence.needed).toBe(35);
    expect(plan.differences[0]!.paired.needed).toBeLessThan(10);
  });

  /** By hand: 1.2² − (0.3/3 + 0.6/6) + (0.3/2 + 0.6/6) = 1.49. */
  test('of means take the SD to what the means to come will have', async () => {
    const components = readComponents('person=2,draw=0.3,administration=0.6');
    const means = { components, sizes: { draws: 3, ways: 1, administrations: 2 } };
    const known: Known = {
      ...NOTHING,
      source: 'pilot',
      differences: [{ model: 'm', population: 'Base', scale: 'E', sd: 1.2, sheetSd: null, means }],
    };
    const plan = await planDesign(readStudy(SHEETS), config, known, OPTIONS);
    expect(plan.differences[0]!.sd).toBeCloseTo(Math.sqrt(1.49), 12);
  });

  test('use the bound of each scale, in SDs of the sheets where the file says so', async () => {
    const byScale = path.join(folder.path, 'bounds.yaml');
    writeFileSync(
      byScale,
      `${readFileSync(SHEETS, 'utf8')}analysis: { equivalence_bound: { E: { sd: 0.2 }, N: 1 } }\n`,
    );
    const of = (scale: string) => ({
      ...{ model: 'm', population: 'Base', scale, sd: 1, sheetSd: 3, means: null },
    });
    const known: Known = { ...NOTHING, source: 'pilot', differences: ['E', 'N', 'L'].map(of) };
    const plan = await planDesign(readStudy(byScale), config, known, OPTIONS);
    expect(plan.differences.map(({ scale, bound }) => [scale, Number(bound.toFixed(12))])).toEqual([
      ['E', 0.6],
      ['N', 1],
      ['L', 0.5],
    ]);
  });

  test('that are many need more persons', async () => {
    const needed = async (alpha: number) =>
      (await planDesign(readStudy(OWN), config, NOTHING, { ...OPTIONS, alpha })).shares.needed!;
    expect(await needed(0.05 / 10)).toBeGreaterThan(await needed(0.05));
  });

  test('of one or two persons are refused', async () => {
    const tiny = path.join(folder.path, 'tiny.yaml');
    writeFileSync(
      tiny,
      'name: z\nmodels: [gpt4o]\nconditions: [Base]\nmax_personas: 2\nquestionnaires: [epqra]\n',
    );
    await expect(planDesign(readStudy(tiny), config, NOTHING, OPTIONS)).rejects.toThrow(
      'too few for any interval',
    );
  });
});
