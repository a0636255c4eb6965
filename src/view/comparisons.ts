/** The comparisons that somebody has asked for, each computed beside the pages in several steps. */
import type { Database } from '../db/connect.ts';
import { readOnly } from '../db/read-only.ts';
import { readRows } from './administrations-store.ts';
import { type Comparison, writeComparison } from './comparison.ts';
import {
  type Compared,
  type ComparedOutcome,
  compareItems,
  compareScales,
  readCompared,
} from './comparison-store.ts';
import { type Computation, computation } from './computation.ts';
import type { Facets } from './facets-store.ts';
import type { Fields } from './fields-store.ts';

/** Those asked for last are kept. */
const MOST_KEPT = 8;
/** Others read the database between two such steps. */
const ITEMS_AT_ONCE = 4;

export interface ComparedSides {
  readonly compared: Compared;
  readonly scales: readonly ComparedOutcome[];
  readonly items: readonly ComparedOutcome[];
  readonly isSimulated: boolean;
}

export interface Comparisons {
  readonly of: (
    comparison: Comparison,
    facets: Facets,
    fields: Fields,
  ) => Computation<ComparedSides>;
  /** By the query string that `writeComparison` returns; null where nobody has asked for it. */
  readonly known: (query: string) => Computation<ComparedSides> | null;
}

export function comparisonsOfStudy(database: Database): Comparisons {
  const kept = new Map<string, Computation<ComparedSides>>();
  return {
    of(comparison, facets, fields) {
      const key = writeComparison(comparison);
      const found =
        kept.get(key) ??
        computation(database, (say) => compare(database, { comparison, facets, fields }, say));
      kept.delete(key);
      kept.set(key, found);
      for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
      return found;
    },
    known: (query) => kept.get(query) ?? null,
  };
}

async function compare(
  database: Database,
  {
    comparison,
    facets,
    fields,
  }: Record<'comparison', Comparison> & { facets: Facets; fields: Fields },
  say: (step: string) => void,
): Promise<ComparedSides> {
  const { compared, isSimulated } = await readOnly(database, async (reader) => {
    const found = await readCompared(reader, facets, fields, comparison);
    const [first] = await readRows(reader, found.ids.slice(0, 1));
    return { compared: found, isSimulated: first?.isSimulated ?? false };
  });
  say('scales');
  const scales = await readOnly(database, (reader) => compareScales(reader, compared));
  const items: ComparedOutcome[] = [];
  for (const numbers of steps(compared)) {
    say(numbers === null ? 'items' : `items ${numbers[0]} to ${numbers.at(-1)}`);
    items.push(...(await readOnly(database, (reader) => compareItems(reader, compared, numbers))));
  }
  return { compared, scales, items, isSimulated };
}

/** Numbers of items, some at once; null for all of a form that nobody knows. */
function steps({ wordings, forms }: Compared): readonly (readonly number[] | null)[] {
  if (wordings.length === 0 || forms.includes(-1)) return [null];
  const numbers = [...new Set(wordings.flatMap(({ items }) => items.map(({ number }) => number)))];
  return Array.from({ length: Math.ceil(numbers.length / ITEMS_AT_ONCE) }, (_, step) =>
    numbers.slice(step * ITEMS_AT_ONCE, (step + 1) * ITEMS_AT_ONCE),
  );
}
