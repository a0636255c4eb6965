/**
 * Writes a bundle: one archive with everything that a stranger needs to check a study and compute
 * it again. The same study makes the same bytes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import type { ConfigValues } from '../config/load.ts';
import { csvLine } from '../dataset/csv/csv.ts';
import { exportDataset } from '../dataset/export/export.ts';
import type { Database } from '../db/connect.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Freeze } from '../experiments/frozen-store.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { PROGRAM } from '../package-info.ts';
import type { Analysis } from '../report/analysis.ts';
import { writeWholeFile } from '../report/write-atomic.ts';
import { analyzeStudy, writeAnalysis } from '../studies/analyze.ts';
import * as store from './bundle-store.ts';
import { CONFIGURATION_FILE, configWith, publicConfiguration } from './configuration.ts';
import { dataPackageOf } from './data-package.ts';
import { filesBelow, MANIFEST_FILE, manifestOf } from './manifest.ts';
import { ABOUT_BUNDLE, type AboutBundle, BUNDLE_FORMAT } from './open-bundle.ts';
import { writePsychDs } from './psych-ds.ts';
import { renderReadme } from './readme.ts';
import { writeZip } from './zip.ts';

export interface BundleOptions {
  /** Also write the answers as a Psych-DS folder here. */
  readonly psychDs?: string;
  /** Replace a file of that name. */
  readonly overwrite?: boolean;
  /** Told of what is being done. */
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface WrittenBundle {
  /** Of the whole archive. */
  readonly sha256: string;
  readonly bytes: number;
  readonly files: number;
  readonly about: AboutBundle;
  readonly notes: readonly string[];
  /** Files that name a folder of this computer, or the computer itself. */
  readonly mentions: readonly string[];
}

/**
 * Writes a bundle, whole or not at all.
 * @param file is not replaced unless that is asked for
 * @throws UserError when it cannot be written, or the study changes meanwhile
 */
