/**
 * Holds stored administrations against what they were made of: bytes against their hashes, requests
 * against design and persona, answers against replies, scores against answers.
 */
import { administration } from '../../administration/settings.ts';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import { storedInstruments } from '../../db/instruments/instrument-store.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { knownInstrument, parseInstrument } from '../../instruments/load.ts';
import type { Catalogue } from '../../models/catalogue.ts';
import type { PreparationTools } from '../administration/prepare.ts';
import { planOf } from '../administration/progress.ts';
import type { AnsweredSheet, RunnableExperiment } from '../experiment.ts';
import { prepareAll } from '../prepare-all.ts';
import { readingTools } from '../run.ts';
import { experimentsById } from '../run-store.ts';
import { differingAnswers } from '../stored-reply.ts';
import { itemDifferences, scoreDifferences, sheetDifferences } from './check-sheet.ts';
import {
  type Checked,
  count,
  countUnchecked,
  type Deviation,
  type Difference,
} from './deviation.ts';
import { type Followed, type Found, followCalls, readBy } from './follow-calls.ts';
import { alteredBytes, alteredCopies, type OpenedCall, openCall } from './opened-call.ts';
import type { RecordSource, StoredRecords, WritingCall } from './records.ts';
import { type AdministrationRow, administrationRows, recordsIn } from './stored-store.ts';

/** An administration with what is stored of it. */
type StoredAdministration = AdministrationRow & StoredRecords;

/** Checks administrations by their numbers. */
export interface Verifier {
  /**
   * @param checked is counted up
   * @returns what deviates, by administration; those that do not exist are missing
   */
  verify(ids: readonly number[], checked: Checked): Promise<ReadonlyMap<number, Deviation[]>>;
}

/**
 * @param database with the design: groups, personas, instruments, and the rows of administrations
 * @param models of the configuration: what groups that another program made were asked with
 * @param source of calls, answers and scores, where they are not in the database
 */
export async function openVerifier(
  database: Database,
  models: Config['models'] = {},
  source: RecordSource = recordsIn(database),
): Promise<Verifier> {
  const tools = await readingTools(database, { models }, {});
  const definitions = await storedInstruments(database);
  const instruments = new Map<string, Instrument>();
  const instrumentOf = ({ instrumentSha256: key, questionnaire }: AdministrationRow) => {
    if (key === null) return questionnaire === null ? null : knownInstrument(questionnaire);
    const definition = definitions.get(key);
    const known =
      instruments.get(key) ??
      (definition === undefined
        ? null
        : parseInstrument(definition, `the stored instrument ${key.slice(0, 8)}`));
    if (known !== null) instruments.set(key, known);
    return known;
  };
  return {
    async verify(ids, checked) {
      const tasks = await firstTasks(database, ids, tools);
      const found = new Map<number, Deviation[]>();
      const recordsOf = await source.recordsOf(ids);
      for (const row of await administrationRows(database, ids)) {
        const one = { ...row, ...recordsOf(row.id) };
        const design = { task: tasks.get(one.id) ?? NO_DETAILS, instrument: instrumentOf(one) };
        found.set(one.id, await verifyOne(one, design, checked));
      }
      return found;
    },
  };
}

const NO_DETAILS = 'it was not registered by this program';

/** Administrations before their first call, or why there is nothing to send. */
async function firstTasks(
  database: Database,
  ids: readonly number[],
  tools: PreparationTools,
): Promise<ReadonlyMap<number, RunnableExperiment | string>> {
  const rows = await experimentsById(database, ids);
  // What was registered here has the parameters of its model with it; others have the catalogue's.
  const anyModel = { ...tools, catalogue: withAllModels(tools.catalogue) };
  const prepared = await Promise.all([
    prepareAll(
      database,
      rows.filter(({ details }) => details !== null),
      anyModel,
      'the beginning',
    ),
    prepareAll(
      database,
      rows.filter(({ details }) => details === null),
      tools,
      'the beginning',
    ),
  ]);
  return new Map(
    prepared
      .flat()
      .map((one): readonly [number, RunnableExperiment | string] =>
        one.runnable ? [one.task.id, one.task] : [one.id, one.reason],
      ),
  );
}

