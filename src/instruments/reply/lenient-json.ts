/**
 * Finds the JSON objects in a text and reads them as a patient human would: fences and prose around
 * them, single, smart or missing quotes, quotes inside strings, raw line breaks, comments, missing
 * and superfluous commas. On valid JSON it reads what `JSON.parse` reads, except that a key which
 * occurs twice is kept twice.
 *
 * It never completes anything: an object whose brace does not close is not read, an entry without a
 * value has none, and scalars stay the text that stood there. General repairers guess: jsonrepair
 * 3.15 reads `{"1": -}` and `{"1": .}` as 0, and splits an explanation that quotes `"2": …` into an
 * explanation and an answer 2. One pass, no recursion, linear in the length of the text.
 */
import { COLONS, COMMAS, closingOf, isSpace, QUOTES, Scanner, type Steps } from './scanner.ts';
import { type ThoughtMark, thoughtMarksOf } from './thoughts.ts';

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

/**
 * `bare`: written without quotes (a number, `true`, `Yes`). `garbled`: a value with something
 * behind it that belongs to nothing.
 */
export interface ScalarNode {
  readonly kind: 'string' | 'bare' | 'garbled';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type ContainerNode = ObjectNode | ArrayNode;
export type Node = ContainerNode | ScalarNode;

export function isContainer(node: Node | null): node is ContainerNode {
  return node?.kind === 'object' || node?.kind === 'array';
}

export interface Entry {
  readonly key: string;
  readonly quoted: boolean;
  /** null when nothing stands between the colon and the comma. */
  readonly value: Node | null;
}

export interface LooseObjects {
  /**
   * What was read: the source without thoughts, decoded where all of it is escaped. The nodes'
   * positions are in here.
   */
  readonly text: string;
  /** Where `text` begins in the source; null where it was decoded, so that places are others. */
  readonly offset: number | null;
  /**
   * Outermost closed objects and arrays, in order of the text. `part`: it belongs to something that
   * never closes.
   */
  readonly roots: readonly Root[];
  /** How many objects and arrays are closed, nested ones included. */
  readonly closed: number;
  /** Where the last object or list begins that is never closed; null when all are. */
  readonly brokenAt: number | null;
  /** Whether thoughts came before `text`, or one followed that never ends. */
  readonly thoughts: 'none' | 'ended' | 'unended';
}

interface Root {
  readonly node: ContainerNode;
  readonly part: boolean;
}

/** What was read of a text, whatever in it is thought. */
interface Objects extends Pick<LooseObjects, 'roots' | 'closed' | 'brokenAt'> {
  /** Marks of thoughts that do not stand in a string of a whole object. */
  readonly marks: readonly ThoughtMark[];
}

/**
 * Nobody nests answers so deep; what lies deeper is kept as text, so that walking a tree needs no
 * guard.
 */
const MAX_DEPTH = 64;

const BARE_ENDS = `${COMMAS}{}[]\n\r`;

interface MutableEntry {
  readonly key: string;
  readonly quoted: boolean;
  value: Node | null;
  /** Where its value begins. */
  from: number;
  /**
   * Where the text ends that its value is in place of what was read; null when it is what was read.
   */
  garbledTo: number | null;
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

/**
 * Objects within thoughts are not read. Everything before the last mark that ends a thought is one,
 * and everything after a mark that only begins one; a mark within a string of an object is spoken
 * of.
 */
export function readLooseJson(source: string, steps: Steps = { characters: 0 }): LooseObjects {
  const whole = decodeIfEscaped(source, steps);
  const marks = thoughtMarksOf(whole);
  const read = (from: number, to: number) => {
    const within = marks.filter(({ start, end }) => start >= from && end <= to);
    const shifted = within.map((mark) => ({
      ...mark,
      start: mark.start - from,
      end: mark.end - from,
    }));
    const text = whole.slice(from, to);
    const offset = whole === source ? from : null;
    return { text, offset, ...readObjects(text, shifted, steps) };
  };
  let from = 0;
  let part = read(from, whole.length);
  const endings = new Map(marks.filter(({ opens }) => !opens).map(({ kind, end }) => [kind, end]));
  const isEndless = part.marks.some(
    ({ opens, kind, start }) => opens && (endings.get(kind) ?? 0) <= start,
  );
  // What seemed to be a string may have begun within a thought, so the rest is looked at again
  // without it.
  for (const isSure of [false, true]) {
    const last = part.marks.findLast(({ opens }) => !opens);
    if (last === undefined) break;
    from = isSure ? marks.findLast(({ opens }) => !opens)!.end : from + last.end;
    part = read(from, whole.length);
  }
  const unended = part.marks.find(({ opens }) => opens);
  if (unended === undefined && isEndless) return { ...read(from, from), thoughts: 'unended' };
  if (unended === undefined) return { ...part, thoughts: from === 0 ? 'none' : 'ended' };
  part = read(from, from + unended.start);
  return { ...(part.marks.length === 0 ? part : read(from, from)), thoughts: 'unended' };
}

function readObjects(text: string, marks: readonly ThoughtMark[], steps: Steps): Objects {
  const roots: Root[] = [];
  const frames: Frame[] = [];
  const scanner = new Scanner(text, steps);
  /** Strings with marks in them. */
  const marked: ScalarNode[] = [];
  let nextMark = 0;
  let closed = 0;
  let at = 0;

  while (at < text.length) {
    const frame = frames.at(-1);
    steps.characters += 1;
    at = frame === undefined ? readProse() : readToken(frame);
  }
  for (const frame of frames) {
    // Not spread into one call: there can be more parts than a call takes arguments.
    for (const part of partsOf(frame)) roots.push(part);
  }
  roots.sort((a, b) => a.node.start - b.node.start);
  const brokenAt = frames.findLast((frame) => isMeantAsJson(scanner, frame))?.start ?? null;
  return {
    roots,
    closed,
    brokenAt,
    marks: marks.length === 0 ? marks : unquoted(text, marks, marked, roots),
  };

  function readProse(): number {
    const char = text[at]!;
    return (char === '{' || char === '[') && isOpening(scanner, at) ? open(char) : at + 1;
  }

  function readToken(frame: Frame): number {
    const char = text[at]!;
    if (isSpace(char)) return at + 1;
    if (scanner.isComment(at)) return scanner.endOfComment(at);
    if (char === '{' || char === '[')
      return char === '{' && text[scanner.skipSpace(at + 1)] === '{' ? at + 1 : open(char);
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
    else
      frames.push({
        kind: 'object',
        start: at,
        entries: [],
        strays: [],
        expects: 'key',
        pending: null,
        adjoining: false,
      });
    return at + 1;
  }

  function close(char: '}' | ']'): number {
    const kind = char === '}' ? 'object' : 'array';
    let top = frames.at(-1)!;
    if (top.kind !== kind) {
      // A list may end with the object around it, whose items are all there. The reverse would
      // complete an object.
      if (kind === 'array' || frames.at(-2)?.kind !== 'object') return at + 1;
      finish(top, at);
      top = frames.at(-1)!;
    }
    finish(top, at + 1);
    return at + 1;
  }

  function finish(frame: Frame, end: number): void {
    frames.pop();
    closed += 1;
    const { start } = frame;
    if (frame.kind === 'object') endEntry(frame, end - 1);
    const node: ContainerNode =
      frame.kind === 'object'
        ? { kind: 'object', entries: frame.entries.map(entryOf), start, end }
        : { kind: 'array', items: frame.items, start, end };
    const parent = frames.at(-1);
    if (parent === undefined) roots.push({ node, part: false });
    else
      put(
        parent,
        frames.length < MAX_DEPTH
          ? node
          : { kind: 'garbled', text: text.slice(start, end), start, end },
      );
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
    frame.entries.push({
      key: pending.text,
      quoted: pending.kind === 'string',
      value: null,
      from: at + 1,
      garbledTo: null,
    });
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
    if (entry !== undefined) entry.garbledTo = end;
  }

  /** A value is put together once, at the end: every further token may make it longer. */
  function entryOf({ key, quoted, value, from, garbledTo }: MutableEntry): Entry {
    if (garbledTo === null) return { key, quoted, value };
    return {
      key,
      quoted,
      value: {
        kind: 'garbled',
        text: text.slice(from, garbledTo).trim(),
        start: from,
        end: garbledTo,
      },
    };
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
      } else if (closing.includes(char) && isClosing(scanner, i + 1, role)) {
        const content = text.slice(at + 1, i);
        steps.characters += i - at;
        return noteMarks({
          kind: 'string',
          text: escaped ? decodeEscapes(content) : content,
          start: at,
          end: i + 1,
        });
      }
    }
    steps.characters += text.length - at;
    return null;
  }

