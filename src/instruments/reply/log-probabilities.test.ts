import { expect, test } from 'vitest';
import { planCalls } from '../../administration/calls.ts';
import { PUBLISHED_ORDER } from '../../administration/order.ts';
import { PUBLISHED_SETTINGS } from '../../administration/settings.ts';
import type { Asked } from '../asked/asked.ts';
import { findInstrument } from '../load.ts';
import { probabilitiesOf } from './log-probabilities.ts';

/** The first item of the GAD-7: A) Not at all (0), B) Several days (1), … D (3). */
const asked: Asked = planCalls(
  findInstrument('gad7'),
  { ...PUBLISHED_SETTINGS, elicit: 'logprobs', items_per_call: 1 },
  PUBLISHED_ORDER,
)[0]!.asked;

const rounded = (values: ReadonlyMap<number, number>) =>
  [...values].map(([value, probability]) => [value, Number(probability.toFixed(6))]);

test('llama-server’s list: ids and bytes beside each token, the chosen one in it', () => {
  const { choices } = JSON.parse(`{"choices": [{"index": 0, "finish_reason": "length",
    "message": {"role": "assistant", "content": "B"},
    "logprobs": {"content": [{"id": 33, "token": "B", "bytes": [66], "logprob": -0.5108256,
      "top_logprobs": [
        {"id": 33, "token": "B", "bytes": [66], "logprob": -0.5108256},
        {"id": 362, "token": " A", "bytes": [32, 65], "logprob": -1.6094379},
        {"id": 32, "token": "A", "bytes": [65], "logprob": -2.9957323},
        {"id": 8, "token": "(", "bytes": [40], "logprob": -3.2188758}]}]}}]}`);
  const { probabilities, outside } = probabilitiesOf(
    asked,
    choices[0].logprobs.content[0].top_logprobs,
  );
  expect(rounded(probabilities)).toEqual([
    [1, 0.6],
    [0, 0.25],
  ]);
  expect(outside).toBeCloseTo(0.15, 6);
});

test('vLLM’s list: a token without a chance has -9999', () => {
  const { choices } = JSON.parse(`{"choices": [{"index": 0, "stop_reason": null,
    "message": {"role": "assistant", "content": " D"},
    "logprobs": {"content": [{"token": " D", "logprob": -0.1053605, "bytes": [32, 68],
      "top_logprobs": [
        {"token": " D", "logprob": -0.1053605, "bytes": [32, 68]},
        {"token": "\\n", "logprob": -2.9957323, "bytes": [10]},
        {"token": "C", "logprob": -9999.0, "bytes": [67]}]}]}}]}`);
  const { probabilities, outside } = probabilitiesOf(
    asked,
    choices[0].logprobs.content[0].top_logprobs,
  );
  expect(rounded(probabilities)).toEqual([
    [3, 0.9],
    [2, 0],
  ]);
  expect(outside).toBeCloseTo(0.1, 6);
});

test.each(['b', 'B)', 'Be', '(B', 'Several', '', '▁B', 'E'])(
  'a token %j counts for no option',
  (token) => {
    expect(probabilitiesOf(asked, [{ token, logprob: -0.1 }])).toEqual({
      probabilities: new Map(),
      outside: 1,
    });
  },
);

test('rounding does not make the rest negative', () => {
  const { outside } = probabilitiesOf(asked, [
    { token: 'A', logprob: 0 },
    { token: ' A', logprob: -20 },
  ]);
  expect(outside).toBe(0);
});
