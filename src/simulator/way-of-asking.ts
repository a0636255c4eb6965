/**
 * In what the way of asking a known instrument differs from its own prompt, read from the request:
 * nothing where it is asked as it stands.
 */

import { hashText } from './random.ts';
import type { ReplyForm } from './reply.ts';
import type { ShownInstrument } from './shown.ts';

/** The language that an instrument is written in unless it says another. */
const USUAL_LANGUAGE = 'en';

const found = new WeakMap<ShownInstrument, readonly string[]>();

/**
 * @param hasPersonaBefore where no system message tells who answers, what comes before the
 *   questionnaire does, and is no part of the way of asking
 */
export function differencesOf(
  shown: ShownInstrument,
  form: ReplyForm,
  hasPersonaBefore: boolean,
): readonly string[] {
  let inPrompt = found.get(shown);
  if (inPrompt === undefined) {
    inPrompt = differencesOfPrompt(shown, hasPersonaBefore);
    found.set(shown, inPrompt);
  }
  return form.order === null ? inPrompt : [...inPrompt, 'schema'];
}

function differencesOfPrompt(
  { instrument, items, surroundings, before, filled, hasErrors }: ShownInstrument,
  hasPersonaBefore: boolean,
): readonly string[] {
  const { prompt, language = USUAL_LANGUAGE } = instrument;
  const asked = items.map(({ item }) => item.number);
  const isWhole = asked.length === instrument.items.length;
  const own = [...(hasPersonaBefore ? [before] : []), ...filled].reduce(
    (text, passage) => text.replace(passage, () => ''),
    surroundings,
  );
  return [
    ...(language === USUAL_LANGUAGE ? [] : [`language ${language}`]),
    ...(isWhole ? [] : [asked.length === 1 ? 'item by item' : 'part by part']),
    ...(asked.some((number, at) => number < (asked[at - 1] ?? 0)) ? ['order of items'] : []),
    ...(hasErrors ? ['typing errors'] : []),
    // The words round a part are those of that part.
    ...(isWhole && prompt !== undefined ? differencesOfLines(linesOf(prompt), linesOf(own)) : []),
  ];
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Lines in another order are answers in another order; other lines are other words. */
function differencesOfLines(usual: readonly string[], own: readonly string[]): readonly string[] {
  const others = own.filter((line) => !usual.includes(line));
  const places = own.map((line) => usual.indexOf(line)).filter((place) => place !== -1);
  const falls = places.flatMap((place, at) => (at > 0 && place < places[at - 1]! ? [at] : []));
  const isReversed = falls.every((at) => places[at] === places[at - 1]! - 1);
  return [
    ...(falls.length === 0 ? [] : [isReversed ? 'answers reversed' : 'answers in another order']),
    ...(others.length === 0 ? [] : [`words ${hashText(others.join('\n'))}`]),
  ];
}
