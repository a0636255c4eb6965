/**
 * A Markdown page as far as the tests of documents need it: code blocks with what is said of them,
 * links, code in lines, anchors.
 */

export interface Block {
  /** What stands after the opening fence, e.g. `sh`; empty when nothing does. */
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** The HTML comment directly before, which no reader sees. */
  readonly remark: string | null;
}

export interface Mention {
  readonly text: string;
  readonly line: number;
}

export interface Page {
  readonly blocks: readonly Block[];
  /** Targets of links and pictures. */
  readonly links: readonly Mention[];
  /** Code within lines of text. */
  readonly spans: readonly Mention[];
  readonly anchors: ReadonlySet<string>;
}

export function readPage(text: string): Page {
  const blocks: Block[] = [];
  const links: Mention[] = [];
  const spans: Mention[] = [];
  const headings: string[] = [];
  const named: string[] = [];
  let remark: string | null = null;
  let open: {
    readonly fence: string;
    readonly indent: string;
    readonly language: string;
    readonly line: number;
    lines: string[];
  } | null = null;
  for (const [index, source] of text.split('\n').entries()) {
    const line = index + 1;
    if (open !== null) {
      if (source.trim() === open.fence) {
        blocks.push({
          language: open.language,
          text: open.lines.map((one) => `${one}\n`).join(''),
          line: open.line,
          remark,
        });
        remark = null;
        open = null;
      } else
        open.lines.push(
          source.startsWith(open.indent) ? source.slice(open.indent.length) : source.trimStart(),
        );
      continue;
    }
    const fence = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(source);
    if (fence !== null) {
      open = { fence: fence[2]!, indent: fence[1]!, language: fence[3]!, line, lines: [] };
      continue;
    }
    const comment = /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(source);
    if (comment !== null) {
      remark = comment[1]!;
      continue;
    }
    if (source.trim() !== '') remark = null;
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(source);
    if (heading !== null) headings.push(heading[1]!);
    for (const [, , code] of source.matchAll(/(`+)(.+?)\1(?!`)/g))
      spans.push({ text: code!.trim(), line });
    const prose = source.replaceAll(/(`+)(.+?)\1(?!`)/g, (code) =>
      /[[\]()]/.test(code) ? '`…`' : code,
    );
    for (const [, target] of prose.matchAll(/\]\(\s*<?([^()\s>]+)>?(?:\s+"[^"]*")?\s*\)/g))
      links.push({ text: target!, line });
    for (const [, target] of prose.matchAll(/^\s*\[[^\]]+\]:\s+(\S+)/g))
      links.push({ text: target!, line });
    for (const [, target] of prose.matchAll(
      /<(?:a|img|source)\b[^>]*\b(?:href|src|srcset)="([^"]+)"/g,
    ))
      links.push({ text: target!, line });
    for (const [, name] of prose.matchAll(/<a\b[^>]*\b(?:id|name)="([^"]+)"/g)) named.push(name!);
  }
  if (open !== null) throw new Error(`The code block of line ${open.line} does not end.`);
  return { blocks, links, spans, anchors: new Set([...anchorsOf(headings), ...named]) };
}

/** The names under which GitHub makes headings reachable. */
function anchorsOf(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const slug = slugOf(heading);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
