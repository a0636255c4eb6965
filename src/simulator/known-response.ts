/**
 * Answers a prompt in which a known instrument is found. EPQR-A and BFI-44 are answered by the
 * figures fitted to the published study, whatever the form; every other instrument by a trait for
 * each scale.
 */
import type { AskedQuestion, Leaning } from './asked.ts';
import { type Category, categoriesOf, type SimulatedInstrument } from './instrument.ts';
import { cumulativeNormal } from './random.ts';
import type { Answer, ReplyForm } from './reply.ts';
import { type Respond, sharesBetween, type TraitResponse } from './response-from-traits.ts';
import type { ShownInstrument, ShownItem, ShownOption } from './shown.ts';

/** Instruments whose answers are fitted to published figures. */
const FITTED: ReadonlySet<string> = new Set(['epqra', 'bigfive']);
/** Of a fitted answer that is told as a distribution, the SD in steps of the answer scale. */
const SPREAD_OF_STEPS = 0.6;
const NOTHING_TO_SAY = 'Nothing further to say.';

export function isFitted({ slug }: SimulatedInstrument): boolean {
  return FITTED.has(slug);
}

/**
 * The answers to all items shown, in their order.
 * @param respond to an item, given how many answers it shows
 */
export function answerShown(
  { instrument, items }: ShownInstrument,
  respond: Respond,
  form: ReplyForm,
): readonly Answer[] {
  const given = new Map<number, number>();
  return items.map((shown) => {
    const { item, key } = shown;
    const { condition } = instrument.blocks[item.block]!;
    const decisive = condition === null ? undefined : given.get(condition.item);
    const applies = decisive === undefined || condition!.answers.includes(decisive);
    if (!applies && form.mayBeNull(key)) return { key, value: null, probabilities: null };
    if (item.openCharacters !== null) {
      const value = NOTHING_TO_SAY.slice(0, item.openCharacters);
      return { key, value, probabilities: null };
    }
    const options = allowedOptions(shown, form);
    const categories =
      options === shown.options
        ? shown.categories
        : categoriesOf(
            item,
            options.map(({ option }) => option),
          );
    const { value, response } = respondTo(shown, categories, respond);
    if (value !== undefined) given.set(item.number, value);
    return express(key, options, categories, value, response);
  });
}

function respondTo(
  { item }: ShownItem,
  categories: readonly Category[],
  respond: Respond,
): { readonly value: number | undefined; readonly response: TraitResponse } {
  const response = respond(item.number, categories.length);
  const demanded = categories.findIndex(({ value }) => item.demanded.includes(value));
  if (demanded === -1) return { value: categories[response.category]?.value, response };
  return {
    value: categories[demanded]!.value,
    response: {
      category: demanded,
      probabilities: () => categories.map((_, index) => (index === demanded ? 1 : 0)),
    },
  };
}

function express(
  key: string,
  options: readonly ShownOption[],
  categories: readonly Category[],
  value: number | undefined,
  { probabilities }: TraitResponse,
): Answer {
  if (options.length === 0) return { key, value: value ?? null, probabilities: null };
  return {
    key,
    value: options.find(({ option }) => option.value === value)?.written ?? null,
    probabilities: () => {
      const shares = probabilities();
      return options.map(({ option, written }) => [
        String(written),
        shares[categories.findIndex(({ value: own }) => own === option.value)] ?? 0,
      ]);
    },
  };
}

/** The answers that are shown; or those that a schema admits, in its words. */
function allowedOptions(
  { key, options, item }: ShownItem,
  form: ReplyForm,
): readonly ShownOption[] {
  const allowed = form.allowed(key);
  if (allowed === null || item.answers === null) return options;
  const shown = options.filter(({ written }) => allowed.includes(written));
  if (shown.length === allowed.length) return shown;
  return allowed.flatMap((written) => {
    const option = item.answers!.options.find(
      ({ label, value }) => written === label || String(written) === String(value),
    );
    return option === undefined ? [] : [{ option, written }];
  });
}

/** Of each item, whether the answer of most points is the one of the highest value. */
export function ascendingItems({ items }: SimulatedInstrument): readonly boolean[] {
  return items.map((item) => {
    const categories = categoriesOf(item);
    return categories.at(-1)!.value > categories[0]!.value;
  });
}

/**
 * How the fitted figures answer: a lean of ±2 is a firm answer and reaches the end of any scale.
 * @param questions of all items of the instrument, in their order
 * @param isAscending as `ascendingItems` gives it
 */
export function respondByLeaning(
  questions: readonly AskedQuestion[],
  isAscending: readonly boolean[],
  lean: Leaning,
): Respond {
  return (number, categories) => {
    const top = categories - 1;
    const place = top / 2 + (lean(questions[number - 1]!) * top) / 4;
    const step = Math.min(top, Math.max(0, Math.round(place)));
    const probabilities = () =>
      sharesBetween(
        Array.from({ length: top }, (_, index) =>
          cumulativeNormal((index + 0.5 - place) / SPREAD_OF_STEPS),
        ),
      );
    // Agreeing has the higher value, though not always more points.
    return isAscending[number - 1]!
      ? { category: step, probabilities }
      : { category: top - step, probabilities: () => probabilities().toReversed() };
  };
}
