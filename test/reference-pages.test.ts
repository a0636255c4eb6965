/**
 * The pages of docs that are made from the program are those of this program. `npm run docs` writes
 * them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { walkOfOneExperiment } from '../scripts/measure/walk.ts';
import { generatedFiles } from '../scripts/modules.ts';
import { readMeanings } from '../scripts/reference/meanings.ts';
import { renderPages } from '../scripts/reference/pages.ts';
import { codesInSource, troubleshootingPage } from '../scripts/reference/troubleshooting.ts';
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
    for (const content of pages.values())
      expect(content).not.toMatch(/\/(?:home|root|tmp|Users)\/|undefined|\[object/);
  });
});

describe('error codes', () => {
  test('are found wherever an error is made', () => {
    const source =
      "new UserError('x', { code: 'file-empty', hint: 'y' }); { code: failed ? 'disk-full' : 'id-taken' }; { code: 'custom' }";
    expect([...codesInSource(source)]).toEqual(['file-empty', 'disk-full', 'id-taken']);
  });

  test('have one entry each on the page', () => {
    expect(troubleshootingPage()).toMatch(/^### schema-missing$/m);
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
    "error: too many arguments for '…'. Expected … arguments but got …": 'budget a b',
    "error: option '…' cannot be used with option '…'": 'import a --append --replace',
  };

  test('are all told', () => {
    expect([...readMeanings('usage').entries()].map(([pattern]) => pattern)).toEqual(
      Object.keys(typed),
    );
  });

  test.each(Object.entries(typed))('%s', async (pattern, line) => {
    const program = await createProgram();
    let said = '';
    for (const command of [program, ...program.commands])
      command.configureOutput({ writeErr: (text) => (said += text) });
    await expect(program.parseAsync(line.split(' '), { from: 'user' })).rejects.toThrow(
      CommanderError,
    );
    const parts = pattern
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    expect(said).toMatch(new RegExp(parts.join('.+')));
  });
});

test('the life of one experiment in CONTRIBUTING takes at most 17 files, none over 400 lines', () => {
  const files = walkOfOneExperiment();
  expect(files.length).toBeGreaterThan(10);
  expect(files.length).toBeLessThanOrEqual(17);
  expect(files.filter(({ lines }) => lines > 400)).toEqual([]);
  expect(files.reduce((sum, { lines }) => sum + lines, 0)).toBeLessThanOrEqual(4000);
});
