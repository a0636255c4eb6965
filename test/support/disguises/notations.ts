/** How the same object is written: quotes, commas, comments, escapes. */
import type { Dice } from './dice.ts';
import { print, type Tree } from './tree.ts';

export interface Notation {
  readonly name: string;
  readonly write: (tree: Tree, dice: Dice) => string;
  /** The explanation cannot be told to the letter in it. */
  readonly blurs?: true;
  /** It brings brackets of its own, or loses some. */
  readonly brackets?: true;
}

/** A string between other quotes; those that could not be told apart then are escaped. */
const between = (open: string, close: string) => (text: string) =>
  open +
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/["'“”„‟«»＂‘’‚‛‹›`´]/g, escapeAll) +
  close;

function escapeAll(text: string): string {
  return text.replace(
    /[\s\S]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export const bareKey = (text: string) =>
  /^[\p{L}\p{N}_]+$/u.test(text) ? text : JSON.stringify(text);
const bareWords = (text: string) =>
  /^[\p{L}\p{N}_]+(?: [\p{L}\p{N}_]+)*$/u.test(text) ? text : JSON.stringify(text);
const python = (value: number | boolean | null) =>
  value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : String(value);
/** Only the text of explanations, the one long string, is left as it is. */
const raw = (text: string, change: (json: string) => string) =>
  !text.startsWith('{') && (text.length > 40 || text.includes('\n'))
    ? change(JSON.stringify(text))
    : JSON.stringify(text);

export const NOTATIONS: readonly Notation[] = [
  { name: 'indented', write: (tree) => print(tree, { indent: '  ' }) },
  { name: 'compact', write: (tree) => print(tree, {}) },
  { name: 'on one line', write: (tree) => print(tree, { comma: ', ', colon: ': ' }) },
  { name: 'tabs', write: (tree) => print(tree, { indent: '\t', colon: '\t:\t' }) },
  { name: 'CRLF', write: (tree) => print(tree, { indent: '  ', newline: '\r\n' }) },
  { name: 'CR', write: (tree) => print(tree, { indent: '  ', newline: '\r' }) },
  { name: 'blank lines', write: (tree) => print(tree, { indent: '  ', newline: '\n\n' }) },
  {
    name: 'hard spaces',
    write: (tree) => print(tree, { indent: '\u00a0\u00a0', colon: '\u00a0:\u202f' }),
  },
  {
    name: 'invisible characters',
    write: (tree) =>
      print(tree, { indent: '\u200b', colon: ':\ufeff', comma: '\u2060,', newline: '\u2028' }),
  },
  { name: 'NUL between', write: (tree) => print(tree, { comma: ',\0', colon: '\0:' }) },
  { name: 'a trailing comma', write: (tree) => print(tree, { indent: '  ', trailing: ',' }) },
  { name: 'commas doubled', write: (tree) => print(tree, { comma: ',,' }) },
  {
    name: 'commas leading the lines',
    write: (tree) => print(tree, { comma: '\n  , ', colon: ': ' }),
  },
  { name: 'no commas', write: (tree) => print(tree, { indent: '  ', comma: '' }) },
  {
    name: 'some commas missing',
    write: (tree, dice) =>
      print(tree, { indent: '  ', comma: () => (dice.chance(0.3) ? '' : ',') }),
  },
  {
    name: 'single quotes',
    write: (tree) => print(tree, { indent: '  ', string: between("'", "'") }),
  },
  {
    name: 'smart quotes',
    write: (tree) => print(tree, { indent: '  ', string: between('“', '”') }),
  },
  {
    name: '„low“ quotes',
    write: (tree) => print(tree, { indent: '  ', string: between('„', '“') }),
  },
  {
    name: '«guillemets»',
    write: (tree) => print(tree, { indent: '  ', string: between('«', '»') }),
  },
  { name: '‘single smart’ quotes', write: (tree) => print(tree, { string: between('‘', '’') }) },
  { name: 'backticks', write: (tree) => print(tree, { indent: ' ', string: between('`', '`') }) },
  {
    name: 'quotes mixed',
    write: (tree) =>
      print(tree, { indent: '  ', key: between("'", "'"), string: between('“', '”') }),
  },
  { name: 'bare keys', write: (tree) => print(tree, { indent: '  ', key: bareKey }) },
  {
    name: 'bare words',
    write: (tree) => print(tree, { indent: '  ', string: bareWords, key: JSON.stringify }),
  },
  {
    name: 'bare keys and words',
    write: (tree) => print(tree, { indent: '  ', string: bareWords, key: bareKey }),
  },
  {
    name: 'Python',
    write: (tree) => print(tree, { indent: '    ', string: between("'", "'"), word: python }),
  },
  {
    name: '// comments',
    brackets: true,
    write: (tree, dice) =>
      print(tree, {
        indent: '  ',
        comma: () => `,${dice.pick([' // so, "2": it is', '\n// a {new} line', ''])}`,
      }),
  },
  {
    name: '/* comments */',
    brackets: true,
    write: (tree, dice) =>
      print(tree, {
        indent: '  ',
        comma: () => dice.pick([' /* "1": 1, */,', ', /* {\n */', ',']),
      }),
  },
  {
    name: '# comments',
    brackets: true,
    write: (tree, dice) =>
      print(tree, {
        indent: '  ',
        comma: () => dice.pick([', # I am', ',  # "so": 1, {', ',\n  # a new line']),
      }),
  },
  {
    name: 'a comment before each comma',
    write: (tree) => print(tree, { indent: '  ', comma: () => '  // I am so\n,' }),
  },
  {
    name: 'escaped letters',
    write: (tree) => print(tree, { string: (text) => `"${escapeAll(text)}"` }),
  },
  {
    name: 'superfluous escapes',
    write: (tree) =>
      print(tree, { string: (text) => JSON.stringify(text).replace(/[_'#*/-]/g, '\\$&') }),
  },
  {
    name: 'raw line breaks',
    write: (tree) =>
      print(tree, {
        indent: '  ',
        string: (text) => JSON.stringify(text).replaceAll('\\n', '\n').replaceAll('\\t', '\t'),
      }),
    blurs: true,
  },
  {
    name: 'quotes not escaped',
    write: (tree) =>
      print(tree, {
        indent: '  ',
        string: (text) => raw(text, (json) => json.replaceAll('\\"', '"')),
        key: JSON.stringify,
      }),
    blurs: true,
  },
  {
    name: 'doubled braces',
    brackets: true,
    write: (tree) => print(tree, { indent: '  ' }).replace(/^\{[\s\S]*\}$/, '{$&}'),
  },
  {
    name: 'a brace too many',
    brackets: true,
    write: (tree) => `${print(tree, { indent: '  ' })}}`,
  },
  {
    name: 'full-width colons and commas',
    write: (tree) => print(tree, { indent: '  ', colon: '：', comma: '，' }),
  },
];
