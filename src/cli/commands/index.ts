/**
 * Every verb, in the order of the help. Each is loaded by itself: most of the time that a quick
 * command takes would else be spent on the others.
 */
import type { Command } from 'commander';

interface CommandModule {
  add(program: Command): void;
}

export const COMMANDS = {
  demo: () => import('./demo.ts'),
  new: () => import('./new.ts'),
  preregister: () => import('./preregister.ts'),
  freeze: () => import('./freeze.ts'),
  plan: () => import('./plan.ts'),
  pipeline: () => import('./pipeline.ts'),
  'init-db': () => import('./init-db.ts'),
  'seed-ref-pop': () => import('./seed-ref-pop.ts'),
  'generate-personas': () => import('./generate-personas.ts'),
  'generate-borderline': () => import('./generate-borderline.ts'),
  import: () => import('./import.ts'),
  export: () => import('./export.ts'),
  bundle: () => import('./bundle.ts'),
  diff: () => import('./diff.ts'),
  'create-experiment-group': () => import('./create-experiment-group.ts'),
  'register-experiments': () => import('./register-experiments.ts'),
  'run-experiments': () => import('./run-experiments.ts'),
  'run-evals': () => import('./run-evals.ts'),
  recover: () => import('./recover.ts'),
  analyze: () => import('./analyze.ts'),
  reproduce: () => import('./reproduce.ts'),
  worker: () => import('./worker.ts'),
  status: () => import('./status.ts'),
  budget: () => import('./budget.ts'),
  list: () => import('./list.ts'),
  show: () => import('./show.ts'),
  verify: () => import('./verify.ts'),
  replay: () => import('./replay.ts'),
  view: () => import('./view.ts'),
  sql: () => import('./sql.ts'),
  groups: () => import('./groups.ts'),
  demographics: () => import('./demographics.ts'),
  instruments: () => import('./instruments.ts'),
  models: () => import('./models.ts'),
  schemas: () => import('./schemas.ts'),
  simulate: () => import('./simulate.ts'),
  config: () => import('./config.ts'),
  doctor: () => import('./doctor.ts'),
  completion: () => import('./completion.ts'),
  complete: () => import('./complete.ts'),
} as const satisfies Readonly<Record<string, () => Promise<CommandModule>>>;

export type CommandName = keyof typeof COMMANDS;
