import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Dice, diceOf } from '../../test/support/disguises/dice.ts';
import { asJson, disguiseObject } from '../../test/support/disguises/disguise.ts';
import { type Fields, fields } from '../../test/support/disguises/tree.ts';
import { parsePersona, type WrittenPersona } from './generation/reply.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 60_000 });

const RUN = { seed: 20_260_102, numRuns: 2000 };
const seeds = fc.nat({ max: 2 ** 31 });

const NAMES = [
  'Marta Gil',
  'José Núñez',
  "Siobhán O'Neill",
  '山田 花子',
  'Ana-Maria "Mia" Popescu',
] as const;
const DESCRIPTIONS = [
  'She grew up above her parents’ bakery in Soria and still wakes before the alarm, listening for the ovens that are long gone.\n\nShe counts her change twice, worries about trains that are never late, and laughs louder than she means to when friends drop by.',
  'He says "no", and then "well, yes": it is how he has always been, his sister claims, and she should know {having shared a room}.\n\nHe never lies [or so he says]; his age: unknown to most. // He keeps lists, # and burns them, because "name": "nobody" is his motto.',
] as const;

function drawPersona(dice: Dice): WrittenPersona {
  return {
    name: dice.pick(NAMES),
    age: 18 + dice.below(70),
    gender: dice.pick(['Female', 'Non-binary']),
    sexual_orientation: dice.pick(['Straight', 'Heterosexual']),
    race: dice.pick(['White', 'Black or African American']),
    ethnicity: dice.pick(['Spanish', 'N’Ko']),
    religious_belief: dice.pick(['No religion', 'Roman Catholic']),
    occupation: dice.pick(['Nurse', 'Co-owner of "Café 54"']),
    political_orientation: dice.pick(['Centre-left', 'Not specified']),
    location: dice.pick(['Soria, Spain', 'Łódź, Polska']),
    description: dice.pick(DESCRIPTIONS),
  };
}

const KEYS: readonly ((field: string) => string)[] = [
  (field) => field,
  (field) => field.replaceAll('_', ' '),
  (field) => field[0]!.toUpperCase() + field.slice(1).replaceAll('_', '-'),
  (field) => field.toUpperCase(),
];
const AGES: readonly ((age: number) => string | number)[] = [
  (age) => age,
  String,
  (age) => `${age} years old`,
  (age) => `${age}.0`,
];
const SHAPES: readonly ((persona: Fields) => Fields)[] = [
  (persona) => persona,
  (persona) => fields(['persona', persona]),
  (persona) => fields(['result', fields(['status', 'ok'], ['personas', [persona]])]),
  (persona) => fields(['role', 'assistant'], ['content', asJson(persona)]),
  (persona) =>
    fields(...persona.fields, ['hobbies', ['baking', 'chess']], ['notes', fields(['sheet', 3])]),
];

/** A persona as an object; `change` tells what to write for a field, undefined to leave it out. */
function objectOf(
  persona: WrittenPersona,
  dice: Dice,
  change: (field: string, value: string | number) => string | number | undefined,
): Fields {
  const key = dice.pick(KEYS);
  const age = dice.pick(AGES);
  const entries = dice
    .shuffle(Object.entries(persona) as [string, string | number][])
    .flatMap(([field, value]) => {
      const written = change(field, field === 'age' ? age(persona.age) : value);
      return written === undefined ? [] : [[key(field), written] as const];
    });
  return dice.pick(SHAPES)(fields(...entries));
}

const whole = (_: string, value: string | number) => value;

describe('personas', () => {
  test('are read to the letter, in whatever disguise', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const dice = diceOf(seed);
        const persona = drawPersona(dice);
        const { text, wears } = disguiseObject(
          objectOf(persona, dice, whole),
          objectOf(drawPersona(dice), dice, whole),
          dice,
        );
        const reply = parsePersona(text);
        const read = JSON.stringify(
          reply.kind === 'persona' ? Object.entries(reply.persona).sort() : reply,
        );
        const expected = JSON.stringify(Object.entries(persona).sort());
        if (read !== expected) expect(read, `${wears}\n${text}`).toBe(expected);
      }),
      RUN,
    );
  });

  test('within thoughts are none', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const dice = diceOf(seed);
        const object = objectOf(drawPersona(dice), dice, whole);
        const { text, wears } = disguiseObject(
          object,
          objectOf(drawPersona(dice), dice, whole),
          dice,
        );
        const [opening, closing] = dice.pick([
          ['<think>', '</think>'] as const,
          ['', '</think>'] as const,
          ['[THINK]', '[/THINK]'] as const,
        ]);
        expect(
          parsePersona(`${opening}${text}${closing}I am sorry.`).kind,
          `${wears}\n${text}`,
        ).toBe('rejected');
      }),
      { ...RUN, numRuns: 1000 },
    );
  });

  test('without one of their fields are none, naming it', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const dice = diceOf(seed);
        const persona = drawPersona(dice);
        const gone = dice.pick(Object.keys(persona));
        const nothing = dice.pick([undefined, '', 'N/A', '...', 'string']);
        const object = objectOf(persona, dice, (field, value) =>
          field === gone ? nothing : value,
        );
        const { text, wears } = disguiseObject(
          object,
          objectOf(drawPersona(dice), dice, whole),
          dice,
        );
        expect(parsePersona(text), `${wears}\n${text}`).toMatchObject({
          kind: 'rejected',
          outcome: 'invalid',
          reason: `missing: ${gone}`,
        });
      }),
      { ...RUN, numRuns: 1000 },
    );
  });

  test('cut off anywhere are none', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const dice = diceOf(seed);
        const text = asJson(objectOf(drawPersona(dice), dice, whole));
        const cut = 1 + dice.below(text.length - 1);
        expect(parsePersona(text.slice(0, cut)).kind, text.slice(0, cut)).toBe('rejected');
      }),
      { ...RUN, numRuns: 1000 },
    );
  });

  test('of which there are two are none', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const dice = diceOf(seed);
        const persona = drawPersona(dice);
        const other = { ...persona, age: persona.age + 1 };
        const [one, two] = [persona, other].map((each) => asJson(objectOf(each, dice, whole)));
        expect(parsePersona(`${one}\n\n${two}`)).toMatchObject({
          kind: 'rejected',
          outcome: 'invalid',
          reason: 'the reply contains 2 personas',
        });
      }),
      { ...RUN, numRuns: 500 },
    );
  });
});
