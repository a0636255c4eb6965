/** The common part of `pipeline` and `demo`: runs a study file and prints the results. */

import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import { defined } from '../../defined.ts';
import { type ExitCode, UserError } from '../../errors.ts';
import type { ReasoningOfGroup } from '../../experiments/status/spending-store.ts';
import type { Analysis } from '../../report/analysis.ts';
import type { RunOptions, SpendingLimits } from '../../runner/options.ts';
import type { RunSummary } from '../../runner/tally.ts';
import type { StudySpec } from '../../studies/study-spec.ts';
import { makeResults, printMainTable, resultsFolder, warnOfItems } from '../ui/results.ts';
import { count, dollars, printTable, shortened } from '../ui/terminal.ts';
import { printReasoning, printTotal, reasoningJson, totalJson } from './estimates.ts';
import { type Context, readDatabase } from './options.ts';
import { askAndReport, spendingOf } from './run.ts';

/** Of failures, the most frequent first. */
const MOST_REASONS = 20;

export async function printPlan(context: Context, study: StudySpec): Promise<void> {
  const { terminal, config } = context;
  const { planStudy, warningsOf } = await import('../../studies/pipeline.ts');
  const { withReasoning } = await import('../../studies/reasoning.ts');
  const { steps, reasoning } = withReasoning(
    await planStudy(study, config),
    config,
    await reasoningSoFar(context),
  );
  const warnings = warningsOf(study, config);
  terminal.printJson({
    dry_run: true,
    study: study.name,
    sha256: study.sha256,
    steps: steps.map((one) => ({
      step: one.step,
      model: one.model,
      calls: one.calls,
      input_tokens: one.inputTokens,
      output_tokens: one.outputTokens,
      cost_usd: one.costUsd,
    })),
    total: totalJson(steps),
    reasoning: reasoningJson(reasoning),
    warnings,
  });
  terminal.print(`Study "${study.name}" as a whole:`);
  printTable(
    terminal,
    ['step', 'model', 'calls', 'input tokens ≈', 'output tokens ≈', 'cost ≈'],
    steps.map((one) => [
      one.step,
      one.model,
      count(one.calls),
      count(one.inputTokens),
      count(one.outputTokens),
      dollars(one.costUsd),
    ]),
  );
  printTotal(terminal, steps);
  printReasoning(terminal, reasoning);
  for (const warning of warnings) terminal.warn(warning);
}

/** Of calls that are stored; a study of which nothing is, or that cannot be read, teaches nothing. */
async function reasoningSoFar(context: Context): Promise<readonly ReasoningOfGroup[]> {
  const { reasoningOfGroups } = await import('../../experiments/status/spending-store.ts');
  try {
    return await readDatabase(context, 'snapshot', reasoningOfGroups);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Of one run, whatever the study as a whole may do. */
export type RunLimits = Pick<RunOptions, 'maxWorkers' | keyof SpendingLimits>;

/** Carries a study out and prints its scores and what was stored. */
export async function carryOut(
  context: Context,
  database: Database,
  study: StudySpec,
  config: Config,
  limits: RunLimits,
): Promise<ExitCode> {
  const { terminal } = context;
  const { runStudy, warningsOf } = await import('../../studies/pipeline.ts');
  for (const warning of warningsOf(study, config)) terminal.warn(warning);
  const quiet: Context = {
    config,
    terminal: { ...terminal, print: () => {}, printJson: () => {} },
  };
  const steps: { noun: string; summary: RunSummary }[] = [];
  const code = await askAndReport(quiet, 'task', async (watching, onStep) => {
    const { generation, administration, last } = await runStudy(database, config, study, {
      ...watching,
      ...spendingOf(limits),
      ...defined({ maxWorkers: limits.maxWorkers }),
      onStep,
    });
    if (generation !== null) steps.push({ noun: 'personas', summary: generation });
    if (administration !== null) steps.push({ noun: 'experiments', summary: administration });
    return last;
  });
  // Whoever interrupts wants to be out of here; what there is can be analyzed when they like.
  if (code !== 130) await printResults(context, database, study);
  for (const { noun, summary } of steps) reportFailures(terminal, noun, summary);
  return code === 0 && steps.some(({ summary }) => summary.failed > 0) ? 1 : code;
}

function reportFailures(
  terminal: Context['terminal'],
  noun: string,
  { failed, failures }: RunSummary,
): void {
  if (failed === 0) return;
  const refused = failures.length > 0 && failures.every(({ outcome }) => outcome === 'refused');
  terminal.say(
    `${count(failed)} ${noun} ${refused ? 'were refused by the model' : 'failed'}. ${whatNext(failed, failures)}:`,
  );
  for (const one of failures.slice(0, MOST_REASONS))
    terminal.say(
      `  ${count(one.count)} ${one.outcome} (${one.kind}), such as: ${shortened(one.reason)}`,
    );
}

/** Refusals stay as they are. */
function whatNext(failed: number, failures: RunSummary['failures']): string {
  const refused = failures
    .filter(({ outcome }) => outcome === 'refused')
    .reduce((sum, one) => sum + one.count, 0);
  if (refused === 0) return 'Run the same command again to retry them';
  return refused === failed
    ? 'The same command does not ask them again'
    : `Run the same command again to retry all but the ${count(refused)} that were refused`;
}

async function printResults(
  { terminal, config }: Context,
  database: Database,
  study: StudySpec,
): Promise<void> {
  const { rowCounts } = await import('../../studies/pipeline-store.ts');
  const { completeTable } = await import('../../report/tables/tables.ts');
  const { designHash } = await import('../../studies/design.ts');
  const { createCatalogue } = await import('../../models/catalogue.ts');
  const folder = study.output ?? resultsFolder(undefined, database.schema);
  const analysis = await makeResults(terminal, database, config, folder, {
    designToday: designHash(study, createCatalogue(config.models)),
  });
  terminal.printJson({
    study: study.name,
    schema: database.schema,
    database: database.label,
    data_origin: analysis.study.dataOrigin,
    results: folder,
    tables: analysis.published.filter((one) => one.rows.length > 0).map(completeTable),
    rows: await rowCounts(database),
    negative_items: analysis.quality.negativeItems,
  });
  terminal.print();
  const { sayFindings } = await import('../../report/findings.ts');
  await printMainTable(terminal, analysis, sayFindings(analysis));
  await printPublished(terminal, analysis);
  warnOfItems(terminal, analysis.quality);
  terminal.print(
    `\nThe study is stored in schema "${database.schema}" of the database (${database.label}).`,
  );
  terminal.print(
    `All tables, the figures and the report are in ${folder}: open report.html there.`,
  );
}

/** What the study found for the models that the simulated ones stand for. */
async function printPublished(terminal: Context['terminal'], analysis: Analysis): Promise<void> {
  const { figuresBeside } = await import('../../report/published-figures.ts');
  const beside = figuresBeside(analysis);
  if (beside === null) return;
  terminal.print(
    '\nThe study found (arXiv 2602.03334, Table 4).\nThe simulator was fitted to its Base rows: agreement there is BY CONSTRUCTION.',
  );
  printTable(terminal, ['model', 'condition', ...beside.scales], beside.rows);
}
