/**
 * What one administration is made of, from the row in the database to the answers that go back
 * there.
 */

import type { Order } from '../administration/order.ts';
import type { ItemState } from '../db/schema/tables.ts';
import type { Answers } from '../instruments/instrument.ts';
import type { StoredParameters } from '../models/parameters.ts';
import type { Completion, TokenLogprob } from '../providers/provider.ts';
import type { Tokens } from '../runner/budget/estimate.ts';
import type { Failed, Task, Verdict } from '../runner/task.ts';

/** A registered experiment with all that decides what is sent for it. */
export interface RegisteredExperiment {
  readonly experimentId: number;
  /** Another text once a row has changed that it is made of. */
  readonly version: string;
  readonly groupId: number | null;
  readonly repeated: number;
  readonly questionnaire: string | null;
  readonly provider: string | null;
  readonly modelId: string | null;
  readonly population: string | null;
  readonly personalityId: number | null;
  /** Null for rows that this program did not register. */
  readonly personaId: number | null;
  readonly group: {
    readonly systemRole: string | null;
    readonly prompt: string | null;
    readonly temperature: number | null;
    readonly topP: number | null;
  } | null;
  /** Null for groups that this program did not register. */
  readonly details: {
    readonly instrumentSha256: string;
    readonly modelName: string;
    readonly parameters: StoredParameters;
    readonly seed: number;
    /** Of orders and typing errors; null in groups of versions that drew them from `seed`. */
    readonly drawSeed: number | null;
    /** Settings of the administration that are not the default ones. */
    readonly administration: Readonly<Record<string, unknown>>;
  } | null;
}

/** A call of an administration of several, as it was stored. */
export interface StoredPart {
  /** From 1. */
  readonly call: number;
  /** Whether the call was refused, so that its item is declined. */
  readonly refused: boolean;
  readonly reason: string | null;
  /** What the model said; null where no text is stored. */
  readonly reply: string | null;
  readonly logprobs: readonly TokenLogprob[] | null;
}

/** What became of an item, where it is more than an answer that is a whole number. */
export interface StoredItemState {
  readonly state: ItemState;
  /** The call that asked it last, from 1. */
  readonly call: number;
  /** An answer that is no whole number. */
  readonly quantity: number | null;
  /** A short text as answer. */
  readonly text: string | null;
}

/** The score of a scale. */
export interface StoredScore {
  readonly scale: string;
  /** Null where too few items have an answer. */
  readonly score: number | null;
  readonly itemsAnswered: number;
  /** See `hashOfRule`. */
  readonly rule: string;
}

/** What an answered administration brought. */
export interface AnsweredSheet {
  /** Answers that are whole numbers. */
  readonly answers: Answers;
  /** Of items that have no such answer, and of those that only a further call answered. */
  readonly states: ReadonlyMap<number, StoredItemState>;
  /** By item and by value of the option. */
  readonly probabilities: ReadonlyMap<number, ReadonlyMap<number, number>>;
  readonly scores: readonly StoredScore[];
  /** Those of several calls with a blank line between. */
  readonly explanation: string | null;
  /** All answers equal: valid, but worth a look. */
  readonly uniform: boolean;
  /** Some item that applies has no answer, or a missing code. */
  readonly partial: boolean;
  /** In which items and options were shown. */
  readonly order: Order;
}

/**
 * An experiment that can be run: exactly one persona, one model, one instrument, and no hole in the
 * prompt.
 */
export interface RunnableExperiment extends Task<AnsweredSheet> {
  readonly personaId: number;
  readonly read: (completion: Completion) => Verdict<AnsweredSheet, RunnableExperiment>;
  readonly otherwise?: (failure: Failed) => Verdict<AnsweredSheet, RunnableExperiment> | null;
  readonly previous?: RunnableExperiment;
  /** Of all calls that are still to be made. */
  readonly estimate: () => Tokens & { readonly calls: number };
}