  function noteMarks(scalar: ScalarNode): ScalarNode {
    while (nextMark < marks.length && marks[nextMark]!.start < scalar.start) nextMark += 1;
    if (nextMark < marks.length && marks[nextMark]!.end <= scalar.end) marked.push(scalar);
    return scalar;
  }

  function readBare(frame: Frame): ScalarNode {
    const isKey = frame.kind === 'object' && frame.expects !== 'value';
    let end = at + 1;
    while (end < text.length && !BARE_ENDS.includes(text[end]!)) {
      if (isKey && COLONS.includes(text[end]!)) break;
      if (isSpace(text[end - 1]!) && scanner.isComment(end)) break;
      end += 1;
    }
    let last = end;
    while (last > at && isSpace(text[last - 1]!)) last -= 1;
    steps.characters += 2 * end - at - last;
    return { kind: 'bare', text: text.slice(at, last), start: at, end };
  }
}

/**
 * What a string holds that is JSON itself (the arguments of a tool call, the content of a message);
 * nothing when that breaks off.
 */
export function readWithin({ text, start, end }: ScalarNode, steps: Steps): ContainerNode[] {
  if (!/^\s*[{[]/.test(text)) return [];
  const { roots, brokenAt } = readLooseJson(text, steps);
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
      return /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)$/.test(node.text)
        ? node.text
        : JSON.stringify(node.text);
    default:
      return JSON.stringify(node.text);
  }
}

