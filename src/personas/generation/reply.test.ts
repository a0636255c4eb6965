import { describe, expect, test } from 'vitest';
import { countWords } from '../persona.ts';
import { parsePersona, type WrittenPersona } from './reply.ts';

const DESCRIPTION = [
  'Marta grew up above her parents’ bakery in Soria and still wakes before the alarm, listening for the ovens that are long gone.',
  'She counts her change twice, worries about trains that are never late, and laughs louder than she means to when friends drop by.',
].join('\n\n');

const WRITTEN: WrittenPersona = {
  name: 'Marta Gil',
  age: 34,
  gender: 'Female',
  sexual_orientation: 'Heterosexual',
  race: 'White',
  ethnicity: 'Spanish',
  religious_belief: 'Catholic',
  occupation: 'Nurse',
  political_orientation: 'Centre-left',
  location: 'Soria, Spain',
  description: DESCRIPTION,
};
const NO_VALUES = ['', '  ', 'string', 'null', null, 'N/A', '...', '<name>', [], {}];

const personaOf = (text: string): WrittenPersona => {
  const reply = parsePersona(text);
  if (reply.kind !== 'persona') throw new Error(`${reply.outcome}: ${reply.reason}`);
  return reply.persona;
};
const written = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({ ...WRITTEN, ...changes });

describe('a persona is found in', () => {
  test.each<[string, string]>([
    ['an object alone', written()],
    ['a fence', `\`\`\`json\n${written()}\n\`\`\``],
    [
      'prose before and after',
      `Here is the persona you asked for:\n\n${written()}\n\nLet me know if {anything} should change.`,
    ],
    ['an object under a key', JSON.stringify({ persona: WRITTEN })],
    ['an object two keys deep, in a list', JSON.stringify({ result: { personas: [WRITTEN] } })],
    [
      'a message whose content is a string',
      JSON.stringify({ role: 'assistant', content: written() }),
    ],
    ['an object with a trailing comma', written().replace(/\}$/, ',\n}')],
    ['an object with raw newlines in a string', written().replaceAll('\\n', '\n')],
    ['an object with further fields', written({ hobbies: ['baking'], note: null })],
    [
      'an object whose keys are written otherwise',
      written().replace('"sexual_orientation"', '"Sexual Orientation"').replace('"age"', '"Age"'),
    ],
  ])('%s', (_, text) => {
    expect(personaOf(text)).toEqual(WRITTEN);
  });

  test.each([
    ['ethnicnicity', 'ethnicity'],
    ['religion', 'religious_belief'],
    ['profession', 'occupation'],
    ['biography', 'description'],
    ['full name', 'name'],
  ] as const)('an object that says "%s" for %s', (alias, field) => {
    expect(personaOf(written({ [field]: undefined, [alias]: WRITTEN[field] }))).toEqual(WRITTEN);
  });
});

