/** Answers in lines, one for each item: `3: True`, `phq1 - Several days`, `| 3 | True |`. */
import type { AskedItem } from '../asked/asked.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Statement } from './answer-sheet.ts';
import { isExplanation } from './explanation.ts';
import { type ItemNames, LONGEST_NAME } from './item-names.ts';
import type { Steps } from './scanner.ts';

export interface Lines {
  readonly statements: readonly Statement[];
  readonly explanation: string | null;
  /** Every line is `key: answer`, and there are no others. */
  readonly orderly: boolean;
}

/** A line that names an item, or the explanation. */
interface NamedLine {
  readonly item: number | 'explanation';
  readonly value: string;
  readonly orderly: boolean;
  readonly counted: boolean;
}

/** What stands between the name of an item and its answer. */
const SEPARATOR = /[:：=→\t)\]?？]|[.](?=[\s*_"'`])|[-–—](?=\s)/g;
/** So many separators at the beginning and at the end of a line may be the one after the name. */
const SEPARATORS_TRIED = 8;
const BULLET = /^[>*•·+-]\s+/;
const RULE = /^[\s|:–-]+$/;
const FENCE = /^(?:`{3}|~{3})/;

export function readLines(
  text: string,
  items: readonly AskedItem[],
  { itemOf, itemOfText, isCounted }: ItemNames,
  { isAnswerKey }: AnswerReader,
  steps: Steps,
): Lines {
  const keys = new Map(items.map(({ item, key }) => [item.number, key]));
  const open = new Set(
    items.filter(({ item }) => item.openCharacters !== null).map(({ item }) => item.number),
  );
  const statements: Statement[] = [];
  const explanation: string[] = [];
  let orderly = true;
  /** Column of the answers, where the head of a table says so. */
  let column = -1;
  let last: NamedLine['item'] | null = null;
  let next = 0;
  for (const [index, raw] of text.split(/\r\n?|\n/).entries()) {
    const at = next;
    next = at + raw.length + (text.startsWith('\r\n', at + raw.length) ? 2 : 1);
    const line = withoutBullets(raw.trim());
    steps.characters += raw.length;
    if (line === '' || FENCE.test(line)) {
      orderly &&= line === '' && index > 0;
      continue;
    }
    const named = (line.includes('|') ? tableRow(line) : null) ?? namedLine(line);
    if (named === null) {
      orderly = false;
      goOn(line, at + raw.indexOf(line));
      continue;
    }
    last = named.item;
    if (named.item === 'explanation') {
      orderly = false;
      explanation.push(named.value);
      continue;
    }
    orderly &&= named.orderly && line === raw;
    const { item, value } = named;
    const start = at + raw.lastIndexOf(value);
    const node = { kind: 'string', text: value, start, end: start + value.length } as const;
    const { orderly: own, counted } = named;
    statements.push({ item, value: value === '' ? null : node, orderly: own, counted });
  }
  return {
    statements,
    explanation: explanation.length === 0 ? null : explanation.join('\n'),
    orderly,
  };

  /** What follows a text may belong to it, so that neither can be told. */
  function goOn(line: string, start: number): void {
    if (last === 'explanation') explanation.push(line);
    else if (last !== null && open.has(last))
      statements.push({
        item: last,
        value: { kind: 'garbled', text: line, start, end: start + line.length },
        orderly: false,
        counted: true,
      });
  }

  /** The longest beginning of the line that names an item: its number and text before its number. */
  function namedLine(line: string): NamedLine | null {
    const ends = [...line.matchAll(SEPARATOR)].map(({ index }) => index);
    const tried = new Set([...ends.slice(0, SEPARATORS_TRIED), ...ends.slice(-SEPARATORS_TRIED)]);
    let found: NamedLine | null = null;
    for (const end of tried) {
      if (end > LONGEST_NAME) break;
      steps.characters += end;
      const name = line.slice(0, end);
      const item = nameOf(name);
      const value = valueAfter(name, line.slice(end + 1).trim());
      // A question by itself is repeated, not left without an answer.
      if (item === null || (value === '' && '?？'.includes(line[end]!))) continue;
      const orderly =
        item !== 'explanation' && line === `${keys.get(item)}: ${value}` && name === keys.get(item);
      found = { item, value, orderly, counted: isCounted(name) };
    }
    return found;
  }

  function nameOf(name: string): NamedLine['item'] | null {
    if (isExplanation({ key: name })) return 'explanation';
    const item = itemOf(name);
    if (items.length > 1) return item;
    // `Answer: 2` is about the only item, not about an item 2.
    if (item !== null && keys.has(item)) return item;
    return isAnswerKey(name) ? items[0]!.item.number : null;
  }

  /** The first cell names the item, others may repeat it, and one that is left is the answer. */
  function tableRow(line: string): NamedLine | null {
    if (RULE.test(line)) return null;
    const cells = line
      .replace(/^\|/, '')
      .replace(/\|$/, '')
      .split('|')
      .map((cell) => cell.trim());
    const item = itemOf(cells[0]!);
    if (item === null || cells.length < 2) {
      const answers = cells.findIndex(isAnswerKey);
      if (answers !== -1) column = answers;
      return null;
    }
    const others = cells.slice(1).filter((cell) => itemOfText(cell) !== item);
    const value = cells.length === 2 ? cells[1] : (cells[column] ?? others[0]);
    const isClear = cells.length === 2 || cells[column] !== undefined || others.length === 1;
    const counted = isCounted(cells[0]!) && others.length === cells.length - 1;
    return isClear && value !== undefined ? { item, value, orderly: false, counted } : null;
  }
}

/** Marks that open before the name may close before the answer: `**3:** True`, `"3": "True",`. */
function valueAfter(name: string, rest: string): string {
  const [mark = ''] = /^(?:\*{1,3}|_{1,2}|`|")/.exec(name) ?? [];
  if (mark === '') return rest;
  if (!name.endsWith(mark)) return rest.startsWith(mark) ? rest.slice(mark.length).trim() : rest;
  const isQuoted = mark === '"' && rest.startsWith('"');
  const end = rest.endsWith(',') ? rest.length - 1 : rest.length;
  return isQuoted && end > 1 && rest[end - 1] === '"' ? rest.slice(1, end - 1) : rest;
}

function withoutBullets(line: string): string {
  let rest = line;
  for (let depth = 0; depth < 3 && BULLET.test(rest); depth += 1) rest = rest.slice(1).trim();
  return rest;
}
