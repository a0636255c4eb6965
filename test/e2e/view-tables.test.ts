/** From a cell, a point or a count to the administrations behind it, in a browser. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { analyzeStudy, writeAnalysis } from '../../src/studies/analyze.ts';
import { fileOf } from '../../src/view/file.ts';
import { readSelection } from '../../src/view/filter.ts';
import { startViewServer, type ViewServer } from '../../src/view/server.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { configFor, temporaryFolder } from '../support/study.ts';
import { makeViewedStudy, PERSONS } from '../support/viewed-study.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Nobody is asked anything. */
const NOWHERE = configFor('http://127.0.0.1:9');
const REFUSED = Math.floor((PERSONS - 1) / 5);

describe.skipIf(CHROMIUM === null)('tables, figures and counts of the viewer', () => {
  let database: Database;
  let server: ViewServer;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const at = (address: string) => new URL(address, server.url).href;
  const lines = () => page.locator('table.list tbody tr');
  const faultsOfPage = () =>
    page.evaluate<string[]>(`(async () => {
      ${AXE}
      const { violations } = await axe.run();
      return [
        ...violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map((node) => node.html).join(' ')),
        ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the page'] : []),
      ];
    })()`);

  beforeAll(async () => {
    database = await testDatabase('embedded');
    await makeViewedStudy(database);
    server = await startViewServer(database, NOWHERE);
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.exposeFunction('hostile', () => problems.push('a hostile text was run'));
    await page.goto(server.url);
    await page.waitForURL((url) => !url.searchParams.has('token'));
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    expect(problems).toEqual([]);
  });

  test('tables are computed while the page tells how far they are, and a cell leads to its list', async () => {
    await page.goto(at('/tables'));
    await page.getByText('Computed at').waitFor();
    await page.locator('header .banner', { hasText: 'SIMULATED' }).waitFor();
    const cell = page.locator('#table-4 .corrected a.sql[href^="/administrations"]').first();
    const address = (await cell.getAttribute('href'))!;
    await cell.click();
    await page.waitForURL(/administrations\?/);
    const { selection } = readSelection(new URL(address, server.url).searchParams);
    expect(selection.filter.choices.outcome).toEqual(['answered']);
    expect(await lines().count()).toBe(PERSONS);
    const scores = await page
      .locator('table.list .scores')
      .evaluateAll((drawings) =>
        drawings.map((one) => Number(/E (\d+)/.exec(one.getAttribute('aria-label') ?? '')?.[1])),
      );
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  });

  test('what no list says leads to its SQL, with the reason', async () => {
    await page.goto(at('/tables'));
    await page.locator('#table-4 .corrected a.sql[href^="#"]').first().click();
    const entry = page.locator('.queries li:target');
    await entry.waitFor();
    expect(await entry.textContent()).toContain('answer sheets, which no model answered');
    expect(await entry.locator('pre').textContent()).toMatch(/^select/);
  });

  test('a point of a figure leads in two clicks to the reply behind it', async () => {
    await page.goto(at('/figures'));
    await page.getByText('Computed at').waitFor();
    const point = page.locator('figure[id^=figure-distributions] .wide a').first();
    const words = await point.locator('title').textContent();
    const [, scale, score] = / ([A-Z]) (\d+): [\d.]+ %$/.exec(words!)!;
    await point.click();
    await page.waitForURL(/score-from=/);
    const shown = await page.locator('table.list .scores').first().getAttribute('aria-label');
    expect(shown).toContain(`${scale} ${score} of`);
    await lines().first().getByRole('link').click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.locator('mark').count()).toBe(24);
  });

  test('a count of refusals by condition leads to them', async () => {
    await page.goto(at('/outcomes'));
    const row = page.getByRole('row').filter({ hasText: 'restless' });
    await row.getByRole('link', { name: String(REFUSED), exact: true }).click();
    await page.waitForURL(/outcome=refused/);
    expect(await lines().count()).toBe(REFUSED);
    const all = page.getByRole('row').filter({ hasText: 'calm' });
    await page.goto(at('/outcomes'));
    expect(await all.getByRole('cell').allTextContents()).toEqual(
      expect.arrayContaining([`${PERSONS} 100 %`, String(PERSONS)]),
    );
  });

  test('are computed again when that is asked for, and say when calls came since', async () => {
    const { db, t } = database;
    await page.goto(at('/tables'));
    expect(await page.getByText('Calls have been stored since').count()).toBe(0);
    await sql`insert into ${t.experiment_request_metadata} (experiment_id) values (1)`.execute(db);
    await page.reload();
    await page.getByText('Calls have been stored since').waitFor();
    await page.getByRole('link', { name: 'Compute again' }).click();
    await page.waitForURL(/\/tables$/);
    await page.getByText('Computed at').waitFor();
    expect(await page.getByText('Calls have been stored since').count()).toBe(0);
  });

  test('a cell of the report leads into the exported page beside it', async () => {
    using folder = temporaryFolder();
    writeAnalysis(folder.path, await analyzeStudy(database, NOWHERE), new Date(0));
    const { selection } = readSelection(new URLSearchParams());
    const file = await fileOf(database, selection, { withReplies: true, now: new Date(0) });
    writeFileSync(path.join(folder.path, 'study.html'), file.page);
    const report = pathToFileURL(path.join(folder.path, 'report.html')).href;
    await page.goto(report);
    const entry = page
      .locator('#queries li')
      .filter({ has: page.locator('a.list[href*="population=restless"][href*="scale=E"]') });
    const id = await entry.first().getAttribute('id');
    await page.locator(`.corrected a.sql[href="#${id}"]`).first().click();
    const panel = page.getByRole('dialog');
    expect(await panel.locator('pre').textContent()).toMatch(/^select/);
    await panel.getByRole('link', { name: 'Administrations' }).click();
    await page.waitForURL(/study\.html#\?/);
    const answered = await sql<{
      n: number;
    }>`select count(*)::int as n from ${database.t.experiments_list}
      where succeeded and population = 'restless'`.execute(database.db);
    expect(await page.getByRole('status').textContent()).toBe(
      `${answered.rows[0]!.n} administrations`,
    );
    expect(await faultsOfPage()).toEqual([]);
    await lines().first().getByRole('link').click();
    await page.getByRole('heading', { name: /^Administration \d+,/ }).waitFor();
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.getByText(`${2 * PERSONS} administrations`, { exact: true }).waitFor();
  });

  test('are as their report of accessibility wants them, light and dark, wide and narrow', async () => {
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      for (const address of ['/tables', '/figures', '/outcomes']) {
        await page.goto(at(address));
        expect(await faultsOfPage(), `${address} at ${width}`).toEqual([]);
      }
    }
  });
});
