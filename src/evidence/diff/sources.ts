/** What "personas diff" compares, wherever it is: a bundle, a folder, or a schema. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../../config/config.ts';
import { exportDataset } from '../../dataset/export/export.ts';
import { open } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import { createCatalogue } from '../../models/catalogue.ts';
import { PROGRAM } from '../../package-info.ts';
import { writeTableFiles } from '../../report/tables/files.ts';
import { computeTables } from '../../studies/analyze.ts';
import { openBundle, unpackBundle } from '../open-bundle.ts';
import type { ComparableStudy } from './compare.ts';
import { collectFacts, type StudyFolders } from './facts.ts';

/** A study that is compared, until it is disposed of. */
export type OpenedStudy = ComparableStudy & Disposable;

/**
 * @param source a bundle, a folder that was exported or unpacked, or the name of a schema
 * @throws UserError for none of these
 */
export async function openStudy(source: string, config: Config): Promise<OpenedStudy> {
  const stat = existsSync(source) ? statSync(source) : null;
  if (stat?.isDirectory() === true) return studyIn(foldersIn(source), () => {});
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-diff-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    if (stat === null) return studyIn(await foldersOfSchema(source, config, folder), remove);
    using bundle = openBundle(source);
    for (const part of ['data/', 'results/tables/'])
      for (const name of unpackBundle(bundle, folder, part))
        throw new UserError(`The bytes of ${name} do not match the SHA-256 of the manifest`, {
          code: 'bundle-altered',
          hint: 'Get the bundle again from its source.',
          exitCode: 1,
        });
    return studyIn(foldersIn(folder), remove);
  } catch (error) {
    remove();
    throw error;
  }
}

function studyIn(folders: StudyFolders, remove: () => void): OpenedStudy {
  return {
    collect: (into) => collectFacts(folders, into),
    hasTables: folders.tables !== null,
    [Symbol.dispose]: remove,
  };
}

function foldersIn(folder: string): StudyFolders {
  const within = path.join(folder, 'data');
  const data = existsSync(path.join(within, 'experiments_list.csv')) ? within : folder;
  if (!existsSync(path.join(data, 'experiments_list.csv')))
    throw new UserError(`${folder} has no CSV files of a study`, {
      code: 'diff-source-invalid',
      hint: 'Pass a bundle, a folder that "personas export" wrote, an unpacked bundle, or the name of a schema.',
    });
  const tables = ['results/tables', 'tables'].map((name) => path.join(folder, name));
  return { data, tables: tables.find((name) => existsSync(name)) ?? null };
}

async function foldersOfSchema(
  schema: string,
  config: Config,
  folder: string,
): Promise<StudyFolders> {
  const data = path.join(folder, 'data');
  await using database = await open({ ...config, schema }, { readVia: 'snapshot' });
  await exportDataset(database, data, {
    catalogue: createCatalogue(config.models),
    program: PROGRAM,
    now: new Date(0),
  });
  writeTableFiles(folder, await computeTables(database, config));
  return { data, tables: path.join(folder, 'tables') };
}
