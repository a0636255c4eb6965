/** Which cells of the report an R script computes again, and from which rows. */

import { listCells } from '../../analysis/corrected/cells.ts';
import type { AllCorrelationRow } from '../../analysis/corrected/correlations.ts';
import type { Answered, StudyData } from '../../analysis/data.ts';
import { columnsOfScale, scaleOf } from '../../analysis/scores.ts';
import { REFERENCE_ROW, type Table } from '../../analysis/table.ts';
import { tQuantile } from '../../statistics/distributions.ts';
import { allCorrelations } from '../tables/families/all-correlations.ts';
import { frequencies } from '../tables/families/frequencies.ts';
import { otherReliability, sheetReliability } from '../tables/families/reliability.ts';
import { scaleScores } from '../tables/families/scale-scores.ts';
import { traitScores } from '../tables/families/trait-scores.ts';
import { rowsOf } from '../tables/tables.ts';
import { integers, number, text } from './literals.ts';

/** The administrations of one model as one population. */
export interface ScriptCell {
  /** Name of the cell in the script. */
  readonly name: string;
  readonly questionnaire: string;
  readonly model: string;
  readonly condition: string;
  readonly isReference: boolean;
  /** The call that makes it. */
  readonly call: string;
}

export function cellsOfScript({ answered }: StudyData): readonly ScriptCell[] {
  return answered.flatMap((one) =>
    listCells(one, 'A4').flatMap((cell): ScriptCell[] => {
      const groups = new Set(
        cell.succeeded.map((position) => one.administrations[position]!.groupId),
      );
      if (groups.size === 0) return [];
      const { label } = one.questionnaire;
      const parts = {
        questionnaire: text(label),
        model: text(cell.model.label),
        condition: text(cell.label),
        model_id: cell.model.modelId === null ? 'NA' : text(cell.model.modelId),
        population: text(cell.population.population),
        groups: integers([...groups].sort((a, b) => a - b)),
        is_reference: cell.population.isReference ? 'TRUE' : 'FALSE',
      };
      return [
        {
          name: nameCell(label, cell.model.label, cell.label),
          questionnaire: label,
          model: cell.model.label,
          condition: cell.label,
          isReference: cell.population.isReference,
          call: `list(${Object.entries(parts)
            .map(([key, value]) => `${key} = ${value}`)
            .join(', ')})`,
        },
      ];
    }),
  );
}

function nameCell(questionnaire: string, model: string, condition: string | null): string {
  return [questionnaire, model, condition].join(' / ');
}

/** What a row of a table names, as a cell of the script; null for other rows. */
type Found = { readonly cell: string; readonly about: string; readonly questionnaire: string };

const MOST_OF_A_KIND = 2;

/**
 * Calls that compute a number and hold it against the report's: up to two rows of a kind, those
 * with the most persons first.
 */
