/**
 * A few cells of the bench of coverage, with so few studies that only gross errors show: bounds are
 * four standard errors of the simulation away from what is asked of the bench.
 */
import { describe, expect, test } from 'vitest';
import { Cell, judge } from '../bench/coverage/cells.ts';
import { chanceOf } from '../bench/coverage/chance.ts';
import { SCENARIOS } from '../bench/coverage/scenarios.ts';

const SEED = 77;

function simulate(name: string, n: number, studies: number): ReadonlyMap<string, Cell> {
  const scenario = SCENARIOS.find((one) => one.name === name)!;
  const cells = new Map<string, Cell>();
  for (let study = 0; study < studies; study++) {
    for (const observation of scenario.observe(n, chanceOf(SEED * 100_000 + study))) {
      const cell = cells.get(observation.cell) ?? new Cell(scenario.kindOf(observation.cell, n));
      cells.set(observation.cell, cell);
      cell.add(observation);
    }
  }
  return cells;
}

describe('of 80 studies of 100 sheets with the shapes of the study', () => {
  const cells = simulate('study, exchangeable', 100, 80);

  test.each([
    'alpha E',
    'alpha N',
    'alpha P',
    'agreement E',
    'agreement N',
    'agreement P',
    'difference E',
    'accuracy E',
    'accuracy L',
  ])('the interval of %s covers', (name) => {
    const cell = cells.get(name)!;
    expect(cell.missing).toBe(0);
    expect(cell.hits / cell.studies, `seed ${SEED}`).toBeGreaterThan(0.93 - 4 * 0.0285);
  });

  test('alpha of a scale at its ceiling is without an interval', () => {
    expect(cells.get('alpha L')!.missing).toBeGreaterThan(70);
  });

  test('the family of differences errs seldom', () => {
    const cell = cells.get('family of differences')!;
    expect(cell.hits / cell.studies, `seed ${SEED}`).toBeLessThan(0.06 + 4 * 0.0266);
  });
});

test('a condition with few sheets beside a full Base: the test errs seldom', () => {
  const cells = simulate('8 sheets of those of Base, share 0.1', 100, 60);
  expect(cells.get('test of shares')!.hits / 60, `seed ${SEED}`).toBeLessThan(0.06 + 4 * 0.031);
});

describe('a cell of the bench', () => {
  const cellOf = (kind: Cell['kind'], hits: readonly (boolean | null)[]) => {
    const cell = new Cell(kind);
    hits.forEach((hit, study) => {
      cell.add({ cell: 'one', hit, estimate: study, width: 10 });
    });
    return cell;
  };
  const times = (count: number, hit: boolean | null) => Array<boolean | null>(count).fill(hit);
  const interval = { what: 'interval of 95 %' } as const;

  test('that covers too little misses, by more than the simulation may err', () => {
    const few = cellOf(interval, [...times(900, true), ...times(100, false)]);
    expect(judge(few, 100).faults).toEqual(['covers less than 93 %']);
    expect(judge(cellOf(interval, [...times(92, true), ...times(8, false)]), 100).faults).toEqual(
      [],
    );
    expect(judge(few, 20).faults).toEqual([]);
  });

  test('that covers too much, or errs too often, or is n/a, misses', () => {
    expect(judge(cellOf(interval, times(1000, true)), 100).faults).toEqual([
      'covers more than 97.5 %',
    ]);
    const test = cellOf({ what: 'test' }, [...times(900, false), ...times(100, true)]);
    expect(judge(test, 100).faults).toEqual(['errs in more than 6 %']);
    const missing = cellOf({ ...interval, isDiscrete: true }, [
      ...times(90, true),
      ...times(10, null),
    ]);
    expect(judge(missing, 100).faults).toContain('not available');
  });
});
