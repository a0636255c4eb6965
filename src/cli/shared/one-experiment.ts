/** One experiment as the terminal shows it. */
import type { Database } from '../../db/connect.ts';
import { messagesOf } from '../../experiments/conversation.ts';
import type {
  AdministeredExchange,
  StoredExchange,
} from '../../experiments/status/exchanges-store.ts';
import {
  dossierOf,
  type ExperimentDossier,
} from '../../experiments/status/one-experiment-store.ts';
import { jsonOrText } from '../../experiments/stored-reply.ts';
import { describeDeviation } from '../../experiments/verification/deviation.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import type { Item } from '../../instruments/structure.ts';
import { wrapText } from '../../report/tables/text-width.ts';
import {
  type AdministrationRow,
  readNeighbours,
  readRows,
} from '../../view/administrations-store.ts';
import { instrumentOf, readFacets } from '../../view/facets-store.ts';
import type { AdministrationOutcome } from '../../view/filter.ts';
import { readPersona } from '../../view/personas-store.ts';
import { readReplies } from '../../view/replies-store.ts';
import { outputWidth } from '../ui/output.ts';
import { dollars, printTable, type Terminal } from '../ui/terminal.ts';
import { type FilterOptions, selectionOf } from './filter.ts';
import { checkNames } from './filter-names.ts';

export interface ShownOptions extends FilterOptions {
  readonly raw?: boolean;
  readonly next?: boolean;
  readonly previous?: boolean;
}

export interface Shown {
  readonly row: AdministrationRow;
  readonly dossier: ExperimentDossier;
  readonly instrument: Instrument | null;
  /** The persona's own columns. */
  readonly columns: Readonly<Record<string, string>>;
  /** Texts to print in place of the bytes, by call. */
  readonly replies: ReadonlyMap<number, string>;
  readonly neighbours: { readonly previous: number | null; readonly next: number | null };
}

/** @returns null where there is no such experiment, `end` where it has no neighbour on that side */
export async function readShown(
  database: Database,
  from: number,
  options: ShownOptions,
): Promise<Shown | 'end' | null> {
  const facets = await readFacets(database);
  const selection = selectionOf(options);
  await checkNames(database, facets, selection.filter);
  if ((await readRows(database, [from])).length === 0) return null;
  let id = from;
  if (options.next === true || options.previous === true) {
    const beside = await readNeighbours(database, facets, selection, from);
    const found = options.next === true ? beside.next : beside.previous;
    if (found === null) return 'end';
    id = found;
  }
  const [row] = await readRows(database, [id]);
  const dossier = await dossierOf(database, id);
  if (row === undefined || dossier === null) return null;
  const persona = row.personaId === null ? null : await readPersona(database, row.personaId);
  const calls = options.raw === true ? [] : dossier.calls;
  return {
    row,
    dossier,
    instrument: instrumentOf(facets, row),
    columns: persona?.columns ?? {},
    replies: await readReplies(
      database,
      calls.map((call) => call.id),
    ),
    neighbours: await readNeighbours(database, facets, selection, id),
  };
}

export function printShown(
  terminal: Terminal,
  { row, dossier, instrument, columns, replies }: Shown,
): void {
  const { experiment, group, persona, generation, answers, scores, deviations, calls } = dossier;
  const say = (name: string, value: unknown) => {
    if (value !== null && value !== undefined)
      terminal.print(
        `${`${name}:`.padEnd(16)}${value instanceof Date ? value.toISOString() : String(value)}`,
      );
  };
  terminal.print(
    `Experiment ${experiment.experiment_id} of group ${experiment.experiments_group_id}: ${stateOf(row.outcome, experiment.succeeded === false)}`,
  );
  if (experiment.origin === 'simulated')
    terminal.print('ANSWERED BY A SIMULATED MODEL: not evidence about any real model.');
  say('questionnaire', experiment.questionnaire);
  say('model', `${experiment.model} (${experiment.model_provider})`);
  say('population', experiment.population);
  say('personality', experiment.personality_id);
  say('repetition', experiment.repeated);
  say('last outcome', experiment.last_outcome);
  say('reason', experiment.last_reason);
  say('attempts', experiment.attempts);
  say('repository', experiment.repo_sha);
  say('item order', (experiment.item_order as readonly number[] | null)?.join(' '));
  say('option order', jsonOf(experiment.option_order));
  say('explanation', experiment.llm_explanation);
  if (scores.length > 0) {
    terminal.print();
    printTable(
      terminal,
      ['scale', 'score', 'items answered'],
      scores.map((one) => [
        one.scale,
        one.score === null ? null : Number(one.score.toFixed(4)),
        one.items_answered,
      ]),
    );
  }
  if (persona !== null) {
    terminal.print(
      `\nPersona ${persona.id}: ${persona.name ?? columns.name ?? '(no name)'}\n${wrapped(String(persona.description ?? ''))}`,
    );
    for (const [name, value] of Object.entries(columns)) say(name, value);
  }
  if (generation !== null) {
    const { about } = generation;
    terminal.print(
      `\nWritten by ${about.model} from sheet ${about.personality_id} of ${about.reference}, condition ${about.condition}, draw ${about.draw}, in ${generation.calls.length} call(s):`,
    );
    for (const call of generation.calls) printCall(terminal, call);
  }
  if (group !== null) {
    terminal.print(
      `\nSystem role of the group:\n${group.system_role ?? '(none)'}\n\nPrompt of the group:\n${group.base_prompt ?? '(none)'}`,
    );
    say('administration', jsonOf(group.administration));
    terminal.print(
      `\nTemperature ${group.temperature ?? 'not sent'}, top_p ${group.top_p ?? 'not sent'}, other parameters ${JSON.stringify(group.parameters ?? {})}`,
    );
  }
  for (const call of calls) printCall(terminal, call, call.part, replies.get(call.id) ?? null);
  if (deviations.length > 0) {
    terminal.print('\nWHAT IS STORED DOES NOT MATCH WHAT IT WAS MADE OF:');
    for (const one of deviations.slice(0, MOST_DEVIATIONS)) terminal.print(describeDeviation(one));
    const more = deviations.length - MOST_DEVIATIONS;
    if (more > 0) terminal.print(`and ${more} more ("personas verify" prints all)`);
  }
  if (answers.length > 0) {
    terminal.print();
    printTable(
      terminal,
      ['item', 'id', 'scale', 'answer', 'score', 'question'],
      answers.map((one) => {
        const item = instrument?.items[one.number - 1];
        return [
          one.number,
          item?.id ?? null,
          one.scale,
          nameAnswer(one, item),
          one.score,
          one.question,
        ];
      }),
    );
  }
}

