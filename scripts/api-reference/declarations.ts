/**
 * Declarations as the compiler emits them, cut into what a reference shows. TypeScript 7 has no
 * compiler API, and this is far less than a parser.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The parts of a doc comment. */
export interface Doc {
  readonly text: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string | null;
  readonly throws: string | null;
}

export interface Member {
  /** As it is called: `close()`, `schema`, `[key]`. */
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  readonly doc: Doc | null;
}

export interface Declaration {
  readonly name: string;
  readonly kind: 'function' | 'interface' | 'class' | 'type';
  /** File of the source, relative to `src`, without its ending. */
  readonly module: string;
  /** Where in that file. */
  readonly place: number;
  /**
   * The declaration without comments: a function's signature, a type's definition, an interface's
   * head.
   */
  readonly code: string;
  readonly members: readonly Member[];
  readonly doc: Doc | null;
  /** The whole declaration with its comments, which needs no other file. */
  readonly text: string;
}

/** What is exported by `src/index.ts`, in its order. */
export function emittedDeclarations(): Declaration[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-declarations-'));
  try {
    const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = [
      '-p',
      path.join(ROOT, 'tsconfig.build.json'),
      '--emitDeclarationOnly',
      '--outDir',
      folder,
    ];
    execFileSync(process.execPath, [compiler, ...options], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return declarationsIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same, from what the compiler has written into a folder. */
export function declarationsIn(folder: string): Declaration[] {
  return exportsOf(readFileSync(path.join(folder, 'index.d.ts'), 'utf8')).map(
    ({ name, source, module }) => ({
      ...readDeclaration(readFileSync(path.join(folder, `${module}.d.ts`), 'utf8'), source, module),
      name,
    }),
  );
}

function exportsOf(index: string): { name: string; source: string; module: string }[] {
  return [...index.matchAll(/export (?:type )?\{([^}]*)\} from '\.\/([^']+)\.ts'/g)].flatMap(
    ([, names, module]) =>
      names!
        .split(',')
        .map((one) => one.trim().replace(/^type /, ''))
        .filter(Boolean)
        .map((one) => {
          const [source, name] = one.split(' as ');
          return { name: name ?? source!, source: source!, module: module! };
        }),
  );
}

function readDeclaration(text: string, name: string, module: string): Omit<Declaration, 'name'> {
  const found = new RegExp(
    `^export (?:declare )?(function|interface|class|type) ${name}\\b`,
    'm',
  ).exec(text);
  if (found === null) throw new Error(`${module}.d.ts declares no ${name}`);
  const kind = found[1] as Declaration['kind'];
  const whole = withoutLists(
    withoutNamespaces(text.slice(found.index, endOf(text, found.index, kind))),
    text,
  );
  const code = whole.replace(/^export (declare )?/, '');
  const place = found.index;
  const comment = commentBefore(text, found.index);
  const [doc, shared] = [readDoc(comment), { kind, module, place, text: `${comment}\n${whole}` }];
  if (kind === 'function')
    return { ...shared, code: withoutComments(code).replace(/;$/, ''), members: [], doc };
  if (kind === 'type') return { ...shared, code: withoutComments(code), members: [], doc };
  const open = startOfBody(code);
  const head = withoutComments(code.slice(0, open)).trim();
  return {
    ...shared,
    code: head,
    members: readMembers(code.slice(open + 1, code.lastIndexOf('}'))),
    doc,
  };
}

/** A namespace is a matter of the file that imports it. */
function withoutNamespaces(code: string): string {
  return code.replace(/\b[a-z]\w*\.(?=[A-Z]\w*[<>[\]|;,)\s])/g, '');
}

/** `(typeof LIST)[number]` as the values of the list. */
function withoutLists(code: string, text: string): string {
  return code.replace(/\(typeof (\w+)\)\[number\]/g, (whole, list: string) => {
    const values = new RegExp(`const ${list}: readonly \\[([^\\]]*)\\]`).exec(text)?.[1];
    return values === undefined ? whole : values.replaceAll('"', "'").split(', ').join(' | ');
  });
}

