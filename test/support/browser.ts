/**
 * The browser of this machine, driven as a reader uses it. Tests that need one are skipped where
 * there is none; this says what is missing.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const PLACES = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Null where there is no Chromium and no Chrome. */
export const CHROMIUM: string | null =
  [
    ...(process.env.PATH ?? '')
      .split(path.delimiter)
      .flatMap((folder) => NAMES.map((name) => path.join(folder, name))),
    ...PLACES,
  ].find((file) => existsSync(file)) ?? null;

if (CHROMIUM === null)
  console.warn(
    'Tests of pages in a browser are skipped: install Chromium or Chrome so that it is on the path, for example with "apt-get install chromium".',
  );

export function openBrowser(): Promise<Browser> {
  // As root, which continuous integration often is, there is no sandbox to be had.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM!, args });
}
