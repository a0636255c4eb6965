/**
 * What the adapters share in telling why a call failed: kinds of status codes, how long to wait, and
 * sentences that hold no secret.
 */
import { ProviderError, type ProviderErrorKind } from '../errors.ts';
import { beginning } from '../shorten.ts';

/** Headers of a reply or a request; names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** What a status means by itself. Adapters ask only after the provider's own error code has told them nothing. */
export function kindOfStatus(status: number): ProviderErrorKind {
  if (status === 401 || status === 403) return 'authentication';
  if (status === 402) return 'quota';
  if (status === 404) return 'unknown_model';
  if (status === 429) return 'throttled';
  if (status === 408 || status === 409 || status >= 500) return 'server';
  if (status < 300) return 'protocol';
  return 'bad_request';
}

/** What a table of ours says of a provider's word, which can be any value, and any word, `constructor` among them. */
export function entryOf<V>(table: Readonly<Record<string, V>>, word: unknown): V | undefined {
  return typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** "Too many tokens per day": patience of minutes does not help, unlike with the other throttlings. */
const DAILY = /\bper[- _]?day\b|\bdaily\b|PerDay/i;
/** A day's allowance that comes back bit by bit; the words say when the next bit does. */
const COMES_BACK_SOON = /try again in/i;

/**
 * Whether throttling means that the quota of the day is spent.
 * @param words the provider's own
 * @param headers of the reply; a time to wait in them is to be believed
 */
export function isDailyQuota(words: string, headers: Headers): boolean {
  return DAILY.test(words) && !COMES_BACK_SOON.test(words) && retryAfterMs(headers, 0) === null;
}

/**
 * How long a reply asks to be left alone, in milliseconds, or null when it does not say: `retry-after-ms`, else
 * `retry-after` in seconds or as an HTTP date.
 * @param now milliseconds since 1970, against which a date is read
 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const milliseconds = nonNegative(headers['retry-after-ms']);
  if (milliseconds !== null) return Math.ceil(milliseconds);
  const value = headers['retry-after'];
  const seconds = nonNegative(value);
  if (seconds !== null) return Math.ceil(seconds * 1000);
  // Date.parse takes "-5" for a year; an HTTP date begins with the name of a day.
  const date = value !== undefined && /^[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function nonNegative(value: string | undefined): number | null {
  if (value === undefined || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}

const MESSAGES: Readonly<Record<ProviderErrorKind, string>> = {
  authentication: 'refused the credentials',
  unknown_model: 'does not know the model',
  quota: 'reports that the credit or quota of the account is spent',
  throttled: 'asks to slow down',
  server: 'failed to answer',
  protocol: 'answered with something that is no completion',
  content_filter: 'turned the request away by its content filter',
  bad_request: 'refused the request',
  network: 'could not be reached',
  timeout: 'gave no complete reply in time',
  aborted: 'was not waited for',
};

/**
 * The error of a reply that is no completion.
 * @param detail the provider's own words; trimmed here, and cleared of `secrets`
 */
export function failedReply(
  kind: ProviderErrorKind,
  reply: { readonly provider: string; readonly modelId: string; readonly status: number; readonly headers: Headers },
  detail: string,
  secrets: readonly string[],
): ProviderError {
  const model = kind === 'unknown_model' ? ` ${reply.modelId}` : '';
  // Secrets go first: cut in two by the trimming, one would no longer be recognised. What is far beyond it is not looked at.
  const words = excerpt(withoutSecrets(beginning(detail, EXCERPT_LENGTH * 40), secrets));
  return new ProviderError(kind, `${reply.provider} ${MESSAGES[kind]}${model} (HTTP ${reply.status})${words === '' ? '' : `: ${words}`}`, {
    status: reply.status,
    retryAfterMs: retryAfterMs(reply.headers, Date.now()),
  });
}

const EXCERPT_LENGTH = 300;

/** The beginning of a text on one line. */
export function excerpt(text: string): string {
  // A page of HTML may be megabytes long; what is beyond the excerpt need not be tidied.
  const line = beginning(text, EXCERPT_LENGTH * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= EXCERPT_LENGTH ? line : `${beginning(line, EXCERPT_LENGTH).trimEnd()}…`;
}

/** Headers of a request whose values open doors. */
const SECRET_HEADER = /^(?:authorization|proxy-authorization|cookie)$|key|token|secret/;

/**
 * The secrets that a request carried, wherever they came from: the configuration, an AWS profile, a role. They
 * are read off the request itself because the default AWS chain shows them nowhere else.
 */
export function secretsIn(requestHeaders: Headers): string[] {
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(requestHeaders)) {
    if (!SECRET_HEADER.test(name.toLowerCase())) continue;
    // "Bearer KEY", "AWS4-HMAC-SHA256 Credential=ID/date/…, SignedHeaders=…, Signature=HEX", or the bare value.
    const signed = /Credential=([^/\s]+).*Signature=(\w+)/.exec(value);
    if (signed !== null) secrets.push(signed[1]!, signed[2]!);
    else secrets.push(value.slice(value.lastIndexOf(' ') + 1));
  }
  return secrets;
}

/** What stands where a secret stood. */
const MASK = '***';

/** Keys that are known by their look, and whatever a provider has masked itself (`sk-ab***yz` still tells its ends). */
const LOOKS_SECRET = /\b(?:sk|pk|rk|gsk|xai)-[\w*.…-]{5,}[\w*-]|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|(?<![\w-])[\w-]*\*{3,}[\w*-]*/g;

/** The text with every secret masked, however JSON or a URL may have spelt it. For messages. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return withoutKnownSecrets(text, secrets).replace(LOOKS_SECRET, MASK);
}

/** The bytes of a reply with the given secrets masked; the very same bytes when it holds none. */
export function bytesWithoutSecrets(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  // Latin-1 maps bytes to characters one to one, so whatever is no secret keeps its bytes, valid UTF-8 or not.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const masked = withoutKnownSecrets(text, secrets);
  return masked === text ? bytes : Buffer.from(masked, 'latin1');
}

/** Shorter values are no secrets, and masking them would only garble: `none`, `EMPTY`, `ollama`. */
const SHORTEST_SECRET = 8;

function withoutKnownSecrets(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    for (const spelling of new Set([
      secret,
      secret.replaceAll('/', '\\/'),
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
    ])) {
      masked = masked.replaceAll(spelling, MASK);
    }
  }
  return masked;
}
