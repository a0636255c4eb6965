/**
 * The simulated respondent: a stand-in for a model that has been told to be somebody. It is no
 * evidence of anything; it exists to try, teach and test. It reads nothing but the request, and
 * equal requests get equal replies, byte for byte.
 *
 * It writes personas (`persona.ts`) and answers as them. What a description by the simulator tells
 * is answered so (`told-leaning.ts`); any other description is read by its words
 * (`cue-leaning.ts`). To both comes an error of the person (the same whenever this person is asked
 * this) and an error of the moment (another for another seed, growing with the temperature).
 */
import { type Asked, type Leaning, readAsked } from './asked.ts';
import { type Description, readDescription } from './description.ts';
import { writePersona } from './persona.ts';
import { readPersonaRequest } from './persona-request.ts';
import type { AnswerScale } from './questionnaire.ts';
import { combine, hashText } from './random.ts';
import { rememberRecent } from './recent.ts';
import { leanByCues } from './response-from-cues.ts';
import { leanAsTold } from './response-from-statements.ts';

/** What of a request decides the reply. */
export interface SimulatedRequest {
  readonly system: string | null;
  readonly user: string;
  readonly model: string;
  readonly seed: number | null;
  readonly temperature: number | null;
}

const DEFAULT_TEMPERATURE = 1;
const NO_QUESTIONNAIRE = '{"error": "no questionnaire found"}';

/** A study asks few different questionnaires of many persons, each person a few times in a row. */
const askedIn = rememberRecent(readAsked, 64);
const descriptionOf = rememberRecent(readDescription, 1024);

/** The reply to one request: the text of the completion. */
export function respond(request: SimulatedRequest): string {
  const rows = readPersonaRequest(request.system, request.user);
  if (rows !== null) {
    const key = combine(hashText(request.system ?? ''), hashText(request.user));
    return writePersona(
      rows,
      request.model,
      combine(key, hashText(`${request.model} ${request.seed}`)),
    );
  }
  const asked = askedIn(request.user);
  if (asked === null) return NO_QUESTIONNAIRE;
  const description = descriptionOf(request.system ?? '');
  const lean = leaningOf(request, asked, description);
  const lines = asked.questions.map(
    (question) =>
      `  ${JSON.stringify(question.number)}: ${express(lean(question), asked.scale)},\n`,
  );
  return `{\n${lines.join('')}  "explanation": ${JSON.stringify(explain(asked, description))}\n}`;
}

/** How this person, asked now, leans. */
function leaningOf(request: SimulatedRequest, asked: Asked, description: Description): Leaning {
  const temperature = Math.max(0, request.temperature ?? DEFAULT_TEMPERATURE);
  const person = combine(description.hash, hashText(request.model));
  const moment = combine(combine(person, asked.hash), hashText(`${request.seed} ${temperature}`));
  const byCues = leanByCues(description, person, moment, Math.sqrt(temperature));
  if (description.told.size === 0 && description.stated.size === 0) return byCues;
  return leanAsTold(
    description,
    asked,
    { model: request.model, temperature },
    { person, moment },
    byCues,
  );
}

/** The answer as it is written. A lean of ±2 is a firm one and reaches the end of any scale. */
function express(lean: number, scale: AnswerScale): string {
  const top = scale.length - 1;
  const step = Math.round(top / 2 + (lean * top) / 4);
  return JSON.stringify(scale[Math.min(top, Math.max(0, step))]);
}

function explain(asked: Asked, description: Description): string {
  const traits = new Set(asked.questions.flatMap(({ cue }) => (cue === null ? [] : [cue.trait])));
  const found = [...traits].flatMap((trait) => {
    const evidence = description.evidence.get(trait);
    return evidence === undefined
      ? []
      : [`${trait} ${evidence.for} for and ${evidence.against} against`];
  });
  const basis = found.length === 0 ? 'none that speaks to these items' : found.join(', ');
  return `Simulated answers, not those of a language model. Statements found in the description: ${basis}.`;
}
