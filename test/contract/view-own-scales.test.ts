import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { storeOwnPersonas } from '../../src/personas/own/own-store.ts';
import { startViewServer } from '../../src/view/server.ts';
import { testDatabase } from '../support/database.ts';
import { register } from '../support/study.ts';

const CARE = parseInstrument(
  JSON.stringify({
    ...{ format: 2, slug: 'care', title: 'Care', language: 'en' },
    ...{ citation: 'None.', licence: 'Public domain.', instructions: 'Judge.' },
    answers: [
      {
        id: 'agree',
        options: [1, 2, 3].map((value) => ({ value, label: `Label ${value}` })),
      },
    ],
    blocks: [
      {
        answers: 'agree',
        items: [1, 2, 3].map((number) => ({ id: `c${number}`, text: `Item ${number}.` })),
      },
    ],
    scales: [
      { id: 'warm', name: 'Warmth', score: 'mean', items: ['c1', 'c2'] },
      { id: 'able', name: 'Ability', score: 'mean', items: ['c3'] },
      { id: 'all', name: 'Evaluation', score: 'mean', of: ['warm', 'able'] },
    ],
  }),
  'care',
);

test('every page of the viewer shows a study whose scales are made of scales', async () => {
  await using database = await testDatabase('embedded');
  await storeOwnPersonas(database, {
    personas: [1, 2].map((row) => ({
      ...{ case: row, condition: 'plain', columns: { name: `Case ${row}` }, weight: 1 },
      description: `I am case ${row}.`,
    })),
    ...{ models: ['sim-gpt4o'], repetitions: 1, source: 'cases.csv' },
  });
  await register(database, ['plain'], { instrument: CARE, models: ['sim-gpt4o'], seed: 1 });
  const config = loadConfig({}, {}, tmpdir());
  await runPendingExperiments(database, config);
  await using server = await startViewServer(database, config);
  const headers = {
    cookie: (await fetch(server.url, { redirect: 'manual' })).headers.get('set-cookie')!,
  };
  const get = (address: string) => fetch(new URL(address, server.url), { headers });
  const one = await (await get('/administrations/1')).text();
  expect(one).toMatch(/Evaluation \(all\)<\/th>.*<td>1 to 3<\/td>/);
  for (const address of ['/', '/administrations', '/personas', '/outcomes', '/tables', '/compare'])
    expect((await get(address)).status, address).toBe(200);
});
