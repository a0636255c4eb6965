/** The common part of `generate-personas` and `generate-borderline`. */
import type { Command } from 'commander';
import type { Database } from '../../db/connect.ts';
import { defined } from '../../defined.ts';
import { type ExitCode, UserError } from '../../errors.ts';
import type { GenerationRequest, PlannedPopulation } from '../../personas/generation/generate.ts';
import type { Condition } from '../../personas/sheets/conditions.ts';
import type { RunOptions, SpendingLimits } from '../../runner/options.ts';
import type { RetryReason } from '../../runner/task.ts';
import { keepAskingSmall } from '../memory.ts';
import { count, dollars, printTable } from '../ui/terminal.ts';
import { printTotal, totalJson } from './estimates.ts';
import {
  type CommonOptions,
  type Context,
  common,
  contextOf,
  LARGEST_ID,
  several,
  text,
  wholeNumber,
  withDatabase,
} from './options.ts';
import { addAskingOptions, askAndReport, spendingOf } from './run.ts';

export interface GenerateOptions extends CommonOptions {
  readonly model?: readonly string[];
  readonly maxPersonas?: number;
  readonly repetitions?: number;
  readonly startRepetitions?: number;
  readonly refPopulation?: string;
  readonly experimental?: boolean;
  readonly seed?: number;
  readonly maxWorkers?: number;
  readonly stopAfter?: number;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxCalls?: number;
  readonly retry?: readonly RetryReason[];
  readonly dryRun?: boolean;
  readonly db?: boolean;
  readonly runId?: string;
}

const MOST_DRAWS = 1000;

export function addGenerationOptions(command: Command, repetitions: number): Command {
  return addAskingOptions(common(command), 'personas')
    .option(
      '-m, --model <name>',
      'short name of the model, see "personas models" (repeatable)',
      several(text),
    )
    .option('--max-personas <n>', 'use only the first n sheets', wholeNumber(LARGEST_ID))
    .option(
      '--repetitions <n>',
      `personas written from each sheet (default: ${repetitions})`,
      wholeNumber(MOST_DRAWS),
    )
    .option(
      '--start-repetitions <n>',
      'number of the first of these personas (default: 1)',
      wholeNumber(MOST_DRAWS),
    )
    .option(
      '--ref-population <name>',
      "fail unless the schema's reference population has this name",
      text,
    )
    .option(
      '--experimental',
      'allow conditions and models that the published study marks as experimental',
    )
    .option(
      '--seed <n>',
      'seed for the order of writing and for the simulated model',
      wholeNumber(LARGEST_ID),
    )
    .option(
      '--dry-run',
      'report what would be written and what it would cost, without sending any request',
    )
    .option('--no-db', 'work in memory and write every table as CSV to artifacts/outputs/RUN_ID')
    .option(
      '--run-id <text>',
      'with --no-db: name of the folder (default: the current time)',
      text,
    );
}

/** Writes personas, shows progress, reports. */
export async function generate(
  options: GenerateOptions,
  conditions: readonly Condition[],
  repetitions: number,
): Promise<ExitCode> {
  const context = await contextOf(options);
  keepAskingSmall(context.config.database.kind, options.maxWorkers);
  if (options.db === false) return generateInMemory(context, options, conditions, repetitions);
  if (options.runId !== undefined)
    context.terminal.say('--run-id has no effect with a database: every row has its own id.');
  return withDatabase(context, (database) =>
    generateInto(context, database, options, conditions, repetitions),
  );
}

