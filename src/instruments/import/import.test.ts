/** Files of other programs into tables of items, and tables into instrument files. */
import { expect, test } from 'vitest';
import { parseInstrument } from '../load.ts';
import { type ImportChoices, type ImportSource, importInstrument } from './import.ts';
import type { AboutInstrument } from './instrument-file.ts';

const ABOUT: AboutInstrument = {
  slug: 'mood',
  title: 'Mood',
  citation: 'Written for the tests.',
  licence: 'Public domain.',
  language: 'en',
  score: 'mean',
};
const NOTHING_ABOUT: AboutInstrument = {
  slug: 'mood',
  title: null,
  citation: null,
  licence: null,
  language: null,
  score: null,
};
const NO_CHOICES: ImportChoices = { name: undefined, options: undefined, numberByPosition: false };

const run = (source: ImportSource, choices: Partial<ImportChoices> = {}, about = ABOUT) =>
  importInstrument(source, 'file', { ...NO_CHOICES, ...choices }, about);

const table = (
  columns: readonly string[],
  ...rows: readonly (readonly string[])[]
): ImportSource => ({
  kind: 'csv',
  table: {
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((name, index) => [name, row[index] ?? ''])),
    ),
  },
});
const COLUMNS = ['number', 'id', 'text', 'scale', 'sign', 'options', 'instructions'];
const FIVE = '1 = No | 2 = Yes, a bit | 3 = Yes \\| always | 99 = Pass [missing]';

const itemsOf = ({ survey }: ReturnType<typeof run>) =>
  survey.items.map(({ id, text, signs, options }) => ({
    id,
    text,
    signs,
    options: options.map(({ number, label }) => `${number}=${label}`).join('|'),
  }));
const reasons = ({ survey }: ReturnType<typeof run>) =>
  survey.skipped.map(({ question, reason }) => `${question}: ${reason}`);

test('A table that is filled in becomes an instrument that loads, with scales, signs and missing codes', () => {
  const { instrument, open } = run(
    table(
      COLUMNS,
      ['2', 'b', 'Two', 'Bad mood; Total', '1; -1', FIVE, 'Today:'],
      ['1', 'a', 'One', 'Good mood', '1', '0 | 1 = x', ''],
      ['3', 'c', 'Three', 'none', '', FIVE, 'Today:'],
    ),
  );
  expect(open).toEqual([]);
  const read = parseInstrument(instrument!, 'mood.json');
  expect(read.items.map(({ id, scale }) => [id, scale])).toEqual([
    ['a', 'Good_mood'],
    ['b', 'Bad_mood'],
    ['c', null],
  ]);
  expect(read.blocks.map(({ instructions }) => instructions)).toEqual([null, 'Today:']);
  expect(read.scales.map(({ name, items }) => [name, items.map(({ weight }) => weight)])).toEqual([
    ['Good mood', [1]],
    ['Bad mood', [1]],
    ['Total', [-1]],
  ]);
  expect(
    read.items[1]!.answers!.options.map(({ value, label, points }) => [value, label, points]),
  ).toEqual([
    [1, 'No', 1],
    [2, 'Yes, a bit', 2],
    [3, 'Yes | always', 3],
    [99, 'Pass', null],
  ]);
  expect(read.items[0]!.answers!.options[0]!.isLabelled).toBe(false);
});

test('What is open in a table is named by column and item, and there is no instrument', () => {
  const { instrument, open } = run(
    table(COLUMNS, ['1', 'a', 'One', '', '', FIVE], ['2', 'b', 'Two', 'S', '', '? = No | 2 = Yes']),
  );
  expect(instrument).toBeNull();
  expect(open).toEqual([
    'scale ("none" for an item on no scale): a',
    'sign (1, or -1 for a reversed item): all items',
    'numbers of the options ("?"): b',
  ]);
});

test('A file with open title, licence, language or scoring is refused with what to write', () => {
  const { instrument } = run(table(COLUMNS, ['1', 'a', 'One', 'S', '1', FIVE]), {}, NOTHING_ABOUT);
  expect(() => parseInstrument(instrument!, 'mood.json')).toThrow(
    /title is still open \("\?"\): write the name .*citation .*licence .*language .*scale "S": score is still open \("\?"\): write "sum" or "mean"/,
  );
});

test.each([
  ['sign', ['1', 'a', 'One', 'S', 'reversed', FIVE], /row 2, column "sign": "reversed" is neither/],
  ['option', ['1', 'a', 'One', 'S', '1', 'never|2'], /column "options": "never" does not begin/],
  ['id', ['1', '1st', 'One', 'S', '1', FIVE], /column "id": "1st" is no id/],
  ['signs', ['1', 'a', 'One', 'S; T; U', '1; 1', FIVE], /2 signs for 3 scales/],
  ['text', ['1', 'a', '', 'S', '1', FIVE], /column "text": the cell is empty/],
])('A wrong %s is refused with its row and column', (_, row, message) => {
  expect(() => run(table(COLUMNS, row))).toThrow(message);
});

