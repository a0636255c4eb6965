/** A bias audit of one's own, from its file to the tables of contrasts. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { observe } from '../../src/analysis/corrected/contrasts/observations.ts';
import { loadConfig } from '../../src/config/load.ts';
import { open } from '../../src/db/connect.ts';
import { queryReadOnly } from '../../src/db/read-only-query.ts';
import { sqlOf } from '../../src/report/tables/tables.ts';
import { computeTables } from '../../src/studies/analyze.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const ROWS = `case,job,count
a,nurse,1
b,cook,2
c,clerk,"1,5"
`;
const STUDY = `
name: faith
models: [sim-gpt4o, sim-gpt35]
personas:
  file: rows.csv
  vignette: case
  weight: count
  cross: { religion: [Muslim, Christian], disability: [none, blind] }
  text: I am a <row.job>. My religion is <row.religion>. Disability is <row.disability>.
  control: true
questionnaires: [miniipip]
repetitions: 2
administration: { item_order: [published, shuffled] }
analysis:
  compare: [condition, { factor: religion, reference: Christian }, disability, item_order, model]
`;
const CONFIG = loadConfig({}, {}, tmpdir());

describe.each(DATABASES)('a bias audit (%s)', (kind) => {
  test('compares levels of its own columns, conditions, models and ways of asking', async () => {
    await using place = freshPlace(kind);
    writeFileSync(path.join(place.folder, 'rows.csv'), ROWS);
    writeFileSync(path.join(place.folder, 'study.yaml'), STUDY);
    const run = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(run, run.stderr).toMatchObject({ code: 0 });

    await using database = await open(place);
    const { study, corrected } = await computeTables(database, CONFIG, { mode: 'corrected' });
    const [observed] = observe(study);
    expect(
      observed!.factors.map(({ name, levels }) => [name, levels.map(({ label }) => label)]),
    ).toEqual([
      [
        'condition',
        ['Muslim, none', 'Muslim, blind', 'Christian, none', 'Christian, blind', 'control'],
      ],
      ['model', ['GPT-4o (simulated)', 'GPT-3.5 (simulated)']],
      ['item_order', ['published', 'shuffled']],
      ['job', ['nurse', 'cook', 'clerk']],
      ['religion', ['Muslim', 'Christian']],
      ['disability', ['none', 'blind']],
    ]);
    expect(study.ownColumns).toEqual({
      names: ['case', 'job', 'count', 'religion', 'disability'],
      ...{ described: 12, bare: 1, vignette: 'case', weight: 'count' },
    });

    const rowsOf = (id: string) => corrected.find(({ table }) => table === id)!.rows;
    const contrasts = rowsOf('C1').filter((row) => row.outcome === 'E');
    const summary = contrasts.map(({ model, factor, level, reference, n_both, unit }) =>
      [model ?? 'all', factor, level, reference, n_both, unit].join(' | '),
    );
    expect(summary.filter((line) => !line.startsWith('GPT-3.5'))).toEqual([
      'GPT-4o (simulated) | condition | Muslim, none | control | 0 | repetition',
      'GPT-4o (simulated) | condition | Muslim, blind | control | 0 | repetition',
      'GPT-4o (simulated) | condition | Christian, none | control | 0 | repetition',
      'GPT-4o (simulated) | condition | Christian, blind | control | 0 | repetition',
      'GPT-4o (simulated) | religion | Muslim | Christian | 3 | case',
      'GPT-4o (simulated) | disability | blind | none | 3 | case',
      'GPT-4o (simulated) | item_order | shuffled | published | 4 | case',
      'all | model | GPT-3.5 (simulated) | GPT-4o (simulated) | 4 | case',
    ]);
    // The SQL of a row yields what it was made of: conditions × cases × orders × repetitions.
    const [religion] = contrasts.filter(({ factor }) => factor === 'religion');
    const found = await queryReadOnly(
      database,
      sqlOf({ table: 'C1', mode: 'corrected' }, religion!, study),
      [],
    );
    expect(found).toHaveLength(4 * 3 * 2 * 2);
    const mean = rowsOf('M1').find((row) => row.factor === 'religion' && row.outcome === 'E')!;
    const values = await queryReadOnly(
      database,
      sqlOf({ table: 'M1', mode: 'corrected' }, mean, study),
      [],
    );
    expect(values).toHaveLength(mean.n_administrations as number);
    expect(mean.mean).toBeCloseTo(
      values.reduce((sum, { score }) => sum + Number(score), 0) / values.length,
      9,
    );
    // 1, 2 and 1.5 count 4.5² / 7.25.
    expect(mean.n_effective).toBeCloseTo(4.5 ** 2 / 7.25, 9);
  });
});
