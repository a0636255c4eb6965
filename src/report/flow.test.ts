import { expect, test } from 'vitest';
import type { QualityRow } from '../analysis/quality/quality.ts';
import { flowOf, sayFlow, sayInterim, sayRefusals } from './flow.ts';

const NONE: QualityRow = {
  ...{ questionnaire: 'mood', model: 'GPT-4o', condition: 'Base', experiments: 0, succeeded: 0 },
  ...{ pending: 0, refused: 0, truncated: 0, unparseable: 0, invalid: 0, failed: 0 },
  ...{ withCalls: 0, laterAttempt: null, uniform: 0, incomplete: 0, partial: 0 },
  ...{ answeredFirst: 0, answeredAgain: 0, declined: 0, missingCodes: 0, notApplicable: 0 },
  ...{ notAsked: 0, attentionChecks: 0, attentionFailed: 0, answeredNotSucceeded: 0 },
  ...{ duplicateAnswers: 0, conflictingAnswers: 0 },
};

test('adds the questionnaires up for each model and condition', () => {
  const rows = flowOf([
    { ...NONE, experiments: 10, succeeded: 6, refused: 2, unparseable: 1, invalid: 1 },
    { ...NONE, questionnaire: 'other', experiments: 5, succeeded: 2, truncated: 1, pending: 2 },
    { ...NONE, condition: 'MaxN', experiments: 3, failed: 3 },
  ]);
  expect(rows).toEqual([
    {
      ...{ model: 'GPT-4o', condition: 'Base', planned: 15, pending: 2, refused: 2 },
      ...{ unparseable: 1, invalid: 1, truncated: 1, failed: 0, analysed: 8 },
    },
    {
      ...{ model: 'GPT-4o', condition: 'MaxN', planned: 3, pending: 0, refused: 0 },
      ...{ unparseable: 0, invalid: 0, truncated: 0, failed: 3, analysed: 0 },
    },
  ]);
  expect(sayFlow(rows)).toBe(
    'Of 18 planned administrations, 8 were analysed; 2 were not asked yet, 2 were refused, 1 was truncated, 1 was unparseable, 1 was invalid and 3 were ended by an error.',
  );
});

test('says when nothing was lost, and when nothing was planned', () => {
  expect(sayFlow(flowOf([{ ...NONE, experiments: 1, succeeded: 1 }]))).toBe(
    'Of 1 planned administration, 1 was analysed.',
  );
  expect(sayFlow([])).toBe('No administration was planned.');
});

test('calls a study interim while administrations are pending, and not after', () => {
  const rows = flowOf([
    { ...NONE, experiments: 30, succeeded: 24, refused: 1, pending: 5 },
    { ...NONE, condition: 'MaxN', experiments: 3, pending: 3 },
  ]);
  expect(sayInterim(rows)).toBe(
    'Interim: 25 of 33 planned administrations are in. Estimates will change, and no test is final before the remaining 8 are in as well.',
  );
  expect(sayInterim(flowOf([{ ...NONE, experiments: 30, succeeded: 24, refused: 6 }]))).toBeNull();
});

test('says how many were refused by condition, and nothing where the shares are equal', () => {
  const rows = flowOf([
    { ...NONE, condition: 'A', experiments: 32, refused: 8, succeeded: 24 },
    { ...NONE, condition: 'B', experiments: 32, refused: 32 },
    { ...NONE, condition: 'C', experiments: 40, succeeded: 32, pending: 8 },
    { ...NONE, condition: 'D', experiments: 32, succeeded: 32 },
  ]);
  expect(sayRefusals(rows)).toEqual([
    'Refusals by condition: 100.0 % under B (32 of 32); 25.0 % under A (8 of 32); none under the other 2.',
  ]);
  expect(sayRefusals(rows.slice(1, 3))).toEqual([
    'Refusals by condition: 100.0 % under B (32 of 32); none under C.',
  ]);
  const alike = flowOf([
    { ...NONE, experiments: 4, refused: 1 },
    { ...NONE, condition: 'A' },
  ]);
  expect(sayRefusals(alike)).toEqual([]);
});
