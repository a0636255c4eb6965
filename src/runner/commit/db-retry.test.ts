import { expect, test } from 'vitest';
import { ServerRefusal } from '../../db/server-errors.ts';
import { isTransient } from './db-retry.ts';

const withCode = (code: string) => Object.assign(new Error('said by the server'), { code });

test.each([
  ['lock_timeout', '55P03'],
  ['statement_timeout, or a cancelled statement', '57014'],
  ['idle_session_timeout', '57P05'],
  ['idle_in_transaction_session_timeout', '25P03'],
  ['an administrator ends the connection', '57P01'],
  ['a restart', '57P03'],
  ['a deadlock', '40P01'],
  ['too many connections', '53300'],
  ['a connection pool that has no place', '08P01'],
  ['a cut connection', 'ECONNRESET'],
])('%s passes', (_, code) => {
  expect(isTransient(withCode(code))).toBe(true);
  // Explained for whoever waits for one command, it is still the same trouble for a run.
  expect(
    isTransient(
      new ServerRefusal('explained', code, 'some-code', { hint: 'again', cause: new Error() }),
    ),
  ).toBe(true);
});

test.each(['42501', '25006', '23505', '42P01', '22P02'])('%s does not pass', (code) => {
  expect(isTransient(withCode(code))).toBe(false);
});
