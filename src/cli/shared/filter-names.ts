/** Whether what a filter names exists in the study: a mistyped name would select nothing. */
import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import { didYouMean, listKnown } from '../../suggest.ts';
import { type Facets, instrumentOf } from '../../view/facets-store.ts';
import { MOST_VALUES, namesOfFields, readFields } from '../../view/fields-store.ts';
import { type Filter, writeFieldName } from '../../view/filter.ts';

const NAMED = ['condition', 'population', 'questionnaire', 'language'] as const;

/**
 * A study without administrations is not checked: nothing in it has a name yet.
 * @throws UserError for the first name that no administration of the study has
 */
export async function checkNames(
  database: Pick<Database, 'db' | 't'>,
  all: Facets,
  { choices, groups, scale, fields }: Filter,
): Promise<void> {
  const { facets } = all;
  if (facets.length === 0) return;
  const ids = facets.flatMap(({ modelId }) => modelId ?? []);
  for (const model of choices.model)
    if (!ids.includes(model))
      check(
        'model',
        model,
        facets.map((facet) => facet.model),
        '--model',
      );
  for (const name of NAMED)
    for (const value of choices[name])
      check(
        name,
        value,
        facets.map((facet) => facet[name]),
        `--${name}`,
      );
  for (const group of groups)
    check(
      'group',
      String(group),
      facets.map(({ groupId }) => groupId),
      '--group-id',
    );
  const forms = facets.map((facet) => instrumentOf(all, facet));
  if (scale !== null && !forms.includes(null))
    check(
      'scale',
      scale,
      forms.flatMap((form) => form!.scales.map(({ id }) => id)),
      '--scale',
    );
  if (fields.length > 0) checkFields(await readFields(database), fields);
}

function checkFields(used: Awaited<ReturnType<typeof readFields>>, wanted: Filter['fields']): void {
  const known = namesOfFields(used);
  for (const field of wanted) {
    const { kind, name, values } = field;
    const names = known.filter((one) => one.kind === kind).map((one) => one.name);
    check(kind === 'column' ? 'own column' : 'way of asking', name, names, `--${kind}`);
    const existing = used.values.get(writeFieldName(field)) ?? [];
    // Values beyond these were not read.
    if (existing.length < MOST_VALUES)
      for (const value of values) check(name, value, existing, `--${kind}`);
  }
}

function check(
  what: string,
  name: string,
  existing: readonly (string | number | null)[],
  option: string,
): void {
  const known = [...new Set(existing.flatMap((one) => (one === null ? [] : [String(one)])))];
  if (known.includes(name)) return;
  throw new UserError(`${option}: no administration has the ${what} ${JSON.stringify(name)}`, {
    code: 'filter-name-unknown',
    hint: `${didYouMean(name, known)}${listKnown(known)}`,
  });
}
