/** Every verb, in the order of the help. */
import type { Command } from 'commander';
import * as config from './config.ts';
import * as createExperimentGroup from './create-experiment-group.ts';
import * as demo from './demo.ts';
import * as groups from './groups.ts';
import * as importing from './import.ts';
import * as initDb from './init-db.ts';
import * as models from './models.ts';
import * as registerExperiments from './register-experiments.ts';
import * as runEvals from './run-evals.ts';
import * as runExperiments from './run-experiments.ts';
import * as schemas from './schemas.ts';
import * as show from './show.ts';
import * as simulate from './simulate.ts';
import * as status from './status.ts';

export const commands: readonly ((program: Command) => void)[] = [
  demo.add,
  initDb.add,
  importing.add,
  createExperimentGroup.add,
  registerExperiments.add,
  runExperiments.add,
  runEvals.add,
  status.add,
  show.add,
  groups.add,
  models.add,
  schemas.add,
  simulate.add,
  config.add,
];
