import { describe, expect, it } from 'vitest';
import { readQuestionnaire } from './questionnaire.ts';

const ITEMS = '{"1": "Is talkative", "2": "Is reserved", "3": "Says: \\"no {braces}\\""}';

function scaleOf(instructions: string) {
  return readQuestionnaire(`${instructions}\n\n${ITEMS}\n`)?.scale;
}

describe('readQuestionnaire', () => {
  it('finds the items, quotes and braces included', () => {
    expect(readQuestionnaire(`Answer "True" or "False". ${ITEMS}`)?.questions).toEqual([
      { number: '1', text: 'Is talkative' },
      { number: '2', text: 'Is reserved' },
      { number: '3', text: 'Says: "no {braces}"' },
    ]);
  });

  it('is not misled by an example of the reply, before or after, nor by other objects', () => {
    const example = '{"1": "True", "2": "False", "explanation": "…"}';
    for (const prompt of [
      `${example}\n${ITEMS} "True" "False"`,
      `${ITEMS}\n${example}`,
      `{"lang": "en"} { ${ITEMS} {"1": "True"} "False"`,
    ]) {
      expect(readQuestionnaire(prompt)?.questions).toHaveLength(3);
    }
  });

  it('finds the items within another object', () => {
    expect(
      readQuestionnaire(`{"questions": ${ITEMS}} Answer "True" or "False".`)?.questions,
    ).toHaveLength(3);
  });

  it('reads the published EPQR-A prompt, whose tenth item is two strings in a row', () => {
    const broken =
      '{\n"9": "Do you often feel fed-up?",\n"10": "Have you ever taken anything "\n"that belonged to someone else?",\n"11": "Are you nervous?"\n}';
    const questions = readQuestionnaire(`${broken}\nOnly "True" or "False".`)?.questions;
    expect(questions?.map(({ number }) => number)).toEqual(['9', '10', '11']);
  });

  it.each([
    ['Answer "True" or "False".', 'True', 'False'],
    ["Only 'Yes' or 'No'", 'Yes', 'No'],
    ['Responda «Sí» o «No»', 'Sí', 'No'],
    ['Conteste Verdadero o Falso.', 'Verdadero', 'Falso'],
    ['Odpovedz Pravda alebo Nepravda', 'Pravda', 'Nepravda'],
    ['1. Read each item.\n2. Answer "True" or "False".\n3. Be quick.', 'True', 'False'],
  ])('reads the words of %s', (instructions, yes, no) => {
    expect(scaleOf(instructions)).toEqual([no, yes]);
  });

  it.each([
    [
      '1 Disagree strongly\n2 Disagree a little\n3 Neither\n4 Agree a little\n5 Agree strongly',
      1,
      5,
    ],
    [
      '- 1 = Very inaccurate\n- 2 = Moderately inaccurate\n- 3 = Neither\n- 4 = Moderately accurate\n- 5 = Very accurate',
      1,
      5,
    ],
    ['- 1 (Disagree strongly)\n- 2 (Disagree a little)\n- 3 (Neutral)', 1, 3],
    ['"0" (never)\n"1" (at times)\n"2" (always)', 0, 2],
    ['5: always\n4: often\n3: at times\n2: seldom\n1: never', 1, 5],
    ['Rate every statement from 1 (disagree strongly) to 5 (agree strongly).', 1, 5],
    ['Responda con un número de 1 (nada) a 7 (muchísimo).', 1, 7],
    ['Use a number 1-4.', 1, 4],
    ['Use 0 … 10', 0, 10],
    ['Answer questions 1 to 3 with a number from 1 to 9.', 1, 9],
    ['Rate 1 to 6; explain in 10 to 100 words.', 1, 6],
  ])('reads the numbers of %j', (instructions, min, max) => {
    expect(scaleOf(instructions)).toEqual(Array.from({ length: max - min + 1 }, (_, i) => min + i));
  });

  it('reads labels that stand one to a line', () => {
    expect(scaleOf('Answers:\n- "Never"\n- "No more than others"\n- "Always"')).toEqual([
      'Never',
      'No more than others',
      'Always',
    ]);
    expect(scaleOf('Answers:\n- "True"\n- "False"')).toEqual(['False', 'True']);
  });

  it('reads options that have no labels, or only some, or numbers for labels', () => {
    for (const options of [
      '- 1\n- 2\n- 3',
      '- 1 (Never)\n- 2\n- 3 (Always)',
      '- 1 (1)\n- 2 (2)\n- 3 (3)',
    ])
      expect(scaleOf(`Answers:\n${options}`)).toEqual([1, 2, 3]);
    expect(scaleOf('Answers:\n- -1\n- 0\n- 1')).toEqual([-1, 0, 1]);
  });

  it('finds nothing where there is nothing', () => {
    expect(readQuestionnaire('Hello')).toBeNull();
    expect(readQuestionnaire('{"name": "a", "1": "b"} "True" "False"')).toBeNull();
    expect(readQuestionnaire(`${ITEMS} Say something.`)).toBeNull();
    expect(readQuestionnaire(`${'{'.repeat(100_000)}`)).toBeNull();
  });
});
