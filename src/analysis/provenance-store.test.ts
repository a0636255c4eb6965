import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { DATABASES, testDatabase } from '../../test/support/database.ts';
import { seedFew } from '../../test/support/persona.ts';
import { loadSelfTest } from '../../test/support/self-test.ts';
import { EPQRA, importLines, people, register } from '../../test/support/study.ts';
import { readProvenance } from './provenance-store.ts';

const programVersion = '1.2.3';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe.each(DATABASES)('provenance on the %s database', (kind) => {
  test('of an empty schema is empty', async () => {
    await using database = await testDatabase(kind);
    expect(await readProvenance(database, { programVersion })).toEqual({
      programVersion,
      database: expect.stringMatching(
        kind === 'embedded' ? /^embedded, PostgreSQL \d+/ : /^server, PostgreSQL \d+/,
      ),
      studyFile: null,
      reference: null,
      instruments: [],
      groups: [],
      generations: [],
      imported: [],
      firstCall: null,
      lastCall: null,
      calls: 0,
      unverifiedCalls: 0,
      inputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      costUsd: null,
    });
  });

  test('no folder of this computer is in it, whichever version stored the path', async () => {
    await using database = await testDatabase(kind);
    await importLines(database, people('p', 2));
    for (const path of ['/home/someone/study/people.csv', 'C:\\Users\\someone\\people.csv']) {
      await sql`update ${database.t.persona_details} set source = ${path}`.execute(database.db);
      const { imported } = await readProvenance(database, { programVersion });
      expect(imported).toEqual([{ source: 'people.csv', personas: 2 }]);
    }
    const address = 'https://example.org/data/people.csv';
    await sql`update ${database.t.persona_details} set source = ${address}`.execute(database.db);
    const { imported } = await readProvenance(database, { programVersion });
    expect(imported).toEqual([{ source: address, personas: 2 }]);
  });

  test('of an imported dataset is what its rows tell', async () => {
    await using database = await testDatabase(kind);
    await loadSelfTest(database);
    const provenance = await readProvenance(database, { programVersion });
    expect(provenance.reference).toMatchObject({
      origin: 'imported',
      instrument: 'epqra',
      sheets: 40,
      seed: null,
    });
    expect(provenance.groups).toHaveLength(22);
    expect(provenance.imported.reduce((sum, { personas }) => sum + personas, 0)).toBe(4000);
    // The published calls count tokens under the provider's names, and never tell a price.
    expect(provenance).toMatchObject({
      calls: 30,
      inputTokens: 7197,
      outputTokens: 1724,
      costUsd: null,
      generations: [],
      studyFile: null,
    });
    expect(provenance.firstCall).toBe('2025-03-12T10:33:24.457Z');

    const { rows } = await sql<{ role: string; prompt: string }>`
      select system_role as role, base_prompt as prompt from ${database.t.experiments_groups} where experiments_group_id = 308`.execute(
      database.db,
    );
    const [group, ...others] = (await readProvenance(database, { programVersion, groups: [308] }))
      .groups;
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      groupId: 308,
      questionnaire: 'epqra',
      language: 'en',
      model: 'GPT-4o',
      modelId: 'gpt-4o-2024-11-20',
      provider: 'openai',
      temperature: 1,
      systemRoleSha256: sha256(rows[0]!.role),
      promptSha256: sha256(rows[0]!.prompt),
      seed: null,
      parameters: null,
      experiments: 40,
      succeeded: 40,
      simulated: false,
    });
    expect(await readProvenance(database, { programVersion, rows: 'simulated' })).toMatchObject({
      groups: [],
      imported: [],
      calls: 0,
    });
  });

  test('of groups registered here holds their wording, parameters, instrument and commit', async () => {
    await using database = await testDatabase(kind);
    await importLines(database, [...people('one', 2), ...people('two', 3)]);
    const { groups } = await register(database, ['one'], { repoSha: 'abc-dirty' });
    await register(database, ['two']);
    const all = await readProvenance(database, { programVersion });
    expect(all.groups.map(({ experiments, repoShas }) => [experiments, repoShas])).toEqual([
      [2, ['abc-dirty']],
      [3, ['unknown']],
    ]);
    expect(all.groups[0]).toMatchObject({
      model: 'GPT-4o (simulated)',
      provider: 'simulated',
      simulated: true,
    });
    expect(all.groups[0]!.seed).toEqual(expect.any(Number));
    expect(all.groups[0]!.parameters).not.toBeNull();
    expect(all.instruments).toEqual([
      expect.objectContaining({
        slug: 'epqra',
        language: 'en',
        sha256: all.groups[0]!.instrumentSha256,
        citation: EPQRA.citation,
      }),
    ]);
    const one = await readProvenance(database, { programVersion, groups: [groups[0]!.groupId!] });
    expect(one.groups).toHaveLength(1);
    expect(one.imported.map(({ personas }) => personas)).toEqual([2]);
    expect((await readProvenance(database, { programVersion, rows: 'real' })).groups).toEqual([]);
  });

  test('of calls and of personas written here', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    await seedFew(database, 2);
    await importLines(database, people('written', 2));
    await register(database, ['written']);
    await sql`insert into ${t.populations} values ('written', 'written', 'Base', 'few')`.execute(
      db,
    );
    await sql`insert into ${t.generation_groups} (model_name, model_provider, model, condition, population, reference, reference_sha256, system_role, prompt, parameters, seed, repo_sha)
      values ('gpt4o', 'openai', 'gpt-4o', 'Base', 'written', 'few', repeat('0', 64), 'Write.', 'Sheet:', '{}', 9007199254740, 'abc')`.execute(
      db,
    );
    await sql`insert into ${t.generations} (generation_group_id, personality_id, draw, persona_id, succeeded, origin, shuffle_key)
      select 1, 10, row_number() over (order by id), id, true, 'model', id from ${t.personas}`.execute(
      db,
    );
    await sql`insert into ${t.generations} (generation_group_id, personality_id, draw, origin, shuffle_key) values (1, 20, 3, 'model', 9)`.execute(
      db,
    );
    await sql`insert into ${t.experiment_request_metadata} (created, experiment_id, request_metadata)
      select timestamp '2026-01-02 03:04:05.678' + n * interval '1 day', min(experiment_id), m::jsonb
      from ${t.experiments_list}, (values (0, '{"usage": {"input_tokens": 10, "output_tokens": 5, "reasoning_tokens": 2}, "cost_usd": 0.5}'),
        (1, '{"usage": null, "cost_usd": null}'), (2, '{"usage": {"input_tokens": "many"}, "cost_usd": 0.25}')) as calls (n, m) group by n, m`.execute(
      db,
    );
    const provenance = await readProvenance(database, { programVersion });
    expect(provenance).toMatchObject({
      firstCall: '2026-01-02T03:04:05.678Z',
      lastCall: '2026-01-04T03:04:05.678Z',
      calls: 3,
      inputTokens: 10,
      outputTokens: 5,
      reasoningTokens: 2,
      costUsd: 0.75,
    });
    expect(provenance.reference).toMatchObject({ name: 'few', origin: 'imported', sheets: 2 });
    expect(provenance.generations).toEqual([
      {
        population: 'written',
        model: 'gpt-4o',
        modelId: 'gpt-4o',
        provider: 'openai',
        condition: 'Base',
        temperature: null,
        topP: null,
        seed: 9_007_199_254_740,
        systemRoleSha256: sha256('Write.'),
        promptSha256: sha256('Sheet:'),
        personas: 2,
        draws: 2,
        repoSha: 'abc',
      },
    ]);
  });
});
