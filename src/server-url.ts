/** URLs of PostgreSQL servers, as people write them and as the driver takes them. */

const CHECKED_MODES: ReadonlySet<string> = new Set(['prefer', 'require', 'verify-ca']);

export const SSL_MODES = [
  'disable',
  'no-verify',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const;

/**
 * The mode of encryption that a URL asks for, where no such mode exists: the driver would take it
 * for the strictest.
 */
export function unknownSslMode(url: string | null): string | null {
  const mode = url === null ? null : (URL.parse(url)?.searchParams.get('sslmode') ?? null);
  return mode === null || (SSL_MODES as readonly string[]).includes(mode) ? null : mode;
}

/**
 * A host as it stands in a URL: the folder of a socket has its slashes encoded, an address with
 * colons has brackets.
 */
export function hostInUrl(host: string): string {
  if (host.startsWith('/')) return encodeURIComponent(host);
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/**
 * The same server in a form that every reader of URLs understands: a socket folder, which libpq
 * writes as `?host=/run/postgresql` with an empty host before it, stands percent-encoded in the
 * place of the host.
 * @returns null for what is no URL of a PostgreSQL server
 */
export function normaliseServerUrl(text: string): string | null {
  if (!/^postgres(ql)?:\/\//i.test(text)) return null;
  const [, before = '', after = ''] = /^(\w+:\/\/(?:[^/?#@]*@)?)(?=\/|\?|$)(.*)$/s.exec(text) ?? [];
  const parsed = URL.parse(before === '' ? text : `${before}localhost${after}`);
  const socket = parsed?.searchParams.get('host') ?? '';
  if (parsed === null) return null;
  if (!socket.startsWith('/')) return URL.canParse(text) ? text : null;
  parsed.searchParams.delete('host');
  const port = parsed.searchParams.get('port');
  parsed.searchParams.delete('port');
  parsed.hostname = hostInUrl(socket);
  if (port !== null) parsed.port = port;
  return parsed.href;
}

/**
 * For the driver, which checks a server's certificate and name whenever a mode demands encryption,
 * and warns of that in seven lines unless the mode is called `verify-full`. With a root
 * certificate, `verify-ca` is what libpq means by it.
 */
export function urlForDriver(url: string): string {
  const parsed = URL.parse(url);
  const mode = parsed?.searchParams.get('sslmode') ?? null;
  if (
    parsed === null ||
    mode === null ||
    !CHECKED_MODES.has(mode) ||
    parsed.searchParams.get('uselibpqcompat') === 'true'
  )
    return url;
  if (mode === 'verify-ca' && parsed.searchParams.has('sslrootcert'))
    parsed.searchParams.set('uselibpqcompat', 'true');
  else parsed.searchParams.set('sslmode', 'verify-full');
  return parsed.href;
}

/**
 * Whether a text looks like the address of a database, with a password in it perhaps, in a form
 * that is not a `postgres://` URL: libpq's `host=… password=…`, ODBC's and .NET's
 * `Server=…;Pwd=…`, JDBC, another database, a URL without its beginning. It must not be taken for a
 * folder, nor shown.
 */
export function looksLikeAddress(text: string): boolean {
  if (text.includes('://')) return true;
  if (/^[./~]|^[a-z]:\\/i.test(text)) return false;
  const keywords =
    /(^|[\s;,&])(host|hostaddr|server|driver|dsn|port|dbname|database|user|user id|username|uid|password|pwd|passfile|service|ssl ?mode|sslrootcert|sslpassword|connect_timeout|options)\s*=/i;
  return (
    keywords.test(text) || /^[^/\\]*:[^/\\]*@/.test(text) || /^(jdbc|postgres(ql)?):/i.test(text)
  );
}
