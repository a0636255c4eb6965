import { describe, expect, test } from 'vitest';
import { findInstrument } from '../../instruments/load.ts';
import { createSheet } from '../sheets/sheet.ts';
import { fillTable, PERSONA_SYSTEM, personaPrompt, sheetInWords } from './prompt.ts';

const EPQRA = findInstrument('epqra');
const QUESTIONS = EPQRA.items.map((item) => item.text);
const FIELDS =
  'name age gender sexual_orientation race ethnicity religious_belief occupation political_orientation location description'.split(
    ' ',
  );

describe('the system role', () => {
  test('holds the schema of the persona, every field of it required', () => {
    const schema = JSON.parse(PERSONA_SYSTEM.slice(PERSONA_SYSTEM.indexOf('{'))) as {
      properties: object;
      required: string[];
    };
    expect(Object.keys(schema.properties)).toEqual(FIELDS);
    expect(schema.required).toEqual(FIELDS);
    expect(PERSONA_SYSTEM).not.toContain('{{');
  });
});

describe('the prompt for a sheet', () => {
  test('is a table of questions and answers, and nothing of scales, keys or numbers', () => {
    const answers = EPQRA.items.map(({ number }) => (number % 3 === 0 ? 1 : 0));
    const lines = fillTable(
      personaPrompt(EPQRA),
      sheetInWords(createSheet(7, answers), QUESTIONS, EPQRA),
    ).split('\n');
    const header = lines.indexOf('question,answer');
    expect(header).toBeGreaterThan(0);
    const rows = lines.slice(header + 1, header + 1 + QUESTIONS.length);
    for (const [index, row] of rows.entries()) {
      const answer = answers[index] ? 'True' : 'False';
      expect([`${QUESTIONS[index]},${answer}`, `"${QUESTIONS[index]}",${answer}`]).toContain(row);
    }
    expect(lines[header + 1 + QUESTIONS.length]).toBe('');
    expect(lines.join('\n')).not.toMatch(/\{\{|\d|scale|neurotic|extravers|psychotic/i);
  });

  test('quotes as CSV does, and takes what stands in a question for text', () => {
    const questions = ['Plain?', 'One, two?', 'Say "so"?', 'Two\nlines?', '$& {{table}} $1?'];
    expect(
      fillTable(
        'A\n{{table}}\nB',
        questions.map((question, index) => ({ question, answer: index === 1 ? 'No, no' : 'Yes' })),
      ),
    ).toBe(
      'A\nquestion,answer\nPlain?,Yes\n"One, two?","No, no"\n"Say ""so""?",Yes\n"Two\nlines?",Yes\n$& {{table}} $1?,Yes\nB',
    );
  });
});
