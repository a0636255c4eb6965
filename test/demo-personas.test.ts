import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLUMNS, makeDemoPersonas, toCsv } from '../scripts/make-demo-personas.ts';
import { respond } from '../src/providers/simulated/respond.ts';

const personas = makeDemoPersonas();

/** Widths of the published table. */
const WIDTHS: Readonly<Record<string, number>> = {
  population: 100,
  model: 100,
  name: 255,
  gender_original: 50,
  gender: 20,
  race_original: 100,
  race: 50,
  sexual_orientation_original: 100,
  sexual_orientation: 20,
  ethnicity: 100,
  religious_belief_original: 100,
  religious_belief: 50,
  occupation_original: 255,
  occupation: 100,
  political_orientation_original: 50,
  political_orientation: 20,
  location_original: 255,
  location: 100,
  model_print: 50,
  population_print: 50,
};

const PROMPT = `Rate from 1 (never) to 5 (always).
{"1": "Is talkative", "2": "Is outgoing, sociable", "3": "Worries a lot", "4": "Gets nervous easily"}`;

describe('data/demo/personas.csv', () => {
  it('is what the script writes', () => {
    const stored = readFileSync(new URL('../data/demo/personas.csv', import.meta.url), 'utf8');
    expect(toCsv(personas)).toBe(stored);
  });

  it('holds 200 different people, numbered, with true word counts, within the published widths', () => {
    expect(personas.map(({ row }) => row.ref_personality_id)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(new Set(personas.map(({ row }) => row.name)).size).toBe(200);
    expect(new Set(personas.map(({ row }) => row.description)).size).toBe(200);
    for (const { row } of personas) {
      const words = String(row.description).split(/\s+/u);
      expect(words.length).toBe(row.word_count_description);
      expect(words.length).toBeGreaterThanOrEqual(120);
      expect(words.length).toBeLessThanOrEqual(220);
      expect(row.description).not.toMatch(/[{}[\]|]/u);
      for (const column of COLUMNS) {
        const value = row[column];
        if (typeof value === 'string' && column in WIDTHS) expect(value.length).toBeLessThanOrEqual(WIDTHS[column]!);
        expect(value).not.toBe('');
      }
    }
  });

  it('holds what makes CSV hard', () => {
    const csv = toCsv(personas);
    for (const hard of ['""', ',"', ',,', '\n\n', 'é', 'Ł', 'Ng']) expect(csv).toContain(hard);
  });

  it.each([
    ['E', '1', '2'],
    ['N', '3', '4'],
  ] as const)('is read by the simulator as it was meant on %s', (trait, first, second) => {
    const means = [-1, 0, 1].map((level) => {
      const scores = personas
        .filter(({ levels }) => levels[trait] === level)
        .map(({ row }) => {
          const reply = respond({ system: String(row.description), user: PROMPT, model: 'm', seed: 1, temperature: 1 });
          const answers = JSON.parse(reply) as Record<string, number>;
          return (answers[first]! + answers[second]!) / 2;
        });
      expect(scores.length).toBeGreaterThan(30);
      return scores.reduce((a, b) => a + b, 0) / scores.length;
    });
    expect(means[0]).toBeLessThan(2);
    expect(means[1]).toBeGreaterThan(2.5);
    expect(means[1]).toBeLessThan(3.5);
    expect(means[2]).toBeGreaterThan(4);
  });
});