async function generateInMemory(
  context: Context,
  options: GenerateOptions,
  conditions: readonly Condition[],
  repetitions: number,
): Promise<ExitCode> {
  const { openMigrated } = await import('../../db/connect.ts');
  const { seedReference } = await import('../../personas/sheets/reference.ts');
  const { exportDataset } = await import('../../dataset/export/export.ts');
  const { requireExportFolder } = await import('../../dataset/export/folder.ts');
  const { createCatalogue } = await import('../../models/catalogue.ts');
  const { PROGRAM } = await import('../../package-info.ts');
  const { default: path } = await import('node:path');
  const runId = options.runId ?? new Date().toISOString().replaceAll(/[:.]/g, '-');
  const folder = path.join('artifacts', 'outputs', folderName(runId));
  // Before anything is paid for.
  requireExportFolder(folder);
  await using database = await openMigrated({
    database: { kind: 'memory' },
    schema: context.config.schema,
  });
  await seedReference(database, options.seed ?? 1, null);
  const code = await generateInto(context, database, options, conditions, repetitions);
  if (options.dryRun === true) return code;
  const catalogue = createCatalogue(context.config.models);
  const { files } = await exportDataset(database, folder, {
    overwrite: true,
    catalogue,
    program: PROGRAM,
    now: new Date(),
  });
  context.terminal.say(`${files.length} tables are in ${folder}.`);
  return code;
}

/** Of a folder, in characters: every file system has room for it. */
const LONGEST_NAME = 100;

/** @throws UserError for what would lead out of the folder that it is to be in */
function folderName(runId: string): string {
  if (/^[^/\\\p{Cc}]+$/u.test(runId) && !/^\.+$/.test(runId) && runId.length <= LONGEST_NAME)
    return runId;
  throw new UserError(
    `Invalid --run-id ${JSON.stringify(runId)}: it must be usable as the name of a folder`,
    {
      code: 'run-id-invalid',
      hint: 'Use at most 100 characters and no slashes, such as "pilot-3". The folder is created in artifacts/outputs.',
    },
  );
}

async function generateInto(
  context: Context,
  database: Database,
  options: GenerateOptions,
  conditions: readonly Condition[],
  repetitions: number,
): Promise<ExitCode> {
  const { generatePersonas, planGeneration } = await import(
    '../../personas/generation/generate.ts'
  );
  const { repositorySha } = await import('../../git-sha.ts');
  const {
    maxPersonas,
    startRepetitions,
    refPopulation: reference,
    experimental,
    seed,
    maxWorkers,
    stopAfter,
    retry,
  } = options;
  const request: GenerationRequest = {
    models: options.model ?? [],
    conditions,
    repetitions: options.repetitions ?? repetitions,
    repoSha: await repositorySha(process.cwd()),
    ...defined({ maxPersonas, startRepetitions, reference, experimental, seed }),
  };
  if (options.dryRun === true) {
    printPlan(context, await planGeneration(database, context.config, request));
    return 0;
  }
  const limits: Pick<RunOptions, 'maxWorkers' | 'stopAfter' | keyof SpendingLimits> = {
    ...defined({ maxWorkers, stopAfter }),
    ...spendingOf(options),
  };
  return askAndReport(context, 'persona', async (watching) => {
    const asked = { ...limits, ...watching, ...defined({ retry }) };
    return (await generatePersonas(database, context.config, request, asked)).summary;
  });
}

function printPlan({ terminal }: Context, populations: readonly PlannedPopulation[]): void {
  terminal.printJson({
    dry_run: true,
    populations: populations.map((one) => ({
      model: one.model,
      condition: one.condition,
      population: one.population,
      personas: one.personas,
      there: one.there,
      to_write: one.tasks,
      input_tokens: one.inputTokens,
      output_tokens: one.outputTokens,
      cost_usd: one.costUsd,
    })),
    total: totalJson(populations),
  });
  printTable(
    terminal,
    [
      'model',
      'condition',
      'population',
      'personas',
      'there',
      'to write',
      'input tokens ≈',
      'output tokens ≈',
      'cost ≈',
    ],
    populations.map((one) => [
      one.model,
      one.condition,
      one.population,
      count(one.personas),
      count(one.there),
      count(one.tasks),
      count(one.inputTokens),
      count(one.outputTokens),
      dollars(one.costUsd),
    ]),
  );
  printTotal(terminal, populations);
}
