/** The pages of a study, by address. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { readOnly } from '../db/read-only.ts';
import { schemaNames } from '../db/schema/migrate.ts';
import { overviewOfFailures } from '../experiments/status/failures-store.ts';
import { countStates, overviewOfGroups } from '../experiments/status/groups-store.ts';
import type { Scores } from '../instruments/instrument.ts';
import { readBudget } from '../runner/budget/budget-store.ts';
import { listWorkers } from '../runner/workers/worker-store.ts';
import type { StudyTables } from '../studies/analyze.ts';
import { type AdministrationRow, countMatching, readPage } from './administrations-store.ts';
import { besidePage, comparePage } from './compare-pages.ts';
import { readComparison } from './comparison.ts';
import { comparisonsOfStudy } from './comparisons.ts';
import { type Computed, nameState } from './computation.ts';
import {
  type Facets,
  instrumentOf,
  nameRegistered,
  readReasons,
  readRegistered,
} from './facets-store.ts';
import { namesOfFields, readFields, readFieldValues } from './fields-store.ts';
import { readSelection } from './filter.ts';
import { keep } from './kept.ts';
import { readAdministration } from './one-administration.ts';
import { countOutcomes, hasSimulated } from './outcomes-store.ts';
import { readPace, readState } from './overview-store.ts';
import { renderFrame } from './pages/frame.ts';
import { renderList } from './pages/list.ts';
import { renderOne } from './pages/one.ts';
import { renderOutcomes } from './pages/outcomes.ts';
import { renderOverview } from './pages/overview.ts';
import { MOST_SHOWN, renderPersona } from './pages/persona.ts';
import { readPersonaFilter, renderPersonas } from './pages/personas.ts';
import { type Mark, marksOf } from './pages/scores.ts';
import {
  type Drawn,
  drawFigures,
  drawTables,
  renderTablesPage,
  TABLES_STYLE,
} from './pages/tables.ts';
import { readPersonas, readPopulations } from './personas-list-store.ts';
import { readPersona } from './personas-store.ts';
import { openSheets, type SheetReader, scoresOfSheet } from './sheets-store.ts';
import { tablesOfStudy } from './tables.ts';

export interface Viewer {
  /** The study's schema. */
  readonly study: string;
  readonly database: Database;
  /** What there is to choose from; kinds of failure as they were at most some seconds ago. */
  readonly facets: (reader: Database) => Promise<Facets>;
  /** The page at an address, as HTML; null where there is none. */
  readonly page: (reader: Database, url: URL) => Promise<string | null>;
  /**
   * Begins what the page at an address needs computed, and waits a moment for it. Outside of any
   * transaction: of an embedded database there is one at a time.
   */
  readonly prepare: (url: URL) => Promise<void>;
  /** Names what the page at an address waits for, as it is now. */
  readonly stateOf: (url: URL) => string;
  /** Of the pages of tables and figures. */
  readonly tablesStyle: (what: string | null) => string;
}

const PAGE_SIZE = 50;
const MOST_FAILURES = 100;
const REASONS_AGE_MS = 30_000;
/** For a comparison, before its page says how far it is. */
const PATIENCE_MS = 500;

