/** The pictures of the README show what a terminal would. `npm run docs:pictures` makes them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { drawScreen, linesOnScreen } from '../scripts/pictures/screen.ts';

const ESCAPE = '\u001b';
const textsOf = (written: string, columns = 80) =>
  linesOnScreen(written, columns).map((line) => line.map(({ text }) => text).join(''));

describe('a screen', () => {
  test('shows of a rewritten line what was written last', () => {
    expect(textsOf(`1/9\r${ESCAPE}[K5/9\r${ESCAPE}[K9/9\r\ndone\n`)).toEqual(['9/9', 'done', '']);
  });

  test('breaks a line where the terminal ends', () => {
    expect(textsOf(`abc${ESCAPE}[1mdefgh${ESCAPE}[22m\nij`, 4)).toEqual(['abcd', 'efgh', 'ij']);
  });

  test('keeps styles until they end', () => {
    const [line] = linesOnScreen(`a${ESCAPE}[1m${ESCAPE}[31mb${ESCAPE}[39mc${ESCAPE}[0md`, 80);
    expect(line!.map(({ text, style }) => [text, style.bold, style.colour])).toEqual([
      ['a', false, null],
      ['b', true, 'red'],
      ['c', true, null],
      ['d', false, null],
    ]);
  });

  test('is drawn with each text in its column', () => {
    const picture = drawScreen(
      linesOnScreen(`a <b>\n  ${ESCAPE}[2m──${ESCAPE}[22m`, 80),
      80,
      'A & B',
    );
    expect(picture).toContain('<title>A &amp; B</title>');
    expect(picture).toMatch(/<text x="20" [^>]*textLength="40"[^>]*>a &lt;b&gt;<\/text>/);
    expect(picture).toMatch(/<text x="36" [^>]*textLength="16"[^>]*fill="#7d8490"[^>]*>──<\/text>/);
  });
});

test('the picture of the terminal is of a demo that ended well, and says nothing of the machine', () => {
  const picture = readFileSync(
    fileURLToPath(new URL('../docs/pictures/terminal.svg', import.meta.url)),
    'utf8',
  );
  expect(picture).toContain('2,478/2,478');
  expect(picture).toContain('All tables, the figures and the report are in ~/study/results/demo');
  expect(picture).not.toMatch(/\/(?:home|root|tmp|Users)\/|Error/);
});