test('Answers that are the same for all items need no column', () => {
  const items = table(['text', 'scale', 'sign'], ['One', 'S', '1'], ['Two', 'S', '-1']);
  const read = run(items, { options: '1 = No | 2 = Yes' });
  expect(read.open).toEqual([]);
  expect(itemsOf(read).map(({ options }) => options)).toEqual(['1=No|2=Yes', '1=No|2=Yes']);
  expect(run(items).open).toEqual(['options: all items']);
});

test('A column that is not known is refused with the nearest one', () => {
  expect(() => run(table(['text', 'scales', 'sign', 'options'], ['x']))).toThrow(
    /unknown column "scales" \(did you mean "scale"\?\)/,
  );
});

// Qualtrics

/** Begins piped text. */
const DOLLAR = '$';

interface Sq {
  readonly [key: string]: unknown;
}
function qsf(
  questions: Readonly<Record<string, Sq>>,
  blocks: unknown,
  flow: unknown = [{ Type: 'Block', ID: 'B1' }],
): ImportSource {
  const elements = [
    { Element: 'BL', PrimaryAttribute: 'Survey Blocks', Payload: blocks },
    ...(flow === null ? [] : [{ Element: 'FL', Payload: { Type: 'Root', Flow: flow } }]),
    ...Object.entries(questions).map(([id, payload]) => ({
      Element: 'SQ',
      PrimaryAttribute: id,
      Payload: { QuestionID: id, DataExportTag: id, Language: [], ...payload },
    })),
  ];
  return {
    kind: 'qsf',
    text: JSON.stringify({
      SurveyEntry: { SurveyName: 'My survey', SurveyLanguage: 'ES-ES' },
      SurveyElements: elements,
    }),
  };
}
const asked = (...ids: readonly string[]) =>
  ids.map((id) => ({ Type: 'Question', QuestionID: id }));
const AGREE = {
  '1': { Display: 'Disagree' },
  '2': { Display: 'Neither' },
  '3': { Display: 'Agree' },
};
const matrix = (rows: readonly string[], extra: Sq = {}): Sq => ({
  QuestionText: 'I see myself as <strong>someone</strong>&nbsp;who&hellip;<br>',
  QuestionType: 'Matrix',
  Selector: 'Likert',
  SubSelector: 'SingleAnswer',
  Choices: Object.fromEntries(rows.map((Display, index) => [index + 1, { Display }])),
  ChoiceOrder: rows.map((_, index) => String(index + 1)),
  Answers: AGREE,
  AnswerOrder: [1, 2, '3'],
  RecodeValues: [],
  ...extra,
});
const choice = (extra: Sq = {}): Sq => ({
  QuestionText: 'How are you?',
  QuestionType: 'MC',
  Selector: 'SAVR',
  SubSelector: 'TX',
  Choices: AGREE,
  ChoiceOrder: ['1', '2', '3'],
  ...extra,
});

test('A matrix of Qualtrics becomes items in the order shown, with its stem, HTML taken out', () => {
  const read = run(
    qsf(
      {
        QID1: matrix(['is talkative', 'tends to find fault'], {
          DataExportTag: 'BFI',
          ChoiceOrder: ['2', '1'],
          ChoiceDataExportTags: { '2': 'BFI_2r', '1': false },
        }),
      },
      { '3': { Type: 'Standard', ID: 'B1', BlockElements: asked('QID1') } },
    ),
  );
  expect(itemsOf(read)).toEqual([
    {
      id: 'BFI_2r',
      text: 'tends to find fault',
      signs: null,
      options: '1=Disagree|2=Neither|3=Agree',
    },
    { id: 'BFI_1', text: 'is talkative', signs: null, options: '1=Disagree|2=Neither|3=Agree' },
  ]);
  expect(read.survey).toMatchObject({ title: 'My survey', language: 'es' });
  expect(read.survey.items[0]!.instructions).toBe('I see myself as someone who…');
  expect(read.instrument).toBeNull();
  expect(read.open).toHaveLength(2);
});

