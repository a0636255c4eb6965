/**
 * Holds what a study stores against what it was made of: bytes against their hashes, requests
 * against design and persona, answers against replies, scores against answers.
 */
import type { Database } from '../db/connect.ts';
import { prepareAll, readingTools } from '../experiments/run.ts';
import { experimentsById } from '../experiments/run-store.ts';
import { dossierOf, type ExperimentDossier } from '../experiments/status/one-experiment-store.ts';
import { jsonOrText } from '../experiments/stored-reply.ts';
import {
  type Checked,
  count,
  type Deviation,
  type Difference,
} from '../experiments/verification/deviation.ts';
import { firstDifference } from '../experiments/verification/json-difference.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { expectedPoints, pointsOf, scorePoints } from '../instruments/score.ts';
import { converseInput } from '../providers/converse.ts';
import { chatBody } from '../providers/openai-request.ts';
import type { CompletionRequest } from '../providers/provider.ts';
import type { Task } from '../runner/task.ts';
import { administrationsAfter } from './verify-store.ts';

const PAGE = 100;
/** Sums are taken in another order by the server than here. */
const ROUNDING = 1e-9;

/**
 * What deviates, one administration after the other; those of one page are in memory at a time.
 * @param checked is counted up
 */
export async function* verifyStudy(
  database: Database,
  checked: Checked,
): AsyncGenerator<Deviation> {
  const tools = await readingTools(database, { models: {} }, {});
  let last = 0;
  for (;;) {
    const ids = await administrationsAfter(database, last, PAGE);
    if (ids.length === 0) return;
    last = ids.at(-1)!;
    const rows = await experimentsById(database, ids);
    const instruments = new Map(rows.map((row) => [row.experimentId, tools.instrumentOf(row)]));
    const prepared = new Map(
      (await prepareAll(database, rows, tools)).flatMap((one) =>
        one.runnable ? [[one.task.id, one.task] as const] : [],
      ),
    );
    for (const id of ids) {
      const dossier = await dossierOf(database, id);
      if (dossier === null) continue;
      yield* verifyOne(
        id,
        dossier,
        { task: prepared.get(id) ?? null, instrument: instruments.get(id) ?? null },
        checked,
      );
    }
  }
}

interface Design {
  /** Null where nothing can be sent any more, as of a model that is not known here. */
  readonly task: Task<unknown> | null;
  readonly instrument: Instrument | null;
}

function* verifyOne(
  id: number,
  dossier: ExperimentDossier,
  { task, instrument }: Design,
  checked: Checked,
): Generator<Deviation> {
  const at = (call: number | null, difference: Difference): Deviation => ({
    subject: `administration ${id}`,
    administration: id,
    call,
    ...difference,
  });
  for (const call of dossier.calls) {
    const sides = [
      ['request', call.request_verification],
      ['reply', call.response_verification],
    ] as const;
    for (const [side, verification] of sides) {
      if (verification === 'unverifiable') continue;
      count(checked, `${side} bytes`);
      if (verification === 'differs')
        yield at(call.id, {
          check: `${side} bytes`,
          what: `the bytes of the ${side} do not match their SHA-256`,
          stored: null,
          expected: null,
        });
    }
    const asked = taskOfCall(task, call.part?.call ?? null);
    if (asked === null || call.request_text === null || call.request_text === '') continue;
    count(checked, 'requests');
    const about = call.request_metadata ?? {};
    const seed = typeof about.seed === 'number' ? asked.seedOf(Number(about.attempt)) : null;
    const stored = jsonOrText(call.request_text);
    const found = firstDifference(stored, bodyLike(stored, { ...asked.request, seed }));
    if (found !== null)
      yield at(call.id, { check: 'requests', what: `${found.path} of the request`, ...found });
  }
  if (dossier.calls.length > 0) count(checked, 'answers', dossier.answers.length);
  for (const { number, stored, reply, call } of dossier.answers_differing)
    yield at(call, {
      check: 'answers',
      what: `answer to item ${number}`,
      stored: textOf(stored),
      expected: textOf(reply),
    });
  if (instrument === null || dossier.experiment.succeeded !== true) return;
  const expected = scoresOf(instrument, dossier.answers);
  const scores = new Map(dossier.scores.map((one) => [one.scale, one]));
  for (const scale of new Set([...expected.keys(), ...scores.keys()])) {
    const [stored, own] = [scores.get(scale), expected.get(scale)];
    // Scores that were stored by the database leave out what nothing was answered of.
    if (stored === undefined && own?.itemsAnswered === 0) continue;
    count(checked, 'scores');
    if (!isSame(stored?.score ?? null, own?.score ?? null))
      yield at(null, {
        check: 'scores',
        what: `score of scale ${scale}`,
        stored: textOf(stored?.score ?? null),
        expected: textOf(own?.score ?? null),
      });
  }
}

/**
 * The task at a call of its administration; null where the stored calls do not lead there.
 * @param call from 1; null for the only one
 */
function taskOfCall(task: Task<unknown> | null, call: number | null): Task<unknown> | null {
  if (task === null) return null;
  if (call === null) return task.call === undefined ? task : null;
  for (
    let one: Task<unknown> | undefined = task.previous ?? task;
    one !== undefined;
    one = one.previous
  )
    if (one.call === call) return one;
  return null;
}

/** The body of a request in the protocol, and with the kind of format, of one that was sent. */
function bodyLike(sent: unknown, request: CompletionRequest): unknown {
  const { messages, response_format: format } = sent as {
    readonly messages?: readonly { readonly content?: unknown }[];
    readonly response_format?: { readonly type?: unknown };
  };
  if (Array.isArray(messages?.[0]?.content)) {
    const { modelId: _, ...body } = converseInput(request);
    return body;
  }
  return chatBody(request, {
    json: format !== undefined,
    schema: format?.type === 'json_object' ? 'json_object' : 'json_schema',
  });
}

function scoresOf(instrument: Instrument, answers: ExperimentDossier['answers']) {
  const points = new Map<number, number>();
  for (const { number, answer, quantity, probabilities } of answers) {
    const item = instrument.items[number - 1];
    const value = answer ?? quantity;
    if (item === undefined || points.has(number)) continue;
    const own =
      probabilities !== null
        ? expectedPoints(
            item,
            new Map(Object.entries(probabilities).map(([of, share]) => [Number(of), share])),
          )
        : value === null
          ? null
          : pointsOf(item, value);
    if (own !== null) points.set(number, own);
  }
  return scorePoints(instrument, points);
}

function isSame(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) <= ROUNDING * Math.max(1, Math.abs(one));
}

function textOf(value: number | null): string | null {
  return value === null ? null : String(value);
}
