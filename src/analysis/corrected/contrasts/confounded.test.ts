import { expect, test } from 'vitest';
import { answered, MOOD, population, study } from '../../../../test/support/small-study.ts';
import { analysisPlan } from '../../plan.ts';
import { sayConfounded } from './confounded.ts';

const ALL = population('all', { population: 'all' });

function studyOf(rows: readonly Readonly<Record<string, string>>[]) {
  const given = rows.map((columns, at) => ({
    ...{ personality: at + 1, points: [0, 1, 2, 0, 1], population: ALL, columns },
  }));
  return study({ answered: [answered(MOOD, given)] });
}

const CONFOUNDED = [
  { religion: 'Muslim', name: 'Amir', job: 'nurse' },
  { religion: 'Muslim', name: 'Amir', job: 'cook' },
  { religion: 'Christian', name: 'Paul', job: 'nurse' },
  { religion: 'Christian', name: 'Paul', job: 'cook' },
];

test('two factors whose levels go one to one are warned of, once', () => {
  expect(sayConfounded(studyOf(CONFOUNDED), analysisPlan.parse({}))).toEqual([
    'name and religion cannot be told apart: each level of one occurs with a single level of the other, so that a difference between their levels may be due to either. To tell them apart, a level of one must occur with several levels of the other.',
  ]);
  const plan = analysisPlan.parse({ compare: ['religion'] });
  expect(sayConfounded(studyOf(CONFOUNDED), plan)).toEqual([
    expect.stringMatching(/^religion and name cannot be told apart/),
  ]);
});

test('names that each have one religion, several to a religion, are no such factor', () => {
  const rows = CONFOUNDED.map((row, at) => ({ ...row, name: `${row.name} ${at}` }));
  expect(sayConfounded(studyOf(rows), analysisPlan.parse({ compare: ['religion'] }))).toEqual([]);
});

test('a column that differs with the factor in every case is warned of, unless it is compared', () => {
  const of = (personality: number, columns: Readonly<Record<string, string>>) => ({
    ...{ personality, points: [0, 1, 2, 0, 1], population: ALL, columns },
  });
  const given = (ages: readonly string[]) =>
    study({
      answered: [
        answered(
          MOOD,
          ages.map((age, at) =>
            of(Math.floor(at / 2) + 1, { religion: at % 2 === 0 ? 'Muslim' : 'Christian', age }),
          ),
        ),
      ],
    });
  const plan = analysisPlan.parse({ compare: ['religion'] });
  expect(sayConfounded(given(['30', '40', '50', '30']), plan)).toEqual([
    'No case has two levels of religion with the same age, so that no case is compared with itself. Give all rows of a case the same age, or leave that column out of the file of personas.',
  ]);
  expect(sayConfounded(given(['30', '30', '50', '50']), plan)).toEqual([]);
  const both = analysisPlan.parse({ compare: ['religion', 'age'] });
  expect(sayConfounded(given(['30', '40', '50', '30']), both)).toEqual([]);
});

test('a factor that is not compared, and a crossed one, are not warned of', () => {
  const plan = analysisPlan.parse({ compare: ['job'] });
  expect(sayConfounded(studyOf(CONFOUNDED), plan)).toEqual([]);
});
