/** Everything about one administration, as its page shows it. */
import type { Order } from '../administration/order.ts';
import { administration } from '../administration/settings.ts';
import type { Database } from '../db/connect.ts';
import { furtherCall, planOf } from '../experiments/administration/progress.ts';
import { type Message, messagesOf, replyIn } from '../experiments/conversation.ts';
import type { AdministeredExchange } from '../experiments/status/exchanges-store.ts';
import { dossierOf, type ExperimentDossier } from '../experiments/status/one-experiment-store.ts';
import type { Instrument, Scores } from '../instruments/instrument.ts';
import { type AnswerPlace, placesOfAnswers } from '../instruments/reply/places.ts';
import { type AdministrationRow, readNeighbours, readRows } from './administrations-store.ts';
import { type Facets, instrumentOf } from './facets-store.ts';
import type { Selection } from './filter.ts';
import { readReplies } from './replies-store.ts';
import { type SheetReader, scoresOfSheet } from './sheets-store.ts';

/** A call with what was said in it. */
export interface ShownCall {
  readonly exchange: AdministeredExchange;
  readonly messages: readonly Message[];
  /** Decoded; null where none came, or it is of no known protocol. */
  readonly reply: string | null;
  /** Where answers were read in `reply`. */
  readonly places: readonly AnswerPlace[];
}

export interface ShownAdministration {
  readonly row: AdministrationRow;
  readonly dossier: ExperimentDossier;
  readonly instrument: Instrument | null;
  readonly calls: readonly ShownCall[];
  /** What the persona was told, scored; null where it has no sheet. */
  readonly sheet: { readonly instrument: Instrument; readonly scores: Scores } | null;
  readonly neighbours: { readonly previous: number | null; readonly next: number | null };
}

/**
 * @param selection the list that it is looked at in
 * @returns null when there is no such administration
 */
export async function readAdministration(
  database: Database,
  facets: Facets,
  sheets: SheetReader | null,
  selection: Selection,
  id: number,
): Promise<ShownAdministration | null> {
  const [row] = await readRows(database, [id]);
  const dossier = row === undefined ? null : await dossierOf(database, id);
  if (row === undefined || dossier === null) return null;
  const instrument = instrumentOf(facets, row);
  const replies = await readReplies(
    database,
    dossier.calls.map((call) => call.id),
  );
  const askedIn = instrument === null ? () => null : askedOf(dossier, instrument);
  const calls = dossier.calls.map((exchange) => {
    const response = jsonOf(exchange.response_text) ?? exchange.response_json;
    const reply = replies.get(exchange.id) ?? replyIn(response);
    const asked = askedIn(exchange);
    return {
      exchange,
      messages: messagesOf(jsonOf(exchange.request_text) ?? exchange.request_json),
      reply,
      places: asked === null || reply === null ? [] : placesOfAnswers(asked, reply),
    };
  });
  return {
    row,
    dossier,
    instrument,
    calls,
    sheet: await sheetOf(database, sheets, row),
    neighbours: await readNeighbours(database, facets, selection, id),
  };
}

async function sheetOf(
  database: Database,
  sheets: SheetReader | null,
  { personalityId, condition }: AdministrationRow,
): Promise<ShownAdministration['sheet']> {
  if (sheets === null || personalityId === null) return null;
  const sheet = (await sheets.sheetsOf(database, [personalityId])).get(personalityId);
  return sheet === undefined
    ? null
    : { instrument: sheets.instrument, scores: scoresOfSheet(sheets, sheet, condition) };
}

/** What each call of an administration asked. */
function askedOf({ experiment, group }: ExperimentDossier, instrument: Instrument) {
  const settings = administration.parse(group?.administration ?? {});
  const plan = planOf(instrument, settings, {
    items: (experiment.item_order ?? null) as Order['items'],
    options: (experiment.option_order ?? null) as Order['options'],
  });
  return ({ part }: AdministeredExchange) => {
    if (settings.elicit === 'logprobs') return null;
    if (part === null) return plan.calls[0]!.asked;
    const planned = plan.calls.find(({ number }) => number === part.call);
    return (planned ?? furtherCall(plan, part.items)).asked;
  };
}

function jsonOf(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
