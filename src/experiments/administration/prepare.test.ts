import { describe, expect, test } from 'vitest';
import { promptOfGroup } from '../../administration/calls.ts';
import {
  type AdministrationSettings,
  administration,
  PUBLISHED_SETTINGS,
} from '../../administration/settings.ts';
import { findInstrument } from '../../instruments/load.ts';
import { createCatalogue } from '../../models/catalogue.ts';
import { storedParameters } from '../../models/parameters.ts';
import type { RegisteredExperiment, RunnableExperiment } from '../experiment.ts';
import type { Persona } from './persona-text.ts';
import { type PreparationTools, prepareExperiment } from './prepare.ts';
import type { PersonaFields } from './template.ts';

const EPQRA = findInstrument('epqra');
const CATALOGUE = createCatalogue();
const MODEL = CATALOGUE.find('sim-gpt4o');
const TOOLS: PreparationTools = {
  catalogue: CATALOGUE,
  instrumentOf: () => EPQRA,
  settingsOf: () => PUBLISHED_SETTINGS,
  rejectUniform: false,
};
const ANA: Persona = {
  row: { id: 7, description: 'I am Ana.', location: null, repetitions: 2 },
  columns: {},
};
const withRow = (row: PersonaFields): Persona => ({ ...ANA, row: { ...ANA.row, ...row } });
const GROUP = {
  systemRole: 'Be <row.description>',
  prompt: EPQRA.prompt,
  temperature: 0.25,
  topP: null,
};
const DETAILS = {
  instrumentSha256: EPQRA.sha256,
  modelName: MODEL.name,
  parameters: storedParameters(MODEL),
  seed: 42,
  drawSeed: 42,
  administration: {},
};
const ROW: RegisteredExperiment = {
  version: '1',
  experimentId: 11,
  groupId: 3,
  repeated: 1,
  questionnaire: 'epqra',
  provider: MODEL.provider,
  modelId: MODEL.modelId,
  population: 'p',
  personalityId: 10,
  personaId: 7,
  group: GROUP,
  details: DETAILS,
};

type Changes = Partial<RegisteredExperiment>;

function runnable(changes: Changes = {}, persona = ANA, tools = TOOLS): RunnableExperiment {
  const prepared = prepareExperiment({ ...ROW, ...changes }, [persona], tools);
  if (!prepared.runnable) throw new Error(prepared.reason);
  return prepared.task;
}

function reply(answer: (number: number) => boolean): string {
  const answers = EPQRA.items.map(({ number }) => [number, answer(number) ? 'True' : 'False']);
  return JSON.stringify({ ...Object.fromEntries(answers), explanation: 'So.' });
}

/** What is read of a reply with this text. */
function readBy(task: RunnableExperiment, text: string) {
  const usage = null;
  return task.read({ text, usage } as Parameters<typeof task.read>[0]);
}

describe('a registered experiment', () => {
  test('becomes a request for its model, with its persona in the prompt and its group’s parameters', () => {
    const task = runnable();
    expect(task).toMatchObject({ id: 11, groupId: 3, subject: 'epqra', personaId: 7 });
    expect(task.model).toBe(MODEL);
    expect(task.request).toEqual({
      modelId: MODEL.modelId,
      system: 'Be I am Ana.',
      user: EPQRA.prompt,
      temperature: 0.25,
      topP: null,
      maxTokens: MODEL.parameters.maxTokens,
      maxTokensField: MODEL.parameters.maxTokensField,
      extra: MODEL.parameters.extra,
      turns: [],
      format: 'json',
      logprobs: null,
    });
  });

  test('keeps the parameters that its group stores, whatever the catalogue has today', () => {
    const parameters = {
      max_tokens: 77,
      max_tokens_field: 'max_completion_tokens',
      extra: { a: 1 },
    } as const;
    const { request } = runnable({ details: { ...DETAILS, parameters } });
    expect(request).toMatchObject({
      maxTokens: 77,
      maxTokensField: 'max_completion_tokens',
      extra: { a: 1 },
    });
  });

  test('takes the parameters of the catalogue where its group stores none', () => {
    const { maxTokens, maxTokensField, extra } = MODEL.parameters;
    expect(runnable({ details: null }).request).toMatchObject({ maxTokens, maxTokensField, extra });
  });

  test('has no system message where its group stores none', () => {
    expect(runnable({ group: { ...GROUP, systemRole: null } }).request.system).toBeNull();
  });

  test('may name its questionnaire by an alias of the instrument', () => {
    const bigFive = findInstrument('bigfive');
    const tools = { ...TOOLS, instrumentOf: () => bigFive };
    for (const questionnaire of [bigFive.slug, ...bigFive.aliases]) {
      expect(runnable({ questionnaire }, ANA, tools).subject).toBe(bigFive.slug);
    }
  });

  test('has the same seed every time it is prepared, and another one for every attempt', () => {
    const seeds = [1, 2, 3].map(runnable().seedOf);
    expect(new Set(seeds).size).toBe(3);
    expect([1, 2, 3].map(runnable().seedOf)).toEqual(seeds);
  });

  test.each<[string, Changes, Persona]>([
    ['seed of the group', { details: { ...DETAILS, seed: 43 } }, ANA],
    ['population', { population: 'q' }, ANA],
    ['personality', { personalityId: 11 }, ANA],
    ['repetition', { repeated: 2 }, ANA],
    ['draw of the persona', {}, withRow({ repetitions: 3 })],
  ])('has another seed for another %s', (_, changes, persona) => {
    expect(runnable(changes, persona).seedOf(1)).not.toBe(runnable().seedOf(1));
  });

  test('does not take the ids that a database gave into its seed', () => {
    const elsewhere = runnable(
      { experimentId: 900, groupId: 901, personaId: 902 },
      withRow({ id: 902 }),
    );
    expect(elsewhere.seedOf(1)).toBe(runnable().seedOf(1));
  });
});

