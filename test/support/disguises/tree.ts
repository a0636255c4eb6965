/** What a reply says, before it is written down in a notation. */

export type Tree = string | number | boolean | null | readonly Tree[] | Fields;

/** An object whose keys keep their order and may occur twice. */
export interface Fields {
  readonly fields: readonly Field[];
}

export type Field = readonly [key: string, value: Tree];

export const fields = (...pairs: readonly Field[]): Fields => ({ fields: pairs });

export interface PrintOptions {
  readonly indent?: string;
  readonly newline?: string;
  readonly comma?: string | (() => string);
  /** Stands before the closing bracket. */
  readonly trailing?: string;
  readonly colon?: string;
  readonly key?: (text: string) => string;
  readonly string?: (text: string) => string;
  readonly word?: (value: number | boolean | null) => string;
}

export function print(tree: Tree, options: PrintOptions, depth = 0): string {
  const {
    indent,
    newline = '\n',
    comma = ',',
    trailing = '',
    colon = indent === undefined ? ':' : ': ',
  } = options;
  const text = options.string ?? JSON.stringify;
  if (typeof tree === 'string') return text(tree);
  if (typeof tree !== 'object' || tree === null) return (options.word ?? String)(tree);
  const isList = !('fields' in tree);
  const parts = isList
    ? tree.map((part) => print(part, options, depth + 1))
    : tree.fields.map(
        ([key, value]) =>
          `${(options.key ?? text)(key)}${colon}${print(value, options, depth + 1)}`,
      );
  const [open, close] = isList ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  const line = indent === undefined ? '' : `${newline}${indent.repeat(depth + 1)}`;
  const end = indent === undefined ? '' : `${newline}${indent.repeat(depth)}`;
  const joined = parts.map((part, index) =>
    index === parts.length - 1 ? part : part + (typeof comma === 'string' ? comma : comma()) + line,
  );
  return `${open}${line}${joined.join('')}${trailing}${end}${close}`;
}