describe('fields in objects of their own', () => {
  const { age, gender, race, ethnicity, name, description, ...others } = WRITTEN;

  test.each<[string, unknown, Partial<WrittenPersona>]>([
    ['a location in parts', { ...WRITTEN, location: { city: 'Soria', country: 'Spain' } }, {}],
    [
      'a location with nothing for one part',
      { ...WRITTEN, location: { city: 'Soria', state: null, country: 'Spain' } },
      {},
    ],
    [
      'a location in a list',
      { ...WRITTEN, location: [{ city: 'Soria' }, { country: 'Spain' }] },
      {},
    ],
    [
      'a location with its code',
      { ...WRITTEN, location: { city: 'Soria', zip: 42001 } },
      { location: 'Soria, 42001' },
    ],
    [
      'a location that is whole, and in parts',
      { ...WRITTEN, location: { full: 'Soria, Spain', city: 'Soria', lat: 41.7 } },
      {},
    ],
    ['a name in parts', { ...WRITTEN, name: { first: 'Marta', last: 'Gil' } }, {}],
    [
      'a name in parts, the family’s first',
      { ...WRITTEN, name: { last_name: 'Gil', first_name: 'Marta' } },
      {},
    ],
    ['an age with its unit', { ...WRITTEN, age: { value: 34, unit: 'years' } }, {}],
    [
      'values that say how sure they are',
      { ...WRITTEN, race: { value: 'White', confidence: 0.9 } },
      {},
    ],
    [
      'a description in parts',
      {
        ...WRITTEN,
        description: { youth: DESCRIPTION.split('\n\n')[0], now: DESCRIPTION.split('\n\n')[1] },
      },
      {},
    ],
    [
      'every value in an object',
      Object.fromEntries(Object.entries(WRITTEN).map(([field, value]) => [field, { value }])),
      {},
    ],
    [
      'demographics',
      { name, demographics: { age, gender, race, ethnicity, ...others }, description },
      {},
    ],
    [
      'demographics, of which the name is one',
      { demographics: { name, age, gender, race, ethnicity, ...others }, biography: description },
      {},
    ],
    [
      'groups within a group',
      {
        persona: {
          personal_info: { name, age, gender },
          background: { race, ethnicity, ...others },
          description,
        },
      },
      {},
    ],
    [
      'demographics in a list',
      {
        name,
        description,
        demographics: Object.entries({ age, gender, race, ethnicity, ...others }).map(
          ([field, value]) => ({ [field]: value }),
        ),
      },
      {},
    ],
    ['somebody else', { ...WRITTEN, spouse: { name: 'Juan Ruiz', age: 40, gender: 'Male' } }, {}],
  ])('%s', (_, object, changes) => {
    expect(personaOf(JSON.stringify(object))).toEqual({ ...WRITTEN, ...changes });
  });

  test('that could be read in two ways are no values', () => {
    const unclear: Partial<Record<keyof WrittenPersona, unknown>> = {
      name: { nickname: 'Marta', alias: 'Gil' },
      age: { years: 34, months: 2 },
      religious_belief: { practising: false, belief: 'Catholic' },
      location: { type: 'string', description: 'Where the person lives' },
      occupation: { title: 'Nurse', employer: 'N/A' },
      race: {},
    };
    for (const [field, value] of Object.entries(unclear)) {
      expect(parsePersona(JSON.stringify({ ...WRITTEN, [field]: value })), field).toMatchObject({
        outcome: 'invalid',
      });
    }
  });

  test('of somebody else are not those of the persona', () => {
    const text = JSON.stringify({
      ...WRITTEN,
      age: undefined,
      spouse: { name: 'Juan Ruiz', age: 40 },
    });
    expect(parsePersona(text)).toMatchObject({ reason: 'missing: age', code: 'missing_fields' });
  });

  test('that contradict the others are named', () => {
    const text = JSON.stringify({ ...WRITTEN, demographics: { age: 40 } });
    expect(parsePersona(text)).toMatchObject({
      reason: 'age occurs twice with different values',
      code: 'contradiction',
    });
  });
});

describe('a description in a script without spaces', () => {
  test.each([
    [
      'Chinese',
      '玛尔塔在索里亚父母的面包店楼上长大，至今仍在闹钟响之前醒来，倾听那些早已不在的烤炉。她总是把零钱数两遍，担心从不晚点的火车，朋友来访时笑得比自己想的更大声。',
    ],
    [
      'Japanese',
      'マルタはソリアにある両親のパン屋の二階で育ち、今でも目覚まし時計より先に目を覚まして、とうになくなったオーブンの音に耳を澄ませる。おつりは必ず二度数え、遅れたことのない電車のことを心配し、友人が来ると思ったより大きな声で笑う。',
    ],
    [
      'Thai',
      'มาร์ตาเติบโตขึ้นมาเหนือร้านเบเกอรี่ของพ่อแม่ในเมืองโซเรีย และยังคงตื่นก่อนนาฬิกาปลุก เธอนับเงินทอนสองครั้งเสมอ กังวลเรื่องรถไฟที่ไม่เคยมาสาย และหัวเราะเสียงดังกว่าที่ตั้งใจเมื่อเพื่อนมาเยี่ยม',
    ],
  ])('is counted in words: %s', (_, description) => {
    expect(personaOf(written({ description })).description).toBe(description);
    expect(parsePersona(written({ description: description.slice(0, 12) }))).toMatchObject({
      code: 'short_description',
    });
  });
});

