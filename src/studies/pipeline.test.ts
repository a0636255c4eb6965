import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LONG, SPANISH, TRUST } from '../../test/support/trust.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { planStudy, warningsOf } from './pipeline.ts';
import { readStudy } from './study-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function studyOf(...instruments: readonly { readonly slug: string; readonly language: string }[]) {
  const files = instruments.map((definition) => {
    const name = `${definition.slug}-${definition.language}.json`;
    writeFileSync(path.join(folder, name), JSON.stringify(definition));
    return `{ instrument: ${name} }`;
  });
  const file = path.join(folder, 'study.yaml');
  const lines = [
    'name: tiny',
    'models: [sim-gpt4o]',
    'conditions: [Base]',
    'max_personas: 2',
    `questionnaires: [${files.join(', ')}]`,
  ];
  writeFileSync(file, lines.join('\n'));
  return readStudy(file);
}

const configOf = (maxTokens: number): Config => ({
  ...loadConfig({}, {}, folder),
  models: { 'sim-gpt4o': { parameters: { max_tokens: maxTokens } } },
});

test('a plan tells two languages of a questionnaire apart', async () => {
  const steps = await planStudy(studyOf(TRUST, SPANISH), configOf(1000));
  expect(steps.map(({ step }) => step)).toEqual(['personas', 'trust', 'trust (es)']);
});

test.each([
  ['sheets', 'conditions: [Base]\nmax_personas: 2', [2, 2, 40]],
  ['rows of its own', 'personas: { file: rows.csv }', [2, 40]],
])('a plan of %s counts the calls that a questionnaire is asked in', async (_, whom, calls) => {
  writeFileSync(path.join(folder, 'rows.csv'), 'description\n"I am Ana."\n"I am Paul."\n');
  const file = path.join(folder, 'parts.yaml');
  writeFileSync(
    file,
    `name: parts\nmodels: [sim-gpt4o]\n${whom}\nquestionnaires: [miniipip]\nadministration: { items_per_call: [all, 1] }\n`,
  );
  const steps = await planStudy(readStudy(file), configOf(1000));
  expect(steps.map((one) => one.calls)).toEqual(calls);
  expect(new Set(steps.map(({ tasks }) => tasks))).toEqual(new Set([2]));
});

test('a questionnaire whose reply cannot fit is refused before a persona is written, one whose reply may not fit is warned of', async () => {
  const study = studyOf(LONG, TRUST);
  await expect(planStudy(study, configOf(1201))).rejects.toThrow(
    /at least 1,202 tokens, but sim-gpt4o may write only 1,201/,
  );
  await expect(planStudy(study, configOf(1202))).resolves.toHaveLength(3);
  expect(warningsOf(study, configOf(1202))).toEqual([
    expect.stringMatching(/300 items of long300 may take 2,822 tokens/),
  ]);
  expect(warningsOf(study, configOf(2822))).toEqual([]);
});
