/** What the tables of contrasts share: their labels, their words, and the SQL behind a row. */

import { combinationsWithLevels } from '../../../analysis/combinations.ts';
import { type Factor, MODEL, observe } from '../../../analysis/corrected/contrasts/observations.ts';
import type { StudyData } from '../../../analysis/data.ts';
import { type Behind, behind } from '../chosen.ts';
import { formatDifference } from '../format.ts';
import {
  distinct,
  estimate,
  type Grid,
  type Label,
  layOutRows,
  type ReasonNotes,
  type TableColumn,
  type WithReason,
} from '../layout.ts';
import { type FactorChoice, factorValuesOf } from '../selection.ts';

/** A row of a table of contrasts, as far as it names what is compared. */
export interface Named {
  readonly instrument: string;
  readonly model: string | null;
  readonly factor: string;
  readonly level: string;
  readonly outcome: string;
  readonly reference?: string | null;
}

export const WHO: Label<Named> = { heading: 'Model', of: ({ model }) => model ?? 'all' };
export const FACTOR: Label<Named> = { heading: 'Factor', of: ({ factor }) => factor };
export const LEVEL: Label<Named> = { heading: 'Level', of: ({ level }) => level };
/** "Muslim − Christian" */
export const CONTRAST: Label<Named> = {
  heading: 'Contrast',
  of: ({ level, reference }) => `${level} \u2212 ${reference}`,
};

/** As `layOutRows`; a single model is the title of the table's only section, and no column. */
export function layOutContrasts<Row extends Named & WithReason>(
  rows: readonly Row[],
  labels: readonly Label<Row>[],
  columns: readonly TableColumn<Row>[],
  reasons: ReasonNotes,
): Grid {
  const [model, ...others] = distinct(rows.map(({ model: own }) => own));
  if (model == null || others.length > 0)
    return layOutRows(rows, [WHO, ...labels], columns, reasons);
  const grid = layOutRows(rows, labels, columns, reasons);
  return { ...grid, sections: grid.sections.map((one) => ({ ...one, title: model })) };
}

/** A difference with its interval. */
export function shift(
  value: number | null,
  ends: readonly [number | null, number | null],
): string | null {
  return estimate(value, ends, (own) => formatDifference(own, 2), 2);
}

/** "p is corrected by Holm within 3 families of tests, one for each model and factor." */
export function familiesOf(
  rows: readonly { readonly family: string | null; readonly correction: string | null }[],
): string {
  const of = (correction: string) =>
    new Set(rows.flatMap((row) => (row.correction === correction ? row.family : []))).size;
  const [planned, screened] = [of('Holm'), of('Benjamini-Hochberg')];
  if (planned + screened === 0) return 'Nothing was tested.';
  const sentences = [
    ...(planned === 0
      ? []
      : [
          `p is corrected by Holm within ${planned === 1 ? 'one family' : `${planned} families`} of tests, one for each model and factor.`,
        ]),
    ...(screened === 0
      ? []
      : [
          'Factors that were screened are compared level by level with all others together, corrected by Benjamini and Hochberg: these rows are exploratory.',
        ]),
  ];
  return sentences.join(' ');
}

/** The administrations of both levels; of all levels where the reference is all others. */
export function behindContrast(
  row: Named,
  study: StudyData,
  levels: readonly string[] | null,
): Behind {
  const observed = observe(study).find(({ instrument }) => instrument === row.instrument);
  if (observed === undefined) return behind('select null where false', []);
  const { administrations, factors, forms } = observed;
  const models = factors.find(({ name }) => name === MODEL);
  const labelOf = (key: string) =>
    administrations.find(({ model }) => model.key === key)!.model.label;
  const factor = factors.find(
    ({ name, ofModel }) =>
      name === row.factor && (ofModel === null || labelOf(ofModel) === row.model),
  )!;
  const wanted = new Set(
    factor.levels.flatMap(({ label }, at) => (levels?.includes(label) === false ? [] : [at])),
  );
  const own = combinationsWithLevels(administrations, factor.codes)
    .filter((at) => wanted.has(factor.codes[at]!))
    .map((at) => administrations[at]!)
    .filter(({ model }) => row.model === null || models === undefined || model.label === row.model);
  const { slug, items, scales } = forms[0]!.questionnaire;
  const item = items.find(({ id }) => itemNames(id).includes(row.outcome.split(': ')[0]!));
  const of: FactorChoice['of'] = scales.some(({ id }) => id === row.outcome)
    ? { scale: row.outcome }
    : item === undefined
      ? 'outcome'
      : { item: item.number };
  return factorValuesOf(study, {
    slug,
    groups: [...new Set(own.map(({ groupId }) => groupId))].sort((a, b) => a - b),
    populations:
      factor.kind === 'condition'
        ? [...new Set(own.map(({ population }) => population.population))]
        : null,
    ...levelsOf(factor, wanted),
    of,
  });
}

const itemNames = (id: string) => [id, `item ${id}`];

function levelsOf(
  { kind, name, levels }: Factor,
  wanted: ReadonlySet<number>,
): Pick<FactorChoice, 'column' | 'recorded'> {
  const values = levels.flatMap(({ key }, at) => (wanted.has(at) ? [key] : []));
  return {
    column: kind === 'column' ? { name: name.replace(/ \(own column\)$/, ''), values } : null,
    recorded: kind === 'call' ? { name, values } : null,
  };
}
