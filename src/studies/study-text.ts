/** The text of a study file, and where in it something is wrong. */
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../errors.ts';
import { closest } from '../suggest.ts';
import { readTextFile } from '../text-file.ts';
import { wordsOfIssue } from '../zod-messages.ts';
import { KEYS, schema } from './study-file-schema.ts';

type Where = readonly PropertyKey[];

/** Does something with what stands at a place; an error names the place and its line. */
export type Placed = <T>(where: Where, action: () => T) => T;

/** @throws UserError naming file, line and key of what does not have the shape of a study file */
export function readStudyText(file: string): {
  readonly raw: z.output<typeof schema>;
  readonly placed: Placed;
} {
  const lines = new LineCounter();
  const document = parseDocument(readTextFile(file), { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw new UserError(`${file}, line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`, {
      code: 'study-file-invalid',
      hint: 'A study file is YAML: indent with spaces, no tabs.',
    });
  }
  const lineOf = (where: Where): number => {
    for (let length = where.length; length > 0; length--) {
      const node = document.getIn(where.slice(0, length) as unknown[], true) as
        | { range?: readonly [number, number, number] }
        | undefined;
      if (node?.range !== undefined) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const checked = schema.safeParse(document.toJS() ?? {});
  if (!checked.success) throw wrong(file, lineOf, checked.error.issues);
  return {
    raw: checked.data,
    placed: (where, action) => {
      try {
        return action();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(
          `${file}, line ${lineOf(where)}: ${where.join('.')}: ${error.message}`,
          {
            code: 'study-file-invalid',
            hint: error.hint,
          },
        );
      }
    },
  };
}

function wrong(
  file: string,
  lineOf: (where: Where) => number,
  issues: readonly z.core.$ZodIssue[],
): UserError {
  // A misspelt key is why another one is missing.
  const issue = deepest(issues.find((one) => one.code === 'unrecognized_keys') ?? issues[0]!);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0]! : null;
  const where = unknown === null ? issue.path : [...issue.path, unknown];
  const line = lineOf(where);
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
