/**
 * The overview of the viewer, open in a browser while a study is asked: what it costs the run, and
 * whether the browser's memory grows.
 */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { runPendingExperiments } from '../src/experiments/run.ts';
import { formatCount } from '../src/numbers.ts';
import { startViewServer } from '../src/view/server.ts';
import { CHROMIUM, openBrowser } from '../test/support/browser.ts';
import { median } from './median.ts';
import { configAt, paceOf, register, scratch, startLoopback, withPersonas } from './pace.ts';

const WORKERS = 64;
const PAIRS = 9;
const CALLS_OF_A_PAIR = 3000;
const CALLS_FOR_MEMORY = 10_000;

interface Watched {
  readonly perSecond: number;
  /** Of the script's heap after garbage was collected, at the beginning and at the end. */
  readonly heapMB: readonly [number, number];
  readonly nodes: readonly [number, number];
  /** How often the page has shown something new. */
  readonly shown: number;
}

export async function benchOpenPage(
  postgres: string,
  atMost: (what: string, measured: number, limit: number) => void,
): Promise<void> {
  if (CHROMIUM === null) return;
  const location = { kind: 'postgres', url: postgres } as const;
  await using server = await startLoopback();
  const config = configAt(server.baseUrl);
  const browser = await openBrowser();
  const run = (calls: number, isOpen: boolean): Promise<Watched> =>
    scratch(location, async (database) => {
      await withPersonas(database, calls);
      await register(database);
      await using view = await startViewServer(database, config);
      const page = isOpen ? await openOverview(browser, view.url) : null;
      const before = await page?.measure();
      const { perSecond } = await paceOf(calls, () =>
        runPendingExperiments(database, config, { maxWorkers: WORKERS }),
      );
      const after = await page?.measure();
      await page?.close();
      return {
        perSecond,
        heapMB: [before?.heapMB ?? 0, after?.heapMB ?? 0],
        nodes: [before?.nodes ?? 0, after?.nodes ?? 0],
        shown: after?.shown ?? 0,
      };
    });
  try {
    await run(CALLS_OF_A_PAIR / 3, true);
    const { heapMB, nodes, shown } = await run(CALLS_FOR_MEMORY, true);
    console.log(
      `  ${formatCount(CALLS_FOR_MEMORY)} administrations: shown anew ${shown} times, heap ${heapMB.map((one) => one.toFixed(1)).join(' → ')} MB, nodes ${nodes.join(' → ')}`,
    );
    const what = `page open through ${formatCount(CALLS_FOR_MEMORY)} administrations`;
    atMost(`${what}: the page's heap at the end / at the beginning`, heapMB[1] / heapMB[0], 1.1);
    const ratios: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const both = { with: 0, without: 0 };
      for (const isOpen of pair % 2 === 0 ? [true, false] : [false, true])
        both[isOpen ? 'with' : 'without'] = (await run(CALLS_OF_A_PAIR, isOpen)).perSecond;
      ratios.push(both.without / both.with);
    }
    atMost(
      `page open: time of a run / without it (median of ${PAIRS} pairs)`,
      median(ratios),
      1.05,
    );
  } finally {
    await browser.close();
  }
}

async function openOverview(browser: Browser, address: string) {
  const page: Page = await browser.newPage();
  await page.goto(address);
  await page.waitForSelector('[data-live]');
  await page.evaluate(
    `new MutationObserver(() => { window.shown = (window.shown ?? 0) + 1; }).observe(document.querySelector('[data-live]'), { attributes: true })`,
  );
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return {
    async measure() {
      await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.getMetrics');
      const value = (name: string) => metrics.find((one) => one.name === name)!.value;
      return {
        heapMB: value('JSHeapUsedSize') / 2 ** 20,
        nodes: value('Nodes'),
        shown: await page.evaluate<number>('window.shown ?? 0'),
      };
    },
    close: () => page.close(),
  };
}
