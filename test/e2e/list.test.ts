import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { sheet } from '../support/study.ts';
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
