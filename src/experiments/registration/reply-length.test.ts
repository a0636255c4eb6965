import { describe, expect, test } from 'vitest';
import { PUBLISHED_SETTINGS } from '../../administration/settings.ts';
import { UserError } from '../../errors.ts';
import { findInstrument } from '../../instruments/load.ts';
import { tokensOfReply } from '../../runner/budget/estimate.ts';
import { requireRoom, requireRoomInGroup, warnOfRoom } from './reply-length.ts';

const EPQRA = findInstrument('epqra');
const { compact, longest } = tokensOfReply(EPQRA.asked);
const writer = (maxTokens: number | null) => ({ name: 'sim-gpt4o', maxTokens });

describe('the reply to a questionnaire', () => {
  test.each([null, compact, longest])(
    'may be asked for where the model may write %s tokens',
    (limit) => {
      expect(() => requireRoom(EPQRA, PUBLISHED_SETTINGS, writer(limit))).not.toThrow();
      expect(() => requireRoomInGroup(5, EPQRA, PUBLISHED_SETTINGS, writer(limit))).not.toThrow();
    },
  );

  test('is not asked for where even its shortest form does not fit', () => {
    const words = new RegExp(
      `24 items of epqra.*at least ${compact} tokens.*may write only ${compact - 1} `,
    );
    expect(() => requireRoom(EPQRA, PUBLISHED_SETTINGS, writer(compact - 1))).toThrow(words);
    expect(() => requireRoom(EPQRA, PUBLISHED_SETTINGS, writer(compact - 1))).toThrow(UserError);
  });

  test('of a registered group that does not fit names the group and how to give it up', () => {
    try {
      requireRoomInGroup(5, EPQRA, PUBLISHED_SETTINGS, writer(compact - 1));
      expect.unreachable();
    } catch (error) {
      expect((error as UserError).message).toContain('Group 5:');
      expect((error as UserError).hint).toContain('personas groups close 5');
    }
  });

  test('is warned of where its longest form would be cut off, with a limit that is enough', () => {
    for (const limit of [null, longest, longest + 1])
      expect(warnOfRoom(EPQRA, PUBLISHED_SETTINGS, writer(limit))).toBeNull();
    const warning = warnOfRoom(EPQRA, PUBLISHED_SETTINGS, writer(longest - 1))!;
    const advised = Number(/max_tokens in the configuration to (\d+)/.exec(warning)![1]);
    expect(warning).toContain('models.sim-gpt4o.parameters');
    expect(warnOfRoom(EPQRA, PUBLISHED_SETTINGS, writer(advised))).toBeNull();
  });
});
