import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { connect } from '../../src/db/connect.ts';
import { type Ended, freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';

/** A place in which a user of the server works. */
type Where = Pick<Place, 'database' | 'schema' | 'folder'>;

const administrator = {
  database: { kind: 'postgres', url: inject('postgres') } as const,
  schema: 'any',
};

async function asAdministrator(...statements: string[]): Promise<void> {
  await using database = await connect(administrator);
  for (const statement of statements) await sql.raw(statement).execute(database.db);
}

/** Users of the server who may do nothing yet; they and what they own are gone after the test. */
async function makeUsers(...names: string[]): Promise<string[]> {
  const users = names.map((name) => `u_${name}_${randomBytes(4).toString('hex')}`);
  await asAdministrator(...users.map((user) => `create role ${user} login`));
  onTestFinished(() =>
    asAdministrator(
      ...users.flatMap((user) => [`drop owned by ${user} cascade`, `drop role ${user}`]),
    ),
  );
  return users;
}

function as(user: string, place: Where): Where {
  const url = new URL(inject('postgres'));
  url.username = user;
  return { ...place, database: { kind: 'postgres', url: url.href } };
}

const personas = (place: Where, ...args: string[]): Promise<Ended> =>
  runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });

async function succeed(place: Where, ...commands: string[]): Promise<void> {
  for (const command of commands) {
    const ended = await personas(place, ...command.split(' '));
    expect(ended, command).toMatchObject({ code: 0 });
    expect(ended.stderr, command).not.toMatch(/denied|trouble/);
  }
}

/** What doctor finds of the rights of a user, and the lines for psql in its advice. */
async function rights(place: Where): Promise<{ level: string; fact: string; lines: string }> {
  const { stdout } = await personas(place, 'doctor', '--offline', '--json');
  const { checks } = JSON.parse(stdout) as {
    checks: { check: string; level: string; fact: string; advice: string | null }[];
  };
  const { level, fact, advice } = checks.find((one) => one.check === 'rights')!;
  return { level, fact, lines: advice?.split('in psql: ')[1] ?? '' };
}

const STUDY = [
  'seed-ref-pop',
  'generate-personas --model sim-gpt4o --max-personas 2',
  'register-experiments --questionnaire epqra --model sim-gpt4o --population generated_sim-gpt4o_synthetic826',
  'run-experiments',
];

describe('users of one server', () => {
  test('who follow the advice of doctor can do all that a study needs, and the owner still can', async () => {
    await using place = freshPlace('postgres');
    const [second] = await makeUsers('second');
    const theirs = as(second!, place);
    await succeed(place, 'init-db');

    const refused = await personas(theirs, 'status');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /lacks a permission: permission denied.*personas doctor.*grant usage on schema/s,
    );
    expect(refused.stderr).not.toMatch(/unexpected/);
    const before = await rights(theirs);
    expect(before.level).toBe('fail');
    await asAdministrator(before.lines);
    expect(await rights(theirs)).toMatchObject({ level: 'ok' });

    await succeed(
      theirs,
      ...STUDY,
      `analyze --out ${path.join(place.folder, 'results')}`,
      'export backup',
      'import backup --replace',
    );
    await succeed(place, 'generate-personas --model sim-gpt4o --max-personas 3', 'init-db');
    await succeed(theirs, 'status', 'groups');
  });

  test('each lack of a right has its own advice, which is enough', async () => {
    await using place = freshPlace('postgres');
    const [second] = await makeUsers('second');
    const theirs = as(second!, place);
    await succeed(place, 'init-db');
    await asAdministrator((await rights(theirs)).lines);
    const { schema } = place;
    for (const taken of [
      `revoke update on all sequences in schema ${schema} from ${second}`,
      `revoke usage on schema ${schema}__jobs from ${second}`,
      `revoke insert on ${schema}__jobs.queue from ${second}`,
      `revoke delete on ${schema}.personas from ${second}`,
      `revoke select on ${schema}.scored_answers from ${second}`,
    ]) {
      await asAdministrator(taken);
      const found = await rights(theirs);
      expect(found, taken).toMatchObject({ level: 'fail' });
      await asAdministrator(found.lines);
      expect(await rights(theirs), taken).toMatchObject({ level: 'ok' });
    }
  });

  test('nobody but the owner of a study makes its queue, which the others could not use', async () => {
    await using place = freshPlace('postgres');
    const [second] = await makeUsers('second');
    const theirs = as(second!, place);
    await succeed(place, 'init-db');
    await asAdministrator(
      (await rights(theirs)).lines,
      `drop schema ${place.schema}__jobs cascade`,
    );
    const run = await personas(theirs, 'run-experiments');
    expect(run).toMatchObject({ code: 2 });
    expect(run.stderr).toMatch(
      /queue.* is not set up, and the tables of the study belong to "postgres".*personas init-db --schema/s,
    );
    await succeed(place, 'init-db', 'run-experiments');
    await asAdministrator((await rights(theirs)).lines);
    await succeed(theirs, 'run-experiments');
  });

  test('who share a role as the guide says need no grants at all', async () => {
    await using place = freshPlace('postgres');
    const [lab, first, second] = await makeUsers('lab', 'first', 'second');
    await asAdministrator(
      `grant ${lab} to ${first}, ${second}`,
      `create schema ${place.schema} authorization ${lab}`,
      `create schema ${place.schema}__jobs authorization ${lab}`,
      `alter role ${first} in database postgres set role ${lab}`,
      `alter role ${second} in database postgres set role ${lab}`,
    );
    await succeed(as(first!, place), 'init-db');
    await succeed(as(second!, place), ...STUDY);
    await succeed(
      as(first!, place),
      'generate-personas --model sim-gpt4o --max-personas 3',
      'run-experiments',
    );
  });
});

