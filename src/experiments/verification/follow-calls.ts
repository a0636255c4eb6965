/**
 * Goes through the stored calls of an administration as the runner did: what each was to send, and
 * what its reply means. Knows no database.
 */
import { PARSER_VERSION } from '../../instruments/reply/parser-version.ts';
import { converseInput } from '../../providers/converse.ts';
import { chatBody } from '../../providers/openai-request.ts';
import type { Completion, CompletionRequest, Exchange } from '../../providers/provider.ts';
import { classifyResult, followingOf, hasFailed } from '../../runner/call-result.ts';
import type { Failed, Verdict } from '../../runner/task.ts';
import type { AnsweredSheet, RunnableExperiment } from '../experiment.ts';
import { type Checked, count, type Difference } from './deviation.ts';
import { firstDifference, type JsonDifference } from './json-difference.ts';
import { isConverse, isReadable, type OpenedCall } from './opened-call.ts';

type Step = Verdict<AnsweredSheet, RunnableExperiment>;

/** What the calls of an administration brought, as their replies are read now. */
export interface Followed {
  /** Of the last series of calls that was whole; null where none was. */
  readonly sheet: AnsweredSheet | null;
  /** What calls had brought before the administration was refused; null where nothing is kept. */
  readonly kept: AnsweredSheet | null;
  /** The last of these calls, and the one that asked an item last. */
  readonly last: OpenedCall | null;
  readonly asking: ReadonlyMap<number, OpenedCall>;
  /** Every reply that counts was read from bytes that match their SHA-256. */
  readonly isWhole: boolean;
}

export type Found = Difference & { readonly call: OpenedCall };

/**
 * @param first the administration before its first call
 * @param calls in the order in which they were stored
 * @param checked is counted up
 * @param found is told what deviates
 */
export function followCalls(
  first: RunnableExperiment,
  calls: readonly OpenedCall[],
  checked: Checked,
  found: (one: Found) => void,
): Followed {
  // Calls that may come next; the likely one is first. A series may begin anew at any time.
  let open: readonly RunnableExperiment[] = [first];
  let sheet: AnsweredSheet | null = null;
  let kept: AnsweredSheet | null = null;
  let last: OpenedCall | null = null;
  let isWhole = true;
  const asking = new Map<number, OpenedCall>();
  for (const call of calls) {
    const task = checkRequest(open, call, checked, found);
    const own = readStored(task, call);
    if (own === null) {
      isWhole = false;
      continue;
    }
    if (own.isTrusted) checkOutcome(call, own.step, checked, found);
    else if (call.about.outcome === 'answered') isWhole = false;
    const step = hasFailed(own.step) ? followingOf(task, own.step) : own.step;
    const given = step as Step;
    if (hasFailed(given)) {
      if (given.outcome === 'refused') kept = task.kept?.() ?? kept;
      continue;
    }
    const next = given.outcome === 'continued' ? given.next : first;
    // A refusal may have been tried again, or been taken for an answer: the call's part tells.
    const goesOn = !hasFailed(own.step) || call.part !== null;
    open = goesOn ? [next, ...open] : [...open, next];
    if (goesOn) for (const item of given.part?.items ?? []) asking.set(item, call);
    if (given.outcome === 'answered') [sheet, last] = [given.value as AnsweredSheet, call];
    if (goesOn) checkPart(call, given.part, found);
  }
  return { sheet, kept, last, asking, isWhole };
}

/** @returns the task whose request it is, or the likely one */
function checkRequest(
  open: readonly RunnableExperiment[],
  call: OpenedCall,
  checked: Checked,
  found: (one: Found) => void,
): RunnableExperiment {
  const { part, request } = call;
  const likely =
    (part === null ? undefined : open.find((one) => one.call === part.call)) ?? open[0]!;
  if (request.text === null) return likely;
  count(checked, 'requests');
  const difference = differenceTo(likely, call);
  if (difference === null) return likely;
  const other = open.find((one) => one !== likely && differenceTo(one, call) === null);
  if (other !== undefined) return other;
  const what = difference.path === '' ? 'the request' : `${difference.path} of the request`;
  found({ call, check: 'requests', ...difference, what });
  return likely;
}

