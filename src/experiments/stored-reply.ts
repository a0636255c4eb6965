/** What stored replies answer, held against the answers that are stored for them. */
import type { Asked } from '../instruments/asked/asked.ts';
import type { Answers } from '../instruments/instrument.ts';
import { parseReply } from '../instruments/reply/parse.ts';
import { type AdministrationPlan, furtherCall } from './administration/progress.ts';

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
  readonly about: Readonly<Record<string, unknown>>;
  /** The copy that queries read, which counts where no bytes are stored. */
  readonly copies: { readonly reply: unknown };
  readonly response: { readonly text: string | null; readonly value: unknown };
  /** Which of the calls of its administration it is, and what it asked; null for an only one. */
  readonly part: { readonly call: number; readonly items: readonly number[] } | null;
}

/**
 * Where stored answers are not those of the last reply that was taken for an answer. Providers wrap
 * a completion in ways of their own, so every text in the reply that holds a complete sheet counts
 * as a reading of it. Of several calls each is held against the items that no later one asked.
 * @param plan of the administration, in the order in which it was asked
 * @param answers by number
 * @returns null where no reply can be read
 */
export function differingAnswers(
  plan: AdministrationPlan,
  answers: readonly { readonly number: number; readonly answer: number | null }[],
  calls: readonly StoredCall[],
): DifferingAnswer[] | null {
  const stored = new Map(answers.map(({ number, answer }) => [number, answer]));
  const taken = calls
    .toReversed()
    .filter(({ about }) => (about.outcome ?? 'answered') === 'answered');
  const ofSeveral = taken.filter(({ part }) => part !== null);
  if (ofSeveral.length === 0)
    return firstReading(
      taken.map((call) => ({ call, asked: plan.calls[0]!.asked, items: null })),
      stored,
    );
  const seen = new Set<number>();
  const found = ofSeveral
    .toSorted((one, other) => other.part!.call - one.part!.call)
    .map((call) => {
      const { call: number, items } = call.part!;
      const planned = plan.calls.find((one) => one.number === number);
      const { asked } = planned ?? furtherCall(plan, items);
      const own = new Set(items.filter((item) => !seen.has(item)));
      for (const item of own) seen.add(item);
      return firstReading([{ call, asked, items: own }], stored);
    });
  return found.every((one) => one === null)
    ? null
    : found.flatMap((one) => one ?? []).toSorted((one, other) => one.number - other.number);
}

interface Reading {
  readonly call: StoredCall;
  readonly asked: Asked;
  /** The items that count; null for all. */
  readonly items: ReadonlySet<number> | null;
}

/** The differences of the first call whose reply can be read; null where none can. */
function firstReading(
  some: readonly Reading[],
  stored: ReadonlyMap<number, number | null>,
): DifferingAnswer[] | null {
  for (const { call, asked, items } of some) {
    const isOwn = ([number]: readonly [number, unknown]) => items === null || items.has(number);
    const readings = readingsOf(asked, call).map((one) => new Map([...one].filter(isOwn)));
    if (readings.length === 0) continue;
    const mine = new Map([...stored].filter(isOwn));
    const differences = readings.map((reading) => compare(mine, reading));
    if (differences.some((one) => one.length === 0)) return [];
    return differences[0]!.map((one) => ({ ...one, call: call.id }));
  }
  return null;
}

function readingsOf(asked: Asked, { response, copies }: StoredCall): Answers[] {
  return textsIn(response.text === null ? copies.reply : response.value).flatMap((one) => {
    const reply = asked.format === 'text' || one.includes('{') ? parseReply(asked, one) : null;
    return reply?.kind === 'answers' ? [reply.answers] : [];
  });
}

/** A body as JSON, or as it is where it is none. */
export function jsonOrText(text: string): unknown {
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
