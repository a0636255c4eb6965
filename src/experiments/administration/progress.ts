/**
 * How far an administration is: what its calls have brought, which call is next, and what becomes of
 * it in the end. Pure.
 */
import { applies, askAgain, type PlannedCall, planCalls } from '../../administration/calls.ts';
import { type Order, PUBLISHED_ORDER } from '../../administration/order.ts';
import type { AdministrationSettings } from '../../administration/settings.ts';
import type { ItemState } from '../../db/schema/tables.ts';
import type { Answers, Instrument } from '../../instruments/instrument.ts';
import type { ParsedReply } from '../../instruments/reply/parse.ts';
import { expectedPoints, hashOfRule, pointsOf, scorePoints } from '../../instruments/score.ts';
import type { Item } from '../../instruments/structure.ts';
import { LARGEST_INTEGER } from '../../numbers.ts';
import type { AnsweredSheet, StoredItemState, StoredScore } from '../experiment.ts';

/** All that decides what an administration asks. */
export interface AdministrationPlan {
  readonly instrument: Instrument;
  readonly settings: AdministrationSettings;
  readonly order: Order;
  readonly calls: readonly PlannedCall[];
}

export type ReadReply = Omit<Extract<ParsedReply, { readonly kind: 'answers' }>, 'kind'>;

/** A call that was made, and what it brought; null where it was refused, so that it was declined. */
export interface Made {
  readonly call: PlannedCall;
  readonly reply: ReadReply | null;
}

/** The plans of published order, which administrations share. */
const shared = new WeakMap<Instrument, Map<AdministrationSettings, AdministrationPlan>>();

export function planOf(
  instrument: Instrument,
  settings: AdministrationSettings,
  order: Order = PUBLISHED_ORDER,
): AdministrationPlan {
  const isShared = order.items === null && order.options === null;
  const known = isShared ? shared.get(instrument)?.get(settings) : undefined;
  if (known !== undefined) return known;
  const plan = { instrument, settings, order, calls: planCalls(instrument, settings, order) };
  if (isShared) shared.set(instrument, (shared.get(instrument) ?? new Map()).set(settings, plan));
  return plan;
}

/** Whether the administration may take several calls. */
export function hasSeveralCalls({ calls, settings }: AdministrationPlan): boolean {
  return calls.length > 1 || settings.ask_missing;
}

/** Whether administrations with these settings may take several calls, whatever the instrument. */
export function takesSeveralCalls(settings: AdministrationSettings): boolean {
  return settings.items_per_call !== 'all' || settings.ask_missing;
}

/** Whether a call is the further one, which asks again what has no answer. */
export function isFurtherCall({ calls }: AdministrationPlan, { number }: PlannedCall): boolean {
  return number > calls.length;
}

/** @returns null when no call is left to make */
export function nextCall(plan: AdministrationPlan, made: readonly Made[]): PlannedCall | null {
  const { calls, settings } = plan;
  const last = made.at(-1)?.call.number ?? 0;
  if (last >= calls.length && !settings.ask_missing) return null;
  const answers = answersOf(made);
  const planned = calls.find((call) => call.number > last && applies(call, answers));
  if (planned !== undefined) return planned;
  // With log-probabilities a call asks one item, and none is declined.
  if (!settings.ask_missing || settings.elicit === 'logprobs' || last > calls.length) return null;
  const { states } = sheetOf(plan, made);
  const missing = [...states].flatMap(([item, { state }]) => (state === 'declined' ? [item] : []));
  return missing.length === 0 ? null : furtherCall(plan, missing);
}

/** The call that asks these items again, by number. */
export function furtherCall(
  { instrument, settings, order, calls }: AdministrationPlan,
  items: readonly number[],
): PlannedCall {
  const [whole] = planCalls(instrument, { ...settings, items_per_call: 'all' }, order);
  return askAgain(whole!, calls.length + 1, new Set(items));
}

/** What decides whether a call applies; of probabilities, the most probable answer. */
function answersOf(made: readonly Made[]): Answers {
  return new Map(
    made.flatMap(({ reply }) => [
      ...(reply?.answers ?? []),
      ...[...(reply?.probabilities ?? [])].map(([item, byAnswer]) => {
        const [first] = [...byAnswer].toSorted((a, b) => b[1] - a[1]);
        return [item, first![0]] as const;
      }),
    ]),
  );
}

