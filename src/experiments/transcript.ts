/** What was said in a call: the messages of a stored request and the text of its reply. Pure. */

export interface Transcript {
  /** As sent, in order; the system message first. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** The reply's text; null where there is none, or none that can be found. */
  readonly reply: string | null;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads requests and replies of chat completions and of Bedrock's Converse.
 * @param request,reply bodies as stored; null where there are none
 */
export function transcriptOf(request: string | null, reply: string | null): Transcript {
  const sent = record(parsed(request));
  const system = textIn(sent.system);
  const turns = list(sent.messages).map((one) => {
    const { role, content } = record(one);
    return { role: typeof role === 'string' ? role : 'user', text: textIn(content) };
  });
  const received = record(parsed(reply));
  const choice = record(list(received.choices)[0]);
  const message = record(choice.message ?? record(received.output).message);
  const text = textIn(message.content ?? choice.text);
  return {
    messages: [...(system === '' ? [] : [{ role: 'system', text: system }]), ...turns],
    reply: text === '' ? null : text,
  };
}

/** A text, or the texts of a list of parts, one under the other. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => record(part).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
