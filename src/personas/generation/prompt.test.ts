import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { findInstrument, parseInstrument } from '../../instruments/load.ts';
import { createSheet } from '../sheets/sheet.ts';
import { answerTable, PERSONA_SYSTEM, personaPrompt, sheetInWords } from './prompt.ts';

const EPQRA = findInstrument('epqra');
const QUESTIONS = EPQRA.items.map((item) => item.text);
const FIELDS =
  'name age gender sexual_orientation race ethnicity religious_belief occupation political_orientation location description'.split(
    ' ',
  );

/** Answers of different kinds, in two blocks. */
const MIXED = parseInstrument(
  JSON.stringify({
    format: 2,
    slug: 'mixed',
    title: 'Mixed',
    citation: 'Made for this test.',
    licence: 'None needed.',
    language: 'en',
    instructions: 'Think of last week.',
    answers: [
      {
        id: 'often',
        options: [{ value: 1, label: 'Never' }, { value: 2 }, { value: 3, label: 'Always' }],
      },
      {
        id: 'slider',
        range: { min: 0, max: 100, step: 10, anchors: { '0': 'not at all', '100': 'wholly' } },
      },
    ],
    blocks: [
      {
        instructions: 'How were you?',
        answers: 'often',
        items: [
          { id: 'nervous', text: 'Nervous?' },
          { id: 'sure', text: 'Sure?', answers: 'slider' },
        ],
      },
      {
        answers: 'often',
        items: [
          { id: 'sad', text: 'Sad?', optional: true },
          { id: 'hours', text: 'Hours?', number: { min: 0, max: 168, unit: 'h', decimals: 1 } },
          { id: 'why', text: 'Why?', open: { max_characters: 100 } },
        ],
      },
    ],
    scales: [],
  }),
  'mixed.json',
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
    const lines = answerTable(
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

  test('of the study is what it always was, to the byte', () => {
    const answers = EPQRA.items.map(({ number }) => (number % 3 === 0 ? 1 : 0));
    const prompt = answerTable(
      personaPrompt(EPQRA),
      sheetInWords(createSheet(7, answers), QUESTIONS, EPQRA),
    );
    expect(createHash('sha256').update(prompt).digest('hex')).toBe(
      '592b21be0248a60282b4fddf945b0f21296a89be55b513a52059cce294656f53',
    );
  });

  test('of Likert items names each answer, and the answers there were', () => {
    const miniipip = findInstrument('miniipip');
    const sheet = createSheet(
      1,
      miniipip.items.map(({ number }) => (number % 5) + 1),
    );
    const texts = miniipip.items.map(({ text }) => text);
    const prompt = answerTable(personaPrompt(miniipip), sheetInWords(sheet, texts, miniipip));
    expect(prompt).toContain(
      '\nquestion,answer\nAm the life of the party.,Moderately inaccurate\n',
    );
    expect(prompt).toContain(`Instructions: ${miniipip.instructions}`);
    expect(prompt).toContain(
      'Possible answers to all questions: "Very inaccurate", "Moderately inaccurate", "Neither accurate nor inaccurate", "Moderately accurate", "Very accurate".',
    );
    expect(prompt).not.toMatch(/\{\{|True|no answer|neurotic|extravers/i);
  });

  test('tells what belongs to which question where they differ, and shows no text', () => {
    const texts = MIXED.items.map(({ text }) => text);
    const sheet = createSheet(1, [2, 70, null, 12.5, null]);
    expect(sheetInWords(sheet, texts, MIXED)).toEqual([
      { question: 'Nervous?', answer: '2' },
      { question: 'Sure?', answer: '70' },
      { question: 'Sad?', answer: '(no answer)' },
      { question: 'Hours?', answer: '12.5 h' },
    ]);
    const asked = personaPrompt(MIXED).split('{{table}}')[1]!.split('\n\n').slice(1, -1);
    expect(asked).toEqual([
      'Instructions: Think of last week.',
      'Instructions for questions 1 to 2: How were you?',
      'Possible answers to question 1: "1 (Never)", "2", "3 (Always)".',
      'Possible answers to question 2: whole numbers, of which "0 (not at all)", "100 (wholly)".',
      'Possible answers to question 3: "1 (Never)", "2", "3 (Always)".',
      'Possible answers to question 4: a number from 0 to 168 (h).',
      '"(no answer)" stands where the person left a question out or was not asked it.',
    ]);
  });

  test('quotes as CSV does, and takes what stands in a question for text', () => {
    const questions = ['Plain?', 'One, two?', 'Say "so"?', 'Two\nlines?', '$& {{table}} $1?'];
    expect(
      answerTable(
        'A\n{{table}}\nB',
        questions.map((question, index) => ({ question, answer: index === 1 ? 'No, no' : 'Yes' })),
      ),
    ).toBe(
      'A\nquestion,answer\nPlain?,Yes\n"One, two?","No, no"\n"Say ""so""?",Yes\n"Two\nlines?",Yes\n$& {{table}} $1?,Yes\nB',
    );
  });
});
