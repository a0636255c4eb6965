/** Every verb, in the order of the help. */
import type { Command } from 'commander';
import * as analyze from './analyze.ts';
import * as budget from './budget.ts';
import * as bundle from './bundle.ts';
import * as complete from './complete.ts';
import * as completion from './completion.ts';
import * as config from './config.ts';
import * as createExperimentGroup from './create-experiment-group.ts';
import * as demo from './demo.ts';
import * as demographics from './demographics.ts';
import * as diff from './diff.ts';
import * as doctor from './doctor.ts';
import * as exporting from './export.ts';
import * as freeze from './freeze.ts';
import * as generateBorderline from './generate-borderline.ts';
import * as generatePersonas from './generate-personas.ts';
import * as groups from './groups.ts';
import * as importing from './import.ts';
import * as initDb from './init-db.ts';
import * as instruments from './instruments.ts';
import * as list from './list.ts';
import * as models from './models.ts';
import * as newStudy from './new.ts';
import * as pipeline from './pipeline.ts';
import * as plan from './plan.ts';
import * as preregister from './preregister.ts';
import * as recover from './recover.ts';
import * as registerExperiments from './register-experiments.ts';
import * as replay from './replay.ts';
import * as reproduce from './reproduce.ts';
import * as runEvals from './run-evals.ts';
import * as runExperiments from './run-experiments.ts';
import * as schemas from './schemas.ts';
import * as seedRefPop from './seed-ref-pop.ts';
import * as show from './show.ts';
import * as simulate from './simulate.ts';
import * as sql from './sql.ts';
import * as status from './status.ts';
import * as verify from './verify.ts';
import * as view from './view.ts';
import * as worker from './worker.ts';

export const commands: readonly ((program: Command) => void)[] = [
  demo.add,
  newStudy.add,
  preregister.add,
  freeze.add,
  plan.add,
  pipeline.add,
  initDb.add,
  seedRefPop.add,
  generatePersonas.add,
  generateBorderline.add,
  importing.add,
  exporting.add,
  bundle.add,
  diff.add,
  createExperimentGroup.add,
  registerExperiments.add,
  runExperiments.add,
  runEvals.add,
  recover.add,
  analyze.add,
  reproduce.add,
  worker.add,
  status.add,
  budget.add,
  list.add,
  show.add,
  verify.add,
  replay.add,
  view.add,
  sql.add,
  groups.add,
  demographics.add,
  instruments.add,
  models.add,
  schemas.add,
  simulate.add,
  config.add,
  doctor.add,
  completion.add,
  complete.add,
];
