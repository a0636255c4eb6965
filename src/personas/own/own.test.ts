import { describe, expect, test } from 'vitest';
import { type OwnPersonasSpec, ownPersonas, roleFor } from './own.ts';
import type { OwnTable } from './table.ts';

const TABLE: OwnTable = {
  columns: ['id', 'faith', 'text', 'w'],
  rows: [
    { id: 'a', faith: 'Muslim', text: 'I am <row.faith>.', w: '1' },
    { id: 'a', faith: 'Hindu', text: 'I am <row.faith>.', w: '0,5' },
    { id: 'b', faith: 'Muslim', text: 'I, too.', w: '2' },
  ],
  encoding: 'utf-8',
  doubtful: [],
  separator: ',',
};
const SPEC: OwnPersonasSpec = {
  description: 'text',
  text: null,
  vignette: 'id',
  condition: ['faith'],
  weight: null,
  cross: {},
  control: false,
};
const made = (changes: Partial<OwnPersonasSpec> = {}) =>
  ownPersonas(TABLE, { ...SPEC, ...changes }, 'rows.csv');

describe('personas of one’s own', () => {
  test('share the case of their vignette, and have the condition of their columns', () => {
    expect(made().map((one) => [one.case, one.condition, one.description])).toEqual([
      [1, 'Muslim', 'I am Muslim.'],
      [1, 'Hindu', 'I am Hindu.'],
      [2, 'Muslim', 'I, too.'],
    ]);
  });

  test('are combined with every combination of crossed levels', () => {
    const crossed = made({
      condition: ['faith', 'disability', 'sex'],
      cross: { disability: ['none', 'blind'], sex: ['f', 'm'] },
      vignette: null,
      text: '<row.faith> <row.disability> <row.sex>',
    });
    expect(() => made({ cross: { disability: ['none', 'blind'] } })).toThrow(/occurs twice/);
    expect(crossed).toHaveLength(3 * 4);
  });

  test('without a column for the condition have the crossed factors as one', () => {
    const crossed = made({ condition: [], vignette: null, cross: { sex: ['f', 'm'] } });
    expect(crossed.map(({ condition }) => condition)).toEqual(['f', 'm', 'f', 'm', 'f', 'm']);
    expect(crossed.map((one) => one.case)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(made({ condition: [], vignette: null })[0]!.condition).toBe('all');
  });

  test('may have a control without persona', () => {
    expect(made({ control: true }).at(-1)).toEqual({
      case: 3,
      condition: 'control',
      description: null,
      columns: {},
      weight: 1,
    });
  });

  test('have descriptions whose slots are filled, also in the column that they come from', () => {
    expect(made().map(({ columns }) => columns.text)).toEqual([
      'I am Muslim.',
      'I am Hindu.',
      'I, too.',
    ]);
  });

  test.each<[string, string | null | undefined, string | null | undefined]>([
    ['the program’s own', undefined, null],
    ['none', null, null],
    ['one with the description', 'You are this person. <row.description>', null],
    ['one with the column of the descriptions', 'You are this person. <row.text>', null],
    ['one with a column that the control lacks', 'You are <row.faith>.', null],
    ['one with a column that the control has', 'Rate for <row.w>.', 'Rate for <row.w>.'],
    ['one that names nothing', 'You rate texts.', 'You rate texts.'],
  ])('a system message is sent to a control only where it is for it: %s', (_, role, sent) => {
    const [first, , , control] = made({ control: { w: '3' } });
    expect(roleFor(first!, role, 'text')).toBe(role);
    expect(roleFor(control!, role, 'text')).toBe(sent);
  });

  test('may be stimuli without description', () => {
    expect(made({ description: null }).every(({ description }) => description === null)).toBe(true);
  });

  test('have the weights of a column, with a decimal comma or point', () => {
    expect(made({ weight: 'w' }).map(({ weight }) => weight)).toEqual([1, 0.5, 2]);
    expect(() => made({ weight: 'faith' })).toThrow(/row 1: the weight "Muslim" is not a number/);
  });

  test.each<[string, Partial<OwnPersonasSpec>, string]>([
    ['text', {}, 'nan'],
    ['text', {}, ' - '],
    ['text', {}, 'NULL'],
    ['faith', { text: 'I am <row.faith>.', condition: ['w'] }, 'NA'],
    ['faith', {}, '#N/A'],
    ['faith', {}, ' '],
    ['id', {}, ''],
    ['id', {}, 'NaN'],
  ])('without a value of the column %s are refused (%o, %j)', (column, changes, cell) => {
    const rows = TABLE.rows.map((row, index) => (index === 1 ? { ...row, [column]: cell } : row));
    expect(() => ownPersonas({ ...TABLE, rows }, { ...SPEC, ...changes }, 'rows.csv')).toThrow(
      `rows.csv, row 2: the column "${column}" ${cell.trim() === '' ? 'is empty' : `holds "${cell.trim()}", which means a missing value`}`,
    );
  });

  test('are in no condition that is called as the control', () => {
    const rows = TABLE.rows.map((row, index) => (index === 1 ? { ...row, faith: 'control' } : row));
    for (const control of [true, false])
      expect(() => ownPersonas({ ...TABLE, rows }, { ...SPEC, control }, 'rows.csv')).toThrow(
        'rows.csv, row 2: its condition is called "control"',
      );
    expect(() =>
      made({ condition: [], vignette: null, cross: { arm: ['control', 'told'] } }),
    ).toThrow('rows.csv, row 1: its condition is called "control"');
  });

  test('may be called as what only looks like a missing value', () => {
    const rows = ['Na', 'None', 'Null', 'nil'].map((faith, index) => ({
      id: `${index}`,
      faith,
      text: '<row.faith> is all.',
      w: '1',
    }));
    const named = ownPersonas({ ...TABLE, rows }, SPEC, 'rows.csv');
    expect(named.map(({ condition }) => condition)).toEqual(['Na', 'None', 'Null', 'nil']);
  });

  test.each<[string, Partial<OwnPersonasSpec>, RegExp]>([
    ['an unknown column', { vignette: 'ID' }, /rows\.csv has no column "ID"/],
    ['a slot for no column', { text: '<row.x>' }, /has no column "x"/],
    ['a crossed factor that is a column', { cross: { faith: ['a'] } }, /column "faith"/],
    ['no condition that tells rows apart', { condition: [] }, /"a" occurs twice/],
  ])('with %s are refused', (_, changes, message) => {
    expect(() => made(changes)).toThrow(message);
  });
});
