import { expect, test } from 'vitest';
import { messagesOf, replyIn } from './conversation.ts';

test('reads the messages and the reply of a chat completion', () => {
  const content = [
    { type: 'text', text: 'One' },
    { type: 'text', text: 'Two' },
  ];
  const messages = [
    { role: 'system', content: 'You are Ana.' },
    { role: 'user', content },
  ];
  expect(messagesOf({ model: 'm', messages })).toEqual([
    { role: 'system', text: 'You are Ana.' },
    { role: 'user', text: 'One\n\nTwo' },
  ]);
  expect(replyIn({ choices: [{ message: { role: 'assistant', content: 'Yes "1"' } }] })).toBe(
    'Yes "1"',
  );
});

test('reads the messages and the reply of a Converse call', () => {
  const request = {
    system: [{ text: 'You are Ana.' }],
    messages: [{ role: 'user', content: [{ text: 'Answer.' }] }],
  };
  expect(messagesOf(request)).toEqual([
    { role: 'system', text: 'You are Ana.' },
    { role: 'user', text: 'Answer.' },
  ]);
  expect(replyIn({ output: { message: { content: [{ text: '2' }] } } })).toBe('2');
});

test('has no reply where there is no text in it', () => {
  for (const reply of [null, '', 'text', { choices: [] }, [1], { choices: [{ message: null }] }])
    expect(replyIn(reply)).toBeNull();
});
