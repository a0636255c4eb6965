/** A group as registration describes it: what is asked, how, and with which system message. */
import { readFileSync } from 'node:fs';
import {
  type AdministrationSettings,
  levelsOf,
  type ModelSettings,
  PUBLISHED_SETTINGS,
  requireSettings,
} from '../../administration/settings.ts';
import { defined } from '../../defined.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import type { ModelEntry, RequestParameters } from '../../models/catalogue.ts';
import { storedParameters } from '../../models/parameters.ts';
import { seedFrom } from '../../models/seed.ts';
import * as store from './register-store.ts';

export interface RegistrationRequest {
  readonly instrument: Instrument;
  /** How it is administered. Default: the published way. */
  readonly administration?: AdministrationSettings;
  /** Levels of the factors that the study varies. Default: the settings that are not published. */
  readonly factors?: Readonly<Record<string, string>>;
  /** The system message, with slots. Default: the program's own; null for none. */
  readonly systemRole?: string | null;
  /** Short names of the catalogue. */
  readonly models: readonly string[];
  readonly populations: readonly string[];
  readonly maxPersonas?: number;
  readonly maxRepetitions?: number;
  /** Default: `{questionnaire} questionnaire for {model} ({populations})`. */
  readonly description?: string;
  /** How `personas.repetitions` is meant; needed only where the data leave it open. */
  readonly repetitionsAs?: store.RepetitionsReading;
  /** Register what is registered already once more. */
  readonly again?: boolean;
  /** How often each persona that this program wrote is administered. Default 1. */
  readonly administrations?: number;
  /**
   * Register only personas that have no experiment of this form and model yet, into the group that
   * the others are in.
   */
  readonly onlyMissing?: boolean;
  /** Add to this group instead of making a new one; for one model. */
  readonly intoGroup?: number;
  /**
   * Decides the order in which the experiments run, what is drawn for each, and what the simulated
   * respondent says.
   */
  readonly seed?: number;
  /** The study's repository state, see `repository.ts`. */
  readonly repoSha: string;
  readonly now: Date;
}

/** What every administration's system role is made from. */
const SYSTEM_ROLE: string = readFileSync(
  new URL('../../../data/prompts/system-role.md', import.meta.url),
  'utf8',
).trimEnd();

export function roleOf({ systemRole }: Pick<RegistrationRequest, 'systemRole'>): string | null {
  return systemRole === undefined ? SYSTEM_ROLE : systemRole;
}

/** @throws UserError where the instrument cannot be administered as it is asked for */
export function formOfRequest({
  instrument,
  administration = PUBLISHED_SETTINGS,
}: Pick<RegistrationRequest, 'instrument' | 'administration'>): store.Form {
  requireSettings(instrument, administration);
  return store.formOf(instrument, administration);
}

export function describeGroup(
  model: ModelEntry,
  form: store.Form,
  description: string,
  repeated: boolean,
  request: Pick<RegistrationRequest, 'seed' | 'now' | 'systemRole' | 'factors'>,
): store.NewGroup {
  const parameters = parametersIn(model, form.settings);
  return {
    form,
    modelName: model.name,
    modelId: model.modelId,
    modelLabel: model.label,
    description,
    factors: Object.entries(request.factors ?? Object.fromEntries(levelsOf(form.settings))),
    systemRole: roleOf(request),
    temperature: parameters.temperature,
    topP: parameters.topP,
    parameters: storedParameters({ parameters }),
    repeated,
    seed: request.seed ?? seedFrom([form.instrument.sha256, model.name]),
    drawSeed: request.seed ?? seedFrom(['draws', form.instrument.slug]),
    created: isoWithoutZone(request.now),
  };
}

/** What is sent to a model: its own parameters, and in their place those of the settings. */
export function parametersIn(
  { parameters }: Pick<ModelEntry, 'parameters'>,
  { temperature, top_p, max_tokens, reasoning_effort, parameters: further }: ModelSettings,
): RequestParameters {
  const own = <T>(setting: T | undefined, value: T) => (setting === undefined ? value : setting);
  const extra = { ...parameters.extra, ...defined({ reasoning_effort }), ...further };
  return {
    temperature: own(temperature, parameters.temperature),
    topP: own(top_p, parameters.topP),
    maxTokens: own(max_tokens, parameters.maxTokens),
    maxTokensField: parameters.maxTokensField,
    extra: Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== null)),
  };
}

/** As the published code wrote it: ISO 8601 without a zone, in UTC. */
export function isoWithoutZone(date: Date): string {
  return date.toISOString().replace('Z', '');
}
