/**
 * Checks whether the reply to a questionnaire fits into `max_tokens`, before any call is paid for.
 */
import type { AdministrationSettings } from '../../administration/settings.ts';
import { UserError } from '../../errors.ts';
import type { Asked } from '../../instruments/asked/asked.ts';
import { nameForm } from '../../instruments/form.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { formatCount } from '../../numbers.ts';
import { tokensOfReply } from '../../runner/budget/estimate.ts';
import { planOf } from '../administration/progress.ts';

/** Whose limit it is. */
export interface Writer {
  /** Short name of the model. */
  readonly name: string;
  /** Null where nothing limits a reply. */
  readonly maxTokens: number | null;
}

/** The call of an administration whose reply is the longest. */
interface LongestCall {
  readonly items: number;
  readonly isOnly: boolean;
  readonly compact: number;
  readonly longest: number;
}

/**
 * @throws UserError where even the shortest reply that answers every item of a call is longer than
 *   the limit
 */
export function requireRoom(
  instrument: Instrument,
  settings: AdministrationSettings,
  { name, maxTokens }: Writer,
): void {
  const call = longestCallOf(instrument, settings);
  if (maxTokens === null || call.compact <= maxTokens) return;
  throw new UserError(
    `A reply to the ${nameItems(instrument, call)} takes at least ${formatCount(call.compact)} tokens, but ${name} may write only ${formatCount(maxTokens)} (max_tokens)`,
    {
      code: 'max-tokens-too-small',
      hint: `Every reply would be truncated, and charged. ${raise(call, name)}, or ask fewer items in each call (items_per_call).`,
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
  settings: AdministrationSettings,
  { name, maxTokens }: Writer,
): void {
  const call = longestCallOf(instrument, settings);
  if (maxTokens === null || call.compact <= maxTokens) return;
  throw new UserError(
    `Group ${group}: a reply to the ${nameItems(instrument, call)} takes at least ${formatCount(call.compact)} tokens, but the group allows ${name} only ${formatCount(maxTokens)} (max_tokens)`,
    {
      code: 'max-tokens-too-small',
      hint:
        `Every reply would be truncated, and charged. Close the group with "personas groups close ${group}". ` +
        `${raise(call, name)}, and register its experiments again with --again; or ask fewer items in each call (items_per_call).`,
    },
  );
}

function longestCallOf(instrument: Instrument, settings: AdministrationSettings): LongestCall {
  const { calls } = planOf(instrument, settings);
  const all = calls.map(({ asked }) => ({
    items: asked.items.length,
    isOnly: calls.length === 1,
    ...tokensOfReply(asked),
  }));
  return all.reduce((most, one) => (one.compact > most.compact ? one : most));
}

/** `24 items of epqra`, or where it takes several calls, `12 items of a call of epqra`. */
function nameItems(instrument: Instrument, { items, isOnly }: LongestCall): string {
  const named = items === 1 ? 'one item' : `${formatCount(items)} items`;
  return `${named} of ${isOnly ? '' : 'a call of '}${nameForm(instrument)}`;
}

function raise({ longest }: LongestCall, name: string): string {
  return `Set models.${name}.parameters.max_tokens in the configuration to ${roundUp(longest)} or more, if the model can write that much`;
}

/**
 * What to say before a run where a reply of the longest expected form would be cut off; null where
 * it fits.
 */
export function warnOfRoom(
  instrument: Instrument,
  settings: AdministrationSettings,
  { name, maxTokens }: Writer,
): string | null {
  const call = longestCallOf(instrument, settings);
  const { longest } = call;
  if (maxTokens === null || longest <= maxTokens) return null;
  return (
    `A reply to the ${nameItems(instrument, call)} may take ${formatCount(longest)} tokens, but ${name} may write only ` +
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
