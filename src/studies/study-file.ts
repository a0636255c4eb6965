/** Reads and checks a study file before anything is done. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { defined } from '../defined.ts';
import { messageOf, UserError } from '../errors.ts';
import { differencesOfForms, nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument, loadInstrument } from '../instruments/load.ts';
import { LARGEST_INTEGER } from '../numbers.ts';
import { type Condition, findCondition } from '../personas/sheets/conditions.ts';
import { SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import { closest } from '../suggest.ts';
import { readTextFile } from '../text-file.ts';
import { wordsOfIssue } from '../zod-messages.ts';

/** Beyond these numbers a study is a slip of the pen. */
const MOST_DRAWS = 1000;
const MOST_REPETITIONS = 1000;

const name = z.string().trim().min(1, 'must not be empty');
const condition = name.transform((spelling, context) => {
  try {
    return findCondition(spelling);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: `${messageOf(error)}${error instanceof UserError ? ` ${error.hint}` : ''}`,
    });
    return z.NEVER;
  }
});
const questionnaire = z.union([
  name.transform((slug) => ({ questionnaire: slug, conditions: null })),
  z
    .strictObject({
      questionnaire: name.optional(),
      /** A file of one's own in place of a built-in one. */
      instrument: name.optional(),
      conditions: z.array(condition).min(1).nullable().default(null),
    })
    .superRefine((one, context) => {
      if ((one.questionnaire === undefined) === (one.instrument === undefined))
        context.addIssue({
          code: 'custom',
          path: ['questionnaire'],
          message:
            'names a built-in questionnaire, and "instrument" a file of your own: use one of the two',
        });
    }),
]);

/** Of a study file; the reference is written from it. */
export const schema = z.strictObject({
  name,
  /** Of the database; the configuration's where it is left out. */
  schema: name.nullable().default(null),
  seed: z.int().min(1).max(LARGEST_INTEGER).default(1),
  reference: z
    .union([
      z.literal(SYNTHETIC_REFERENCE),
      z.strictObject({ name, file: name, ethics_note: name.nullable().default(null) }),
    ])
    .default(SYNTHETIC_REFERENCE),
  models: z.array(name).min(1, 'must name at least one model'),
  conditions: z.array(condition).min(1, 'must name at least one condition'),
  draws: z
    .union([
      z
        .int()
        .min(1)
        .max(MOST_DRAWS)
        .transform((count) => ({ from: 1, count })),
      z.strictObject({
        from: z.int().min(1).max(MOST_DRAWS),
        count: z.int().min(1).max(MOST_DRAWS),
      }),
    ])
    .prefault(1),
  experimental: z.boolean().default(false),
  max_personas: z.int().min(1).nullable().default(null),
  questionnaires: z.array(questionnaire).min(1, 'must name at least one questionnaire'),
  repetitions: z.int().min(1).max(MOST_REPETITIONS).default(1),
  /** Of the whole study, over all its runs; `max_workers` and `stop_after` of each. */
  limits: z
    .strictObject({
      max_workers: z.int().min(1).max(2048).optional(),
      max_cost: z.number().positive().optional(),
      max_tokens: z.int().min(1).optional(),
      max_calls: z.int().min(1).optional(),
      stop_after: z.int().min(1).optional(),
    })
    .default({}),
  /** Decided before the answers are there, so it is part of the study. */
  analysis: z
    .strictObject({
      equivalence_bound: z.number().positive().default(0.5),
    })
    .prefault({}),
  /** Folder for results. */
  output: name.nullable().default(null),
});

/** Known keys inside the keys that have some. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  reference: ['name', 'file', 'ethics_note'],
  draws: ['from', 'count'],
  questionnaires: ['questionnaire', 'instrument', 'conditions'],
  limits: ['max_workers', 'max_cost', 'max_tokens', 'max_calls', 'stop_after'],
  analysis: ['equivalence_bound'],
};

/**
 * How a study is carried out and where its results go may change while it runs; what it is may not.
 */
