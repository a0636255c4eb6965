/** The tasks of an administration: one for each of its calls. */
import type { PlannedCall } from '../../administration/calls.ts';
import { schemaOfReply } from '../../administration/schema.ts';
import { isWholeObject } from '../../instruments/reply/cut-off.ts';
import type { ModelEntry } from '../../models/catalogue.ts';
import { seedFrom } from '../../models/seed.ts';
import type { Completion, CompletionRequest, Turn } from '../../providers/provider.ts';
import {
  estimateTokens,
  type Tokens,
  tokensOfReply,
  tokensOfText,
} from '../../runner/budget/estimate.ts';
import type { Failed, Part, Verdict } from '../../runner/task.ts';
import type { AnsweredSheet, RunnableExperiment, StoredPart } from '../experiment.ts';
import { readCall } from './call-reply.ts';
import {
  type AdministrationPlan,
  hasSeveralCalls,
  isEmpty,
  isFurtherCall,
  type Made,
  nextCall,
  sheetOf,
} from './progress.ts';

/** What all calls of an administration share. */
export interface Shared
  extends Pick<RunnableExperiment, 'id' | 'groupId' | 'subject' | 'personaId'> {
  readonly plan: AdministrationPlan;
  readonly model: ModelEntry;
  readonly parameters: Pick<
    CompletionRequest,
    'temperature' | 'topP' | 'maxTokens' | 'maxTokensField' | 'extra'
  >;
  /** Says whose answers are wanted. */
  /** Null where no persona is described. */
  readonly role: string | null;
  /** Those that belong to the persona. */
  readonly turns: readonly Turn[];
  readonly promptOf: (call: PlannedCall) => string;
  readonly seedBasis: readonly unknown[];
  /** A sheet of equal answers is no answer. */
  readonly rejectUniform: boolean;
}

/** An administration before one of its calls. */
interface Stage {
  readonly shared: Shared;
  readonly made: readonly Made[];
  /** Prompts and replies of the calls that were made, where they are kept. */
  readonly turns: readonly Turn[];
  readonly previous: RunnableExperiment | null;
}

type Step = Verdict<AnsweredSheet, RunnableExperiment>;

/** The most that OpenAI tells. */
const TOP_LOGPROBS = 20;

/** A stored reply was read before, however it had ended. */
const STORED = { stopReason: 'stop', rawStopReason: null, usage: null, modelServed: null } as const;

/**
 * @param parts calls that are stored, in their order
 * @returns the task at the first call that is not stored; at the first of all where all are, as for
 *   an administration that is repeated
 */
export function resumeAdministration(
  shared: Shared,
  parts: readonly StoredPart[],
): RunnableExperiment {
  const beginning = { shared, made: [], turns: [], previous: null };
  const first = taskAt(beginning, shared.plan.calls[0]!);
  let task = first;
  for (const part of parts) {
    const step = part.call === task.call ? replay(task, part) : null;
    if (step?.outcome === 'answered') return { ...first, previous: task };
    if (step?.outcome !== 'continued') break;
    task = step.next;
  }
  return task;
}

function replay(task: RunnableExperiment, part: StoredPart): Step | null {
  const { refused, reason, reply, logprobs } = part;
  if (refused) return task.otherwise?.({ outcome: 'refused', reason: reason ?? '' }) ?? null;
  return reply === null ? null : task.read({ ...STORED, text: reply, logprobs });
}

function taskAt(stage: Stage, call: PlannedCall): RunnableExperiment {
  const { plan, parameters, promptOf, seedBasis, model } = stage.shared;
  const { id, groupId, subject, personaId } = stage.shared;
  const { number, asked } = call;
  const user = promptOf(call);
  const ofSeveral = {
    call: number,
    otherwise: (failure: Failed) => stepWithout(stage, call, failure, () => task),
    ...(stage.previous === null ? {} : { previous: stage.previous }),
    ...(stage.made.length === 0 ? {} : { kept: () => sheetOf(plan, stage.made, call) }),
  };
  const task: RunnableExperiment = {
    ...{ id, groupId, subject, personaId, model },
    request: {
      modelId: model.modelId,
      ...conversationOf(stage, user),
      ...parameters,
      format: asked.format === 'schema' ? { schema: schemaOfReply(asked) } : asked.format,
      logprobs: asked.elicit === 'logprobs' ? TOP_LOGPROBS : null,
    },
    replyTokens: tokensOfReply(asked).usual,
    // A first call has the seed of an only one.
    seedOf: (attempt) => seedFrom([...seedBasis, ...(number === 1 ? [] : [number]), attempt]),
    // A reply of which one token counts may be cut off after it.
    ...(asked.elicit === 'logprobs'
      ? { isWhole: () => true }
      : asked.format === 'text'
        ? {}
        : { isWhole: isWholeObject }),
    read: (completion) => readStep(stage, call, completion, user, () => task),
    estimate: () => estimateRest(stage, call, task),
    ...(hasSeveralCalls(plan) ? ofSeveral : {}),
  };
  return task;
}

