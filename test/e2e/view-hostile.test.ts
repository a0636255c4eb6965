/** Hostile texts wherever a text can stand: every page of the viewer, and its file, shows them as text. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { readPositions } from '../../src/view/administrations-store.ts';
import { fileOf } from '../../src/view/file.ts';
import { readSelection } from '../../src/view/filter.ts';
import { startViewServer, type ViewServer } from '../../src/view/server.ts';
import { openViewer } from '../../src/view/viewer.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { makeHostileStudy, SHARED } from '../support/hostile-study.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { configFor, temporaryFolder } from '../support/study.ts';

/** Nobody is asked anything. */
const NOWHERE = configFor('http://127.0.0.1:9');
/** As the database has them. */
const STORED = HOSTILE_TEXTS.map((text) => text.replaceAll('\r', ''));

/** The last item, where it was answered: every third refused. */
const itemOf = (index: number, text: string) => ((index + 1) % 3 === 0 ? [] : [`4 ${text}`]);

/** As a page can show it: without what may stand in none, and with one space for any. */
const asShown = (text: string) =>
  text
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();

/** What no page of the viewer has, and only a text that was taken for markup could bring. */
const FOREIGN = String.raw`(shown) => [...shown.querySelectorAll('*')].flatMap((one) => [
  ...(one.matches('iframe, img, object, embed, base, video, audio, marquee, math, foreignObject, use, body meta, main script')
    ? [one.outerHTML] : []),
  ...[...one.attributes].filter(({ name, value }) => name.startsWith('on')
    || one.matches('main *') && /(href|src|action|background)$/.test(name) && !/^(#|\/(?!\/))/.test(value))
    .map(({ name, value }) => one.tagName + ' ' + name + ' ' + value),
])`;

/** What a page showed, and what in it no page has. */
type Shown = readonly [words: string, foreign: readonly string[]];

