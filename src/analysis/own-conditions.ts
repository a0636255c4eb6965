/** How conditions of a study's own rows are called, and in which order they stand. */
import { CONTROL } from '../personas/own/own.ts';

export interface OwnConditionLabel {
  /** From 0, in the order of the study file. */
  readonly place: number;
  readonly label: string;
}

/**
 * The name, which is its levels one after the other; with the column of each where the same level
 * occurs in several columns, since "none, none" says nothing. A control keeps its name: its own
 * values of these columns are no levels of what was varied.
 * @param conditions in the order of the file, each with the columns that make it
 */
export function labelOwnConditions(
  conditions: readonly {
    readonly name: string;
    readonly levels: readonly (readonly [column: string, level: string])[];
  }[],
): ReadonlyMap<string, OwnConditionLabel> {
  const columnOf = new Map<string, string>();
  const isAmbiguous = conditions.some(
    ({ name, levels }) =>
      name !== CONTROL &&
      levels.some(([column, level]) => {
        const known = columnOf.get(level) ?? column;
        columnOf.set(level, known);
        return known !== column;
      }),
  );
  return new Map(
    conditions.map(({ name, levels }, place) => {
      const told = levels.map(([column, level]) => `${column}: ${level}`).join(', ');
      const isTold = isAmbiguous && told !== '' && name !== CONTROL;
      return [name, { place, label: isTold ? told : name }];
    }),
  );
}
