import { Command } from 'commander';
import { expect, test } from 'vitest';
import { administration, PUBLISHED_SETTINGS } from '../../administration/settings.ts';
import {
  type AdministrationOptions,
  addAdministrationOptions,
  administrationFrom,
} from './administration.ts';

function settingsFor(...args: string[]) {
  const command = addAdministrationOptions(new Command().exitOverride());
  command.parse(args, { from: 'user' });
  return administrationFrom(command.opts<AdministrationOptions>());
}

test('without options a questionnaire is administered in the published way', async () => {
  expect(await settingsFor()).toEqual(PUBLISHED_SETTINGS);
});

test('every setting has an option', async () => {
  const settings = await settingsFor(
    ...['--item-order', 'shuffled', '--option-order', 'reversed', '--option-display', 'ends'],
    ...['--midpoint', 'dropped', '--offer-no-answer', '--items-per-call', '5'],
    ...['--earlier-turns', 'kept', '--answer-as', 'value', '--format', 'text'],
    ...['--elicit', 'reasoned', '--persona-in', 'user', '--persona-as', 'attributes'],
    ...['--paraphrase', new URL(import.meta.url).pathname, '--ask-missing', '--temperature', '0'],
  );
  for (const name of Object.keys(administration.shape) as (keyof typeof settings)[])
    expect(settings[name], name).not.toEqual(PUBLISHED_SETTINGS[name]);
});

test.each(['all', 'block', 7])('items per call may be %s', async (size) => {
  expect((await settingsFor('--items-per-call', String(size))).items_per_call).toBe(size);
});
