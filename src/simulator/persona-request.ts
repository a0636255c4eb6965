/**
 * Recognises a request to write a persona, in whatever words: it names the keys of a persona in its
 * schema, and shows a table of questions and answers.
 */

/** One row of the table that a persona is to be written from. */
export interface AnsweredQuestion {
  readonly question: string;
  /** As written, e.g. `True`. */
  readonly answer: string;
}

/** The keys of a persona, in the order in which it is written. */
export const PERSONA_KEYS = [
  'name',
  'age',
  'gender',
  'sexual_orientation',
  'race',
  'ethnicity',
  'religious_belief',
  'occupation',
  'political_orientation',
  'location',
  'description',
] as const;

/**
 * Fewer keys than this are any JSON; so many are a persona, even of somebody who left some out or
 * named them otherwise.
 */
const KEYS_OF_A_PERSONA = 6;

const HEADER = /^[ \t]*"?question"?[ \t]*,[ \t]*"?answer"?[ \t]*\r?\n/imu;
/** A quoted question, or all up to the last comma of a line; and an answer. */
const ROW =
  /[ \t]*(?:"((?:[^"]|"")*)"|([^"\n][^\n]*?))[ \t]*,[ \t]*"?([^",\r\n]*[^",\s])"?[ \t]*(?:\r?\n|$)/uy;

/** The table of a persona-writing request, row by row; null when it is no such request. */
export function readPersonaRequest(
  system: string | null,
  user: string,
): readonly AnsweredQuestion[] | null {
  const header = HEADER.exec(user);
  if (header === null || !asksForPersona(`${system ?? ''}\n${user}`)) return null;
  return readRows(user, header.index + header[0].length);
}

function asksForPersona(text: string): boolean {
  return (
    PERSONA_KEYS.filter((key) => text.includes(`"${key}"`)).length >= KEYS_OF_A_PERSONA &&
    text.includes('"description"')
  );
}

function readRows(text: string, start: number): AnsweredQuestion[] {
  const rows: AnsweredQuestion[] = [];
  ROW.lastIndex = start;
  for (let match = ROW.exec(text); match !== null; match = ROW.exec(text)) {
    rows.push({ question: match[1]?.replaceAll('""', '"') ?? match[2]!, answer: match[3]! });
  }
  return rows;
}
