/** The reference population, and personas that are written from it or imported. */
import path from 'node:path';
import * as importing from '../dataset/import/personas.ts';
import { readSheetFile } from '../dataset/import/sheets.ts';
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import { repositorySha } from '../git-sha.ts';
import { findInstrument, inLanguage, loadInstrument } from '../instruments/load.ts';
import * as generating from '../personas/generation/generate.ts';
import {
  type ConditionDefinition,
  defineCondition,
  findCondition,
} from '../personas/sheets/conditions.ts';
import * as reference from '../personas/sheets/reference.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import type { AskingOptions } from '../runner/options.ts';
import type { RetryReason } from '../runner/task.ts';
import { insideOf, insideToWrite, optionsOfStudy, type Study } from './study.ts';

/** Which answer sheets a schema is to hold. Left empty: the synthetic ones of seed 1. */
export interface ReferenceOptions {
  /** Decides the synthetic sheets and the random baseline. Default 1. */
  readonly seed?: number;
  /** CSV of real sheets, a row for each answer or a row for each person, in place of synthetic ones. */
  readonly file?: string;
  /** With `file`: the built-in instrument that the sheets are answers to. Default: `epqra`. */
  readonly questionnaire?: string;
  /** With `file`: the file of an instrument of one's own that the sheets are answers to. */
  readonly instrument?: string;
  /** With `file`: language of the wording, where the instrument has several. */
  readonly language?: string;
  /** With `file`: name of the population. Default: the name of the file. */
  readonly name?: string;
  /**
   * With `file`, needed: what allows these people's answers to be sent to a vendor; the report
   * carries it.
   */
  readonly ethicsNote?: string;
}

/** The reference population of a schema. */
export interface ReferencePopulation {
  readonly name: string;
  /** `synthetic`: built to published margins, nobody gave these answers. */
  readonly origin: 'synthetic' | 'imported';
  /** Where the sheets came from, in words. */
  readonly source: string | null;
  readonly ethicsNote: string | null;
  readonly seed: number | null;
  /** How many. */
  readonly sheets: number;
  /** Slug of the instrument that they are answers to. */
  readonly instrument: string;
  /** SHA-256 of its file, in hexadecimal; null where another program stored the sheets. */
  readonly instrumentSha256: string | null;
  /** SHA-256 of the answers, in hexadecimal. */
  readonly sha256: string;
  /** False when the schema had these very sheets already; then nothing was changed. */
  readonly added: boolean;
}

/**
 * Fills the reference sheets and the random baseline beside them.
 * @throws UserError when the schema holds other sheets already, the file is wrong, or nothing is
 *   said about what allows its use
 */
export async function seedReference(
  study: Study,
  options: ReferenceOptions = {},
): Promise<ReferencePopulation> {
  const { database } = insideToWrite(study);
  const { reference: seeded, added } = await reference.seedReference(
    database,
    options.seed ?? 1,
    await broughtSheets(options),
  );
  return { ...seeded, added };
}

async function broughtSheets({
  file,
  name,
  ethicsNote,
  questionnaire,
  instrument: own,
  language,
}: ReferenceOptions): Promise<reference.BroughtSheets | null> {
  if (file === undefined) {
    const others = [name, ethicsNote, questionnaire, own, language];
    if (others.every((option) => option === undefined)) return null;
    throw new UserError(
      'The options name, ethicsNote, questionnaire, instrument and language apply only to sheets from a file',
      {
        code: 'options-conflict',
        hint: 'Pass the file of the sheets, or omit these options for the synthetic population.',
      },
    );
  }
  if (ethicsNote === undefined || ethicsNote.trim() === '') {
    throw new UserError('Missing ethicsNote: why may these answers be sent to a vendor?', {
      code: 'ethics-note-missing',
      hint: 'State the approval, consent or licence in ethicsNote. The report quotes it.',
    });
  }
  const instrument =
    own === undefined
      ? inLanguage(findInstrument(questionnaire ?? SHEET_INSTRUMENT), language)
      : loadInstrument(own, language);
  return {
    instrument,
    name: name ?? path.basename(file).replace(/\.csv$/i, ''),
    source: file,
    ethicsNote: ethicsNote.trim(),
    sheets: await readSheetFile(file, instrument),
  };
}

/** Which personas are to be written. */
export interface GenerationRequest {
  /** Short names of models, e.g. `sim-gpt4o`. */
  readonly models: readonly string[];
  /**
   * `Base`, `max_N`, `max_P`, `min_L`, `max_all`, `min_E_max_rest`, or definitions of one's own.
   * Default: Base alone.
   */
  readonly conditions?: readonly (string | ConditionDefinition)[];
  /** Only the first so many sheets of the reference population. Default: all. */
  readonly maxPersonas?: number;
  /** Personas written from each sheet. Default 1. */
  readonly draws?: number;
  /** Number of the first of them. Default 1. */
  readonly firstDraw?: number;
  /** Allow conditions and models that the study marks as experimental. */
  readonly experimental?: boolean;
  /**
   * Decides the order of writing and what the simulated model says. Default: made from prompt and
   * model.
   */
  readonly seed?: number;
}

/** Which personas, and how. */
export interface GenerationOptions extends GenerationRequest, AskingOptions {
  /**
   * Ask only for personas that last ended so. Default: all that are not there, but those that were
   * refused.
   */
  readonly retry?: readonly RetryReason[];
}

/**
 * Writes one persona for each sheet, model, condition and draw that is not there yet, and stores
 * each as soon as it is whole. Called again, it continues.
 * @returns the populations that were asked for, and what became of the calls
 * @throws UserError when there is no reference population, a name is unknown, or what is asked for
 *   is experimental and not allowed
 */
export async function generatePersonas(
  study: Study,
  options: GenerationOptions,
): Promise<generating.GenerationResult> {
  const { database, config } = insideToWrite(study);
  return generating.generatePersonas(database, config, await requestOf(options), {
    ...options,
    ...optionsOfStudy(study),
  });
}

/**
 * What `generatePersonas` would write, with guesses of tokens and cost; writes nothing and contacts
 * nobody.
 * @throws UserError as `generatePersonas` does
 */
export async function planGeneration(
  study: Study,
  request: GenerationRequest,
): Promise<readonly generating.PlannedPopulation[]> {
  const { database, config } = insideOf(study);
  return generating.planGeneration(database, config, await requestOf(request));
}

async function requestOf(request: GenerationRequest): Promise<generating.GenerationRequest> {
  const {
    models,
    conditions = ['Base'],
    maxPersonas,
    draws,
    firstDraw,
    experimental,
    seed,
  } = request;
  return {
    models,
    conditions: conditions.map((one) =>
      typeof one === 'string' ? findCondition(one) : defineCondition(one),
    ),
    repoSha: await repositorySha(process.cwd()),
    ...defined({
      maxPersonas,
      repetitions: draws,
      startRepetitions: firstDraw,
      experimental,
      seed,
    }),
  };
}

/**
 * Adds personas of one's own, all or none. Without `id` they get new ids; without `repetitions`
 * each is one administration; without `word_count_description` words are counted.
 * @param from a CSV file whose header names columns of the published table `personas`, or a list of
 *   such rows
 * @throws UserError naming the place and the column of what is wrong; then nothing was added
 */
export async function importPersonas(
  study: Study,
  from: string | readonly importing.PersonaRecord[],
): Promise<importing.PersonaImport> {
  return importing.importPersonas(insideToWrite(study).database, from);
}
