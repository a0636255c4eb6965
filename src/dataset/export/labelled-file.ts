/** Writes a wide file for SPSS or Stata, whose heads tell how many rows and how wide texts are. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LabelledFormat } from './formats.ts';
import type { LabelledColumn, LabelledSink } from './labelled.ts';
import { spssFile } from './spss.ts';
import { stataFile } from './stata.ts';
import type { WideTable } from './wide.ts';
import { floorOf, labelledColumnsOf, labelledRow } from './wide-labels.ts';

const WRITERS = { sav: spssFile, dta: stataFile } as const;

/**
 * Reads the rows twice, first to measure them.
 * @returns rows written, and the columns whose texts had to be cut
 */
export async function writeLabelled(
  format: LabelledFormat,
  file: string,
  wide: WideTable,
  made: Date,
): Promise<{ readonly rows: number; readonly cut: readonly string[] }> {
  const columns = labelledColumnsOf(wide.columns);
  const { count, widths } = await measure(wide, columns);
  const floor = floorOf(wide.columns);
  const sink = WRITERS[format]({ title: wide.title, columns, count, widths, floor, made });
  await pipeline(Readable.from(bytesOf(wide, sink)), createWriteStream(file));
  return { rows: count, cut: sink.cut };
}

async function* bytesOf(wide: WideTable, sink: LabelledSink): AsyncGenerator<Buffer> {
  yield sink.head;
  for await (const page of wide.rows())
    yield Buffer.concat(page.map((row) => sink.row(labelledRow(wide.columns, row))));
  yield sink.tail;
}

async function measure(wide: WideTable, columns: readonly LabelledColumn[]) {
  const widths = columns.map(() => 0);
  const texts = [...columns.keys()].filter((at) => columns[at]!.kind === 'text');
  let count = 0;
  for await (const page of wide.rows()) {
    count += page.length;
    for (const { values } of page)
      for (const at of texts) {
        const value = values[wide.columns[at]!.name];
        if (typeof value === 'string') widths[at] = Math.max(widths[at]!, Buffer.byteLength(value));
      }
  }
  return { count, widths };
}
