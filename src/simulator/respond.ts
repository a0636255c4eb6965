/**
 * The simulated respondent: a stand-in for a model that has been told to be somebody. It is no
 * evidence of anything; it exists to try, teach and test. It reads nothing but the request, and
 * equal requests get equal replies, byte for byte.
 *
 * It writes personas (`persona.ts`) and answers as them. What a description by the simulator tells
 * is answered so (`response-from-statements.ts`); any other description is read by its words
 * (`response-from-cues.ts`). To both comes an error of the person (the same whenever this person is asked
 * this) and an error of the moment (another for another seed, growing with the temperature). A
 * questionnaire that it knows is answered by latent traits (`response-from-traits.ts`).
 */
import {
  type AskedQuestion,
  type Leaning,
  type PromptQuestions,
  readAsked,
  readQuestions,
} from './asked.ts';
import { type Description, readDescription } from './description.ts';
import { DEFAULT_PRECISION, type Precision, type SimulatedInstrument } from './instrument.ts';
import { answerShown, ascendingItems, isFitted, respondByLeaning } from './known-response.ts';
import { writePersona } from './persona.ts';
import { readPersonaRequest } from './persona-request.ts';
import type { AnswerScale } from './questionnaire.ts';
import { combine, hashText } from './random.ts';
import { rememberRecent } from './recent.ts';
import { REFUSAL, type RefusalRule, refuses } from './refusal.ts';
import { readReplyForm, type SimulatedReply, writeJson, writeReply } from './reply.ts';
import { leanByCues } from './response-from-cues.ts';
import { leanAsTold } from './response-from-statements.ts';
import { DEFAULT_SHARE_OF_WAY, TraitResponses } from './response-from-traits.ts';
import {
  findShown,
  type InstrumentIndex,
  indexInstruments,
  type ShownInstrument,
} from './shown.ts';
import { differencesOf } from './way-of-asking.ts';

/** A message of the conversation. */
export interface PromptTurn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** What of a request decides the reply. */
export interface SimulatedRequest {
  readonly system: string | null;
  /** All messages of the user. */
  readonly user: string;
  readonly model: string;
  readonly seed: number | null;
  readonly temperature: number | null;
  /** The messages one by one, the last one being what is asked; only `user` where left out. */
  readonly turns?: readonly PromptTurn[];
  /** The field `response_format`, as it was sent. */
  readonly responseFormat?: unknown;
  /** Whether the probabilities of tokens are asked for. */
  readonly logprobs?: boolean;
}

export interface SimulationSettings extends Partial<Precision> {
  /**
   * Instruments that are known by the texts of their items; the first of those that fit is taken.
   */
  readonly instruments?: readonly SimulatedInstrument[];
  /**
   * Share of a trait's variance that a way of asking other than the instrument's own has for itself,
   * 0 to 1; at 0 a person answers alike in all ways. Default 0.1.
   */
  readonly shareOfWay?: number;
  /** What is refused; nothing where it is left out. Personas are always written. */
  readonly refuse?: readonly RefusalRule[];
}

const DEFAULT_TEMPERATURE = 1;
const NO_QUESTIONNAIRE = '{"error": "no questionnaire found"}';

/** A study asks few different questionnaires of many persons, each person a few times in a row. */
const askedIn = rememberRecent(readAsked, 64);
const descriptionOf = rememberRecent(readDescription, 1024);

/** What is read of an instrument once whose answers are fitted to published figures. */
interface FittedInstrument {
  readonly questions: readonly AskedQuestion[];
  readonly isAscending: readonly boolean[];
}

/** The simulated respondent, who knows some instruments beforehand. */
export class Respondent {
  readonly #index: InstrumentIndex;
  readonly #traits: TraitResponses;
  readonly #precision: Precision;
  readonly #refuse: readonly RefusalRule[];
  readonly #fitted = new Map<SimulatedInstrument, FittedInstrument>();
  readonly #shownIn: (prompt: string) => ShownInstrument | null;

  constructor({
    instruments = [],
    reliability = DEFAULT_PRECISION.reliability,
    retest = DEFAULT_PRECISION.retest,
    shareOfWay = DEFAULT_SHARE_OF_WAY,
    refuse = [],
  }: SimulationSettings = {}) {
    this.#index = indexInstruments(instruments);
    this.#precision = { reliability, retest };
    this.#refuse = refuse;
    this.#traits = new TraitResponses(this.#precision, shareOfWay);
    this.#shownIn = rememberRecent((prompt) => findShown(prompt, this.#index), 64);
  }

