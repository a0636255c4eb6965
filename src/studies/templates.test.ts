import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readStudy } from './study-file.ts';
import { TEMPLATES, writeTemplate } from './templates.ts';

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a study file to begin with', () => {
  test.each(TEMPLATES)('for %s is a valid study, with the rows that it names', (template) => {
    const file = path.join(newFolder(), 'study.yaml');
    const written = writeTemplate(template, file, {});
    const study = readStudy(file);
    expect(written).toHaveLength(study.personas === null ? 1 : 2);
    expect(study.question).not.toBeNull();
    expect(study.limits.maxCost).toBe(5);
    if (template === 'robustness') expect(study.cells).toHaveLength(16);
    if (template === 'bias-audit') expect(study.personas!.rows).toHaveLength(4 * 4 * 2 + 1);
  });

  test.each(TEMPLATES)('for %s says what was answered', (template) => {
    const file = path.join(newFolder(), 'study.yaml');
    writeTemplate(template, file, {
      name: 'Ärger & Freude: "$&"',
      models: ['sim-gpt35', 'sim-gpt4o'],
      questionnaires: ['epqra', 'gad7'],
      repetitions: 3,
    });
    expect(readStudy(file)).toMatchObject({
      name: 'Ärger & Freude: "$&"',
      schema: 'arger_freude',
      models: ['sim-gpt35', 'sim-gpt4o'],
    });
    expect(readStudy(file).questionnaires.map(({ instrument }) => instrument.slug)).toEqual([
      'epqra',
      'gad7',
    ]);
    if (template !== 'published')
      expect(readStudy(file).questionnaires.map((one) => one.repetitions)).toEqual([3, 3]);
  });

  test.each([
    ['a description of any name', 'bio\n"I am Ana, and I teach at a school in Lima."\n', 1],
    ['columns alone, one of them with a gap', 'name;job;pet\nAna;nurse;\nBo;clerk;cat\n', 2],
  ])('takes personas of one’s own with %s', (_, rows, n) => {
    const folder = newFolder();
    const personas = path.join(folder, 'rows.csv');
    writeFileSync(personas, rows);
    for (const template of TEMPLATES.filter((one) => one !== 'published')) {
      const file = path.join(folder, 'studies', `${template}.yaml`);
      mkdirSync(path.dirname(file), { recursive: true });
      expect(writeTemplate(template, file, { personas })).toEqual([file]);
      const people = readStudy(file).personas!.rows.filter((one) => one.description !== null);
      expect(people).toHaveLength(n);
      if (n === 2) expect(people[0]!.description).toBe('name: Ana. job: nurse.');
      else expect(people[0]!.description).toMatch(/^I am Ana/);
    }
  });

  test('overwrites neither a study nor its rows', () => {
    const folder = newFolder();
    const [first, second] = ['a.yaml', 'b.yaml'].map((name) => path.join(folder, name));
    writeTemplate('retest', first!, {});
    expect(() => writeTemplate('retest', first!, {})).toThrow(/a\.yaml already exists/);
    // Rows of this name are there: they may be of another study.
    const rows = path.join(folder, 'b-personas.csv');
    expect(writeTemplate('robustness', second!, {})).toEqual([second, rows]);
    expect(readFileSync(second!, 'utf8')).toContain('  file: "b-personas.csv"\n');
    writeFileSync(path.join(folder, 'c-personas.csv'), '');
    expect(() => writeTemplate('retest', path.join(folder, 'c.yaml'), {})).toThrow(
      /c-personas\.csv already exists/,
    );
    expect(existsSync(path.join(folder, 'c.yaml'))).toBe(false);
  });
});
