/**
 * Makes the pictures of the README from a real run of the demo: what the terminal shows, and the
 * report. Needs `script` of util-linux for a terminal, and a Chromium or Chrome. `npm run
 * docs:pictures`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { drawScreen, linesOnScreen } from './pictures/screen.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURES = path.join(ROOT, 'docs', 'pictures');
const COLUMNS = 112;
const WINDOW = { width: 1240, height: 1500 } as const;
const BROWSERS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Of the report, what one picture has room for. */
const EXCERPT = `<style>
.table:not(#table-4), #tables > p, main > section:not(#glance):not(#tables) { display: none }
.title, main > section { padding-top: 1.6rem }
</style>`;

const folder = mkdtempSync(path.join(tmpdir(), 'personas-pictures-'));
try {
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(path.join(PICTURES, 'terminal.svg'), pictureOfTerminal());
  takeReport(path.join(PICTURES, 'report.png'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** `npm start` is this command; npm's own lines about itself are left out. */
function pictureOfTerminal(): string {
  const program = `"${process.execPath}" "${path.join(ROOT, 'bin', 'personas.js')}" demo`;
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

function takeReport(file: string): void {
  const page = path.join(folder, 'excerpt.html');
  const report = readFileSync(path.join(folder, 'results', 'demo', 'report.html'), 'utf8');
  writeFileSync(page, report.replace('</head>', `${EXCERPT}</head>`));
  const flags = [
    '--headless',
    '--disable-gpu',
    '--hide-scrollbars',
    '--force-device-scale-factor=1',
    // The report follows the reader's setting.
    '--blink-settings=preferredColorScheme=1',
    `--window-size=${WINDOW.width},${WINDOW.height}`,
    '--virtual-time-budget=3000',
    `--user-data-dir=${path.join(folder, 'browser')}`,
    `--screenshot=${file}`,
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    pathToFileURL(page).href,
  ];
  for (const browser of BROWSERS) {
    const { status, error } = run(browser, flags);
    if (error?.code === 'ENOENT') continue;
    if (status !== 0) throw new Error(`${browser} ended with ${status}`);
    return;
  }
  throw new Error(`None of these is here: ${BROWSERS.join(', ')}`);
}

function run(command: string, args: readonly string[]) {
  const { stdout, status, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { stdout, status, error: error as NodeJS.ErrnoException | undefined };
}