describe('every setting reaches the request', () => {
  const five = findInstrument('bigfive');
  const sent = (settings: AdministrationSettings) => {
    const group = { ...GROUP, prompt: promptOfGroup(five, settings) };
    const tools = { ...TOOLS, instrumentOf: () => five, settingsOf: () => settings };
    const { request } = runnable({ group, questionnaire: 'bigfive' }, ANA, tools);
    return request;
  };
  const published = sent(PUBLISHED_SETTINGS);

  test.each<Partial<AdministrationSettings>>([
    { item_order: 'shuffled' },
    { option_order: 'reversed' },
    { option_order: 'shuffled' },
    { option_display: 'ends' },
    { midpoint: 'dropped' },
    { no_answer: 'offered' },
    { items_per_call: 10 },
    { answer_as: 'letter' },
    { answer_as: 'label' },
    { format: 'text' },
    { format: 'schema' },
    { elicit: 'reasoned' },
    { elicit: 'distribution' },
    { persona_in: 'user' },
    { paraphrase: 'Please answer: {{answers}} {{items}} {{reply}}' },
    { noise: { kind: 'swap', rate: 0.2, of: 'items' } },
  ])('%j alone', (given) => {
    expect(sent({ ...PUBLISHED_SETTINGS, ...given })).not.toEqual(published);
  });

  test.each<Partial<AdministrationSettings>>([
    {},
    { answer_as: 'letter' },
    { midpoint: 'dropped' },
    { paraphrase: 'Please answer: {{answers}} {{items}} {{reply}}' },
  ])('reversed answers are shown reversed, with %j besides', (given) => {
    const settings = { ...PUBLISHED_SETTINGS, ...given };
    const labels = five.answerSets[0]!.options.map(({ label }) => label);
    const shown = (one: AdministrationSettings) => {
      const { user } = sent(one);
      return labels
        .filter((label) => user.includes(label))
        .toSorted((a, b) => user.indexOf(a) - user.indexOf(b));
    };
    expect(shown({ ...settings, option_order: 'reversed' })).toEqual(shown(settings).toReversed());
  });

  test('a group whose stored prompt lacks the reversal is not asked', () => {
    const settings = { ...PUBLISHED_SETTINGS, option_order: 'reversed' } as const;
    const tools = { ...TOOLS, settingsOf: () => settings };
    const prepared = prepareExperiment(ROW, [ANA], tools);
    expect(prepared).toMatchObject({
      runnable: false,
      reason: expect.stringContaining('does not reverse'),
    });
  });
});

describe('what is drawn for an administration', () => {
  const settings = administration.parse({
    item_order: 'shuffled',
    noise: { kind: 'keyboard', rate: 0.1 },
  });
  const group = { ...GROUP, prompt: promptOfGroup(EPQRA, settings) };
  const promptOf = (changes: Changes = {}, persona = ANA) =>
    runnable({ group, ...changes }, persona, { ...TOOLS, settingsOf: () => settings }).request.user;
  const other = CATALOGUE.find('sim-gpt35');
  const ofOther = { modelId: other.modelId, details: { ...DETAILS, modelName: other.name } };

  test('is the same for every model and condition, and whatever seed a model has', () => {
    expect(promptOf(ofOther)).toBe(promptOf());
    expect(promptOf({ population: 'q' })).toBe(promptOf());
    expect(promptOf({ details: { ...DETAILS, seed: 43 } })).toBe(promptOf());
  });

  test.each<[string, Changes, Persona]>([
    ['seed', { details: { ...DETAILS, drawSeed: 43 } }, ANA],
    ['personality', { personalityId: 11 }, ANA],
    ['repetition', { repeated: 2 }, ANA],
    ['draw of the persona', {}, withRow({ repetitions: 3 })],
  ])('is another for another %s', (_, changes, persona) => {
    expect(promptOf(changes, persona)).not.toBe(promptOf());
  });

  test('stays as it was in groups of a version that drew for each model', () => {
    const details = { ...DETAILS, drawSeed: null };
    // As that version sent it.
    expect(promptOf({ details })).toContain('{\n  "12": "Dl you thjnk marrkage is');
    expect(promptOf({ ...ofOther, details })).not.toBe(promptOf({ details }));
  });
});

