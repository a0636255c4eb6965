import { expect, test } from 'vitest';
import type { Table } from '../../analysis/table.ts';
import { renderPlain } from './plain.ts';
import { layOutTable } from './tables.ts';
import { displayWidth } from './text-width.ts';

const SCALES = ['E', 'N', 'P', 'L'];
const LONG_LABEL = 'A model of a long name (simulated)';

function scores(): Table {
  const rows = ['GPT-4o', LONG_LABEL].flatMap((model) =>
    SCALES.map((scale, at) => ({
      model,
      population: 'Base',
      scale,
      n: 40,
      mean: at + 0.5,
      sd: 1.25,
      ref_mean: 2,
      diff: 0.5,
      p: 0.001,
    })),
  );
  return { table: '4', mode: 'published', data_origin: 'model', rows };
}

const headOf = (text: string) => text.split('\n').filter((line) => line.startsWith('Model'));

test('goes on below, under the same labels, where it is wider than the terminal', () => {
  const layout = layOutTable(scores());
  const whole = renderPlain(layout);
  const widest = Math.max(...whole.split('\n').map(displayWidth));
  expect(headOf(whole)).toHaveLength(1);

  const fitted = renderPlain(layout, 60);
  for (const line of fitted.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(60);
  expect(headOf(fitted).length).toBeGreaterThan(1);
  // Each label once in each part, and every figure somewhere.
  expect(fitted.split('\n').filter((line) => line.startsWith(LONG_LABEL))).toHaveLength(
    headOf(fitted).length,
  );
  const figures = (text: string) => [...text.matchAll(/\d+\.\d+/g)].map((match) => match[0]).sort();
  expect(figures(fitted)).toEqual(figures(whole));

  expect(renderPlain(layout, widest)).toBe(whole);
});

test('breaks its notes between words', () => {
  const fitted = renderPlain(layOutTable({ ...scores(), rows: [] }), 40);
  for (const line of fitted.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40);
  expect(fitted.replaceAll('\n', ' ')).toContain('There are no rows for this table in the data.');
});