/** Where a declaration ends: at the brace that closes it, or at its semicolon. */
function endOf(text: string, from: number, kind: Declaration['kind']): number {
  for (const { at, depth, character } of walk(text, from)) {
    if (
      kind === 'interface' || kind === 'class'
        ? character === '}' && depth === 0
        : character === ';' && depth === 0
    )
      return at + 1;
  }
  throw new Error('a declaration without end');
}

function startOfBody(code: string): number {
  for (const { at, depth, character } of walk(code, 0))
    if (character === '{' && depth === 1) return at;
  throw new Error('a declaration without body');
}

/**
 * Characters outside of strings and comments, each with how deep it is; a closing one is as deep as
 * what follows it.
 */
function* walk(
  text: string,
  from: number,
): Generator<{ at: number; depth: number; character: string }> {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (text.startsWith('/*', at)) {
      at = text.indexOf('*/', at) + 1;
      continue;
    }
    if (character === "'" || character === '"' || character === '`') {
      for (at++; text[at] !== character; at++) if (text[at] === '\\') at++;
      continue;
    }
    const isArrow = character === '>' && text[at - 1] === '=';
    if ('({[<'.includes(character)) depth++;
    if (')}]>'.includes(character) && !isArrow) depth--;
    yield { at, depth, character };
  }
}

function readMembers(body: string): Member[] {
  const members: Member[] = [];
  let from = 0;
  for (const { at, depth, character } of walk(body, 0)) {
    if (character !== ';' || depth !== 0) continue;
    const member = body.slice(from, at);
    from = at + 1;
    // The compiler leaves one such line in place of all private fields.
    if (member.trim() !== '#private') members.push(readMember(member));
  }
  return members;
}

function readMember(text: string): Member {
  const comment = /^\s*(\/\*\*[\s\S]*?\*\/)/.exec(text)?.[1] ?? '';
  const code = withoutComments(text)
    .trim()
    .replace(/^(readonly|get|override|static)\s+/g, '')
    .replace(/^readonly\s+/, '');
  const doc = readDoc(comment);
  const [, name, optional, rest] = /^([\w$]+|\[[^\]]+\])(\??)([\s\S]*)$/.exec(code) ?? [];
  if (name === undefined) throw new Error(`no member: ${code}`);
  if (rest!.startsWith(':'))
    return { name, optional: optional === '?', type: oneLine(rest!.slice(1)), doc };
  return { name: `${name}()`, optional: optional === '?', type: oneLine(rest!), doc };
}

function commentBefore(text: string, at: number): string {
  const before = text.slice(0, at).trimEnd();
  return before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '';
}

function readDoc(comment: string): Doc | null {
  if (comment === '') return null;
  const text = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
  const [main, ...tags] = text.split(/^@(?=param|returns|throws)/m);
  const ofTag = (name: string) =>
    tags.filter((tag) => tag.startsWith(name)).map((tag) => oneLine(tag.slice(name.length)));
  return {
    text: joinLines(main!),
    params: ofTag('param').map((tag) => {
      const [, name, meaning] = /^(\w+)\s+([\s\S]*)$/.exec(tag) ?? [];
      return { name: name ?? tag, text: meaning ?? '' };
    }),
    returns: ofTag('returns')[0] ?? null,
    throws: ofTag('throws')[0] ?? null,
  };
}

/** Lines of a paragraph are one; code blocks and lists stay as they are. */
function joinLines(text: string): string {
  return text
    .trim()
    .split(/(```[\s\S]*?```)/)
    .map((part) => (part.startsWith('```') ? part : part.replace(/([^\n])\n(?!\n|- |$)/g, '$1 ')))
    .join('')
    .trim();
}

function withoutComments(code: string): string {
  return code
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\n/gm, '')
    .replace(/ +$/gm, '');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
