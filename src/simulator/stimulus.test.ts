import { describe, expect, test } from 'vitest';
import { parseInstrument } from '../instruments/load.ts';
import { Respondent, type SimulationSettings } from './respond.ts';
import { filledPattern, findFilled } from './stimulus.ts';

describe('what fills the slots of a template', () => {
  const template = 'Judge this.\n<row.name> applies as <row.job>.\nCV:\n<row.cv>\nThe items:';

  test('is found in a prompt, over several lines too', () => {
    const prompt =
      'Judge this.\n\nAnn (34) applies as a cook.\nCV:\nOne line.\n\nAnother.\n\nThe items:\n{}';
    expect(findFilled(template, prompt)).toEqual([
      { passage: 'Ann (34) applies as a cook.', values: ['Ann (34)', 'a cook'] },
      { passage: 'One line.\n\nAnother.', values: ['One line.\n\nAnother.'] },
    ]);
  });

  test('ends with its line where the next line of the template is missing', () => {
    expect(findFilled('Name: <row.name>\nCV:', 'Name: Ann\nBy letter.')).toEqual([
      { passage: 'Name: Ann', values: ['Ann'] },
    ]);
  });

  test('is nothing in a text without slots', () => {
    expect(findFilled('Judge this.', 'Judge this.')).toEqual([]);
    expect(filledPattern('Is Ann a cook?')).toBeNull();
    expect(filledPattern('Is <row.name> a cook?')!.exec('Is Ann a cook?')!.slice(1)).toEqual([
      'Ann',
    ]);
  });
});

describe.each([
  ['instructions', '<row.name> applies.', 'is able.'],
  ['items', 'Somebody applies.', '<row.name> is able.'],
])('a row that only the %s name', (_, instructions, item) => {
  const instrument = parseInstrument(
    JSON.stringify({
      ...{ format: 2, slug: 'hiring', title: 't', citation: 'c', licence: 'l', language: 'en' },
      instructions,
      answers: [
        { id: 'a', options: [1, 2, 3, 4, 5].map((value) => ({ value, label: `Step ${value}` })) },
      ],
      blocks: [
        {
          answers: 'a',
          items: [1, 2, 3, 4].map((number) => ({ id: `i${number}`, text: `${number}: ${item}` })),
        },
      ],
      scales: [{ id: 'A', name: 'A', score: 'mean', items: ['i1', 'i2', 'i3', 'i4'] }],
    }),
    'hiring.json',
  );
  const names = Array.from({ length: 30 }, (_, at) => `Applicant ${at}`);

  /** Mean answers of the rows, each asked once. */
  function means(settings: SimulationSettings, system: string | null, seed: number): number[] {
    const respondent = new Respondent({ instruments: [instrument], ...settings });
    return names.map((name) => {
      const user = instrument.prompt.replaceAll('<row.name>', name);
      const { text } = respondent.respond({
        ...{ system, user, model: 'simulated/x', seed, temperature: 1 },
      });
      const { explanation: _, ...answers } = JSON.parse(text) as Record<string, string>;
      const steps = Object.values(answers).map((answer) => Number(answer.replace('Step ', '')));
      return steps.reduce((sum, step) => sum + step, 0) / steps.length;
    });
  }

  test.each([
    ['a role for all', 'You are a recruiter.'],
    ['no role', null],
  ])('has a trait of its own, with %s', (_, system) => {
    const precise = { reliability: 0.95, retest: 0.94 };
    const first = means(precise, system, 1);
    expect(new Set(first).size).toBeGreaterThan(8);
    // Asked again, a row is answered nearly the same.
    const again = means(precise, system, 2);
    const changed = first.map((mean, at) => Math.abs(mean - again[at]!));
    expect(changed.reduce((sum, one) => sum + one, 0) / names.length).toBeLessThan(0.4);
  });

  test('is asked in the usual way', () => {
    expect(means({ shareOfWay: 0.5 }, null, 1)).toEqual(means({ shareOfWay: 0 }, null, 1));
  });
});
