import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/study.ts';
import { drawBelow, randomWords } from '../statistics/random.ts';
import { isEntryName, openZip, writeZip } from './zip.ts';

const CONTENTS: Readonly<Record<string, string>> = {
  'bundle.json': '{}',
  'data/a.csv': 'x,y\n1,José\n',
  'data/empty.csv': '',
  'results/tables/t.csv': 'a\n'.repeat(700_000),
};

function written(folder: string, contents: Readonly<Record<string, string>> = CONTENTS) {
  const inputs = Object.entries(contents).map(([name, text], at) => {
    const file = path.join(folder, `input-${at}`);
    writeFileSync(file, text);
    return { name, path: file };
  });
  const file = path.join(folder, 'b.zip');
  return { file, ...writeZip(file, inputs.toReversed()) };
}

function contentsOf(file: string): Record<string, string> {
  using zip = openZip(file);
  return Object.fromEntries(
    [...zip.entries.keys()].map((name) => [name, zip.bytes(name, 1 << 24).toString('utf8')]),
  );
}

test('what is written is read again, whatever order it came in', () => {
  using folder = temporaryFolder();
  const { file, sha256, bytes } = written(folder.path);
  expect(contentsOf(file)).toEqual(CONTENTS);
  const stored = readFileSync(file);
  expect(stored.length).toBe(bytes);
  expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256);
});

test('the bytes of an archive are those that its names and contents decide', () => {
  using folder = temporaryFolder();
  const { sha256 } = written(folder.path, { a: 'hello\n', 'b/c.txt': '' });
  // Python 3.11: zipfile with ZipInfo(name, (1980, 1, 1, 0, 0, 0)), external_attr 0o100644 << 16,
  // create_system 3, ZIP_STORED.
  expect(sha256).toBe('bbddaf50fa516fd0e27d51391943a21e413e7e43667bebf678daae646b3332f0');
});

test('any single byte that is changed is found', () => {
  using folder = temporaryFolder();
  const { file } = written(folder.path, {
    'a.txt': 'some text',
    'data/b.csv': 'x\n1\n',
    'c.json': '{"a": [1, 2]}',
  });
  const stored = readFileSync(file);
  const random = randomWords(19);
  for (let at = 0; at < stored.length; at++) {
    const altered = Buffer.from(stored);
    altered[at] = altered[at]! ^ (1 + drawBelow(255, random));
    writeFileSync(file, altered);
    expect(() => contentsOf(file), `byte ${at}`).toThrow(/is not a bundle as this program writes/);
  }
});

test.each([
  ['bytes before it', (zip: Buffer) => Buffer.concat([Buffer.from('x'), zip])],
  ['bytes after it', (zip: Buffer) => Buffer.concat([zip, Buffer.from('x')])],
  ['its end cut off', (zip: Buffer) => zip.subarray(0, -1)],
  ['nothing in it', () => Buffer.alloc(0)],
  ['two archives in one', (zip: Buffer) => Buffer.concat([zip, zip])],
  [
    'a comment',
    (zip: Buffer) => {
      const longer = Buffer.concat([zip, Buffer.from('x')]);
      longer.writeUInt16LE(1, zip.length - 2);
      return longer;
    },
  ],
])('an archive with %s is refused', (_, alter) => {
  using folder = temporaryFolder();
  const { file } = written(folder.path);
  writeFileSync(file, alter(readFileSync(file)));
  expect(() => contentsOf(file)).toThrow(/is not a bundle as this program writes it/);
});

test('only names that are safe in every folder go into an archive', () => {
  const refused = [
    ...['', '/a', 'a/', 'a//b', '../a', 'a/../b', './a', '.hidden', 'a\\b', 'c:a', 'é', 'a b'],
    ...['nul', 'data/CON.csv', 'a.', 'x'.repeat(251)],
  ];
  expect(refused.filter(isEntryName)).toEqual([]);
  expect(['a', 'data/personas.csv', 'a-b_c.1.txt'].every(isEntryName)).toBe(true);
  using folder = temporaryFolder();
  mkdirSync(path.join(folder.path, 'd'));
  const file = path.join(folder.path, 'd', 'x');
  writeFileSync(file, '');
  const inputs = ['data/a', 'data/A'].map((name) => ({ name, path: file }));
  expect(() => writeZip(path.join(folder.path, 'z'), inputs)).toThrow(RangeError);
});

test('a folder is no archive', () => {
  using folder = temporaryFolder();
  expect(() => openZip(folder.path)).toThrow(/is not a bundle/);
  expect(() => openZip(path.join(folder.path, 'none.zip'))).toThrow(/cannot be read/);
});