/**
 * Whether a bracket in prose begins data, rather than being a note in brackets, a smiley or a brace
 * that is talked about.
 */
function isOpening(scanner: Scanner, at: number): boolean {
  const { text } = scanner;
  const next = scanner.skipSpace(at + 1);
  const char = text[next] ?? '';
  if (text[at] === '[') return char === '{';
  if (!QUOTES.includes(char) || char === '') return /[\p{L}\p{N}_}/#-]/u.test(char);
  const talkedAbout =
    at > 0 &&
    next === at + 1 &&
    QUOTES.includes(text[at - 1]!) &&
    !/[\p{L}\p{N}\\]/u.test(text[next + 1] ?? '') &&
    !scanner.isQuotedKey(next);
  return !talkedAbout;
}

/**
 * Whether the quote before `at` ends a string. In valid JSON a delimiter always follows; where none
 * does, the quote belongs to the text. A line break ends it too, because a missing comma is
 * commoner than a quoted word at the end of a line.
 */
function isClosing(scanner: Scanner, at: number, role: 'key' | 'value' | 'element'): boolean {
  const next = scanner.skipInlineSpace(at);
  const char = scanner.text[next];
  if (char === undefined || '}]\n\r'.includes(char)) return true;
  // In a text a comma may well follow a quotation: "I said "no", and left".
  if (COMMAS.includes(char)) return role !== 'value' || scanner.isEntry(next + 1);
  if (COLONS.includes(char)) return role === 'key';
  return scanner.isComment(next) || (QUOTES.includes(char) && scanner.isQuotedKey(next));
}

/**
 * The marks that are not quoted. A string that was never closed within a thought can reach into the
 * reply; then its object is no valid JSON, and a brace follows the mark.
 */