/** A catalogue that has an entry for every model: nothing is asked here. */
function withAllModels(catalogue: Catalogue): Catalogue {
  const parameters = {
    temperature: null,
    topP: null,
    maxTokens: null,
    maxTokensField: 'max_tokens' as const,
    extra: {},
  };
  return {
    ...catalogue,
    findByModelId: (provider, modelId) =>
      catalogue.findByModelId(provider, modelId) ?? {
        ...{ name: modelId, provider, modelId, label: modelId, region: null, price: null },
        parameters,
      },
  };
}

/** Bytes and copies of calls that wrote personas. */
export async function verifyWriting(
  calls: readonly WritingCall[],
  checked: Checked,
): Promise<Deviation[]> {
  const found = calls.map(async ({ personaId, ...call }) => {
    const opened = await openCall({ ...call, reply: null, parserVersion: null, part: null });
    const subject =
      personaId === null ? 'a persona that was not written' : `the writing of persona ${personaId}`;
    countBytes(opened, subject, checked);
    if (opened.request.text !== null)
      countUnchecked(checked, 'requests for personas', `${subject}, call ${call.id}`);
    return [...alteredBytes(opened), ...alteredCopies(opened)].map(
      (one): Deviation => ({ ...one, subject, administration: null, call: call.id }),
    );
  });
  return (await Promise.all(found)).flat();
}

interface Design {
  /** Before its first call; in words, why there is none. */
  readonly task: RunnableExperiment | string;
  readonly instrument: Instrument | null;
}

async function verifyOne(
  stored: StoredAdministration,
  { task, instrument }: Design,
  checked: Checked,
): Promise<Deviation[]> {
  const deviations: Deviation[] = [];
  const subject = `administration ${stored.id}`;
  const add = (call: OpenedCall | null, difference: Difference) => {
    const { check, what, stored: is, expected } = difference;
    deviations.push({
      ...{ check, subject, administration: stored.id, call: call?.id ?? null },
      ...{ what, stored: is, expected },
    });
  };
  const calls = await Promise.all(stored.calls.map(openCall));
  for (const call of calls) {
    countBytes(call, subject, checked);
    for (const one of alteredBytes(call)) add(call, one);
    for (const one of alteredCopies(call)) add(call, one);
  }
  let followed: Followed | null = null;
  if (typeof task === 'string') {
    const sent = calls.filter(({ request }) => request.text !== null).length;
    countUnchecked(checked, 'requests that cannot be rebuilt', `${subject}: ${task}`, sent);
  } else followed = followCalls(task, calls, checked, ({ call, ...one }: Found) => add(call, one));
  checkEnding(stored, calls, checked, add);
  const sheet = checkAnswers(stored, { followed, instrument, calls }, checked, add);
  if (instrument !== null && stored.succeeded === true)
    for (const one of scoreDifferences(instrument, stored, sheet)) {
      count(checked, 'scores');
      if (one !== null) add(null, one);
    }
  return deviations;
}

function countBytes(call: OpenedCall, subject: string, checked: Checked): void {
  const { request, response, about, id } = call;
  if (request.verification !== 'unverifiable') count(checked, 'request bytes');
  if (response.verification !== 'unverifiable') count(checked, 'reply bytes');
  if (request.text !== null) count(checked, 'readable copies');
  if (response.text !== null) count(checked, 'readable copies');
  const where = `${subject}, call ${id}`;
  if (about.error_kind === 'unknown_fate')
    countUnchecked(
      checked,
      'calls of unknown fate',
      `${where}: its process ended before a reply came`,
    );
  else if (request.verification === 'unverifiable')
    countUnchecked(checked, 'calls without stored bytes', where);
}

