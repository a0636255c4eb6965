/** A selection of administrations as CSV, one line each. */
import { csvLine } from '../dataset/csv/csv.ts';
import { readOnly } from '../db/read-only.ts';
import { type AdministrationRow, readPositions, readRows } from './administrations-store.ts';
import { type Position, readSelection } from './filter.ts';
import type { Viewer } from './viewer.ts';

/** So many are read at once. */
const CHUNK = 1000;

/** Columns before the scores. */
const COLUMNS: readonly (readonly [string, (row: AdministrationRow) => string | number | null])[] =
  [
    ['administration', (row) => row.id],
    ['group', (row) => row.groupId],
    ['model', (row) => row.model],
    ['model_id', (row) => row.modelId],
    ['condition', (row) => row.condition],
    ['population', (row) => row.population],
    ['questionnaire', (row) => row.questionnaire],
    ['language', (row) => row.language],
    ['personality', (row) => row.personalityId],
    ['persona', (row) => row.personaId],
    ['repetition', (row) => row.repeated],
    ['outcome', (row) => row.outcome],
    ['reason_kind', (row) => row.reasonKind],
    ['reason', (row) => row.reason],
    ['attempts', (row) => row.attempts],
    ['last_attempt_at', (row) => row.lastAttemptAt?.toISOString() ?? null],
    ['ms', (row) => row.ms],
    ['input_tokens', (row) => row.inputTokens],
    ['output_tokens', (row) => row.outputTokens],
    ['cost_usd', (row) => row.costUsd],
    ['simulated', (row) => String(row.isSimulated)],
  ];

/** In chunks of lines, the heading first; each chunk is read in a transaction of its own. */
export async function* csvOf(
  { database, facets }: Viewer,
  query: URLSearchParams,
): AsyncGenerator<string> {
  const { selection } = readSelection(query);
  const all = await readOnly(database, facets);
  const scales = [
    ...new Set([...all.instruments.values()].flatMap((one) => one.scales.map(({ id }) => id))),
  ];
  yield csvLine([...COLUMNS.map(([name]) => name), ...scales.map((id) => `score_${id}`)]);
  let after: Position | null = null;
  for (;;) {
    const from: Position | null = after;
    const { rows, last } = await readOnly(database, async (reader) => {
      const found = await readPositions(reader, all, { ...selection, after: from }, CHUNK);
      return {
        rows: await readRows(
          reader,
          found.map(({ id }) => id),
        ),
        last: found.length < CHUNK ? null : found.at(-1)!,
      };
    });
    yield rows
      .map((row) =>
        csvLine([
          ...COLUMNS.map(([, value]) => value(row)),
          ...scales.map((id) => row.scores[id] ?? null),
        ]),
      )
      .join('');
    if (last === null) return;
    after = last;
  }
}
