import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../report/tables/text-width.ts';
import { layOutColumns, type TableLook } from './columns.ts';

const at = (width: number | null): TableLook => ({
  width,
  heading: (text) => text,
  rule: (text) => text,
});
const lines = (
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  width: number | null,
) => layOutColumns(header, rows, at(width)).split('\n');

const HEADER = ['group', 'model', 'experiments', 'description'];
const ROWS = [
  [1, 'sim-gpt4o', '1,234', 'epqra questionnaire for sim-gpt4o (generated_sim-gpt4o_synthetic826)'],
  [12, '第三モデル', '5', null],
];

describe('layOutColumns', () => {
  it('gives each column the room it takes where nothing has to fit', () => {
    expect(lines(HEADER, ROWS, null)).toEqual([
      'group  model       experiments  description',
      '─────  ──────────  ───────────  ────────────────────────────────────────────────────────────────────',
      '    1  sim-gpt4o         1,234  epqra questionnaire for sim-gpt4o (generated_sim-gpt4o_synthetic826)',
      '   12  第三モデル            5',
    ]);
  });

  it('wraps the widest texts where the terminal is narrower, and loses nothing', () => {
    const fitted = lines(HEADER, ROWS, 60);
    for (const line of fitted) expect(displayWidth(line)).toBeLessThanOrEqual(60);
    expect(fitted.slice(0, 4)).toEqual([
      'group  model       experiments  description',
      '─────  ──────────  ───────────  ────────────────────────────',
      '    1  sim-gpt4o         1,234  epqra questionnaire for',
      '                                sim-gpt4o',
    ]);
    expect(fitted.join('').replaceAll(' ', '')).toContain('synthetic826)');
  });

  it('makes a list of each row where the columns do not fit at all', () => {
    expect(lines(HEADER, ROWS, 40)).toEqual([
      '────────────────────────────────────────',
      'group        1',
      'model        sim-gpt4o',
      'experiments  1,234',
      'description  epqra questionnaire for',
      '             sim-gpt4o',
      '             (generated_sim-gpt4o_',
      '             synthetic826)',
      '',
      'group        12',
      'model        第三モデル',
      'experiments  5',
    ]);
  });

  it('parts headings of several words before it parts anything else from its column', () => {
    expect(lines(['at the first attempt', 'brought'], [[12, 3]], 20)).toEqual([
      '     at the  brought',
      '      first',
      '    attempt',
      '───────────  ───────',
      '         12        3',
    ]);
  });

  it('cuts what would take more lines than anybody reads', () => {
    const fitted = lines(['id', 'reason'], [[1, 'word '.repeat(100).trim()]], 24);
    expect(fitted).toHaveLength(2 + 6);
    expect(fitted.at(-1)).toMatch(/…$/);
    for (const line of fitted) expect(displayWidth(line)).toBeLessThanOrEqual(24);
  });

  it('keeps a cell on its line and shows what would command the terminal', () => {
    expect(lines(['reason'], [['first\n  second\u001b[31m red']], null).at(-1)).toBe(
      'first second\\u001b[31m red',
    );
  });

  it('paints headings and rule, and their blanks not at all', () => {
    const painted = layOutColumns(['a', 'long heading'], [['x', 'y']], {
      width: null,
      heading: (text) => `<${text}>`,
      rule: (text) => `[${text}]`,
    });
    expect(painted.split('\n').slice(0, 2)).toEqual(['<a>  <long heading>', '[─  ────────────]']);
  });
});
