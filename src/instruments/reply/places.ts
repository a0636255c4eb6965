/** Where in a reply its answers were read, for people who look at it. */
import type { Asked } from '../asked/asked.ts';
import { countAnswers } from './answer-sheet.ts';
import { type Node, readLooseJson } from './lenient-json.ts';
import { choose, holdsTooMuch, sheetsOf } from './parse.ts';

/** Where in a reply an item is answered. */
export interface AnswerPlace {
  /** Its number. */
  readonly item: number;
  /** Index of the first character of the answer, and that behind its last one. */
  readonly start: number;
  readonly end: number;
}

/**
 * Where the answers of a reply were read; of one that was rejected, those of its fullest sheet. In
 * order of the text. Empty where the text had to be decoded before it could be read.
 */
export function placesOfAnswers(asked: Asked, text: string): readonly AnswerPlace[] {
  const steps = { characters: 0 };
  const found = readLooseJson(text, steps);
  const { offset } = found;
  if (offset === null || holdsTooMuch(found)) return [];
  const sheets = sheetsOf(asked, found, steps);
  const byAnswers = sheets.toSorted((one, other) => countAnswers(other) - countAnswers(one));
  const sheet = choose(sheets).chosen ?? byAnswers[0];
  if (sheet === undefined) return [];
  const inText = nodesOf(found.roots.map(({ node }) => node));
  // Lines, and an answer alone, have nodes of their own.
  const isProse = sheet.node.kind === 'object' && sheet.node.entries.length === 0;
  return sheet.statements
    .flatMap(({ item, value }) => {
      if (value === null || !(isProse || inText.has(value))) return [];
      const { start, end } = placeOf(found.text, value);
      return [{ item, start: start + offset, end: end + offset }];
    })
    .toSorted((one, other) => one.start - other.start);
}

/** Those that stand in the text itself, and not within a string of it, where places are others. */
function nodesOf(roots: readonly Node[]): ReadonlySet<Node> {
  const found = new Set<Node>();
  const left = [...roots];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    found.add(node);
    if (node.kind === 'array') left.push(...node.items);
    else if (node.kind === 'object')
      left.push(...node.entries.flatMap(({ value }) => (value === null ? [] : [value])));
  }
  return found;
}

/** Without the quotes of a string. */
function placeOf(text: string, node: Node): Omit<AnswerPlace, 'item'> {
  const { start, end } = node;
  if (!('text' in node) || node.text === '') return { start, end };
  const at = text.slice(start, end).indexOf(node.text);
  return at === -1 ? { start, end } : { start: start + at, end: start + at + node.text.length };
}
