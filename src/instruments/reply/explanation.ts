/** The explanation beside the answers. */
import {
  type ArrayNode,
  type ContainerNode,
  type Entry,
  type Node,
  type ObjectNode,
  toJson,
} from './lenient-json.ts';
import { plainText } from './plain-text.ts';
import { replyWords } from './words.ts';

const EXPLANATION_KEYS = new Set(replyWords.explanationKeys);

export function isExplanation({ key }: Pick<Entry, 'key'>): boolean {
  return EXPLANATION_KEYS.has(plainText(key));
}

/**
 * As written, or as JSON when it is a list or an object; null when there is none.
 * @param isAnswerKey whether a key stands before an answer
 */
export function explanationOf(
  node: ContainerNode,
  isAnswerKey: (key: string) => boolean,
): string | null {
  const rows = node.kind === 'object' ? [node] : objectsWithoutAnswer(node, isAnswerKey);
  for (const entry of rows.flatMap((row) => row.entries)) {
    const text = isExplanation(entry) ? textOf(entry.value) : null;
    if (text !== null) return text;
  }
  return null;
}

/**
 * In a list of answers an explanation stands beside the answers; those within a row speak of one
 * item.
 */
function objectsWithoutAnswer(
  list: ArrayNode,
  isAnswerKey: (key: string) => boolean,
): ObjectNode[] {
  return list.items
    .filter((item) => item.kind === 'object')
    .filter((row) => !row.entries.some(({ key }) => isAnswerKey(key)));
}

/** An explanation as text; null when there is nothing in it. */
function textOf(value: Node | null): string | null {
  if (
    value === null ||
    (value.kind === 'bare' && /^(?:null|none|nil|nan|undefined)$/.test(plainText(value.text)))
  )
    return null;
  if (value.kind === 'object' || value.kind === 'array') return toJson(value);
  const text = value.kind === 'garbled' ? value.text.replace(/^["'“]|["'”]$/g, '') : value.text;
  return text.trim() === '' ? null : text;
}