function unquoted(
  text: string,
  marks: readonly ThoughtMark[],
  marked: readonly ScalarNode[],
  roots: readonly Root[],
): ThoughtMark[] {
  const quoted: Pick<ScalarNode, 'start' | 'end'>[] = [];
  let index = 0;
  const valid = new Map<Root, boolean>();
  const isValid = (root: Root) => {
    const known = valid.get(root) ?? isValidJson(text.slice(root.node.start, root.node.end));
    valid.set(root, known);
    return known;
  };
  for (const { start, end } of marked) {
    while (index < roots.length && roots[index]!.node.end < end) index += 1;
    const root = roots[index];
    if (root === undefined || root.node.start > start) continue;
    const brace = text.slice(start, end).lastIndexOf('{');
    quoted.push({ start: isValid(root) ? start : start + brace + 1, end });
  }
  let next = 0;
  return marks.filter((mark) => {
    while (next < quoted.length && quoted[next]!.end < mark.end) next += 1;
    return !(next < quoted.length && mark.start >= quoted[next]!.start);
  });
}

function partsOf(frame: Frame): Root[] {
  if (frame.kind === 'array')
    return frame.items.filter(isContainer).map((node) => ({ node, part: true }));
  // A value of an unquoted key is more likely an object after prose, "{ … my answers: {…}", than a
  // part of one.
  const valued = frame.entries.flatMap(({ quoted, value, garbledTo }) =>
    garbledTo === null && isContainer(value) ? [{ node: value, part: quoted }] : [],
  );
  return [...valued, ...frame.strays.map((node) => ({ node, part: false }))];
}

function isMeantAsJson(scanner: Scanner, frame: Frame): boolean {
  if (frame.kind === 'array') return frame.items.length > 0;
  return (
    frame.entries.length > 0 ||
    QUOTES.includes(scanner.text[scanner.skipSpace(frame.start + 1)] ?? ' ')
  );
}

const DEEPEST_ESCAPES = 3;

/** A reply that is a JSON string, or the inside of one, is decoded first. */
function decodeIfEscaped(source: string, steps: Steps): string {
  let text = source;
  for (
    let content = contentOfJsonString(source.trim());
    content !== null;
    content = contentOfJsonString(text.trim())
  ) {
    steps.characters += text.length;
    text = content;
  }
  for (let depth = 0; depth < DEEPEST_ESCAPES && isEscaped(text, steps); depth += 1) {
    steps.characters += text.length;
    text = decodeEscapes(text);
  }
  return text;
}

/**
 * `{\"1\": …}` and `{\n  '1': …}` with the line break written out, however often escaped and with
 * bare keys too: the inside of a JSON string.
 */
function isEscaped(text: string, steps: Steps): boolean {
  const brace = text.indexOf('{');
  if (brace === -1) return false;
  const scanner = new Scanner(text, steps);
  let at = scanner.skipSpace(brace + 1);
  let brokenLine = false;
  while (text[at] === '\\') {
    let end = at;
    while (text[end] === '\\') end += 1;
    steps.characters += end - at;
    const char = text[end] ?? ' ';
    if (char === '"' || char === "'") return true;
    if (!'nrt'.includes(char)) return false;
    brokenLine = true;
    at = scanner.skipSpace(end + 1);
  }
  if (!brokenLine) return false;
  const word = /^\w{1,40}/.exec(text.slice(at, at + 41))?.[0] ?? '';
  return (
    '"\'“‘„«`'.includes(text[at] ?? ' ') ||
    (word !== '' && text[scanner.skipSpace(at + word.length)] === ':')
  );
}

function contentOfJsonString(text: string): string | null {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return null;
  const content = parsed(text);
  return content === undefined ? null : String(content);
}

/** Whether a text is JSON without any repair. */
export function isValidJson(text: string): boolean {
  return parsed(text) !== undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function decodeEscapes(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (_, code: string | undefined, char: string) =>
      code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
