import { Command } from 'commander';
import { expect, test } from 'vitest';
import { administration, PUBLISHED_SETTINGS } from '../../administration/settings.ts';
import {
  type AdministrationOptions,
  addAdministrationOptions,
  administrationFrom,
} from './administration.ts';

function settingsFor(...args: string[]) {
  const command = addAdministrationOptions(
    new Command().exitOverride().configureOutput({ writeErr: () => {} }),
  );
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
    ...['--noise', 'swap,0.1,prompt', '--top-p', '0.5', '--max-reply-tokens', '900'],
    ...['--reasoning-effort', 'low', '--parameter', 'top_k=5', '--parameter', 'stop=["a"]'],
  );
  for (const name of Object.keys(administration.shape) as (keyof typeof settings)[])
    expect(settings[name], name).not.toEqual(PUBLISHED_SETTINGS[name]);
});

test.each(['all', 'block', 7])('items per call may be %s', async (size) => {
  expect((await settingsFor('--items-per-call', String(size))).items_per_call).toBe(size);
});

test('parameters are read as JSON where they are, else as text', async () => {
  const { parameters } = await settingsFor('--parameter', 'a={"b":[1]}', '--parameter', 'c=high=1');
  expect(parameters).toEqual({ a: { b: [1] }, c: 'high=1' });
});

test('noise is a kind, a rate and a place', async () => {
  expect((await settingsFor('--noise', 'keyboard,.05')).noise).toEqual({
    kind: 'keyboard',
    rate: 0.05,
    of: 'items',
  });
  expect((await settingsFor('--noise', 'none')).noise).toBe('none');
  await expect(async () => settingsFor('--noise', 'keyboard,0')).rejects.toThrow('a rate up to 1');
});
