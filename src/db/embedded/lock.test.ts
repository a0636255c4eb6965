import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/study.ts';
import { type Evidence, evidenceFor, holderOf, lockFolder, type Observer } from './lock.ts';

describe('what tells whether the holder of a lock lives', () => {
  const bootedAt = Date.parse('2026-03-01T08:00:00Z');
  const here: Observer = {
    host: 'desk',
    machine: 'm-1',
    boot: 'b-1',
    namespace: 'pid:[1]',
    bootedAt,
    onLocalDisk: true,
  };
  const network: Observer = { ...here, onLocalDisk: false };
  const laptop: Observer = { ...network, machine: null, boot: null, namespace: null };
  const before = '2026-02-28T20:00:00Z';
  const after = '2026-03-01T09:00:00Z';
  const { host, machine, boot, namespace } = here;
  const mine = { host, machine, boot, namespace, since: after };

  test.each<
    [string, Partial<typeof mine> | Record<string, string | null>, Observer, boolean, Evidence]
  >([
    ['the same kernel and pid namespace', {}, here, false, 'process'],
    ['the same, after the host was renamed', { host: 'renamed' }, here, false, 'process'],
    ['the same, in a copy of the folder', {}, here, true, 'process'],
    ['another container with the same host name', { namespace: 'pid:[2]' }, here, false, 'socket'],
    [
      'another container with another name',
      { namespace: 'pid:[2]', host: '9f1c', machine: null },
      here,
      false,
      'socket',
    ],
    ['another container, in a copy of the folder', { namespace: 'pid:[2]' }, here, true, 'none'],
    ['a lock that says no namespace', { namespace: null }, here, false, 'socket'],
    [
      'an observer that has no namespace',
      { namespace: null },
      { ...here, namespace: null },
      false,
      'socket',
    ],
    ['an earlier start, local disk', { boot: 'b-0', since: before }, here, false, 'ended'],
    [
      'an earlier start, local disk, renamed',
      { boot: 'b-0', since: before, host: 'old', machine: null },
      here,
      false,
      'ended',
    ],
    ['an earlier start, network disk', { boot: 'b-0', since: before }, network, false, 'ended'],
    [
      'an earlier start, network disk, renamed',
      { boot: 'b-0', since: before, host: 'old' },
      network,
      false,
      'ended',
    ],
    [
      'an earlier start, known by the name only',
      { boot: 'b-0', since: before, machine: null },
      network,
      false,
      'ended',
    ],
    [
      'another machine with the same name',
      { boot: 'b-0', since: before, machine: 'm-2' },
      network,
      false,
      'none',
    ],
    [
      'a clone, whose lock is younger than this start',
      { boot: 'b-0', since: after },
      network,
      false,
      'none',
    ],
    [
      'another machine',
      { boot: 'b-0', since: before, host: 'other', machine: null },
      network,
      false,
      'none',
    ],
    ['a lock without a time', { boot: 'b-0', since: '' }, network, false, 'none'],
    [
      'macOS, the same name',
      { boot: null, namespace: null, machine: null },
      laptop,
      false,
      'process',
    ],
    [
      'macOS, another name',
      { boot: null, namespace: null, machine: null, host: 'other' },
      laptop,
      false,
      'none',
    ],
    ['a container on a Mac, seen from the Mac', { machine: null }, laptop, false, 'none'],
    [
      'the Mac, seen from a container',
      { boot: null, namespace: null, machine: null },
      here,
      false,
      'none',
    ],
  ])('%s', (_, changes, observer, copied, evidence) => {
    expect(evidenceFor({ ...mine, ...changes }, observer, copied)).toBe(evidence);
  });
});

const LOCK = new URL('./lock.ts', import.meta.url).href;
const FILE = 'lock.json';

/** Puts a process into a pid namespace of its own, as containers are. */
const CONTAINER = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
const hasNamespaces =
  spawnSync('unshare', [...CONTAINER, 'true'], { stdio: 'ignore' }).status === 0;

