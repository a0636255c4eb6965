/** The pages that compare, by address. */
import type { Database } from '../db/connect.ts';
import { readRows } from './administrations-store.ts';
import type { readComparison } from './comparison.ts';
import { type OutcomeName, readCells } from './comparison-store.ts';
import type { ComparedSides } from './comparisons.ts';
import type { Computation } from './computation.ts';
import type { Facets } from './facets-store.ts';
import { EVERYTHING } from './filter.ts';
import { readAdministration } from './one-administration.ts';
import { readPace } from './overview-store.ts';
import {
  renderBeside,
  renderCells,
  renderCompare,
  renderNothing,
  renderUnfinished,
} from './pages/compare.ts';
import { renderFrame } from './pages/frame.ts';

const PAGE_SIZE = 50;

type Read = ReturnType<typeof readComparison>;

/** What a page of the comparison of an address shows: how far it is, or what came of it. */
export async function comparePage(
  reader: Database,
  { comparison, choices }: Read,
  own: Computation<ComparedSides> | null,
  query: URLSearchParams,
): Promise<string> {
  const frame = { title: 'Compare', study: reader.schema, here: 'compare' } as const;
  if (comparison === null || own === null)
    return renderFrame({ ...frame, isSimulated: false, body: renderNothing(choices) });
  const state = own.state();
  if (state.kind !== 'computed')
    return renderFrame({
      ...frame,
      isSimulated: false,
      body: renderUnfinished(comparison, choices, state),
    });
  const { compared, isSimulated } = state.value;
  const outcome = readOutcome(query);
  if (outcome === null) {
    const isOld = state.calls !== (await readPace(reader)).calls;
    const body = renderCompare({ comparison, choices, state, isOld });
    return renderFrame({ ...frame, isSimulated, body });
  }
  const from = readPlace(query.get('from'));
  const found = await readCells(reader, compared, outcome, { from, most: PAGE_SIZE + 1 });
  const cells = found.slice(0, PAGE_SIZE);
  const named = cells.flatMap(({ first, second }) => (first[0] ?? second[0])?.id ?? []);
  const rows = new Map((await readRows(reader, named)).map((row) => [row.id, row]));
  const hasMore = found.length > PAGE_SIZE;
  const body = renderCells({ comparison, compared, outcome, cells, from, hasMore, rows });
  return renderFrame({ ...frame, isSimulated, body });
}

/** @returns null when either administration does not exist */
export async function besidePage(
  reader: Database,
  facets: Facets,
  ids: readonly [number, number],
): Promise<string | null> {
  const everything = {
    filter: EVERYTHING,
    order: { by: 'id', descending: false },
    after: null,
    columns: null,
  } as const;
  const read = (id: number) => readAdministration(reader, facets, null, everything, id);
  const [first, second] = [await read(ids[0]), await read(ids[1])];
  if (first === null || second === null) return null;
  return renderFrame({
    title: `Administrations ${ids.join(' and ')}`,
    study: reader.schema,
    here: 'compare',
    isSimulated: first.row.isSimulated || second.row.isSimulated,
    body: renderBeside(first, second),
  });
}

function readOutcome(query: URLSearchParams): OutcomeName | null {
  const scale = query.get('of-scale');
  if (scale !== null) return { kind: 'scale', id: scale };
  const item = query.get('of-item') ?? '';
  return /^\d{1,4}$/.test(item) ? { kind: 'item', number: Number(item) } : null;
}

function readPlace(text: string | null): number {
  return /^\d{1,6}$/.test(text ?? '') ? Number(text) : 0;
}
