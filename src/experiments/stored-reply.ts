/** What a stored reply answers, held against the answers that are stored for it. */
import type { Answers, Instrument } from '../instruments/instrument.ts';
import { parseReply } from '../instruments/reply/parse.ts';

export interface DifferingAnswer {
  readonly number: number;
  /** Null where nothing is stored for the item, or where the reply does not answer it. */
  readonly stored: number | null;
  readonly reply: number | null;
  /** Of the call that brought the reply. */
  readonly call: number;
}

interface StoredCall {
  readonly id: number;
  readonly response_json: unknown;
  readonly response_text: string | null;
  readonly request_metadata: Readonly<Record<string, unknown>> | null;
}

/**
 * Where stored answers are not those of the last reply that was taken for an answer. Providers wrap
 * a completion in ways of their own, so every text in the reply that holds a complete sheet counts
 * as a reading of it.
 * @param answers by number; of several for one item the first counts
 */
export function differingAnswers(
  instrument: Instrument,
  answers: readonly { readonly number: number; readonly answer: number | null }[],
  calls: readonly StoredCall[],
): DifferingAnswer[] {
  const stored = new Map<number, number | null>();
  for (const { number, answer } of answers) if (!stored.has(number)) stored.set(number, answer);
  const taken = calls
    .toReversed()
    .filter(({ request_metadata: about }) => (about?.outcome ?? 'answered') === 'answered');
  for (const call of taken) {
    const readings = readingsOf(instrument, call);
    if (readings.length === 0) continue;
    const differences = readings.map((reading) => compare(stored, reading));
    if (differences.some((one) => one.length === 0)) return [];
    return differences[0]!.map((one) => ({ ...one, call: call.id }));
  }
  return [];
}

function readingsOf(
  instrument: Instrument,
  { response_text: text, response_json: readable }: StoredCall,
): Answers[] {
  return textsIn(text === null ? readable : jsonOrText(text)).flatMap((one) => {
    const reply = one.includes('{') ? parseReply(instrument.asked, one) : null;
    return reply?.kind === 'answers' ? [reply.answers] : [];
  });
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Every text in a JSON value. */
function textsIn(value: unknown): string[] {
  const found: string[] = [];
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') found.push(one);
    else if (typeof one === 'object' && one !== null) left.push(...Object.values(one));
  }
  return found;
}

function compare(
  stored: ReadonlyMap<number, number | null>,
  reply: Answers,
): Omit<DifferingAnswer, 'call'>[] {
  return [...new Set([...stored.keys(), ...reply.keys()])]
    .toSorted((a, b) => a - b)
    .map((number) => ({
      number,
      stored: stored.get(number) ?? null,
      reply: reply.get(number) ?? null,
    }))
    .filter((one) => one.stored !== one.reply);
}
