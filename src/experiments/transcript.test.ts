import { expect, test } from 'vitest';
import { transcriptOf } from './transcript.ts';

test('reads the messages and the reply of a chat completion', () => {
  const request = {
    model: 'm',
    messages: [
      { role: 'system', content: 'You are Ana.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One' },
          { type: 'text', text: 'Two' },
        ],
      },
    ],
  };
  const reply = { choices: [{ message: { role: 'assistant', content: 'Yes "1"' } }] };
  expect(transcriptOf(JSON.stringify(request), JSON.stringify(reply))).toEqual({
    messages: [
      { role: 'system', text: 'You are Ana.' },
      { role: 'user', text: 'One\nTwo' },
    ],
    reply: 'Yes "1"',
  });
});

test('reads the messages and the reply of a Converse call', () => {
  const request = {
    system: [{ text: 'You are Ana.' }],
    messages: [{ role: 'user', content: [{ text: 'Answer.' }] }],
  };
  const reply = { output: { message: { role: 'assistant', content: [{ text: '2' }] } } };
  expect(transcriptOf(JSON.stringify(request), JSON.stringify(reply))).toEqual({
    messages: [
      { role: 'system', text: 'You are Ana.' },
      { role: 'user', text: 'Answer.' },
    ],
    reply: '2',
  });
});

test('has no reply where there is no text in it', () => {
  for (const reply of [
    null,
    '',
    'not JSON',
    '{"choices":[]}',
    '[1]',
    '{"choices":[{"message":null}]}',
  ])
    expect(transcriptOf(null, reply)).toEqual({ messages: [], reply: null });
});
