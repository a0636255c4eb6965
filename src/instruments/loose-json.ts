/**
 * Finds the JSON objects in a text and reads them as a patient human would: fences and prose around them, single, smart or
 * missing quotes, quotes inside strings, raw line breaks, comments, missing and superfluous commas. On valid JSON it reads what `JSON.parse`
 * reads, except that a key which occurs twice is kept twice.
 *
 * It never completes anything: an object whose brace does not close is not read, an entry without a value has none, and
 * scalars stay the text that stood there. General repairers guess: jsonrepair 3.15 reads `{"1": -}` and `{"1": .}` as 0, and
 * splits an explanation that quotes `"2": …` into an explanation and an answer 2. One pass, no recursion, linear in the
 * length of the text.
 */
import { endOfLeadingThought, endOfThought } from './thoughts.ts';

export interface ObjectNode {
  readonly kind: 'object';
  readonly entries: readonly Entry[];
  readonly start: number;
  readonly end: number;
}

export interface ArrayNode {
  readonly kind: 'array';
  readonly items: readonly Node[];
  readonly start: number;
  readonly end: number;
}

/** `bare`: written without quotes (a number, `true`, `Yes`). `garbled`: a value with something behind it that belongs to nothing. */
export interface ScalarNode {
  readonly kind: 'string' | 'bare' | 'garbled';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type ContainerNode = ObjectNode | ArrayNode;
export type Node = ContainerNode | ScalarNode;

export interface Entry {
  readonly key: string;
  readonly quoted: boolean;
  /** null when nothing stands between the colon and the comma. */
  readonly value: Node | null;
}

export interface LooseObjects {
  /** What was read: the source, decoded where all of it is escaped. The nodes' positions are in here. */
  readonly text: string;
  /** Outermost closed objects and arrays, in order of the text. `part`: it belongs to something that never closes. */
  readonly roots: readonly { readonly node: ContainerNode; readonly part: boolean }[];
  /** Where the last object or list begins that is never closed; null when all are. */
  readonly brokenAt: number | null;
}

/** Nobody nests answers so deep; what lies deeper is kept as text, so that walking a tree needs no guard. */
const MAX_DEPTH = 64;
const LONGEST_KEY = 160;

const DOUBLE_QUOTES = '"“”„‟«»＂';
const SINGLE_QUOTES = "'‘’‚‛‹›`´";
const QUOTES = DOUBLE_QUOTES + SINGLE_QUOTES;
/** Those who think in Chinese or Japanese write full-width ones. */
const COLONS = ':：';
const COMMAS = ',，';
const BARE_ENDS = `${COMMAS}{}[]\n\r`;

interface MutableEntry {
  readonly key: string;
  readonly quoted: boolean;
  value: Node | null;
  /** Where its value begins. */
  from: number;
}

interface ObjectFrame {
  readonly kind: 'object';
  readonly start: number;
  readonly entries: MutableEntry[];
  /** Objects that stand where a key should. */
  readonly strays: ContainerNode[];
  /** What comes next in an orderly object. */
  expects: 'key' | 'colon' | 'value' | 'comma';
  /** A scalar that is a key if a colon follows. */
  pending: ScalarNode | null;
  /** `pending` follows a value without a comma between. */
  adjoining: boolean;
}

interface ArrayFrame {
  readonly kind: 'array';
  readonly start: number;
  readonly items: Node[];
}

type Frame = ObjectFrame | ArrayFrame;

/** Objects within thoughts are not read. */
export function readLooseJson(source: string): LooseObjects {
  const text = decodeIfEscaped(source);
  const roots: { node: ContainerNode; part: boolean }[] = [];
  const frames: Frame[] = [];
  let at = endOfLeadingThought(text);

  while (at < text.length) {
    const frame = frames.at(-1);
    at = frame === undefined ? readProse() : readToken(frame);
  }
  for (const frame of frames) {
    // Not spread into one call: there can be more parts than a call takes arguments.
    for (const part of partsOf(frame)) roots.push(part);
  }
  roots.sort((a, b) => a.node.start - b.node.start);
  return { text, roots, brokenAt: frames.findLast((frame) => isMeantAsJson(text, frame))?.start ?? null };

  function readProse(): number {
    const char = text[at]!;
    const thought = '<[◁'.includes(char) ? endOfThought(text, at) : null;
    if (thought !== null) return thought;
    return (char === '{' || char === '[') && isOpening(text, at) ? open(char) : at + 1;
  }

  function readToken(frame: Frame): number {
    const char = text[at]!;
    if (isSpace(char)) return at + 1;
    const comment = endOfComment(text, at);
    if (comment !== null) return comment;
    if (char === '{' || char === '[') return char === '{' && text[skipSpace(text, at + 1)] === '{' ? at + 1 : open(char);
    if (char === '}' || char === ']') return close(char);
    if (COMMAS.includes(char)) {
      if (frame.kind === 'object') endEntry(frame, at);
      return at + 1;
    }
    if (COLONS.includes(char)) {
      if (frame.kind === 'object') readColon(frame);
      return at + 1;
    }
    const scalar = QUOTES.includes(char) ? readString(frame) : readBare(frame);
    if (scalar === null) return text.length;
    put(frame, scalar);
    return scalar.end;
  }

  function open(char: '{' | '['): number {
    if (char === '[') frames.push({ kind: 'array', start: at, items: [] });
    else frames.push({ kind: 'object', start: at, entries: [], strays: [], expects: 'key', pending: null, adjoining: false });
    return at + 1;
  }

  function close(char: '}' | ']'): number {
    const kind = char === '}' ? 'object' : 'array';
    let top = frames.at(-1)!;
    if (top.kind !== kind) {
      // A list may end with the object around it, whose items are all there. The reverse would complete an object.
      if (kind === 'array' || frames.at(-2)?.kind !== 'object') return at + 1;
      finish(top, at);
      top = frames.at(-1)!;
    }
    finish(top, at + 1);
    return at + 1;
  }

  function finish(frame: Frame, end: number): void {
    frames.pop();
    const { start } = frame;
    if (frame.kind === 'object') endEntry(frame, end - 1);
    const node: ContainerNode =
      frame.kind === 'object' ? { kind: 'object', entries: frame.entries, start, end } : { kind: 'array', items: frame.items, start, end };
    const parent = frames.at(-1);
    if (parent === undefined) roots.push({ node, part: false });
    else put(parent, frames.length < MAX_DEPTH ? node : { kind: 'garbled', text: text.slice(start, end), start, end });
  }

  function put(frame: Frame, node: Node): void {
    if (frame.kind === 'array') {
      frame.items.push(node);
    } else if (frame.expects === 'value') {
      const entry = frame.entries.at(-1)!;
      entry.value = node;
      entry.from = node.start;
      frame.expects = 'comma';
    } else if (node.kind === 'object' || node.kind === 'array') {
      frame.strays.push(node);
      if (frame.expects !== 'key') garble(frame, node.end);
    } else {
      if (frame.expects === 'colon') garble(frame, node.start);
      frame.adjoining = frame.expects !== 'key';
      frame.pending = node;
      frame.expects = 'colon';
    }
  }

  function readColon(frame: ObjectFrame): void {
    const { pending } = frame;
    if (pending === null) {
      if (frame.expects === 'comma') garble(frame, at + 1);
      return;
    }
    // Where the comma is missing, only quotes tell a new key from the rest of a value.
    if (frame.adjoining && pending.kind === 'bare') garble(frame, at);
    frame.entries.push({ key: pending.text, quoted: pending.kind === 'string', value: null, from: at + 1 });
    frame.pending = null;
    frame.expects = 'value';
  }

  function endEntry(frame: ObjectFrame, end: number): void {
    if (frame.pending !== null) garble(frame, end);
    frame.pending = null;
    frame.expects = 'key';
  }

  /** The last value is not only what was read of it: `"1": 4, 5` or `"1": "a "b", c"`. */
  function garble(frame: ObjectFrame, end: number): void {
    const entry = frame.entries.at(-1);
    if (entry === undefined) return;
    entry.value = { kind: 'garbled', text: text.slice(entry.from, end).trim(), start: entry.from, end };
  }

  function readString(frame: Frame): ScalarNode | null {
    const quote = text[at]!;
    const closing = closingOf(quote);
    const role = frame.kind === 'array' ? 'element' : frame.expects === 'value' ? 'value' : 'key';
    let escaped = false;
    for (let i = at + 1; i < text.length; i += 1) {
      const char = text[i]!;
      if (char === '\\') {
        escaped = true;
        i += 1;
      } else if (closing.includes(char) && isClosing(text, i + 1, role)) {
        const content = text.slice(at + 1, i);
        return { kind: 'string', text: escaped ? decodeEscapes(content) : content, start: at, end: i + 1 };
      }
    }
    return null;
  }

  function readBare(frame: Frame): ScalarNode {
    const isKey = frame.kind === 'object' && frame.expects !== 'value';
    let end = at + 1;
    while (end < text.length && !BARE_ENDS.includes(text[end]!)) {
      if (isKey && COLONS.includes(text[end]!)) break;
      if (isSpace(text[end - 1]!) && endOfComment(text, end) !== null) break;
      end += 1;
    }
    let last = end;
    while (last > at && isSpace(text[last - 1]!)) last -= 1;
    return { kind: 'bare', text: text.slice(at, last), start: at, end };
  }
}

/** What a string holds that is JSON itself (the arguments of a tool call, the content of a message); nothing when that breaks off. */
export function readWithin({ text, start, end }: ScalarNode): ContainerNode[] {
  if (!/^\s*[{[]/.test(text)) return [];
  const { roots, brokenAt } = readLooseJson(text);
  return brokenAt === null ? roots.map(({ node }) => ({ ...node, start, end })) : [];
}

/** A node as JSON, for a reader: bare words are put in quotes unless they are JSON themselves. */
export function toJson(node: Node | null): string {
  if (node === null) return 'null';
  switch (node.kind) {
    case 'object':
      return `{${node.entries.map((entry) => `${JSON.stringify(entry.key)}:${toJson(entry.value)}`).join(',')}}`;
    case 'array':
      return `[${node.items.map(toJson).join(',')}]`;
    case 'bare':
      return /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)$/.test(node.text) ? node.text : JSON.stringify(node.text);
    default:
      return JSON.stringify(node.text);
  }
}

/** Whether a bracket in prose begins data, rather than being a note in brackets, a smiley or a brace that is talked about. */
function isOpening(text: string, at: number): boolean {
  const next = skipSpace(text, at + 1);
  const char = text[next] ?? '';
  if (text[at] === '[') return char === '{';
  if (!QUOTES.includes(char) || char === '') return /[\p{L}\p{N}_}/#-]/u.test(char);
  const talkedAbout =
    at > 0 &&
    next === at + 1 &&
    QUOTES.includes(text[at - 1]!) &&
    !/[\p{L}\p{N}\\]/u.test(text[next + 1] ?? '') &&
    !isQuotedKey(text, next);
  return !talkedAbout;
}

/**
 * Whether the quote before `at` ends a string. In valid JSON a delimiter always follows; where none does, the quote
 * belongs to the text. A line break ends it too, because a missing comma is commoner than a quoted word at the end of a line.
 */
function isClosing(text: string, at: number, role: 'key' | 'value' | 'element'): boolean {
  const next = skipInlineSpace(text, at);
  const char = text[next];
  if (char === undefined || '}]\n\r'.includes(char)) return true;
  // In a text a comma may well follow a quotation: "I said "no", and left".
  if (COMMAS.includes(char)) return role !== 'value' || isEntry(text, next + 1);
  if (COLONS.includes(char)) return role === 'key';
  return endOfComment(text, next) !== null || (QUOTES.includes(char) && isQuotedKey(text, next));
}

const BARE_KEY = /[\p{L}\p{N}_][\p{L}\p{N}_ .#-]{0,40}["'”’]?\s*[:：]/uy;

/** Whether what follows a comma may stand behind one: an entry, the end, or a new line. */
function isEntry(text: string, from: number): boolean {
  let at = skipInlineSpace(text, from);
  while (COMMAS.includes(text[at] ?? ' ')) at = skipInlineSpace(text, at + 1);
  const char = text[at];
  if (char === undefined || '{}[]\n\r'.includes(char) || QUOTES.includes(char) || endOfComment(text, at) !== null) return true;
  BARE_KEY.lastIndex = at;
  return BARE_KEY.test(text);
}

/** Whether a short string and a colon stand here: the next entry, with the comma before it missing. */
function isQuotedKey(text: string, at: number): boolean {
  const closing = closingOf(text[at]!);
  for (let i = at + 1; i < at + LONGEST_KEY; i += 1) {
    const char = text[i];
    if (char === undefined || char === '\n') return false;
    if (char === '\\') i += 1;
    else if (closing.includes(char)) return i > at + 1 && COLONS.includes(text[skipInlineSpace(text, i + 1)] ?? ' ');
  }
  return false;
}

/** A plain quote is closed by its like only, so that “these” may stand inside; smart ones are mixed freely. */
function closingOf(quote: string): string {
  if (quote === '"' || quote === "'") return quote;
  return DOUBLE_QUOTES.includes(quote) ? DOUBLE_QUOTES : SINGLE_QUOTES;
}

function endOfComment(text: string, at: number): number | null {
  // "#1" is an item.
  if (text[at] === '#' && /[\s\p{L}]/u.test(text[at + 1] ?? ' ')) return orEnd(text, endOfLine(text, at));
  if (text[at] !== '/') return null;
  if (text[at + 1] === '/') return orEnd(text, endOfLine(text, at));
  return text[at + 1] === '*' ? orEnd(text, text.indexOf('*/', at + 2), 2) : null;
}

function endOfLine(text: string, at: number): number {
  const length = text.slice(at).search(/[\n\r]/);
  return length === -1 ? -1 : at + length;
}

function orEnd(text: string, found: number, length = 0): number {
  return found === -1 ? text.length : found + length;
}

function partsOf(frame: Frame): { node: ContainerNode; part: boolean }[] {
  const isContainer = (node: Node | null): node is ContainerNode => node?.kind === 'object' || node?.kind === 'array';
  if (frame.kind === 'array') return frame.items.filter(isContainer).map((node) => ({ node, part: true }));
  // A value of an unquoted key is more likely an object after prose, "{ … my answers: {…}", than a part of one.
  const valued = frame.entries.flatMap(({ quoted, value }) => (isContainer(value) ? [{ node: value, part: quoted }] : []));
  return [...valued, ...frame.strays.map((node) => ({ node, part: false }))];
}

function isMeantAsJson(text: string, frame: Frame): boolean {
  if (frame.kind === 'array') return frame.items.length > 0;
  return frame.entries.length > 0 || QUOTES.includes(text[skipSpace(text, frame.start + 1)] ?? ' ');
}

/** `{\"1\": …}` and `{\n  '1': …}` with the line break written out, however often escaped and with bare keys too: the inside of a JSON string. */
const ESCAPED = /^[^{]*\{\s*(?:\\+[nrt]\s*)*(?:\\+["']|(?<=\\[nrt]\s*)(?:["'“‘„«`]|\w{1,40}\s*:))/;
const DEEPEST_ESCAPES = 3;

/** A reply that is a JSON string, or the inside of one, is decoded first. */
function decodeIfEscaped(source: string): string {
  let text = source;
  for (let content = contentOfJsonString(source.trim()); content !== null; content = contentOfJsonString(text.trim())) text = content;
  for (let depth = 0; depth < DEEPEST_ESCAPES && ESCAPED.test(text); depth += 1) text = decodeEscapes(text);
  return text;
}

function contentOfJsonString(text: string): string | null {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return null;
  try {
    return String(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function decodeEscapes(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code: string | undefined, char: string) =>
    code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Control characters count as space, for a NUL between two tokens means nothing. */
function isSpace(char: string): boolean {
  return char <= ' ' || (char > '~' && /[\s\u200b\u2060]/.test(char));
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text[at]!)) at += 1;
  return at;
}

function skipInlineSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r' && isSpace(text[at]!)) at += 1;
  return at;
}