const CHANGEABLE = ['limits', 'output'];

export interface StudySpec {
  readonly file: string;
  readonly name: string;
  readonly schema: string | null;
  readonly seed: number;
  /** Null for the synthetic population. */
  readonly reference: {
    readonly name: string;
    readonly file: string;
    readonly ethicsNote: string | null;
  } | null;
  readonly models: readonly string[];
  readonly conditions: readonly Condition[];
  readonly draws: { readonly from: number; readonly count: number };
  readonly experimental: boolean;
  readonly maxPersonas: number | null;
  /** With the conditions whose personas answer it. */
  readonly questionnaires: readonly {
    readonly instrument: Instrument;
    readonly conditions: readonly Condition[];
  }[];
  readonly repetitions: number;
  /**
   * What the whole study may spend, how many calls a run may have under way, and how many failures
   * close a model for an instrument.
   */
  readonly limits: {
    readonly maxWorkers?: number;
    readonly maxCost?: number;
    readonly maxTokens?: number;
    readonly maxCalls?: number;
    readonly stopAfter?: number;
  };
  readonly output: string | null;
  /**
   * Of all that makes it this study, in a form in which comments and order of keys do not count.
   */
  readonly content: string;
  readonly sha256: string;
}

/** @throws UserError naming file, line and key of what is wrong */
export function readStudy(file: string): StudySpec {
  const text = readTextFile(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw new UserError(`${file}, line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`, {
      code: 'study-file-invalid',
      hint: 'A study file is YAML: indent with spaces, no tabs.',
    });
  }
  const checked = schema.safeParse(document.toJS() ?? {});
  if (!checked.success) throw wrong(file, document, lines, checked.error.issues);
  const raw = checked.data;
  const stray = raw.questionnaires
    .flatMap(({ conditions }) => conditions ?? [])
    .find((one) => !raw.conditions.includes(one));
  if (stray !== undefined) {
    throw new UserError(
      `${file}: a questionnaire names the condition ${stray.name}, which the study does not have`,
      {
        code: 'study-file-invalid',
        hint: 'Add it to "conditions", or remove it from the questionnaire.',
      },
    );
  }
  const questionnaires = raw.questionnaires.map((one) => ({
    instrument: instrumentOf(one, path.dirname(file)),
    conditions: one.conditions ?? [...new Set(raw.conditions)],
  }));
  requireOneForm(
    file,
    raw.questionnaires.map((one, place) => ({
      name: fileOf(one) ?? one.questionnaire!,
      instrument: questionnaires[place]!.instrument,
    })),
  );
  const made = {
    ...raw,
    // A file of one's own may be changed under its name; a built-in instrument is known by it.
    questionnaires: raw.questionnaires.map((one, place) =>
      fileOf(one) === null ? one : { ...one, sha256: questionnaires[place]!.instrument.sha256 },
    ),
  };
  const content = JSON.stringify(
    Object.fromEntries(Object.entries(made).filter(([key]) => !CHANGEABLE.includes(key))),
    (_, value: unknown) => (isCondition(value) ? value.name : value),
    2,
  );
  const {
    max_workers: maxWorkers,
    max_cost: maxCost,
    max_tokens: maxTokens,
    max_calls: maxCalls,
    stop_after: stopAfter,
  } = raw.limits;
  return {
    file,
    name: raw.name,
    schema: raw.schema,
    seed: raw.seed,
    reference:
      typeof raw.reference === 'string'
        ? null
        : {
            name: raw.reference.name,
            file: path.resolve(path.dirname(file), raw.reference.file),
            ethicsNote: raw.reference.ethics_note,
          },
    models: [...new Set(raw.models)],
    conditions: [...new Set(raw.conditions)],
    draws: raw.draws,
    experimental: raw.experimental,
    maxPersonas: raw.max_personas,
    questionnaires,
    repetitions: raw.repetitions,
    limits: defined({ maxWorkers, maxCost, maxTokens, maxCalls, stopAfter }),
    output: raw.output === null ? null : path.resolve(path.dirname(file), raw.output),
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

/**
 * A slug has one form in a schema, and the sheets' instrument is in every study's schema: told
 * before a persona is paid for.
 * @throws UserError naming both files
 */
function requireOneForm(
  file: string,
  given: readonly { readonly name: string; readonly instrument: Instrument }[],
): void {
  const known = [{ name: SHEET_INSTRUMENT, instrument: findInstrument(SHEET_INSTRUMENT) }];
  for (const one of given) {
    for (const other of known.filter(({ instrument }) => instrument.slug === one.instrument.slug)) {
      const differences = differencesOfForms(other.instrument, one.instrument);
      if (differences.length === 0) continue;
      throw new UserError(
        `${file}: ${other.name} and ${one.name} are different forms with the same slug, ${nameForm(one.instrument)}: ${differences.join('; ')}`,
        {
          code: 'instrument-forms-differ',
          hint: `Their answers would be pooled and scored by the same rule. Give ${one.name} another slug.`,
        },
      );
    }
    known.push(one);
  }
}

type Questionnaire = z.output<typeof questionnaire>;

function fileOf(one: Questionnaire): string | null {
  return ('instrument' in one ? one.instrument : undefined) ?? null;
}

function instrumentOf(one: Questionnaire, folder: string): Instrument {
  const file = fileOf(one);
  return file === null
    ? findInstrument(one.questionnaire!)
    : loadInstrument(path.resolve(folder, file));
}

/** What differs between two contents of one study, key by key. */
export function compareContents(before: string, now: string): string[] {
  const old = JSON.parse(before) as Record<string, unknown>;
  const fresh = JSON.parse(now) as Record<string, unknown>;
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].flatMap((key) => {
    const [was, is] = [JSON.stringify(old[key]), JSON.stringify(fresh[key])];
    return was === is ? [] : [`${key} was ${was ?? 'missing'} and is now ${is ?? 'missing'}`];
  });
}

function isCondition(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && 'manipulated' in value;
}

function wrong(
  file: string,
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  issues: readonly z.core.$ZodIssue[],
): UserError {
  // A misspelt key is why another one is missing.
  const issue = deepest(issues.find((one) => one.code === 'unrecognized_keys') ?? issues[0]!);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0]! : null;
  const where = unknown === null ? issue.path : [...issue.path, unknown];
  const line = lineOf(document, lines, where);
  const what = where.join('.') || 'the file';
  if (unknown !== null) {
    const known = KEYS[String(issue.path[0] ?? '')] ?? Object.keys(schema.shape);
    const near = closest(unknown, known);
    return new UserError(`${file}, line ${line}: unknown key "${what}"`, {
      code: 'study-file-invalid',
      hint: near === null ? `Known keys: ${known.join(', ')}.` : `Did you mean "${near}"?`,
    });
  }
  return new UserError(`${file}, line ${line}: ${what}: ${wordsOfIssue(issue)}`, {
    code: 'study-file-invalid',
    hint: 'Correct that line. data/studies/demo.yaml is an example.',
  });
}

/**
 * Of a value that fits none of several shapes, what is wrong with the shape it comes nearest to.
 */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flat()
    .filter((one) => one.code !== 'invalid_type' || one.path.length > 0);
  const nearest =
    inner.find((one) => one.code === 'unrecognized_keys') ??
    inner.find((one) => one.path.length > 0) ??
    inner[0];
  return nearest === undefined
    ? issue
    : deepest({ ...nearest, path: [...issue.path, ...nearest.path] } as z.core.$ZodIssue);
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  where: readonly PropertyKey[],
): number {
  for (let length = where.length; length > 0; length--) {
    const node = document.getIn(where.slice(0, length) as unknown[], true) as
      | { range?: readonly [number, number, number] }
      | undefined;
    if (node?.range !== undefined) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
