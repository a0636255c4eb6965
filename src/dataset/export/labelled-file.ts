/** Writes a wide file for SPSS or Stata, whose heads tell how many rows and how wide texts are. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AnswersTable } from './answers-table.ts';
import type { LabelledFormat } from './formats.ts';
import type { LabelledColumn, LabelledSink } from './labelled.ts';
import { spssFile, spssNames } from './spss.ts';
import { stataFile, stataNames } from './stata.ts';
import type { WideColumn } from './wide-columns.ts';
import { floorOf, labelledColumnsOf, labelledRow } from './wide-labels.ts';

const WRITERS = { sav: spssFile, dta: stataFile } as const;
const NAMES = { sav: spssNames, dta: stataNames } as const;

/** The columns under the names that they have in such a file. */
export function namedIn(format: LabelledFormat, columns: readonly WideColumn[]): WideColumn[] {
  const names = NAMES[format](columns.map(({ name }) => name));
  return columns.map((column, at) => ({ ...column, name: names[at]! }));
}

/**
 * Reads the rows first to measure them, then once for each section of the file.
 * @returns rows written, and the columns whose texts had to be cut
 */
export async function writeLabelled(
  format: LabelledFormat,
  file: string,
  table: AnswersTable,
  made: Date,
): Promise<{ readonly rows: number; readonly cut: readonly string[] }> {
  const columns = labelledColumnsOf(table.columns);
  const { count, texts } = await measure(table, columns);
  const floor = floorOf(table.columns);
  const sink = WRITERS[format]({ title: table.title, columns, count, texts, floor, made });
  await pipeline(Readable.from(bytesOf(table, sink)), createWriteStream(file));
  return { rows: count, cut: sink.cut };
}

async function* bytesOf(
  table: AnswersTable,
  { sections, tail }: LabelledSink,
): AsyncGenerator<Buffer> {
  for (const section of sections) {
    yield section.head;
    let before = 0;
    for await (const page of table.rows()) {
      const first = before + 1;
      yield Buffer.concat(
        page.map((row, at) => section.row(labelledRow(table.columns, row), first + at)),
      );
      before += page.length;
    }
  }
  yield tail;
}

async function measure(table: AnswersTable, columns: readonly LabelledColumn[]) {
  const texts = columns.map(() => ({ most: 0, bytes: 0, count: 0 }));
  const places = [...columns.keys()].filter((at) => columns[at]!.kind === 'text');
  let count = 0;
  for await (const page of table.rows()) {
    count += page.length;
    for (const { values } of page)
      for (const at of places) {
        const value = values[at];
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
