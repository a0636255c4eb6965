/** Where the database is: a server, a folder, or this process's memory. */
import path from 'node:path';
import { UserError } from '../errors.ts';
import {
  hostInUrl,
  looksLikeAddress,
  normaliseServerUrl,
  SSL_MODES,
  unknownSslMode,
} from '../server-url.ts';
import type { Settings } from './schema.ts';

/** Where a value came from, e.g. `{ source: 'environment', name: 'DATABASE_URL' }`. */
export interface Origin {
  readonly source: 'flag' | 'environment' | 'file' | 'default';
  /** The flag, the variable, or `file:line`; empty for defaults. */
  readonly name: string;
}

/**
 * A server, or a folder in which the embedded database lives; `memory` lasts as long as the
 * process.
 */
export type DatabaseLocation =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'embedded'; readonly folder: string }
  | { readonly kind: 'memory' };

export const DEFAULT_FOLDER = '.personas';

const URL_FORM =
  'Write postgres://user@host:5432/name; rewrite keywords such as "host=… dbname=…" in this form. Set the password in PGPASSWORD or a PGPASSFILE, or write user:password with special characters percent-encoded.';

export function chooseDatabase(
  flag: string | undefined,
  pg: Settings['pg'],
  folder: string,
  origins: Map<string, Origin>,
): DatabaseLocation {
  if (flag !== undefined) {
    origins.set('database', { source: 'flag', name: '--database' });
    if (flag === 'memory' || flag === ':memory:') return { kind: 'memory' };
    if (/^postgres(ql)?:/i.test(flag))
      return { kind: 'postgres', url: checkUrl(flag, '--database') };
    if (flag === '' || looksLikeAddress(flag)) {
      // Not shown: it may hold a password.
      throw new UserError('--database: neither a postgres:// URL nor a folder', {
        code: 'database-option-invalid',
        hint: `${URL_FORM} For the embedded database, pass a folder (write ./NAME if the name looks like an address).`,
      });
    }
    return { kind: 'embedded', folder: path.resolve(folder, flag) };
  }
  if (pg.url !== undefined) {
    const origin = origins.get('pg.url') ?? { source: 'file', name: '' };
    origins.set('database', origin);
    return { kind: 'postgres', url: checkUrl(pg.url, origin.name) };
  }
  if (pg.host !== undefined || pg.database !== undefined) {
    origins.set(
      'database',
      origins.get(pg.host === undefined ? 'pg.database' : 'pg.host') ?? {
        source: 'file',
        name: '',
      },
    );
    const url = URL.parse(`postgres://${hostInUrl(pg.host ?? 'localhost')}`);
    if (url === null || url.pathname !== '') {
      throw new UserError(
        `${origins.get('pg.host')?.name ?? 'pg.host'}: "pg.host" is not a valid host`,
        {
          code: 'database-host-invalid',
          hint: 'Use a host name, an address, or the folder of a socket such as /run/postgresql.',
        },
      );
    }
    url.port = String(pg.port ?? 5432);
    url.username = encodeURIComponent(pg.user ?? '');
    url.password = encodeURIComponent(pg.password ?? '');
    url.pathname = `/${encodeURIComponent(pg.database ?? 'postgres')}`;
    if (pg.ssl === true) url.searchParams.set('sslmode', 'verify-full');
    return { kind: 'postgres', url: url.href };
  }
  origins.set('database', { source: 'default', name: '' });
  return { kind: 'embedded', folder: path.resolve(folder, DEFAULT_FOLDER) };
}

function checkUrl(text: string, from: string): string {
  const url = normaliseServerUrl(text);
  const mode = unknownSslMode(url);
  if (mode !== null) {
    throw new UserError(`${from}: unknown sslmode=${mode} in the database URL`, {
      code: 'database-url-invalid',
      hint: `Use one of ${SSL_MODES.join(', ')}.`,
    });
  }
  if (url !== null) return url;
  throw new UserError(
    `${from}: the database URL cannot be read (it must start with postgres:// and be a valid URL)`,
    {
      code: 'database-url-invalid',
      hint: URL_FORM,
    },
  );
}

/** A database location as it may be shown: without the password. */
export function describeLocation(location: DatabaseLocation): string {
  if (location.kind === 'memory') return 'embedded, in memory';
  if (location.kind === 'embedded') return `embedded, in ${location.folder}`;
  try {
    const url = new URL(location.url);
    if (url.password !== '') url.password = '***';
    for (const name of [...url.searchParams.keys()])
      if (/password|key/i.test(name)) url.searchParams.set(name, '***');
    return url.href;
  } catch {
    return 'postgres (unreadable URL)';
  }
}
