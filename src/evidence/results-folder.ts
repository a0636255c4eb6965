/** Holds the files of an analysis against those that the data give now. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { readCsv } from '../dataset/csv/csv.ts';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import {
  type Check,
  type Checked,
  count,
  countUnchecked,
  type Deviation,
} from '../experiments/verification/deviation.ts';
import { firstDifference } from '../experiments/verification/json-difference.ts';
import { version } from '../package-info.ts';
import { type AnalysisOptions, analyzeStudy, writeAnalysis } from '../studies/analyze.ts';
import { filesBelow } from './manifest.ts';

const REPORT = 'report.html';
/** When the report was made, and by which version. */
const MADE = /<b>Report:<\/b> (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC, personality-trap ([^<]+)\.</;

/** Whether it is a folder; bundles are told apart before. */
export function isFolder(source: string): boolean {
  return statSync(source, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Computes an analysis anew and compares it with the files of an earlier one. Where the folder has
 * a report, every table and figure has to be there; otherwise those count that are.
 * @param options as they were given to the analysis; which kind of rows, its tables tell
 * @param checked is counted up by files
 * @yields each cell, and each line of a text, that differs
 * @throws UserError for a folder without any of these files
 */
export async function* verifyResults(
  folder: string,
  database: Database,
  config: Config,
  checked: Checked,
  options: AnalysisOptions = {},
): AsyncGenerator<Deviation> {
  const stored = filesBelow(folder).filter(isOfAnalysis);
  if (stored.length === 0)
    throw new UserError(`${folder} has no tables, figures or report of an analysis`, {
      code: 'results-folder-invalid',
      hint: 'Pass the folder that "personas analyze" or "personas pipeline" wrote, a bundle, or a study file.',
    });
  const report = stored.includes(REPORT) ? readFileSync(path.join(folder, REPORT), 'utf8') : '';
  const [, day, time, madeBy] = MADE.exec(report) ?? [];
  const again = mkdtempSync(path.join(tmpdir(), 'personas-verify-results-'));
  try {
    const rows = rowsOf(folder, stored);
    const analysis = await analyzeStudy(database, config, {
      ...(rows === null ? {} : { rows }),
      ...options,
    });
    writeAnalysis(again, analysis, day === undefined ? new Date(0) : new Date(`${day}T${time}Z`));
    const names = new Set([...stored, ...(report === '' ? [] : filesBelow(again))]);
    for (const name of [...names].sort()) {
      if (name === REPORT && madeBy !== version) {
        const by = madeBy === undefined ? 'another program' : `version ${madeBy}`;
        countUnchecked(checked, 'reports of other versions', `${name}: made by ${by}`);
        continue;
      }
      count(checked, checkOf(name));
      yield* compareFile(name, path.join(folder, name), path.join(again, name));
    }
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

function isOfAnalysis(name: string): boolean {
  return name === REPORT || /^(?:tables|figures)\//.test(name);
}

function checkOf(name: string): Check {
  return name.startsWith('tables/') ? 'tables' : 'figures and report';
}

/** Which kind of rows the tables are of; null where none says. */
function rowsOf(folder: string, names: readonly string[]): 'real' | 'simulated' | null {
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const { data_origin: origin } = readJson(path.join(folder, name)) as { data_origin?: unknown };
    if (typeof origin === 'string') return origin === 'simulated' ? 'simulated' : 'real';
  }
  return null;
}

async function* compareFile(
  name: string,
  stored: string,
  expected: string,
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
  } else {
    const textOf = (file: string) => {
      const text = readFileSync(file, 'utf8');
      return name === REPORT ? withoutPlace(text) : text;
    };
    yield* compareLines(textOf(stored), textOf(expected), deviation);
  }
}

/**
 * The text of a report without the database and schema that it was made from, and without what the
 * study file said on that day.
 */
function withoutPlace(report: string): string {
  const schema = /from schema ([^<]+)\. Tables and figures lie/.exec(report)?.[1] ?? '';
  const text = report
    .replace(/database: [^;<]*; (?=schema )/, '')
    .replaceAll(
      /; the study file, with [^<;.]* as they are now, gives (?:the same|another, [0-9a-f]*)/g,
      '',
    )
    .replace(/<dt>Database<\/dt><dd>[^<]*<\/dd>/, '');
  return schema === ''
    ? text
    : text.replaceAll(`&quot;${schema}&quot;.`, '').replaceAll(`chema ${schema}`, 'chema');
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
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {};
  }
}