describe('a user who may not make schemas', () => {
  test('works in those that were made for him', async () => {
    await using place = freshPlace('postgres');
    const [user] = await makeUsers('guest');
    const mine = as(user!, place);
    const refused = await personas(mine, 'init-db');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toMatch(
      /may not create the schema .* in the database "postgres"\nAsk an administrator to create both/,
    );
    const { level, lines } = await rights(mine);
    expect(level).toBe('fail');
    expect(refused.stderr).toContain(lines);
    await asAdministrator(lines);
    expect(await rights(mine)).toMatchObject({ level: 'ok' });
    await succeed(mine, 'init-db', ...STUDY);
  });

  test('hears which right is missing in a schema that is somebody else’s', async () => {
    await using place = freshPlace('postgres');
    const [user] = await makeUsers('guest');
    await asAdministrator(`create schema ${place.schema}`, `create schema ${place.schema}__jobs`);
    const mine = as(user!, place);
    const refused = await personas(mine, 'init-db');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain(
      `may not create tables in the schema "${place.schema}"\nAsk an administrator to run`,
    );
    const { level, lines } = await rights(mine);
    expect(level).toBe('fail');
    expect(refused.stderr).toContain(lines);
    await asAdministrator(lines);
    expect(await rights(mine)).toMatchObject({ level: 'ok' });
    await succeed(mine, 'init-db', 'run-experiments');
  });

  test('sees the list of schemas, those included that he may not read', async () => {
    await using place = freshPlace('postgres');
    const [user] = await makeUsers('guest');
    await asAdministrator(
      `create schema ${place.schema} authorization ${user}`,
      `create schema ${place.schema}__jobs authorization ${user}`,
    );
    await using other = freshPlace('postgres');
    await succeed(other, 'init-db');
    const mine = as(user!, place);
    await succeed(mine, 'init-db');
    const { stdout } = await personas(mine, 'schemas', 'list', '--json');
    const listed = JSON.parse(stdout) as {
      schema: string;
      state: string;
      personas: number | null;
    }[];
    expect(listed.find((one) => one.schema === place.schema)).toMatchObject({
      state: 'current',
      personas: 0,
    });
    expect(listed.find((one) => one.schema === other.schema)).toMatchObject({
      state: 'no access',
      personas: null,
    });
  });
});

test('a run where nothing can be written says that it is a standby or a user who may only read', async () => {
  await using place = freshPlace('postgres');
  await succeed(place, 'init-db');
  const [reader] = await makeUsers('reader');
  await asAdministrator(
    `alter role ${reader} superuser`,
    `alter role ${reader} set default_transaction_read_only = on`,
  );
  const theirs = as(reader!, place);
  await succeed(theirs, 'status');
  const run = await personas(theirs, 'run-experiments');
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr).toMatch(
    /is read-only.*standby of another server, or this user may only read.*primary server/s,
  );
  expect(await rights(theirs)).toMatchObject({
    level: 'fail',
    fact: expect.stringContaining('default_transaction_read_only'),
  });
});