export async function writeBundle(
  database: Database,
  config: Config,
  file: string,
  options: BundleOptions = {},
): Promise<WrittenBundle> {
  if (existsSync(file) && options.overwrite !== true)
    throw new UserError(`${file} exists. Nothing was written.`, {
      code: 'bundle-exists',
      hint: 'Choose another name, or pass --overwrite to replace it.',
    });
  const folder = path.dirname(file);
  let staging: string;
  try {
    mkdirSync(folder, { recursive: true });
    // Beside the archive, where there is room for it.
    staging = mkdtempSync(path.join(folder, `.${path.basename(file)}.`));
  } catch (error) {
    throw unwritable(file, error);
  }
  try {
    const contents = path.join(staging, 'bundle');
    const about = await stage(database, config, contents, options);
    if (options.psychDs !== undefined) writePsychDs(contents, options.psychDs);
    options.onStep?.('Packing the files…');
    const draft = path.join(staging, 'archive.zip');
    const names = filesBelow(contents);
    const inputs = names.map((name) => ({ name, path: path.join(contents, ...name.split('/')) }));
    const written = writeZip(draft, inputs);
    renameSync(draft, file);
    return { ...written, files: names.length, ...about };
  } catch (error) {
    throw unwritable(file, error);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Writes the files of a bundle into a folder that is not there yet. */
async function stage(
  database: Database,
  configHere: Config,
  folder: string,
  { onStep = () => {}, signal }: BundleOptions,
): Promise<Pick<WrittenBundle, 'about' | 'notes' | 'mentions'>> {
  const moment = await store.momentOf(database);
  // Of the study and not of today: the same study makes the same bytes.
  const now = new Date(moment.asOf);
  onStep('Exporting the tables of the database…');
  const configuration = publicConfiguration(configHere, await store.namedInStudy(database));
  const config = configWith(configuration);
  const { notes } = await exportDataset(database, path.join(folder, 'data'), {
    answersWide: true,
    catalogue: createCatalogue(config.models),
    program: PROGRAM,
    now,
    ...(signal === undefined ? {} : { signal }),
  });
  onStep('Computing tables, figures and the report…');
  if (moment.answered > 0)
    writeAnalysis(path.join(folder, 'results'), await analysisOf(database, config), now);
  const instruments = await store.storedInstruments(database);
  const requests = await store.storedRequests(database);
  const origin = await store.storedOrigin(database);
  const about: AboutBundle = {
    format: BUNDLE_FORMAT,
    program: PROGRAM,
    schema: database.schema,
    study: origin.studyName,
    design_sha256: origin.freeze?.designSha256 ?? origin.designSha256,
    frozen_at: origin.freeze?.frozenAt ?? null,
    as_of: moment.asOf,
  };
  const texts: readonly (readonly [name: string, text: string])[] = [
    [ABOUT_BUNDLE, asJson(about)],
    ['README.md', renderReadme({ about, origin, instruments, notes })],
    ...instrumentFiles(instruments),
    ...promptFiles(requests),
    ...studyFiles(requests, origin, configuration),
  ];
  for (const [name, text] of texts) writeWholeFile(folder, name, text);
  const description = await dataPackageOf(database, folder, {
    name: nameOf(database.schema),
    title: origin.studyName ?? database.schema,
    description: 'README.md says what the folders have in them and how they are checked.',
    created: moment.asOf,
  });
  writeWholeFile(folder, 'datapackage.json', description);
  if ((await store.momentOf(database)).counts !== moment.counts)
    throw new UserError('The study changed while it was being bundled. Nothing was written.', {
      code: 'bundle-study-changed',
      hint: 'Wait until the run has ended ("personas status" says whether one is under way), then run the same command again.',
      exitCode: 1,
    });
  const { text, mentions } = manifestOf(folder, placesHere());
  writeWholeFile(folder, MANIFEST_FILE, text);
  return { about, notes, mentions };
}

/** The database in which a bundle happens to be made is no part of the study. */
async function analysisOf(database: Database, config: Config): Promise<Analysis> {
  const { provenance, ...analysis } = await analyzeStudy(database, config);
  return { ...analysis, provenance: { ...provenance, database: null } };
}

/** Nothing of the program's own names these; texts of the study may. */
function placesHere(): string[] {
  // A short name is also a word, or part of one.
  const host = hostname();
  const folders = [homedir(), process.cwd()].filter((folder) => path.dirname(folder) !== folder);
  return [...folders.map((folder) => `${folder}${path.sep}`), ...(host.length < 6 ? [] : [host])];
}

type NamedText = readonly [name: string, text: string];

function instrumentFiles(instruments: readonly store.StoredInstrument[]): NamedText[] {
  return instruments.map(({ slug, language, sha256, definition }) => [
    `instruments/${nameOf(slug)}-${nameOf(language)}-${sha256.slice(0, 12)}.json`,
    definition,
  ]);
}

/** Each text once, and which group had which. */
function promptFiles(requests: readonly store.StoredRequest[]): NamedText[] {
  const files = new Map<string, string>();
  const fileOf = (kind: string, text: string | null) => {
    if (text === null) return null;
    const name = `${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.txt`;
    files.set(`prompts/${name}`, text);
    return name;
  };
  const rows = requests.map(({ kind, group, system, prompt }) =>
    csvLine([kind, group, fileOf('system', system), fileOf('prompt', prompt)]),
  );
  const header = csvLine(['kind', 'group', 'system_message', 'prompt']);
  return [['prompts/index.csv', [header, ...rows].join('')], ...files];
}

function studyFiles(
  requests: readonly store.StoredRequest[],
  { content, freeze }: store.StoredOrigin,
  configuration: ConfigValues,
): NamedText[] {
  const models = requests.map(({ system: _, prompt: __, ...request }) => request);
  return [
    ...(content === null ? [] : [['study/study.json', content] as const]),
    ...(freeze === null ? [] : freezeFiles(freeze)),
    ['study/models.json', asJson(models)],
    [CONFIGURATION_FILE, asJson(configuration)],
  ];
}

function freezeFiles({ plan, ...freeze }: Freeze): NamedText[] {
  return [
    ['study/freeze.json', asJson(freeze)],
    ['study/plan.md', plan],
  ];
}

/** Only letters, digits and `_`, so that it may stand in the name of a file. */
function nameOf(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]+/g, '_').replace(/^_+(?=.)/, '') || '_';
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function unwritable(file: string, error: unknown): unknown {
  const { syscall } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || syscall === undefined) return error;
  return new UserError(`${file} cannot be written: ${messageOf(error)}. Nothing was written.`, {
    code: 'bundle-cannot-be-written',
    hint: 'Choose a writable folder with enough room.',
    exitCode: 1,
  });
}
