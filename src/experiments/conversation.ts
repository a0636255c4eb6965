/** What was said in a call, read from the bytes that were sent and received. Pure. */

/** One message as it was sent. */
export interface Message {
  /** `system`, `user` or `assistant`. */
  readonly role: string;
  readonly text: string;
}

/**
 * The messages of a request, in the order in which the model reads them. Empty where the request is
 * of no known protocol.
 * @param request a body as JSON: chat completions, or Bedrock's converse with `system` apart
 */
export function messagesOf(request: unknown): readonly Message[] {
  if (!isRecord(request)) return [];
  const { system, messages } = request;
  const role = textOf(system);
  const others = Array.isArray(messages) ? messages : [];
  return [
    ...(role === '' ? [] : [{ role: 'system', text: role }]),
    ...others.filter(isRecord).map((message) => ({
      role: typeof message.role === 'string' ? message.role : 'unknown',
      text: textOf(message.content),
    })),
  ];
}

/**
 * The text of a reply for which none was stored: what chat completions and Bedrock's converse have
 * in its place, or else null.
 * @param response a body as JSON
 */
export function replyIn(response: unknown): string | null {
  if (!isRecord(response)) return null;
  const { choices, output, content } = response;
  const first: unknown = Array.isArray(choices) ? choices[0] : null;
  const message = isRecord(first) ? first.message : isRecord(output) ? output.message : null;
  const text = textOf(isRecord(message) ? message.content : content);
  return text === '' ? null : text;
}

/** A text, or the texts of a list of parts. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value
      .map(textOf)
      .filter((text) => text !== '')
      .join('\n\n');
  return isRecord(value) && typeof value.text === 'string' ? value.text : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
