import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { analysisOf, findFaults, fullStudy } from '../../../test/support/analysis.ts';
import {
  answered,
  KEYED,
  MOOD,
  population,
  scaled,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import type { Table } from '../../analysis/table.ts';
import type { Analysis } from '../analysis.ts';
import { hasEstimates, TABLE_IDS } from '../tables/tables.ts';
import { renderReport } from './index.ts';

const NOW = new Date('2026-02-03T04:05:06Z');
const render = (analysis: Analysis) => renderReport(analysis, { now: NOW });

interface Node {
  readonly textContent: string;
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Node[];
}

/** linkedom's types leave the document out without the library of a browser. */
function parse(page: string): Node {
  return (parseHTML(page) as unknown as { document: Node }).document;
}

const SECTIONS = [
  'findings',
  'glance',
  'tables',
  'figures',
  'differences',
  'methods',
  'quality',
  'provenance',
  'queries',
];

/** What makes a browser ask for something. */
function findRequests(page: string): readonly string[] {
  const document = parse(page);
  const asking = [
    'src',
    'srcset',
    'poster',
    'data',
    'action',
    'formaction',
    'background',
    'ping',
    'manifest',
    'cite',
    'xlink:href',
  ];
  return [
    ...document.querySelectorAll('*').flatMap(({ localName, attributes }) =>
      [...attributes].flatMap(({ name, value }) => {
        const isLeaving =
          asking.includes(name) ||
          (name === 'href' && !value.startsWith('#')) ||
          /^on|url\(/i.test(`${name} ${value}`);
        return isLeaving && !(localName === 'meta' && name === 'content')
          ? [`${localName} ${name}="${value}"`]
          : [];
      }),
    ),
    ...document
      .querySelectorAll('link, iframe, img, image, object, embed, form, video, audio, base, use')
      .map(({ localName }) => localName),
    ...document
      .querySelectorAll('style')
      .flatMap(({ textContent }) =>
        [...textContent.matchAll(/url\(|@import|@font-face|expression\(/gi)].map(
          ([found]) => found,
        ),
      ),
    ...document.querySelectorAll('meta[http-equiv=refresh]').map(() => 'refresh'),
  ];
}

describe('the report of a study', () => {
  const analysis = analysisOf(fullStudy());
  const page = render(analysis);
  const document = parse(page);

  test('each section and every table with rows, in both modes', () => {
    expect(
      document.querySelectorAll('main > section').map((one) => one.getAttribute('id')),
    ).toEqual(SECTIONS);
    for (const id of SECTIONS)
      expect(document.querySelector(`nav a[href="#${id}"]`)).not.toBeNull();
    const shown = TABLE_IDS.filter((id) => document.querySelector(`#table-${id}`) !== null);
    expect(shown.length).toBeGreaterThan(5);
    for (const id of shown) {
      const table = document.querySelector(`#table-${id}`)!;
      const isFilled = (tables: readonly Table[]) =>
        tables.some((one) => one.table === id && hasEstimates(one));
      const modes = [isFilled(analysis.corrected), isFilled(analysis.published)];
      expect([
        table.querySelector('.mode.corrected') !== null,
        table.querySelector('.mode.published') !== null,
      ]).toEqual(modes);
      // Tabs only where there is a choice.
      expect(table.querySelectorAll('input[type=radio]')).toHaveLength(
        modes.every(Boolean) ? 2 : 0,
      );
    }
  });

  test('nests as it should', () => {
    expect(findFaults(page)).toEqual([]);
  });

  test('asks for nothing, and may not', () => {
    expect(findRequests(page)).toEqual([]);
    const policy = document
      .querySelector('meta[http-equiv="Content-Security-Policy"]')!
      .getAttribute('content')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]+';/);
    expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
  });

  test('the script is the one that the policy allows', async () => {
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page)!;
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script));
    expect(page).toContain(
      `sha256-${Buffer.from(digest).toString('base64')}`.replaceAll("'", '&#39;'),
    );
  });

  test('every row leads to its SQL, which stands in the page without a script', () => {
    const links = document.querySelectorAll('a.sql');
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) {
      const sql = document.querySelector(
        `[id="${link.getAttribute('href')!.slice(1)}"] pre`,
      )?.textContent;
      expect(sql).toMatch(/^(select|with) [\s\S]+;$/);
    }
    for (const line of document.querySelectorAll('.mode tbody tr:not(.group)'))
      expect(line.querySelector('a.sql')).not.toBeNull();
    expect(document.querySelector('#queries')!.textContent).toContain(
      'personas show EXPERIMENT_ID',
    );
  });

  test('ids are there once, and every link inside the page arrives', () => {
    const ids = [
      ...page.replaceAll(/<script>[\s\S]*?<\/script>/g, '').matchAll(/\sid="([^"]*)"/g),
    ].map(([, id]) => id!);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const link of document.querySelectorAll('a[href^="#"]'))
      expect(ids).toContain(link.getAttribute('href')!.slice(1));
  });

  test('undefined is "n/a" with its reason, never 0 or NaN', () => {
    // Nobody is of the race "Black": there is no difference from Base to test.
    const cell = document
      .querySelectorAll('#table-1 .corrected td')
      .find((one) => one.textContent.includes('n/a'))!;
    expect(cell.getAttribute('title')).toBeTruthy();
    expect(document.querySelector('#table-1 .corrected .reason')).not.toBeNull();
    expect(page).not.toMatch(/>\s*(NaN|undefined|null|Infinity)\s*</);
  });

  test('says when it was made, of what, and that nothing was simulated', () => {
    expect(document.querySelector('.origin')!.textContent).toContain('2026-02-03 04:05 UTC');
    expect(document.querySelector('.origin')!.textContent).toContain('collected from models');
    expect(page).not.toContain('SIMULATED');
    expect(document.querySelector('#glance')!.textContent).toContain('56 succeeded');
  });

  test('differences are grouped, counted and given a reason', () => {
    const { differences } = analysisOf(fullStudy());
    const kinds = [...Map.groupBy(differences, ({ kind }) => kind)];
    expect(document.querySelectorAll('#differences details')).toHaveLength(kinds.length);
    kinds.forEach(([kind, own], index) => {
      const text = document.querySelectorAll('#differences details')[index]!.textContent;
      expect(text).toContain(kind);
      expect(text).toContain(`${own.length} cell`);
      expect(text).toContain(own[0]!.reason);
    });
  });

  test('the same analysis is the same page', () => {
    expect(render(analysisOf(fullStudy()))).toBe(page);
  });
});

