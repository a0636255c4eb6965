import { describe, expect, test } from 'vitest';
import { likertSheets, MINIIPIP } from '../../../test/support/likert-sheets.ts';
import { answered, modelOf, population, study } from '../../../test/support/small-study.ts';
import { findInstrument } from '../../instruments/load.ts';
import { pointsOf, scoreAnswers } from '../../instruments/score.ts';
import { type Drive, defineCondition } from '../../personas/sheets/conditions.ts';
import { applyCondition, drivenAnswers } from '../../personas/sheets/drive.ts';
import type { Sheet } from '../../personas/sheets/sheet.ts';
import type { Sheets } from '../data.ts';
import { questionnaireOf } from '../forms.ts';
import { tabulateBaseAccuracy, tabulateManipulatedAccuracy } from './accuracy.ts';
import { tabulateScaleScores } from './scale-scores.ts';
import { drivenPart, drivenPoints, manipulateSheets, readSheetScores, targetOf } from './sheets.ts';

const PEOPLE = likertSheets(12, 4);
const QUESTIONNAIRE = { ...questionnaireOf(MINIIPIP), label: 'miniipip' };

function sheetsOf(people: readonly Sheet[]): Sheets {
  const answers = Float64Array.from(people.flatMap((one) => one.answers.map((own) => own!)));
  return {
    questionnaire: QUESTIONNAIRE,
    isPublished: false,
    personalityIds: Int32Array.from(people, ({ personalityId }) => personalityId),
    answers,
    points: answers,
  };
}

const REFERENCE = sheetsOf(PEOPLE);
const scoresOf = (sheet: Sheet) =>
  scoreAnswers(MINIIPIP, new Map(sheet.answers.map((own, index) => [index + 1, own!])));
const conditionOf = (drive: Drive) => defineCondition({ name: 'own', label: 'Own', drive });

describe('sheets of a Likert instrument', () => {
  test('have the scores that the instrument gives their answers, under a condition too', () => {
    const own = conditionOf({ O: 'max', E: 2, '4': 5 });
    for (const scale of ['E', 'A', 'C', 'N', 'O']) {
      const before = readSheetScores(REFERENCE, scale, 'reference');
      expect(before).toMatchObject({
        scores: Float64Array.from(PEOPLE, (one) => scoresOf(one).get(scale)!),
      });
      const after = readSheetScores(manipulateSheets(REFERENCE, own), scale, 'reference');
      const driven = PEOPLE.map((one) => applyCondition(one, own, MINIIPIP));
      expect(after).toMatchObject({
        scores: Float64Array.from(driven, (one) => scoresOf(one).get(scale)!),
      });
    }
  });

  test('are driven to the points of the answers that personas are written from', () => {
    const neo = findInstrument('ipipneo120');
    const epqra = findInstrument('epqra');
    const drives: [typeof neo, Drive][] = [
      [MINIIPIP, { O: 'max', N: 'min', E: 4, '2': 3 }],
      [neo, Object.fromEntries(neo.scales.slice(0, 30).map(({ id }) => [id, 'max']))],
      [epqra, { E: 'keyed', N: 'unkeyed', P: 'max', L: 0 }],
    ];
    for (const [instrument, drive] of drives) {
      const own = conditionOf(drive);
      const questionnaire = { ...questionnaireOf(instrument), label: instrument.slug };
      const answers = drivenAnswers(own, instrument);
      expect(answers.size).toBeGreaterThan(12);
      expect(new Map([...drivenPoints(questionnaire, own)].sort(([a], [b]) => a - b))).toEqual(
        new Map(
          [...answers]
            .sort(([a], [b]) => a - b)
            .map(([number, answer]) => [
              number - 1,
              pointsOf(instrument.items[number - 1]!, answer),
            ]),
        ),
      );
    }
  });

  test('tell how much of a scale is driven, and where to', () => {
    const own = conditionOf({ O: 'max', '1': 5 });
    expect(['O', 'E', 'A'].map((scale) => drivenPart(QUESTIONNAIRE, scale, own))).toEqual([
      'all',
      'some',
      'none',
    ]);
    const perItem = [5, 5, 5, 5];
    const { score } = QUESTIONNAIRE.scales[0]!;
    expect(targetOf(QUESTIONNAIRE, 'O', own)).toEqual({
      score: score === 'mean' ? 5 : 20,
      points: perItem,
    });
  });
});

