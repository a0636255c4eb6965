/** Whatever single byte of a bundle is changed is found, and what is forged with its manifest too. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { UserError } from '../../src/errors.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { withLoadedBundle } from '../../src/evidence/loaded-bundle.ts';
import { MANIFEST_FILE, type Manifest } from '../../src/evidence/manifest.ts';
import { openBundle, unpackBundle } from '../../src/evidence/open-bundle.ts';
import { verifyStudy } from '../../src/evidence/verify-study.ts';
import { Checked, type Deviation } from '../../src/experiments/verification/deviation.ts';
import { drawBelow, randomWords } from '../../src/statistics/random.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const CHANGES = 1000;
/** In milliseconds: the archive is read as often as it is changed. */
const LONG = 900_000;

const folder = temporaryFolder();
const zip = path.join(folder.path, 'study.zip');
const unpacked = path.join(folder.path, 'unpacked');

beforeAll(async () => {
  writeFileSync(path.join(folder.path, 'mine.csv'), 'role,description\nnurse,I am a nurse.\n');
  writeFileSync(
    path.join(folder.path, 'study.yaml'),
    'name: One role\nmodels: [sim-gpt4o]\npersonas: {file: mine.csv, condition: role}\nquestionnaires: [epqra]\n',
  );
  await using database = await testDatabase('embedded');
  const config = loadConfig({ config: { models: {} } }, {}, folder.path);
  await runStudy(database, config, readStudy(path.join(folder.path, 'study.yaml')), {});
  await writeBundle(database, config, zip);
  using bundle = openBundle(zip);
  unpackBundle(bundle, unpacked);
  writeFileSync(path.join(unpacked, MANIFEST_FILE), bundle.zip.bytes(MANIFEST_FILE, 1 << 24));
});

afterAll(() => folder[Symbol.dispose]());

/** What is found without a look at the data; null where the data would be looked at. */
async function foundInFiles(): Promise<string | null> {
  let found: string | null = null;
  try {
    const all = withLoadedBundle(zip, new Checked(), async function* () {});
    for await (const one of all) found ??= one.subject;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    found = error.code;
  }
  return found;
}

test(
  `each of ${CHANGES} changes of a byte is found, and nothing in the untouched bundle`,
  async () => {
    const bytes = readFileSync(zip);
    const words = randomWords(19);
    const missed: string[] = [];
    const file = openSync(zip, 'r+');
    try {
      for (let change = 0; change < CHANGES; change++) {
        const at = drawBelow(bytes.length, words);
        const other = (bytes[at]! + 1 + drawBelow(255, words)) % 256;
        writeSync(file, Uint8Array.of(other), 0, 1, at);
        if ((await foundInFiles()) === null) missed.push(`byte ${at} as ${other}`);
        writeSync(file, bytes, at, 1, at);
      }
    } finally {
      closeSync(file);
    }
    expect(missed).toEqual([]);
    expect(readFileSync(zip).equals(bytes)).toBe(true);
    expect(await foundInFiles()).toBeNull();
  },
  LONG,
);

/** What somebody does who changes a file and knows of the manifest. */
function forge(name: string, change: (text: string) => string) {
  const file = path.join(unpacked, name);
  const before = readFileSync(file, 'utf8');
  const text = change(before);
  expect(text, name).not.toBe(before);
  writeFileSync(file, text);
  const manifest = path.join(unpacked, MANIFEST_FILE);
  const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const altered = { ...files, [name]: { sha256, bytes: Buffer.byteLength(text) } };
  writeFileSync(manifest, JSON.stringify({ files: altered }));
}

test(
  'what is forged together with the manifest is found by what it was made of',
  async () => {
    const verify = async () => {
      const found: Deviation[] = [];
      const checked = new Checked();
      const all = withLoadedBundle(unpacked, checked, ({ database }) =>
        verifyStudy(database, checked),
      );
      for await (const one of all) found.push(one);
      return found.map(({ check, what }) => `${check}: ${what}`);
    };
    expect(await verify()).toEqual([]);
    // The text that people read beside the bytes; and a score.
    forge('data/reply_texts.csv', (text) => text.replace(/True|False/, 'Maybe'));
    forge('data/scores.csv', (text) =>
      text.replace(
        /^(\d+,[^,]+),(\d+)/m,
        (_, row: string, score: string) => `${row},${+score + 1}`,
      ),
    );
    // The bytes themselves: a digit within the compressed request.
    forge('data/call_bytes.csv', (text) =>
      text.replace(
        /^(\d+,\\x[0-9a-f]{200})([0-9a-f])/m,
        (_, before: string, digit: string) => `${before}${digit === '0' ? '1' : '0'}`,
      ),
    );
    expect(await verify()).toEqual([
      'request bytes: the bytes of the request do not match their SHA-256',
      'readable copies: the text of the reply',
      expect.stringMatching(/^scores: score of scale /),
    ]);
  },
  LONG,
);