/**
 * A process in a pid namespace of its own that takes a folder's lock, says `taken` or why not, and
 * stays.
 */
async function inContainer(folder: string): Promise<{ says: string; kill(): Promise<void> }> {
  const script = `import { lockFolder } from ${JSON.stringify(LOCK)};
    try { await lockFolder(${JSON.stringify(folder)}); console.log('taken'); } catch (error) { console.log(error.message + ' ' + error.hint); }
    setInterval(() => {}, 1e9);`;
  const child = spawn(
    'unshare',
    [...CONTAINER, process.execPath, '--input-type=module', '-e', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [says] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    says,
    async kill() {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

describe.skipIf(!hasNamespaces)('a lock that is held in another pid namespace', () => {
  test('keeps others out as long as its holder lives, and no longer', async () => {
    using folder = temporaryFolder();
    const first = await inContainer(folder.path);
    expect(first.says).toBe('taken');
    const second = await inContainer(folder.path);
    expect(second.says).toMatch(/is in use by process \d+ on /);
    await second.kill();
    await expect(lockFolder(folder.path)).rejects.toThrow(/is in use by process/);
    await first.kill();
    const third = await inContainer(folder.path);
    expect(third.says).toBe('taken');
    await third.kill();
    using _mine = await lockFolder(folder.path);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('lock.'))).toHaveLength(2);
  });

  test('of which nothing can be known is respected, and the hint names the file to delete', async () => {
    using folder = temporaryFolder();
    const holder = await inContainer(folder.path);
    const socket = readdirSync(folder.path).find((name) => name.endsWith('.sock'))!;
    rmSync(path.join(folder.path, socket));
    await holder.kill();
    const file = path.join(folder.path, FILE);
    await expect(lockFolder(folder.path)).rejects.toMatchObject({
      message: expect.stringMatching(/may be in use/),
      hint: expect.stringContaining(`delete the file ${file}`),
    });
    rmSync(file);
    (await lockFolder(folder.path))[Symbol.dispose]();
  });
});

describe.skipIf(process.platform === 'win32')('a copy of a folder that is in use', () => {
  test('is said to be one, leads to no door and leaves the original alone', async () => {
    using folder = temporaryFolder();
    using elsewhere = temporaryFolder();
    const original = folder.path;
    using _lock = await lockFolder(original, () => path.join(original, 'door.sock'));
    const copy = path.join(elsewhere.path, 'copy');
    cpSync(original, copy, { recursive: true, filter: (file) => !file.endsWith('.sock') });
    const found = await holderOf(copy);
    expect(found).toMatchObject({
      door: null,
      message: expect.stringMatching(/was copied from a database that process/),
    });
    expect(found!.hint).toContain(path.join(copy, FILE));
    await expect(lockFolder(copy)).rejects.toThrow(/was copied/);
    expect(await holderOf(original)).toMatchObject({ door: path.join(original, 'door.sock') });

    rmSync(path.join(copy, FILE));
    (await lockFolder(copy))[Symbol.dispose]();
    expect(await holderOf(original)).not.toBe(null);
  });

  test('does not take away the door of the original when its own dead lock is taken over', async () => {
    using folder = temporaryFolder();
    using elsewhere = temporaryFolder();
    const door = path.join(folder.path, 'of-the-original');
    {
      using _lock = await lockFolder(folder.path, () => door);
      const lock = JSON.parse(readFileSync(path.join(folder.path, FILE), 'utf8')) as Record<
        string,
        unknown
      >;
      expect(lock.door).toBe('of-the-original');
      writeFileSync(path.join(elsewhere.path, FILE), JSON.stringify({ ...lock, pid: 0, door }));
    }
    const server = createServer().listen(door);
    onTestFinished(() => {
      server.close();
    });
    (await lockFolder(elsewhere.path))[Symbol.dispose]();
    expect(existsSync(door)).toBe(true);
  });
});
