/** The study in miniature behind `personas demo`. It touches only the schema it is given. */
import { fileURLToPath } from 'node:url';
import { type Config, providerSection } from './config.ts';
import type { Database } from './database/connect.ts';
import { migrate, schemaState } from './database/migrate.ts';
import { dropSchema } from './database/schemas.ts';
import { importPersonas } from './dataset/import.ts';
import { overviewOfGroups } from './experiments/overview-store.ts';
import { registerQuestionnaireExperiments } from './experiments/register.ts';
import { repositorySha } from './experiments/repository.ts';
import { findInstrument } from './instruments/load.ts';
import { countPersonas } from './personas/store.ts';
import { createCatalogue } from './providers/models.ts';
import { startSimulator } from './providers/simulated/server.ts';

const PERSONAS = fileURLToPath(new URL('../data/demo/personas.csv', import.meta.url));
const MODEL = 'sim-gpt4o';
const POPULATION = 'demo_people';
const QUESTIONNAIRES = ['epqra', 'bigfive'];

/** Drops the demo's schema where there is one. */
export async function clear(database: Database): Promise<void> {
  if ((await schemaState(database.db, database.schema)) !== 'absent') await dropSchema(database);
}

/** Makes what is missing of schema, personas and experiments; what is there stays. */
export async function setUp(database: Database, config: Config): Promise<{ personas: number; registered: boolean }> {
  await migrate(database.db, database.schema);
  const there = (await countPersonas(database)).reduce((sum, one) => sum + one.personas, 0);
  const personas = there > 0 ? there : (await importPersonas(database, PERSONAS)).personas;
  const groups = await overviewOfGroups(database);
  let registered = false;
  for (const slug of QUESTIONNAIRES) {
    if (groups.some((group) => group.questionnaire === slug && group.model === MODEL && group.experiments > 0)) continue;
    await registerQuestionnaireExperiments(database, createCatalogue(config.models), {
      instrument: findInstrument(slug),
      models: [MODEL],
      populations: [POPULATION],
      repoSha: await repositorySha(process.cwd()),
      now: new Date(),
    });
    registered = true;
  }
  return { personas, registered };
}

/** Starts the simulated model as a server, and a configuration whose provider `simulated` calls it there. */
export async function startRespondent(config: Config): Promise<AsyncDisposable & { readonly url: string; readonly config: Config }> {
  const simulator = await startSimulator();
  const simulated = { ...providerSection(config, 'simulated'), base_url: simulator.openaiBaseUrl };
  return {
    url: simulator.url,
    config: { ...config, providers: { ...config.providers, simulated } },
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
}
