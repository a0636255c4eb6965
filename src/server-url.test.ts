import { describe, expect, test } from 'vitest';
import { loadConfig } from './config/load.ts';
import { describeLocation } from './config/location.ts';
import { normaliseServerUrl, urlForDriver } from './server-url.ts';

const locationOf = (database: string, environment: Readonly<Record<string, string>> = {}) =>
  loadConfig({ config: {}, database }, environment, '/study').database;

describe('an address that is no postgres:// URL', () => {
  test.each([
    'host=db.example.org dbname=studies user=me password=hunter2',
    "password='hunter2' host=db",
    'dbname = x password = hunter2',
    'Server=db.example.org;Database=studies;Password=hunter2',
    'Driver={PostgreSQL Unicode};Uid=me;Pwd=hunter2;',
    'jdbc:postgresql://db/studies?password=hunter2',
    'mysql://me:hunter2@db/studies',
    'postgress://me:hunter2@db/studies',
    'me:hunter2@db.example.org:5432/studies',
    'postgres:me:hunter2@db',
  ])('is no folder, is not shown, and the form to write is: %s', (text) => {
    for (const load of [
      () => locationOf(text),
      () => loadConfig({}, { DATABASE_URL: text }, '/nowhere'),
    ]) {
      expect(load).toThrow(
        expect.objectContaining({
          hint: expect.stringContaining('postgres://user@host:5432/name'),
        }),
      );
      expect(load).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      );
    }
  });

  test.each([
    'study',
    './user=me',
    '/data/user=me host=x',
    '.personas',
    'C:\\studies',
    'a:b',
    '~/x@y',
  ])('is a folder: %s', (text) => {
    expect(locationOf(text)).toMatchObject({ kind: 'embedded' });
  });
});

describe('a URL of a server', () => {
  test.each([
    ['postgres://me@/studies?host=/run/postgresql', 'postgres://me@%2Frun%2Fpostgresql/studies'],
    [
      'postgresql:///studies?host=/run/postgresql&port=5433',
      'postgresql://%2Frun%2Fpostgresql:5433/studies',
    ],
    [
      'postgres://me@localhost/studies?host=/run/postgresql&sslmode=disable',
      'postgres://me@%2Frun%2Fpostgresql/studies?sslmode=disable',
    ],
    [
      'postgres://me@%2Frun%2Fpostgresql:5432/studies',
      'postgres://me@%2Frun%2Fpostgresql:5432/studies',
    ],
    ['postgres://me:p%40ss@db/studies', 'postgres://me:p%40ss@db/studies'],
    ['postgres://me@/studies', null],
    ['host=/run/postgresql', null],
  ])('%s is understood as %s', (text, url) => {
    expect(normaliseServerUrl(text)).toBe(url);
  });

  test.each([
    ['?sslmode=require', '?sslmode=verify-full'],
    ['?sslmode=prefer&application_name=x', '?sslmode=verify-full&application_name=x'],
    ['?sslmode=verify-ca', '?sslmode=verify-full'],
    [
      '?sslmode=verify-ca&sslrootcert=ca.pem',
      '?sslmode=verify-ca&sslrootcert=ca.pem&uselibpqcompat=true',
    ],
    ['?sslmode=require&uselibpqcompat=true', '?sslmode=require&uselibpqcompat=true'],
    ['?sslmode=no-verify', '?sslmode=no-verify'],
    ['', ''],
  ])('%s is given to the driver as %s, of which it does not warn', (given, taken) => {
    expect(urlForDriver(`postgres://me@db/studies${given}`)).toBe(
      `postgres://me@db/studies${taken}`,
    );
  });

  test('with a mode of encryption that does not exist is refused', () => {
    expect(() => locationOf('postgres://me:hunter2@db/studies?sslmode=verify')).toThrow(
      /unknown sslmode=verify in the database URL/,
    );
  });

  test('is made of the parts of a configuration', () => {
    const url = (pg: Record<string, unknown>) =>
      describeLocation(loadConfig({ config: { pg } }, {}, '/study').database);
    expect(url({ host: '/run/postgresql', user: 'me', database: 'studies' })).toBe(
      'postgres://me@%2Frun%2Fpostgresql:5432/studies',
    );
    expect(url({ host: '::1', database: 'studies' })).toBe('postgres://[::1]:5432/studies');
    expect(url({ host: 'db', ssl: true, database: 'studies' })).toBe(
      'postgres://db:5432/studies?sslmode=verify-full',
    );
    expect(() => url({ host: 'no host', database: 'studies' })).toThrow(
      /"pg.host" is not a valid host/,
    );
  });
});
