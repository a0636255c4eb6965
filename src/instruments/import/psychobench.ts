/**
 * Reads questionnaires of PsychoBench (questionnaires.json): a list whose entries have numbered
 * `questions`, `reverse`, `categories`, `compute_mode`, and in `scale` the lowest + highest answer.
 * The words and numbers of the answers are in its prompts only.
 */
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { parseJson } from '../../json-fault.ts';
import { idMaker, type Survey } from './survey.ts';

const questionnaire = z.looseObject({
  name: z.string(),
  full_name: z.string().optional(),
  questions: z.record(z.string().regex(/^\d+$/), z.string()),
  reverse: z.array(z.int()).default([]),
  scale: z.int().optional(),
  categories: z
    .array(z.looseObject({ cat_name: z.string(), cat_questions: z.array(z.int()) }))
    .default([]),
  compute_mode: z.string().optional(),
});

/** A survey, and what the lowest and the highest answer must add up to. */
export interface PsychoBenchSurvey {
  readonly survey: Survey;
  /** Null where the file does not tell. */
  readonly lowestAndHighest: number | null;
}

/**
 * @param only name of the one to read; may be left out where there is only one
 * @throws UserError when it is not such a file, or has no questionnaire or several of this name
 */
export function readPsychoBench(
  source: string,
  fileName: string,
  only: string | undefined,
): PsychoBenchSurvey {
  const raw = parseJson(source, fileName);
  const parsed = z
    .array(questionnaire)
    .min(1)
    .safeParse(Array.isArray(raw) ? raw : [raw]);
  if (!parsed.success)
    throw new UserError(`${fileName} has no questionnaires of PsychoBench`, {
      code: 'instrument-import-unknown',
      hint: 'Files of this kind have "questions", "reverse" and "categories". An instrument file needs no import: personas instruments check FILE.',
    });
  const names = parsed.data.map(({ name }) => name);
  const found = parsed.data.filter(
    ({ name }) => only === undefined || name.toLowerCase() === only.toLowerCase(),
  );
  if (found.length !== 1)
    throw new UserError(
      only === undefined
        ? `${fileName} has ${names.length} questionnaires`
        : `${fileName} has ${found.length === 0 ? 'no' : found.length} questionnaires called "${only}"`,
      {
        code: 'instrument-import-name',
        hint: `Choose one with --name: ${names.join(', ')}.`,
      },
    );
  return surveyOf(found[0]!);
}

function surveyOf(one: z.output<typeof questionnaire>): PsychoBenchSurvey {
  const idOf = idMaker();
  const { name, full_name: full, questions, reverse, categories, compute_mode: mode } = one;
  const numbers = Object.keys(questions)
    .map(Number)
    .sort((a, b) => a - b);
  const unknown = [...reverse, ...categories.flatMap((own) => own.cat_questions)].filter(
    (number) => !numbers.includes(number),
  );
  const notes = [...new Set(unknown)].map(
    (number) => `${name} names question ${number}, which it does not have.`,
  );
  if (categories.length > 0)
    notes.push('Scales and signs were read from "categories" and "reverse" of the file.');
  const scores: Readonly<Record<string, 'sum' | 'mean'>> = { SUM: 'sum', AVG: 'mean' };
  return {
    lowestAndHighest: one.scale ?? null,
    survey: {
      title: full ?? name,
      language: null,
      score: scores[mode?.toUpperCase() ?? ''] ?? null,
      skipped: [],
      notes,
      items: numbers.map((number) => {
        const own = categories
          .filter(({ cat_questions: members }) => members.includes(number))
          .map(({ cat_name: category }) => category);
        return {
          id: idOf(`${name}_${number}`),
          text: questions[number]!.trim(),
          instructions: null,
          options: [],
          scales: categories.length === 0 ? null : own,
          signs: categories.length === 0 ? null : [reverse.includes(number) ? -1 : 1],
        };
      }),
    },
  };
}
