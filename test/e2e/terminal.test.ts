import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import { displayWidth } from '../../src/report/tables/text-width.ts';
import {
  freshPlace,
  optionsFor,
  PROGRAM_IN_SHELL,
  runPersonas,
  startPersonas,
} from '../support/cli.ts';
import { importLines, people, register, temporaryFolder } from '../support/study.ts';

const ESCAPE = '\u001b';

async function personas(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  using folder = temporaryFolder();
  return await startPersonas(args, { cwd: folder.path, env }).ended;
}

describe('the output in a pipe', () => {
  test('has no colour, and is not fitted to a width', async () => {
    for (const args of [['models'], ['--help'], ['doctor', '--offline'], ['modles']]) {
      const { stdout, stderr } = await personas(args, { TERM: 'xterm-256color', COLUMNS: '40' });
      expect(stdout + stderr).not.toContain(ESCAPE);
    }
    const { stdout } = await personas(['models'], { COLUMNS: '40' });
    expect(stdout).toMatch(/^sim-gpt4o +simulated +simulated\/gpt-4o-2024-11-20 /m);
  });

  test('has colour where it is forced, but never in data', async () => {
    const forced = { FORCE_COLOR: '1' };
    expect((await personas(['models'], forced)).stdout).toContain(`${ESCAPE}[1mmodel${ESCAPE}[22m`);
    expect((await personas(['modles'], forced)).stderr).toContain(
      `${ESCAPE}[31merror:${ESCAPE}[39m`,
    );
    expect((await personas(['status'], forced)).stderr).toContain(
      `${ESCAPE}[31mError:${ESCAPE}[39m`,
    );
    for (const args of [
      ['models', '--json'],
      ['status', '--json'],
      ['doctor', '--offline', '--json'],
    ]) {
      const { stdout, stderr } = await personas(args, forced);
      expect(stdout + stderr).not.toContain(ESCAPE);
    }
  });
});

const OUR_COLOURS = new RegExp(`${ESCAPE}\\[(1|2|22|31|33|39)m(?! \\\\)`, 'g');
const COMMANDS = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

test('what models and files say cannot command the terminal, and is data as it is', async () => {
  await using place = freshPlace('embedded');
  const evil = `${ESCAPE}]0;title\u0007 red ${ESCAPE}[31m \u009b2J \u202egnp.exe\u202c \u2066x\u2069\u200f\rgone`;
  {
    await using database = await openMigrated(place);
    await importLines(database, people('p', 1));
    await register(database, ['p'], { description: evil });
    await sql`update ${database.t.personas} set population = ${`p${evil}`}, description = ${evil}`.execute(
      database.db,
    );
  }
  const run = (...args: string[]) =>
    runPersonas([...args, ...optionsFor(place)], { cwd: place.folder, env: { FORCE_COLOR: '1' } });
  for (const [args, isWhole] of [
    [['show', '1'], true],
    [['groups'], true],
    [['show', evil], true],
    [['status'], false],
  ] as const) {
    const { stdout, stderr } = await run(...args);
    const said = (stdout + stderr).replaceAll(OUR_COLOURS, '');
    expect(said, args[0]).not.toMatch(COMMANDS);
    if (isWhole) expect(said, args[0]).toContain('\\u001b[31m');
  }
  const { stdout } = await run('groups', '--json');
  expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(evil).slice(1, -1));
});

test('a --run-id that is no name is refused before anything is made', async () => {
  using folder = temporaryFolder();
  for (const name of ['..', '', '/tmp/elsewhere/x', 'a\\b']) {
    const ended = await runPersonas(
      ['generate-personas', '--no-db', '-m', 'sim-gpt4o', '--max-personas', '1', '--run-id', name],
      {
        cwd: folder.path,
      },
    );
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/--run-id ".*": it must be usable as the name of a folder/);
  }
  expect(readdirSync(folder.path)).toEqual([]);
});

/** What a command shows on a terminal of a certain width, by the system's `script`. */
function onTerminal(
  command: string,
  columns: number,
  env: Readonly<Record<string, string>>,
): string[] {
  using folder = temporaryFolder();
  const { stdout } = spawnSync(
    'script',
    ['-qec', `stty cols ${columns}; ${PROGRAM_IN_SHELL} ${command}`, '/dev/null'],
    {
      cwd: folder.path,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH ?? '',
        TERM: 'xterm-256color',
        NODE_COMPILE_CACHE: inject('compileCache'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return stdout.replaceAll('\r\n', '\n').split('\n');
}

// macOS has a `script` of other habits; where there is none, these are skipped, and named as
// skipped.
const hasScript =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;

describe.skipIf(!hasScript)('on a terminal', () => {
  test.each([60, 80, 120])('a table fits into %i columns', (columns) => {
    const lines = onTerminal('models', columns, {});
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    expect(lines.join('\n')).toContain(`${ESCAPE}[1m`);
    expect(lines.join('').replaceAll(' ', '')).toContain('sim-gpt4o');
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }, { FORCE_COLOR: '0' }])(
    'without colour: %j',
    (env) => {
      for (const command of ['models', '--help', 'doctor --offline', 'modles', 'status']) {
        expect(onTerminal(command, 80, env as Record<string, string>).join('\n')).not.toContain(
          ESCAPE,
        );
      }
    },
  );

  test('progress is rewritten in place, and on a dumb terminal written on', () => {
    // More than one transaction, so that there is something to rewrite.
    const demo = 'generate-personas --no-db -m sim-gpt4o --max-personas 400 --max-workers 2';
    expect(onTerminal(demo, 80, {}).join('\n')).toContain(`\r${ESCAPE}[K`);
    const dumb = onTerminal(demo, 80, { TERM: 'dumb' }).join('\n');
    expect(dumb).not.toContain(ESCAPE);
    expect(dumb).toMatch(/^400\/400/m);
  });
});