export function openViewer(
  database: Database,
  config: Config,
  now: () => number = () => performance.now(),
): Viewer {
  const registered = keep(nameRegistered, readRegistered);
  const fields = keep(nameRegistered, readFields);
  const reasons = keep(async () => String(Math.floor(now() / REASONS_AGE_MS)), readReasons);
  let sheets: SheetReader | null = null;
  const tables = tablesOfStudy(database, config);
  const drawings = { tables: drawTables, figures: drawFigures } as const;
  const drawn = new Map<string, { readonly of: Computed<StudyTables>; readonly page: Drawn }>();
  const comparisons = comparisonsOfStudy(database);

  async function facets(reader: Database): Promise<Facets> {
    return { ...(await registered(reader)), reasons: await reasons(reader) };
  }

  /** A study may get its sheets while its pages are open. */
  async function sheetReader(reader: Database): Promise<SheetReader | null> {
    sheets ??= await openSheets(reader);
    return sheets;
  }

  async function page(reader: Database, url: URL): Promise<string | null> {
    const one = /^\/administrations\/(\d{1,10})$/.exec(url.pathname);
    if (one !== null) return onePage(reader, url, Number(one[1]));
    const persona = /^\/personas\/(\d{1,9})$/.exec(url.pathname);
    if (persona !== null) return personaPage(reader, Number(persona[1]));
    if (url.pathname === '/compare') {
      const { read, own } = await comparisonAt(reader, url);
      return comparePage(reader, read, own, url.searchParams);
    }
    const two = /^\/compare\/(\d{1,9})\/(\d{1,9})$/.exec(url.pathname);
    if (two !== null)
      return besidePage(reader, await facets(reader), [Number(two[1]), Number(two[2])]);
    if (url.pathname === '/personas') return personasPage(reader, url);
    if (url.pathname === '/') return overviewPage(reader);
    if (url.pathname === '/outcomes') return outcomesPage(reader);
    if (url.pathname === '/tables' || url.pathname === '/figures') return tablesPage(reader, url);
    return url.pathname === '/administrations' ? listPage(reader, url) : null;
  }

  async function comparisonAt(reader: Database, url: URL) {
    const [all, own] = [await facets(reader), await fields(reader)];
    const read = readComparison(url.searchParams, all, own);
    return {
      read,
      own: read.comparison === null ? null : comparisons.of(read.comparison, all, own),
    };
  }

  async function prepare(url: URL): Promise<void> {
    const isAgain = url.searchParams.has('again');
    if (url.pathname === '/compare') {
      const { own } = await readOnly(database, (reader) => comparisonAt(reader, url));
      if (own === null) return;
      own.state();
      if (isAgain) own.again();
      await Promise.race([own.settled(), sleep(PATIENCE_MS, undefined, { ref: false })]);
    } else if (isAgain) tables.again();
  }

  function stateOf(url: URL): string {
    if (url.pathname === '/state/tables') return nameState(tables.state());
    const query = url.search.slice(1);
    const own = comparisons.known(query);
    return own === null ? 'not asked for' : nameState(own.state());
  }

  async function overviewPage(reader: Database): Promise<string> {
    // First: what comes while the rest is read makes the page look again.
    const state = await readState(reader);
    const states = await countStates(reader, null);
    const groups = await overviewOfGroups(reader, null, states);
    const names = await schemaNames(reader.db);
    return renderFrame({
      title: 'Overview',
      study: database.schema,
      here: 'overview',
      isSimulated: groups.some(({ simulated }) => simulated),
      body: renderOverview({
        others: names.filter((name) => name !== database.schema),
        groups,
        failures: await overviewOfFailures(reader, null, MOST_FAILURES),
        budget: await readBudget(reader),
        workers: await listWorkers(reader),
        pace: await readPace(reader),
        state,
      }),
    });
  }

  async function outcomesPage(reader: Database): Promise<string> {
    return renderFrame({
      title: 'Outcomes',
      study: database.schema,
      here: 'outcomes',
      isSimulated: await hasSimulated(reader),
      body: renderOutcomes(await countOutcomes(reader)),
    });
  }

  async function tablesPage(reader: Database, url: URL): Promise<string> {
    const what = url.pathname === '/tables' ? 'tables' : 'figures';
    const state = tables.state();
    const isOld = state.kind === 'computed' && state.calls !== (await readPace(reader)).calls;
    return renderFrame({
      title: what === 'tables' ? 'Tables' : 'Figures',
      study: database.schema,
      here: what,
      isSimulated: state.kind === 'computed' && state.value.study.dataOrigin === 'simulated',
      style: '/tables.css',
      body: renderTablesPage({
        ...{ what, state, isOld },
        drawn: state.kind === 'computed' ? draw(what, state) : null,
      }),
    });
  }

  function draw(what: keyof typeof drawings, of: Computed<StudyTables>): Drawn {
    const known = drawn.get(what);
    if (known?.of === of) return known.page;
    const page = drawings[what](of);
    drawn.set(what, { of, page });
    return page;
  }

  async function listPage(reader: Database, url: URL): Promise<string> {
    const { selection, misread } = readSelection(url.searchParams);
    const all = await facets(reader);
    const shown = await readPage(reader, all, selection, PAGE_SIZE);
    const count = await countMatching(reader, all, selection.filter);
    const marks = await marksFor(reader, all, shown.rows);
    const own = await fields(reader);
    const fieldValues = await readFieldValues(
      reader,
      own,
      shown.rows.map(({ id }) => id),
      namesOfFields(own),
    );
    return renderFrame({
      title: 'Administrations',
      study: database.schema,
      here: 'administrations',
      isSimulated: shown.rows.some(({ isSimulated }) => isSimulated),
      body: renderList({
        ...{ selection, misread, fieldValues, count },
        fields: own,
        facets: all,
        page: shown,
        marksOf: marks,
      }),
    });
  }

  async function personasPage(reader: Database, url: URL): Promise<string> {
    const filter = readPersonaFilter(url.searchParams);
    const found = await readPersonas(reader, filter, PAGE_SIZE + 1);
    const rows = found.slice(0, PAGE_SIZE);
    return renderFrame({
      title: 'Personas',
      study: database.schema,
      here: 'personas',
      isSimulated: false,
      body: renderPersonas({
        ...{ filter, rows, hasMore: found.length > rows.length },
        fields: await fields(reader),
        populations: await readPopulations(reader),
      }),
    });
  }

  async function onePage(reader: Database, url: URL, id: number): Promise<string | null> {
    const { selection } = readSelection(url.searchParams);
    const shown = await readAdministration(
      reader,
      await facets(reader),
      await sheetReader(reader),
      selection,
      id,
    );
    if (shown === null) return null;
    return renderFrame({
      title: `Administration ${id}`,
      study: database.schema,
      here: null,
      isSimulated: shown.row.isSimulated,
      body: renderOne(shown, selection),
    });
  }

  async function personaPage(reader: Database, id: number): Promise<string | null> {
    const persona = await readPersona(reader, id);
    if (persona === null) return null;
    const all = await facets(reader);
    const { selection } = readSelection(new URLSearchParams({ persona: String(id) }));
    const { rows } = await readPage(reader, all, selection, MOST_SHOWN);
    const own = await sheetReader(reader);
    const personality = persona.row.ref_personality_id;
    const sheet =
      own === null || typeof personality !== 'number'
        ? undefined
        : (await own.sheetsOf(reader, [personality])).get(personality);
    return renderFrame({
      title: `Persona ${id}`,
      study: database.schema,
      here: null,
      isSimulated: rows.some(({ isSimulated }) => isSimulated),
      body: renderPersona({
        id,
        persona,
        rows,
        facets: all,
        sheet:
          own === null || sheet === undefined
            ? null
            : {
                sheet,
                instrument: own.instrument,
                scores: scoresOfSheet(own, sheet, persona.condition),
              },
      }),
    });
  }

  async function marksFor(
    reader: Database,
    all: Facets,
    rows: readonly AdministrationRow[],
  ): Promise<(row: AdministrationRow) => (scale: string) => Mark | null> {
    const own = await sheetReader(reader);
    const wanted = rows.flatMap(({ personalityId }) => personalityId ?? []);
    const found = own === null ? new Map() : await own.sheetsOf(reader, wanted);
    return (row) => {
      const instrument = instrumentOf(all, row);
      const sheet = row.personalityId === null ? undefined : found.get(row.personalityId);
      const scores: Scores | null =
        own === null || sheet === undefined ? null : scoresOfSheet(own, sheet, row.condition);
      return instrument === null
        ? () => null
        : marksOf(instrument, scores === null ? null : { instrument: own!.instrument, scores });
    };
  }

  const tablesStyle = (what: string | null) =>
    what === null ? TABLES_STYLE : (drawn.get(what)?.page.style ?? '');
  return { study: database.schema, database, facets, page, prepare, stateOf, tablesStyle };
}
