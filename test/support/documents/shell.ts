/** The commands of a shell script as words, as far as documents write shell. */

const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'elif',
  'while',
  'until',
  'do',
  'time',
  '!',
  '{',
]);

/**
 * Every simple command, those within `$(…)` too, without assignments before it, redirections,
 * comments and here-documents. Quotes are taken off, variables stay as they are written.
 */
export function commandsOf(script: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  let redirected = false;
  const ends: string[] = [];

  const endWord = () => {
    if (word !== null && !redirected) words.push(word);
    if (word !== null) redirected = false;
    word = null;
  };
  const endCommand = () => {
    endWord();
    while (words.length > 0 && (KEYWORDS.has(words[0]!) || /^\w+=/.test(words[0]!))) words.shift();
    if (words.length > 0) commands.push(words);
    words = [];
    redirected = false;
  };

  let at = 0;
  while (at < script.length) {
    const rest = script.slice(at);
    const one = rest[0]!;
    const continued = /^\\\r?\n/.exec(rest);
    const here = /^<<-?\s*(['"]?)(\w+)\1/.exec(rest);
    const redirection = /^(?:\d|&)?(?:>>|>&|>|<&|<<<|<)&?\d?/.exec(rest);
    if (continued !== null) at += continued[0].length;
    else if (one === "'") {
      const end = endOf(script, at, "'");
      word = (word ?? '') + script.slice(at + 1, end);
      at = end + 1;
    } else if (one === '"') {
      const end = endOf(script, at, '"');
      const inner = script.slice(at + 1, end);
      for (const [, nested] of inner.matchAll(/\$\(([^()]*)\)/g))
        commands.push(...commandsOf(nested!));
      word = (word ?? '') + inner;
      at = end + 1;
    } else if (rest.startsWith('$(')) {
      const end = endOfSubstitution(script, at);
      commands.push(...commandsOf(script.slice(at + 2, end)));
      word = (word ?? '') + script.slice(at, end + 1);
      at = end + 1;
    } else if (one === '\\') {
      word = (word ?? '') + (rest[1] ?? '');
      at += 2;
    } else if (one === '#' && word === null) {
      at += /^[^\n]*/.exec(rest)![0].length;
    } else if (here !== null) {
      ends.push(here[2]!);
      at += here[0].length;
    } else if (redirection !== null && (word === null || !/^\d/.test(redirection[0]))) {
      endWord();
      redirected = !/\d$/.test(redirection[0]);
      at += redirection[0].length;
    } else if (/^[\n;|&()]/.test(one)) {
      endCommand();
      at++;
      if (one === '\n') {
        for (const end of ends.splice(0)) {
          const close = new RegExp(`^\\s*${end}[ \\t]*(?:\\n|$)`, 'm').exec(script.slice(at));
          at = close === null ? script.length : at + close.index + close[0].length;
        }
      }
    } else if (/^\s/.test(one)) {
      endWord();
      at++;
    } else {
      word = (word ?? '') + one;
      at++;
    }
  }
  endCommand();
  return commands;
}

function endOf(script: string, start: number, quote: string): number {
  for (let at = start + 1; at < script.length; at++) {
    if (script[at] === '\\' && quote === '"') at++;
    else if (script[at] === quote) return at;
  }
  throw new Error(`A ${quote} does not close: ${script.slice(start, start + 40)}`);
}

function endOfSubstitution(script: string, start: number): number {
  let depth = 0;
  for (let at = start + 1; at < script.length; at++) {
    if (script[at] === '(') depth++;
    if (script[at] === ')' && --depth === 0) return at;
  }
  throw new Error(`A $( does not close: ${script.slice(start, start + 40)}`);
}
