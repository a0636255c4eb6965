/** Whatever single byte of a bundle is changed is found, and what is forged with its manifest too. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { UserError } from '../../src/errors.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { BundleRecords } from '../../src/evidence/bundle-records.ts';
import { type LoadedBundle, withLoadedBundle } from '../../src/evidence/loaded-bundle.ts';
import { MANIFEST_FILE, type Manifest } from '../../src/evidence/manifest.ts';
import { openBundle, unpackBundle } from '../../src/evidence/open-bundle.ts';
import { verifyBundle, verifyStudy } from '../../src/evidence/verify-study.ts';
import { Checked } from '../../src/experiments/verification/deviation.ts';
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
    const all = withLoadedBundle(zip, new Checked(), 'all but records', async function* () {});
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

async function verify(): Promise<string[]> {
  const checked = new Checked();
  const all = withLoadedBundle(unpacked, checked, 'all but records', (bundle) =>
    verifyBundle(bundle, checked),
  );
  const found: string[] = [];
  for await (const { check, what } of all) found.push(`${check}: ${what}`);
  return found;
}

test(
  'what is forged together with the manifest is found by what it was made of',
  async () => {
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

test(
  'rows of a bundle that are taken out, doubled or added are found',
  async () => {
    const forgeries: Record<string, string | readonly string[]> = {};
    const forgeIn =
      ({ database, folder: of }: LoadedBundle) =>
      async (table: string, change: (lines: readonly string[]) => readonly string[]) => {
        const file = path.join(of, 'data', `${table}.csv`);
        const before = readFileSync(file, 'utf8');
        const after = change(before.split('\n')).join('\n');
        expect(after, table).not.toBe(before);
        writeFileSync(file, after);
        try {
          using records = await BundleRecords.open(path.dirname(file), database);
          const found: string[] = [];
          for await (const { check, what } of verifyStudy(database, new Checked(), {}, records))
            found.push(`${check}: ${what}`);
          return found;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          return `${error.code}: ${error.message.replace(of, '')}`;
        } finally {
          writeFileSync(file, before);
        }
      };
    const all = withLoadedBundle(zip, new Checked(), 'all but records', async function* (bundle) {
      const forged = forgeIn(bundle);
      const emptied = (lines: readonly string[]) => [lines[0]!, ''];
      const doubled = (lines: readonly string[]) => [...lines.slice(0, -1), ...lines.slice(1)];
      const and = (line: string) => (lines: readonly string[]) => lines.toSpliced(-1, 0, line);
      const edited = (from: RegExp, to: string) => (lines: readonly string[]) =>
        lines.join('\n').replace(from, to).split('\n');
      forgeries['an answer less'] = await forged('eval_questionnaires', (l) => l.toSpliced(3, 1));
      forgeries['a score less'] = await forged('scores', (lines) => lines.toSpliced(2, 1));
      forgeries['no scores'] = await forged('scores', emptied);
      forgeries['calls twice'] = await forged('experiment_request_metadata', doubled);
      forgeries['bytes twice'] = await forged('call_bytes', doubled);
      forgeries['scores twice'] = await forged('scores', doubled);
      forgeries['an answer of nobody'] = await forged('eval_questionnaires', and('99,7,1,1'));
      forgeries['a text of nothing'] = await forged('reply_texts', and('7,Yes,1'));
      forgeries['no number'] = await forged('eval_questionnaires', edited(/,[01]\n/, ',x\n'));
      forgeries['no JSON'] = await forged('experiment_request_metadata', edited(/"\{/, '"['));
      forgeries['no bytes'] = await forged('call_bytes', edited(/\\x1f8b/, '\\x1f8'));
      forgeries['no key'] = await forged('call_bytes', edited(/\n1,/, '\n,'));
    });
    for await (const one of all) expect(one).toBeNull();
    const apart = 'rows-inconsistent: The files of the bundle do not belong together:';
    expect(forgeries).toEqual({
      'an answer less': ['answers: answer to item 3', 'scores: score of scale P'],
      'a score less': ['scores: score of scale L'],
      'no scores': ['E', 'N', 'P', 'L'].map((scale) => `scores: score of scale ${scale}`),
      'calls twice': `${apart} experiment_request_metadata has several rows whose id is 1`,
      'bytes twice': `${apart} call_bytes has several rows whose request_metadata_id is 1`,
      'scores twice': `${apart} scores has several rows for one scale of administration 1`,
      'an answer of nobody': `${apart} eval_questionnaires has a row whose experiment_id is 7, which does not exist`,
      'a text of nothing': `${apart} reply_texts has a row whose request_metadata_id is 7, which does not exist`,
      'no number':
        'record-invalid: /data/eval_questionnaires.csv: in the row whose id is 1, the column "answer" holds no whole number',
      'no JSON':
        'record-invalid: /data/experiment_request_metadata.csv: in the row whose id is 1, the column "request_json" holds no JSON',
      'no bytes':
        'record-invalid: /data/call_bytes.csv: in the row whose request_metadata_id is 1, the column "request_gzip" holds no bytes',
      'no key':
        'record-invalid: /data/call_bytes.csv, line 2, column "request_metadata_id": row 1 has no whole number',
    });
  },
  LONG,
);
