import { describe, expect, it } from 'vitest';
import { PERSONA_KEYS, readPersonaRequest } from './persona-request.ts';

const SCHEMA = JSON.stringify({
  properties: Object.fromEntries(PERSONA_KEYS.map((key) => [key, { type: 'string' }])),
});

describe('readPersonaRequest', () => {
  it('reads the table, quoted or not, up to its end', () => {
    const user =
      'Columns:\n- question\n- answer\n\nquestion,answer\nAre you tall?,True\n"Do you say ""no"", often?",False\nWell, well, well?,True\n\nNow write, please';
    expect(readPersonaRequest(SCHEMA, user)).toEqual([
      { question: 'Are you tall?', answer: 'True' },
      { question: 'Do you say "no", often?', answer: 'False' },
      { question: 'Well, well, well?', answer: 'True' },
    ]);
  });

  it.each([
    ['line ends of Windows', 'question,answer\r\nAre you tall?,True\r\n\r\nWrite.'],
    ['capitals and quotes', '"Question","Answer"\n"Are you tall?","True"'],
    ['a fence round it', '```csv\nquestion,answer\nAre you tall?,True\n```\nThanks.'],
  ])('reads a table with %s', (_, user) => {
    expect(readPersonaRequest(SCHEMA, user)).toEqual([
      { question: 'Are you tall?', answer: 'True' },
    ]);
  });

  it('finds the schema in the prompt as well', () => {
    expect(readPersonaRequest(null, `${SCHEMA}\nquestion,answer\nAre you tall?,1\n`)).toEqual([
      { question: 'Are you tall?', answer: '1' },
    ]);
  });

  it.each([
    ['no table', SCHEMA, 'Answer these: {"1": "Are you tall?"}'],
    ['no schema', 'You are Ann.', 'question,answer\nAre you tall?,True\n'],
    ['another schema', '{"name": 1, "description": 2}', 'question,answer\nAre you tall?,True\n'],
  ])('takes a request with %s for something else', (_, system, user) => {
    expect(readPersonaRequest(system, user)).toBeNull();
  });
});
