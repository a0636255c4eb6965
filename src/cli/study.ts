/** What `pipeline` and `demo` have in common: carrying a study file out and printing what it came to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunSummary } from '../asking/run.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/connect.ts';
import { type ExitCode, UserError } from '../errors.ts';
import type { ScoredScale } from '../study/results.ts';
import type { Study } from '../study/study-file.ts';
import type { Context } from './options.ts';
import { askAndReport } from './running.ts';
import { count, dollars, table } from './terminal.ts';

/** Of failures, the most frequent first. */
const MOST_REASONS = 20;

export async function printPlan({ terminal, config }: Context, study: Study): Promise<void> {
  const { planStudy } = await import('../study/pipeline.ts');
  const steps = await planStudy(study, config);
  terminal.printJson({
    dry_run: true,
    study: study.name,
    sha256: study.sha256,
    steps: steps.map((one) => ({
      step: one.step,
      model: one.model,
      calls: one.tasks,
      input_tokens: one.inputTokens,
      output_tokens: one.outputTokens,
      cost_usd: one.costUsd,
    })),
  });
  terminal.print(`Study "${study.name}" as a whole:`);
  const total = steps.reduce<number | null>((sum, one) => (sum === null || one.costUsd === null ? null : sum + one.costUsd), 0);
  terminal.print(
    table(
      ['step', 'model', 'calls', 'input tokens ≈', 'output tokens ≈', 'cost ≈'],
      steps.map((one) => [one.step, one.model, count(one.tasks), count(one.inputTokens), count(one.outputTokens), dollars(one.costUsd)]),
    ),
  );
  terminal.print(`${count(steps.reduce((sum, one) => sum + one.tasks, 0))} calls, about ${dollars(total)}.`);
}

/** Carries a study out and prints its scores and what was stored. */
export async function carryOut(context: Context, database: Database, study: Study, config: Config, maxWorkers?: number): Promise<ExitCode> {
  const { terminal } = context;
  const { runStudy } = await import('../study/pipeline.ts');
  const quiet: Context = { config, terminal: { ...terminal, print: () => {}, printJson: () => {} } };
  const steps: { noun: string; summary: RunSummary }[] = [];
  const code = await askAndReport(quiet, 'task', async (watching) => {
    const { generation, administration } = await runStudy(database, config, study, {
      ...watching,
      ...(maxWorkers === undefined ? {} : { maxWorkers }),
      onStep: (line) => terminal.say(line),
    });
    steps.push({ noun: 'personas', summary: generation });
    if (administration !== null) steps.push({ noun: 'experiments', summary: administration });
    return administration ?? generation;
  });
  await printResults(context, database, study);
  for (const { noun, summary } of steps) reportFailures(terminal, noun, summary);
  return code === 0 && steps.some(({ summary }) => summary.failed > 0) ? 1 : code;
}

function reportFailures(terminal: Context['terminal'], noun: string, { failed, failures }: RunSummary): void {
  if (failed === 0) return;
  terminal.say(`${count(failed)} ${noun} failed; run the same command again to go on with them:`);
  for (const one of failures.slice(0, MOST_REASONS)) terminal.say(`  ${count(one.count)} ${one.outcome}: ${one.reason.slice(0, 160)}`);
}

async function printResults({ terminal }: Context, database: Database, study: Study): Promise<void> {
  const store = await import('../experiments/overview-store.ts');
  const { besidePublished } = await import('../study/results.ts');
  const scales = besidePublished(await store.overviewOfScales(database));
  const rows = await store.rowCounts(database);
  const simulated = scales.some((row) => row.simulated);
  terminal.printJson({
    study: study.name,
    schema: database.schema,
    database: database.label,
    data_origin: simulated ? (scales.every((row) => row.simulated) ? 'simulated' : 'mixed') : 'model',
    scales,
    rows,
  });
  if (scales.length > 0) {
    terminal.print(`\nScores by scale${simulated ? '. The SIMULATED model is no evidence about any real one' : ''}.`);
    if (scales.some((row) => row.published !== null))
      terminal.print('Published figures (arXiv 2602.03334) beside simulated ones agree BY CONSTRUCTION: the simulator was fitted to them.');
    terminal.print(scoreTable(scales));
  }
  terminal.print(`\nStored in schema "${database.schema}" of the database (${database.label}):`);
  terminal.print(
    table(
      ['table', 'rows'],
      Object.entries(rows).map(([name, number]) => [name, count(number)]),
    ),
  );
  if (study.output !== null) await writeScores(study.output, scales, terminal.say);
}

function scoreTable(scales: readonly ScoredScale[]): string {
  const published = scales.some((row) => row.published !== null);
  return table(
    ['questionnaire', 'model', 'condition', 'scale', 'n', 'mean', 'SD', ...(published ? ['published', 'published SD'] : [])],
    scales.map((one) => [
      one.questionnaire,
      one.model,
      one.population,
      one.scale,
      one.experiments,
      one.mean.toFixed(2),
      one.sd?.toFixed(2) ?? 'n/a',
      ...(published ? [one.published?.mean.toFixed(2) ?? null, one.published?.sd.toFixed(2) ?? null] : []),
    ]),
  );
}

const SCORE_COLUMNS = ['questionnaire', 'model', 'condition', 'scale', 'n', 'mean', 'sd', 'data_origin'];

async function writeScores(folder: string, scales: readonly ScoredScale[], say: (line: string) => void): Promise<void> {
  const { csvLine } = await import('../dataset/csv.ts');
  const file = path.join(folder, 'scores.csv');
  const rows = scales.map((one) => [
    one.questionnaire,
    one.model,
    one.population,
    one.scale,
    one.experiments,
    one.mean,
    one.sd,
    one.simulated ? 'simulated' : 'model',
  ]);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, [SCORE_COLUMNS, ...rows].map(csvLine).join(''));
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`, {
      hint: 'Everything is in the database; correct "output" in the study file and run the command again.',
      exitCode: 1,
    });
  }
  say(`Scores are in ${file}.`);
}
