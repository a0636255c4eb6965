/** How long the calls of one administration are, before anybody is asked. */
import { planCalls } from '../../administration/calls.ts';
import { PUBLISHED_ORDER } from '../../administration/order.ts';
import type { AdministrationSettings } from '../../administration/settings.ts';
import type { Asked } from '../../instruments/asked/asked.ts';
import { composePrompt, frameOf } from '../../instruments/asked/prompt.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { tokensOfReply } from '../../runner/budget/estimate.ts';

/** What all calls of one administration take, the persona's own texts not counted. */
export function measureCalls(
  instrument: Instrument,
  settings: AdministrationSettings,
): { readonly calls: number; readonly characters: number; readonly outputTokens: number } {
  const calls = planCalls(instrument, settings, PUBLISHED_ORDER).map(({ asked }) => asked);
  const frame = settings.paraphrase ?? frameOf(instrument, calls);
  const sum = (of: (asked: Asked) => number) =>
    calls.reduce((total, asked) => total + of(asked), 0);
  return {
    calls: calls.length,
    characters: sum((asked) => composePrompt(instrument, asked, frame).length),
    outputTokens: sum((asked) => tokensOfReply(asked).usual),
  };
}
