import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { analysisOf, findFaults, fullStudy } from '../../../test/support/analysis.ts';
import { answered, KEYED, score, study } from '../../../test/support/small-study.ts';
import { temporaryFolder } from '../../../test/support/study.ts';
import { UserError } from '../../errors.ts';
import { type Figure, figures, writeFigures } from './index.ts';
import { divergingColour, INKS } from './palette.ts';

const find = (all: readonly Figure[], id: string) => all.find((one) => one.id === id)!;
const drawings = (all: readonly Figure[]) => all.flatMap(({ svg, narrow }) => [svg, narrow]);

describe('figures of a study', () => {
  const all = figures(analysisOf(fullStudy()));

  test('each kind is there, once an instrument', () => {
    expect(all.map(({ id }) => id)).toEqual([
      'demographic-shift',
      'distributions-epqra',
      'distributions-mood',
      'fidelity-difference',
      'fidelity-agreement',
      'manipulation-checks',
      'reliability-epqra',
      'reliability-mood',
      'correlations-mood',
    ]);
  });

  test('a drawing is a well formed document with a title, a description, and colours of its own', () => {
    for (const svg of drawings(all)) {
      expect(findFaults(svg)).toEqual([]);
      expect(svg).toMatch(/^<svg [^>]*role="img"/);
      expect(svg).toMatch(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
      expect(svg).not.toMatch(/currentColor|var\(|<style|href|url\(/);
      expect(svg).toContain(`fill="${INKS.paper}" height="100%"`.split(' ')[0]);
    }
    const ids = drawings(all).flatMap((svg) =>
      [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('captions say how many', () => {
    for (const { caption } of all) expect(caption).toMatch(/n = \d+/);
  });

  test('the numbers of the correlations stand in the cells', () => {
    const analysis = analysisOf(fullStudy());
    const rows = analysis.corrected.find(({ table }) => table === '5')!.rows;
    const { svg } = find(figures(analysis), 'correlations-mood');
    const r = rows.find((row) => typeof row.r === 'number' && Math.abs(row.r) > 0.05)!.r as number;
    expect(svg).toContain(`>${r < 0 ? '−' : ''}${Math.abs(r).toFixed(2).replace(/^0/, '')}</text>`);
  });

  test('the description tells what cannot be seen', () => {
    const { svg } = find(all, 'distributions-epqra');
    // Mean of E of GPT-4o under MaxN: that of (5 × person) mod 7 over 1 to 8, 26 / 8.
    expect(svg).toContain('GPT-4o, MaxN: mean E 3.25');
  });

  test('nothing is marked as simulated unless it is', () => {
    expect(drawings(all).join('')).not.toContain('SIMULATED');
    for (const { svg, narrow, caption } of figures(
      analysisOf(fullStudy(['GPT-4o (simulated)'], { dataOrigin: 'simulated' })),
    )) {
      expect(svg).toMatch(/<text[^>]*>SIMULATED/);
      expect(narrow).toMatch(/<text[^>]*>SIMULATED/);
      expect(caption).toMatch(/^SIMULATED/);
    }
  });

  test('twelve models fit', () => {
    const many = figures(
      analysisOf(fullStudy(Array.from({ length: 12 }, (_, index) => `Model ${index + 1}`))),
    );
    expect(many).toHaveLength(all.length);
    for (const svg of drawings(many)) {
      expect(findFaults(svg)).toEqual([]);
      for (const name of ['Model 1', 'Model 12']) expect(svg).toContain(name);
    }
  });

  test('names are text, whatever they hold', () => {
    const hostile = '</svg><script>alert("1")</script>\u0001&\'';
    for (const svg of drawings(figures(analysisOf(fullStudy([hostile]))))) {
      expect(findFaults(svg)).toEqual([]);
      expect(svg).not.toContain('<script');
      expect(svg).not.toContain('\u0001');
    }
  });
});

test('variance that was measured repeatedly is shown by scale', () => {
  const repeated = study({
    answered: [
      answered(
        KEYED,
        Array.from({ length: 24 }, (_, at) => ({
          personality: Math.floor(at / 2),
          points: score((at * 5) % 7, Math.floor(at / 4)),
        })),
      ),
    ],
  });
  const analysis = analysisOf(repeated);
  const figure = find(figures(analysis), 'variance-components-epqra');
  for (const svg of [figure.svg, figure.narrow]) expect(findFaults(svg)).toEqual([]);
  expect(figure.caption).toContain('n = 12 persons');
  const row = analysis.corrected
    .find(({ table }) => table === 'R1')!
    .rows.find(({ component, scale }) => component === 'person' && scale === 'N')!;
  expect(figure.svg).toContain(`scale N: persons ${(100 * Number(row.share)).toFixed(0)}%`);
});

test('an empty study has no figures', () => {
  expect(figures(analysisOf(study()))).toEqual([]);
});

test('one experiment is drawn as far as it goes', () => {
  const one = study({ answered: [answered(KEYED, [{ personality: 1, points: score(2, 5) }])] });
  const [only, ...rest] = figures(analysisOf(one));
  expect(rest).toEqual([]);
  expect(only!.id).toBe('distributions-epqra');
  expect(only!.caption).toContain('there is no reference');
});

test('labels of the left axis have room, up to 100%', () => {
  const same = study({
    answered: [
      answered(
        KEYED,
        [1, 2, 3].map((personality) => ({ personality, points: score(6, 0) })),
      ),
    ],
  });
  for (const svg of drawings(figures(analysisOf(same)))) {
    const labels = [
      ...svg.matchAll(
        /<g transform="translate\((-?[\d.]+),[^>]*aria-label="y-axis tick label">(.*?)<\/g>/g,
      ),
    ].flatMap(([, shift, texts]) =>
      [...texts!.matchAll(/translate\(([\d.]+),[^>]*>([^<]+)</g)].map(([, at, text]) => ({
        end: Number(shift) + Number(at),
        text: text!,
      })),
    );
    expect(labels.map(({ text }) => text)).toContain('100%');
    // Letters of 10 pixels in a wide font; the label ends here.
    for (const { end, text } of labels) expect(end, text).toBeGreaterThanOrEqual(7 * text.length);
  }
});

test('what a caption says of single persons is in the rows', () => {
  const analysis = analysisOf(fullStudy());
  const rows = analysis.corrected
    .find(({ table }) => table === '4')!
    .rows.filter(({ test: about }) => about === 'fidelity');
  const widest = rows.toSorted(
    (a, b) =>
      Number(b.limits_single_high) -
      Number(b.limits_single_low) -
      Number(a.limits_single_high) +
      Number(a.limits_single_low),
  )[0]!;
  const { caption } = find(figures(analysis), 'fidelity-difference');
  expect(caption).toContain(`to +${Number(Number(widest.limits_single_high).toFixed(2))} (`);
  expect(caption).toContain(
    'bound of equivalence of the mean, ± 0.5 points (0.24 to 0.25 SD of the sheets)',
  );
  const exact = {
    ...analysis,
    corrected: analysis.corrected.map((one) => ({
      ...one,
      rows: one.rows.filter(({ diff_sd }) => diff_sd === 0),
    })),
  };
  expect(find(figures(exact), 'fidelity-difference').caption).not.toContain('limits of agreement');
});

test('files: one a figure, complete, and a folder that cannot be written is said', () => {
  using folder = temporaryFolder();
  const analysis = analysisOf(fullStudy());
  const files = writeFigures(folder.path, figures(analysis));
  expect(files).toContain('figures/demographic-shift.svg');
  expect(readdirSync(path.join(folder.path, 'figures')).sort()).toEqual(
    files.map((name) => name.slice('figures/'.length)).sort(),
  );
  expect(readFileSync(path.join(folder.path, files[0]!), 'utf8')).toMatch(
    /^<\?xml [^>]*\?>\n<svg [\s\S]*<\/svg>\n$/,
  );

  const blocked = path.join(folder.path, 'blocked');
  mkdirSync(blocked);
  writeFileSync(path.join(blocked, 'figures'), '');
  expect(() => writeFigures(blocked, figures(analysis))).toThrow(UserError);
});

test('colours of correlations: white in the middle, and numbers that can be read on them', () => {
  expect(divergingColour(0).fill).toBe('#fafafa');
  const luminance = (hex: string) =>
    [1, 3, 5].reduce((sum, at, index) => {
      const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      const linear = channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
      return sum + linear * [0.2126, 0.7152, 0.0722][index]!;
    }, 0);
  for (let r = -1; r <= 1; r += 0.01) {
    const { fill, text } = divergingColour(r);
    const [light, dark] = [luminance(fill), luminance(text)].sort((a, b) => b - a) as [
      number,
      number,
    ];
    expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(4.5);
  }
});
