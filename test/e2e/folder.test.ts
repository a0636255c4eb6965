import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runPersonas, type StartOptions } from '../support/cli.ts';
import { temporaryFolder } from '../support/study.ts';

/** Permissions do not hold root back: there, the program runs as nobody. */
function powerless(): NonNullable<StartOptions['as']> | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

const canBeRun = process.platform !== 'win32' && (await isReadableFor(powerless()));

/** A checkout in somebody's private folder cannot be run by nobody. */
async function isReadableFor(as: StartOptions['as']): Promise<boolean> {
  if (as == null) return true;
  try {
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `await import(${JSON.stringify(import.meta.resolve('../../src/errors.ts'))})`,
      ],
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

describe.skipIf(!canBeRun)('in a folder that cannot be written', () => {
  const personas = (cwd: string, ...args: string[]) => runPersonas(args, { cwd, as: powerless() });
  const expectClear = (ended: Awaited<ReturnType<typeof personas>>, message: RegExp) => {
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n {4}at |This is an unexpected error/);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  };
  const readable = () => {
    const folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    return folder;
  };

  test('no database can be made', async () => {
    using folder = readable();
    chmodSync(folder.path, 0o555);
    expectClear(
      await personas(folder.path, 'init-db'),
      /\.personas.* cannot be created: EACCES.*--database FOLDER/s,
    );
    chmodSync(folder.path, 0o755);
  });

  test('an existing database cannot be opened', async () => {
    using folder = readable();
    const database = path.join(folder.path, 'study');
    expect(
      await runPersonas(['init-db', '--database', database], { cwd: folder.path }),
    ).toMatchObject({ code: 0 });
    chmodSync(database, 0o555);
    for (const command of ['status', 'run-experiments', 'init-db'])
      expectClear(
        await personas(folder.path, command, '--database', database),
        /study cannot be written: EACCES.*another folder with --database/s,
      );
    chmodSync(database, 0o755);
    expect(
      await runPersonas(['status', '--database', database], { cwd: folder.path }),
    ).toMatchObject({ code: 0 });
  });

  test('a file is refused as a folder', async () => {
    using folder = readable();
    const file = path.join(folder.path, 'study.db');
    writeFileSync(file, '');
    expectClear(
      await personas(folder.path, 'init-db', '--database', file),
      /study\.db.* cannot be created: (EEXIST|ENOTDIR)/s,
    );
    mkdirSync(path.join(folder.path, 'empty'));
    expectClear(
      await personas(folder.path, 'status', '--database', path.join(folder.path, 'empty')),
      /No database in .*empty yet.*init-db/s,
    );
  });
});

describe.skipIf(process.platform === 'win32')('an embedded database', () => {
  const modesIn = (folder: string) =>
    [
      folder,
      ...readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name))),
    ].map((file) => {
      const found = statSync(file);
      return found.isDirectory()
        ? `folder ${(found.mode & 0o777).toString(8)}`
        : `file ${(found.mode & 0o777).toString(8)}`;
    });

  test('is for its owner only, also where an older version left it open; what else is in its folder stays as it is', async () => {
    using folder = temporaryFolder();
    const database = path.join(folder.path, 'study');
    const personas = (...args: string[]) =>
      runPersonas([...args, '--database', database], { cwd: folder.path });
    await personas('init-db');
    expect(new Set(modesIn(database))).toEqual(new Set(['folder 700', 'file 600']));

    chmodSync(path.join(database, 'pgdata'), 0o755);
    chmodSync(path.join(database, 'pgdata', 'PG_VERSION'), 0o666);
    const script = path.join(database, 'script.sh');
    writeFileSync(script, '');
    chmodSync(script, 0o755);
    const { stdout } = await personas('doctor', '--offline');
    expect(stdout).toMatch(
      /warn {2}permissions +other users of this machine may read or change .*pgdata/,
    );
    await personas('generate-personas', '-m', 'sim-gpt4o', '--max-personas', '2');
    expect(new Set(modesIn(path.join(database, 'pgdata')))).toEqual(
      new Set(['folder 700', 'file 600']),
    );
    expect(statSync(script).mode & 0o777).toBe(0o755);
    expect((await personas('doctor', '--offline')).stdout).not.toContain('permissions');
  });

  test('that lacks the file by which the server knows one is not replaced by an empty one', async () => {
    using folder = temporaryFolder();
    const database = path.join(folder.path, 'study');
    const personas = (...args: string[]) =>
      runPersonas([...args, '--database', database], { cwd: folder.path });
    await personas('init-db', '--schema', 'precious');
    const version = path.join(database, 'pgdata', 'PG_VERSION');
    renameSync(version, `${version}.away`);
    const refused = await personas('init-db', '--schema', 'precious');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /cannot be opened: the file PG_VERSION is missing.*restore it from a backup/s,
    );
    renameSync(`${version}.away`, version);
    expect((await personas('schemas', 'list')).stdout).toContain('precious');
  });
});
