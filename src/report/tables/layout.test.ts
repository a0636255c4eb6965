import { expect, test } from 'vitest';
import { completeRows, type Row } from '../../../test/support/rows.ts';
import type { StudyDataOrigin } from '../../analysis/data.ts';
import type { Mode, Table } from '../../analysis/table.ts';
import { SIMULATED_NOTICE } from './captions.ts';
import { renderLatex } from './latex.ts';
import type { Layout } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { layOutTable, type TableId } from './tables.ts';

function table(
  id: TableId,
  mode: Mode,
  rows: readonly Row[],
  data_origin: StudyDataOrigin = 'model',
): Table {
  return { table: id, mode, data_origin, rows: completeRows(rows) };
}

function textsOf(layout: Layout): string[][] {
  return layout.sections.flatMap(({ title, rows }) => [
    ...(title === null ? [] : [[title]]),
    ...rows.map((row) => row.map(({ text, note }) => (note === null ? text : `${text} (${note})`))),
  ]);
}

const headingsOf = (layout: Layout) => layout.headings.at(-1)!.map(({ text }) => text);

const score = (model: string, population: string | null, scale: string, more: Row = {}): Row => ({
  model,
  population,
  scale,
  n: 40,
  mean: 2.5,
  sd: 1.25,
  p: 0.001,
  ...more,
});

const share = (
  model: string,
  condition: string,
  metric: string,
  mean: number,
  p: number | null = null,
): Row => ({
  model,
  condition,
  metric,
  mean,
  sd: 0.01,
  p,
});

const correlation = (r: number | null, p: number | null, more: Row = {}): Row => ({
  model: 'GPT-4o',
  epqra_scale: 'E',
  bigfive_scale: 'N',
  n: 40,
  r,
  p,
  ...more,
});

test('published Table 4: a column a scale, a dash where there is no row', () => {
  const layout = layOutTable(
    table('4', 'published', [
      score('GPT-4o', 'Base', 'E'),
      score('GPT-4o', 'Base', 'N', { p: 0.4 }),
      score('GPT-3.5', 'MaxN', 'N'),
    ]),
  );
  expect(headingsOf(layout)).toEqual(['Model', 'Condition', 'E', 'N']);
  expect(textsOf(layout)).toEqual([
    ['GPT-4o', 'Base', '2.50 ± 1.25†¶', '2.50 ± 1.25'],
    ['GPT-3.5', 'MaxN', '–', '2.50 ± 1.25†¶'],
  ]);
  expect(layout.sections[0]!.rows[0]![2]!.row).toMatchObject({ scale: 'E', population: 'Base' });
});

test('published Tables 1 to 3: conditions beside each other under their model, categories as printed', () => {
  const metrics = ['race_white', 'race_asia', 'race_other'];
  const rows = ['Base', 'MaxN'].flatMap((condition) =>
    metrics.map((metric) =>
      share('GPT-4o', condition, metric, 0.25, condition === 'Base' ? null : 1e-9),
    ),
  );
  const layout = layOutTable(table('1', 'published', rows));
  expect(layout.headings[0]).toEqual([
    { text: '', span: 2 },
    { text: 'GPT-4o', span: 2 },
  ]);
  expect(textsOf(layout)).toEqual([
    ['Race', 'Asian', '25.00 ± 1.00', '25.00 ± 1.00‡'],
    ['Race', 'Other (not printed)', '25.00 ± 1.00', '25.00 ± 1.00‡'],
    ['Race', 'White', '25.00 ± 1.00', '25.00 ± 1.00‡'],
  ]);
});

test('published Table 5 keeps what sets its correlations apart', () => {
  const rows = [
    correlation(-0.5, 0.0001),
    correlation(0.4, 0.005, { bigfive_scale: 'A' }),
    correlation(0.3, 0.04, { bigfive_scale: 'C' }),
    correlation(null, null, { bigfive_scale: 'O' }),
  ];
  const layout = layOutTable(table('5', 'published', rows));
  expect(layout.sections[0]!.rows[0]!.slice(1).map(({ text, style }) => [text, style])).toEqual([
    ['\u22120.500', 'bold'],
    ['0.400', 'italic'],
    ['0.300', 'underlined'],
    ['n/a', 'plain'],
  ]);
  expect(renderMarkdown(layout)).toContain(
    '| E | **\u22120.500** | *0.400* | <u>0.300</u> | n/a (a) |',
  );
  expect(renderLatex(layout)).toContain(
    'E & \\textbf{$-$0.500} & \\textit{0.400} & \\underline{0.300} & n/a\\textsuperscript{a} \\\\',
  );
});

