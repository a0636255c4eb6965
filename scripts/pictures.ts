/**
 * Makes the pictures of the README from a real run of the demo: what the terminal shows, the report,
 * and the local page. Needs `script` of util-linux for a terminal, and a Chromium or Chrome. `npm run
 * docs:pictures`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../test/support/browser.ts';
import { drawScreen, linesOnScreen } from './pictures/screen.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURES = path.join(ROOT, 'docs', 'pictures');
const PROGRAM = path.join(ROOT, 'bin', 'personas.js');
const COLUMNS = 112;
const WIDTH = 1240;

/** Of the report, what one picture has room for. */
const EXCERPT = `<style>
.table:not(#table-4), #tables > p, main > section:not(#findings):not(#tables) { display: none }
.title, main > section { padding-top: 1.6rem }
</style>`;

const folder = mkdtempSync(path.join(tmpdir(), 'personas-pictures-'));
try {
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(path.join(PICTURES, 'terminal.svg'), pictureOfTerminal());
  await using browser = await openBrowser();
  await takeReport(browser, path.join(PICTURES, 'report.png'));
  await takeView(browser, path.join(PICTURES, 'view.png'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** `npm start` is this command; npm's own lines about itself are left out. */
function pictureOfTerminal(): string {
  const program = `"${process.execPath}" "${PROGRAM}" demo`;
  const { stdout, status } = run('script', [
    '--quiet',
    '--return',
    '--command',
    `stty cols ${COLUMNS} rows 60; ${program}`,
    '/dev/null',
  ]);
  if (status !== 0) throw new Error(`The demo ended with ${status}:\n${stdout}`);
  // Where it was run is nobody's business.
  const written = stdout.replaceAll(folder, '~/study').trimEnd();
  return drawScreen(
    linesOnScreen(`\u001b[2m$\u001b[22m npm start\n${written}`, COLUMNS),
    COLUMNS,
    'A terminal after npm start',
  );
}

async function takeReport(browser: Browser, file: string): Promise<void> {
  const excerpt = path.join(folder, 'excerpt.html');
  const report = readFileSync(path.join(folder, 'results', 'demo', 'report.html'), 'utf8');
  writeFileSync(excerpt, report.replace('</head>', `${EXCERPT}</head>`));
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 1500 } });
  await page.goto(pathToFileURL(excerpt).href);
  await page.screenshot({ path: file });
}

/** The list of administrations, of which the address that the command prints is the way in. */
async function takeView(browser: Browser, file: string): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'view', '--schema', 'demo'], { cwd: folder });
  try {
    const address = await new Promise<string>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        const [found] = /http:\S+/.exec(text.toString()) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 620 } });
    await page.goto(address);
    await page.goto(new URL('/administrations', address).href);
    await page.screenshot({ path: file });
  } finally {
    child.kill('SIGINT');
  }
}

function run(command: string, args: readonly string[]) {
  const { stdout, status, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { stdout, status, error: error as NodeJS.ErrnoException | undefined };
}
