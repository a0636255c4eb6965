/**
 * Common code of the adapters for failed calls: kinds of status codes, waiting times, and messages
 * without secrets.
 */
import { ProviderError, type ProviderErrorKind } from '../errors.ts';
import { MASK, withoutUrlSecrets } from '../secret-urls.ts';
import { beginning } from '../shorten.ts';

/** Headers of a reply or a request; names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/**
 * What a status means by itself. Adapters ask only after the provider's own error code has told
 * them nothing.
 */
export function kindOfStatus(status: number): ProviderErrorKind {
  // 407 is a proxy's word for 401.
  if (status === 401 || status === 403 || status === 407) return 'authentication';
  if (status === 402) return 'quota';
  if (status === 404) return 'unknown_model';
  if (status === 429) return 'throttled';
  if (status === 408 || status === 409 || status >= 500) return 'server';
  if (status < 300) return 'protocol';
  return 'bad_request';
}

/**
 * What a table of ours says of a provider's word, which can be any value, and any word,
 * `constructor` among them.
 */
export function entryOf<V>(table: Readonly<Record<string, V>>, word: unknown): V | undefined {
  return typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined;
}

/**
 * "Too many tokens per day": patience of minutes does not help, unlike with the other throttlings.
 */
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
 * How long a reply asks to be left alone, in milliseconds, or null when it does not say:
 * `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
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

/**
 * How filters that turn a request or a reply away speak: they say what was done. A sentence that
 * only mentions a filter, a guardrail or a policy (a parameter that is not supported, a policy that
 * is not found) is about something else.
 */
const FILTERED: readonly RegExp[] = [
  /\b(?:blocked|filtered|flagged|rejected|refused|stopped|intervened|trigger(?:s|ed|ing)|violat(?:e|es|ed|ing)|against)\b[^.!?]{0,80}\b(?:content[ _-](?:management|moderation|safety|filter(?:s|ing)?)|safety|moderation|guardrails?|(?:content|usage|use|responsible ai) (?:polic(?:y|ies)|guidelines)|security configurations)\b/i,
  /\b(?:content[ _-](?:management polic(?:y|ies)|moderation|safety|filter(?:s|ing)?|polic(?:y|ies))|safety (?:system|filters?|polic(?:y|ies)|settings)|guardrails?)\b[^.!?]{0,60}\b(?:blocked|filtered|flagged|intervened|triggered|violat(?:ed|ion))\b/i,
  /\bmay contain (?:inappropriate|sensitive|unsafe|harmful) (?:content|information|language)/i,
  /^\W*content exists risk\W*$/i,
  // "… may contain unsafe or sensitive content", of the providers in China.
  /(?:包含|含有|涉及|存在)[^。]{0,10}(?:不安全|敏感|违规|违法|不当)[^。]{0,8}(?:内容|信息|词)/,
];
/** Names that mean nothing else. */
const FILTER_NAMES =
  /\b(?:(?:input|output)_guardrail_triggered|(?:(?:In|Out)put(?:Text)?)?SensitiveContentDetected|ResponsibleAIPolicyViolation|ContentPolicyViolation(?:Error)?|content_policy_violation|(?:block|finish)_?reason\W{1,6}(?:\w+\.)?(?:SAFETY|PROHIBITED_CONTENT|BLOCKLIST|SPII))\b/i;
const ABOUT_A_SETTING =
  /\b(?:not (?:found|supported|available|configured|enabled|recogni[sz]ed)|(?:does not|doesn't) (?:exist|support)|unsupported|unknown (?:parameter|argument|field|value)|unrecogni[sz]ed|invalid (?:value|parameter|type|argument|field)|is invalid|must be (?:one of|a|an)|deprecated|extra inputs)\b/i;
const ABOUT_THE_ACCOUNT =
  /\b(?:account|organi[sz]ation|project|api key|workspace|subscription)\b[^.!?]{0,40}\b(?:blocked|flagged|suspended|disabled|deactivated|terminated|restricted)\b/i;

/** Whether a provider says that a filter of contents turned a request or a reply away. */
export function speaksOfFilter(words: string): boolean {
  // Nobody hides it behind a page of other words, and a reply may be megabytes long.
  const beginning = words.slice(0, 4000);
  if (FILTER_NAMES.test(beginning)) return true;
  if (ABOUT_A_SETTING.test(beginning) || ABOUT_THE_ACCOUNT.test(beginning)) return false;
  return FILTERED.some((pattern) => pattern.test(beginning));
}

/** How servers say that their model is on its way into memory. */
const LOADING =
  /"status": ?"(?:starting|loading|initiali[sz]ing)"|\bloading (?:the )?model\b|\b(?:is|are|still|currently) (?:still |currently )?(?:being loaded|loading|warming|(?:cold )?starting|booting|initiali[sz]ing|scaling up)\b|\bwarming up\b|\bstarting up\b|\b(?:model|server|engine|endpoint)\b[^.!?]{0,60}\b(?:not (?:yet )?ready|not yet loaded)\b/i;

/** Whether a server says that it is only starting. */
export function speaksOfLoading(words: string): boolean {
  return LOADING.test(words.slice(0, 1000));
}

/**
 * What is to be done about a connection that failed so; null where the code says all that is known.
 */
export function adviceOnConnection(code: string): string | null {
  return Object.hasOwn(ADVICE, code) ? ADVICE[code]! : null;
}

/**
 * Whether a proxy did not open a tunnel in time. Node reports it with the code of a proxy that
 * refused (https://github.com/nodejs/node/blob/v24.5.0/lib/https.js), and whether its timer rings
 * before that of the call is chance.
 */
export function isTunnelTimeout(error: unknown): boolean {
  return error instanceof Error && 'proxyTunnelTimeout' in error;
}

const UNKNOWN_AUTHORITY =
  'its certificate comes from an unknown authority; set NODE_EXTRA_CA_CERTS to a file with the certificate of that authority, or NODE_USE_SYSTEM_CA=1 if this machine trusts it';
const NO_TLS =
  'it does not use TLS on this port; check the port, and whether the address begins with http:// or https://';
const NO_TUNNEL =
  'the proxy rejected the call; check HTTPS_PROXY, its user name and password, and NO_PROXY';

const ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed; set NODE_EXTRA_CA_CERTS to a file with that certificate',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another host name; use the host name of the certificate',
  CERT_HAS_EXPIRED:
    'its certificate has expired; its administrator must renew it, or the clock of this machine is wrong',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
  CERT_REVOKED: 'its certificate has been revoked; ask its administrator',
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  EPROTO: NO_TLS,
  ERR_PROXY_TUNNEL: NO_TUNNEL,
};

function nonNegative(value: string | undefined): number | null {
  if (value === undefined || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}

const MESSAGES: Readonly<Record<ProviderErrorKind, string>> = {
  authentication: 'rejected the credentials',
  unknown_model: 'does not know the model',
  quota: 'reports that the credit or quota of the account is used up',
  throttled: 'reports that its rate limit is exceeded',
  server: 'failed to answer',
  protocol: 'sent a reply that is not a completion',
  content_filter: 'rejected the request because of its content filter',
  bad_request: 'rejected the request',
  network: 'could not be reached',
  timeout: 'sent no complete reply in time',
  aborted: 'was interrupted by this program',
};

/**
 * The error of a reply that is no completion.
 * @param detail the provider's own words; trimmed here, and cleared of `secrets`
 */
export function failedReply(
  kind: ProviderErrorKind,
  reply: FailedReply,
  detail: string,
  secrets: readonly string[],
): ProviderError {
  const model = kind === 'unknown_model' ? ` ${reply.modelId}` : '';
  const status = reply.code == null ? reply.status : `${reply.status}, error code ${reply.code}`;
  const what =
    reply.status === 407
      ? NOT_PAST_PROXY
      : reply.loading
        ? 'is still loading its model'
        : MESSAGES[kind];
  // Known secrets go first: cut in two by the trimming, one would no longer be recognised.
  const words = excerpt(
    withoutSecrets(withoutKnownSecrets(detail, secrets).slice(0, LONGEST_READ), []),
  );
  return new ProviderError(
    kind,
    `${reply.provider} ${what}${model} (HTTP ${status})${words === '' ? '' : `: ${words}`}`,
    {
      status: reply.status,
      retryAfterMs: retryAfterMs(reply.headers, Date.now()),
      loading: reply.loading ?? false,
    },
  );
}

const NOT_PAST_PROXY =
  'could not be reached, because the proxy rejected the user name and password in HTTP_PROXY';

interface FailedReply {
  readonly provider: string;
  readonly modelId: string;
  readonly status: number;
  readonly headers: Headers;
  /** Of an error within a success, what stands for the status. */
  readonly code?: string | null;
  /** The server is only starting. */
  readonly loading?: boolean;
}

/**
 * The error of a reply that sends the caller somewhere else; null for any other. Keys are for
 * nobody but the address that they were given for, so nothing is ever followed.
 * @param setting where the address is written, e.g. `base_url`
 * @param caller whose secrets are looked for only when there is something to say
 */
export function redirection(
  reply: Pick<FailedReply, 'provider' | 'status' | 'headers'>,
  asked: string,
  setting: string,
  caller: { readonly secrets: readonly string[] },
): ProviderError | null {
  const { location } = reply.headers;
  if (reply.status < 300 || reply.status > 399 || location === undefined || location === '')
    return null;
  const { secrets } = caller;
  const target = URL.canParse(location, asked) ? new URL(location, asked).href : location;
  const base = target
    .replace(/\/chat\/completions(?=[?#]|$)/, '')
    .replace(/\/models(?=[?#]|$)/, '');
  const advice =
    base === target
      ? `If the service is there, correct ${setting}`
      : `Write ${excerpt(withoutSecrets(base, secrets))} as ${setting}`;
  return new ProviderError(
    'bad_request',
    `${reply.provider} redirects to ${excerpt(withoutSecrets(target, secrets))} (HTTP ${reply.status}), which is not followed. ${advice}`,
    { status: reply.status, wrongAddress: true },
  );
}

const EXCERPT_LENGTH = 300;
/** Beyond, a page is not looked at for a message. */
const LONGEST_READ = EXCERPT_LENGTH * 16;

/** The beginning of a text on one line, without control characters or halves of characters. */
export function excerpt(text: string): string {
  // A page of HTML may be megabytes long; what is beyond the excerpt need not be tidied.
  const line = beginning(text, EXCERPT_LENGTH * 4)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed();
  return line.length <= EXCERPT_LENGTH ? line : `${beginning(line, EXCERPT_LENGTH).trimEnd()}…`;
}

/** Headers of a request whose values open doors. */
const SECRET_HEADER = /auth|cookie|key|token|secret|passw|credential|signature|session|jwt/;

/**
 * The secrets that a request carried, wherever they came from: the configuration, an AWS profile, a
 * role. They are read off the request itself because the default AWS chain shows them nowhere else.
 */
export function secretsIn(requestHeaders: Headers): string[] {
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(requestHeaders)) {
    if (!SECRET_HEADER.test(name.toLowerCase())) continue;
    // "Bearer KEY", "AWS4-HMAC-SHA256 Credential=ID/date/…, SignedHeaders=…, Signature=HEX", or the
    // bare value.
    const signed = /Credential=([^/\s]+).*Signature=(\w+)/.exec(value);
    if (signed !== null) secrets.push(signed[1]!, signed[2]!);
    else secrets.push(value.slice(value.lastIndexOf(' ') + 1));
  }
  return secrets;
}

/**
 * Keys that are known by their look, and whatever a provider has masked itself (`sk-ab***yz` still
 * tells its ends).
 */
const LOOKS_SECRET =
  /\b(?:sk|pk|rk|gsk|xai)-[\w*.…-]{5,}[\w*-]|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|(?<![\w-])[\w-]*\*{3,}[\w*-]*/g;

/** The text with every secret masked, however JSON or a URL may have spelt it. For messages. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return withoutUrlSecrets(withoutKnownSecrets(text, secrets)).replace(LOOKS_SECRET, MASK);
}

/** The bytes of a reply with the given secrets masked; the very same bytes when it holds none. */
export function bytesWithoutSecrets(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  // Latin-1 maps bytes to characters one to one, so whatever is no secret keeps its bytes, valid
  // UTF-8 or not.
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
