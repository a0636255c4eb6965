/** A questionnaire of several blocks, for administrations in several calls, and replies to its calls. */
import type { Instrument } from '../../src/instruments/instrument.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { type Behaviour, type Seen, sends } from './misbehaving-server.ts';

const item = (id: string) => ({ id, text: `${id} describes me.` });
const AGREE = ['No', 'Rather no', 'Neither', 'Rather yes', 'Yes'];

/** Two blocks that always apply, and one that does after "Yes" or "Rather yes" to a1. */
export const MOODS: Instrument = parseInstrument(
  JSON.stringify({
    format: 2,
    slug: 'moods',
    title: 'Moods',
    citation: 'Made for this test.',
    licence: 'None needed.',
    language: 'en',
    instructions: 'Say how far each item describes you.',
    answers: [
      { id: 'agree5', options: AGREE.map((label, index) => ({ value: index + 1, label })) },
      {
        id: 'often3',
        options: ['Never', 'Sometimes', 'Often'].map((label, index) => ({
          value: index,
          label,
          points: index * 2,
        })),
      },
    ],
    blocks: [
      { answers: 'agree5', items: ['a1', 'a2', 'a3'].map(item) },
      { answers: 'often3', items: ['b1', 'b2'].map(item) },
      { answers: 'often3', if: { item: 'a1', in: [4, 5] }, items: ['c1'].map(item) },
    ],
    scales: [
      { id: 'A', name: 'Agreement', score: 'sum', items: ['a1', 'a2', '-a3'] },
      { id: 'B', name: 'Often', score: 'mean', items: ['b1', 'b2', 'c1'], missing: { most: 2 } },
    ],
  }),
  'moods.json',
);

/** The label for an item: the same for each persona, and different within a block. */
function answerOf(id: string): string {
  const place = Number(id.slice(1));
  return id.startsWith('a') ? AGREE[5 - place]! : ['Never', 'Sometimes', 'Often'][place]!;
}

/** A reply that answers these items. */
export function replyTo(
  ids: readonly string[],
  of: (id: string) => string | null = answerOf,
  explanation = `About ${ids.join()}.`,
): string {
  return JSON.stringify({ ...Object.fromEntries(ids.map((id) => [id, of(id)])), explanation });
}

/** The ids of the items that a request asks, in the order shown. */
export function itemsAsked(seen: Pick<Seen, 'json'>): string[] {
  const messages = seen.json.messages as { role: string; content: string }[];
  return [...messages.at(-1)!.content.matchAll(/^ {2}"([^"]+)": "/gm)].map((match) => match[1]!);
}

/** A reply of one token, with the probabilities of what could have stood there. */
export function likely(probabilities: Readonly<Record<string, number>> | null): Behaviour {
  const tokens = Object.entries(probabilities ?? {}).map(([token, probability]) => ({
    token,
    logprob: Math.log(probability),
  }));
  const [first] = tokens.toSorted((a, b) => b.logprob - a.logprob);
  const content = first?.token.trim() ?? 'A';
  return sends(
    JSON.stringify({
      id: 'x',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content },
          logprobs:
            probabilities === null ? null : { content: [{ ...first, top_logprobs: tokens }] },
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 1 },
    }),
    { headers: { 'content-type': 'application/json' } },
  );
}
