/** How the viewer's pages fit a screen, a phone and paper, in a browser. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { fileOf } from '../../src/view/file.ts';
import { readSelection } from '../../src/view/filter.ts';
import { startViewServer, type ViewServer } from '../../src/view/server.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { configFor, temporaryFolder } from '../support/study.ts';
import { makeViewedStudy, PERSONS } from '../support/viewed-study.ts';

/** Nobody is asked anything. */
const NOWHERE = configFor('http://127.0.0.1:9');
/** Pixels of A4 between the margins that the style leaves. */
const PAPER = { width: 688, height: 1017 };
const ADDRESSES = [
  '/',
  '/administrations?show=persona&show=model&show=condition&show=questionnaire&show=outcome&show=scales&show=words&show=tokens&show=ms&show=date',
  '/administrations/3',
  `/administrations/${PERSONS + 5}`,
  '/personas',
  '/personas/3',
  '/outcomes',
  '/compare',
  '/compare?of-scale=N',
  '/compare/1/26',
];

describe.skipIf(CHROMIUM === null)('the layout of the viewer', () => {
  let database: Database;
  let server: ViewServer;
  let browser: Browser;
  let page: Page;
  const folder = temporaryFolder();
  const at = (address: string) => new URL(address, server.url).href;
  /** Names of the tables that hide columns, and of the page where it is wider than its window. */
  const hidden = () =>
    page.evaluate<string[]>(`[
      ...[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth)
        .map((one) => one.querySelector('caption').textContent),
      ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
    ]`);

  beforeAll(async () => {
    database = await testDatabase('embedded');
    await makeViewedStudy(database);
    const { db, t } = database;
    const long = 'borderline_maxN_a-model-with-a-long-name_a-reference-population, '.repeat(3);
    await sql`update ${t.experiments_groups} set description = ${long}`.execute(db);
    server = await startViewServer(database, NOWHERE);
    browser = await openBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(server.url);
    await page.waitForURL((url) => !url.searchParams.has('token'));
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('hides no column of a list, an overview or an administration at 1280 pixels', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    for (const address of ADDRESSES) {
      await page.goto(at(address));
      expect(await hidden(), address).toEqual([]);
    }
  });

  test('prints every column of every table', async () => {
    await page.setViewportSize(PAPER);
    await page.emulateMedia({ media: 'print' });
    for (const address of ADDRESSES) {
      await page.goto(at(address));
      expect(await hidden(), address).toEqual([]);
    }
    await page.emulateMedia({ media: 'screen' });
  });

  test('gives long texts a column that can be read at 390 pixels, where the page stays as wide', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(at('/'));
    const row = await page.getByRole('table', { name: 'Groups' }).locator('tbody tr').boundingBox();
    expect(row!.height).toBeLessThan(120);
    for (const address of ADDRESSES) {
      await page.goto(at(address));
      expect(await hidden(), address).not.toContain('the page');
    }
  });

  test('shows the items of an administration beside the prompt, and says nothing of marks where there are none', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(at('/administrations/3'));
    const left = await page.getByRole('table', { name: /Items/ }).boundingBox();
    const right = await page.getByRole('region', { name: 'Message, user' }).boundingBox();
    expect(left!.x + left!.width).toBeLessThan(right!.x);
    expect(await page.getByText('Marked:').count()).toBe(1);
    await page.goto(at('/administrations?outcome=refused'));
    await page.locator('table.list tbody a').first().click();
    await page.getByRole('heading', { name: 'Reply' }).waitFor();
    expect(await page.getByText('Marked:').count()).toBe(0);
  });

  test('shows in its file every column, and at least 25 administrations at once', async () => {
    const { selection } = readSelection(new URLSearchParams());
    const made = await fileOf(database, selection, { withReplies: true, now: new Date(0) });
    const file = path.join(folder.path, 'study.html');
    writeFileSync(file, made.page);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(pathToFileURL(file).href);
    const line = await page.locator('table.list tbody tr').nth(24).boundingBox();
    expect(line!.y + line!.height).toBeLessThanOrEqual(900);
    expect(await hidden()).toEqual([]);
    await page.setViewportSize(PAPER);
    await page.emulateMedia({ media: 'print' });
    expect(await hidden()).toEqual([]);
    await page.emulateMedia({ media: 'screen' });
  });
});