test('Questions come in the order of the flow; those in the trash or outside the flow are named', () => {
  const read = run(
    qsf(
      {
        QID1: choice({ QuestionText: 'First in the file' }),
        QID2: choice({ QuestionText: 'Deleted' }),
        QID3: choice({ QuestionText: 'Asked first' }),
        QID4: choice({ QuestionText: 'Forgotten' }),
        QID5: { QuestionText: '<p>Think of <b>today</b>.</p>', QuestionType: 'DB', Selector: 'TB' },
      },
      [
        { Type: 'Default', ID: 'B1', BlockElements: asked('QID1') },
        { Type: 'Trash', ID: 'B2', BlockElements: asked('QID2') },
        { Type: 'Standard', ID: 'B3', BlockElements: asked('QID5', 'QID3') },
        { Type: 'Standard', ID: 'B4', BlockElements: asked('QID4') },
      ],
      [
        { Type: 'BlockRandomizer', Flow: [{ Type: 'Standard', ID: 'B3' }] },
        { Type: 'Block', ID: 'B1' },
      ],
    ),
  );
  expect(read.survey.items.map(({ text, instructions }) => [text, instructions])).toEqual([
    ['Asked first', 'Think of today.'],
    ['First in the file', null],
  ]);
  expect(reasons(read)).toEqual([
    'QID2 "Deleted": it was deleted (it is in the trash block)',
    'QID4 "Forgotten": its block is not in the flow of the survey',
  ]);
  expect(read.survey.notes).toContain('Asked in random order, which is not imported: QID3.');
});

test('Random order and loops of a block, and random order within a question, are said by tag', () => {
  const read = run(
    qsf(
      {
        QID1: matrix(['I am calm'], { DataExportTag: 'calm', Randomization: { Type: 'All' } }),
        QID2: choice({ DataExportTag: 'mood', Randomization: { Type: 'None' } }),
        QID3: choice({ DataExportTag: '', Randomization: { Type: 'Advanced' } }),
      },
      [
        {
          ...{ Type: 'Default', ID: 'B1', BlockElements: asked('QID1', 'QID2') },
          Options: { RandomizeQuestions: 'Advanced', Looping: 'None' },
        },
        {
          ...{ Type: 'Standard', ID: 'B2', BlockElements: asked('QID3') },
          Options: { RandomizeQuestions: 'false', Looping: 'Static' },
        },
      ],
      [
        { Type: 'Block', ID: 'B1' },
        { Type: 'Branch', Flow: [{ Type: 'Block', ID: 'B2' }] },
      ],
    ),
  );
  expect(read.survey.items.map(({ id }) => id)).toEqual(['calm_1', 'mood', 'QID3']);
  expect(read.survey.notes).toEqual([
    'Asked in random order, which is not imported: calm, mood.',
    'Asked under a condition only, which is not imported: QID3.',
    'Asked several times (loop and merge), which is not imported: QID3.',
    expect.stringMatching(/^QID1 \(calm\) .*: its rows are shown in random order/),
    expect.stringMatching(/^QID3 "How are you\?": its answers are shown in random order/),
  ]);
});

test('What a text with a picture or another answer leaves out is said, and it ends the instructions before', () => {
  const text = (html: string): Sq => ({
    ...{ QuestionText: html, QuestionType: 'DB', Selector: 'TB' },
  });
  const read = run(
    qsf(
      {
        QID1: text('Look at this: <img src="a.png">'),
        QID2: choice(),
        QID3: text(`You said ${DOLLAR}{q://QID2/ChoiceGroup/SelectedChoices}.`),
        QID4: choice(),
        QID5: choice({ QuestionText: '&nbsp;' }),
      },
      [
        {
          ...{ Type: 'Default', ID: 'B1' },
          BlockElements: asked('QID1', 'QID2', 'QID3', 'QID4', 'QID5'),
        },
      ],
    ),
  );
  expect(read.survey.items.map(({ id, instructions }) => [id, instructions])).toEqual([
    ['QID2', 'Look at this:'],
    ['QID4', null],
  ]);
  expect(reasons(read)).toEqual([
    'QID1 "Look at this:": it shows a picture or a film; only its text is imported, as an instruction',
    expect.stringMatching(/^QID3 .*place for other answers, so it is no instruction$/),
    'QID5 "": it has no text',
  ]);
});

test('A name that is too long keeps its end, which tells the rows of a matrix apart', () => {
  const { survey } = run(
    qsf({ QID1: matrix(['A', 'B'], { DataExportTag: 'Part two: how people judge each story' }) }, [
      { Type: 'Default', ID: 'B1', BlockElements: asked('QID1') },
    ]),
  );
  expect(survey.items.map(({ id }) => id)).toEqual([
    'Part_two_how__each_story_1',
    'Part_two_how__each_story_2',
  ]);
});

test('Numbers of answers that leave a gap are named, because one may stand for no answer', () => {
  const read = run(
    table(
      COLUMNS,
      ['1', 'a', 'One', 'S', '1', '1 = No | 2 = Yes | 99 = Do not know'],
      ['2', 'b', 'Two', 'S', '1', '1 = No | 2 = Yes | -1 = Do not know'],
      ['3', 'c', 'Three', 'S', '1', '1 = No | 2 = Yes | 99 = Do not know [missing]'],
      ['4', 'd', 'Four', 'S', '1', '1 = No | 0 = Yes'],
      ['5', 'e', 'Five', 'S', '1', '1 = Never | 2 = Ever | 99 = Who knows'],
    ),
  );
  expect(read.survey.notes).toEqual([
    expect.stringMatching(/^a, e: the answers are numbered 1, 2, 99\. .*\[missing\]/),
    expect.stringMatching(/^b: the answers are numbered -1, 1, 2\./),
  ]);
});