test('words are counted as white space separates them, but for stretches in scripts without it', () => {
  expect(countWords('Her well-known café, José’s.')).toBe(4);
  expect(countWords('She moved to 東京 in 2010, self-taught.')).toBe(7);
  expect(countWords('我喜欢看书')).toBeGreaterThan(2);
  expect(countWords(' \n')).toBe(0);
});

describe('values are taken as they were written', () => {
  test.each([
    34,
    '34',
    '34 years old',
    '34 years',
    '34-year-old',
    '34 yrs.',
    '34.0',
    'Aged 34',
    '34 años',
  ])('an age of %j', (age) => {
    expect(personaOf(written({ age })).age).toBe(34);
  });

  test('a description that is a list is joined into paragraphs, a list of values by commas', () => {
    const read = personaOf(
      written({ description: DESCRIPTION.split('\n\n'), race: ['White', 'Asian'] }),
    );
    expect(read).toEqual({ ...WRITTEN, race: 'White, Asian' });
  });

  test('letters beyond ASCII survive', () => {
    expect(personaOf(written({ name: 'José Núñez 東京 😀' })).name).toBe('José Núñez 東京 😀');
  });

  test.each(['सीता', 'राम', 'மீனா', 'מַרְתָּה', '李 娜', '馨', 'J. R.', 'Ng'])('%s is a name', (name) => {
    expect(personaOf(written({ name })).name).toBe(name);
  });

  test.each([
    ...['34岁', '34 歳', '34세', '34 ans', '34 Jahre alt', '34 anni', '34 anos', '34 года'],
    ...['३४', '३४ वर्ष', '٣٤ سنة', '３４', '34 yaşında', '34 y/o', 'Age: 34', '๓๔ ปี'],
  ])('an age of %j is 34', (age) => {
    expect(personaOf(written({ age })).age).toBe(34);
  });

  test('declining to say is a value of what is asked about the person', () => {
    expect(
      personaOf(written({ political_orientation: 'Not specified', religious_belief: 'None' })),
    ).toMatchObject({
      political_orientation: 'Not specified',
      religious_belief: 'None',
    });
  });
});

