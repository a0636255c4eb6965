/**
 * README, CONTRIBUTING and docs: their commands run, their options and links exist. What a page can
 * ask of these tests: test/support/documents/script.ts.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type Mention, type Page, readPage } from '../support/documents/markdown.ts';
import { carryOut, isShell, orderOf, runs } from '../support/documents/script.ts';
import { commandsOf } from '../support/documents/shell.ts';
import { faultOf } from '../support/documents/usage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const files = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true }).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md') && existsSync(path.join(ROOT, name)))
  .sort();
const pages = new Map(
  files.map((file) => [file, readPage(readFileSync(path.join(ROOT, file), 'utf8'))]),
);

/** Paths of the repository as text mentions them: `src/index.ts`. */
const PATH_IN_TEXT = /^(?:src|data|docs|test|scripts|bench|bin|examples)(?:\/[\w.-]+)+\/?$/;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator[Symbol.asyncDispose]());

describe.each([...pages])('%s', (file, page) => {
  test('links lead somewhere', () => {
    expect(page.links.flatMap((link) => brokenLink(file, link))).toEqual([]);
  });

  test('commands and options exist', () => {
    const faults = page.blocks
      .filter(isShell)
      .flatMap((block) => commandsOf(block.text).flatMap((words) => faultAt(block.line, words)));
    for (const { text, line } of page.spans) {
      if (/^(npx |npm )?\w/.test(text) && !text.includes('\n'))
        faults.push(...faultAt(line, text.split(/\s+/)));
    }
    expect(faults).toEqual([]);
  });

  test('remarks before blocks are understood', () => {
    const unknown = page.blocks.filter(
      (block) => block.remark !== null && Object.keys(orderOf(block)).length === 0,
    );
    expect(unknown.map(({ line, remark }) => `line ${line}: ${remark}`)).toEqual([]);
  });

  test('its commands run, and the paths it names are there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'personas-document-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    if (page.blocks.some(runs)) {
      const failure = await carryOut(page, { folder, simulator, postgres: inject('postgres') });
      if (failure !== null) expect.fail(`${file}: ${failure}`);
    }
    const places = [ROOT, path.dirname(path.join(ROOT, file)), path.join(folder, 'work')];
    const missing = page.spans.filter(
      ({ text }) =>
        PATH_IN_TEXT.test(text) && !places.some((place) => existsSync(path.join(place, text))),
    );
    expect(missing.map(({ text, line }) => `line ${line}: ${text}`)).toEqual([]);
  }, 600_000);
});

function faultAt(line: number, words: readonly string[]): string[] {
  const fault = faultOf(words);
  return fault === null ? [] : [`line ${line}: ${words.join(' ')}: ${fault}`];
}

function brokenLink(file: string, { text, line }: Mention): string[] {
  if (/^(?:https?|mailto):/.test(text)) return [];
  const [target, anchor] = text.split('#') as [string, string?];
  const full =
    target === ''
      ? path.join(ROOT, file)
      : path.resolve(ROOT, path.dirname(file), decodeURIComponent(target));
  if (!existsSync(full)) return [`line ${line}: ${text} does not exist`];
  if (anchor === undefined || statSync(full).isDirectory()) return [];
  return anchorsIn(full).has(anchor)
    ? []
    : [`line ${line}: ${text}: the page is there, the heading is not`];
}

function anchorsIn(full: string): ReadonlySet<string> {
  const page: Page | undefined = pages.get(path.relative(ROOT, full).replaceAll(path.sep, '/'));
  return (page ?? readPage(readFileSync(full, 'utf8'))).anchors;
}
