/** Whether repetitions gave the same answers, as a fixed seed or a cache makes them. */
import { onceFor } from '../../once.ts';
import type { Observations } from './observations.ts';

/** Why an arm of a single case is not tested, though it was repeated. */
export const IDENTICAL_REPETITIONS =
  'repetitions gave identical answers, and so are not independent administrations';

/**
 * How many of these administrations repeat an earlier one of the same case, asked in the same way,
 * with every answer alike; 0 where any repetition differs, be it in how it ended.
 */
export function countIdentical(observed: Observations, positions: Iterable<number>): number {
  const { administrations } = observed;
  const firsts = new Map<string, number>();
  let repeated = 0;
  for (const at of positions) {
    const { ending } = administrations[at]!;
    // Of these nothing is to be learned.
    if (ending === 'pending' || ending === 'failed') continue;
    const key = nameRepeated(observed, at);
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, at);
      continue;
    }
    if (administrations[first]!.ending !== ending) return 0;
    if (ending !== 'answered') continue;
    if (!isAnsweredAlike(observed, first, at)) return 0;
    repeated++;
  }
  return repeated;
}

/** The same for administrations that differ in nothing but their repetition. */
function nameRepeated(observed: Observations, at: number): string {
  const { administrations, forms, formOf } = observed;
  const { model, population, personalityId, clusterId, draw } = administrations[at]!;
  const { columns } = forms[formOf[at]!]!;
  const place = placeInForm(observed, at);
  const levels = Array.from(columns.values(), ({ codes }) => codes[place]!);
  const who = [personalityId, clusterId ?? `unknown ${at}`, draw];
  return JSON.stringify([model.key, population.population, formOf[at], ...who, ...levels]);
}

function isAnsweredAlike(observed: Observations, one: number, other: number): boolean {
  const { forms, formOf } = observed;
  const { questionnaire, answers, points } = forms[formOf[one]!]!;
  const width = questionnaire.items.length;
  const [first, second] = [one, other].map((at) => placeInForm(observed, at) * width) as [
    number,
    number,
  ];
  for (let item = 0; item < width; item++)
    if (
      answers[first + item] !== answers[second + item] ||
      points[first + item] !== points[second + item]
    )
      return false;
  return true;
}

function placeInForm(observed: Observations, at: number): number {
  return at - startsOf(observed)[observed.formOf[at]!]!;
}

/** Observations stand form by form: where each form begins. */
const startsOf = onceFor(({ forms }: Observations): readonly number[] => {
  let start = 0;
  return forms.map(({ administrations }) => {
    start += administrations.length;
    return start - administrations.length;
  });
});
