import { describe, expect, test } from 'vitest';
import { fillTemplate } from './template.ts';

const PERSONA = {
  id: 7,
  description: 'I am Ana.',
  location: null,
  occupation: ' \n',
  repetitions: 0,
};

describe('fillTemplate', () => {
  test('replaces every slot with what the persona has, numbers and zero included', () => {
    const template = 'Be <row.description> (<row.id>, draw <row.repetitions>): <row.description>';
    expect(fillTemplate(template, PERSONA)).toEqual({
      ok: true,
      text: 'Be I am Ana. (7, draw 0): I am Ana.',
    });
  });

  test('takes a value as text: neither a slot nor a replacement pattern in it has a meaning', () => {
    const description = 'My name is <row.id>, I owe $& and $1 to $$.';
    expect(fillTemplate('<row.description>', { ...PERSONA, description })).toEqual({
      ok: true,
      text: description,
    });
  });

  test.each([
    ['is null', '<row.location>'],
    ['is blank', '<row.occupation>'],
    ['no persona has', '<row.shoe_size>'],
    ['only every JavaScript object has', '<row.constructor>'],
    ['has no name', '<row.>'],
    ['is written with a space', '<row.id >'],
  ])('fills nothing where a field %s', (_, slot) => {
    expect(fillTemplate(`I am <row.id> ${slot}`, PERSONA)).toEqual({
      ok: false,
      reason: `the persona has no value for ${slot}`,
    });
  });

  test('names each missing field once, in the order of the template', () => {
    const filled = fillTemplate('<row.b><row.location><row.b><row.id>', PERSONA);
    expect(filled).toMatchObject({
      reason: 'the persona has no value for <row.b>, <row.location>',
    });
  });

  test.each(['', 'No slot.', '<row>', '< row.id>', '{{items}}', '<row.<id>>'])(
    'leaves "%s" as it is',
    (text) => {
      expect(fillTemplate(text, PERSONA)).toEqual({ ok: true, text });
    },
  );
});
