/** Questionnaires, and scoring without a database. */
import { UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import * as instruments from '../instruments/load.ts';
import * as scoring from '../instruments/score.ts';
import type { Item } from '../instruments/structure.ts';

/**
 * What an instrument file holds. `docs/reference/instruments.md` says what each key means, and how
 * scores are computed.
 */
export interface InstrumentDefinition {
  readonly format: 2;
  /** Short name: lower-case letters, digits and `_`. */
  readonly slug: string;
  /** Further names. */
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly citation: string;
  readonly licence: string;
  /** Code of the language of the wording, such as `en` or `pt-BR`. */
  readonly language: string;
  /** What is told before everything. */
  readonly instructions?: string;
  /** A prompt in the instrument's own language, in place of the English one. */
  readonly template?: string;
  readonly answers?: readonly AnswerSetDefinition[];
  readonly blocks: readonly {
    readonly instructions?: string;
    /** Id of the answer set of its items, unless an item names its own. */
    readonly answers?: string;
    /** The block is asked only after one of these answers to an item of an earlier block. */
    readonly if?: { readonly item: string; readonly in: readonly number[] };
    readonly items: readonly ItemDefinition[];
  }[];
  readonly scales?: readonly ScaleDefinition[];
  readonly norms?: readonly {
    readonly scale: string;
    readonly group: string;
    readonly source: string;
    readonly mean?: number;
    readonly sd?: number;
    readonly n?: number;
    readonly alpha?: number;
    /** T score by raw score. */
    readonly t?: Readonly<Record<string, number>>;
  }[];
  /** Further languages, by code. */
  readonly wordings?: Readonly<
    Record<
      string,
      {
        readonly title?: string;
        readonly instructions?: string;
        readonly template?: string;
        /** Instructions of each block. */
        readonly blocks?: readonly (string | null)[];
        /** Labels by answer set and value. */
        readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
        /** Texts by item id. */
        readonly items: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** Answers that items share: either options, or every step between two numbers. */
export interface AnswerSetDefinition {
  readonly id: string;
  /** What a reply states. */
  readonly ask?: 'label' | 'value' | 'letter';
  readonly options?: readonly {
    readonly value: number;
    readonly label?: string;
    /** Further spellings that mean the same. */
    readonly synonyms?: readonly string[];
    /** Adds the words for yes or no of many languages to the synonyms. */
    readonly means?: 'yes' | 'no';
    /** What the answer scores; its value where there are none. */
    readonly points?: number;
    /** A code for "no answer", which scores nothing. */
    readonly missing?: boolean;
    /** Shown only where the administration adds a midpoint. */
    readonly added_midpoint?: boolean;
  }[];
  readonly range?: {
    readonly min: number;
    readonly max: number;
    readonly step?: number;
    readonly anchors?: Readonly<Record<string, string>>;
  };
}

/** An item with answers to choose from, or one that asks for a number or a text. */
export interface ItemDefinition {
  readonly id: string;
  readonly text: string;
  readonly answers?: string;
  /** Points by answer; null scores nothing. */
  readonly points?: Readonly<Record<string, number | null>>;
  /** Of an attention check. */
  readonly demand?: readonly number[];
  readonly number?: {
    readonly min: number;
    readonly max: number;
    readonly unit?: string;
    readonly decimals?: number;
  };
  readonly open?: { readonly max_characters?: number };
  readonly optional?: boolean;
}

/** Items, or scales, with weights: `{ a: 1, b: -1 }`, or `['a', '-b']`. */
export type ScaleMembers = Readonly<Record<string, number>> | readonly string[];

/** A scale of items, or one of other scales. */
export interface ScaleDefinition {
  readonly id: string;
  readonly name: string;
  readonly score: 'sum' | 'mean' | 'max' | 'count';
  readonly items?: ScaleMembers;
  readonly of?: ScaleMembers;
  readonly missing?: { readonly most: number; readonly prorate?: boolean };
  readonly centre?: 'person';
}

/** What an instrument file of the older format holds: one answer set, each item on one scale. */
export interface SimpleInstrumentDefinition {
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
 * @param language one of its further wordings; its own language when left out
 * @throws UserError that names the item or field that is wrong, or the languages that there are
 */
export function loadInstrument(
  source: string | InstrumentDefinition | SimpleInstrumentDefinition,
  language?: string,
): Instrument {
  return typeof source === 'string'
    ? instruments.loadInstrument(source, language)
    : instruments.parseInstrument(
        JSON.stringify(source, null, 2),
        'The instrument given in code',
        language,
      );
}

/**
 * Scores one administration, each scale by its own rule: see "What an item scores" in
 * `docs/reference/instruments.md`.
 * @param answers item number or id to answer; items may be missing
 * @returns scale to score, not rounded; a scale with more missing items than its rule allows is
 *   absent, not 0
 * @throws UserError for an item that there is not, or an answer that the item does not have
 */
export function scoreAnswers(
  instrument: Instrument,
  answers: ReadonlyMap<number | string, number> | Readonly<Record<number | string, number>>,
): Readonly<Record<string, number>> {
  const given = answers instanceof Map ? [...answers] : Object.entries(answers);
  const read = given.map(([name, answer]): [number, number] => {
    const item = instrument.items.find(({ number, id }) => number === Number(name) || id === name);
    if (item === undefined)
      throw new UserError(`${instrument.slug} has no item ${name}`, {
        code: 'item-unknown',
        hint: `Its items are numbered 1 to ${instrument.items.length}.`,
      });
    if (!isAnswer(item, answer))
      throw new UserError(`${instrument.slug}, item ${name}: ${answer} is not an answer`, {
        code: 'answer-unknown',
        hint: `The answers are ${answersOf(item)}.`,
      });
    return [item.number, answer];
  });
  return Object.fromEntries(scoring.scoreAnswers(instrument, new Map(read)));
}

function isAnswer({ answers, quantity }: Item, answer: number): boolean {
  if (answers !== null) return answers.options.some(({ value }) => value === answer);
  return quantity !== null && answer >= quantity.min && answer <= quantity.max;
}

function answersOf({ answers, quantity }: Item): string {
  if (answers !== null)
    return answers.options.map(({ value, label }) => `${value} (${label})`).join(', ');
  return quantity === null ? 'texts, which are not scored' : `${quantity.min} to ${quantity.max}`;
}
