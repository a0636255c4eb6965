import { describe, expect, test } from 'vitest';
import { itemsAsked, MOODS, replyTo } from '../../../test/support/questionnaire.ts';
import { promptOfGroup } from '../../administration/calls.ts';
import { type AdministrationSettings, administration } from '../../administration/settings.ts';
import { createCatalogue } from '../../models/catalogue.ts';
import { storedParameters } from '../../models/parameters.ts';
import type { CompletionRequest, TokenLogprob } from '../../providers/provider.ts';
import type { Verdict } from '../../runner/task.ts';
import type { AnsweredSheet, RunnableExperiment, StoredPart } from '../experiment.ts';
import type { Persona } from './persona-text.ts';
import { prepareExperiment } from './prepare.ts';

const CATALOGUE = createCatalogue();
const MODEL = CATALOGUE.find('sim-gpt4o');
const ANA: Persona = {
  row: { id: 7, description: 'I am Ana.', repetitions: 2, age: 34, gender: 'Female' },
  columns: {},
};

interface Given {
  readonly persona?: Persona;
  readonly parts?: readonly StoredPart[];
  readonly personality?: number;
  readonly rejectUniform?: boolean;
}

function prepare(settings: Partial<AdministrationSettings>, given: Given = {}): RunnableExperiment {
  const whole = administration.parse(settings);
  const prepared = prepareExperiment(
    {
      version: '1',
      experimentId: 11,
      groupId: 3,
      repeated: 1,
      questionnaire: MOODS.slug,
      provider: MODEL.provider,
      modelId: MODEL.modelId,
      population: 'p',
      personalityId: given.personality ?? 10,
      personaId: 7,
      group: {
        systemRole: 'You are this person:\n<row.description>',
        prompt: promptOfGroup(MOODS, whole),
        temperature: null,
        topP: null,
      },
      details: {
        instrumentSha256: MOODS.sha256,
        modelName: MODEL.name,
        parameters: storedParameters(MODEL),
        seed: 42,
        drawSeed: 42,
        administration: settings,
      },
    },
    [given.persona ?? ANA],
    {
      catalogue: CATALOGUE,
      instrumentOf: () => MOODS,
      settingsOf: () => whole,
      rejectUniform: given.rejectUniform ?? false,
    },
    given.parts,
  );
  if (!prepared.runnable) throw new Error(prepared.reason);
  return prepared.task;
}

/** The ids of the items that a request asks. */
function asked({ user }: Pick<CompletionRequest, 'user'>): string[] {
  return itemsAsked({ json: { messages: [{ role: 'user', content: user }] } });
}

function said(text: string, logprobs: readonly TokenLogprob[] | null = null) {
  return { text, logprobs, stopReason: 'stop', usage: null } as Parameters<
    RunnableExperiment['read']
  >[0];
}

const REFUSED = { outcome: 'refused', reason: 'no' } as const;

/** What is said to a task, or null where its call is given up as refused. */
type Saying = (task: RunnableExperiment) => string | null;

const everything: Saying = (task) => replyTo(asked(task.request));

/** Goes through the calls of an administration. */
function administer(first: RunnableExperiment, say: Saying = everything) {
  const calls: { readonly call: number; readonly items: string[] }[] = [];
  for (let task = first; ; ) {
    calls.push({ call: task.call ?? 1, items: asked(task.request) });
    const text = say(task);
    const step = text === null ? task.otherwise!(REFUSED) : task.read(said(text));
    if (step?.outcome === 'continued') task = step.next;
    else return { calls, task, step };
  }
}

function sheetIn(step: Verdict<AnsweredSheet, RunnableExperiment> | null): AnsweredSheet {
  if (step?.outcome !== 'answered') throw new Error(`not answered: ${JSON.stringify(step)}`);
  return step.value;
}

const scoresOf = ({ scores }: AnsweredSheet) =>
  Object.fromEntries(scores.map(({ scale, score }) => [scale, score]));