  /** The reply to one request. Equal requests get equal replies. */
  respond(request: SimulatedRequest): SimulatedReply {
    const rows = readPersonaRequest(request.system, request.user);
    if (rows !== null) {
      const key = combine(hashText(request.system ?? ''), hashText(request.user));
      return plainReply(
        writePersona(
          rows,
          request.model,
          combine(key, hashText(`${request.model} ${request.seed}`)),
        ),
      );
    }
    if (refuses(request, this.#refuse)) return plainReply(REFUSAL);
    const { turns = [{ role: 'user', text: request.user }] } = request;
    const shown = this.#shownIn(turns.findLast(({ role }) => role === 'user')?.text ?? '');
    return shown === null ? respondToAny(request) : this.#respondToKnown(request, turns, shown);
  }

  #respondToKnown(
    request: SimulatedRequest,
    turns: readonly PromptTurn[],
    shown: ShownInstrument,
  ): SimulatedReply {
    const { instrument } = shown;
    const form = readReplyForm(shown, request);
    const person = this.#personIn(request.system, turns);
    const description = descriptionOf(person);
    if (isFitted(instrument)) {
      const { questions, isAscending } = this.#fittedOf(instrument);
      const asked: PromptQuestions = {
        hash: hashText(request.user),
        questions: shown.items.map(({ item }) => questions[item.number - 1]!),
        scale: scaleOf(shown),
      };
      const lean = leaningOf(request, asked, description);
      const answers = answerShown(shown, respondByLeaning(questions, isAscending, lean), form);
      return writeReply(answers, explain(asked, description), form);
    }
    const temperature = temperatureOf(request);
    const respond = this.#traits.respondent(instrument, {
      // Rows without a persona, or with one role for all, differ in what they are asked about.
      person: `${person}\n${shown.stimulus}`.trim(),
      description,
      model: request.model,
      // At temperature 0, a model that is asked again says the same again.
      moment: temperature === 0 ? 0 : hashText(`${request.seed} ${temperature}`),
      way: differencesOf(shown, form, request.system === null),
    });
    const { reliability, retest } = this.#precision;
    return writeReply(
      answerShown(shown, respond, form),
      `Simulated answers, not those of a language model. They come from one trait for each scale, with a set reliability of ${reliability} and a set retest correlation of ${retest}.`,
      form,
    );
  }

  /**
   * All that tells who answers: the system role, and messages or parts of them in which no
   * questionnaire stands. Beside a system role, what introduces a questionnaire is not about the
   * person.
   */
  #personIn(system: string | null, turns: readonly PromptTurn[]): string {
    const parts = system === null ? [] : [system];
    let wasQuestionnaire = false;
    for (const { role, text } of turns) {
      const shown = role === 'user' ? this.#shownIn(text) : null;
      if (shown !== null && system === null && !parts.includes(shown.before))
        parts.push(shown.before);
      if (shown === null && !(role === 'assistant' && wasQuestionnaire)) parts.push(text);
      wasQuestionnaire = shown !== null;
    }
    return parts.join('\n');
  }

  #fittedOf(instrument: SimulatedInstrument): FittedInstrument {
    let fitted = this.#fitted.get(instrument);
    if (fitted === undefined) {
      fitted = {
        questions: readQuestions(
          instrument.items.map(({ number, text }) => ({ number: String(number), text })),
        ),
        isAscending: ascendingItems(instrument),
      };
      this.#fitted.set(instrument, fitted);
    }
    return fitted;
  }
}

function plainReply(text: string): SimulatedReply {
  return { text, tokens: null };
}

/** The answer scale of a fitted instrument, from least to most agreement. */
function scaleOf({ items }: ShownInstrument): AnswerScale {
  return items[0]!.options
    .toSorted((a, b) => a.option.value - b.option.value)
    .map(({ option, written }) => (typeof written === 'number' ? written : option.label));
}

/** Answers any questionnaire, known or not, from what can be read of it. */
function respondToAny(request: SimulatedRequest): SimulatedReply {
  const asked = askedIn(request.user);
  if (asked === null) return plainReply(NO_QUESTIONNAIRE);
  const description = descriptionOf(request.system ?? '');
  const lean = leaningOf(request, asked, description);
  const answers = asked.questions.map((question): [string, string | number] => [
    question.number,
    express(lean(question), asked.scale),
  ]);
  return plainReply(writeJson([...answers, ['explanation', explain(asked, description)]]));
}

function temperatureOf({ temperature }: SimulatedRequest): number {
  return Math.max(0, temperature ?? DEFAULT_TEMPERATURE);
}

/** How this person, asked now, leans. */
function leaningOf(
  request: SimulatedRequest,
  asked: PromptQuestions,
  description: Description,
): Leaning {
  const temperature = temperatureOf(request);
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
function express(lean: number, scale: AnswerScale): string | number {
  const top = scale.length - 1;
  const step = Math.round(top / 2 + (lean * top) / 4);
  return scale[Math.min(top, Math.max(0, step))]!;
}

function explain(asked: PromptQuestions, description: Description): string {
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