test('Recodes are the numbers of the answers; an answer left out of analyses is dropped and said', () => {
  const read = run(
    qsf(
      {
        QID1: choice({
          Choices: { ...AGREE, '7': { Display: 'Not applicable' } },
          ChoiceOrder: ['1', '2', '3', '7'],
          RecodeValues: { '1': '00', '2': '1', '3': 2, '7': '9' },
          AnalyzeChoices: { '1': 'Yes', '7': 'No' },
        }),
      },
      [{ Type: 'Default', ID: 'B1', BlockElements: asked('QID1') }],
    ),
  );
  expect(itemsOf(read)[0]!.options).toBe('0=Disagree|1=Neither|2=Agree');
  expect(read.survey.notes.join()).toMatch(/"Not applicable", which Qualtrics leaves out/);
});

test('Ids of choices that are no order are not taken for numbers, unless asked to go by position', () => {
  const source = qsf(
    {
      QID1: choice({
        Choices: {
          '9': { Display: 'Dislike' },
          '2': { Display: 'Neither' },
          '4': { Display: 'Like' },
        },
        ChoiceOrder: ['9', '2', '4'],
      }),
    },
    [{ Type: 'Default', ID: 'B1', BlockElements: asked('QID1') }],
  );
  const read = run(source);
  expect(itemsOf(read)[0]!.options).toBe('null=Dislike|null=Neither|null=Like');
  expect(read.open).toContain('numbers of the options ("?"): all items');
  expect(read.rows![1]).toContain('? = Dislike | ? = Neither | ? = Like');
  const byPosition = run(source, { numberByPosition: true });
  expect(itemsOf(byPosition)[0]!.options).toBe('1=Dislike|2=Neither|3=Like');
});

test('An item recoded from the other end is turned back, with the sign -1, and said', () => {
  const one = { '1': '1', '2': '2', '3': '3' };
  const read = run(
    qsf(
      {
        QID1: choice({ RecodeValues: one }),
        QID2: choice({ RecodeValues: { '1': '3', '2': '2', '3': '1' } }),
        QID3: choice({ RecodeValues: one }),
      },
      [{ Type: 'Default', ID: 'B1', BlockElements: asked('QID1', 'QID2', 'QID3') }],
    ),
  );
  expect(itemsOf(read).map(({ signs }) => signs)).toEqual([null, [-1], null]);
  expect(new Set(itemsOf(read).map(({ options }) => options)).size).toBe(1);
  expect(read.survey.notes.join()).toMatch(/QID2: the file numbers the answers from the other end/);
});

test('Where as many items run one way as the other, none is called reversed', () => {
  const read = run(
    qsf(
      {
        QID1: choice({ RecodeValues: { '1': '1', '2': '2', '3': '3' } }),
        QID2: choice({ RecodeValues: { '1': '3', '2': '2', '3': '1' } }),
      },
      [{ Type: 'Default', ID: 'B1', BlockElements: asked('QID1', 'QID2') }],
    ),
  );
  expect(itemsOf(read).map(({ signs }) => signs)).toEqual([null, null]);
  expect(read.survey.notes.join()).toMatch(/does not tell which of them are reversed/);
});

