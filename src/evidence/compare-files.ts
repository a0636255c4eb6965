/** Compares a file of results with the one that the data give now. */
import { existsSync, readFileSync } from 'node:fs';
import { readCsv } from '../dataset/csv/csv.ts';
import type { Check, Deviation } from '../experiments/verification/deviation.ts';
import { firstDifference } from '../experiments/verification/json-difference.ts';

export function checkOf(name: string): Check {
  return name.startsWith('tables/') ? 'tables' : 'figures and report';
}

/**
 * @param name of the file below the folder of results
 * @param textOf reads what is neither CSV nor JSON, without what may differ
 * @yields each cell of a CSV file that differs, the first value of a JSON file, or each line
 */
export async function* compareFile(
  name: string,
  stored: string,
  expected: string,
  textOf: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): AsyncGenerator<Deviation> {
  const isThere = existsSync(stored);
  const subject = `file ${name}`;
  const deviation = (what: string, one: string | null, other: string | null): Deviation => ({
    ...{ check: checkOf(name), subject, administration: null, call: null },
    ...{ what, stored: one, expected: other },
  });
  if (!isThere || !existsSync(expected))
    yield deviation(isThere ? 'the data give no such file' : 'it is missing', null, null);
  else if (readFileSync(stored).equals(readFileSync(expected))) return;
  else if (name.endsWith('.csv')) yield* compareCells(stored, expected, deviation);
  else if (name.endsWith('.json')) {
    const found = firstDifference(readJson(stored), readJson(expected));
    if (found === null) yield deviation('it is written otherwise', null, null);
    else yield deviation(found.path, found.stored, found.expected);
  } else yield* compareLines(textOf(stored), textOf(expected), deviation);
}

type Describe = (what: string, stored: string | null, expected: string | null) => Deviation;

type Cells = readonly (string | null)[];

async function* compareCells(
  stored: string,
  expected: string,
  deviation: Describe,
): AsyncGenerator<Deviation> {
  const [[names = [], ...rows], [columns = [], ...others]] = [
    await linesOf(stored),
    await linesOf(expected),
  ];
  let found = false;
  for (let at = 0; at < Math.max(names.length, columns.length); at++) {
    const [one, other] = [names[at] ?? null, columns[at] ?? null];
    if (one === other) continue;
    found = true;
    yield deviation(`name of column ${at + 1}`, one, other);
  }
  if (rows.length !== others.length) {
    found = true;
    yield deviation('number of rows', String(rows.length), String(others.length));
  }
  for (let row = 0; row < Math.min(rows.length, others.length); row++)
    for (const [at, column] of columns.entries()) {
      const [one, other] = [rows[row]![at] ?? null, others[row]![at] ?? null];
      if (one === other) continue;
      found = true;
      yield deviation(`${column} of row ${row + 1} (${namingOf(others[row]!)})`, one, other);
    }
  if (!found) yield deviation('it is written otherwise', null, null);
}

/** The texts that a row begins with name it. */
function namingOf(row: Cells): string {
  const first = row.findIndex((cell) => cell === null || Number.isFinite(Number(cell)));
  const naming = first < 0 ? row : row.slice(0, first);
  return naming.join(', ');
}

async function linesOf(file: string): Promise<Cells[]> {
  const lines: Cells[] = [];
  for await (const { fields } of readCsv(file)) lines.push(fields);
  return lines;
}

function* compareLines(
  stored: string,
  expected: string,
  deviation: Describe,
): Generator<Deviation> {
  const [lines, others] = [stored.split('\n'), expected.split('\n')];
  // Behind a line too many or too few nothing stands where it stood.
  const isSameLength = lines.length === others.length;
  for (const [at, line] of others.entries()) {
    const found = firstDifference(lines[at] ?? null, line);
    if (found === null) continue;
    yield deviation(`line ${at + 1}`, found.stored, found.expected);
    if (!isSameLength) return;
  }
  if (!isSameLength)
    yield deviation('number of lines', String(lines.length), String(others.length));
}

/** An empty object for what is not JSON. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {};
  }
}