test('simulated tables say so in every rendering and have no markers of significance', () => {
  const tables = [
    table(
      '1',
      'published',
      [share('GPT-4o (simulated)', 'MaxN', 'gender_male', 0.5, 1e-9)],
      'simulated',
    ),
    table('4', 'published', [score('GPT-4o (simulated)', 'Base', 'E')], 'simulated'),
    table('5', 'published', [correlation(0.9, 1e-9)], 'simulated'),
  ];
  for (const one of tables) {
    const layout = layOutTable(one);
    const cells = layout.sections.flatMap(({ rows }) => rows.flat());
    expect(renderMarkdown(layout)).not.toMatch(/[‡†¶§]|\\\*/);
    expect(cells.map(({ text }) => text).join(' ')).not.toContain('*');
    expect(cells.every(({ style }) => style === 'plain')).toBe(true);
    // Nothing explains what is not there.
    for (const text of [renderMarkdown(layout), renderLatex(layout)])
      expect(text).not.toMatch(/p (<|&lt;|\$<\$) 0\.|[Bb]old p/);
    expect(layout.notes.join(' ')).toContain('No markers of significance');
    expect(renderMarkdown(layout)).toContain(SIMULATED_NOTICE);
    expect(renderLatex(layout)).toContain(`\\textbf{${SIMULATED_NOTICE}.}`);
  }
  expect(
    renderMarkdown(layOutTable(table('4', 'published', [score('GPT-4o', 'Base', 'E')]))),
  ).not.toContain('SIMULATED');
});

test('corrected Table 4: what is not asked for is a dash, what does not exist has its reason', () => {
  const common = {
    instrument: 'epqra',
    model: 'GPT-4o',
    scale: 'N',
    n: 40,
    mean: 2.5,
    sd: null,
    ref_mean: 2.5,
    diff: 0,
  };
  const layout = layOutTable(
    table('4', 'corrected', [
      {
        ...common,
        population: 'Base',
        test: 'fidelity',
        p_adjusted: null,
        icc_single: 1,
        reason: 'no spread',
      },
      {
        ...common,
        population: 'MaxN',
        test: 'manipulation check',
        sd: 1,
        ci_low: -0.5,
        ci_high: 0.5,
        share_at_target: 0.5,
        share_ci_low: 0.4,
        share_ci_high: 0.6,
        reason: null,
      },
    ]),
  );
  const [fidelity, manipulation] = textsOf(layout);
  expect(fidelity!.slice(4)).toEqual([
    '–',
    '2.50 (n/a) (a)',
    '2.50',
    '0.00 [n/a] (a)',
    'n/a (a)',
    'n/a (a)',
    'n/a (a)',
    'n/a (a)',
    'n/a (a)',
    '1.00 [n/a] (a)',
    'n/a (a)',
    'n/a (a)',
    '–',
  ]);
  expect(manipulation!.slice(4)).toEqual([
    '–',
    '2.50 (1.00)',
    '2.50',
    '0.00 [\u22120.50, 0.50]',
    '–',
    '–',
    '–',
    '–',
    '–',
    '–',
    '–',
    '–',
    '50.0 [40.0, 60.0]',
  ]);
  expect(layout.reasons).toEqual([{ letter: 'a', text: 'no spread' }]);
});

