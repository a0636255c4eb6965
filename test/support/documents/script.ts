/**
 * A page as a script. What its code blocks mean:
 * - ```sh runs, in the order of the page, in one shell that began in an empty folder. A command
 *   that fails ends the page's test.
 * - `<!-- not run: REASON -->` directly before such a block: only its commands and options are
 *   checked.
 * - `<!-- exits with N -->` directly before such a block: it must end with that exit code.
 * - `<!-- file: NAME -->` directly before a block of any language: the block is written to NAME.
 * - All others are there to be looked at; outputs are ```text.
 *
 * `npx personas` is the built program, which runs in a process that outlives the command (in a block
 * that leaves commands running, in one of its own), `npm start` its demo, and models of OpenAI and
 * Bedrock are answered by the simulated one. The package is installed in the folder. A page whose
 * ```sh blocks mention DATABASE_URL finds an empty database there. An `export` whose value holds …
 * is what the reader fills in, and is left out. `Rscript`, and `python3` for pandas, run where they
 * can, and are passed over elsewhere.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type CommandMessage, runCommand } from '../command-client.ts';
import type { Block, Page } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MOST_OUTPUT = 4000;

export const isShell = (block: Block): boolean =>
  ['sh', 'bash', 'shell', 'console'].includes(block.language);

/** What the remark before a block asks for. */
export function orderOf({ remark }: Block): {
  readonly file?: string;
  readonly notRun?: string;
  readonly exitCode?: number;
} {
  const [, file] = /^file:\s*(\S+)$/.exec(remark ?? '') ?? [];
  const [, notRun] = /^not run:\s*(.+)$/.exec(remark ?? '') ?? [];
  const [, code] = /^exits with (\d+)$/.exec(remark ?? '') ?? [];
  return {
    ...(file === undefined ? {} : { file }),
    ...(notRun === undefined ? {} : { notRun }),
    ...(code === undefined ? {} : { exitCode: Number(code) }),
  };
}

export const runs = (block: Block): boolean => {
  const { file, notRun } = orderOf(block);
  return isShell(block) && file === undefined && notRun === undefined;
};

export interface Surroundings {
  /** Empty folder of the test's own; the page's working folder is `work` in it. */
  readonly folder: string;
  /** The simulated model as a server, which stands for every other. */
  readonly simulator: { readonly url: string; readonly openaiBaseUrl: string };
  /** A server on which databases can be made. */
  readonly postgres: string;
}

/**
 * Carries out a page.
 * @returns what went wrong and where, or null
 */
