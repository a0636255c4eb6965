/**
 * The simulated respondent: a stand-in for a model that has been told to be somebody. It is no evidence of
 * anything; it exists to try, teach and test. It reads nothing but the request, and equal requests get equal
 * replies, byte for byte.
 *
 * How an answer comes about: statements of the description that speak to a trait add up to the person's place
 * on it; statements that speak to the very item weigh in beside it; then come an error of the person (the same
 * whenever this person is asked this) and an error of the moment (another for another seed, growing with the
 * temperature). All four are in units of the latent trait, 0 being the middle of the scale.
 */
import { type Cue, findCues, readItem } from './lexicon.ts';
import { type AnswerScale, type Question, readQuestionnaire } from './questionnaire.ts';
import { combine, hashText, normal } from './random.ts';
import { rememberRecent } from './recent.ts';

/** What of a request decides the reply. */
export interface SimulatedRequest {
  readonly system: string | null;
  readonly user: string;
  readonly model: string;
  readonly seed: number | null;
  readonly temperature: number | null;
}

/** What speaks for and against something in a description. */
interface Evidence {
  readonly for: number;
  readonly against: number;
}

interface Description {
  readonly hash: number;
  /** By trait, and by `trait/facet`. */
  readonly evidence: ReadonlyMap<string, Evidence>;
}

interface ReadQuestion extends Question {
  readonly hash: number;
  readonly cue: Cue | null;
}

interface Sheet {
  readonly hash: number;
  readonly questions: readonly ReadQuestion[];
  readonly scale: AnswerScale;
}

/** Not yet fitted to the published figures: chosen so that plain descriptions answer plainly. */
const ANSWERING = {
  /** Where a trait ends up with endless unanimous evidence. */
  reach: 1.8,
  /** So many unanimous statements bring a person half of the way there. */
  doubt: 1.5,
  /** Weight of the statements about the very item, against that of the whole trait. */
  facet: 0.8,
  personTraitError: 0.3,
  personItemError: 0.35,
  /** Where no statement can help, the person's own taste decides, and scatters over the whole scale. */
  personTaste: 1,
  momentTraitError: 0.2,
  momentItemError: 0.45,
} as const;

const DEFAULT_TEMPERATURE = 1;
const NO_QUESTIONNAIRE = '{"error": "no questionnaire found"}';
const NO_EVIDENCE: Evidence = { for: 0, against: 0 };

/** A study asks few different questionnaires of many persons, each person a few times in a row. */
const sheetOf = rememberRecent(readSheet, 64);
const descriptionOf = rememberRecent(readDescription, 1024);

/** The reply to one request: the text of the completion. */
export function respond(request: SimulatedRequest): string {
  const sheet = sheetOf(request.user);
  if (sheet === null) return NO_QUESTIONNAIRE;
  const person = descriptionOf(request.system ?? '');
  const answer = respondent(request, sheet, person);
  const lines = sheet.questions.map((question) => `  ${JSON.stringify(question.number)}: ${express(answer(question), sheet.scale)},\n`);
  return `{\n${lines.join('')}  "explanation": ${JSON.stringify(explain(sheet, person))}\n}`;
}

/** How far this person, asked now, leans towards agreeing with a question (0 is undecided). */
function respondent(request: SimulatedRequest, sheet: Sheet, description: Description): (question: ReadQuestion) => number {
  const temperature = Math.max(0, request.temperature ?? DEFAULT_TEMPERATURE);
  const person = combine(description.hash, hashText(request.model));
  const moment = combine(combine(person, sheet.hash), hashText(`${request.seed} ${temperature}`));
  const spread = Math.sqrt(temperature);

  function place(trait: string): number {
    const key = hashText(trait);
    return (
      lean(description.evidence.get(trait)) +
      ANSWERING.personTraitError * normal(combine(person, key)) +
      spread * ANSWERING.momentTraitError * normal(combine(moment, key))
    );
  }

  const places = new Map<string, number>();
  return ({ cue, hash }) => {
    const momentError = spread * ANSWERING.momentItemError * normal(combine(moment, hash));
    const personError = normal(combine(person, hash));
    if (cue === null) return ANSWERING.personTaste * personError + momentError;
    let trait = places.get(cue.trait);
    if (trait === undefined) {
      trait = place(cue.trait);
      places.set(cue.trait, trait);
    }
    const facet = cue.facet === null ? 0 : ANSWERING.facet * lean(description.evidence.get(facetKey(cue.trait, cue.facet)));
    return cue.sign * (trait + facet) + ANSWERING.personItemError * personError + momentError;
  };
}

function lean(evidence: Evidence = NO_EVIDENCE): number {
  return (ANSWERING.reach * (evidence.for - evidence.against)) / (evidence.for + evidence.against + ANSWERING.doubt);
}

/** The answer as it is written. A lean of ±2 is a firm one and reaches the end of any scale. */
function express(lean: number, scale: AnswerScale): string {
  const top = scale.length - 1;
  const step = Math.round(top / 2 + (lean * top) / 4);
  return JSON.stringify(scale[Math.min(top, Math.max(0, step))]);
}

function explain(sheet: Sheet, description: Description): string {
  const traits = new Set(sheet.questions.flatMap(({ cue }) => (cue === null ? [] : [cue.trait])));
  const found = [...traits].flatMap((trait) => {
    const evidence = description.evidence.get(trait);
    return evidence === undefined ? [] : [`${trait} ${evidence.for} for and ${evidence.against} against`];
  });
  const basis = found.length === 0 ? 'none that speaks to these items' : found.join(', ');
  return `Simulated answers, not those of a language model. Statements found in the description: ${basis}.`;
}

function readSheet(user: string): Sheet | null {
  const questionnaire = readQuestionnaire(user);
  if (questionnaire === null) return null;
  return {
    hash: hashText(user),
    scale: questionnaire.scale,
    questions: questionnaire.questions.map((question) => ({ ...question, hash: hashText(question.text), cue: readItem(question.text) })),
  };
}

function readDescription(text: string): Description {
  const evidence = new Map<string, { for: number; against: number }>();
  for (const { trait, facet, sign } of findCues(text)) {
    for (const key of facet === null ? [trait] : [trait, facetKey(trait, facet)]) {
      const sum = evidence.get(key) ?? { for: 0, against: 0 };
      if (sign === 1) sum.for += 1;
      else sum.against += 1;
      evidence.set(key, sum);
    }
  }
  return { hash: hashText(text), evidence };
}

function facetKey(trait: string, facet: string): string {
  return `${trait}/${facet}`;
}
