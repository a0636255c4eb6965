/**
 * Checks whether the reply to a questionnaire fits into `max_tokens`, before any call is paid for.
 */

import { UserError } from '../errors.ts';
import type { Asked } from '../instruments/asked/asked.ts';
import { nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { formatCount } from '../numbers.ts';
import { tokensOfReply } from '../runner/budget/estimate.ts';

/** Whose limit it is. */
export interface Writer {
  /** Short name of the model. */
  readonly name: string;
  /** Null where nothing limits a reply. */
  readonly maxTokens: number | null;
}

/**
 * @throws UserError where even the shortest reply that answers every item is longer than the limit
 */
export function requireRoom(instrument: Instrument, { name, maxTokens }: Writer): void {
  const { compact } = tokensOfReply(instrument.asked);
  if (maxTokens === null || compact <= maxTokens) return;
  throw new UserError(
    `A reply to the ${instrument.items.length} items of ${nameForm(instrument)} takes at least ${formatCount(compact)} tokens, but ${name} may write only ${formatCount(maxTokens)} (max_tokens)`,
    {
      code: 'max-tokens-too-small',
      hint: `Every reply would be truncated, and charged. ${raise(instrument, name)}, or split the instrument.`,
    },
  );
}

/**
 * The same for a group that is registered already, with the limit that it stores.
 * @throws UserError naming the group
 */
export function requireRoomInGroup(
  group: number,
  instrument: Instrument,
  { name, maxTokens }: Writer,
): void {
  const { compact } = tokensOfReply(instrument.asked);
  if (maxTokens === null || compact <= maxTokens) return;
  throw new UserError(
    `Group ${group}: a reply to the ${instrument.items.length} items of ${nameForm(instrument)} takes at least ${formatCount(compact)} tokens, but the group allows ${name} only ${formatCount(maxTokens)} (max_tokens)`,
    {
      code: 'max-tokens-too-small',
      hint:
        `Every reply would be truncated, and charged. Close the group with "personas groups close ${group}". ` +
        `${raise(instrument, name)}, and register its experiments again with --again; or split the instrument.`,
    },
  );
}

function raise(instrument: Instrument, name: string): string {
  const { longest } = tokensOfReply(instrument.asked);
  return `Set models.${name}.parameters.max_tokens in the configuration to ${roundUp(longest)} or more, if the model can write that much`;
}

/**
 * What to say before a run where a reply of the longest expected form would be cut off; null where
 * it fits.
 */
export function warnOfRoom(instrument: Instrument, { name, maxTokens }: Writer): string | null {
  const { longest } = tokensOfReply(instrument.asked);
  if (maxTokens === null || longest <= maxTokens) return null;
  return (
    `A reply to the ${instrument.items.length} items of ${nameForm(instrument)} may take ${formatCount(longest)} tokens, but ${name} may write only ` +
    `${formatCount(maxTokens)} (max_tokens): some replies may be truncated. ` +
    `Set models.${name}.parameters.max_tokens in the configuration to ${roundUp(longest)} or more.`
  );
}

function roundUp(tokens: number): number {
  return Math.ceil(tokens / 100) * 100;
}

/** Whether the reply to a call fits into a limit: by its shortest form, and by its longest. */
export function roomFor(
  asked: Asked,
  maxTokens: number | null,
): 'fits' | 'may not fit' | 'too long' {
  const { compact, longest } = tokensOfReply(asked);
  if (maxTokens === null || longest <= maxTokens) return 'fits';
  return compact <= maxTokens ? 'may not fit' : 'too long';
}
