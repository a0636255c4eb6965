/**
 * A dataset of the published size: the self-test sample (data/self-test, 40 personalities) over and
 * over, its ids shifted for each copy. Descriptions and requests, which the sample shortens, have
 * their usual length. The same options write the same bytes.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { csvLine, readCsv } from '../src/dataset/csv/csv.ts';
import { PUBLISHED_TABLES } from '../src/db/schema/published-tables.ts';
import { drawBelow, randomWords } from '../src/statistics/random.ts';

interface FullSizeOptions {
  readonly seed: number;
  /** A multiple of 40; 840 by default. */
  readonly personalities?: number;
}

type Row = Record<string, string | null>;

const SAMPLE = fileURLToPath(new URL('../data/self-test', import.meta.url));
const PERSONALITIES_PER_COPY = 40;
/** What each copy adds to an id; more than the sample has. */
const SHIFTS: Readonly<Record<string, number>> = {
  personality_id: 40,
  ref_personality_id: 40,
  experiment_id: 2000,
  id: 30_000,
};
/** Tables that every copy shares. */
const SHARED: readonly string[] = ['questionnaire', 'experiments_groups'];
const REQUESTS = 'experiment_request_metadata';
const CHUNK = 1 << 18;

const PHRASES = [
  'On most mornings they take the longer way along the river, and nobody finds that strange any more.',
  'They keep a list of things that went wrong; a sister once called it “a phase”.',
  'With strangers on a train they would rather listen than hold the floor.',
  'If a rule makes no sense they ask one question more than is polite, even if it costs an afternoon and some pride.',
  'Once the bills are paid they find a corner with a view of the exit, "just in case".',
];

/**
 * Writes the eight published CSV files into `folder`, which is created if necessary. Returns the
 * number of rows.
 */
export async function writeFullSizeDataset(
  folder: string,
  { seed, personalities = 840 }: FullSizeOptions,
): Promise<number> {
  const copies = personalities / PERSONALITIES_PER_COPY;
  if (!Number.isInteger(copies) || copies < 1)
    throw new RangeError(`${personalities} is not a multiple of ${PERSONALITIES_PER_COPY}`);
  mkdirSync(folder, { recursive: true });
  const words = randomWords(seed);
  const prose = (length: number) => {
    let text = '';
    while (text.length < length) text += `${PHRASES[drawBelow(PHRASES.length, words)]} `;
    return text.trimEnd();
  };
  let written = 0;
  for (const { name, columns } of PUBLISHED_TABLES) {
    const sample = name === REQUESTS ? await createRequests(prose) : await readSample(name);
    function* chunks(): Generator<string> {
      let text = csvLine(columns.map((column) => column.name));
      for (let copy = 0; copy < (SHARED.includes(name) ? 1 : copies); copy++) {
        for (const row of sample) {
          const usual =
            row.description && name === 'personas' ? { ...row, description: prose(2200) } : row;
          text += csvLine(
            columns.map((column) => shifted(usual[column.name]!, SHIFTS[column.name], copy)),
          );
          written++;
          if (text.length < CHUNK) continue;
          yield text;
          text = '';
        }
      }
      yield text;
    }
    await pipeline(Readable.from(chunks()), createWriteStream(path.join(folder, `${name}.csv`)));
  }
  return written;
}

function shifted(
  value: string | null,
  shift: number | undefined,
  copy: number,
): string | number | null {
  return shift === undefined || value === null ? value : Number(value) + copy * shift;
}

async function readSample(table: string): Promise<Row[]> {
  const records: (readonly (string | null)[])[] = [];
  for await (const { fields } of readCsv(path.join(SAMPLE, `${table}.csv.gz`)))
    records.push(fields);
  const [header, ...rows] = records;
  return rows.map((fields) =>
    Object.fromEntries(fields.map((field, column) => [header![column], field])),
  );
}

/** A request and its response for every experiment of the sample. */
async function createRequests(prose: (length: number) => string): Promise<Row[]> {
  const experiments = await readSample('experiments_list');
  return experiments.map(({ experiment_id = null, created = null, model }, index) => {
    const messages = [
      { role: 'system', content: prose(2200) },
      { role: 'user', content: prose(1200) },
    ];
    const content = `{"1": "True", "explanation": ${JSON.stringify(prose(60))}}`;
    const usage = { prompt_tokens: 771, completion_tokens: 136, total_tokens: 907 };
    return {
      id: String(index + 1),
      created,
      experiment_id,
      request_json: JSON.stringify({ model, messages }),
      response_json: JSON.stringify({ model, content }),
      request_metadata: JSON.stringify({ usage }),
    };
  });
}
