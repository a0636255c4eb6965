/**
 * Which administrations a row of a table was computed from, said once: the conditions of the SQL
 * behind the row and the address of the list of them are both written from this.
 */

/** What is asked of an administration besides who and what it was. */
export interface Holding {
  /** A score, or an answer at least; null where nothing is. */
  readonly what: 'score' | 'answers' | null;
  /** On this scale, by which the list is sorted; null for any. */
  readonly scale: string | null;
}

/** Administrations of one questionnaire. */
export interface Chosen {
  /** Slug of the questionnaire. */
  readonly questionnaire: string;
  /** Experiment groups; none where nothing was asked. */
  readonly groups: readonly number[];
  /** Null where no population is left out. */
  readonly populations: readonly string[] | null;
  /** The provider's id, or that none is stored; left out where any will do. */
  readonly model?: { readonly id: string | null };
  /** Null where the questionnaire has one language. */
  readonly language: string | null;
  /** An own column of the personas, and which of its values. */
  readonly column: { readonly name: string; readonly values: readonly string[] } | null;
  readonly isSucceeded: boolean;
}

/** The rows behind a row of a table. */
export interface Behind {
  /** One statement, several lines, without a semicolon. */
  readonly sql: string;
  /** The administrations; several where the row compares what they say. */
  readonly lists: readonly AdministrationList[];
  /** Why there is no list, or what of the statement the lists cannot say. */
  readonly unlisted: string | null;
}

export interface AdministrationList {
  /** What distinguishes it from the other lists of the row; null where it is the only one. */
  readonly name: string | null;
  /** As a query string, in the terms of `personas view`. */
  readonly query: string;
}

/** Conditions on a relation with the columns of an experiment. */
export function conditionsOf(chosen: Chosen, alias: 'a' | 'e'): readonly string[] {
  const { questionnaire, groups, populations, model, language, isSucceeded } = chosen;
  return [
    `${alias}.questionnaire = ${literal(questionnaire)}`,
    ...(model === undefined ? [] : [modelIs(alias, model.id)]),
    ...(populations === null ? [] : [isOneOf(`${alias}.population`, populations)]),
    groups.length === 0
      ? 'false'
      : `${alias}.experiments_group_id in (${[...groups].sort((a, b) => a - b).join(', ')})`,
    ...(isSucceeded ? ['e.succeeded'] : []),
    ...(language === null ? [] : [languageIs(language)]),
  ];
}

/** The list of the same administrations, those that hold what is asked for. */
export function listOf(
  chosen: Chosen,
  { what, scale }: Holding = { what: null, scale: null },
  name: string | null = null,
): readonly AdministrationList[] {
  const { questionnaire, groups, populations, model, language, column, isSucceeded } = chosen;
  if (groups.length === 0 || populations?.length === 0 || model?.id === null) return [];
  const query = new URLSearchParams({ questionnaire });
  const add = (key: string, values: readonly (string | number)[]) => {
    for (const value of values) query.append(key, String(value));
  };
  if (model !== undefined) add('model', [model.id]);
  add('population', populations ?? []);
  add('group', groups);
  add('language', language === null ? [] : [language]);
  if (column !== null) add(`column.${column.name}`, column.values);
  if (isSucceeded) add('outcome', ['answered']);
  if (what !== null) add('has', [what]);
  // A score that looks wrong stands first or last.
  if (scale !== null)
    for (const [key, value] of [
      ['scale', scale],
      ['sort', 'score'],
    ] as const)
      add(key, [value]);
  return [{ name, query: query.toString() }];
}

/** What `Behind` says where a row was not computed from administrations. */
export const NOT_ADMINISTRATIONS = {
  sheets: 'The row was computed from answer sheets, which no model answered.',
  personas: 'The row was computed from personas, not from what was asked of them.',
  none: 'No administration of the study is behind the row.',
} as const;

/** Lists, or why there are none. */
export function behind(
  sql: string,
  lists: readonly AdministrationList[],
  unlisted: string | null = null,
): Behind {
  return {
    sql,
    lists,
    unlisted: unlisted ?? (lists.length === 0 ? NOT_ADMINISTRATIONS.none : null),
  };
}

/**
 * By the provider's id: labels are for readers. A group has one model, so groups distinguish those
 * that share an id.
 */
function modelIs(of: string, modelId: string | null): string {
  return modelId === null ? `${of}.model is null` : `${of}.model = ${literal(modelId)}`;
}

function languageIs(language: string): string {
  const spellings = language === 'en' ? ['en', 'english'] : [language];
  return `coalesce(e.language_questionnaire, 'en') in (${spellings.map(literal).join(', ')})`;
}

export function isOneOf(column: string, values: readonly string[]): string {
  if (values.length === 0) return 'false';
  const list = values.map(literal);
  return list.length === 1 ? `${column} = ${list[0]}` : `${column} in (${list.join(', ')})`;
}

/**
 * A string constant, whatever it holds: with `standard_conforming_strings`, the default, only the
 * quote is special.
 */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