describe('of simulated data', () => {
  const page = render(
    analysisOf(
      fullStudy(['GPT-4o (simulated)', 'GPT-3.5 (simulated)'], { dataOrigin: 'simulated' }),
    ),
  );
  const document = parse(page);

  test('the banner is on top, in the title, in every table and every figure', () => {
    expect(document.querySelector('.head .banner')!.textContent).toContain('SIMULATED');
    expect(document.querySelector('title')!.textContent).toMatch(/^SIMULATED/);
    for (const caption of document.querySelectorAll('.mode caption'))
      expect(caption.textContent).toContain('SIMULATED');
    for (const figure of document.querySelectorAll('figure')) {
      expect(figure.querySelector('figcaption')!.textContent).toContain('SIMULATED');
      for (const svg of figure.querySelectorAll('svg[role=img]'))
        expect(svg.textContent).toMatch(/SIMULATED/);
    }
    expect(page).toContain('@page { @top-center { content: "SIMULATED');
  });

  test('no marker of significance, of any kind', () => {
    const main = document.querySelector('main')!;
    expect(main.textContent).not.toMatch(/[‡†¶§]|\d\*/);
    expect(main.querySelectorAll('.mode td b, .mode td i, .mode td u')).toEqual([]);
    const real = parse(render(analysisOf(fullStudy()))).querySelector('main')!;
    expect(real.textContent).toMatch(/[‡†¶§]/);
  });
});

test('names are text, whatever they hold', () => {
  const hostile = `</style></script><script>alert(1)</script><img src=x onerror=alert(1)> "quoted" & 'so'`;
  const other = population(hostile);
  const built = fullStudy([hostile], { schema: `sch"ema'<b>` });
  const more = [
    ...built.answered,
    answered(
      scaled(
        {
          ...MOOD,
          ...{ slug: hostile, title: hostile },
          items: MOOD.items.slice(0, 1),
        },
        'mean',
        () => hostile,
      ),
      [1, 2, 3].map((personality) => ({ personality, points: [1], population: other })),
    ),
  ];
  const page = render(
    analysisOf(
      { ...built, answered: more },
      {
        studyFile: {
          name: hostile,
          question: null,
          sha256: 'f'.repeat(64),
          designSha256: null,
          designToday: null,
          frozen: null,
        },
        reference: {
          name: hostile,
          origin: 'imported',
          source: hostile,
          ethicsNote: hostile,
          seed: null,
          sheets: 8,
          instrument: 'epqra',
          instrumentSha256: null,
          sha256: 'e'.repeat(64),
        },
        imported: [{ source: hostile, personas: 3 }],
      },
    ),
  );
  expect(findFaults(page)).toEqual([]);
  expect(findRequests(page)).toEqual([]);
  const document = parse(page);
  expect(document.querySelectorAll('script')).toHaveLength(1);
  expect(document.querySelectorAll('img')).toHaveLength(0);
  expect(document.querySelector('h1')!.textContent).toBe(hostile);
});

