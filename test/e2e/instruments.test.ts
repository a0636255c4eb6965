import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runPersonas } from '../support/cli.ts';
import { temporaryFolder } from '../support/study.ts';

describe('personas instruments', () => {
  const folder = temporaryFolder();
  afterAll(() => folder[Symbol.dispose]());

  const personas = (...args: string[]) =>
    runPersonas(['instruments', ...args], { cwd: folder.path, env: { HOME: folder.path } });
  const write = (name: string, content: object) => {
    writeFileSync(path.join(folder.path, name), JSON.stringify(content));
    return name;
  };
  const SMALL = {
    ...{ format: 2, slug: 'small', title: 'Small', citation: 'c', licence: 'l', language: 'en' },
    answers: [
      {
        id: 'yesno',
        options: [
          { value: 1, label: 'Yes' },
          { value: 0, label: 'No' },
        ],
      },
    ],
    blocks: [
      {
        answers: 'yesno',
        items: [
          { id: 'one', text: 'One?' },
          { id: 'two', text: 'Two?' },
        ],
      },
    ],
    scales: [{ id: 'S', name: 'Sum', score: 'sum', items: ['one', '-two'] }],
  };

  test('list names the built-in ones with their languages', async () => {
    const { code, stdout } = await personas('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^phq9 .* 10 +1 +en, es +Free\.$/m);
    const listed = JSON.parse((await personas('list', '--json')).stdout) as { slug: string }[];
    expect(listed.map(({ slug }) => slug)).toContain('ipipneo120');
  });

  test('show prints the prompt in a language and form, the key, and whether a reply fits', async () => {
    const { code, stdout } = await personas(
      ...['show', 'ipipneo120', '--items-per-call', '40', '--model', 'gpt4o'],
    );
    expect(code).toBe(0);
    expect(stdout).toContain('Call 3 of 3: 40 items');
    expect(stdout).toContain('"neo120": "Act without thinking."');
    expect(stdout).toMatch(/^N2 +Anger +sum +neo6, neo36, neo66, -neo96 +4 +20/m);
    expect(stdout).toMatch(/^gpt4o +1000 +fits$/m);
    const whole = await personas('show', 'ipipneo120', '--model', 'gpt4o');
    expect(whole.stdout).toMatch(/^gpt4o +1000 +may not fit$/m);
    const spanish = JSON.parse(
      (await personas('show', 'phq9', '--language', 'es', '--json')).stdout,
    ) as { languages: string[]; calls: { prompt: string }[] };
    expect(spanish.languages).toEqual(['es']);
    expect(spanish.calls[0]!.prompt).toContain('Varios días');
  });

  test('show takes a file, too', async () => {
    const { code, stdout } = await personas('show', write('small.json', SMALL));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^S +Sum +sum +one, -two +0 +2/m);
  });

  test('check shows a valid file, and names every fault of another with exit code 1', async () => {
    const valid = await personas('check', write('small.json', SMALL), '--json');
    expect(valid.code).toBe(0);
    expect(JSON.parse(valid.stdout)).toMatchObject({ valid: true, slug: 'small', unscored: [] });
    const faulty = {
      ...SMALL,
      scales: [
        { id: 'S', name: 'Sum', score: 'sum', items: ['one', 'three'] },
        { id: 's', name: 'Sum', score: 'sum', of: ['s'] },
      ],
    };
    const faults = [
      'scale "s" occurs twice: "S" differs only in letter case',
      'scale "S": "three" is not one of the items',
      'scale "s" is made of itself',
    ];
    const found = await personas('check', write('faulty.json', faulty));
    expect(found.code).toBe(1);
    expect(found.stdout.split('\n').slice(1, -1)).toEqual(faults.map((fault) => `- ${fault}`));
    const data = await personas('check', 'faulty.json', '--json');
    expect(data.code).toBe(1);
    expect(JSON.parse(data.stdout)).toEqual({ valid: false, problems: faults });
  });

  test.each<[string[], RegExp]>([
    [['show', 'phq8'], /Unknown questionnaire "phq8".*Did you mean "phq-?9"/s],
    [['show', 'phq9', '--language', 'fr'], /no wording in the language "fr".*"en", "es"/s],
    [['show', 'phq9', '--item-order', 'random'], /--item-order.*shuffled/s],
    [['show', 'phq9', '--midpoint', 'dropped'], /phq9 cannot be administered like this/],
    [['check', 'none.json'], /none\.json/],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await personas(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('import writes a table to fill in, refuses it while it is open, and then an instrument', async () => {
    write('survey.qsf', {
      SurveyEntry: { SurveyName: 'Mood survey', SurveyLanguage: 'EN' },
      SurveyElements: [
        {
          Element: 'SQ',
          PrimaryAttribute: 'QID1',
          Payload: {
            QuestionText: 'Ça va?',
            QuestionType: 'MC',
            Selector: 'SAVR',
            DataExportTag: 'well',
            Choices: { 1: { Display: 'Yes' }, 2: { Display: 'No' } },
          },
        },
      ],
    });
    const first = await personas('import', 'survey.qsf');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^1 items of survey\.qsf are in survey\.csv\.$/m);
    expect(first.stdout).toMatch(/^- scale \("none" for an item on no scale\): all items$/m);
    expect(first.stdout).toMatch(
      /^Then \(with --score sum where a score is the sum of its items\): personas instruments import survey\.csv --title "Mood survey" --language en --score mean$/m,
    );
    const again = await personas('import', 'survey.qsf');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('already exists')]);
    expect(again.stderr).toContain('--overwrite');
    const table = path.join(folder.path, 'survey.csv');
    const written = readFileSync(table, 'utf8');
    writeFileSync(table, 'from before');
    expect((await personas('import', 'survey.qsf', '--overwrite')).code).toBe(0);
    expect(readFileSync(table, 'utf8')).toBe(written);
    const open = await personas('import', 'survey.csv');
    expect(open.code).toBe(2);
    expect(open.stderr).toMatch(/survey\.csv is not filled in yet.*scale/);
    const unread = await personas('check', 'survey.csv');
    expect(unread.stderr).toContain('Import it first: personas instruments import survey.csv');
    // As a spreadsheet of many countries saves it: semicolons, and not UTF-8.
    const rows = 'id;text;scale;sign;options\r\nwell;Ça va?;Mood;-1;1 = Yes | 2 = No\r\n';
    writeFileSync(path.join(folder.path, 'filled.csv'), Buffer.from(rows, 'latin1'));
    const filled = await personas('import', 'filled.csv');
    expect(filled.code).toBe(0);
    expect(filled.stdout).toContain('was read as windows-1252, with words such as "Ça". If that');
    const unfinished = await personas('check', 'filled.json');
    expect(unfinished.code).toBe(1);
    expect(unfinished.stdout).toMatch(/^- licence is still open \("\?"\): write who owns it/m);
    const about = ['--title', 'Mood', '--citation', 'c', '--licence', 'l', '--language', 'fr'];
    const done = await personas(
      ...['import', 'filled.csv', '--output', 'mood.json', '--score', 'sum', ...about],
    );
    expect(done.code).toBe(0);
    const { stdout } = await personas('check', 'mood.json');
    expect(stdout).toContain('Ça va?');
    expect(stdout).toMatch(/^Mood +Mood +sum +-well +1 +2/m);
  });
});
