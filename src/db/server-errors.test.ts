import { expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { checkSchemaName } from './schema/name.ts';
import { expected, type ServerRefusal } from './server-errors.ts';

const asker = { user: 'role_b', schema: checkSchemaName('team') };
const refusal = (code: string) => Object.assign(new Error('said by the server'), { code });

test('a right that is missing: the grants to ask for, on the schema that the statement was about and its queue', () => {
  const error = expected(
    refusal('42501'),
    asker,
    'insert into "other"."personas" values (1)',
  ) as ServerRefusal;
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    code: 'permission-denied',
    sqlState: '42501',
    message: 'The user "role_b" lacks a permission: said by the server',
  });
  for (const line of [
    'grant usage on schema "other", "other__jobs" to "role_b";',
    'grant all on all tables in schema "other", "other__jobs" to "role_b";',
    'grant all on all sequences in schema "other", "other__jobs" to "role_b";',
  ])
    expect(error.hint).toContain(line);
  const ofQueue = expected(refusal('42501'), asker, 'delete from team__jobs.job') as UserError;
  expect(ofQueue.hint).toContain('on schema "team", "team__jobs"');
});

test.each(['25006', '55P03', '57014', '57P01', '57P05', '25P03'])(
  '%s is explained and keeps its SQLSTATE',
  (code) => {
    expect(expected(refusal(code), asker, '')).toMatchObject({
      name: 'UserError',
      sqlState: code,
      exitCode: 1,
    });
  },
);

test('anything else stays what it is', () => {
  for (const error of [
    refusal('23505'),
    new Error('no code'),
    'no error',
    new UserError('known', { code: 'known-error', hint: 'x' }),
  ])
    expect(expected(error, asker, '')).toBe(error);
});
