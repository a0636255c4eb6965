/** The pages of docs that are made from the program are those of this program. `npm run docs` writes them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { walkOfOneExperiment } from '../scripts/measure/walk.ts';
import { generatedFiles } from '../scripts/modules.ts';
import { readMeanings } from '../scripts/reference/meanings.ts';
import { gatherMessages } from '../scripts/reference/messages.ts';
import { renderPages } from '../scripts/reference/pages.ts';
import { createProgram } from '../src/cli/program.ts';

describe('pages made from the program', () => {
  let pages: ReadonlyMap<string, string>;
  beforeAll(async () => {
    pages = new Map([...(await renderPages()), ...generatedFiles()]);
  });

  test('are those that the program makes now (npm run docs)', () => {
    const stale = [...pages].filter(([name, content]) => {
      const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
      return !existsSync(file) || readFileSync(file, 'utf8') !== content;
    });
    expect(stale.map(([name]) => name)).toEqual([]);
  });

  test('say nothing of this machine', () => {
    for (const content of pages.values()) expect(content).not.toMatch(/\/(?:home|root|tmp|Users)\/|undefined|\[object/);
  });
});

describe('messages in the source', () => {
  const messages = gatherMessages();
  const of = (pattern: string) => messages.find((one) => one.pattern === pattern);

  test('are found with their hints, exit codes and what helper functions are handed', () => {
    expect(of('There is no database in … yet')).toMatchObject({ kind: 'error', exitCode: 2, file: 'database/connect.ts' });
    expect(of('The disk of the database is full: …. Nothing was imported.')).toMatchObject({
      exitCode: 1,
      hints: ['Make room and import again.'],
    });
    expect(of('The schema name … …')?.details).toContain('is reserved by PostgreSQL');
    expect(of('the reply holds no JSON object with answers')).toMatchObject({ kind: 'reason' });
    expect(of('It must be a number above 0.')).toMatchObject({ kind: 'value' });
    expect(of('No reply from …: the connection failed (…)')).toMatchObject({ kind: 'call' });
  });
});

describe('messages about how a command was typed', () => {
  const typed: Readonly<Record<string, string>> = {
    "error: unknown command '…'": 'nope',
    "error: unknown option '…'": 'status --nope',
    "error: missing required argument '…'": 'show',
    "error: option '…' argument missing": 'status --schema',
    "error: option '…' argument '…' is invalid. …": 'run-experiments --max-workers 0',
    "error: command-argument value '…' is invalid for argument '…'. …": 'show x',
    "error: too many arguments for '…'. Expected … arguments but got …": 'status a b',
    "error: option '…' cannot be used with option '…'": 'import a --append --replace',
  };

  test('are all told', () => {
    expect([...readMeanings('usage').entries()].map(([pattern]) => pattern)).toEqual(Object.keys(typed));
  });

  test.each(Object.entries(typed))('%s', async (pattern, line) => {
    const program = createProgram();
    let said = '';
    for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: (text) => (said += text) });
    await expect(program.parseAsync(line.split(' '), { from: 'user' })).rejects.toThrow(CommanderError);
    const parts = pattern.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    expect(said).toMatch(new RegExp(parts.join('.+')));
  });
});

test('the life of one experiment in CONTRIBUTING takes at most 17 files, none over 400 lines', () => {
  const files = walkOfOneExperiment();
  expect(files.length).toBeGreaterThan(10);
  expect(files.length).toBeLessThanOrEqual(17);
  expect(files.filter(({ lines }) => lines > 400)).toEqual([]);
  expect(files.reduce((sum, { lines }) => sum + lines, 0)).toBeLessThanOrEqual(3600);
});
