/** Holds the files of an analysis against those that the data give now. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import {
  type Checked,
  count,
  countUnchecked,
  type Deviation,
} from '../experiments/verification/deviation.ts';
import { version } from '../package-info.ts';
import { type AnalysisOptions, analyzeStudy, writeAnalysis } from '../studies/analyze.ts';
import { checkOf, compareFile, readJson } from './compare-files.ts';
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
      yield* compareFile(
        name,
        path.join(folder, name),
        path.join(again, name),
        name === REPORT ? (file) => withoutPlace(readFileSync(file, 'utf8')) : undefined,
      );
    }
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

function isOfAnalysis(name: string): boolean {
  return name === REPORT || /^(?:tables|figures)\//.test(name);
}

/** Which kind of rows the tables are of; null where none says. */
function rowsOf(folder: string, names: readonly string[]): 'real' | 'simulated' | null {
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const { data_origin: origin } = readJson(path.join(folder, name)) as { data_origin?: unknown };
    if (typeof origin === 'string') return origin === 'simulated' ? 'simulated' : 'real';
  }
  return null;
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