describe('personas written from them', () => {
  const own = conditionOf({ O: 'max', '1': 5 });
  const display = { display: 'Own', condition: 'own', ownCondition: own };
  const of = population('Own', display);
  /** The persona of a sheet answers as the sheet was set, but for item 1, which is answered 4. */
  const given = (isDriven: boolean) =>
    PEOPLE.map((one) => {
      const sheet = isDriven ? applyCondition(one, own, MINIIPIP) : one;
      return {
        personality: one.personalityId,
        points: sheet.answers.map((answer, index) => (index === 0 ? 4 : answer)),
        ...(isDriven ? { population: of } : {}),
      };
    });
  const base = study({ reference: REFERENCE, answered: [answered(QUESTIONNAIRE, given(false))] });
  const driven = study({ reference: REFERENCE, answered: [answered(QUESTIONNAIRE, given(true))] });
  const differences = PEOPLE.map(({ answers }) => Math.abs(4 - answers[0]!));

  test('are compared with the sheet, item by item', () => {
    const rows = tabulateBaseAccuracy(base).filter(({ model }) => model !== 'Random');
    expect(rows.map(({ instrument, model, scale }) => [instrument, model, scale])).toEqual(
      ['E', 'A', 'C', 'N', 'O'].map((scale) => ['miniipip', modelOf('GPT-4o').label, scale]),
    );
    const [e, a] = rows;
    const right = differences.filter((difference) => difference === 0).length;
    expect(e).toMatchObject({ against: 'original', n: 48, n_clusters: 12, precision: null });
    expect(e!.reason).toContain('as the items have no key');
    expect(e!.accuracy).toBeCloseTo((100 * (36 + right)) / 48, 10);
    expect(e!.mae).toBeCloseTo(differences.reduce((sum, one) => sum + one, 0) / 12, 10);
    expect(a).toMatchObject({ accuracy: 100, mae: 0, rmse: 0 });
  });

  test('are compared with the sheet that the condition made of it, where it sets a part', () => {
    const rows = tabulateManipulatedAccuracy(driven);
    const of = (scale: string, against: string) =>
      rows.find((row) => row.model === 'GPT-4o' && row.scale === scale && row.against === against);
    expect(of('E', 'manipulated')).toMatchObject({ accuracy: 75, mae: 1, rmse: 1 });
    expect(of('O', 'manipulated')).toMatchObject({ accuracy: 100 });
    expect(of('O', 'original')!.accuracy).toBeLessThan(100);
    expect(of('A', 'manipulated')).toBeUndefined();
  });

  test('have scores beside those of the sheets, and a target where a scale is driven', () => {
    const rows = tabulateScaleScores(driven, 0.5);
    const of = (scale: string) => rows.find((row) => row.model === 'GPT-4o' && row.scale === scale);
    const step = QUESTIONNAIRE.scales[0]!.score === 'mean' ? 1 / 4 : 1;
    expect(of('E')).toMatchObject({ test: 'fidelity', n: 12 });
    expect(of('E')!.diff).toBeCloseTo(-step, 10);
    expect(of('A')).toMatchObject({ test: 'fidelity', diff: 0 });
    expect(of('O')).toMatchObject({
      test: 'manipulation check',
      target: 20 * step,
      mean: 20 * step,
      share_at_target: 1,
    });
    expect(
      rows.filter(({ test: kind }) => kind === 'baseline').map(({ instrument }) => instrument),
    ).toEqual(Array(5).fill('miniipip'));
  });
});
