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

/** @returns lower-case hex SHA-256 */
export function hashOfRequest(request: GroupRequest): string {
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
