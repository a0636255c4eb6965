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
 * Reads the rows first to measure them, then once for each section of the file.
 * @returns rows written, and the columns whose texts had to be cut
 */
export async function writeLabelled(
  format: LabelledFormat,
  file: string,
  wide: WideTable,
  made: Date,
): Promise<{ readonly rows: number; readonly cut: readonly string[] }> {
  const columns = labelledColumnsOf(wide.columns);
  const { count, texts } = await measure(wide, columns);
  const floor = floorOf(wide.columns);
  const sink = WRITERS[format]({ title: wide.title, columns, count, texts, floor, made });
  await pipeline(Readable.from(bytesOf(wide, sink)), createWriteStream(file));
  return { rows: count, cut: sink.cut };
}

async function* bytesOf(wide: WideTable, { sections, tail }: LabelledSink): AsyncGenerator<Buffer> {
  for (const section of sections) {
    yield section.head;
    let before = 0;
    for await (const page of wide.rows()) {
      const first = before + 1;
      yield Buffer.concat(
        page.map((row, at) => section.row(labelledRow(wide.columns, row), first + at)),
      );
      before += page.length;
    }
  }
  yield tail;
}

async function measure(wide: WideTable, columns: readonly LabelledColumn[]) {
  const texts = columns.map(() => ({ most: 0, bytes: 0, count: 0 }));
  const places = [...columns.keys()].filter((at) => columns[at]!.kind === 'text');
  let count = 0;
  for await (const page of wide.rows()) {
    count += page.length;
    for (const { values } of page)
      for (const at of places) {
        const value = values[wide.columns[at]!.name];
        if (typeof value !== 'string' || value === '') continue;
        const own = texts[at]!;
        const bytes = Buffer.byteLength(value);
        own.most = Math.max(own.most, bytes);
        own.bytes += bytes;
        own.count++;
      }
  }
  return { count, texts };
}
