/** Hostile texts wherever a text can stand: every list of the viewer shows them as text. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { startViewServer, type ViewServer } from '../../src/view/server.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { makeHostileStudy } from '../support/hostile-study.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { configFor } from '../support/study.ts';

/** Nobody is asked anything. */
const NOWHERE = configFor('http://127.0.0.1:9');

/** As a page can show it: without what may stand in none, and with one space for any. */
const asShown = (text: string) =>
  text
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();

describe.skipIf(CHROMIUM === null)('a hundred hostile texts', () => {
  let database: Database;
  let server: ViewServer;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const at = (address: string) => new URL(address, server.url).href;

  beforeAll(async () => {
    database = await testDatabase('embedded');
    await makeHostileStudy(database);
    server = await startViewServer(database, NOWHERE);
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    await page.exposeFunction('hostile', () => problems.push('a hostile text was run'));
    page.on('dialog', (dialog) => {
      problems.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (!['data:', 'file:'].includes(protocol) && origin !== new URL(server.url).origin)
        problems.push(`a request to ${request.url()}`);
    });
    await page.goto(server.url);
    await page.waitForURL((url) => !url.searchParams.has('token'));
  });
  afterEach(() => expect(problems).toEqual([]));
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /** What no page of the viewer has, and only a text that was taken for markup could bring. */
  const foreign = () =>
    page.evaluate<string[]>(`[...document.querySelectorAll('*')].flatMap((one) => [
      ...(one.matches('iframe, img, object, embed, base, video, audio, marquee, math, foreignObject, use, body meta, main script')
        ? [one.outerHTML] : []),
      ...[...one.attributes].filter(({ name, value }) => name.startsWith('on') || /^\\\\s*(java|data:text)/i.test(value)).map(({ name }) => one.tagName + ' ' + name),
    ])`);
  const shown = async (where = 'main') => asShown((await page.locator(where).textContent()) ?? '');

  /** The page at an address holds these texts, as texts. */
  async function holds(address: string, texts: readonly string[], where?: string): Promise<void> {
    await page.goto(at(address));
    expect(await foreign(), address).toEqual([]);
    const words = await shown(where);
    for (const text of texts) expect(words, address).toContain(asShown(text));
  }

  test('are a hundred', () => {
    expect(HOSTILE_TEXTS).toHaveLength(100);
    expect(new Set(HOSTILE_TEXTS).size).toBe(100);
  });

  test('stand in every list as text', async () => {
    await holds('/', HOSTILE_TEXTS);
    for (const list of ['/administrations', '/personas']) {
      await holds(list, HOSTILE_TEXTS.slice(0, 50));
      await holds(`${list}?after=50`, HOSTILE_TEXTS.slice(50));
    }
    await holds('/outcomes', HOSTILE_TEXTS);
    await holds('/compare', []);
  });
});
