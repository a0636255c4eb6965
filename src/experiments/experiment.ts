/**
 * What one administration is made of, from the row in the database to the answers that go back
 * there.
 */

import type { Answers } from '../instruments/instrument.ts';
import type { StoredParameters } from '../models/parameters.ts';
import type { Task } from '../runner/task.ts';

/** A registered experiment with all that decides what is sent for it. */
export interface RegisteredExperiment {
  readonly experimentId: number;
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
  } | null;
}

/** What an answered administration brought. */
export interface AnsweredSheet {
  readonly answers: Answers;
  readonly explanation: string | null;
  /** All answers equal: valid, but worth a look. */
  readonly uniform: boolean;
}

/**
 * An experiment that can be run: exactly one persona, one model, one instrument, and no hole in the
 * prompt.
 */
export interface RunnableExperiment extends Task<AnsweredSheet> {
  readonly personaId: number;
}
