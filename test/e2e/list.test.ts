import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  PROGRAM_IN_SHELL,
  runPersonas,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { sheet, temporaryFolder } from '../support/study.ts';
import { makeViewedStudy, PERSONS } from '../support/viewed-study.ts';

describe.each(DATABASES)('answers in the terminal (%s)', (kind) => {
  let place: Place;
  beforeAll(async () => {
    place = freshPlace(kind);
    await using database = await openMigrated(place);
    await makeViewedStudy(database);
  });
  afterAll(() => place[Symbol.asyncDispose]());
  const personas = (...args: string[]) => runPersonas([...args, ...optionsFor(place)]);

  test('are listed by outcome, condition and text, with how each reply begins', async () => {
    const { code, stdout } = await personas(
      ...['list', '--outcome', 'refused', '--condition', 'restless', '--text', 'CANNOT'],
    );
    expect(code).toBe(0);
    expect(stdout.match(/I cannot do that/g)).toHaveLength(Math.floor((PERSONS - 1) / 5));
    expect(stdout).not.toContain('\u001b');
  });

  test('are sorted by a score, of which JSON has all', async () => {
    const { stdout } = await personas(
      ...['list', '--scale', 'E', '--sort', 'score', '--desc', '--score-from', '2', '--json'],
    );
    const scores = (JSON.parse(stdout) as { scores: { E: number } }[]).map((row) => row.scores.E);
    expect(scores.length).toBeGreaterThan(1);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(Math.min(...scores)).toBeGreaterThanOrEqual(2);
  });

  test('are not listed by a filter that cannot be read', async () => {
    const { code, stderr } = await personas('list', '--since', 'yesterday');
    expect(code).toBe(2);
    expect(stderr).toContain('--since cannot be read: "yesterday"');
  });

  test.each<[string[], RegExp]>([
    [
      ['--condition', 'restles'],
      /--condition: no .* condition "restles".*Did you mean "restless"\?/s,
    ],
    [['--population', 'clam'], /population "clam".*Did you mean "calm"\?/s],
    [['--model', 'sim-gpt4'], /--model.*Did you mean "sim-gpt4o"\?/s],
    [['--questionnaire', 'epqr'], /questionnaire "epqr".*Did you mean "epqra"\?/s],
    [['--language', 'es'], /language "es".*Available: en\./s],
    [['--group-id', '7'], /group "7".*Available: 1\./s],
    [['--scale', 'Q'], /scale "Q".*Available: .*E/s],
    [['--column', 'mood=1'], /--column: no .* own column "mood"/],
    [['--factor', 'item_ordr=shuffled'], /--factor: no .* way of asking "item_ordr"/],
    [['--column', 'mood'], /--column cannot be read: "mood".*NAME=VALUE/s],
  ])('are not listed by a name that none has: %j', async (filter, message) => {
    const { code, stdout, stderr } = await personas('list', ...filter);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('are neither shown nor exported by a name that none has', async () => {
    const mistyped = ['--condition', 'restles'];
    for (const command of [
      ['show', '1', '--next'],
      ['view', '--export', 'page.html'],
    ]) {
      const { code, stderr } = await personas(...command, ...mistyped);
      expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "restless"?')]);
    }
  });

  test('are listed by the id of a model too, and by names that exist and match nothing', async () => {
    const [row] = JSON.parse((await personas('list', '--limit', '1', '--json')).stdout);
    const { modelId } = row as { modelId: string };
    expect((await personas('list', '--model', modelId, '--limit', '1')).code).toBe(0);
    const none = await personas('list', '--condition', 'calm', '--outcome', 'refused');
    expect([none.code, none.stdout]).toEqual([0, 'No administration matches.\n']);
  });

  test('are headed by their outcome, and by what is to become of them without one', async () => {
    const heading = async (outcome: string) => {
      const [row] = JSON.parse(
        (await personas('list', '--outcome', outcome, '--limit', '1', '--json')).stdout,
      ) as { id: number }[];
      const { stdout } = await personas('show', String(row!.id));
      return /^Experiment \d+ of group 1: (.*)$/m.exec(stdout)?.[1];
    };
    expect(await heading('answered')).toBe('answered');
    expect(await heading('refused')).toBe('refused');
    expect(await heading('truncated')).toBe('truncated, pending');
    expect(await heading('untried')).toBe('pending');
  });

  test('are shown with the scale scores first and the reply as text', async () => {
    const { stdout } = await personas('show', '1');
    const [scores, persona, reply] = ['items answered', 'Persona ', 'reply (--raw'].map((words) =>
      stdout.indexOf(words),
    );
    expect(scores).toBeGreaterThan(0);
    expect(persona).toBeGreaterThan(scores!);
    expect(reply).toBeGreaterThan(persona!);
    expect(stdout).not.toContain('chatcmpl');
    expect((await personas('show', '1', '--raw')).stdout).toContain('"choices"');
  });

  test('are shown one after another in the list of a filter, until its end', async () => {
    const refused = ['--outcome', 'refused', '--json'];
    const idOf = ({ stdout }: { stdout: string }) =>
      (JSON.parse(stdout) as { experiment: { experiment_id: number } }).experiment.experiment_id;
    const first = idOf(await personas('show', '1', '--next', ...refused));
    const second = idOf(await personas('show', String(first), '--next', ...refused));
    expect(second).toBe(first + 5);
    expect(idOf(await personas('show', String(second), '--previous', ...refused))).toBe(first);
    const { code, stderr } = await personas('show', String(first), '--previous', ...refused);
    expect([code, stderr]).toEqual([0, `Experiment ${first} is the first of its list.\n`]);
  });

  test('are shown with the labels of answers, the own columns of the case, and of a study file', async () => {
    {
      await using database = await openMigrated(place);
      await sql`insert into ${database.t.persona_columns} (persona_id, name, value)
        values (1, 'motto', 'Never twice'), (2, 'motto', 'Always twice')`.execute(database.db);
    }
    const file = path.join(place.folder, 'study.yaml');
    writeFileSync(
      file,
      `name: looked at\nschema: ${place.schema}\nmodels: [sim-gpt4o]\nconditions: [Base]\n`,
    );
    const where = optionsFor(place).filter(
      (_, at, all) => all[at] !== '--schema' && all[at - 1] !== '--schema',
    );
    const { code, stdout, stderr } = await runPersonas(['show', '1', file, ...where]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/motto: +Never twice/);
    expect(stdout).toMatch(/^ *1 +1 +\w +(True \(1\)|False \(0\)|True|False)/m);
    expect(stdout).toContain(`The next one: personas show 1 ${file} --next`);
    const { stdout: found } = await personas('list', '--column', 'motto=Always twice', '--json');
    expect((JSON.parse(found) as { id: number }[]).map(({ id }) => id)).toEqual([2]);
    const mistyped = await personas('list', '--column', 'motto=Always twise');
    expect(mistyped.code).toBe(2);
    expect(mistyped.stderr).toContain('Did you mean "Always twice"?');
  });

  test.skipIf(spawnSync('script', ['--version']).error !== undefined)(
    'are shown a screen at a time on a terminal that has less lines, and never in a pipe',
    async () => {
      using tools = temporaryFolder();
      writeFileSync(path.join(tools.path, 'less'), '#!/bin/sh\necho PAGED\ncat\n', { mode: 0o755 });
      const command = ['show', '1', ...optionsFor(place)].map((word) => `'${word}'`).join(' ');
      const env = { ...process.env, PATH: `${tools.path}:${process.env.PATH}` };
      const { stdout } = spawnSync(
        'script',
        ['-qec', `stty rows 20 cols 60; ${PROGRAM_IN_SHELL} ${command}`, '/dev/null'],
        { cwd: place.folder, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      expect(stdout).toContain('PAGED');
      expect(stdout).toContain('Experiment 1 of group');
      expect((await personas('show', '1')).stdout).not.toContain('PAGED');
    },
  );

  test('are on a page of the process that runs the study, if that is wanted', async () => {
    await using server = await MisbehavingServer.start(async (_, index) => {
      if (index === 0) await looked;
      return says(sheet());
    });
    let done = () => {};
    const looked = new Promise<void>((resolve) => {
      done = resolve;
    });
    const run = startPersonas(['run-experiments', '--view', ...optionsFor(place)], {
      cwd: place.folder,
      env: simulatedAt(server.openaiBaseUrl),
    });
    let said = '';
    run.child.stderr!.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await run.says(/is shown on/);
    const url = /http:\S+/.exec(said)![0];
    const cookie = (await fetch(url)).headers.getSetCookie()[0]!.split(';')[0]!;
    const page = await fetch(new URL('/', url), { headers: { cookie } });
    expect(await page.text()).toContain('<h1>Overview</h1>');
    done();
    expect((await run.ended).code).toBe(0);
  });

  test('can be asked for in SQL, which changes nothing', async () => {
    const { stdout } = await personas(
      ...['sql', 'select succeeded, count(*) from experiments_list group by 1 order by 1', '--csv'],
    );
    expect(stdout.trim().split(/\r?\n/)[0]).toBe('succeeded,count');
    const { code, stderr } = await personas('sql', 'delete from scores');
    expect(code).toBe(2);
    expect(stderr).toContain('statement-writes');
  });
});
