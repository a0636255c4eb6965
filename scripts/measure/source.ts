/** The program's source as syntax trees, for the measures of its structure. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A node of the syntax tree, as loosely as it is read here. */
export interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly file: string;
  readonly text: string;
  readonly program: Node;
  /** Files of the repository that this one imports, types included. */
  readonly imports: readonly string[];
}

/** Every TypeScript file below some folders of the repository, without tests. */
export function readSource(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .sort()
      .map(readFile),
  );
}

function readFile(file: string): SourceFile {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const program = parseSync(file, text).program as unknown as Node;
  const imports: string[] = [];
  visit(program, (node) => {
    const source = node.source as Node | null | undefined;
    const from = source?.value;
    const reads = /^(Import|Export(All|Named)Declaration)/.test(node.type);
    if (reads && typeof from === 'string' && from.startsWith('.')) {
      imports.push(path.posix.normalize(path.posix.join(path.posix.dirname(file), from)));
    }
  });
  return { file, text, program, imports: [...new Set(imports)] };
}

/** Calls `see` for a node and everything below it, parents first. */
export function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of Object.values(node)) {
    for (const one of Array.isArray(child) ? child : [child]) {
      if (typeof one === 'object' && one !== null && typeof (one as Node).type === 'string')
        visit(one as Node, see);
    }
  }
}

/** Lines that hold code: neither empty nor comment. */
export function codeLines(text: string): number {
  let isComment = false;
  return text.split('\n').filter((line) => {
    const trimmed = line.trim();
    if (isComment) {
      isComment = !trimmed.includes('*/');
      return false;
    }
    if (trimmed.startsWith('/*')) {
      isComment = !trimmed.includes('*/');
      return false;
    }
    return trimmed !== '' && !trimmed.startsWith('//');
  }).length;
}
