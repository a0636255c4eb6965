import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importPersonas } from '../../src/dataset/import/personas.ts';
import type { Database } from '../../src/db/connect.ts';
import { loadVocabulary, UNMAPPED } from '../../src/personas/demographics/clean.ts';
import {
  countCategories,
  listUnmappedValues,
  recleanPersonas,
} from '../../src/personas/demographics/clean-store.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { generate, personalityIn, personaReply, seedFew } from '../support/persona.ts';
import { temporaryFolder } from '../support/study.ts';

/** Longer than the column `occupation_original`, and unknown to every rule to its last word. */
const LONG = `Zxqvist ${'wrbl '.repeat(60)}qqzz`;

/**
 * The program's own vocabulary and one more rule: who says "zxqv" is of the category that it has
 * for others.
 */
function extendedVocabulary() {
  const source = JSON.parse(
    readFileSync(new URL('../../data/demographics.json', import.meta.url), 'utf8'),
  ) as {
    version: string;
    fields: { gender: { rounds: { rules: { category: string; any: string[] }[] }[] } };
  };
  source.version = 'extended';
  source.fields.gender.rounds[0]!.rules.push({ category: 'other', any: ['zxqv'] });
  return loadVocabulary(JSON.stringify(source), 'extended.json');
}

describe.each(DATABASES)('demographics of stored personas (%s)', (kind) => {
  let database: Database;
  beforeEach(async () => {
    database = await testDatabase(kind);
    const said = new Map([
      [10, { gender: 'Zxqv', occupation: LONG }],
      [20, { gender: 'Zxqv' }],
      [30, { gender: 'Wrbl' }],
    ]);
    const sheets = await seedFew(database, 4);
    await using server = await MisbehavingServer.start((request) =>
      says(personaReply('x', said.get(personalityIn(request, sheets)) ?? {})),
    );
    expect((await generate(database, server.openaiBaseUrl)).summary).toMatchObject({
      succeeded: 4,
      failed: 0,
    });
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const personas = () =>
    database.db.selectFrom('personas').selectAll().orderBy('ref_personality_id').execute();
  const details = () =>
    database.db.selectFrom('persona_details').selectAll().orderBy('persona_id').execute();
  const importCsv = async (text: string) => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'personas.csv');
    writeFileSync(file, text);
    await importPersonas(database, file);
  };

  test('what no rule knows is listed, the most frequent first, whole where it was cut', async () => {
    expect(await listUnmappedValues(database, 10)).toEqual([
      { field: 'gender', raw: 'Zxqv', personas: 2 },
      { field: 'gender', raw: 'Wrbl', personas: 1 },
      { field: 'occupation', raw: LONG, personas: 1 },
    ]);
    expect(await listUnmappedValues(database, 1)).toEqual([
      { field: 'gender', raw: 'Zxqv', personas: 2 },
      { field: 'occupation', raw: LONG, personas: 1 },
    ]);
    expect((await personas())[0]!.occupation_original).toBe(LONG.slice(0, 255));
  });

  test('categories are counted by field', async () => {
    const counted = await countCategories(database);
    expect(counted.filter((one) => one.field === 'gender')).toEqual([
      { field: 'gender', category: UNMAPPED, personas: 3 },
      { field: 'gender', category: 'female', personas: 1 },
    ]);
    expect(counted.filter((one) => one.field === 'race')).toEqual([
      { field: 'race', category: 'White', personas: 4 },
    ]);
  });

  test('cleaning again by another vocabulary changes categories and nothing else', async () => {
    const before = await personas();
    const texts = await database.db.selectFrom('persona_texts').selectAll().execute();
    const unchanged = loadVocabulary();
    expect(await recleanPersonas(database, unchanged)).toEqual({ personas: 4, changed: 0 });
    expect(await personas()).toEqual(before);

    const extended = extendedVocabulary();
    expect(await recleanPersonas(database, extended)).toEqual({ personas: 4, changed: 2 });
    expect(await personas()).toEqual(
      before.map((row) => (row.gender_original === 'Zxqv' ? { ...row, gender: 'other' } : row)),
    );
    expect(await database.db.selectFrom('persona_texts').selectAll().execute()).toEqual(texts);
    expect((await details()).map((row) => row.vocabulary_sha256)).toEqual(
      Array(4).fill(extended.sha256),
    );
    expect((await listUnmappedValues(database, 10)).map((one) => one.raw)).toEqual(['Wrbl', LONG]);

    expect(await recleanPersonas(database, extended)).toEqual({ personas: 4, changed: 0 });
    expect(await recleanPersonas(database, unchanged)).toEqual({ personas: 4, changed: 2 });
    expect(await personas()).toEqual(before);
  });

  test('categories that were imported stay; raw values that nobody cleaned are cleaned', async () => {
    await importCsv(
      [
        'ref_personality_id,population,model,description,gender_original,gender,race_original',
        '101,mine,gpt4o,Cleaned by hand,Zxqv,male,Caucasian',
        '102,mine,gpt4o,Raw as it came,Woman,,Caucasian',
        '103,mine,gpt4o,Nothing but a description,,,',
      ].join('\n'),
    );
    const byHand = (await personas()).find((row) => row.ref_personality_id === 101);
    expect(byHand).toMatchObject({ gender: 'male', race: null });
    const { personas: looked } = await recleanPersonas(database, loadVocabulary());
    expect(looked).toBe(5);
    const after = await personas();
    expect(after.find((row) => row.ref_personality_id === 101)).toEqual(byHand);
    expect(after.find((row) => row.ref_personality_id === 102)).toMatchObject({
      gender_original: 'Woman',
      gender: 'female',
      race: 'White',
    });
    expect(after.find((row) => row.ref_personality_id === 103)).toMatchObject({
      gender_original: null,
      gender: null,
      description: 'Nothing but a description',
    });
  });
});
