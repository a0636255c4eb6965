/**
 * A study in miniature: personas, their registration and a configuration that leads to a server of
 * the test's own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as think } from 'node:timers/promises';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { importPersonas } from '../../src/dataset/import/personas.ts';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import type { RegistrationRequest } from '../../src/experiments/registration/new-group.ts';
import {
  type RegistrationResult,
  registerQuestionnaireExperiments,
} from '../../src/experiments/registration/register.ts';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { MisbehavingServer, type Seen, says } from './misbehaving-server.ts';

export const EPQRA: Instrument = findInstrument('epqra');

/** A temporary folder, removed when disposed. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface PersonaLine {
  readonly id?: number;
  /** Null for a persona that goes by its own id. */
  readonly ref?: number | null;
  readonly population: string;
  readonly model?: string;
  readonly description?: string;
  readonly repetitions?: number;
}

/** A CSV of personas; the column `id` is there when any line has one. */
export function personaCsv(lines: readonly PersonaLine[]): string {
  const withId = lines.some((line) => line.id !== undefined);
  const header = [
    ...(withId ? ['id'] : []),
    'ref_personality_id',
    'population',
    'model',
    'description',
    'repetitions',
  ];
  const rows = lines.map((line, index) => [
    ...(withId ? [line.id ?? ''] : []),
    line.ref === undefined ? index + 1 : (line.ref ?? ''),
    line.population,
    line.model ?? 'sim-gpt4o',
    `"${line.description ?? descriptionOf(line.population, line.ref ?? index + 1)}"`,
    line.repetitions ?? 1,
  ]);
  return `${[header, ...rows].map((row) => row.join(',')).join('\n')}\n`;
}

function descriptionOf(population: string, personality: number): string {
  return `I am person ${personality} of ${population}.`;
}

/** `count` personas of one population, numbered from 1. */
export function people(
  population: string,
  count: number,
  more: Partial<PersonaLine> = {},
): PersonaLine[] {
  return Array.from({ length: count }, (_, index) => ({ population, ref: index + 1, ...more }));
}

export async function importLines(
  database: Database,
  lines: readonly PersonaLine[],
): Promise<void> {
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'personas.csv');
  writeFileSync(file, personaCsv(lines));
  await importPersonas(database, file);
}

export function requestFor(
  populations: readonly string[],
  more: Partial<RegistrationRequest> = {},
): RegistrationRequest {
  return {
    instrument: EPQRA,
    models: ['sim-gpt4o'],
    populations,
    repoSha: 'unknown',
    now: new Date(0),
    ...more,
  };
}

export function register(
  database: Database,
  populations: readonly string[],
  more: Partial<RegistrationRequest> = {},
): Promise<RegistrationResult> {
  return registerQuestionnaireExperiments(
    database,
    createCatalogue(),
    requestFor(populations, more),
  );
}

/** A study of one population `p` of so many people, all of whom are registered. */
export async function registerPeople(
  place: Pick<Config, 'database' | 'schema'>,
  count: number,
): Promise<void> {
  await using database = await openMigrated(place);
  await importLines(database, people('p', count));
  await register(database, ['p']);
}

/**
 * The configuration of a run against a server that stands for the simulated model. Nothing is
 * waited for between attempts.
 */
export function configFor(
  baseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Config {
  return loadConfig(
    {},
    {
      PERSONAS_PROVIDERS__SIMULATED__BASE_URL: baseUrl,
      PERSONAS_PROVIDERS__SIMULATED__RETRY__BASE_DELAY_S: '0',
      ...environment,
    },
    tmpdir(),
  );
}

/** A complete EPQR-A reply: item `number` is answered True where `yes` says so. */
export function sheet(
  yes: (number: number) => boolean = (number) => number % 2 === 0,
  explanation: unknown = 'Because.',
): string {
  const answers = EPQRA.items.map((item) => [
    String(item.number),
    yes(item.number) ? 'True' : 'False',
  ]);
  return JSON.stringify({ ...Object.fromEntries(answers), explanation });
}

/** The texts that a request carried. */
export function messagesOf(seen: Seen): { system: string; user: string } {
  const messages = seen.json.messages as { role: string; content: string }[];
  const of = (role: string) => messages.find((message) => message.role === role)?.content ?? '';
  return { system: of('system'), user: of('user') };
}

/**
 * A model that answers every questionnaire, and thinks for a moment, so that calls are under way
 * when a process is killed.
 */
export function startThinker(onRequest: () => void = () => {}): Promise<MisbehavingServer> {
  return MisbehavingServer.start(async () => {
    onRequest();
    await think(20);
    return says(sheet());
  });
}
