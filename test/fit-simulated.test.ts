import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { distributeError } from '../scripts/fit-simulated/errors.ts';
import { minimise } from '../scripts/fit-simulated/minimise.ts';
import { calibrateScale, calibrateTraits, readPublished } from '../scripts/fit-simulated.ts';
import { combine, hashText, normal } from '../src/simulator/random.ts';

const CALIBRATION = JSON.parse(
  readFileSync(new URL('../data/simulated/calibration.json', import.meta.url), 'utf8'),
);

describe('the calibration of the simulated model', () => {
  // The whole takes minutes; what is checked stands for it.
  it('comes out again when it is fitted again', () => {
    const { model, modelId, epqra, bigfive } = readPublished()[0]!;
    const stored = CALIBRATION.models[modelId];
    expect(calibrateScale(model, 'E', epqra.E)).toEqual(stored.scales.E);
    expect(calibrateTraits(model, bigfive, stored.scales)).toEqual(stored.traits);
  });

  it('has an entry for every model of the study', () => {
    expect(Object.keys(CALIBRATION.models)).toEqual(readPublished().map(({ modelId }) => modelId));
  });
});

describe('distributeError', () => {
  const lasting = 0.5;
  const { below, points } = distributeError(lasting);

  it('gives the chances with which the errors of the simulator are drawn', () => {
    const seed = 11;
    const drawn = Array.from({ length: 20_000 }, (_, i) => {
      const key = combine(seed, i);
      return (
        Math.sqrt(lasting) * normal(combine(key, hashText('lasting'))) +
        Math.sqrt(1 - lasting) * normal(combine(key, hashText('passing')))
      );
    });
    for (const t of [-2, -1, 0, 0.5, 1.5, 2.5]) {
      const seen = drawn.filter((error) => error < t).length / drawn.length;
      const standardError = Math.sqrt((below(t) * (1 - below(t))) / drawn.length);
      expect(
        Math.abs(seen - below(t)),
        `seed ${seed}, below ${t}: ${seen} for ${below(t)}`,
      ).toBeLessThan(4 * standardError);
    }
  });

  it('has points of mean 0 and variance 1', () => {
    const sum = (value: (at: number) => number) =>
      points.reduce((total, { at, weight }) => total + weight * value(at), 0);
    expect(sum(() => 1)).toBeCloseTo(1, 9);
    expect(sum((at) => at)).toBeCloseTo(0, 9);
    expect(sum((at) => at * at)).toBeCloseTo(1, 1);
  });
});

describe('minimise', () => {
  it('finds the bottom of a curved valley', () => {
    const valley = ([x, y]: readonly number[]) => (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2;
    const [x, y] = minimise(valley, [[-1.2, 1]], [0.5, 0.5]);
    expect(x).toBeCloseTo(1, 2);
    expect(y).toBeCloseTo(1, 2);
  });

  it('follows the better of two starts', () => {
    const twoPits = ([x]: readonly number[]) => Math.min((x! - 5) ** 2, (x! + 5) ** 2 + 1);
    expect(minimise(twoPits, [[-6], [6]], [0.5])[0]).toBeCloseTo(5, 2);
  });
});
