/** Runs a study file: sheets, personas, experiments, answers. Each step skips what is done. */

import { type AdministrationCell, describeCell } from '../administration/cells.ts';
import { sayConfounded } from '../analysis/corrected/contrasts/confounded.ts';
import type { Config } from '../config/config.ts';
import { readSheetFile } from '../dataset/import/sheets.ts';
import type { Database } from '../db/connect.ts';
import { migrate } from '../db/schema/migrate.ts';
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import { measureCalls } from '../experiments/registration/measure-calls.ts';
import { registerQuestionnaireExperiments } from '../experiments/registration/register.ts';
import { requireOneForm } from '../experiments/registration/register-store.ts';
import { requireRoom, warnOfRoom } from '../experiments/registration/reply-length.ts';
import { runPendingExperiments } from '../experiments/run.ts';
import { repositorySha } from '../git-sha.ts';
import { nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { type Catalogue, createCatalogue } from '../models/catalogue.ts';
import { costOf } from '../models/cost.ts';
import { formatCount } from '../numbers.ts';
import {
  type GenerationRequest,
  generatePersonas,
  planGeneration,
} from '../personas/generation/generate.ts';
import { REPLY_TOKENS } from '../personas/generation/prepare.ts';
import { lengthOfSheet, PERSONA_SYSTEM, personaPrompt } from '../personas/generation/prompt.ts';
import { sayDoubt } from '../personas/own/encoding.ts';
import type { OwnPersona } from '../personas/own/own.ts';
import { storeOwnPersonas } from '../personas/own/own-store.ts';
import { type BroughtSheets, seedReference } from '../personas/sheets/reference.ts';
import { setLimits } from '../runner/budget/budget-store.ts';
import { type Tokens, tokensOfText } from '../runner/budget/estimate.ts';
import { createClosures } from '../runner/closures.ts';
import { leftAfter, type RunOptions } from '../runner/options.ts';
import { DEFAULT_STOP_AFTER } from '../runner/stop-rules.ts';
import type { RunSummary } from '../runner/tally.ts';
import { withoutFolders } from '../text-file.ts';
import { administeredIn, populationsOf } from './administered.ts';
import { designHash } from './design.ts';
import { requireFrozenDesign } from './frozen-design.ts';
import { warnOfEmptySlots, warnOfLanguages } from './mixed-languages.ts';
import { findStudy, keepStudy, type StoredStudy } from './pipeline-store.ts';
import { plannedStudy } from './planned-study.ts';
import { sayChanges } from './study-changes.ts';
import type { StudySpec } from './study-spec.ts';
import { rowsUnder } from './who-is-asked.ts';

/** What one model has to do in one step, as if nothing were done yet. */
export interface PlannedStep {
  readonly step: string;
  readonly model: string;
  /** Personas to write, or experiments to run. */
  readonly tasks: number;
  /** One for each task, or several where a questionnaire is asked in parts. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, null when the model has no price. */
  readonly costUsd: number | null;
}

export interface PipelineEvents {
  /** Told when a step begins, or has found nothing to do. */
  readonly onStep?: (line: string) => void;
}

export interface PipelineResult {
  /** Null where the personas are the study's own, so that none are written. */
  readonly generation: RunSummary | null;
  /** Null when the run was ended while personas were being written. */
  readonly administration: RunSummary | null;
  /** Of the two, the one that was run last. */
  readonly last: RunSummary;
}

/** The synthetic population has as many sheets as the published one. */
const SYNTHETIC_SHEETS = 826;
/** Of a persona's description, as the study's personas have them. */
const DESCRIPTION_CHARACTERS = 2600;

/**
 * How large a study is and what it would cost; contacts nobody and opens no database.
 * @throws UserError for a model or a file that is not there, and where a reply cannot fit into what
 *   a model may write
 */
export async function planStudy(study: StudySpec, config: Config): Promise<PlannedStep[]> {
  const catalogue = createCatalogue(config.models);
  if (study.personas !== null) return planOwnPersonas(study, study.personas.rows, catalogue);
  const sheets = await countSheets(study);
  const asking =
    PERSONA_SYSTEM.length +
    personaPrompt(study.sheetInstrument).length +
    lengthOfSheet(study.sheetInstrument.items.map(({ text }) => text));
  const steps: PlannedStep[] = [];
  const administered = administeredIn(study, catalogue);
  for (const name of study.models) {
    const model = catalogue.find(name);
    const add = (
      step: string,
      { tasks, calls }: { readonly tasks: number; readonly calls: number },
      { input, output }: Tokens,
    ) => {
      const tokens = { input: tasks * input, output: tasks * output };
      steps.push({
        step,
        model: name,
        tasks,
        calls: tasks * calls,
        inputTokens: tokens.input,
        outputTokens: tokens.output,
        costUsd: costOf(model, tokens),
      });
    };
    const each = sheets * study.draws.count;
    const written = each * study.conditions.length;
    add(
      'personas',
      { tasks: written, calls: 1 },
      { input: tokensOfText(asking), output: REPLY_TOKENS },
    );
    for (const { instrument, conditions, repetitions, cell, writer } of administered) {
      if (writer.name !== name) continue;
      requireRoom(instrument, cell.settings, writer);
      const { calls, characters, outputTokens } = measureCalls(instrument, cell.settings);
      const tasks = each * conditions.length * repetitions;
      add(
        nameOfStep(instrument, cell),
        { tasks, calls },
        {
          input: tokensOfText(characters + calls * DESCRIPTION_CHARACTERS),
          output: outputTokens,
        },
      );
    }
  }
  return steps;
}

/** How many sheets personas are written from. */
export async function countSheets(study: StudySpec): Promise<number> {
  const brought = await broughtSheets(study);
  return Math.min(
    brought?.sheets.length ?? SYNTHETIC_SHEETS,
    study.maxPersonas ?? Number.POSITIVE_INFINITY,
  );
}

function nameOfStep(instrument: Instrument, cell: AdministrationCell): string {
  const varied = describeCell(cell);
  return varied === '' ? nameForm(instrument) : `${nameForm(instrument)}, ${varied}`;
}

function planOwnPersonas(
  study: StudySpec,
  personas: readonly OwnPersona[],
  catalogue: Catalogue,
): PlannedStep[] {
  const administered = administeredIn(study, catalogue);
  return study.models.flatMap((name) => {
    const model = catalogue.find(name);
    const own = administered.filter(({ writer }) => writer.name === name);
    return own.map(({ instrument, repetitions, cell, writer, ownConditions }) => {
      const asked = rowsUnder(personas, ownConditions);
      const described = asked.reduce((sum, one) => sum + (one.description?.length ?? 0), 0);
      requireRoom(instrument, cell.settings, writer);
      const { calls, characters, outputTokens } = measureCalls(instrument, cell.settings);
      const tasks = asked.length * repetitions;
      const tokens = {
        input: tokensOfText(repetitions * described * calls + tasks * characters),
        output: tasks * outputTokens,
      };
      return {
        step: nameOfStep(instrument, cell),
        model: name,
        tasks,
        calls: tasks * calls,
        inputTokens: tokens.input,
        outputTokens: tokens.output,
        costUsd: costOf(model, tokens),
      };
    });
  });
}

/**
 * What may go wrong, in words: replies that may be cut off and prompts in two languages, one line for
 * each model and questionnaire that it concerns; and which factors the design cannot tell apart.
 */
export function warningsOf(study: StudySpec, config: Config): string[] {
  const catalogue = createCatalogue(config.models);
  const administered = administeredIn(study, catalogue);
  return [
    ...administered.flatMap(
      ({ instrument, cell, writer }) => warnOfRoom(instrument, cell.settings, writer) ?? [],
    ),
    ...warnOfLanguages(study, administered),
    ...warnOfEmptySlots(administered),
    ...warnOfEncoding(study),
    // What personas written from sheets are like is not known yet.
    ...(study.personas === null ? [] : sayConfounded(plannedStudy(study, catalogue), study.plan)),
  ];
}

/** Personas are told what stands there, so words that may be others are shown. */
function warnOfEncoding({ personas }: StudySpec): string[] {
  const doubt = personas === null ? null : sayDoubt(personas.source, personas.read);
  return doubt === null
    ? []
    : [`${doubt} If that is not what you wrote, name the encoding: "encoding" under "personas".`];
}

/**
 * Carries a study out, from whatever state it was left in.
 * @throws UserError when the schema holds another study, or this one in another version
 */
export async function runStudy(
  database: Database,
  config: Config,
  study: StudySpec,
  options: RunOptions & PipelineEvents,
): Promise<PipelineResult> {
  const { onStep = () => {}, ...asking } = options;
  onStep(`Preparing the schema "${database.schema}".`);
  // Models and sheets that cannot be had are told before anything is kept or paid for.
  await planStudy(study, config);
  await migrate(database.db, database.schema);
  await requireFrozenDesign(database, study, createCatalogue(config.models));
  const begun = await findStudy(database);
  if (begun !== null) holdTo(begun, database, study);
  // What was registered here by hand may be another form.
  for (const { instrument } of study.questionnaires)
    await requireOneForm(database.db, database.t, instrument);
  const { maxWorkers, maxCost, maxTokens, maxCalls, stopAfter = DEFAULT_STOP_AFTER } = study.limits;
  const ofRun: RunOptions = {
    ...defined({ maxWorkers }),
    // A provider that was closed while personas were written is not asked for answers either.
    closures: createClosures(asking.stopAfter ?? stopAfter),
    ...asking,
  };
  const repoSha = await repositorySha(process.cwd());
  const begin = async () => {
    // Only now: a file that is refused must be free to be corrected.
    const design = designHash(study, createCatalogue(config.models));
    holdTo(await keepStudy(database, study, design), database, study);
    await setLimits(database, defined({ usd: maxCost, tokens: maxTokens, calls: maxCalls }));
  };
  const generation =
    study.personas === null
      ? await writePersonas(database, config, study, repoSha, ofRun, begin, onStep)
      : null;
  if (study.personas !== null) {
    await begin();
    const { rows, source } = study.personas;
    const { models, questionnaires } = study;
    const repetitions = Math.max(...questionnaires.map((one) => one.repetitions));
    const added = await storeOwnPersonas(database, {
      ...{ personas: rows, models, repetitions },
      source: withoutFolders(source),
    });
    onStep(
      added > 0
        ? `Stored ${formatCount(added)} personas from ${source}.`
        : `Found the personas of ${source}.`,
    );
  }
  if (generation !== null && generation.endedBy !== 'nothing left')
    return { generation, administration: null, last: generation };

  onStep('Registering the questionnaires.');
  const groups = await registerStudy(database, config, study, repoSha);
  onStep('Administering the questionnaires.');
  const administration = await runPendingExperiments(database, config, {
    ...ofRun,
    ...(generation === null ? {} : leftAfter(generation, ofRun)),
    groups,
  });
  return { generation, administration, last: administration };
}

async function writePersonas(
  database: Database,
  config: Config,
  study: StudySpec,
  repoSha: string,
  ofRun: RunOptions,
  begin: () => Promise<void>,
  onStep: (line: string) => void,
): Promise<RunSummary> {
  const { reference, added } = await seedReference(
    database,
    study.seed,
    await broughtSheets(study),
  );
  onStep(
    `${added ? 'Seeded' : 'Found'} the reference population ${reference.name}: ${reference.sheets} sheets.`,
  );
  const request: GenerationRequest = {
    models: study.models,
    conditions: study.conditions,
    startRepetitions: study.draws.from,
    repetitions: study.draws.count,
    experimental: study.experimental,
    seed: study.seed,
    repoSha,
    ...(study.maxPersonas === null ? {} : { maxPersonas: study.maxPersonas }),
  };
  await planGeneration(database, config, request);
  await begin();
  onStep('Writing personas.');
  const { summary } = await generatePersonas(database, config, request, ofRun);
  return summary;
}

/** A schema is one study's; what it is made of does not change under its feet. */
function holdTo(kept: StoredStudy, database: Database, study: StudySpec): void {
  if (kept.sha256 === study.sha256) return;
  throw new UserError(
    `Schema "${database.schema}" contains the study "${kept.name}", whose study file differed from ${study.file} as it is now: ${sayChanges(kept.content, study.content)}`,
    {
      code: 'study-file-changed',
      hint: 'Undo the change to continue the study, or give the changed study another schema ("schema:" in the file, or --schema).',
    },
  );
}

async function registerStudy(
  database: Database,
  config: Config,
  study: StudySpec,
  repoSha: string,
): Promise<number[]> {
  const catalogue = createCatalogue(config.models);
  const groups = new Set<number>();
  const administered = administeredIn(study, catalogue);
  for (const { instrument, repetitions, cell, model, ...asked } of administered) {
    const own: Catalogue = { ...catalogue, find: () => model };
    for (const { populations, systemRole } of populationsOf(study, model.name, asked)) {
      const { groups: registered } = await registerQuestionnaireExperiments(database, own, {
        instrument,
        administration: cell.settings,
        factors: cell.factors,
        models: [model.name],
        populations,
        administrations: repetitions,
        // Draws of written personas are counted by the same number.
        ...(study.personas === null ? {} : { maxRepetitions: repetitions }),
        onlyMissing: true,
        seed: study.seed,
        repoSha,
        now: new Date(),
        ...defined({ systemRole }),
      });
      for (const { groupId } of registered) if (groupId !== null) groups.add(groupId);
    }
  }
  return [...groups];
}

async function broughtSheets({
  reference,
  sheetInstrument: instrument,
}: StudySpec): Promise<BroughtSheets | null> {
  if (reference === null) return null;
  const { name, file, ethicsNote } = reference;
  const sheets = await readSheetFile(file, instrument);
  return { name, source: withoutFolders(file), ethicsNote, instrument, sheets };
}