export function checksOfScript(
  study: StudyData,
  corrected: readonly Table[],
  cells: readonly ScriptCell[],
): readonly string[] {
  const names = new Set(cells.map(({ name }) => name));
  const find = (row: {
    readonly instrument: string;
    readonly model: string;
    readonly population: string | null;
    readonly answered_by?: string | null;
  }): Found | null => {
    if (row.model === REFERENCE_ROW && row.answered_by == null) return null;
    const own = cells.filter(
      ({ questionnaire, model }) =>
        questionnaire === row.instrument && model === (row.answered_by ?? row.model),
    );
    const condition =
      row.population ?? own.find(({ isReference }) => isReference)?.condition ?? null;
    const cell = nameCell(row.instrument, row.answered_by ?? row.model, condition);
    return names.has(cell) ? { cell, about: cell, questionnaire: row.instrument } : null;
  };
  const check = (table: string, { about }: Found, what: string, found: string, value: number) =>
    `check(${text(`Table ${table}, ${about}: ${what}`)}, ${found}, ${number(value)})`;
  const isPlain = (questionnaire: string, scale: string) => {
    const answered = study.answered.find((one) => one.questionnaire.label === questionnaire);
    return answered !== undefined && hasPlainItems(answered, scale);
  };
  const chosen = <Row extends Parameters<typeof find>[0] & { readonly n: number }>(
    rows: readonly Row[],
    isWanted: (row: Row) => boolean,
    write: (row: Row, found: Found) => readonly string[],
  ): readonly string[] =>
    rows
      .flatMap((row) => {
        const found = isWanted(row) ? find(row) : null;
        return found === null ? [] : [{ row, found }];
      })
      .sort((first, second) => second.row.n - first.row.n)
      .slice(0, MOST_OF_A_KIND)
      .flatMap(({ row, found }) => write(row, found));

  const scoresOf = ({ cell }: Found, scale: string) =>
    `person_scores(cells[[${text(cell)}]], ${text(scale)})`;
  const spread = (
    table: string,
    row: { readonly scale: string; readonly mean: number | null; readonly sd: number | null },
    found: Found,
  ) => [
    check(table, found, `mean of ${row.scale}`, `mean(${scoresOf(found, row.scale)})`, row.mean!),
    check(table, found, `SD of ${row.scale}`, `sd(${scoresOf(found, row.scale)})`, row.sd!),
  ];
  return [
    ...chosen(
      rowsOf(corrected, scaleScores.corrected),
      (row) =>
        row.test === 'fidelity' &&
        row.icc !== null &&
        row.t !== null &&
        row.n_without_sheet === 0 &&
        row.mean !== null &&
        isPlain(row.instrument, row.scale),
      (row, found) => {
        const pairs = `with_sheets(cells[[${text(found.cell)}]], ${text(row.scale)})`;
        const test = `paired(${pairs})`;
        const numbers = [
          ['difference', `${test}$estimate`, row.diff],
          ['lower limit of the difference', `${test}$conf.int[1]`, row.ci_low],
          ['upper limit of the difference', `${test}$conf.int[2]`, row.ci_high],
          ['ICC(A,1) with the sheet', `icc_a1(${pairs})`, row.icc],
        ] as const;
        return [
          ...spread('4', row, found),
          ...numbers.map(([what, code, value]) =>
            check('4', found, `${row.scale}, ${what}`, code, value!),
          ),
        ];
      },
    ),
    ...chosen(
      rowsOf(corrected, scaleScores.corrected),
      (row) => row.test === 'manipulation check' && row.share_at_target !== null,
      (row, found) => [
        check(
          '4',
          found,
          `${row.scale}, share at the target`,
          `share_at(cells[[${text(found.cell)}]], ${text(row.scale)}, ${number(row.target)})`,
          row.share_at_target!,
        ),
      ],
    ),
    ...chosen(
      rowsOf(corrected, traitScores.corrected),
      // Near an end of the scale the interval is not Student's.
      (row) =>
        row.mean !== null &&
        row.sd !== null &&
        row.ci_low !== null &&
        Math.abs(
          row.ci_low - row.mean - (tQuantile(0.025, row.n - 1) * row.sd) / Math.sqrt(row.n),
        ) < 1e-9,
      (row, found) => [
        ...spread('A4', row, found),
        check(
          'A4',
          found,
          `${row.scale}, lower limit of the mean`,
          `t.test(${scoresOf(found, row.scale)})$conf.int[1]`,
          row.ci_low!,
        ),
      ],
    ),
    ...([sheetReliability, otherReliability] as const).flatMap(({ id, corrected: mode }) =>
      chosen(
        rowsOf(corrected, mode),
        (row) => row.alpha !== null && isWhole(study, row.instrument, row.scale),
        (row, found) => [
          check(
            id,
            found,
            `alpha of ${row.scale}`,
            `cronbach_alpha(item_points(cells[[${text(found.cell)}]], ${text(row.scale)}))`,
            row.alpha!,
          ),
        ],
      ),
    ),
    ...chosen(
      rowsOf(corrected, allCorrelations.corrected)
        .filter((row) => row.r !== null && row.ci_low !== null)
        .sort((first, second) => Number(isWithin(first)) - Number(isWithin(second)))
        .map((row) => ({ ...row, instrument: row.instrument_1 })),
      () => true,
      (row, found) => {
        const other = find({ ...row, instrument: row.instrument_2 });
        if (other === null) return [];
        const test = `correlate(${scoresOf(found, row.scale_1)}, ${scoresOf(other, row.scale_2)})`;
        const what = `${row.scale_1} with ${row.scale_2} of ${row.instrument_2}`;
        return [
          check('B2', found, `r of ${what}`, `${test}$estimate`, row.r!),
          check('B2', found, `lower limit of r of ${what}`, `${test}$conf.int[1]`, row.ci_low!),
        ];
      },
    ),
    ...chosen(
      rowsOf(corrected, frequencies.corrected),
      (row) => row.share !== null && row.answer !== null && row.n > 0,
      (row, found) => [
        check(
          'B1',
          found,
          `share of the answer ${row.answer} to ${row.item}`,
          `share_of_answer(cells[[${text(found.cell)}]], ${text(row.item)}, ${row.answer})`,
          row.share!,
        ),
      ],
    ),
  ];
}

/** Of one instrument, where any of two says more. */
function isWithin({ instrument_1: first, instrument_2: second }: AllCorrelationRow): boolean {
  return first === second;
}

/** Whether every item counts something, so that complete rows are the table's. */
function isWhole({ answered }: StudyData, label: string, scale: string): boolean {
  const one = answered.find(({ questionnaire }) => questionnaire.label === label);
  return (
    one !== undefined &&
    columnsOfScale(one.questionnaire, scaleOf(one.questionnaire, scale)).every(
      ({ weight, range }) => weight > 0 || range !== null,
    )
  );
}

/** Whether the script's own score of a sheet is the study's. */
function hasPlainItems({ questionnaire }: Answered, id: string): boolean {
  const { score, isCentred, parts } = scaleOf(questionnaire, id);
  return (score === 'sum' || score === 'mean') && !isCentred && parts.length === 0;
}
