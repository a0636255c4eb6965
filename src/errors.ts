/**
 * The errors of the program. What the user can put right is a `UserError`; a failed call to a
 * provider is a `ProviderError`. Anything else that is thrown is a defect.
 */

/** Exit codes of the command line: 0 done, 1 failure, 2 wrong usage or input, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/**
 * A failure that the user can understand and act on. `message` says what is wrong and where, `hint`
 * what to do. `code` does not change between versions; docs/troubleshooting.md has an entry for
 * each code. The command line shows no stack trace unless `--debug` is given.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(
    message: string,
    options: { code: string; hint: string; exitCode?: ExitCode; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 2;
  }
}

/**
 * Why a call returned no completion.
 * - `throttled`      the provider's rate limit (429, Bedrock ThrottlingException): costs time,
 *   never an attempt
 * - `server`         408, 409, 5xx
 * - `network`        no connection, or it was lost before the reply was complete
 * - `timeout`        no complete reply within the configured time
 * - `protocol`       a reply that does not follow the provider's protocol (HTML, half a JSON
 *   document)
 * - `authentication` 401, 403: the same for every call with this key
 * - `unknown_model`  404 for the model: the same for every call to this model
 * - `quota`          the account's credit or daily quota is spent: the same for every call of the
 *   account
 * - `content_filter` the provider's filter rejected the request before any model saw it
 * - `bad_request`    400, 413, 422: the provider will never accept this request
 * - `aborted`        the caller's own signal ended the call
 */
export type ProviderErrorKind =
  | 'throttled'
  | 'server'
  | 'network'
  | 'timeout'
  | 'protocol'
  | 'authentication'
  | 'unknown_model'
  | 'quota'
  | 'content_filter'
  | 'bad_request'
  | 'aborted';

const CURED_BY_WAITING: ReadonlySet<ProviderErrorKind> = new Set([
  'throttled',
  'server',
  'network',
  'timeout',
  'protocol',
]);
const COMMON_TO_ALL: ReadonlySet<string> = new Set(['authentication', 'unknown_model', 'quota']);

/**
 * True when every other call to the same model would fail in the same way, so that further calls
 * are pointless.
 */
function isFatalForAll(kind: string): boolean {
  return COMMON_TO_ALL.has(kind);
}

/** A call that returned no completion. Its message never contains a key. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;
  /** HTTP status; null when no status line arrived. */
  readonly status: number | null;
  /** How long the provider asks clients to wait, in milliseconds; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** True when the server is still loading its model: waiting is the only remedy. */
  readonly loading: boolean;
  readonly #wrongAddress: boolean;

  constructor(
    kind: ProviderErrorKind,
    message: string,
    options: {
      status?: number | null;
      retryAfterMs?: number | null;
      loading?: boolean;
      /**
       * The configured address is not that of the service, so every other call would fail in the
       * same way.
       */
      wrongAddress?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.loading = options.loading ?? false;
    this.#wrongAddress = options.wrongAddress ?? false;
  }

  /** True when the same request may succeed later without any change. */
  get retryable(): boolean {
    return CURED_BY_WAITING.has(this.kind);
  }

  /**
   * True when every other call to the same model would fail in the same way, so that further calls
   * are pointless.
   */
  get fatalForModel(): boolean {
    return this.#wrongAddress || isFatalForAll(this.kind);
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