describe('what is missing or impossible is no fact', () => {
  test.each(Object.keys(WRITTEN))('nothing for %s', (field) => {
    expect(parsePersona(written({ [field]: undefined }))).toMatchObject({
      kind: 'rejected',
      outcome: 'invalid',
      reason: `missing: ${field}`,
    });
  });

  test.each(NO_VALUES)('%j stands for no value, in any field', (value) => {
    for (const field of Object.keys(WRITTEN)) {
      expect(parsePersona(written({ [field]: value }))).toMatchObject({
        kind: 'rejected',
        outcome: 'invalid',
        reason: `missing: ${field}`,
      });
    }
  });

  test('all that is missing is named', () => {
    const reply = parsePersona(written({ gender: '', race: null, location: 'string' }));
    expect(reply).toMatchObject({ outcome: 'invalid', reason: 'missing: gender, race, location' });
  });

  test.each([0, 7, 200, '0'])('an age of %j is not plausible', (age) => {
    expect(parsePersona(written({ age }))).toMatchObject({
      outcome: 'invalid',
      reason: `an age of ${age} is not plausible`,
    });
  });

  test.each(['thirties', '30s', 34.5, -34, '30-40', true, '34 ans et demi', '34 seit 1990', '²³'])(
    '%j is no age',
    (age) => {
      expect(parsePersona(written({ age }))).toMatchObject({
        outcome: 'invalid',
        reason: `"${age}" is not an age`,
      });
    },
  );

  test.each(['Unknown', 'John Doe', '42', 'X.'])('"%s" is no name', (name) => {
    expect(parsePersona(written({ name }))).toMatchObject({
      outcome: 'invalid',
      reason: `"${name}" is not a name`,
    });
  });

  test('a caption is no description', () => {
    expect(parsePersona(written({ description: 'A quiet nurse from Soria.' }))).toMatchObject({
      outcome: 'invalid',
      reason: 'the description has 5 words; the minimum is 30',
    });
  });

  test('one word is no description either', () => {
    expect(parsePersona(written({ description: 'Nurse.' }))).toMatchObject({
      reason: 'the description has 1 word; the minimum is 30',
    });
  });

  test('a field given twice, differently', () => {
    const text = written().replace('"age":34', '"age":34,"Age":43');
    expect(parsePersona(text)).toMatchObject({
      outcome: 'invalid',
      reason: 'age occurs twice with different values',
    });
    expect(personaOf(written().replace('"age":34', '"age":34,"Age":"34"'))).toEqual(WRITTEN);
  });

  test('the schema, repeated before the persona, is none', () => {
    const properties = Object.fromEntries(
      Object.keys(WRITTEN).map((field) => [field, { type: 'string' }]),
    );
    expect(personaOf(`${JSON.stringify({ type: 'object', properties })}\n${written()}`)).toEqual(
      WRITTEN,
    );
    expect(parsePersona(JSON.stringify({ type: 'object', properties }))).toMatchObject({
      kind: 'rejected',
      outcome: 'unparseable',
    });
  });

  test('the same persona twice is one', () => {
    expect(
      personaOf(
        `${written()}\n\nIn a fence:\n\`\`\`json\n${JSON.stringify(WRITTEN, null, 2)}\n\`\`\``,
      ),
    ).toEqual(WRITTEN);
  });

  test('a draft before one that breaks off is none', () => {
    expect(
      parsePersona(`${written()}\n\nBetter: ${written({ age: 35 }).slice(0, -9)}`),
    ).toMatchObject({
      kind: 'rejected',
      outcome: 'unparseable',
      reason: 'after the persona, another JSON object begins and is never closed',
    });
  });

  test('two personas are one too many', () => {
    const other = written({ name: 'Ana Ruiz' });
    for (const text of [`${written()}\n${other}`, `[${written()},${other}]`]) {
      expect(parsePersona(text)).toMatchObject({
        kind: 'rejected',
        outcome: 'invalid',
        reason: 'the reply contains 2 personas',
      });
    }
  });
});

describe('no persona at all', () => {
  test.each(['I’m sorry, but I can’t help with that.', 'I cannot create this persona.'])(
    'a refusal: %s',
    (text) => {
      expect(parsePersona(text)).toMatchObject({ kind: 'rejected', outcome: 'refused' });
    },
  );

  test.each([
    ['', 'the reply is empty'],
    ['Marta is a nurse who lives in Soria.', 'the reply contains no JSON object of a persona'],
    ['{"answer": 42}', 'the reply contains no JSON object of a persona'],
    ['[]', 'the reply contains no JSON object of a persona'],
  ])('%j is unparseable', (text, reason) => {
    expect(parsePersona(text)).toMatchObject({ kind: 'rejected', outcome: 'unparseable', reason });
  });

  test('a reply that was cut off is never repaired, wherever it ends', () => {
    const whole = written();
    for (let length = 1; length < whole.length; length++) {
      const reply = parsePersona(whole.slice(0, length));
      expect(reply, `the first ${length} characters`).toMatchObject({
        kind: 'rejected',
        outcome: 'unparseable',
      });
    }
    expect(parsePersona(whole.slice(0, -30))).toMatchObject({
      reason: 'the JSON object of the reply is never closed',
    });
  });
});
