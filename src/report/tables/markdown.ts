/** A laid out table as GitHub's Markdown. */
import { nameTable, SIMULATED_NOTICE } from './captions.ts';
import type { Layout, LayoutCell } from './layout.ts';

export function renderMarkdown(layout: Layout): string {
  const [heading, ...groups] = [...layout.headings].reverse();
  // Markdown has one row of headings: the group goes before the column.
  const over = groups.flatMap((row) => [
    row.flatMap(({ text, span }) => Array<string>(span).fill(text)),
  ]);
  const columns = heading!.map(({ text }, index) =>
    [...over.map((row) => row[index]!).reverse(), text].filter((part) => part !== '').join(', '),
  );
  const rows = layout.sections.flatMap(({ title, rows }) => [
    ...(title === null
      ? []
      : [[`**${escapeMarkdown(title)}**`, ...columns.slice(1).map(() => '')]]),
    ...rows.map((cells) => cells.map(renderCell)),
  ]);
  const isEmpty = rows.length === 0;
  return [
    `### ${nameTable(layout.table)}, ${layout.mode}: ${escapeMarkdown(layout.title)}`,
    ...(layout.isSimulated ? [`**${SIMULATED_NOTICE}.**`] : []),
    ...(isEmpty
      ? []
      : [
          [
            line(columns.map(escapeMarkdown)),
            line(columns.map((_, index) => (index < layout.labels ? '---' : '---:'))),
            ...rows.map(line),
          ].join('\n'),
        ]),
    ...layout.notes.map(escapeMarkdown),
    ...(layout.reasons.length === 0
      ? []
      : [
          layout.reasons
            .map(({ letter, text }) => `(${letter}) ${escapeMarkdown(text)}`)
            .join('  \n'),
        ]),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function renderCell({ text, style, note }: LayoutCell): string {
  const escaped = escapeMarkdown(text);
  const styled =
    style === 'bold'
      ? `**${escaped}**`
      : style === 'italic'
        ? `*${escaped}*`
        : style === 'underlined'
          ? `<u>${escaped}</u>`
          : escaped;
  return note === null ? styled : `${styled} (${note})`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Nothing in a text is markup, and a text stays on its line. */
function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_|~$]/g, (character) => `\\${character}`)
    .replaceAll('](', ']\\(');
}