/**
 * What calls have brought, as it is stored.
 * @param refused the call at which the administration ended, of which nothing came; items of later
 *   calls are not asked then
 */
export function sheetOf(
  plan: AdministrationPlan,
  made: readonly Made[],
  refused: PlannedCall | null = null,
): AnsweredSheet {
  const { instrument, calls, order } = plan;
  const found = new Map<number, Made>();
  for (const one of refused === null ? made : [...made, { call: refused, reply: null }])
    for (const { item } of one.call.asked.items) found.set(item.number, one);
  const answers = new Map<number, number>();
  const states = new Map<number, StoredItemState>();
  const probabilities = new Map<number, ReadonlyMap<number, number>>();
  const points = new Map<number, number>();
  for (const item of instrument.items) {
    const { number } = item;
    const one = found.get(number);
    if (one === undefined) {
      const isLater = refused !== null && callOf(calls, number) > refused.number;
      states.set(number, stateOf(isLater ? 'not_asked' : 'not_applicable', callOf(calls, number)));
      continue;
    }
    const { call, reply } = one;
    const answer = reply?.answers.get(number);
    const told = reply?.probabilities.get(number);
    const text = reply?.texts.get(number);
    const state = (more: Partial<StoredItemState>) =>
      states.set(number, { ...stateOf('answered', call.number), ...more });
    if (told !== undefined) {
      const expected = expectedPoints(item, told);
      probabilities.set(number, told);
      if (expected !== null) points.set(number, expected);
      state({ quantity: countsAsAnswered(item) ? expected : null });
    } else if (answer !== undefined) {
      const scored = pointsOf(item, answer);
      if (scored !== null) points.set(number, scored);
      const isWhole = Number.isInteger(answer) && Math.abs(answer) <= LARGEST_INTEGER;
      if (isWhole) answers.set(number, answer);
      if (!isWhole) state({ quantity: answer });
      else if (scored === null) state({ state: 'missing_code' });
      else if (isFurtherCall(plan, call)) state({});
    } else if (text !== undefined) state({ text });
    else state({ state: reply?.unanswered.get(number) ?? 'declined' });
  }
  const lacks = [...states.values()].some(
    ({ state }) => state === 'declined' || state === 'missing_code',
  );
  const choices = [...answers.values()];
  return {
    answers,
    states,
    probabilities,
    scores: scoresOf(instrument, points),
    explanation: explanationOf(made),
    uniform: choices.length > 1 && new Set(choices).size === 1,
    partial: lacks,
    order,
  };
}

/** Whether nothing at all was answered. */
export function isEmpty({ answers, states }: AnsweredSheet): boolean {
  return answers.size === 0 && [...states.values()].every(({ state }) => state !== 'answered');
}

function stateOf(state: ItemState, call: number): StoredItemState {
  return { state, call, quantity: null, text: null };
}

/** The planned call that asks an item. */
function callOf(calls: readonly PlannedCall[], number: number): number {
  return (
    calls.find(({ asked }) => asked.items.some(({ item }) => item.number === number))?.number ?? 1
  );
}

/**
 * Whether the answer to an item scores what it is, so that an expected value of the points is one of
 * the answers as well.
 */
function countsAsAnswered(item: Item): boolean {
  return (item.answers?.options ?? []).every(({ value }) => {
    const points = pointsOf(item, value);
    return points === null || points === value;
  });
}

function explanationOf(made: readonly Made[]): string | null {
  const texts = made.flatMap(({ reply }) => reply?.explanation ?? []);
  return texts.length === 0 ? null : texts.join('\n\n');
}

const hashes = new WeakMap<Instrument, readonly string[]>();

function scoresOf(
  instrument: Instrument,
  points: ReadonlyMap<number, number>,
): readonly StoredScore[] {
  const { scales } = instrument;
  const rules = hashes.get(instrument) ?? scales.map((scale) => hashOfRule(instrument, scale));
  hashes.set(instrument, rules);
  const scored = scorePoints(instrument, points);
  return scales.map(({ id }, index) => ({ scale: id, ...scored.get(id)!, rule: rules[index]! }));
}