describe.skipIf(CHROMIUM === null)('a hundred hostile texts', () => {
  let database: Database;
  let server: ViewServer;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const at = (address: string) => new URL(address, server.url).href;

  beforeAll(async () => {
    database = await testDatabase('postgres');
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

  const foreign = () => page.evaluate<string[]>(`(${FOREIGN})(document)`);
  const shown = async () => asShown((await page.locator('main').textContent()) ?? '');

  /** The page at an address holds these texts, as texts. */
  async function holds(address: string, texts: readonly string[]): Promise<void> {
    await page.goto(at(address));
    expect(await foreign(), address).toEqual([]);
    const words = await shown();
    for (const text of texts) expect(words, address).toContain(asShown(text));
  }

  /**
   * Each of these pages holds its texts, as texts. Its content is put into one page that is open,
   * where what can act does: opening each would take ten times as long.
   */
  async function eachHolds(pages: Readonly<Record<string, readonly string[]>>): Promise<void> {
    await page.goto(at('/outcomes'));
    const found = await page.evaluate<readonly Shown[]>(
      `(async (addresses) => {
        const found = [];
        const look = async (address) => {
          const text = await (await fetch(address)).text();
          const shown = new DOMParser().parseFromString(text, 'text/html');
          const strange = (${FOREIGN})(shown);
          const main = document.body.appendChild(document.importNode(shown.querySelector('main'), true));
          const words = main.textContent;
          await new Promise((resolve) => setTimeout(resolve));
          main.remove();
          return [words, strange];
        };
        while (found.length < addresses.length)
          found.push(...await Promise.all(addresses.slice(found.length, found.length + 4).map(look)));
        return found;
      })(${JSON.stringify(Object.keys(pages))})`,
    );
    for (const [index, [address, texts]] of Object.entries(pages).entries()) {
      const [words, strange] = found[index]!;
      expect(strange, address).toEqual([]);
      for (const text of texts) expect(asShown(words), address).toContain(asShown(text));
    }
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
  });

  test('are filters each, by condition, own column and way of asking', async () => {
    const { facets } = openViewer(database, NOWHERE);
    const all = await facets(database);
    for (const [index, text] of STORED.entries())
      for (const name of ['condition', 'column.own', `column.${text}`, `factor.${text}`]) {
        const query = new URLSearchParams({ [name]: text, questionnaire: `hostile${index + 1}` });
        const { selection } = readSelection(query);
        const found = await readPositions(database, all, selection, 2);
        expect(
          found.map(({ id }) => id),
          query.toString(),
        ).toEqual([index + 1]);
      }
  });

  test('stand on the page of their administration: title, items, messages, reply', async () => {
    await holds('/administrations/1', [HOSTILE_TEXTS[0]!]);
    await eachHolds(
      Object.fromEntries(
        HOSTILE_TEXTS.map((text, index) => [
          `/administrations/${index + 1}`,
          [text, ...itemOf(index, text)],
        ]),
      ),
    );
  });

  test('stand on the page of their persona: description, own columns, demographics', async () => {
    await holds('/personas/1', [HOSTILE_TEXTS[0]!]);
    await eachHolds(
      Object.fromEntries(HOSTILE_TEXTS.map((text, index) => [`/personas/${index + 1}`, [text]])),
    );
  });

  test('stand where they are compared: levels, items, cases, two beside each other', async () => {
    const compare = (more: Readonly<Record<string, string>>) =>
      `/compare?${new URLSearchParams({ questionnaire: SHARED, ...more })}`;
    for (const by of ['condition', 'column.own']) await holds(compare({ by }), HOSTILE_TEXTS);
    const names = page.locator('select[name=by] option');
    const offered = await names.evaluateAll((all) => all.map((one) => one.getAttribute('value')));
    const values = offered.map((value) => asShown(value ?? ''));
    for (const text of STORED) expect(values).toContain(asShown(`column.${text}`));
    const pages = STORED.flatMap((first, index): [string, readonly string[]][] => {
      const second = STORED[index + 1]!;
      const item = compare({ by: 'condition', 'of-item': String(index + 1) });
      if (index % 2 > 0) return [[item, [`Item ${index + 1}: ${first}`]]];
      return [
        [compare({ by: 'column.own', first, second }), [`: ${first} and ${second}`]],
        [`/compare/${index + 1}/${index + 2}`, [first, second]],
      ];
    });
    await eachHolds(Object.fromEntries(pages));
  });

  test('stand in tables and figures as text', async () => {
    for (const address of ['/tables', '/figures']) {
      await page.goto(at(address));
      await page.getByText('Computed at').waitFor();
      expect(await foreign(), address).toEqual([]);
      const words = await shown();
      for (const text of HOSTILE_TEXTS) expect(words, address).toContain(asShown(text));
    }
  });

  test('stand in the file as well, in its list, each administration, and what its address asks', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'study.html');
    const { selection } = readSelection(new URLSearchParams());
    const made = await fileOf(database, selection, { withReplies: true, now: new Date(0) });
    writeFileSync(file, made.page);
    // Own columns may be personal data, as what was said is.
    const plain = await fileOf(database, selection, { withReplies: false, now: new Date(0) });
    expect(plain.page).not.toContain('"column.');
    expect(plain.page).toContain('"factor.');
    await page.goto(pathToFileURL(file).href);
    expect(await foreign()).toEqual([]);
    const list = await shown();
    for (const text of HOSTILE_TEXTS) expect(list).toContain(asShown(text));
    /** What the file shows at each of these places. */
    const at = (hashes: readonly string[], where: string) =>
      page.evaluate<readonly Shown[]>(`(async () => {
        const found = [];
        for (const hash of ${JSON.stringify(hashes)}) {
          const changed = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
          location.hash = hash;
          await changed;
          found.push([document.querySelector(${JSON.stringify(where)}).textContent, (${FOREIGN})(document)]);
        }
        return found;
      })()`);
    const ones = await at(
      STORED.map((_, index) => `#${index + 1}`),
      '.one',
    );
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      expect(ones[index]![1]).toEqual([]);
      for (const wanted of [text, ...itemOf(index, text)])
        expect(asShown(ones[index]![0])).toContain(asShown(wanted));
    }
    const [unknown] = await at(
      [`#?${new URLSearchParams(STORED.map((text): [string, string] => [text, 'x']))}`],
      'main',
    );
    expect(unknown![1]).toEqual([]);
    for (const text of STORED) expect(asShown(unknown![0])).toContain(asShown(`${text}, `));
    expect(unknown![0]).toContain(`${2 * STORED.length} administrations`);
    const own = await at(
      STORED.flatMap((text) => [
        `#?${new URLSearchParams({ 'column.own': text })}`,
        `#?${new URLSearchParams({ [`column.${text}`]: 'other' })}`,
        `#?${new URLSearchParams({ [`factor.${text}`]: text })}`,
      ]),
      'main [role=status]',
    );
    // Two of the persona with the value, two of the one with the other, one of the group.
    const counts = STORED.flatMap(() => [
      '2 administrations',
      '2 administrations',
      '1 administration',
    ]);
    expect(own.map(([words]) => words)).toEqual(counts);
    const wanted = await at(
      STORED.map((text) => `#?${new URLSearchParams({ condition: text })}`),
      'main',
    );
    for (const [index, text] of STORED.entries()) {
      expect(wanted[index]![1]).toEqual([]);
      expect(asShown(wanted[index]![0])).toContain(asShown(`condition ${text}.`));
      expect(wanted[index]![0]).toMatch(/(?<!\d)2 administrations/);
    }
  });
});