test('Every question that has no one answer out of several, or is no plain text, is named with why', () => {
  const read = run(
    qsf(
      {
        QID1: choice({ QuestionText: `Dear ${DOLLAR}{q://QID9/ChoiceTextEntryValue}` }),
        QID2: choice({ Selector: 'MAVR' }),
        QID3: choice({
          Choices: { ...AGREE, '4': { Display: 'Other', TextEntry: 'true' } },
          ChoiceOrder: [1, 2, 3, 4],
        }),
        QID4: { QuestionText: 'Say', QuestionType: 'TE', Selector: 'SL' },
        QID5: { QuestionText: 'Slide', QuestionType: 'Slider', Selector: 'HSLIDER' },
        QID6: choice({ QuestionText: '<img src="a.png">' }),
        QID7: matrix([`I like ${DOLLAR}{lm://Field/1}`, 'I am calm']),
        QID8: {
          QuestionText: 'Recommend?',
          QuestionType: 'MC',
          Selector: 'NPS',
          Choices: Array.from({ length: 11 }, (_, index) => ({ Display: String(index) })),
          ChoiceOrder: Array.from({ length: 11 }, (_, index) => index),
        },
      },
      [
        {
          Type: 'Default',
          ID: 'B1',
          BlockElements: asked('QID1', 'QID2', 'QID3', 'QID4', 'QID5', 'QID6', 'QID7', 'QID8'),
        },
      ],
    ),
  );
  expect(itemsOf(read).map(({ id, options }) => [id, options.slice(0, 13)])).toEqual([
    ['QID7_2', '1=Disagree|2='],
    ['QID8', '0=null|1=null'],
  ]);
  expect(reasons(read).map((one) => one.replace(/^.*": /, ''))).toEqual([
    'its text has a place for other answers or data',
    'it takes several answers',
    'an answer has a text to fill in',
    'it asks for a text',
    'it is a slider: write it as an item with a "range"',
    'it shows a picture or a film',
    'its text has a place for other answers or data',
  ]);
});

// LimeSurvey

type LssRow = Readonly<Record<string, string | number>>;
const xml = (
  version: number,
  tables: Readonly<Record<string, readonly LssRow[]>>,
): ImportSource => ({
  kind: 'lss',
  text: `<?xml version="1.0" encoding="UTF-8"?>\n<document>\n <LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>${version}</DBVersion>${Object.entries(
    tables,
  )
    .map(
      ([name, rows]) =>
        `<${name}><fields><fieldname>qid</fieldname></fields><rows>${rows
          .map(
            (row) =>
              `<row>${Object.entries(row)
                .map(([key, value]) => `<${key}><![CDATA[${value}]]></${key}>`)
                .join('\n')}</row>`,
          )
          .join('')}</rows></${name}>`,
    )
    .join('')}</document>`,
});
const QUESTION = { gid: 1, parent_qid: 0, type: 'F', title: 'mood', question_order: 1, other: 'N' };
const OLD: Readonly<Record<string, readonly LssRow[]>> = {
  surveys: [{ sid: 1, language: 'de' }],
  surveys_languagesettings: [
    { surveyls_language: 'de', surveyls_title: 'Stimmung & mehr' },
    { surveyls_language: 'en', surveyls_title: 'Mood' },
  ],
  groups: [{ gid: 1, group_order: 0, language: 'de' }],
  questions: [
    { ...QUESTION, qid: 10, question: '<p>Wie <em>gut</em>?</p>', language: 'de' },
    { ...QUESTION, qid: 10, question: 'How?', language: 'en' },
    {
      ...QUESTION,
      qid: 9,
      type: 'S',
      title: 'why',
      question: 'Warum?',
      question_order: 0,
      language: 'de',
    },
  ],
  subquestions: [
    {
      qid: 12,
      parent_qid: 10,
      title: 'SQ002',
      question: 'Müde',
      question_order: 2,
      language: 'de',
      scale_id: 0,
    },
    {
      qid: 11,
      parent_qid: 10,
      title: 'SQ001',
      question: 'Froh',
      question_order: 1,
      language: 'de',
      scale_id: 0,
    },
    {
      qid: 11,
      parent_qid: 10,
      title: 'SQ001',
      question: 'Glad',
      question_order: 1,
      language: 'en',
      scale_id: 0,
    },
    {
      qid: 13,
      parent_qid: 10,
      title: 'SQ003',
      question: 'Zweite',
      question_order: 3,
      language: 'de',
      scale_id: 1,
    },
  ],
  answers: [
    {
      qid: 10,
      code: 'A2',
      answer: 'sehr',
      sortorder: 2,
      assessment_value: 0,
      language: 'de',
      scale_id: 0,
    },
    {
      qid: 10,
      code: 'A1',
      answer: 'nicht',
      sortorder: 1,
      assessment_value: 0,
      language: 'de',
      scale_id: 0,
    },
    {
      qid: 10,
      code: 'A1',
      answer: 'not',
      sortorder: 1,
      assessment_value: 0,
      language: 'en',
      scale_id: 0,
    },
    {
      qid: 10,
      code: 'B1',
      answer: 'rechts',
      sortorder: 1,
      assessment_value: 0,
      language: 'de',
      scale_id: 1,
    },
  ],
};

test('A LimeSurvey file with texts beside the questions is read in its own language', () => {
  const read = run(xml(145, OLD));
  expect(itemsOf(read)).toEqual([
    { id: 'mood_SQ001', text: 'Froh', signs: null, options: '1=nicht|2=sehr' },
    { id: 'mood_SQ002', text: 'Müde', signs: null, options: '1=nicht|2=sehr' },
  ]);
  expect(read.survey).toMatchObject({ title: 'Stimmung & mehr', language: 'de' });
  expect(read.survey.items[0]!.instructions).toBe('Wie gut?');
  expect(read.survey.notes).toEqual([
    'The wordings in other languages (en) are not imported.',
    'mood "Wie gut?": the codes A1 to A2 were read as 1 to 2.',
  ]);
  expect(reasons(read)).toEqual([
    'why "Warum?": it asks for a text',
    'mood, SQ003 "Zweite": it belongs to a second answer scale',
  ]);
});

test('A LimeSurvey file with texts in tables of their own gives the same items', () => {
  const own = (row: LssRow) => Object.hasOwn(row, 'language') && row.language === 'de';
  const without = ({ question: _, answer: __, language: ___, ...row }: LssRow): LssRow => row;
  const read = run(
    xml(703, {
      ...OLD,
      questions: OLD.questions!.filter(own).map(without),
      subquestions: OLD.subquestions!.filter(own).map(without),
      answers: OLD.answers!.filter(own).map((row, index) => ({ ...without(row), aid: index + 1 })),
      question_l10ns: [...OLD.questions!, ...OLD.subquestions!].map(
        ({ qid, question, language }) => ({
          qid: qid!,
          question: question!,
          language: language!,
        }),
      ),
      answer_l10ns: [
        ...OLD.answers!.filter(own).map(({ answer }, index) => ({
          aid: index + 1,
          answer: answer!,
          language: 'de',
        })),
        { aid: 1, answer: 'very', language: 'en' },
      ],
    }),
  );
  expect(itemsOf(read)).toEqual(itemsOf(run(xml(145, OLD))));
});

test.each([
  [
    'codes without order',
    ['TL1', 'TL7'],
    ['no', 'yes'],
    [0, 0],
    'null=no|null=yes',
    /are no numbers/,
  ],
  [
    'labels with numbers of their own',
    ['A1', 'A2'],
    ['6 - like', '5 - so'],
    [0, 0],
    'null=6 - like|null=5 - so',
    /begin with other numbers/,
  ],
  ['codes that are numbers', ['6', '5'], ['like', 'so'], [0, 0], '6=like|5=so', null],
  ['assessment values', ['A2', 'A1'], ['no', 'yes'], [0, 4], '0=no|4=yes', /assessment values/],
] as const)('Answers of LimeSurvey with %s', (_, codes, labels, values, options, note) => {
  const read = run(
    xml(145, {
      ...OLD,
      answers: codes.map((code, index) => ({
        qid: 10,
        code,
        answer: labels[index]!,
        sortorder: index,
        assessment_value: values[index]!,
        language: 'de',
        scale_id: 0,
      })),
    }),
  );
  expect(itemsOf(read)[0]!.options).toBe(options);
  const said = read.survey.notes.slice(1).join();
  if (note === null) expect(said).toBe('');
  else expect(said).toMatch(note);
});

test('Rows of LimeSurvey with two ends have both in their text, and hidden questions are left out', () => {
  const row = { ...QUESTION, language: 'en' };
  const under = { parent_qid: 1, gid: 1, type: 'T', language: 'en' };
  const read = run(
    xml(145, {
      surveys: [{ sid: 1, language: 'en' }],
      questions: [
        { ...row, qid: 1, title: 'feel', question: 'Today I feel' },
        { ...row, qid: 2, title: 'id', type: 'L', question_order: 2, question: 'Which group?' },
        { ...under, qid: 3, title: 'a', question_order: 1, question: 'sad|glad' },
        { ...under, qid: 4, title: 'b', question_order: 2, question: 'tired |' },
      ],
      answers: [1, 2].flatMap((qid) =>
        [1, 2].map((code) => ({ qid, code, answer: '', sortorder: code, language: 'en' })),
      ),
      question_attributes: [
        { qid: 1, attribute: 'hidden', value: '0' },
        { qid: 2, attribute: 'hidden', value: '1' },
      ],
    }),
  );
  expect(read.survey.items.map(({ text }) => text)).toEqual(['sad – glad', 'tired']);
  expect(read.survey.notes.join()).toMatch(/feel .*two ends.*left and right of the answers/);
  expect(read.survey.skipped).toEqual([
    { question: expect.stringContaining('Which group?'), reason: expect.stringMatching(/hidden/) },
  ]);
});

// REDCap

const REDCAP = [
  ...['Variable / Field Name', 'Form Name', 'Section Header', 'Field Type', 'Field Label'],
  ...['Choices, Calculations, OR Slider Labels', 'Branching Logic (Show field only if...)'],
];
const LIKERT = '1, No | 2, Yes, a bit | 3, Yes, a lot';

test('Choices of REDCap are parted at the first comma; scales and reversed items come from calculations', () => {
  const read = run(
    table(
      REDCAP,
      ['m1', 'mood', '<div>These days</div>', 'radio', 'I am glad', LIKERT],
      ['m2', 'mood', '', 'dropdown', 'I am sad', LIKERT, "[m1] = '1'"],
      ['m3', 'mood', '', 'yesno', 'Slept?', ''],
      ['m4', 'mood', '', 'text', 'Why?', ''],
      ['m5', 'mood', '', 'radio', 'You said [m4]. True?', LIKERT],
      ['glad', 'mood', '', 'calc', '', 'mean([m1], (4 - [m2]))'],
      ['odd', 'mood', '', 'calc', '', 'sum([m1], 6-[m2])'],
    ),
    {},
    { ...ABOUT, score: null },
  );
  expect(itemsOf(read)).toEqual([
    { id: 'm1', text: 'I am glad', signs: [1], options: '1=No|2=Yes, a bit|3=Yes, a lot' },
    { id: 'm2', text: 'I am sad', signs: [-1], options: '1=No|2=Yes, a bit|3=Yes, a lot' },
    { id: 'm3', text: 'Slept?', signs: null, options: '1=Yes|0=No' },
  ]);
  expect(read.survey.items[0]).toMatchObject({ scales: ['glad'], instructions: 'These days' });
  expect(read.survey.score).toBe('mean');
  expect(reasons(read)).toEqual([
    'm4 "Why?": it asks for a text, a number or a date',
    'm5 "You said [m4]. True?": its text has a place for other answers or data',
    'odd "sum([m1], 6-[m2])": its calculation is not a plain sum or mean of fields, each as it is or reversed',
  ]);
  expect(read.survey.notes).toContain(
    'The scale "glad" was read from a calculated field; reversed: m2.',
  );
});

test.each([
  [
    'its API, with the NA of R',
    ['field_name', 'form_name', 'section_header', 'field_type', 'field_label'],
    ['select_choices_or_calculations', 'identifier', 'branching_logic', 'field_annotation'],
    'NA',
  ],
  [
    'its older versions',
    ['Variable / Field Name', 'Form Name', 'Section Header', 'Field Type', 'Field Label'],
    ['Choices OR Calculations', 'Identifier?', 'Branching Logic (Show field only if...)', 'x'],
    '',
  ],
  [
    'R, which puts dots into names',
    ['Variable...Field.Name', 'Form.Name', 'Section.Header', 'Field.Type', 'Field.Label'],
    ['Choices..Calculations..OR.Slider.Labels', 'Identifier.', 'Branching.Logic', 'x'],
    'NA',
  ],
])('A dictionary of REDCap with the columns of %s is read', (_, first, second, none) => {
  const read = run(
    table(
      [...first, ...second],
      ['id', 'mood', none, 'text', 'Your name', none, 'y', none, none],
      ['m1', 'mood', 'These days', 'radio', 'I am glad', LIKERT, none, none, none],
      ['m2', 'mood', none, 'radio', 'I am sad', LIKERT, none, "[m1] = '1'", none],
    ),
  );
  expect(itemsOf(read).map(({ id }) => id)).toEqual(['m1', 'm2']);
  expect(read.survey.items.map(({ instructions }) => instructions)).toEqual([
    'These days',
    'These days',
  ]);
  expect(read.survey.notes).toEqual(['Shown under a condition only, which is not imported: m2.']);
});

test('Calculations of REDCap that have no value where a code is there tell that it is no answer', () => {
  const answers = '0, No | 1, Rather | 2, Yes | -99, No answer';
  const guarded = (sum: string) => `if([a] = '-99' or [b]="-99" or [c]='', -99, ${sum})`;
  const read = run(
    table(
      REDCAP,
      ['a', 'mood', '', 'radio', 'I am glad', answers],
      ['b', 'mood', '', 'radio', 'I am sad', answers],
      ['c', 'mood', '', 'radio', 'I am calm', answers],
      ['d', 'mood', '', 'radio', 'I am tense', '-1, No | 0, Rather | 1, Yes'],
      ['glad', 'mood', '', 'calc', '', guarded('sum([a], abs([b] -2))')],
      ['wrong', 'mood', '', 'calc', '', guarded('sum([a], abs([b]-3))')],
      ['negative', 'mood', '', 'calc', '', 'sum([a], abs([d]-0))'],
      ['other', 'mood', '', 'calc', '', "if([a] > '1', 0, sum([a], [b]))"],
    ),
  );
  expect(
    read.survey.items.map(({ options, scales, signs }) => [
      options.filter(({ isMissing }) => isMissing).map(({ number }) => number),
      scales,
      signs,
    ]),
  ).toEqual([
    [[-99], ['glad'], [1]],
    [[-99], ['glad'], [-1]],
    [[], null, null],
    [[], null, null],
  ]);
  expect(read.survey.skipped.map(({ question }) => question.split(' ')[0])).toEqual([
    'wrong',
    'negative',
    'other',
  ]);
});

test('One form of a REDCap dictionary is imported by its name, with the calculations that use it', () => {
  const source = table(
    REDCAP,
    ['a', 'mood', 'Today', 'radio', 'I am glad', LIKERT],
    ['b', 'sleep', '', 'radio', 'I slept well', LIKERT],
    ['glad', 'scores', '', 'calc', '', 'sum([a])'],
    ['rest', 'scores', '', 'calc', '', 'sum([b])'],
    ['both', 'scores', '', 'calc', '', 'sum([a], [b])'],
  );
  const read = run(source, { name: 'sleep' });
  expect(
    read.survey.items.map(({ id, scales, instructions }) => [id, scales, instructions]),
  ).toEqual([['b', ['rest'], null]]);
  expect(read.survey.skipped.map(({ question }) => question)).toEqual(['both "sum([a], [b])"']);
  expect(run(source).survey.notes).toContain(
    'It has 3 forms; --name imports one of them: mood, sleep, scores.',
  );
  expect(() => run(source, { name: 'dreams' })).toThrow(/file has no form called "dreams"/);
});

test('An item that is coded and calculated from the other end is not reversed', () => {
  const { survey } = run(
    table(
      REDCAP,
      ['a', 'mood', '', 'radio', 'I am glad', '1, No | 2, Rather | 3, Yes'],
      ['b', 'mood', '', 'radio', 'I am calm', '1, No | 2, Rather | 3, Yes'],
      ['c', 'mood', '', 'radio', 'I am well', '3, No | 2, Rather | 1, Yes'],
      ['glad', 'mood', '', 'calc', '', 'sum([a], [b], 4-[c])'],
    ),
  );
  expect(survey.items.map(({ signs }) => signs)).toEqual([[1], [1], [1]]);
  expect(survey.items[2]!.options.map(({ number }) => number)).toEqual([1, 2, 3]);
});

test('Hidden fields of REDCap and fields with others inside their label are named with why', () => {
  const read = run(
    table(
      [...REDCAP, 'Field Annotation'],
      ['m1', 'mood', '', 'radio', 'I am glad', LIKERT, '', '@HIDDEN-FORM'],
      ['m2', 'mood', '', 'radio', 'I am sad', LIKERT, '', '@DEFAULT="1" @HIDDEN'],
      ['m3', 'mood', '', 'radio', 'Here: {m1:icons}', LIKERT, '', ''],
      ['m4', 'mood', '', 'radio', 'A set {a}', LIKERT, '', ''],
      ['m5', 'mood', '', 'radio', 'Seen?', '1, Yes', '', ''],
    ),
  );
  expect(itemsOf(read).map(({ id }) => id)).toEqual(['m1', 'm4']);
  expect(reasons(read)).toEqual([
    'm2 "I am sad": it is hidden (@HIDDEN)',
    'm3 "Here: {m1:icons}": its text has a place for other answers or data',
    'm5 "Seen?": it has fewer than two answers',
  ]);
});

// PsychoBench

const BENCH: ImportSource = {
  kind: 'json',
  text: JSON.stringify([
    {
      name: 'LOT',
      full_name: 'Life Orientation',
      questions: { '10': 'Ten', '2': 'Two', '1': 'One' },
      reverse: [2],
      scale: 4,
      compute_mode: 'SUM',
      categories: [{ cat_name: 'Optimism', cat_questions: [1, 2] }],
    },
    { name: 'Other', questions: { '1': 'One' } },
  ]),
};

test('PsychoBench tells scales, signs, fillers and scoring; the answers are open until they are given', () => {
  const open = run(BENCH, { name: 'lot' });
  expect(open.open).toEqual(['options: all items']);
  expect(open.survey.notes.join()).toMatch(/lowest \+ highest is 4/);
  const { instrument } = run(
    BENCH,
    { name: 'LOT', options: '0 = no | 1 | 2 | 3 | 4 = yes' },
    { ...ABOUT, score: null },
  );
  const read = parseInstrument(instrument!, 'lot.json');
  expect(read.items.map(({ id, scale, reverse }) => [id, scale, reverse])).toEqual([
    ['LOT_1', 'Optimism', false],
    ['LOT_2', 'Optimism', true],
    ['LOT_10', null, false],
  ]);
  expect(read.scales[0]!.score).toBe('sum');
});

test('Answers that do not fit what PsychoBench says are refused, and several questionnaires ask for a name', () => {
  expect(() => run(BENCH, { name: 'LOT', options: '1 = no | 5 = yes' })).toThrow(
    /lowest \+ highest is 6, and 4/,
  );
  expect(() => run(BENCH)).toThrow(/has 2 questionnaires/);
});

test.each([
  ['qsf', '{"a": 1}'],
  ['lss', '<html></html>'],
  ['lss', 'no markup'],
  ['json', '{"slug": "x"}'],
] as const)('A %s file of another kind is refused', (kind, text) => {
  expect(() => run({ kind, text })).toThrow(/is not a survey of|has no questionnaires/);
});
