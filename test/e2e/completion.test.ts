import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  PROGRAM_IN_SHELL,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { startHolder } from '../support/holder.ts';
import { importLines, people, register, temporaryFolder } from '../support/study.ts';

async function prepare(
  place: Pick<Place, 'database' | 'schema'>,
  more: readonly string[] = [],
): Promise<void> {
  await using database = await openMigrated(place);
  await importLines(database, [
    ...people('first wave', 1),
    ...people('second', 1),
    ...more.flatMap((_, index) => people(`more${index}`, 1)),
  ]);
  for (const [index, name] of more.entries()) {
    await sql`update ${database.t.personas} set population = ${name} where population = ${`more${index}`}`.execute(
      database.db,
    );
  }
  await register(database, ['second'], { description: 'what it is for' });
}

/** The lines of the answer without its first, which says that they are words. */
async function complete(place: Pick<Place, 'folder'>, ...words: string[]): Promise<string[]> {
  // The command ends its process as soon as it has answered.
  const result = await startPersonas(['complete', '--', ...words], { cwd: place.folder }).ended;
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const [kind, ...lines] = result.stdout.replace(/\n$/, '').split('\n');
  expect(kind).toBe('words');
  return lines;
}

describe.each(DATABASES)('completion (%s)', (kind) => {
  test('offers populations, groups and schemas', async () => {
    await using place = freshPlace(kind);
    await prepare(place);
    await using _holder = await openMigrated(place);
    const where = optionsFor(place);
    expect(await complete(place, 'register-experiments', ...where, '-p', '')).toEqual([
      'first wave\t',
      'second\t',
    ]);
    expect(
      await complete(place, 'register-experiments', ...where, '-p', 'second', '--population='),
    ).toEqual(['--population=first wave\t']);
    expect(await complete(place, 'run-experiments', ...where, '--group-id', '')).toEqual([
      '1\twhat it is for',
    ]);
    expect(
      await complete(place, 'status', ...where.slice(0, 2), '--schema', place.schema.slice(0, 4)),
    ).toContain(`${place.schema}\t`);
  });
});

