import { createCatalogue } from '../../src/models/catalogue.ts';
import type { Task } from '../../src/runner/task.ts';

/** A task that takes whatever text comes for its value. */
export function textTask(id: number): Task<string> {
  return {
    id,
    groupId: 1,
    subject: 'text',
    model: createCatalogue().find('sim-gpt4o'),
    request: {
      modelId: 'm',
      system: null,
      turns: [],
      user: 'u',
      temperature: null,
      topP: null,
      maxTokens: null,
      maxTokensField: 'max_tokens',
      format: 'json',
      logprobs: null,
      extra: {},
    },
    replyTokens: 1,
    seedOf: () => 0,
    read: ({ text }) => ({ outcome: 'answered', value: text }),
  };
}
