import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runPersonas, type StartOptions } from '../support/cli.ts';
import { temporaryFolder } from '../support/study.ts';

/** Permissions do not hold root back: there, the program runs as nobody. */
function powerless(): NonNullable<StartOptions['as']> | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

const canBeRun = process.platform !== 'win32' && (await isReadableFor(powerless()));

/** A checkout in somebody's private folder cannot be run by nobody. */
async function isReadableFor(as: StartOptions['as']): Promise<boolean> {
  if (as == null) return true;
  try {
    execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', `await import(${JSON.stringify(import.meta.resolve('../../src/errors.ts'))})`],
      {
        ...as,
        stdio: 'ignore',
        cwd: '/',
      },
    );
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canBeRun)('a folder that cannot be written', () => {
  const personas = (cwd: string, ...args: string[]) => runPersonas(args, { cwd, as: powerless() });
  const expectClear = (ended: Awaited<ReturnType<typeof personas>>, message: RegExp) => {
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n {4}at |This was not expected/);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  };
  const readable = () => {
    const folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    return folder;
  };

  test('no database can be made in it', async () => {
    using folder = readable();
    chmodSync(folder.path, 0o555);
    expectClear(await personas(folder.path, 'init-db'), /\.personas.* cannot be made: EACCES.*--database FOLDER/s);
    chmodSync(folder.path, 0o755);
  });

  test('a database that is in it cannot be opened', async () => {
    using folder = readable();
    const database = path.join(folder.path, 'study');
    expect(await runPersonas(['init-db', '--database', database], { cwd: folder.path })).toMatchObject({ code: 0 });
    chmodSync(database, 0o555);
    for (const command of ['status', 'run-experiments', 'init-db'])
      expectClear(
        await personas(folder.path, command, '--database', database),
        /study cannot be written: EACCES.*another folder with --database/s,
      );
    chmodSync(database, 0o755);
    expect(await runPersonas(['status', '--database', database], { cwd: folder.path })).toMatchObject({ code: 0 });
  });

  test('a file is no folder', async () => {
    using folder = readable();
    const file = path.join(folder.path, 'study.db');
    writeFileSync(file, '');
    expectClear(await personas(folder.path, 'init-db', '--database', file), /study\.db.* cannot be made: (EEXIST|ENOTDIR)/s);
    mkdirSync(path.join(folder.path, 'empty'));
    expectClear(
      await personas(folder.path, 'status', '--database', path.join(folder.path, 'empty')),
      /no database in .*empty yet.*init-db/s,
    );
  });
});
