/** Questionnaires, and scoring without a database. */
import { UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import * as instruments from '../instruments/load.ts';
import * as scoring from '../instruments/score.ts';

/** What an instrument file holds. */
export interface InstrumentDefinition {
  /** Short name: lower-case letters, digits and `_`. */
  readonly slug: string;
  /** Further names. */
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly citation: string;
  readonly licence: string;
  /** Code of the language of the wording, such as `en` or `pt-BR`. */
  readonly language: string;
  readonly scales: readonly { readonly id: string; readonly name: string }[];
  readonly answers: {
    readonly min: number;
    readonly max: number;
    /** What the prompt asks for: the label of an answer, or its number. */
    readonly reply: 'label' | 'value';
    readonly options: readonly {
      readonly value: number;
      /** May be left out where the prompt asks for numbers. */
      readonly label?: string;
      /** Further spellings that mean the same. */
      readonly synonyms?: readonly string[];
      /** Adds the words for yes or no of many languages to the synonyms. */
      readonly means?: 'yes' | 'no';
    }[];
  };
  /** How a scale score comes from the scores of its items. */
  readonly scoring: 'sum' | 'mean';
  /** What is told before the items. */
  readonly instructions: string;
  /** A prompt in the instrument's own language, in place of the English one. */
  readonly template?: string;
  /**
   * Each with `key`, the answer that scores 1, or with `reverse`, whether its answer counts turned
   * round.
   */
  readonly items: readonly {
    readonly number: number;
    readonly text: string;
    /** Id of its scale. */
    readonly scale: string;
    readonly key?: number;
    readonly reverse?: boolean;
  }[];
}

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
 * @param source an instrument file, or what such a file holds; `docs/reference/instruments.md`
 *   tells its format
 * @throws UserError that names the item or field that is wrong
 */
export function loadInstrument(source: string | InstrumentDefinition): Instrument {
  return typeof source === 'string'
    ? instruments.loadInstrument(source)
    : instruments.parseInstrument(JSON.stringify(source, null, 2), 'The instrument given in code');
}

/**
 * Scores one administration: the sum or the mean, by the instrument's rule, over the items of each
 * scale that were answered. An item with a key counts 1 when the answer agrees with it, else 0; a
 * reversed item counts min + max - answer; any other item counts as it was answered.
 * @param answers item number to answer; items may be missing
 * @returns scale to score, not rounded; a scale without a single answered item is absent, not 0
 * @throws UserError for an item that there is not, or an answer that the instrument does not have
 */
export function scoreAnswers(
  instrument: Instrument,
  answers: ReadonlyMap<number, number> | Readonly<Record<number, number>>,
): Readonly<Record<string, number>> {
  const given =
    answers instanceof Map
      ? answers
      : new Map(Object.entries(answers).map(([number, answer]) => [Number(number), answer]));
  for (const [number, answer] of given) {
    const item = instrument.items.find((one) => one.number === number);
    if (item === undefined)
      throw new UserError(`${instrument.slug} has no item ${number}`, {
        code: 'item-unknown',
        hint: `Its items are numbered 1 to ${instrument.items.length}.`,
      });
    const options = item.answers?.options ?? [];
    if (item.answers !== null && !options.some(({ value }) => value === answer))
      throw new UserError(`${instrument.slug}, item ${number}: ${answer} is not an answer`, {
        code: 'answer-unknown',
        hint: `The answers are ${options.map(({ value, label }) => `${value} (${label})`).join(', ')}.`,
      });
  }
  return Object.fromEntries(scoring.scoreAnswers(instrument, given));
}