describe('completion offers, makes and says nothing', () => {
  test('where there is no database', async () => {
    using folder = temporaryFolder();
    expect(await complete({ folder: folder.path }, 'run-experiments', '--group-id', '')).toEqual(
      [],
    );
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('where the configuration is wrong, except the models of the program', async () => {
    using folder = temporaryFolder();
    writeFileSync(path.join(folder.path, '.yaml'), 'opneai: 3\n');
    expect(await complete({ folder: folder.path }, 'status', '--group-id', '')).toEqual([]);
    expect(
      await complete({ folder: folder.path }, 'register-experiments', '-m', 'gpt4o'),
    ).toContain('gpt4o\tGPT-4o');
  });

  test('where the server does not answer, or the user may not', async () => {
    using folder = temporaryFolder();
    // Takes connections and says nothing, like a server beyond its means.
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    try {
      for (const url of [
        `postgres://u@127.0.0.1:${port}/x`,
        'postgres://u@127.0.0.1:1/x',
        inject('postgres').replace(/\/[^/]*$/, '/nowhere'),
      ]) {
        expect(
          await complete({ folder: folder.path }, 'status', '--database', url, '--group-id', ''),
        ).toEqual([]);
      }
    } finally {
      server.close();
    }
  });
});

test('completion offers the models of the configuration with the others', async () => {
  using folder = temporaryFolder();
  writeFileSync(
    path.join(folder.path, '.yaml'),
    'models:\n  zz-mine: { provider: ollama, model_id: mine, label: Mine }\nproviders:\n  ollama: { base_url: "http://localhost:1/v1" }\n',
  );
  expect(await complete({ folder: folder.path }, 'register-experiments', '--model', 'zz')).toEqual([
    'zz-mine\tMine',
  ]);
});

test('an embedded database that no process has open offers no names, and stays closed and unchanged', async () => {
  await using place = freshPlace('embedded');
  await prepare(place);
  const { folder } = place.database as { folder: string };
  const before = stateOf(folder);
  for (const option of ['-g', '-p', '--schema']) {
    expect(await complete(place, 'register-experiments', ...optionsFor(place), option, '')).toEqual(
      [],
    );
  }
  expect(stateOf(folder)).toEqual(before);
});

function stateOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${file} ${readFileSync(file).toString('base64')}`)
    .sort();
}

/** A folder with `personas` in it, as a shell finds it on its path, and beside it a study. */
async function workplace(
  more: readonly string[] = [],
): Promise<Disposable & { readonly bin: string; readonly study: string }> {
  const folder = temporaryFolder();
  const bin = path.join(folder.path, 'bin');
  const study = path.join(folder.path, 'study');
  mkdirSync(bin);
  mkdirSync(path.join(study, 'a folder'), { recursive: true });
  writeFileSync(path.join(study, 'a study.yaml'), '');
  writeFileSync(path.join(bin, 'personas'), `#!/bin/sh\nexec ${PROGRAM_IN_SHELL} "$@"\n`);
  chmodSync(path.join(bin, 'personas'), 0o755);
  const database = path.join(study, '.personas');
  await prepare(
    { database: { kind: 'embedded', folder: database }, schema: 'personality_trap' },
    more,
  );
  // It answers for the database while a shell, for which this process waits, asks.
  await startHolder(database);
  return { bin, study, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

function has(shell: string): boolean {
  return spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;
}

function runShell(
  shell: string,
  args: readonly string[],
  { bin, study }: { readonly bin: string; readonly study: string },
): string {
  return execFileSync(shell, args, {
    cwd: study,
    encoding: 'utf8',
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: study,
      LC_ALL: 'C.UTF-8',
      NODE_COMPILE_CACHE: inject('compileCache'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** What is pressed Tab after, and what each shell makes of it. */
const LINES: readonly { line: string; words: readonly string[] }[] = [
  { line: 'personas sta', words: ['status'] },
  { line: 'personas analyze --mode=p', words: ['published'] },
  { line: 'personas analyze --mode ', words: ['published', 'corrected'] },
  { line: 'personas run-experiments -g ', words: ['1'] },
  { line: 'personas register-experiments --population=f', words: ['first\\ wave'] },
  { line: 'personas register-experiments -p "fi', words: ['first wave'] },
  { line: 'personas register-experiments -p sec', words: ['second'] },
  { line: 'personas pipeline a', words: ['a study.yaml', 'a folder'] },
  { line: 'personas export a', words: ['a folder'] },
  { line: 'personas analyze --out=a', words: ['a folder'] },
];

/** Names that a shell would take for more than names. */
const NASTY = [
  "qa it's",
  'qb "quoted"',
  'qc $(touch here)',
  'qd `touch here`',
  'qe back\\slash',
  'qf "; touch here; "',
  "qg '; touch here; '",
  'qh bang!bang',
  'qi $HOME',
  'qj a&b|c<d>e',
  'qk [*]?{a,b}~#',
  'ql a:b=c',
] as const;

/**
 * The words of a line as bash's readline hands them to a function: = and : are words of their own.
 */
function pieces(line: string): string[] {
  const found = line.match(/"[^"]*"?|[=:]|[^\s=:"]+/g) ?? [];
  return line.endsWith(' ') ? [...found, ''] : [...found];
}

// A shell that is not on this machine is skipped, and named as skipped by the runner.
describe('completion in the shell', () => {
  test.skipIf(!has('bash'))('works in bash', async () => {
    using place = await workplace();
    const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    for (const { line, words } of LINES) {
      const all = pieces(line);
      const script = [
        'source <(personas completion bash)',
        `COMP_WORDS=(${all.map(quoted).join(' ')}) COMP_CWORD=${all.length - 1} COMP_LINE=${quoted(line)} COMP_POINT=${line.length}`,
        // It is told by its registration, as readline would.
        '$(complete -p personas | sed -E "s/.*-F ([^ ]+).*/\\1/")',
        `printf "%s\\n" "\${COMPREPLY[@]}"`,
      ].join('\n');
      const offered = runShell('bash', ['--noprofile', '--norc', '-c', script], place)
        .trimEnd()
        .split('\n');
      expect({ line, offered: offered.sort() }).toEqual({ line, offered: [...words].sort() });
    }
  });

  test.skipIf(!has('bash'))(
    'bash inserts what means the name and nothing else, whatever quotes were begun',
    async () => {
      using place = await workplace(NASTY);
      const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
      const script = ['source <(personas completion bash)'];
      for (const quote of ['', '"', "'"]) {
        const line = `personas register-experiments -p ${quote}q`;
        script.push(
          `COMP_WORDS=(personas register-experiments -p ${quoted(`${quote}q`)}) COMP_CWORD=3 COMP_LINE=${quoted(line)} COMP_POINT=${line.length}`,
          '_personas',
          `for word in "\${COMPREPLY[@]}"; do eval "set -- "${quoted(quote)}"$word"${quoted(quote)}; printf '%s %s\\n' $# "$1"; done`,
        );
      }
      const wanted = ['', '"', "'"].flatMap(() => NASTY.map((name) => `1 ${name}`));
      const said = runShell('bash', ['--noprofile', '--norc', '-c', script.join('\n')], place);
      expect(said.trimEnd().split('\n')).toEqual(wanted);
      expect(readdirSync(place.study)).not.toContain('here');
    },
  );

  test.skipIf(!has('fish'))('works in fish', async () => {
    using place = await workplace();
    for (const { line, words } of LINES) {
      const script = `source (personas completion fish | psub); complete --do-complete '${line}'`;
      const offered = runShell('fish', ['--no-config', '-c', script], place)
        .trimEnd()
        .split('\n')
        .map((one) =>
          one
            .replace(/\t.*/, '')
            .replace(/^--[a-z]+=/, '')
            .replace(/\/$/, ''),
        );
      expect({ line, offered: offered.sort() }).toEqual({
        line,
        offered: words.map((word) => word.replace('\\ ', ' ')).sort(),
      });
    }
  });

  test.skipIf(!has('zsh'))('works in zsh', async () => {
    using place = await workplace();
    for (const { line, words } of LINES) {
      const said = runShell('zsh', ['-f', '-c', ZSH, 'zsh', line], place).replaceAll('\\', '');
      for (const word of words)
        expect({ line, said }).toEqual({
          line,
          said: expect.stringContaining(word.replaceAll('\\', '')),
        });
    }
  });
});

/**
 * Types a line and Tab into a shell on a terminal of its own, and prints all that it shows until
 * the line is reported.
 */
const ZSH = `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'PS1= RPS1= LISTMAX=0; unsetopt list_ambiguous; autoload -Uz compinit && compinit -u -D; source <(personas completion zsh)'
zpty -w inner 'report() { print -r -- "[[$BUFFER]]"; exit }; zle -N report; bindkey "^X" report; print rea""dy'
zpty -r inner said '*ready*'
zpty -w -n inner "$1"$'\\t\\x18'
zpty -r inner said '*\\[\\[*\\]\\]*'
print -r -- "$said"`;
