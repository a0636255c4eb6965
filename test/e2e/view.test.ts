import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { readOnly } from '../../src/db/read-only.ts';
import { fileOf } from '../../src/view/file.ts';
import { readSelection } from '../../src/view/filter.ts';
import { startViewServer, type ViewServer } from '../../src/view/server.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { FEW_HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { configFor, temporaryFolder } from '../support/study.ts';
import { CONDITIONS, makeViewedStudy, PERSONS } from '../support/viewed-study.ts';

/** Nobody is asked anything. */
const NOWHERE = configFor('http://127.0.0.1:9');
const ALL = PERSONS * CONDITIONS.length;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request whose every header is the test's. */
function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe.each(DATABASES)('the viewer (%s)', (kind) => {
  let database: Database;
  let server: ViewServer;
  let cookie: string;
  let browser: Browser | null = null;
  const at = (address: string) => new URL(address, server.url).href;
  const get = (address: string) => ask(at(address), { cookie });

  beforeAll(async () => {
    database = await testDatabase(kind);
    await makeViewedStudy(database);
    server = await startViewServer(database, NOWHERE);
    cookie = String((await ask(server.url)).headers['set-cookie']).split(';')[0]!;
  });
  afterAll(async () => {
    await browser?.close();
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  describe('lets nobody in', () => {
    test('who does not have the token', async () => {
      const port = new URL(server.url).port;
      for (const headers of [
        {},
        { cookie: 'personas-view=x' },
        { cookie: `${cookie}x` },
        { cookie: `personas-view-${port}=` },
      ])
        for (const address of ['/', '/administrations', '/administrations/1', '/script.js'])
          expect((await ask(at(address), headers)).status, address).toBe(403);
      expect((await ask(at('/?token=wrong'))).status).toBe(403);
    });

    test('who calls it by another name, as a page elsewhere could', async () => {
      const answer = await ask(server.url, { host: 'elsewhere.example' });
      expect(answer.status).toBe(421);
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    test('whose page is another one', async () => {
      for (const headers of [
        { origin: 'http://elsewhere.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ])
        expect((await ask(at('/administrations'), { cookie, ...headers })).status).toBe(403);
    });

    test('who wants to do anything but read', async () => {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
        expect((await ask(at('/administrations'), { cookie }, method)).status).toBe(405);
    });
  });

  test('listens on this machine alone, and lets its pages load nothing from elsewhere', async () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    const { headers } = await get('/administrations');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|http/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });

  test('cannot write', async () => {
    const writing = readOnly(database, ({ db, t }) =>
      sql`update ${t.personas} set name = 'x'`.execute(db),
    );
    await expect(writing).rejects.toThrow(/read-only/);
  });

  test('says that there is no such page, administration or filter', async () => {
    expect((await get('/nowhere')).status).toBe(404);
    expect((await get('/administrations/999999')).status).toBe(404);
    expect((await get('/administrations?outcome=lost')).body).toContain('outcome=lost');
  });

  test('exports a selection as CSV, a line for each administration', async () => {
    const { headers, body } = await get('/administrations.csv?condition=calm&sort=score&scale=N');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const lines = body.trimEnd().split('\n');
    expect(lines).toHaveLength(PERSONS + 1);
    const [heading, ...rows] = lines.map((line) => line.trimEnd().split(','));
    const scores = rows.map((row) => Number(row[heading!.indexOf('score_N')]));
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  });

  describe.skipIf(CHROMIUM === null || kind === 'postgres')('in a browser', () => {
    let context: BrowserContext;
    let page: Page;
    let problems: string[];
    beforeEach(async () => {
      browser ??= await openBrowser();
      context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      context.setDefaultTimeout(110_000);
      page = await context.newPage();
      problems = [];
      await context.exposeFunction('hostile', () => problems.push('a hostile text was run'));
      page.on('dialog', (dialog) => {
        problems.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('pageerror', (error) => problems.push(`an error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('404'))
          problems.push(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        const { origin, protocol } = new URL(request.url());
        if (!['data:', 'file:'].includes(protocol) && origin !== new URL(server.url).origin)
          problems.push(`a request to ${request.url()}`);
      });
      await page.goto(server.url);
      await page.waitForURL((url) => !url.searchParams.has('token'));
    });
    afterEach(async () => {
      expect(problems).toEqual([]);
      await context.close();
    });

    const lines = () => page.locator('table.list tbody tr');
    /** What axe finds, and whether anything is wider than the page. */
    const faultsOfPage = () =>
      page.evaluate<string[]>(`(async () => {
        ${AXE}
        const { violations } = await axe.run();
        return [
          ...violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')),
          ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the page'] : []),
        ];
      })()`);
    const states = () => page.getByRole('status').textContent();

    test('shows at least 25 administrations at once, each by what differs', async () => {
      await page.goto(at('/administrations'));
      const line25 = await lines().nth(24).boundingBox();
      expect(line25!.y + line25!.height).toBeLessThanOrEqual(900);
      expect(await states()).toBe(`${ALL} administrations`);
      const first = await lines().first().textContent();
      expect(first).toContain('calm');
      expect(await page.getByRole('columnheader').allTextContents()).not.toContain('Model');
      const bars = page.getByRole('img').first();
      expect(await bars.getAttribute('aria-label')).toMatch(/^E \d of 0 to 6 \(sheet \d\), /);
    });

    test('finds all refusals of a condition, and shows what was said in each', async () => {
      await page.goto(at('/administrations'));
      await page.getByRole('combobox', { name: 'Condition' }).selectOption('restless');
      await page.waitForURL(/condition=restless/);
      await page.getByRole('combobox', { name: 'Outcome' }).selectOption('refused');
      await page.waitForURL(/outcome=refused/);
      const refused = Math.floor((PERSONS - 1) / 5);
      expect(await states()).toBe(`${refused} administrations`);
      expect(await lines().count()).toBe(refused);
      await lines().first().getByRole('link').click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.locator('pre').first().textContent()).toContain('I cannot do that');
      const first = new URL(page.url()).pathname;
      await page.keyboard.press('ArrowRight');
      await page.waitForURL(({ pathname }) => pathname !== first);
      expect(await page.locator('pre').first().textContent()).toContain('I cannot do that');
      await page.getByRole('link', { name: 'List' }).click();
      expect(await states()).toBe(`${refused} administrations`);
    });

    test('keeps every filter in the address and in the form', async () => {
      const query =
        'text=says&condition=calm&outcome=answered&scale=N&score-from=1&score-to=5&tokens-from=1&attempts-to=3&since=2020-01-01&sort=score&order=desc';
      await page.goto(at(`/administrations?${query}`));
      const before = await lines().count();
      expect(before).toBeGreaterThan(0);
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.waitForLoadState();
      const wanted = Object.fromEntries(new URLSearchParams(query));
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual(wanted);
      expect(await lines().count()).toBe(before);
    });

    test('leads by the keyboard alone through a list to an administration and back', async () => {
      await page.goto(at('/administrations'));
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
      for (const _ of [1, 2, 3]) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(/administrations\/3$/);
      await page.keyboard.press('ArrowLeft');
      await page.waitForURL(/administrations\/2$/);
      await page.goto(at('/administrations'));
      await page.keyboard.press('/');
      await page.keyboard.type('Person 12 says');
      await page.keyboard.press('Enter');
      await page.waitForURL(/text=Person/);
      expect(await states()).toBe('2 administrations');
    });

    test('shows one administration: scores, reply with what was read, items, prompt, bytes', async () => {
      await page.goto(at('/administrations/4'));
      const scores = page.getByRole('table', { name: 'Scale scores' });
      expect(await scores.getByRole('row').count()).toBe(5);
      const marks = page.locator('mark');
      expect(await marks.count()).toBe(24);
      expect(await marks.first().textContent()).toMatch(/^(True|False)$/);
      const items = page.getByRole('table', { name: /Items/ });
      expect(await items.getByRole('row').count()).toBe(25);
      await items.getByRole('link', { name: 'item 24', exact: true }).click();
      expect(await page.locator('mark:target').getAttribute('data-item')).toBe('24');
      expect(await page.getByRole('region', { name: 'Message, system' }).textContent()).toContain(
        'I am person 4 of calm.',
      );
      expect(await page.getByRole('region', { name: 'Message, user' }).textContent()).toContain(
        '"24"',
      );
      await page.getByText('Bytes received and sent, with their hashes').click();
      expect(await page.getByText('verified just now').count()).toBe(2);
      const calls = page.getByRole('table', { name: /Every call/ });
      expect(await calls.getByRole('row').count()).toBe(2);
    });

    test('shows every hostile text as text, and none acts', async () => {
      for (const [index, text] of FEW_HOSTILE_TEXTS.entries()) {
        await page.goto(at(`/administrations/${index + 1}`));
        const shown = await page.getByRole('region', { name: 'Description' }).textContent();
        // What may stand in no page is left out.
        expect(shown).toContain(text.replaceAll(/[^\P{Cc}\t\n\r]/gu, ''));
        expect(await page.locator('main iframe, main script, main img, main form').count()).toBe(0);
      }
      const query = new URLSearchParams({ text: FEW_HOSTILE_TEXTS.join(' ') });
      for (const text of FEW_HOSTILE_TEXTS) query.append('condition', text);
      await page.goto(at(`/administrations?${query}`));
      expect(await page.locator('option:checked').count()).toBeGreaterThan(
        FEW_HOSTILE_TEXTS.length,
      );
      await page.goto(at('/administrations'));
      expect(await lines().count()).toBe(ALL);
    });

    test('shows a persona with its sheet, demographics as stated and as counted, and its scores', async () => {
      await page.goto(at('/administrations/3'));
      await page.getByRole('link', { name: 'Persona, sheet and all its administrations' }).click();
      await page.waitForURL(/personas\/3$/);
      const demographics = page.getByRole('table', { name: 'Demographics' });
      const [, stated, counted] = await demographics.locator('tbody tr > *').allTextContents();
      expect([stated, counted]).toEqual([FEW_HOSTILE_TEXTS[2], 'Other']);
      expect(await page.getByText('Scores as the persona was told').textContent()).toMatch(/E \d/);
      expect(await page.locator('figure').count()).toBe(4);
      await page.getByRole('link', { name: '3', exact: true }).click();
      await page.waitForURL(/administrations\/3$/);
    });

    test('lists personas by what is in their names and descriptions, page by page', async () => {
      await page.goto(at('/personas'));
      expect(await lines().count()).toBe(ALL);
      await page.getByRole('searchbox').fill('PERSON 12 of');
      await page.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(/text=PERSON/);
      expect(await states()).toBe('2 personas');
      await page.getByRole('combobox', { name: 'Condition' }).selectOption('restless');
      await page.waitForURL(/condition=restless/);
      expect(await states()).toBe('1 persona');
      await lines().first().getByRole('link').first().click();
      await page.waitForURL(/personas\/\d+$/);
      const { body } = await get(`/personas?after=${ALL - 1}`);
      expect(body).toContain(`/personas/${ALL}"`);
      expect(body).not.toContain(`/personas/${ALL - 1}"`);
    });

    test('shows the columns that are chosen, which the address says, on the next page too', async () => {
      await page.goto(at('/administrations?condition=calm'));
      const headings = () => page.getByRole('columnheader').allTextContents();
      expect(await headings()).not.toContain('Population');
      await page.getByText('Columns', { exact: true }).click();
      await page.getByRole('checkbox', { name: 'Population' }).check();
      await page.getByRole('checkbox', { name: 'Scales' }).uncheck();
      await page.getByRole('button', { name: 'Show these' }).click();
      await page.waitForURL(/show=population/);
      expect(new URL(page.url()).searchParams.get('condition')).toBe('calm');
      expect(await headings()).toContain('Population');
      expect(await headings()).not.toContain('Scales');
      await page.getByRole('combobox', { name: 'Outcome' }).selectOption('answered');
      await page.waitForURL(/outcome=answered/);
      expect(await headings()).toContain('Population');
    });

    test('compares two conditions, and leads to the two administrations of a person', async () => {
      await page.goto(at('/administrations'));
      await page.getByRole('link', { name: 'Compare', exact: true }).last().click();
      await page.getByRole('heading', { name: /^Compare condition/ }).waitFor();
      const scales = page.getByRole('table', { name: 'Scales' });
      expect(await scales.locator('tbody tr').count()).toBe(4);
      await scales.getByRole('link').first().click();
      await page
        .getByRole('link', { name: /beside/ })
        .first()
        .click();
      await page.waitForURL(/compare\/\d+\/\d+$/);
      expect(await page.getByRole('region', { name: 'Reply' }).count()).toBe(2);
      // A person answers the same in both conditions of this study.
      const items = page.getByRole('table', { name: 'Items' });
      expect(await items.locator('tbody tr td:last-child').allTextContents()).toEqual(
        Array.from({ length: 24 }, () => 'yes'),
      );
    });

    test('is a file as well, which opens from the disk, has its own search, and acts on nothing', async () => {
      using folder = temporaryFolder();
      const file = path.join(folder.path, 'calm.html');
      const { selection } = readSelection(new URLSearchParams('condition=calm'));
      const write = async (withReplies: boolean) => {
        const made = await fileOf(database, selection, { withReplies, now: new Date(0) });
        writeFileSync(file, made.page);
        expect(made.administrations).toBe(PERSONS);
        return made.page;
      };
      const without = await write(false);
      for (const text of ['says', 'I am person', 'Person 12', 'hostile'])
        expect(without).not.toContain(text);
      expect(await write(true)).toContain('Person 12 says');
      await page.goto(pathToFileURL(file).href);
      expect(await states()).toBe(`${PERSONS} administrations`);
      await page.getByRole('searchbox').fill('Person 12 SAYS');
      expect(await states()).toBe('1 administration');
      await lines().first().getByRole('link').click();
      const one = page.getByRole('region', { name: 'One administration' });
      expect(await one.getByRole('table', { name: 'Items' }).getByRole('row').count()).toBe(25);
      expect(await one.getByRole('region', { name: 'Reply' }).textContent()).toContain(
        JSON.stringify(FEW_HOSTILE_TEXTS[11]).slice(1, -1),
      );
      expect(await faultsOfPage()).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await faultsOfPage()).toEqual([]);
      for (const [index] of FEW_HOSTILE_TEXTS.entries()) {
        await page.evaluate(`location.hash = '#${index + 1}'`);
        await one.getByRole('heading', { name: `Administration ${index + 1},` }).waitFor();
      }
      expect(await page.locator('main iframe, main img, main a[href^=javascript]').count()).toBe(0);
    });

    test('is as its report of accessibility wants it, light and dark, wide and narrow', async () => {
      const addresses = [
        '/',
        '/personas',
        '/personas/3',
        '/outcomes',
        '/compare',
        '/compare?of-scale=N',
        '/compare?of-item=3',
        '/compare/1/26',
        '/administrations?show=persona&show=group&show=column.motto',
        '/administrations',
        '/administrations?outcome=untried&score-from=1',
        '/administrations/1',
        `/administrations/${PERSONS + 5}`,
        `/administrations/${ALL}`,
        '/nowhere',
      ];
      for (const [width, colorScheme] of [
        [1280, 'light'],
        [390, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        for (const address of addresses) {
          await page.goto(at(address));
          expect(await faultsOfPage(), `${address} at ${width}`).toEqual([]);
        }
      }
    });

    test('counts on its overview what was not answered, with the way to each list, and follows a run', async () => {
      await page.goto(at('/'));
      const failed = page.getByRole('table', { name: 'What was not answered' });
      await failed.getByRole('link', { name: 'refused', exact: true }).click();
      await page.waitForURL(/outcome=refused/);
      expect(await lines().count()).toBe(Math.floor((PERSONS - 1) / 5));
      await page.goto(at('/'));
      const { db, t } = database;
      const pending = page.locator('dt:has-text("Pending") + dd');
      const refused = Math.floor((PERSONS - 1) / 5);
      expect(await pending.textContent()).toMatch(new RegExp(`^10, of which ${refused} refused`));
      await sql`update ${t.experiments_list} set succeeded = false where succeeded is null`.execute(
        db,
      );
      await sql`insert into ${t.experiment_request_metadata} (experiment_id) values (${ALL})`.execute(
        db,
      );
      await pending.filter({ hasText: /^0$/ }).waitFor();
    });
  });
});
