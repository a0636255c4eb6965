/** Questionnaires, and scoring without a database. */
import { UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import * as instruments from '../instruments/load.ts';
import * as scoring from '../instruments/score.ts';

/** The built-in instruments, in order of their slugs. */
export function listInstruments(): readonly Instrument[] {
  return instruments.loadBuiltInInstruments();
}

/**
 * A built-in instrument.
 * @param name slug or alias, e.g. `epqra`, `bigfive`; letter case does not count
 * @throws UserError that lists the known ones and the nearest
 */
export function findInstrument(name: string): Instrument {
  return instruments.findInstrument(name);
}

/**
 * An instrument of one's own.
 * @param source an instrument file, or what such a file holds; `docs/reference/instruments.md` tells its format
 * @throws UserError that names the item or field that is wrong
 */
export function loadInstrument(source: string | Readonly<Record<string, unknown>>): Instrument {
  return typeof source === 'string'
    ? instruments.loadInstrument(source)
    : instruments.parseInstrument(JSON.stringify(source, null, 2), 'The instrument given in code');
}

/**
 * Scores one administration: the sum or the mean, by the instrument's rule, over the items of each scale that were answered. An item with a key
 * counts 1 when the answer agrees with it, else 0; a reversed item counts min + max - answer; any other item counts as it was answered.
 * @param answers item number to answer; items may be missing
 * @returns scale to score, not rounded; a scale without a single answered item is absent, not 0
 * @throws UserError for an item that there is not, or an answer that the instrument does not have
 */
export function scoreAnswers(
  instrument: Instrument,
  answers: ReadonlyMap<number, number> | Readonly<Record<number, number>>,
): Readonly<Record<string, number>> {
  const given = answers instanceof Map ? answers : new Map(Object.entries(answers).map(([number, answer]) => [Number(number), answer]));
  for (const [number, answer] of given) {
    if (!instrument.items.some((item) => item.number === number))
      throw new UserError(`${instrument.slug} has no item ${number}`, { hint: `Its items are numbered 1 to ${instrument.items.length}.` });
    if (!instrument.answers.options.some((option) => option.value === answer))
      throw new UserError(`${instrument.slug}, item ${number}: there is no answer ${answer}`, {
        hint: `Its answers are ${instrument.answers.options.map(({ value, label }) => `${value} (${label})`).join(', ')}.`,
      });
  }
  return Object.fromEntries(scoring.scoreAnswers(instrument, given));
}
