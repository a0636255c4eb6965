/**
 * How a person answers of whom the description tells the answers to a sheet: as told, save for
 * errors at the rates of the model; and on the Big Five as the told answers suggest.
 */
import type { Leaning, PromptQuestions } from './asked.ts';
import { calibrationOf, keyedLean, type ModelCalibration, traitPoints } from './calibration.ts';
import type { Description } from './description.ts';
import type { AnswerScale } from './questionnaire.ts';
import { combine, hashText, normal } from './random.ts';
import { isYes } from './stated.ts';
import type { Told } from './statements.ts';

/**
 * Draws the error of a person for one purpose; and that of an item. Both have variance 1 at the
 * model's own temperature.
 */
interface Errors {
  readonly person: (purpose: string) => number;
  readonly item: (hash: number) => number;
}

/** How much of the variance of a fitted error is the person's; the rest is the moment's. */
export const LASTING = { person: 0.8, item: 0.5 } as const;

/**
 * An answer stated outright, in the same units; so large an error turns one firm answer in fifty.
 */
const STATED = { lean: 2, error: 0.9 } as const;

/** The traits are calibrated in points from 1 to 5. */
const MIDDLE_POINT = 3;

/**
 * @param person decides the lasting errors
 * @param moment decides the passing ones
 * @param byCues for what the description does not tell
 */
export function leanAsTold(
  description: Description,
  asked: PromptQuestions,
  { model, temperature }: { readonly model: string; readonly temperature: number },
  { person, moment }: { readonly person: number; readonly moment: number },
  byCues: Leaning,
): Leaning {
  const calibration = calibrationOf(model);
  const errors = drawErrors(person, moment, Math.sqrt(temperature / calibration.temperature));
  const byTraits = description.known
    ? leanByTraits(description, calibration, errors, byCues)
    : byCues;
  return (question) => {
    const told = question.item === null ? undefined : description.told.get(question.item.id);
    if (told !== undefined)
      return leanOfTold(told, description, calibration, errors, question.hash);
    const stated = description.stated.get(question.key);
    const lean = stated === undefined ? null : leanOfStated(stated, asked.scale);
    return lean === null ? byTraits(question) : lean + STATED.error * errors.item(question.hash);
  };
}

function drawErrors(person: number, moment: number, spread: number): Errors {
  function error(key: number, lasting: number): number {
    return (
      Math.sqrt(lasting) * normal(combine(person, key)) +
      spread * Math.sqrt(1 - lasting) * normal(combine(moment, key))
    );
  }
  const ofPerson = new Map<string, number>();
  return {
    person(purpose) {
      const known = ofPerson.get(purpose);
      if (known !== undefined) return known;
      const drawn = error(hashText(purpose), LASTING.person);
      ofPerson.set(purpose, drawn);
      return drawn;
    },
    item: (hash) => error(hash, LASTING.item),
  };
}

function leanOfTold(
  { item, answer }: Told,
  { gists }: Description,
  { scales }: ModelCalibration,
  errors: Errors,
  question: number,
): number {
  const rates = scales[item.scale];
  const told = answer === item.keyedIsYes ? 'keyed' : 'other';
  const base = keyedLean(rates, item, told, { ...gists, own: gists[item.scale] });
  const lean = base + rates.person * errors.person(item.scale) + errors.item(question);
  return lean > 0 === item.keyedIsYes ? STATED.lean : -STATED.lean;
}

/** Null when the answer is none of the scale, nor a yes or a no. */
function leanOfStated(answer: string, scale: AnswerScale): number | null {
  const step = scale.findIndex((option) => String(option).toLowerCase() === answer.toLowerCase());
  if (step !== -1) return (step / (scale.length - 1) - 0.5) * 2 * STATED.lean;
  const yes = isYes(answer);
  return yes === null ? null : yes ? STATED.lean : -STATED.lean;
}

/**
 * Items of the traits that the model is calibrated for follow from what is known of the person,
 * other items from the cues.
 */
function leanByTraits(
  { gists }: Description,
  { traits }: ModelCalibration,
  errors: Errors,
  byCues: Leaning,
): Leaning {
  return (question) => {
    const { cue, hash, place } = question;
    const trait =
      cue === null || !Object.hasOwn(traits, cue.trait) ? undefined : traits[cue.trait]!;
    if (cue === null || trait === undefined) return byCues(question);
    // Named like the scale of the sheet, so that who errs towards E there errs so here.
    const points =
      traitPoints(trait, gists) +
      trait.person * errors.person(cue.trait) +
      trait.item * errors.item(hash) +
      trait.spread * place;
    return cue.sign * (points - MIDDLE_POINT);
  };
}