test('corrected Table 4: equivalence is called that of the mean, with the bound in SD', () => {
  const row = {
    ...score('GPT-4o', 'Base', 'L'),
    instrument: 'epqra',
    test: 'fidelity',
    ref_mean: 2.5,
    ref_sd: 2,
    diff: 0,
    p_adjusted: null,
  };
  const reason = 'the differences are constant';
  const layout = layOutTable(
    table('4', 'corrected', [
      {
        ...row,
        mean_equivalent: true,
        p_equivalence_adjusted: 0.03,
        equivalence_bound: 0.5,
        equivalence_bound_sd: 0.25,
        equivalence_bound_origin: 'analysis',
        icc_single: 1,
        share_within: 1,
        share_within_ci_low: 0.9,
        share_within_ci_high: 1,
        persons: 'agrees',
        reason,
      },
    ]),
  );
  const column = headingsOf(layout).indexOf('Mean equivalent');
  expect(textsOf(layout)[0]!.slice(column, column + 2)).toEqual(['yes', '0.030']);
  expect(layout.reasons).toEqual([{ letter: 'a', text: reason }]);
  expect(layout.notes.join(' ')).toContain(
    '± 0.5 points (0.25 SD of the sheets), FIRST GIVEN AT ANALYSIS',
  );
});

test('the lowest item-total correlation stands with its item', () => {
  const lowest = (item_total_r: readonly (number | null)[] | null) => {
    const row = {
      model: 'M',
      population: 'Base',
      scale: 'A',
      n: 9,
      k: 3,
      item_numbers: [3, 5, 8],
      item_total_r,
      reason: 'none of them',
    };
    const layout = layOutTable(table('6', 'corrected', [row]));
    return textsOf(layout)[0]![headingsOf(layout).indexOf('Lowest item-total r')];
  };
  expect(lowest([0.5, null, -0.3125])).toBe('\u22120.31 (item 8)');
  expect(lowest([0.25, 0.25 + 1e-15, 0.5])).toBe('0.25 (items 3, 5)');
  expect(lowest([null, null, null])).toBe('n/a (a)');
  expect(lowest(null)).toBe('n/a (a)');
});

test('several instruments have a column of their own; one has none', () => {
  const row = (instrument: string): Row => ({
    instrument,
    model: 'M',
    population: 'Base',
    scale: 'A',
    n: 3,
    mean: 1,
    sd: 1,
    ci_low: 0,
    ci_high: 2,
  });
  expect(headingsOf(layOutTable(table('A4', 'corrected', [row('bigfive')])))).not.toContain(
    'Instrument',
  );
  const several = layOutTable(table('A4', 'corrected', [row('bigfive'), row('mood (es)')]));
  expect(headingsOf(several)[0]).toBe('Instrument');
  expect(textsOf(several)[1]!.slice(0, 4)).toEqual(['mood (es)', 'M', 'Base', 'A']);
});

test('more models than in print have a block each', () => {
  const models = ['A', 'B', 'C', 'D', 'E', 'F'];
  const rows = models.flatMap((model, index) =>
    ['Base', 'MaxN', 'MaxP', ...(index === 0 ? ['MinL'] : [])].map((condition) =>
      share(model, condition, 'race_asia', 0.5),
    ),
  );
  const layout = layOutTable(table('3', 'published', rows));
  expect(layout.headings).toHaveLength(1);
  expect(headingsOf(layout)).toEqual(['Field', 'Category', 'Base', 'MaxN', 'MaxP', 'MinL']);
  expect(layout.sections.map(({ title }) => title)).toEqual(models);
  expect(textsOf(layout).slice(0, 4)).toEqual([
    ['A'],
    ['Race', 'Asian', '50.00 ± 1.00', '50.00 ± 1.00', '50.00 ± 1.00', '50.00 ± 1.00'],
    ['B'],
    ['Race', 'Asian', '50.00 ± 1.00', '50.00 ± 1.00', '50.00 ± 1.00', '–'],
  ]);
});

test('a table without rows says so, in a form that LaTeX takes', () => {
  for (const mode of ['published', 'corrected'] as const) {
    const layout = layOutTable(table('5', mode, []));
    expect(renderMarkdown(layout)).toContain('There are no rows for this table in the data.');
    expect(renderMarkdown(layout)).not.toContain('|');
    expect(renderLatex(layout)).not.toContain('tabular');
  }
});

const HOSTILE = '50%_of$ {the} #1 | \\input{x} & <b>*bold*</b> [a](http://x) ~^ `c`\nline "q"';

