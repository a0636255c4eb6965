/** Reads the reply to one call of an administration. */
import type { PlannedCall } from '../../administration/calls.ts';
import { follows, schemaOfReply } from '../../administration/schema.ts';
import type { Asked } from '../../instruments/asked/asked.ts';
import { probabilitiesOf } from '../../instruments/reply/log-probabilities.ts';
import { parseReply } from '../../instruments/reply/parse.ts';
import type { Completion } from '../../providers/provider.ts';
import type { Failed } from '../../runner/task.ts';
import type { ReadReply } from './progress.ts';

/** What a reply says, with what is to be stored about it. */
export type CallReply =
  | { readonly ok: true; readonly reply: ReadReply; readonly remarks?: Record<string, unknown> }
  | { readonly ok: false; readonly failure: Failed };

export function readCall({ asked }: PlannedCall, completion: Completion): CallReply {
  if (asked.elicit === 'logprobs') return readLogprobs(asked, completion);
  const { text } = completion;
  const reply = parseReply(asked, text);
  if (reply.kind === 'answers') return { ok: true, reply };
  const { outcome, code, reason } = reply;
  const isUnenforced =
    asked.format === 'schema' && outcome !== 'refused' && !follows(schemaOfReply(asked), text);
  const failure = {
    outcome,
    code,
    reason: isUnenforced
      ? `${reason} (the reply does not follow the JSON Schema that was sent: the endpoint does not enforce it)`
      : reason,
  };
  return { ok: false, failure };
}

function readLogprobs(asked: Asked, { logprobs }: Completion): CallReply {
  const item = asked.items[0]!.item.number;
  if (logprobs == null)
    return failed('the reply tells no log-probabilities', {
      code: 'no_logprobs',
      isHopeless: true,
    });
  const { probabilities, outside } = probabilitiesOf(asked, logprobs);
  if (probabilities.size === 0)
    return failed('none of the most likely first tokens is the letter of an option', {
      code: 'no_option',
    });
  const reply: ReadReply = {
    answers: new Map(),
    unanswered: new Map(),
    texts: new Map(),
    probabilities: new Map([[item, probabilities]]),
    explanation: null,
    uniform: false,
    repaired: false,
  };
  return { ok: true, reply, remarks: { probability_outside: outside } };
}

function failed(reason: string, more: Partial<Failed>): CallReply {
  return { ok: false, failure: { outcome: 'invalid', reason, ...more } };
}
