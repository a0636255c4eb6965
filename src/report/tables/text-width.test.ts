import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cutText, displayWidth, padText, wrapText } from './text-width.ts';

describe('displayWidth', () => {
  it.each([
    ['plain', 5],
    ['第三', 4],
    ['e\u0301', 1],
    ['👩‍👧', 2],
    ['', 0],
  ])('of %s is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('padText', () => {
  it('counts columns, not characters', () => {
    expect(padText('第三', 6, 'left')).toBe('第三  ');
    expect(padText('第三', 6, 'right')).toBe('  第三');
    expect(padText('too long', 3, 'left')).toBe('too long');
  });
});

describe('cutText', () => {
  it('leaves what fits, and ends what does not with an ellipsis', () => {
    expect(cutText('reason', 6)).toBe('reason');
    expect(cutText('reason', 5)).toBe('reas…');
    expect(cutText('第三の集団', 6)).toBe('第三…');
  });
});

describe('wrapText', () => {
  it.each<[string, number, string[]]>([
    ['one two three', 7, ['one two', 'three']],
    ['it stays  as it is', 40, ['it stays  as it is']],
    ['borderline_maxN_gpt4o_synthetic826', 16, ['borderline_maxN_', 'gpt4o_', 'synthetic826']],
    ['第三の集団', 4, ['第三', 'の集', '団']],
    ['  indented words here', 10, ['  indented', '  words', '  here']],
    ['', 5, ['']],
  ])('of "%s" at %i', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });

  it('keeps every word, and no line is wider than asked for', () => {
    const text = fc
      .array(fc.stringMatching(/^[a-z_漢字é-]{1,30}$/u), { minLength: 1 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 60 }), (words, width) => {
        const lines = wrapText(words, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
      }),
    );
  });
});

it('characters whose width is not looked up take one column, as the rules of Unicode have it', () => {
  const codes = [...Array(0x300).keys()].map((code) => String.fromCodePoint(code)).join('');
  const printed = [...`${codes}–—…·±−≈≤≥→─`].filter((one) =>
    /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff–—…·±−≈≤≥→─]$/u.test(one),
  );
  expect(printed.length).toBeGreaterThan(600);
  expect(printed.filter((one) => stringWidth(one) !== 1)).toEqual([]);
  for (const one of printed) expect(displayWidth(one)).toBe(1);
});
