/**
 * A laid out table as LaTeX with booktabs; long ones with longtable. Made for XeLaTeX, LuaLaTeX and
 * pdfLaTeX.
 */
import { nameTable, SIMULATED_NOTICE } from './captions.ts';
import type { HeadingCell, Layout, LayoutCell } from './layout.ts';

/** More rows than this do not stand on one page, upright and turned. */
const MOST_ROWS = { upright: 45, turned: 25 } as const;
/** Points that fit beside each other on a page of A4 with margins of 2.5 cm. */
const PAGE_WIDTH = 440;
/** Estimated points of a letter, and those between two columns. */
const NORMAL = { letter: 4.4, gap: 12 } as const;
const TIGHT = { letter: 3.6, gap: 6 } as const;

export function renderLatex(layout: Layout): string {
  const columns = layout.headings.at(-1)!.length;
  const height = layout.sections.reduce(
    (sum, { title, rows }) => sum + rows.length + (title === null ? 0 : 1),
    0,
  );
  const isNormal = estimateWidth(layout, NORMAL) <= PAGE_WIDTH;
  const isTurned = estimateWidth(layout, TIGHT) > PAGE_WIDTH;
  const isLong = height > (isTurned ? MOST_ROWS.turned : MOST_ROWS.upright);
  const notice = layout.isSimulated ? `\\textbf{${escapeLatex(SIMULATED_NOTICE)}.} ` : '';
  const caption = `${notice}${nameTable(layout.table)} (${layout.mode}): ${escapeLatex(layout.title)}.`;
  const spec = `@{}${'l'.repeat(layout.labels)}${'r'.repeat(columns - layout.labels)}@{}`;
  const head = ['\\toprule', ...renderHeadings(layout), '\\midrule'];
  const body = layout.sections.flatMap((section, index) => [
    ...(index === 0 ? [] : ['\\addlinespace']),
    ...renderSection(section, columns, layout.labels),
  ]);
  const name = `\\label{tab:${layout.mode}-${layout.table.toLowerCase()}}`;
  const notes = [
    ...layout.notes.map(escapeLatex),
    ...layout.reasons.map(
      ({ letter, text }) => `\\textsuperscript{${letter}}~${escapeLatex(text)}.`,
    ),
  ].join(' ');
  const size = isNormal ? '\\small' : '\\scriptsize\\setlength{\\tabcolsep}{3pt}';
  const packages = [
    'booktabs',
    ...(isLong ? ['longtable'] : []),
    ...(isTurned ? ['pdflscape'] : []),
  ];
  const comment = [
    `% ${nameTable(layout.table)}, ${layout.mode}. Needs \\usepackage{${packages.join(',')}}.`,
    ...(layout.isSimulated ? [`% ${SIMULATED_NOTICE}.`] : []),
  ];
  if (height === 0)
    return `${[...comment, `\\begin{table}`, `\\caption{${caption}}${name}`, notes, '\\end{table}'].join('\n')}\n`;
  const lines = isLong
    ? [
        `\\begingroup${size}`,
        `\\begin{longtable}{${spec}}`,
        `\\caption{${caption}}${name}\\\\`,
        ...head,
        '\\endfirsthead',
        ...head,
        '\\endhead',
        '\\bottomrule',
        '\\endlastfoot',
        ...body,
        '\\end{longtable}',
        `\\par\\noindent ${notes}\\par\\endgroup`,
      ]
    : [
        '\\begin{table}',
        '\\centering',
        size,
        `\\caption{${caption}}${name}`,
        `\\begin{tabular}{${spec}}`,
        ...head,
        ...body,
        '\\bottomrule',
        '\\end{tabular}',
        `\\par\\smallskip\\begin{minipage}{\\linewidth}\\footnotesize ${notes}\\end{minipage}`,
        '\\end{table}',
      ];
  const turned = isTurned ? ['\\begin{landscape}', ...lines, '\\end{landscape}'] : lines;
  return `${[...comment, ...turned].join('\n')}\n`;
}

/** Of the widest cell of each column, in points. */
function estimateWidth(
  { headings, sections }: Layout,
  { letter, gap }: { readonly letter: number; readonly gap: number },
): number {
  const rows = sections.flatMap((section) => section.rows);
  return headings.at(-1)!.reduce((sum, { text }, column) => {
    const letters = rows.reduce(
      (most, cells) => Math.max(most, cells[column]!.text.length),
      text.length,
    );
    return sum + letters * letter + gap;
  }, 0);
}

function renderHeadings({ headings, labels }: Layout): string[] {
  return headings.flatMap((row, index) => {
    const isLast = index === headings.length - 1;
    const cells = row.map(({ text, span }, column) =>
      isLast && span === 1
        ? column < labels
          ? escapeCell(text)
          : `\\multicolumn{1}{c}{${escapeLatex(text)}}`
        : `\\multicolumn{${span}}{c}{${escapeLatex(text)}}`,
    );
    return [`${cells.join(' & ')} \\\\`, ...(isLast ? [] : [rulesUnder(row)])];
  });
}

/** A short rule under every group of columns that has a name. */
function rulesUnder(row: readonly HeadingCell[]): string {
  let column = 1;
  return row
    .flatMap(({ text, span }) => {
      const from = column;
      column += span;
      return text === '' ? [] : [`\\cmidrule(lr){${from}-${column - 1}}`];
    })
    .join(' ');
}

function renderSection(
  { title, rows }: Layout['sections'][number],
  columns: number,
  labels: number,
): string[] {
  let before: readonly LayoutCell[] = [];
  const lines = rows.map((cells) => {
    // A label that stands above already is not repeated, as long as those left of it are not
    // either.
    const repeated = cells.findIndex(
      (cell, index) => index >= labels || cell.text !== before[index]?.text,
    );
    before = cells;
    return `${cells.map((cell, index) => (index < Math.min(repeated, labels - 1) ? '' : renderCell(cell))).join(' & ')} \\\\`;
  });
  return title === null
    ? lines
    : [`\\multicolumn{${columns}}{@{}l}{\\textit{${escapeLatex(title)}}} \\\\`, ...lines];
}

const COMMANDS: Readonly<Record<LayoutCell['style'], string | null>> = {
  plain: null,
  bold: 'textbf',
  italic: 'textit',
  underlined: 'underline',
};

function renderCell({ text, style, note }: LayoutCell): string {
  const command = COMMANDS[style];
  const escaped = escapeCell(text);
  const styled = command === null ? escaped : `\\${command}{${escaped}}`;
  return note === null ? styled : `${styled}\\textsuperscript{${note}}`;
}

/** After the end of a row, a bracket would be taken for the option of a command. */
function escapeCell(text: string): string {
  const escaped = escapeLatex(text);
  return /^[[*]/.test(escaped) ? `{}${escaped}` : escaped;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '$<$',
  '>': '$>$',
  '|': '\\textbar{}',
  '"': "''",
  '\u2212': '$-$',
  '±': '$\\pm$',
  '–': '--',
  '‡': '\\ddag{}',
  '†': '\\dag{}',
  '¶': '\\P{}',
  '§': '\\S{}',
  '’': "'",
};

/** Nothing in a text is a command, and a text stays on its line. */
function escapeLatex(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\{}$&#%_^~<>|"\u2212±–‡†¶§’]/g, (character) => SPECIAL[character]!);
}