describe('a registered experiment is left out, with the reason,', () => {
  const crowd = (count: number) =>
    Array.from({ length: count }, (_, index) => withRow({ id: index + 1 }));

  test.each<[string, Changes, readonly Persona[], RegExp]>([
    ['without its group', { group: null }, [ANA], /group does not exist/],
    ['without a group’s number', { groupId: null }, [ANA], /group does not exist/],
    ['without a questionnaire', { questionnaire: null }, [ANA], /has no questionnaire/],
    [
      'with another questionnaire than its group',
      { questionnaire: 'bigfive' },
      [ANA],
      /"bigfive".*"epqra"/,
    ],
    ['without a provider', { provider: null }, [ANA], /model .*is unknown/],
    [
      'with an unknown model',
      { modelId: 'gpt-9' },
      [ANA],
      /model "gpt-9" of provider "simulated" is unknown/,
    ],
    ['without a persona', {}, [], /no persona of population "p" has personality 10/],
    ['with two personas', {}, crowd(2), /2 personas match it \(1, 2\)/],
    ['with many personas', {}, crowd(7), /7 personas match it \(1, 2, 3, 4, 5, …\)/],
    [
      'of another program without a system role',
      { group: { ...GROUP, systemRole: null }, details: null },
      [ANA],
      /no system role/,
    ],
    [
      'with a blank system role',
      { group: { ...GROUP, systemRole: ' \n' } },
      [ANA],
      /no system role/,
    ],
    ['without a prompt', { group: { ...GROUP, prompt: null } }, [ANA], /no questionnaire prompt/],
    ['with a blank prompt', { group: { ...GROUP, prompt: ' ' } }, [ANA], /no questionnaire prompt/],
    [
      'with a system role that the persona cannot fill',
      { group: { ...GROUP, systemRole: '<row.location>' } },
      [ANA],
      /no value for <row\.location>/,
    ],
    [
      'with a prompt that the persona cannot fill',
      { group: { ...GROUP, prompt: '<row.location>' } },
      [ANA],
      /no value for <row\.location>/,
    ],
  ])('%s', (_, changes, candidates, reason) => {
    expect(prepareExperiment({ ...ROW, ...changes }, candidates, TOOLS)).toEqual({
      runnable: false,
      id: 11,
      reason: expect.stringMatching(reason),
    });
  });

  test('with a questionnaire that nobody knows', () => {
    const prepared = prepareExperiment(ROW, [ANA], { ...TOOLS, instrumentOf: () => null });
    expect(prepared).toMatchObject({
      runnable: false,
      reason: expect.stringContaining('"epqra" is unknown'),
    });
  });
});

describe('a reply to an experiment', () => {
  test('is read as one answer for each item, with the explanation', () => {
    const read = readBy(
      runnable(),
      reply((number) => number === 1),
    );
    const answers = new Map(EPQRA.items.map(({ number }) => [number, number === 1 ? 1 : 0]));
    expect(read).toMatchObject({
      outcome: 'answered',
      value: { answers, explanation: 'So.', uniform: false, partial: false, states: new Map() },
    });
  });

  test('with equal answers is kept and marked, or refused where the study wants that', () => {
    const equal = reply(() => true);
    expect(readBy(runnable(), equal)).toMatchObject({
      outcome: 'answered',
      value: { uniform: true },
    });
    const strict = runnable({}, ANA, { ...TOOLS, rejectUniform: true });
    expect(readBy(strict, equal)).toMatchObject({ outcome: 'invalid', code: 'uniform' });
    expect(
      readBy(
        strict,
        reply((number) => number === 1),
      ),
    ).toMatchObject({ outcome: 'answered' });
  });

  test('that is no sheet says what it is instead', () => {
    expect(readBy(runnable(), 'Hm.')).toMatchObject({
      outcome: 'unparseable',
      reason: expect.any(String),
    });
  });
});
