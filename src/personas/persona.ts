/** A persona on its way into the published table. */
import { PUBLISHED_TABLES } from '../db/schema/published-tables.ts';

export type PersonaValue = string | number | null;

export interface PersonaRow {
  /** Column to value, every text cut to what its column holds. */
  readonly columns: Readonly<Record<string, PersonaValue>>;
  /** Texts that were cut, whole, by column. */
  readonly fullTexts: readonly (readonly [column: string, text: string])[];
}

/** Columns of the published table and how long their texts may be; null for no limit. */
export const PERSONA_COLUMNS: ReadonlyMap<
  string,
  { readonly type: 'integer' | 'text'; readonly limit: number | null }
> = new Map(
  PUBLISHED_TABLES.find((table) => table.name === 'personas')!.columns.map(({ name, type }) => [
    name,
    {
      type: /^(serial|integer)/.test(type) ? 'integer' : 'text',
      limit: Number(/varchar\((\d+)\)/.exec(type)?.[1] ?? 0) || null,
    },
  ]),
);

/** Cuts what is longer than its published column, and keeps it whole beside. */
export function fitPersona(values: Readonly<Record<string, PersonaValue>>): PersonaRow {
  const fullTexts: (readonly [string, string])[] = [];
  const columns = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const limit = PERSONA_COLUMNS.get(name)?.limit ?? null;
      if (typeof value !== 'string' || limit === null) return [name, value];
      const kept = cutTo(value, limit);
      if (kept !== value) fullTexts.push([name, value]);
      return [name, kept];
    }),
  );
  return { columns, fullTexts };
}

/** Scripts that put no space between words. */
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
let segmenter: Intl.Segmenter | undefined;

/**
 * Words as the study counted them, whatever white space separates; in scripts without it, the words
 * that a dictionary finds.
 */
export function countWords(text: string): number {
  const stretches = text.split(/\s+/).filter(Boolean);
  return stretches.reduce(
    (words, stretch) => words + (WITHOUT_SPACES.test(stretch) ? wordsWithin(stretch) : 1),
    0,
  );
}

function wordsWithin(stretch: string): number {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  let words = 0;
  for (const { isWordLike } of segmenter.segment(stretch)) if (isWordLike === true) words++;
  return words;
}

/** The server counts characters, JavaScript counts halves of some of them. */
function cutTo(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = [...text];
  return characters.length <= limit ? text : characters.slice(0, limit).join('');
}