function differenceTo(
  task: RunnableExperiment,
  { request, about }: OpenedCall,
): JsonDifference | null {
  const seed = typeof about.seed === 'number' ? task.seedOf(Number(about.attempt)) : null;
  return firstDifference(request.value, bodyLike(request.value, { ...task.request, seed }));
}

/** The body of a request in the protocol, and with the kind of format, of one that was sent. */
function bodyLike(sent: unknown, request: CompletionRequest): unknown {
  if (isConverse(sent)) {
    const { modelId: _, ...body } = converseInput(request);
    return body;
  }
  const { response_format: format } = (sent ?? {}) as {
    readonly response_format?: { readonly type?: unknown };
  };
  return chatBody(request, {
    json: format !== undefined,
    schema: format?.type === 'json_object' ? 'json_object' : 'json_schema',
  });
}

interface ReadStep {
  readonly step: Step;
  /** The reply was read from bytes that match their SHA-256. */
  readonly isTrusted: boolean;
}

/** @returns null where nothing tells how the call ended */
function readStored(task: RunnableExperiment, call: OpenedCall): ReadStep | null {
  const { about } = call;
  if (typeof about.outcome !== 'string') return null;
  const failure = {
    outcome: about.outcome as Failed['outcome'],
    reason: typeof about.reason === 'string' ? about.reason : '',
  };
  // What came was no completion, or the run had a rule of its own.
  if (about.error_kind != null || about.reason_code === 'uniform')
    return { step: failure, isTrusted: false };
  const fromBytes = isReadable(call) ? call.completion : null;
  // The conversation goes on from what was said, even where its bytes were altered since.
  const completion = fromBytes ?? storedCompletion(call);
  if (completion === null)
    return about.outcome === 'answered' ? null : { step: failure, isTrusted: false };
  return {
    step: classifyResult(task, { ok: true, completion, exchange: NO_EXCHANGE }) as Step,
    isTrusted: fromBytes !== null,
  };
}

const NO_EXCHANGE: Exchange = {
  requestBody: new Uint8Array(0),
  responseBody: null,
  status: null,
  requestId: null,
  startedAt: 0,
  latencyMs: 0,
};

function storedCompletion({ reply, about }: OpenedCall): Completion | null {
  if (reply === null) return null;
  const logprobs = about.first_token_logprobs as Completion['logprobs'];
  return {
    text: reply,
    stopReason: 'stop',
    rawStopReason: null,
    usage: null,
    modelServed: null,
    logprobs: logprobs ?? null,
  };
}

function checkOutcome(
  call: OpenedCall,
  step: Step,
  checked: Checked,
  found: (one: Found) => void,
): void {
  const stored = String(call.about.outcome);
  const now = step.outcome === 'continued' ? 'answered' : step.outcome;
  count(checked, 'outcomes');
  if (stored === now) return;
  const { check, since } = readBy(call);
  found({
    call,
    check: check === 'answers' ? 'outcomes' : check,
    what: `outcome of the call${since}`,
    stored,
    expected: hasFailed(step) ? `${now} (${step.reason})` : now,
  });
}

function checkPart(
  call: OpenedCall,
  part: { readonly call: number; readonly items: readonly number[] } | undefined,
  found: (one: Found) => void,
): void {
  if (call.part === null || part === undefined) return;
  const difference = firstDifference(call.part, { call: part.call, items: part.items });
  if (difference !== null)
    found({ call, check: 'requests', ...difference, what: `${difference.path} of what it asked` });
}

/** What a reading that deviates is called: another version of the parser may read otherwise. */
export function readBy({ reply, parserVersion }: OpenedCall): {
  readonly check: 'answers' | 'answers of other parser versions';
  /** To put behind what deviates. */
  readonly since: string;
} {
  // Of an empty reply no text is kept, and every version reads it alike.
  if (reply === null || parserVersion === PARSER_VERSION) return { check: 'answers', since: '' };
  return {
    check: 'answers of other parser versions',
    since:
      parserVersion === null
        ? ', read differently than by a version of the parser that is not recorded'
        : `, read differently since version ${parserVersion} of the parser (this is version ${PARSER_VERSION})`,
  };
}
