/** What may be asked after a study's design was frozen, by hashes. Pure. */
import { createHash } from 'node:crypto';
import type { StoredParameters } from '../models/parameters.ts';

/** What all administrations of a group have in common, as it is stored with the group. */
export interface GroupRequest {
  /** Short name. */
  readonly model: string | null;
  /** SHA-256 of the instrument. */
  readonly instrument: string | null;
  /** Settings that are not the published ones. */
  readonly administration: Readonly<Record<string, unknown>> | null;
  readonly system: string | null;
  readonly prompt: string | null;
  readonly temperature: number | null;
  readonly top_p: number | null;
  readonly parameters: StoredParameters | null;
}

/** What the writing of all personas of a population has in common. */
export interface WritingRequest {
  /** Short name. */
  readonly writer: string;
  readonly condition: string;
  /** Of a condition of the study's own. */
  readonly definition: unknown;
  readonly system: string;
  readonly prompt: string;
  readonly temperature: number | null;
  readonly top_p: number | null;
  readonly parameters: StoredParameters | null;
}

/** What a design asks of a population. */
export interface PlannedRequest {
  /** See `hashOfRequest`. */
  readonly sha256: string;
  readonly population: string;
  /** How many administrations, or personas, at most. */
  readonly tasks: number;
}

/** Of one design: tasks of one request and population, which may be in several groups, are added. */
export function summed(requests: readonly PlannedRequest[]): PlannedRequest[] {
  const totals = new Map<string, PlannedRequest>();
  for (const one of requests) {
    const key = keyOfPlanned(one);
    totals.set(key, { ...one, tasks: one.tasks + (totals.get(key)?.tasks ?? 0) });
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

export function keyOfPlanned({
  sha256,
  population,
}: Pick<PlannedRequest, 'sha256' | 'population'>): string {
  return `${sha256} ${population}`;
}

/** @returns lower-case hex SHA-256 */
export function hashOfRequest(request: GroupRequest | WritingRequest): string {
  return hashOfValue(request);
}

/** Of its JSON with the keys of objects in order: the order in which they were made does not count. */
export function hashOfValue(value: unknown): string {
  return hashOfText(JSON.stringify(value, sortKeys));
}

export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
