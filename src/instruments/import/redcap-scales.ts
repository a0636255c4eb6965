/**
 * Reads scales and signs from calculated fields of REDCap, and which numbers such a field takes for
 * no answer.
 */
import { shorten } from '../../shorten.ts';
import { LONGEST_QUOTE, type SkippedQuestion, type SurveyItem } from './survey.ts';

export interface Fields {
  readonly items: readonly SurveyItem[];
  /** Index into `items` by name of the field. */
  readonly fieldIds: ReadonlyMap<string, number>;
  readonly calculated: readonly { readonly name: string; readonly formula: string }[];
}

/** Scales and signs from fields that add up or average others, such as `sum([a], 6-[b])`. */
export function withCalculations(
  { items: read, fieldIds, calculated }: Fields,
  skipped: SkippedQuestion[],
  notes: string[],
) {
  const formulas = calculated.map(({ name, formula }) => ({ name, ...withoutGuard(formula) }));
  const items = withMissing(read, fieldIds, formulas);
  const scales = new Map<number, Map<string, 1 | -1>>();
  const scores = new Set<'sum' | 'mean'>();
  for (const [place, { name, formula }] of formulas.entries()) {
    const own = readFormula(formula, items, fieldIds);
    if (own === null) {
      skipped.push({
        question: `${name} "${shorten(calculated[place]!.formula, LONGEST_QUOTE)}"`,
        reason: 'its calculation is not a plain sum or mean of fields, each as it is or reversed',
      });
      continue;
    }
    scores.add(own.score);
    for (const [index, sign] of own.members) {
      const before = scales.get(index) ?? new Map<string, 1 | -1>();
      scales.set(index, before.set(name, sign));
    }
    const reversed = own.members.filter(([, sign]) => sign < 0).map(([index]) => items[index]!.id);
    notes.push(
      `The scale "${name}" was read from a calculated field${reversed.length === 0 ? '' : `; reversed: ${reversed.join(', ')}`}.`,
    );
  }
  return {
    score: scores.size === 1 ? [...scores][0]! : null,
    items: items.map((item, index) => {
      const own = scales.get(index);
      return own === undefined
        ? item
        : { ...item, scales: [...own.keys()], signs: [...own.values()] };
    }),
  };
}

const COMPARISON = /\[([a-z0-9_]+)\]\s*=\s*(["']?)(-?\d*)\2/gi;

/** A calculation that has no value where a field is empty or has a code for no answer. */
interface Guarded {
  readonly formula: string;
  readonly missing: readonly { readonly field: string; readonly code: number }[];
}

/** `if([a]='-99' or [b]='-99', -99, sum([a], [b]))` is a sum, and tells that -99 is no answer. */
function withoutGuard(formula: string): Guarded {
  const [, condition, otherwise] =
    /^\s*if\s*\(([^,]*),\s*["']?(?:-?\d+|nan)?["']?\s*,(.*)\)\s*$/is.exec(formula) ?? [];
  if (condition === undefined || otherwise === undefined) return { formula, missing: [] };
  const bare = condition.replaceAll(COMPARISON, 'x').replaceAll(/\s+/g, ' ').trim();
  if (!/^x(?: or x)*$/i.test(bare)) return { formula, missing: [] };
  return {
    formula: otherwise,
    missing: [...condition.matchAll(COMPARISON)].flatMap(([, field, , code]) =>
      code === '' || code === '-' ? [] : [{ field: field!, code: Number(code) }],
    ),
  };
}

/** Marks the answers that a calculation takes for none. */
function withMissing(
  items: readonly SurveyItem[],
  fieldIds: ReadonlyMap<string, number>,
  formulas: readonly Guarded[],
): SurveyItem[] {
  const codes = new Map<number, Set<number>>();
  for (const { field, code } of formulas.flatMap(({ missing }) => missing)) {
    const index = fieldIds.get(field);
    if (index !== undefined) codes.set(index, (codes.get(index) ?? new Set()).add(code));
  }
  return items.map((item, index) => ({
    ...item,
    options: item.options.map((option) =>
      option.number !== null && codes.get(index)?.has(option.number) === true
        ? { ...option, isMissing: true }
        : option,
    ),
  }));
}

function readFormula(
  formula: string,
  items: readonly SurveyItem[],
  fieldIds: ReadonlyMap<string, number>,
) {
  const members: (readonly [number, 1 | -1])[] = [];
  let isPlain = true;
  const absolute = new Set<string>();
  // The distance from the highest number, where all are from 0, is the difference.
  const plain = formula.replaceAll(
    /abs\(\s*(?:\[([a-z0-9_]+)\]\s*-\s*(\d+)|(\d+)\s*-\s*\[([a-z0-9_]+)\])\s*\)/gi,
    (_, name?: string, from?: string, fromBefore?: string, nameAfter?: string) => {
      absolute.add(name ?? nameAfter!);
      return `(${from ?? fromBefore!}-[${name ?? nameAfter!}])`;
    },
  );
  const rest = plain.replaceAll(
    /(\(\s*)?(?:(\d+)\s*-\s*)?\[([a-z0-9_]+)\](\s*\))?/gi,
    (_, open: string | undefined, from: string | undefined, name: string, close?: string) => {
      const index = fieldIds.get(name);
      const numbers =
        index === undefined
          ? []
          : items[index]!.options.filter(({ isMissing }) => !isMissing).map(({ number }) => number);
      if (index === undefined || numbers.includes(null)) isPlain = false;
      else {
        const lowest = Math.min(...numbers.map(Number));
        const highest = Math.max(...numbers.map(Number));
        if (from !== undefined && Number(from) !== lowest + highest) isPlain = false;
        if (absolute.has(name) && lowest < 0) isPlain = false;
        members.push([index, from === undefined ? 1 : -1]);
      }
      return `${open ?? ''}x${close ?? ''}`;
    },
  );
  const bare = rest.replaceAll(/\s+/g, '').replaceAll(/(?<![a-z])\(x\)/gi, 'x');
  const twice = new Set(members.map(([index]) => index)).size < members.length;
  const terms = 'x(?:[+,]x)*';
  const sum = new RegExp(`^(?:sum\\(${terms}\\)|${terms}|\\(${terms}\\))$`, 'i');
  const mean = new RegExp(`^mean\\(${terms}\\)$`, 'i');
  const divided = /^(.*)\/(\d+)$/.exec(bare);
  if (!isPlain || twice || members.length === 0) return null;
  if (mean.test(bare)) return { score: 'mean' as const, members };
  if (divided !== null && sum.test(divided[1]!) && Number(divided[2]) === members.length)
    return { score: 'mean' as const, members };
  return sum.test(bare) ? { score: 'sum' as const, members } : null;
}