/** The messages of a call: whose answers are wanted is said once, at the beginning. */
function conversationOf(
  { shared, turns: kept }: Stage,
  user: string,
): Pick<CompletionRequest, 'system' | 'turns' | 'user'> {
  const { role, plan } = shared;
  const turns = [...shared.turns, ...kept];
  if (role === null || plan.settings.persona_in === 'system') return { system: role, turns, user };
  const [first, ...others] = turns;
  return first === undefined
    ? { system: null, turns, user: `${role}\n\n${user}` }
    : {
        system: null,
        turns: [{ ...first, content: `${role}\n\n${first.content}` }, ...others],
        user,
      };
}

function readStep(
  stage: Stage,
  call: PlannedCall,
  completion: Completion,
  user: string,
  task: () => RunnableExperiment,
): Step {
  const read = readCall(call, completion);
  if (!read.ok) return read.failure;
  const said: Turn[] = [
    { role: 'user', content: user },
    { role: 'assistant', content: completion.text },
  ];
  const step = stepAfter(stage, { call, reply: read.reply }, said, task);
  return read.remarks === undefined || 'reason' in step ? step : { ...step, remarks: read.remarks };
}

/** What follows when a call is given up. */
function stepWithout(
  stage: Stage,
  call: PlannedCall,
  { outcome }: Failed,
  task: () => RunnableExperiment,
): Step | null {
  const { plan } = stage.shared;
  // What the planned calls have brought stands without the further one.
  if (isFurtherCall(plan, call)) return { outcome: 'answered', value: sheetOf(plan, stage.made) };
  return outcome === 'refused' && plan.settings.items_per_call === 1
    ? stepAfter(stage, { call, reply: null }, [], task)
    : null;
}

/** @param said prompt and reply of the call */
function stepAfter(
  { shared, made: before, turns }: Stage,
  one: Made,
  said: readonly Turn[],
  task: () => RunnableExperiment,
): Step {
  const { plan, rejectUniform } = shared;
  const made = [...before, one];
  const part: Part = {
    call: one.call.number,
    items: one.call.asked.items.map(({ item }) => item.number),
  };
  const next = nextCall(plan, made);
  if (next !== null) {
    const kept = plan.settings.earlier_turns === 'kept' ? [...turns, ...said] : [];
    const stage = { shared, made, turns: kept, previous: task() };
    return { outcome: 'continued', next: taskAt(stage, next), part };
  }
  const value = sheetOf(plan, made);
  if (isEmpty(value))
    return { outcome: 'refused', reason: 'every item was declined', code: 'refused' };
  if (value.uniform && rejectUniform)
    return {
      outcome: 'invalid',
      reason: 'all answers are equal (--reject-uniform)',
      code: 'uniform',
    };
  return { outcome: 'answered', value, ...(hasSeveralCalls(plan) ? { part } : {}) };
}

/** All calls from this one on, those included that an answer may make needless. */
function estimateRest(
  { shared, turns }: Stage,
  call: PlannedCall,
  task: RunnableExperiment,
): Tokens & { readonly calls: number } {
  const { plan, promptOf, role } = shared;
  const own = estimateTokens(task);
  const keeps = plan.settings.earlier_turns === 'kept';
  const persona = tokensOfText(
    [role, ...shared.turns.map(({ content }) => content)].join('').length,
  );
  let earlier = keeps ? tokensOfText(turns.map(({ content }) => content).join('').length) : 0;
  let before = tokensOfText(promptOf(call).length) + own.output;
  let { input, output } = own;
  const rest = plan.calls.filter(({ number }) => number > call.number);
  for (const later of rest) {
    if (keeps) earlier += before;
    const prompt = tokensOfText(promptOf(later).length);
    const reply = tokensOfReply(later.asked).usual;
    input += persona + earlier + prompt;
    output += reply;
    before = prompt + reply;
  }
  return { calls: 1 + rest.length, input, output };
}
