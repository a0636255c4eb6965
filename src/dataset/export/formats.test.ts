import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/study.ts';
import { openSink } from './formats.ts';

test('Parquet says of a time whether it is in UTC, and writes booleans and texts plainly', async () => {
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'x.parquet');
  const sink = await openSink('parquet', file, [
    { name: 'at', type: 'instant' },
    { name: 'local', type: 'timestamp' },
    { name: 'yes', type: 'boolean' },
    { name: 'text', type: 'string' },
  ]);
  const row = ['1', '1', true, 'same'];
  await sink.write(Array.from({ length: 100 }, () => row));
  await sink.close();
  const content = readFileSync(file);
  const { schema, row_groups: groups } = parquetMetadata(new Uint8Array(content).buffer);
  expect(schema.slice(1, 3).map((one) => one.logical_type)).toEqual([
    { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
  ]);
  for (const column of groups[0]!.columns.slice(2))
    expect(column.meta_data!.encodings).not.toContain('RLE_DICTIONARY');
  expect(groups[0]!.columns[2]!.meta_data!.encodings).toContain('PLAIN');
});