/** The outcome, and what becomes of an administration that has no answers. */
function stateOf(outcome: AdministrationOutcome, isClosed: boolean): string {
  if (outcome === 'answered') return outcome;
  if (isClosed) return outcome === 'untried' ? 'closed' : `${outcome}, closed`;
  if (outcome === 'untried') return 'pending';
  return outcome === 'refused' ? outcome : `${outcome}, pending`;
}

/** Its label with its number, where the item has labels. */
function nameAnswer(
  one: ExperimentDossier['answers'][number],
  item: Item | undefined,
): string | number | null {
  const { answer, quantity, text, probabilities, state } = one;
  if (probabilities !== null)
    return Object.entries(probabilities)
      .map(([value, probability]) => `${value}: ${Number(probability.toFixed(3))}`)
      .join(', ');
  const option = item?.answers?.options.find(({ value }) => value === answer);
  const known =
    option?.isLabelled === true ? `${option.label} (${answer})` : (answer ?? quantity ?? text);
  if (state === 'missing_code') return `${known} (missing code)`;
  return known ?? state.replaceAll('_', ' ');
}

/** Within the terminal; whole lines elsewhere, for what reads them. */
function wrapped(text: string): string {
  const width = outputWidth();
  if (width === null) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapText(line, width))
    .join('\n');
}

function jsonOf(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function printCall(
  terminal: Terminal,
  call: StoredExchange,
  part: AdministeredExchange['part'] = null,
  reply: string | null = null,
): void {
  const about = call.request_metadata ?? {};
  const told = about.provider_cost_usd as number | undefined;
  const asked = part === null ? '' : `, part ${part.call}, items ${part.items.join(' ')}`;
  const outside = about.probability_outside as number | undefined;
  terminal.print(
    `\nCall ${call.id} (attempt ${about.attempt ?? '?'}${asked}): ${about.outcome ?? 'unknown'}${about.reason ? ` – ${about.reason}` : ''}`,
  );
  terminal.print(
    `status ${about.status ?? 'none'}, ${about.latency_ms ?? '?'} ms, model served ${about.model_served ?? 'not reported'}, cost ${dollars((about.cost_usd as number | null) ?? null)}${told === undefined ? '' : ` (the provider reports ${dollars(told)})`}`,
  );
  if (outside !== undefined)
    terminal.print(`probability outside the options: ${Number(outside.toFixed(4))}`);
  terminal.print(
    `request sha256 ${about.request_sha256 ?? '?'}${VERIFIED[call.request_verification]}`,
  );
  terminal.print(
    `reply sha256   ${about.response_sha256 ?? '?'}${VERIFIED[call.response_verification]}`,
  );
  const altered = [
    ...(call.request_verification === 'differs' ? ['request'] : []),
    ...(call.response_verification === 'differs' ? ['reply'] : []),
  ].join(' and ');
  if (altered !== '') {
    terminal.print(
      `THE STORED BYTES OF THE ${altered.toUpperCase()} DO NOT MATCH THE RECORDED SHA-256: they were changed after they were stored.`,
    );
  }
  if (about.unverified !== undefined)
    terminal.print('This call was imported with --accept-unverified.');
  const sent = messagesOf(call.request_text === null ? null : jsonOrText(call.request_text));
  const prompt = sent.findLast(({ role }) => role === 'user');
  if (prompt !== undefined) terminal.print(`prompt as sent:\n${wrapped(prompt.text)}`);
  if (reply !== null && call.response_verification !== 'differs') {
    terminal.print(`reply (--raw prints its bytes):\n${wrapped(reply)}`);
    return;
  }
  const heading =
    call.response_verification === 'differs'
      ? 'reply as stored now, which differs from what was received'
      : 'reply as received';
  const encoding =
    about.response_encoding === undefined ? '' : `, decompressed (${about.response_encoding})`;
  terminal.print(
    `${heading}${encoding}:\n${call.response_text ?? (call.response_verification === 'differs' ? '(cannot be unpacked)' : '(none)')}`,
  );
}

const VERIFIED: Readonly<Record<StoredExchange['request_verification'], string>> = {
  verified: ' (verified)',
  differs: ' (DIFFERS)',
  unverifiable: ' (not verifiable: no bytes are stored)',
};

const MOST_DEVIATIONS = 10;