export async function carryOut(
  page: Page,
  { folder, simulator, postgres }: Surroundings,
): Promise<string | null> {
  const work = path.join(folder, 'work');
  mkdirSync(path.join(work, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, path.join(work, 'node_modules', 'personality-trap'));
  const script = scriptOf(page, folder);
  await using server = await serveCommands(folder);
  const commands = commandsIn(folder, server.program);
  await using database = page.blocks.some(
    (block) => isShell(block) && block.text.includes('DATABASE_URL'),
  )
    ? await freshDatabase(postgres)
    : null;

  const output = path.join(folder, 'output');
  const descriptor = openSync(output, 'w');
  const child = spawn('bash', [script], {
    cwd: work,
    env: {
      PATH: [commands, path.dirname(process.execPath), process.env.PATH ?? ''].join(path.delimiter),
      HOME: folder,
      LANG: 'C.UTF-8',
      OPENAI_API_KEY: 'a-key',
      OPENAI_BASE_URL: simulator.openaiBaseUrl,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'an-id',
      AWS_SECRET_ACCESS_KEY: 'a-secret',
      ...(database === null ? {} : { DATABASE_URL: database.url }),
    },
    stdio: ['ignore', descriptor, descriptor],
    detached: true,
  });
  closeSync(descriptor);
  const [code] = (await once(child, 'exit')) as [number | null];
  // What the page has left running in the background.
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  if (code === 0) return null;
  const at = readFileSync(path.join(folder, 'at'), 'utf8');
  return `The block of line ${at.trim()} ended with ${code}. It said:\n${readFileSync(output, 'utf8').slice(-MOST_OUTPUT)}`;
}

function scriptOf(page: Page, folder: string): string {
  const parts = path.join(folder, 'parts');
  mkdirSync(parts);
  const lines = ['set -e'];
  for (const [index, block] of page.blocks.entries()) {
    const { file, exitCode } = orderOf(block);
    const part = path.join(parts, String(index));
    if (file !== undefined) {
      writeFileSync(part, block.text);
      lines.push(`mkdir -p ${quoted(path.dirname(file))}; cp ${quoted(part)} ${quoted(file)}`);
    } else if (runs(block)) {
      writeFileSync(part, block.text.replaceAll(/^\s*export \w+=.*….*$/gm, ''));
      // So that the output says which command of the block failed.
      lines.push(
        `echo ${block.line} > ${quoted(path.join(folder, 'at'))}; echo '--- line ${block.line}'`,
        staysInBackground(block) ? 'export OWN_PROCESS=1' : 'unset OWN_PROCESS',
      );
      if (exitCode === undefined) lines.push(`. ${quoted(part)}`);
      else
        lines.push(
          'set +e',
          `( set -e; . ${quoted(part)} )`,
          `[ $? = ${exitCode} ] || exit 99`,
          'set -e',
        );
    }
  }
  const script = path.join(folder, 'page.sh');
  writeFileSync(script, lines.map((line) => `${line}\n`).join(''));
  return script;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const OWN_PROCESS = [process.execPath, path.join(ROOT, 'bin', 'personas.js')].map(quoted).join(' ');

/** Whether a block leaves commands running, which must have processes of their own. */
const staysInBackground = ({ text: script }: Block): boolean => /&\s*$/m.test(script);

/**
 * The built program, run in a process that outlives the command; `program` is what a shell calls.
 */
async function serveCommands(
  folder: string,
): Promise<AsyncDisposable & { readonly program: string }> {
  const main = path.join(ROOT, 'dist', 'cli', 'main.js');
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    // A client that was killed has gone without its result.
    connection.on('error', () => {});
    void text(connection)
      .then((command) =>
        runCommand({ main, ...(JSON.parse(command) as Omit<CommandMessage, 'main'>) }),
      )
      .catch((error: unknown) => ({ code: 70, stdout: '', stderr: String(error) }))
      .then((result) => connection.end(JSON.stringify(result)));
  });
  const socket = path.join(folder, 'commands.sock');
  server.listen(socket);
  await once(server, 'listening');
  const client = fileURLToPath(new URL('./command.ts', import.meta.url));
  return {
    program: [process.execPath, client, socket].map(quoted).join(' '),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/**
 * Stand-ins for what a reader has installed.
 * @param shared what runs `personas`, unless the variable OWN_PROCESS is set
 */
function commandsIn(folder: string, shared: string): string {
  const commands = path.join(folder, 'bin');
  mkdirSync(commands);
  const put = (name: string, text: string) => {
    const file = path.join(commands, name);
    writeFileSync(file, `#!/bin/bash\n${text}\n`);
    chmodSync(file, 0o755);
  };
  put('personas', `[ -z "$OWN_PROCESS" ] || exec ${OWN_PROCESS} "$@"\nexec ${shared} "$@"`);
  put(
    'npx',
    `[ "$1" = personas ] || { echo "The tests of documents run npx for personas only; mark the block as not run." >&2; exit 98; }; shift; exec personas "$@"`,
  );
  put(
    'npm',
    `case "$1" in
  start) shift; [ "$1" = -- ] && shift; exec personas demo "$@" ;;
  install|ci|i) exit 0 ;;
  *) echo "The tests of documents do not run npm $1; mark the block as not run." >&2; exit 98 ;;
esac`,
  );
  const elsewhere = (name: string, ready: string) =>
    put(
      name,
      `PATH="\${PATH#*:}"
if ${ready} > /dev/null 2>&1; then exec ${name} "$@"; fi
echo "${name} is passed over: it is not here."`,
    );
  elsewhere('Rscript', 'command -v Rscript');
  elsewhere('python3', "python3 -c 'import pandas'");
  for (const name of ['open', 'xdg-open']) put(name, 'exit 0');
  return commands;
}

async function freshDatabase(server: string): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `documents_${randomBytes(6).toString('hex')}`;
  const execute = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await execute(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => execute(`drop database ${name} with (force)`),
  };
}
