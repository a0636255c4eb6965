/**
 * Who is asked what: the conditions of a questionnaire, and the exceptions of a study that name
 * models, questionnaires or conditions besides ways of asking.
 */
import type { AdministrationCell, Exception } from '../administration/cells.ts';
import { UserError } from '../errors.ts';
import type { OwnCondition, OwnPersona } from '../personas/own/own.ts';
import { CONDITIONS, type Condition, findConditionAmong } from '../personas/sheets/conditions.ts';
import { didYouMean, listKnown } from '../suggest.ts';

/** Names a condition, or all conditions of own rows that have these levels. */
export type NamedConditions = string | Readonly<Record<string, string | readonly string[]>>;

/** Conditions of a study; one of the two lists is empty. */
export interface StudyConditions {
  /** Of personas that are written from sheets. */
  readonly conditions: readonly Condition[];
  /** Of own rows. */
  readonly ownConditions: readonly OwnCondition[];
}

/** What exceptions may name of a study besides settings. */
export interface Askable extends StudyConditions {
  readonly models: readonly { readonly name: string; readonly label: string | null }[];
  readonly questionnaires: readonly string[];
}

/** A model, a questionnaire and a condition that an exception may concern. */
interface Asked {
  readonly model: { readonly name: string; readonly label: string | null };
  readonly questionnaire: string;
  readonly condition: Condition | OwnCondition;
}

const MODEL = 'model';
const QUESTIONNAIRE = 'questionnaire';
const CONDITION = 'condition';

/** Names of conditions have commas in them where several columns make them. */
const listConditions = (names: readonly string[]) =>
  listKnown(names.map((name) => (name.includes(',') ? `"${name}"` : name)));

/** @throws UserError for a condition, a column or a level that the study does not have */
export function conditionsNamed(named: NamedConditions, study: StudyConditions): StudyConditions {
  const { conditions, ownConditions } = study;
  if (ownConditions.length > 0)
    return { conditions: [], ownConditions: ownConditionsNamed(named, ownConditions) };
  if (typeof named !== 'string')
    throw new UserError('names levels of columns, which only "personas" of your own have', {
      code: 'study-file-invalid',
      hint: `Name conditions: ${conditions.map(({ name }) => name).join(', ')}.`,
    });
  const found = findConditionAmong([...conditions, ...CONDITIONS], named);
  if (conditions.includes(found)) return { conditions: [found], ownConditions: [] };
  throw new UserError(`names the condition ${found.name}, which the study does not have`, {
    code: 'study-file-invalid',
    hint: `Add it to "conditions", or remove it from the questionnaire. The study has ${conditions.map(({ name }) => name).join(', ')}.`,
  });
}

function ownConditionsNamed(
  named: NamedConditions,
  ownConditions: readonly OwnCondition[],
): readonly OwnCondition[] {
  const names = ownConditions.map(({ name }) => name);
  if (typeof named === 'string') {
    const wanted = named.toLowerCase();
    const found = ownConditions.filter(({ name }) => name.toLowerCase() === wanted);
    if (found.length > 0) return found;
    const level = levelNamed(named, ownConditions);
    throw new UserError(`names the condition "${named}", which the personas do not have`, {
      code: 'study-file-invalid',
      hint:
        level === null
          ? `${didYouMean(named, names)}${listConditions(names)}`
          : `For all conditions with this level, write { ${level}: ${named} }. ${listConditions(names)}`,
    });
  }
  for (const [column, levels] of Object.entries(named))
    for (const level of [levels].flat()) requireLevel(column, level, ownConditions);
  const found = ownConditions.filter(({ levels }) => hasLevels(levels, named));
  if (found.length > 0) return found;
  throw new UserError(`names no condition of the personas: ${JSON.stringify(named)}`, {
    code: 'study-file-invalid',
    hint: listConditions(names),
  });
}

/** A column of conditions with this level. */
function levelNamed(level: string, ownConditions: readonly OwnCondition[]): string | null {
  const found = ownConditions.flatMap(({ levels }) =>
    Object.entries(levels).flatMap(([column, own]) => (own === level ? [column] : [])),
  );
  return found[0] ?? null;
}