describe('an administration in several calls', () => {
  test('asks block by block, leaves out what an answer makes needless, and is one sheet', () => {
    const { calls, step } = administer(prepare({ items_per_call: 'block' }));
    expect(calls).toEqual([
      { call: 1, items: ['a1', 'a2', 'a3'] },
      { call: 2, items: ['b1', 'b2'] },
      { call: 3, items: ['c1'] },
    ]);
    const sheet = sheetIn(step);
    expect([...sheet.answers]).toEqual([
      [1, 5],
      [2, 4],
      [3, 3],
      [4, 1],
      [5, 2],
      [6, 1],
    ]);
    expect(sheet).toMatchObject({ partial: false, uniform: false, states: new Map() });
    expect(sheet.explanation).toBe('About a1,a2,a3.\n\nAbout b1,b2.\n\nAbout c1.');
    expect(scoresOf(sheet)).toEqual({ A: 12, B: 8 / 3 });

    const no = administer(prepare({ items_per_call: 'block' }), (task) =>
      replyTo(asked(task.request), (id) => (id.startsWith('a') ? 'No' : 'Often')),
    );
    expect(no.calls.map(({ call }) => call)).toEqual([1, 2]);
    expect(sheetIn(no.step).states.get(6)).toMatchObject({ state: 'not_applicable' });
    expect(sheetIn(no.step).partial).toBe(false);
  });

  test('asks so many items a call, none of two blocks together', () => {
    const { calls } = administer(prepare({ items_per_call: 2 }));
    expect(calls.map(({ items }) => items)).toEqual([['a1', 'a2'], ['a3'], ['b1', 'b2'], ['c1']]);
  });

  test('has the same order in every call and at every preparation, another one for another persona', () => {
    const settings = { items_per_call: 2, item_order: 'shuffled' } as const;
    const first = administer(prepare(settings));
    expect(administer(prepare(settings)).calls).toEqual(first.calls);
    expect(sheetIn(first.step).order.items?.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    const orders = [1, 2, 3, 4, 5, 6].map((personality) =>
      JSON.stringify(administer(prepare(settings, { personality })).calls),
    );
    expect(new Set(orders).size).toBeGreaterThan(1);
    expect([...sheetIn(first.step).answers.keys()]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('continues at the first call that is not stored, from the texts alone', () => {
    const settings = { items_per_call: 2, earlier_turns: 'kept' } as const;
    const whole = administer(prepare(settings));
    const parts: StoredPart[] = whole.calls.map(({ call, items }) => ({
      call,
      ...{ refused: false, reason: null, reply: replyTo(items), logprobs: null },
    }));
    for (let stored = 0; stored < parts.length; stored++) {
      const task = prepare(settings, { parts: parts.slice(0, stored) });
      expect(task.call).toBe(stored + 1);
      const rest = administer(task);
      expect(rest.calls).toEqual(whole.calls.slice(stored));
      expect(rest.task.request).toEqual(whole.task.request);
      expect(sheetIn(rest.step)).toEqual(sheetIn(whole.step));
    }
    const again = prepare(settings, { parts });
    expect(again).toMatchObject({ call: 1, previous: { call: 4 } });
    // One that is not there, or cannot be read, is asked again.
    expect(prepare(settings, { parts: parts.slice(1) }).call).toBe(1);
    const unread = [parts[0]!, { ...parts[1]!, reply: 'Hm.' }];
    expect(prepare(settings, { parts: unread }).call).toBe(2);
  });

  test('has a seed of its own for each call, that of a single call for the first', () => {
    const first = prepare({ items_per_call: 'block' });
    const second = administer(first).task.previous!;
    expect(second.call).toBe(2);
    expect(second.seedOf(1)).not.toBe(first.seedOf(1));
    expect(first.seedOf(1)).toBe(prepare({}).seedOf(1));
  });

  test('is not told apart from a single call in what is published', () => {
    const task = prepare({});
    expect(task.call).toBeUndefined();
    expect(task.otherwise).toBeUndefined();
    expect(task.subject).toBe('moods');
    expect(prepare({ items_per_call: 2 }).subject).toBe('moods (items_per_call: 2)');
  });

  test('estimates all calls that are left', () => {
    const one = prepare({}).estimate();
    const first = prepare({ items_per_call: 1 });
    const last = administer(first).task;
    expect([one.calls, first.estimate().calls, last.estimate().calls]).toEqual([1, 6, 1]);
    expect(first.estimate().output).toBeGreaterThan(one.output);
    expect(first.estimate().input).toBeGreaterThan(5 * last.estimate().input);
    const kept = prepare({ items_per_call: 1, earlier_turns: 'kept' });
    expect(kept.estimate().input).toBeGreaterThan(first.estimate().input * 1.5);
  });

  test('without equal answers: its last call is asked again where they are all equal', () => {
    const settings = { items_per_call: 'block' } as const;
    const equal: Saying = (task) =>
      replyTo(asked(task.request), (id) => (id.startsWith('a') ? 'No' : 'Sometimes'));
    expect(administer(prepare(settings, { rejectUniform: true }), equal).step).toMatchObject({
      outcome: 'invalid',
      code: 'uniform',
    });
    expect(sheetIn(administer(prepare(settings), equal).step).uniform).toBe(true);
  });
});

describe('a refusal', () => {
  test('declines the item of its call where each call asks one', () => {
    const { calls, step } = administer(prepare({ items_per_call: 1 }), (task) =>
      asked(task.request).includes('a2') ? null : everything(task),
    );
    expect(calls).toHaveLength(6);
    const sheet = sheetIn(step);
    expect(sheet.states).toEqual(
      new Map([[2, { state: 'declined', call: 2, quantity: null, text: null }]]),
    );
    expect(sheet.partial).toBe(true);
    expect(scoresOf(sheet)).toEqual({ A: null, B: 8 / 3 });
  });

  test('of every item is the refusal of the administration', () => {
    const { step } = administer(prepare({ items_per_call: 1 }), () => null);
    expect(step).toMatchObject({ outcome: 'refused', reason: 'every item was declined' });
  });

  test('of a call that asks several ends the administration, which keeps what came before', () => {
    const { task, step } = administer(prepare({ items_per_call: 'block' }), (one) =>
      one.call === 2 ? null : everything(one),
    );
    expect(step).toBeNull();
    const kept = task.kept!();
    expect([...kept.answers.keys()]).toEqual([1, 2, 3]);
    expect([...kept.states].map(([item, { state }]) => [item, state])).toEqual([
      [4, 'declined'],
      [5, 'declined'],
      [6, 'not_asked'],
    ]);
    expect(prepare({ items_per_call: 'block' }).kept).toBeUndefined();
  });
});

describe('what has no answer', () => {
  const settings = { items_per_call: 'all', no_answer: 'offered', ask_missing: true } as const;
  const without =
    (...ids: string[]): Saying =>
    (task) =>
      replyTo(asked(task.request), (id) =>
        ids.includes(id) && task.call === 1 ? null : id.startsWith('a') ? 'Yes' : 'Often',
      );

  test('is asked once more, and the sheet says which call answered', () => {
    const { calls, step } = administer(prepare(settings), without('a2', 'b1'));
    expect(calls).toEqual([
      { call: 1, items: ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'] },
      { call: 2, items: ['a2', 'b1'] },
    ]);
    const sheet = sheetIn(step);
    expect(sheet.answers.size).toBe(6);
    expect(sheet.partial).toBe(false);
    expect([...sheet.states].map(([item, { state, call }]) => [item, state, call])).toEqual([
      [2, 'answered', 2],
      [4, 'answered', 2],
    ]);
  });

  test('and is declined again stays without one', () => {
    const { calls, step } = administer(prepare(settings), (task) =>
      replyTo(asked(task.request), (id) =>
        id === 'a2' ? null : id.startsWith('a') ? 'Yes' : 'Often',
      ),
    );
    expect(calls).toHaveLength(2);
    expect(sheetIn(step).states.get(2)).toMatchObject({ state: 'declined', call: 2 });
    expect(sheetIn(step).partial).toBe(true);
  });

  test('is not asked again where nothing lacks an answer or does not apply', () => {
    const no: Saying = (task) =>
      replyTo(asked(task.request), (id) =>
        id === 'c1' ? null : id.startsWith('a') ? 'No' : 'Often',
      );
    const { calls, step } = administer(prepare(settings), no);
    expect(calls).toHaveLength(1);
    expect(sheetIn(step).states.get(6)).toMatchObject({ state: 'not_applicable' });
  });

  test('leaves the first result standing where the further call brings nothing', () => {
    const first = prepare(settings).read(said(without('a2')(prepare(settings))!));
    if (first.outcome !== 'continued') throw new Error(first.outcome);
    for (const outcome of ['refused', 'invalid', 'truncated'] as const) {
      const step = first.next.otherwise!({ outcome, reason: 'no' });
      expect(sheetIn(step).states.get(2)).toMatchObject({ state: 'declined', call: 1 });
      expect(sheetIn(step).answers.size).toBe(5);
    }
  });
});

describe('a persona', () => {
  const role = 'You are this person:\nI am Ana.';
  const first = (settings: Partial<AdministrationSettings>, persona = ANA) =>
    prepare(settings, { persona }).request;

  test('stands in the system role, or before the questionnaire of each call', () => {
    expect(first({})).toMatchObject({ system: role, turns: [] });
    const { request } = prepare({ persona_in: 'user', items_per_call: 'block' });
    expect(request).toMatchObject({ system: null, turns: [] });
    const { task } = administer(prepare({ persona_in: 'user', items_per_call: 'block' }));
    for (const { user } of [request, task.request])
      expect(user).toMatch(/^You are this person:\nI am Ana\.\n\nSay how far/);
  });

  test('is said once where earlier turns are kept', () => {
    const { task } = administer(
      prepare({ persona_in: 'user', items_per_call: 'block', earlier_turns: 'kept' }),
    );
    const { turns, user, system } = task.request;
    expect(system).toBeNull();
    expect(turns.map((turn) => turn.role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(turns[0]!.content).toMatch(/^You are this person:\nI am Ana\.\n\nSay how far/);
    expect(turns[1]!.content).toBe(replyTo(['a1', 'a2', 'a3']));
    for (const text of [turns[2]!.content, user]) expect(text).not.toContain('Ana');
  });

  test('may be attributes, its own columns before those of its row', () => {
    expect(first({ persona_as: 'attributes' }).system).toBe(
      'You are this person:\nage: 34\ngender: Female',
    );
    const own = { ...ANA, columns: { party_id: 'Independent', county: 'Kent' } };
    expect(first({ persona_as: 'attributes' }, own).system).toBe(
      'You are this person:\ncounty: Kent\nparty id: Independent',
    );
    const nobody = { ...ANA, row: { ...ANA.row, age: null, gender: null } };
    expect(() => first({ persona_as: 'attributes' }, nobody)).toThrow('no attributes');
  });

  test('may be an interview, of which the first question has the role where that is no system role', () => {
    const turns = [
      { role: 'user', content: 'What is your age?' },
      { role: 'assistant', content: '34' },
      { role: 'user', content: 'What is your gender?' },
      { role: 'assistant', content: 'Female' },
    ];
    expect(first({ persona_as: 'interview' })).toMatchObject({
      system: 'You are this person:',
      turns,
    });
    const inUser = first({ persona_as: 'interview', persona_in: 'user' });
    expect(inUser.system).toBeNull();
    expect(inUser.turns[0]!.content).toBe('You are this person:\n\nWhat is your age?');
    expect(inUser.turns.slice(1)).toEqual(turns.slice(1));
  });
});

describe('what is elicited otherwise', () => {
  test('is a distribution: the score is the expected value, of points and not of numbers', () => {
    const shares: Record<string, readonly number[]> = { a: [0, 0, 0, 0.5, 0.5], b: [0, 0.5, 0.5] };
    const labels: Record<string, readonly string[]> = {
      a: ['No', 'Rather no', 'Neither', 'Rather yes', 'Yes'],
      b: ['Never', 'Sometimes', 'Often'],
    };
    const text = (task: RunnableExperiment) =>
      JSON.stringify(
        Object.fromEntries(
          asked(task.request).map((id) => {
            const set = id.startsWith('a') ? 'a' : 'b';
            return [
              id,
              Object.fromEntries(labels[set]!.map((label, at) => [label, shares[set]![at]])),
            ];
          }),
        ),
      );
    const sheet = sheetIn(
      administer(prepare({ elicit: 'distribution', items_per_call: 3 }), text).step,
    );
    expect(sheet.answers.size).toBe(0);
    expect(sheet.probabilities.get(1)?.get(5)).toBe(0.5);
    expect(sheet.states.get(1)).toMatchObject({ state: 'answered', quantity: 4.5 });
    // Points of the second set are twice its numbers.
    expect(sheet.states.get(4)).toMatchObject({ state: 'answered', quantity: null });
    expect(scoresOf(sheet)).toMatchObject({ A: 4.5 + 4.5 + 1.5, B: 3 });
  });

  test('are log-probabilities: one item a call, of which the mass outside is told', () => {
    const first = prepare({ elicit: 'logprobs', items_per_call: 1 });
    expect(first.request).toMatchObject({ logprobs: 20, format: 'text' });
    expect(first.isWhole?.('A')).toBe(true);
    const step = first.read(
      said('E', [
        { token: 'E', logprob: Math.log(0.5) },
        { token: ' D', logprob: Math.log(0.25) },
        { token: 'Yes', logprob: Math.log(0.2) },
      ]),
    );
    if (step.outcome !== 'continued') throw new Error(step.outcome);
    expect(step.remarks?.probability_outside).toBeCloseTo(0.25, 12);
    expect(step.next.kept!().probabilities.get(1)).toEqual(
      new Map([
        [5, 0.5],
        [4, 0.25],
      ]),
    );
    // Of the options alone: nothing is made of what lies outside.
    expect(step.next.kept!().states.get(1)?.quantity).toBeCloseTo((5 * 0.5 + 4 * 0.25) / 0.75, 12);
    expect(first.read(said('E'))).toMatchObject({ outcome: 'invalid', isHopeless: true });
    expect(first.read(said('E', [{ token: 'Yes', logprob: -1 }]))).toMatchObject({
      outcome: 'invalid',
      code: 'no_option',
    });
  });

  test('follows a schema, or the reason says that the endpoint does not enforce it', () => {
    const task = prepare({ format: 'schema', items_per_call: 'block' });
    expect(task.request.format).toMatchObject({
      schema: { required: ['a1', 'a2', 'a3', 'explanation'], additionalProperties: false },
    });
    expect(task.read(said(replyTo(['a1', 'a2', 'a3']))).outcome).toBe('continued');
    const unenforced = task.read(said('{"a1": "Maybe"}'));
    expect(unenforced).toMatchObject({
      outcome: 'invalid',
      reason: expect.stringContaining('does not follow the JSON Schema that was sent'),
    });
    const plain = prepare({ items_per_call: 'block' }).read(said('{"a1": "Maybe"}'));
    expect(plain).not.toMatchObject({ reason: expect.stringContaining('Schema') });
  });
});