test('names are text: nothing in them is markup', () => {
  const layout = layOutTable(table('4', 'published', [score(HOSTILE, '[Base]', 'E')]));
  const markdown = renderMarkdown(layout);
  const line = markdown.split('\n').find((one) => one.includes('50%'))!;
  // Four cells, so five bars that are not escaped.
  expect(line.match(/(?<!\\)\|/g)).toHaveLength(4);
  expect(line).not.toMatch(/<b>|(?<!\\)\*|\]\(/);
  const latex = renderLatex(layout);
  const row = latex.split('\n').find((one) => one.includes('50'))!;
  expect(row).toContain(
    '50\\%\\_of\\$ \\{the\\} \\#1 \\textbar{} \\textbackslash{}input\\{x\\} \\& $<$b$>$*bold*$<$/b$>$',
  );
  expect(row).toContain("\\textasciitilde{}\\textasciicircum{} `c` line ''q''");
  // A bracket after the end of a row would be its option.
  expect(row).toContain('& {}[Base] &');
});

test('a table that is too wide for the page is turned', () => {
  const wide = Array.from({ length: 12 }, (_, index) => score('GPT-4o', 'Base', `Scale ${index}`));
  expect(renderLatex(layOutTable(table('4', 'published', wide)))).toContain('\\begin{landscape}');
  expect(renderLatex(layOutTable(table('4', 'published', wide.slice(0, 4))))).not.toContain(
    'landscape',
  );
});

test('long tables go over pages, and every row of LaTeX has all of its columns', () => {
  const rows = Array.from({ length: 60 }, (_, index) => ({
    instrument: 'epqra',
    model: `M${index % 20}`,
    population: 'Base',
    scale: 'E',
    n: 40,
    k: 6,
    alpha: 0.9,
    ci_low: 0.8,
    ci_high: 0.95,
    item_numbers: [3, 5, 8],
    item_total_r: [0.5, null, 0.3125],
    constant_items: [1, 2],
    alpha_without_constant: 0.9,
  }));
  const latex = renderLatex(layOutTable(table('6', 'corrected', rows)));
  expect(latex).toContain('\\begin{longtable}');
  expect(latex).toContain('0.31 (item 8)');
  const body = latex.split('\\endlastfoot')[1]!.split('\\end{longtable}')[0]!.trim().split('\n');
  expect(body).toHaveLength(60);
  for (const line of body) expect(line.match(/ & /g)).toHaveLength(9);
});

test('V1 tells two forms of one questionnaire from two questionnaires, and from two models', () => {
  const row = {
    ...{ population: 'all', model_1: 'GPT-4o', model_2: 'GPT-4o', traits: ['a', 'b'], n: 20 },
    ...{ instrument_1: 'hiring', instrument_2: 'hiring (de)', monotrait_r: 0.5 },
  };
  const rows = [row, { ...row, instrument_2: 'trust' }, { ...row, model_2: 'GPT-3.5' }];
  const titles = layOutTable(table('V1', 'corrected', rows)).sections.map(({ title }) => title);
  expect(titles).toEqual([
    'Two forms of a questionnaire, such as two languages',
    'Two questionnaires',
    'Two models',
  ]);
});

test('C1 has a column of models only where there are several', () => {
  const row = {
    ...{ instrument: 'hiring', model: 'GPT-4o', outcome: 'comp', factor: 'religion' },
    ...{ level: 'Muslim', reference: 'Christian', n: 8, n_reference: 8, n_both: 8, diff: 0.5 },
  };
  const one = layOutTable(table('C1', 'corrected', [row]));
  expect(one.sections.map(({ title }) => title)).toEqual(['GPT-4o']);
  expect(
    one.headings
      .at(-1)!
      .map(({ text }) => text)
      .slice(0, 3),
  ).toEqual(['Factor', 'Outcome', 'Contrast']);
  const two = layOutTable(table('C1', 'corrected', [row, { ...row, model: 'GPT-3.5' }]));
  expect(two.sections.map(({ title }) => title)).toEqual([null]);
  expect(two.headings.at(-1)![0]!.text).toBe('Model');
});