function requireLevel(column: string, level: string, ownConditions: readonly OwnCondition[]): void {
  const columns = columnsOf(ownConditions);
  if (!columns.includes(column))
    throw new UserError(`names "${column}", which is no column of the conditions`, {
      code: 'study-file-invalid',
      hint: `${didYouMean(column, columns)}${listKnown(columns)}`,
    });
  const known = [...new Set(ownConditions.flatMap(({ levels }) => levels[column] ?? []))];
  if (known.includes(level)) return;
  throw new UserError(`names the ${column} "${level}", which no condition has`, {
    code: 'study-file-invalid',
    hint: `${didYouMean(level, known)}${listKnown(known)}`,
  });
}

function hasLevels(
  levels: OwnCondition['levels'],
  wanted: Readonly<Record<string, string | readonly string[]>>,
): boolean {
  return Object.entries(wanted).every(([column, some]) =>
    [some].flat().includes(levels[column] ?? ''),
  );
}

/** Columns that make the conditions of own rows. */
function columnsOf(ownConditions: readonly OwnCondition[]): readonly string[] {
  return [...new Set(ownConditions.flatMap(({ levels }) => Object.keys(levels)))];
}

/** What an exception may name besides settings. */
export function namesOfExceptions(ownConditions: readonly OwnCondition[]): readonly string[] {
  return [MODEL, QUESTIONNAIRE, CONDITION, ...columnsOf(ownConditions)];
}

/** Whether somebody is not asked in this way. */
export function isExcepted({ exceptions = [] }: AdministrationCell, asked: Asked): boolean {
  return exceptions.some((one) =>
    Object.entries(one).every(([name, value]) => wordsOf(name, asked).includes(value)),
  );
}

/** What an exception may call it. */
function wordsOf(name: string, { model, questionnaire, condition }: Asked): readonly unknown[] {
  if (name === MODEL) return [model.name, model.label];
  if (name === QUESTIONNAIRE) return [questionnaire];
  if (name === CONDITION)
    return 'levels' in condition ? [condition.name] : [condition.name, condition.label];
  return 'levels' in condition ? [condition.levels[name]] : [];
}

/** @throws UserError for an exception that concerns nobody who is asked, or leaves nobody */
export function requireExceptions(cells: readonly AdministrationCell[], study: Askable): void {
  const all = study.models.flatMap((model) =>
    study.questionnaires.flatMap((questionnaire) =>
      [...study.conditions, ...study.ownConditions].map((condition) => ({
        ...{ model, questionnaire, condition },
      })),
    ),
  );
  for (const exception of new Set(cells.flatMap(({ exceptions = [] }) => exceptions)))
    requireSomebody(exception, all);
  if (cells.some((cell) => all.some((asked) => !isExcepted(cell, asked)))) return;
  throw new UserError('"except" leaves nobody to ask', {
    code: 'study-file-invalid',
    hint: 'Name fewer combinations.',
  });
}

function requireSomebody(exception: Exception, all: readonly Asked[]): void {
  for (const [name, value] of Object.entries(exception)) {
    const known = [...new Set(all.flatMap((asked) => wordsOf(name, asked)))].filter(
      (word) => typeof word === 'string',
    );
    if (typeof value === 'string' && known.includes(value)) continue;
    throw new UserError(`"except" names the ${name} ${JSON.stringify(value)}, which is not asked`, {
      code: 'study-file-invalid',
      hint: `${didYouMean(String(value), known)}${listConditions(known)}`,
    });
  }
  const isOfSomebody = (asked: Asked) =>
    Object.entries(exception).every(([name, value]) => wordsOf(name, asked).includes(value));
  if (all.some(isOfSomebody)) return;
  throw new UserError(`"except" names nobody who is asked: ${JSON.stringify(exception)}`, {
    code: 'study-file-invalid',
    hint: 'No condition of the study has all of these.',
  });
}

/** Rows of these conditions. */
export function rowsUnder(
  rows: readonly OwnPersona[],
  ownConditions: readonly OwnCondition[],
): readonly OwnPersona[] {
  const names = new Set(ownConditions.map(({ name }) => name));
  return rows.filter(({ condition }) => names.has(condition));
}
