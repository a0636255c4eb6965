/** How the notebooks of this folder show rows and figures. Nothing here knows what is shown. */
import { setTimeout as pause } from 'node:timers/promises';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Deno's own, in a notebook. */
interface Kernel {
  readonly Deno?: {
    readonly jupyter: { display(forms: Forms, options: { readonly raw: true }): Promise<void> };
  };
}

/**
 * The same thing in several forms, by media type; a notebook takes the best one that it can show.
 */
type Forms = Readonly<Record<string, string>> & { readonly 'text/plain': string };
type Value = string | number | boolean | null | undefined;
type Row = Readonly<Record<string, Value>>;

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif';

/**
 * Deno's kernel loses messages that come too close after one another, such as what a quick cell
 * shows right after it has begun.
 */
const APART_MS = 25;

/** Shows it below the cell, or as text where there is no notebook. */
async function show(forms: Forms): Promise<void> {
  const jupyter = kernel();
  if (jupyter === null) {
    console.log(forms['text/plain']);
    return;
  }
  await pause(APART_MS);
  await jupyter.display(forms, { raw: true });
  await pause(APART_MS);
}

function kernel() {
  try {
    return (globalThis as Kernel).Deno?.jupyter ?? null;
  } catch {
    // Deno says so when it is no notebook.
    return null;
  }
}

/** Rows as a table. A column of numbers that are not all whole ones has two decimals. */
export async function table(
  rows: readonly object[],
  columns: readonly string[] = Object.keys(rows[0] ?? {}),
): Promise<void> {
  const values = rows.map((row) => columns.map((column) => (row as Row)[column]));
  const isFraction = (value: Value) => typeof value === 'number' && !Number.isInteger(value);
  const hasFractions = columns.map((_, index) => values.some((row) => isFraction(row[index])));
  const shown = values.map((row) =>
    row.map((value, index) => {
      if (value === null || value === undefined) return '–';
      return typeof value === 'number' && hasFractions[index] === true
        ? value.toFixed(2)
        : String(value);
    }),
  );
  const align = columns.map((_, index) =>
    values.some((row) => typeof row[index] === 'number') ? 'right' : 'left',
  );
  const line = (tag: 'th' | 'td', cells: readonly string[]) =>
    `<tr>${cells.map((cell, index) => `<${tag} style="text-align:${align[index]}">${escaped(cell)}</${tag}>`).join('')}</tr>`;
  await show({
    'text/html': `<table><thead>${line('th', columns)}</thead><tbody>${shown.map((cells) => line('td', cells)).join('')}</tbody></table>`,
    'text/plain': [columns, ...shown].map((cells) => cells.join('\t')).join('\n'),
  });
}

/** Text as it is, its line breaks kept. */
export async function text(words: string): Promise<void> {
  await show({
    'text/html': `<pre style="white-space:pre-wrap">${escaped(words)}</pre>`,
    'text/plain': words,
  });
}

export interface FigureOptions {
  /** What is to be seen. */
  readonly title: string;
  /** Of how many, and what the marks are. */
  readonly caption: string;
  /** Name to colour. */
  readonly legend?: Readonly<Record<string, string>>;
  readonly plot: Plot.PlotOptions & { readonly width: number; readonly height: number };
}

/** A figure as SVG, which stays sharp at every size. */
export async function figure({ title, caption, legend = {}, plot }: FigureOptions): Promise<void> {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = Plot.plot({
    ...plot,
    document,
    style: { background: 'transparent' },
  } as unknown as Plot.PlotOptions);
  for (const style of drawn.querySelectorAll('style')) style.remove();
  for (const attribute of ['class', 'style']) drawn.removeAttribute(attribute);
  drawn.setAttribute('font-size', '12');
  let x = 4;
  const entries = Object.entries(legend).map(([name, colour]) => {
    const entry = `<circle cx="${x + 6}" cy="58" r="5" fill="${colour}"/><text x="${x + 16}" y="62" font-size="13">${escaped(name)}</text>`;
    x += 40 + name.length * 7.5;
    return entry;
  });
  const head = entries.length === 0 ? 54 : 76;
  const height = head + plot.height;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${plot.width}" height="${height}" viewBox="0 0 ${plot.width} ${height}" font-family='${FONT}' fill="#1b1d22" role="img" aria-label="${escaped(title)}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="4" y="18" font-size="16" font-weight="600">${escaped(title)}</text>`,
    `<text x="4" y="38" font-size="13" fill="#5b5f68">${escaped(caption)}</text>`,
    ...entries,
    `<g transform="translate(0, ${head})" font-size="13">${drawn.outerHTML}</g>`,
    '</svg>',
  ].join('\n');
  await show({ 'image/svg+xml': svg, 'text/plain': `${title}\n${caption}` });
}

function escaped(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Arithmetic mean; null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample (n - 1); null of fewer than two. */
export function deviation(values: readonly number[]): number | null {
  const centre = mean(values);
  if (centre === null || values.length < 2) return null;
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1),
  );
}
