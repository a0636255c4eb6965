/**
 * The errors of the whole house. Everything a user can mend is a `UserError`; everything a
 * provider can do to a call is a `ProviderError`. Anything else that is thrown is a defect.
 */

/** Exit codes of the command line: 0 done, 1 something failed, 2 wrong usage or input, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/**
 * A failure that the user can understand and act on. `message` names the fact and where it was found,
 * `hint` the next move. Shown without a stack trace unless `--debug` is given.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(message: string, options: { hint: string; exitCode?: ExitCode; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 2;
  }
}

/**
 * What kept a call from bringing a completion.
 * - `throttled`      the provider asks for patience (429, Bedrock ThrottlingException): costs time, never an attempt
 * - `server`         408, 409, 5xx
 * - `network`        no connection, or it broke before the reply was complete
 * - `timeout`        no complete reply within the configured time
 * - `protocol`       a reply that is not of the provider's protocol (HTML, half a JSON document)
 * - `authentication` 401, 403: the same for every call with this key
 * - `unknown_model`  404 for the model: the same for every call to this model
 * - `quota`          the account's credit or daily quota is spent: the same for every call of the account
 * - `content_filter` the provider's filter turned the request away before any model saw it
 * - `bad_request`    400, 413, 422: this request will never be accepted
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

const CURED_BY_WAITING: ReadonlySet<ProviderErrorKind> = new Set(['throttled', 'server', 'network', 'timeout', 'protocol']);
const COMMON_TO_ALL: ReadonlySet<string> = new Set(['authentication', 'unknown_model', 'quota']);

/** True when every other call to the same model would fail in the same way, so that going on is pointless. */
function isFatalForAll(kind: string): boolean {
  return COMMON_TO_ALL.has(kind);
}

/** A call that brought no completion. Its message never contains a key. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;
  /** HTTP status, or null when no reply line arrived. */
  readonly status: number | null;
  /** How long the provider asked to be left alone, in milliseconds, or null when it did not say. */
  readonly retryAfterMs: number | null;
  /** True when the server answers that its model is still being loaded: it will be there, and only patience helps. */
  readonly loading: boolean;
  readonly #wrongAddress: boolean;

  constructor(
    kind: ProviderErrorKind,
    message: string,
    options: {
      status?: number | null;
      retryAfterMs?: number | null;
      loading?: boolean;
      /** The configured address is not that of the service, so every other call would fail in the same way. */
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

  /** True when the same request may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return CURED_BY_WAITING.has(this.kind);
  }

  /** True when every other call to the same model would fail in the same way, so that going on is pointless. */
  get fatalForModel(): boolean {
    return this.#wrongAddress || isFatalForAll(this.kind);
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