test('an empty study: every section says so', () => {
  const page = render(analysisOf(study()));
  expect(findFaults(page)).toEqual([]);
  const document = parse(page);
  expect(document.querySelectorAll('main > section').map((one) => one.getAttribute('id'))).toEqual(
    SECTIONS,
  );
  expect(document.querySelector('#figures')!.textContent).toContain('nothing to draw');
  expect(document.querySelector('#table-4')).toBeNull();
  expect(document.querySelector('#tables')!.textContent).toContain('The data have no values for');
  expect(document.querySelectorAll('a.sql')).toHaveLength(0);
});

test('a study of own personas has no table as published and no differences, and shows an example', () => {
  const own = analysisOf(
    study({ answered: [answered(MOOD, [{ personality: 1, points: [1, 0, 1, 1, 0] }])] }),
  );
  const example = {
    ...{ experimentId: 7, model: 'GPT-4o', condition: 'kind', questionnaire: 'mood' },
    messages: [{ role: 'system', text: 'You are <b>Ana</b>.' }],
    reply: '{"1": 2}',
  };
  const page = render({ ...own, published: [], differences: [], example });
  expect(findFaults(page)).toEqual([]);
  const document = parse(page);
  expect(document.querySelectorAll('main > section').map((one) => one.getAttribute('id'))).toEqual([
    'findings',
    'glance',
    'tables',
    'figures',
    'methods',
    'example',
    'quality',
    'provenance',
    'queries',
  ]);
  expect(document.querySelector('.tabs')).toBeNull();
  expect(document.querySelector('#example')!.textContent).toContain('You are <b>Ana</b>.');
});

test('one experiment', () => {
  const page = render(
    analysisOf(
      study({
        answered: [answered(KEYED, [{ personality: 1, points: score(2, 5) }])],
        reference: sheets({ 1: score(2, 4) }),
      }),
    ),
  );
  expect(findFaults(page)).toEqual([]);
  const document = parse(page);
  expect(document.querySelector('#glance')!.textContent).toContain('1 succeeded');
  expect(document.querySelector('#table-4 .corrected')!.textContent).toContain('n/a');
});

test('an instrument of the user’s own, in Spanish', () => {
  const animo = scaled(
    {
      ...MOOD,
      ...{ slug: 'animo', language: 'es' },
      title: 'Ánimo: cuestionario de prueba',
    },
    'mean',
    ({ scale }) => (scale === 'A' ? 'Ánimo' : 'Energía'),
  );
  const base = fullStudy();
  const given = [1, 2, 3, 4, 5, 6].map((personality) => ({
    personality,
    points: [personality % 3, 1, -1, 2 - (personality % 4), 0],
  }));
  const page = render(
    analysisOf({ ...base, answered: [base.answered[0]!, answered(animo, given)] }),
  );
  expect(findFaults(page)).toEqual([]);
  const document = parse(page);
  expect(document.querySelector('#table-A4 .corrected')!.textContent).toContain('Energía');
  expect(
    document.querySelector('#figure-distributions-animo-es figcaption')!.textContent,
  ).toContain('Ánimo (es)');
  expect(document.querySelector('#methods')!.textContent).toContain(
    'Ánimo (es) has 5 items on 2 scales (Ánimo, Energía)',
  );
});

test('a part of the tables', () => {
  const analysis = analysisOf(fullStudy());
  const only = (tables: Analysis['published']) => tables.filter(({ table }) => table === '4');
  const document = parse(
    render({
      ...analysis,
      published: only(analysis.published),
      corrected: only(analysis.corrected),
      differences: [],
    }),
  );
  expect(document.querySelectorAll('article.table').map((one) => one.getAttribute('id'))).toEqual([
    'table-4',
  ]);
  expect(document.querySelector('#differences')!.textContent).toContain('No cell differs');
});

test('calls that an import took unverified are named with their number', () => {
  const rows = (calls: number) =>
    parse(render(analysisOf(fullStudy(), { unverifiedCalls: calls }))).querySelector('#provenance')!
      .textContent;
  expect(rows(1204)).toContain(
    '1,204 calls, imported although their stored bytes are not those of their recorded SHA-256',
  );
  expect(rows(0)).not.toContain('Unverified');
});
