/** What a terminal shows after a program has written to it, and a picture of it. */

interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  /** Null for the ordinary one. */
  readonly colour: 'red' | 'green' | 'yellow' | null;
}

/** A piece of a line in one style. */
interface Run {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Run[];

const PLAIN: Style = { bold: false, dim: false, colour: null };
const COLOURS: Readonly<Record<string, Style['colour']>> = {
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '39': null,
};

const ESCAPE = '\u001b';
/** An order to the terminal, the end of a line, its beginning, or text. */
const PIECE = new RegExp(String.raw`${ESCAPE}\[[\d;]*[A-Za-z]|\r?\n|\r|[^${ESCAPE}\r\n]+`, 'g');
const isStyle = (piece: string) => piece.startsWith(ESCAPE) && piece.endsWith('m');

/**
 * The lines in their final state: one that was rewritten is there as it was last. Understands what
 * this program writes, and no more.
 * @param columns of the terminal, at which longer lines are broken
 */
export function linesOnScreen(written: string, columns: number): Line[] {
  const lines: Run[][] = [[]];
  let style = PLAIN;
  const write = (text: string) => {
    const line = lines.at(-1)!;
    const room = columns - line.reduce((sum, run) => sum + run.text.length, 0);
    if (text !== '') line.push({ text: text.slice(0, room), style });
    if (text.length <= room) return;
    lines.push([]);
    write(text.slice(room));
  };
  for (const [piece] of written.matchAll(PIECE)) {
    if (isStyle(piece))
      for (const code of (piece.slice(2, -1) || '0').split(';')) style = restyled(style, code);
    else if (piece.endsWith('\n')) lines.push([]);
    // A line is begun anew only to be rewritten, and is erased then.
    else if (piece === '\r') lines[lines.length - 1] = [];
    else if (!piece.startsWith(ESCAPE)) write(piece);
  }
  return lines;
}

function restyled(style: Style, code: string): Style {
  if (code === '0') return PLAIN;
  if (code === '1') return { ...style, bold: true };
  if (code === '2') return { ...style, dim: true };
  if (code === '22') return { ...style, bold: false, dim: false };
  return code in COLOURS ? { ...style, colour: COLOURS[code]! } : style;
}

const CELL = { width: 8, height: 19 } as const;
const MARGIN = 20;
const PAINT = {
  paper: '#16181d',
  ink: '#dfe1e6',
  dim: '#7d8490',
  red: '#ff8f73',
  green: '#6fd3a4',
  yellow: '#e8c468',
} as const;

/**
 * @param columns of the terminal
 * @param title what a reader is told who does not see it
 */
export function drawScreen(lines: readonly Line[], columns: number, title: string): string {
  const width = columns * CELL.width + 2 * MARGIN;
  const height = lines.length * CELL.height + 2 * MARGIN;
  const texts = lines.flatMap((line, row) => drawLine(line, MARGIN + row * CELL.height + 14));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13.2" fill="${PAINT.ink}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${PAINT.paper}"/>
${texts.join('\n')}
</svg>
`;
}

/**
 * Each run at its own place and as wide as its characters, whatever the font, so that columns stand
 * below each other.
 */
function drawLine(line: Line, y: number): string[] {
  let column = 0;
  return line.flatMap(({ text, style }) => {
    const indent = text.length - text.trimStart().length;
    const x = MARGIN + (column + indent) * CELL.width;
    column += text.length;
    const shown = text.trim();
    if (shown === '') return [];
    const fill =
      style.colour === null
        ? style.dim
          ? ` fill="${PAINT.dim}"`
          : ''
        : ` fill="${PAINT[style.colour]}"`;
    const weight = style.bold ? ' font-weight="700"' : '';
    return [
      `<text x="${x}" y="${y}" textLength="${shown.length * CELL.width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${fill}${weight}>${escaped(shown)}</text>`,
    ];
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
