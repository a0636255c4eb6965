import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
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
