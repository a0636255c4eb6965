/** Which demographic values the corrected Tables 1 to 3 cannot place. */
import { compareCells, conditionOf, labelPopulations } from '../corrected/cells.ts';
import { categorise, PARTITIONS } from '../corrected/demographic-categories.ts';
import { type Personas, TABULATED_FIELDS } from '../data.ts';
import type { DemographicQualityRow } from './quality.ts';

/** Values shown of those that are not placed. */
const MOST_EXAMPLES = 5;

/**
 * By model, condition and field, in the order of the tables. All personas count, whatever their
 * draw.
 */
export function describeDemographics(personas: Personas): readonly DemographicQualityRow[] {
  const { groups } = personas;
  const sizes = new Int32Array(groups.length);
  for (let persona = 0; persona < personas.count; persona++) sizes[personas.group[persona]!]!++;
  const labels = labelPopulations(groups);
  const order = groups
    .map((group, index) => ({
      ...group,
      index,
      label: labels[index]!,
      condition: conditionOf(group.population),
    }))
    .sort(compareCells('1'));
  const counts = TABULATED_FIELDS.map((field) => countValues(personas, field));
  return order.flatMap(({ index, model, label }) =>
    TABULATED_FIELDS.map((field, column): DemographicQualityRow => {
      const { values, uses } = counts[column]!;
      const partition = PARTITIONS.find((one) => one.field === field)!;
      const found = [null, ...values].map((value, code) => ({
        value,
        personas: uses[index]![code]!,
        metric: categorise(partition, value),
      }));
      const ofMetric = (metric: string) =>
        found.filter((one) => one.personas > 0 && one.metric === metric);
      const unmapped = ofMetric(partition.unmapped).sort(
        (a, b) => b.personas - a.personas || (a.value! < b.value! ? -1 : 1),
      );
      return {
        model: model.label,
        condition: label,
        field,
        personas: sizes[index]!,
        missing: sum(ofMetric(partition.missing)),
        unmapped: sum(unmapped),
        examples: unmapped.slice(0, MOST_EXAMPLES).map(({ value }) => value!),
      };
    }),
  );
}

/** By group, how many personas have each value; the first is that of NULL. */
function countValues(
  { count, group, groups, fields }: Personas,
  field: (typeof TABULATED_FIELDS)[number],
) {
  const { codes, values } = fields[field];
  const uses = groups.map(() => new Int32Array(values.length + 1));
  for (let persona = 0; persona < count; persona++) uses[group[persona]!]![codes[persona]! + 1]!++;
  return { values, uses };
}

function sum(values: readonly { readonly personas: number }[]): number {
  return values.reduce((total, { personas }) => total + personas, 0);
}