/**
 * What tables of refusals read, against how the calls ended. Which of several calls that failed was
 * the last of its run is not known. A refusal ends an administration at once, so that one is never
 * without its outcome; a group that was closed has "failed" where there was none.
 */
function checkEnding(
  { id, succeeded, lastOutcome }: StoredAdministration,
  calls: readonly OpenedCall[],
  checked: Checked,
  add: (call: OpenedCall | null, difference: Difference) => void,
): void {
  const isGivenUp = succeeded === false && lastOutcome === 'failed';
  if (succeeded === true || (calls.length === 0 && (lastOutcome === null || isGivenUp))) return;
  if (calls.length === 0) {
    countUnchecked(checked, 'endings without a call', `administration ${id}: ${lastOutcome}`);
    return;
  }
  const outcomes = calls.map(({ about }) => about.outcome);
  if (!outcomes.every((outcome) => typeof outcome === 'string')) return;
  count(checked, 'outcomes');
  if (lastOutcome !== null && outcomes.includes(lastOutcome)) return;
  if ((lastOutcome === null || isGivenUp) && !outcomes.includes('refused')) return;
  add(null, {
    ...{ check: 'outcomes', what: 'how it ended', stored: lastOutcome },
    expected: outcomes.findLast((outcome) => outcome !== 'answered') ?? 'answered',
  });
}

interface Replies {
  readonly followed: Followed | null;
  readonly instrument: Instrument | null;
  readonly calls: readonly OpenedCall[];
}

/** @returns what the replies say, where the stored items say the same */
function checkAnswers(
  stored: StoredAdministration,
  { followed, instrument, calls }: Replies,
  checked: Checked,
  add: (call: OpenedCall | null, difference: Difference) => void,
): AnsweredSheet | null {
  const { items, succeeded, id } = stored;
  const sheet = succeeded === true ? followed?.sheet : (followed?.kept ?? followed?.sheet);
  if (followed?.isWhole === true && sheet != null) {
    if (items.length === 0 && succeeded !== true) return null;
    const { last, asking } = followed;
    const callOf = (number: number) => asking.get(number) ?? last ?? calls.at(-1)!;
    for (const { number } of items) count(checked, readBy(callOf(number)).check);
    const differing = itemDifferences(items, sheet);
    for (const { number, ...one } of differing) {
      const call = callOf(number);
      const { check, since } = readBy(call);
      add(call, { ...one, check, what: `${one.what}${since}` });
    }
    if (succeeded !== true || last === null) return null;
    const { check, since } = readBy(last);
    for (const one of sheetDifferences(stored, sheet))
      add(last, { ...one, check, what: `${one.what}${since}` });
    return differing.length === 0 ? sheet : null;
  }
  if (items.length === 0) return null;
  const differing = instrument === null ? null : readAgain(stored, instrument, calls);
  if (differing === null) {
    const why =
      calls.length === 0 ? 'no call is stored for it' : 'none of its stored replies can be read';
    countUnchecked(
      checked,
      'answers without a reply',
      `administration ${id}: ${why}`,
      items.length,
    );
    return null;
  }
  const byId = new Map(calls.map((call) => [call.id, call]));
  count(checked, 'answers', items.length);
  for (const { number, stored: is, reply, call } of differing) {
    const from = byId.get(call)!;
    const { check, since } = readBy(from);
    add(from, {
      ...{ check, what: `answer to item ${number}${since}` },
      stored: is === null ? null : String(is),
      expected: reply === null ? null : String(reply),
    });
  }
  return null;
}

/** Of replies in forms of other programs, or whose bytes were altered: any text in them may count. */
function readAgain(
  { settings, order, items }: StoredAdministration,
  instrument: Instrument,
  calls: readonly OpenedCall[],
) {
  return differingAnswers(
    planOf(instrument, administration.parse(settings), order),
    items.flatMap(({ number, answer, quantity, probabilities }) =>
      probabilities === null && (answer ?? quantity) !== null
        ? [{ number, answer: answer ?? quantity }]
        : [],
    ),
    calls,
  );
}
