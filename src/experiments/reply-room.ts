/** Whether the reply to a questionnaire fits into what a model may write; looked at before anything is paid for. */
import { tokensOfReply } from '../asking/estimate.ts';
import { UserError } from '../errors.ts';
import { nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';

/** Whose limit it is. */
export interface Writer {
  /** Short name of the model. */
  readonly name: string;
  /** Null where nothing limits a reply. */
  readonly maxTokens: number | null;
}

/** @throws UserError where even the shortest reply that answers every item is longer than the limit */
export function requireRoom(instrument: Instrument, writer: Writer): void {
  const problem = lackOfRoom(instrument, writer);
  if (problem === null) return;
  throw new UserError(problem, {
    hint: `Every reply would be cut off and paid for. ${raise(instrument, writer)}, or split the instrument.`,
  });
}

/**
 * The same for a group that is registered already, with the limit that it stores.
 * @throws UserError naming the group
 */
export function requireRoomInGroup(group: number, instrument: Instrument, writer: Writer): void {
  const problem = lackOfRoom(instrument, writer);
  if (problem === null) return;
  throw new UserError(`Group ${group}: ${problem}`, {
    hint:
      `Every reply would be cut off and paid for. The limit was stored with the group: give the group up with "personas groups close ${group}". ` +
      `${raise(instrument, writer)}, and register its experiments again with --again; or split the instrument.`,
  });
}

function lackOfRoom(instrument: Instrument, { name, maxTokens }: Writer): string | null {
  const { compact } = tokensOfReply(instrument);
  if (maxTokens === null || compact <= maxTokens) return null;
  return `${sizeOf(instrument, compact, 'takes at least')}, and ${name} may write ${number(maxTokens)} (max_tokens)`;
}

function raise(instrument: Instrument, { name }: Writer): string {
  const { longest } = tokensOfReply(instrument);
  return `Set models.${name}.parameters.max_tokens in the configuration to ${number(roundUp(longest))} or more, if the model can write that much`;
}

/** What to say before a run where a reply of the longest expected form would be cut off; null where it fits. */
export function warnOfRoom(instrument: Instrument, { name, maxTokens }: Writer): string | null {
  const { longest } = tokensOfReply(instrument);
  if (maxTokens === null || longest <= maxTokens) return null;
  return (
    `${sizeOf(instrument, longest, 'may take')}, and ${name} may write ${number(maxTokens)} (max_tokens): some replies may be cut off. ` +
    `Set models.${name}.parameters.max_tokens in the configuration to ${number(roundUp(longest))} or more.`
  );
}

function sizeOf(instrument: Instrument, tokens: number, verb: string): string {
  return `A reply to the ${instrument.items.length} items of ${nameForm(instrument)} ${verb} ${number(tokens)} tokens`;
}

function roundUp(tokens: number): number {
  return Math.ceil(tokens / 100) * 100;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
