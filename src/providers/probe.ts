/** Whether an OpenAI-compatible provider takes the key, found out by the one call that every such provider gives away: the list of its models. */
import { messageOf } from '../errors.ts';
import { withoutSecrets } from './failures.ts';

export type Probe =
  /** `models` are the ids on offer; null where the reply is no list of them. */
  | { readonly kind: 'accepted'; readonly models: ReadonlySet<string> | null }
  | { readonly kind: 'rejected'; readonly why: string }
  /** Nothing answers. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** Something answers, but says nothing of the key. */
  | { readonly kind: 'unclear'; readonly why: string };

export interface Endpoint {
  /** Up to and without `/models`. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param timeoutMs until the reply must be there */
export async function probe({ baseUrl, apiKey, headers }: Endpoint, timeoutMs: number): Promise<Probe> {
  const secrets = [apiKey ?? '', ...Object.values(headers)].filter((value) => value !== '');
  try {
    const reply = await fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
      headers: { ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }), ...headers },
      // A key is for nobody but the address it was given for.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await reply.text();
    if (reply.ok) return { kind: 'accepted', models: idsIn(text) };
    const why = `GET /models: ${reply.status} ${reply.statusText}`.trim();
    return { kind: reply.status === 401 || reply.status === 403 ? 'rejected' : 'unclear', why };
  } catch (error) {
    // `fetch` itself says no more than that it failed.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const said = cause instanceof AggregateError ? messageOf(cause.errors[0]) : messageOf(cause);
    return { kind: 'unreachable', why: withoutSecrets(said, secrets) };
  }
}

/** As OpenAI lists them: `{"data": [{"id": "gpt-4o"}, …]}`. */
function idsIn(text: string): ReadonlySet<string> | null {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    if (!Array.isArray(data)) return null;
    return new Set(data.flatMap((one: { id?: unknown } | null) => (typeof one?.id === 'string' ? [one.id] : [])));
  } catch {
    return null;
  }
}
