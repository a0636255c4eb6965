/** SQL of an instrument's structure: its items with their points, its scales with their rules. */
import { type Kysely, sql } from 'kysely';
import type { Instrument } from '../../instruments/instrument.ts';
import { hashOfRule, pointsOf, rangeOfScale } from '../../instruments/score.ts';
import type { Item } from '../../instruments/structure.ts';
import type { Relations } from '../relations.ts';

/** Adds the structure where it is not there. The instrument's own row must be. */
export async function storeStructure<T>(
  db: Kysely<T>,
  t: Relations,
  instrument: Instrument,
): Promise<void> {
  const { sha256, items, scales } = instrument;
  await sql`insert into ${t.instrument_items} (sha256, question_number, item_id, scale, key, reverse, low, high, points)
    select ${sha256}, u.number, u.id, u.scale, u.key, u.reverse, u.low, u.high, u.points::jsonb
    from unnest(
      ${items.map((item) => item.number)}::int[], ${items.map((item) => item.id)}::text[],
      ${items.map((item) => item.scale)}::text[], ${items.map((item) => item.key)}::int[],
      ${items.map((item) => item.reverse)}::bool[], ${items.map((item) => item.range?.low ?? null)}::float8[],
      ${items.map((item) => item.range?.high ?? null)}::float8[], ${items.map(pointsAsJson)}::text[])
      as u (number, id, scale, key, reverse, low, high, points)
    on conflict do nothing`.execute(db);
  await sql`insert into ${t.scales} (sha256, scale, place, name, score, most_missing, prorate, centred, rule_sha256)
    select ${sha256}, u.*
    from unnest(
      ${scales.map((scale) => scale.id)}::text[], ${scales.map((_, index) => index)}::int[],
      ${scales.map((scale) => scale.name)}::text[], ${scales.map((scale) => scale.score)}::text[],
      ${scales.map((scale) => scale.mostMissing)}::int[], ${scales.map((scale) => scale.prorate)}::bool[],
      ${scales.map((scale) => scale.isCentred)}::bool[], ${scales.map((scale) => hashOfRule(instrument, scale))}::text[])
      as u
    on conflict do nothing`.execute(db);
  const members = scales.flatMap(({ id, items: own }) => own.map((one) => ({ id, ...one })));
  await sql`insert into ${t.scale_items} (sha256, scale, question_number, weight)
    select ${sha256}, u.* from unnest(
      ${members.map(({ id }) => id)}::text[], ${members.map(({ item }) => item)}::int[],
      ${members.map(({ weight }) => weight)}::float8[]) as u
    on conflict do nothing`.execute(db);
  const parts = scales.flatMap(({ id, parts: own }) =>
    own.map((one) => ({
      id,
      ...one,
      ...rangeOfScale(instrument, scales.find((scale) => scale.id === one.scale)!),
    })),
  );
  await sql`insert into ${t.scale_parts} (sha256, scale, part, weight, low, high)
    select ${sha256}, u.* from unnest(
      ${parts.map(({ id }) => id)}::text[], ${parts.map(({ scale }) => scale)}::text[],
      ${parts.map(({ weight }) => weight)}::float8[], ${parts.map(({ low }) => low)}::float8[],
      ${parts.map(({ high }) => high)}::float8[]) as u
    on conflict do nothing`.execute(db);
}

/** Names the form of the instrument's groups that have none: an older program varied nothing. */
export async function nameForms<T>(
  db: Kysely<T>,
  t: Relations,
  { sha256, wordingSha256 }: Instrument,
): Promise<void> {
  await sql`update ${t.group_details} set form_sha256 = ${wordingSha256}
    where instrument_sha256 = ${sha256} and form_sha256 is null`.execute(db);
}

/**
 * Points by answer, as JSON, where an answer scores something else than itself. Of items that are
 * scored by a key only their missing codes, as the key says the rest.
 */
function pointsAsJson(item: Item): string | null {
  const { answers, key } = item;
  if (answers === null) return null;
  const scores = answers.options
    .map(({ value }): readonly [number, number | null] => [value, pointsOf(item, value)])
    .filter(([, score]) => key === null || score === null);
  return scores.every(([value, score]) => value === score)
    ? null
    : JSON.stringify(Object.fromEntries(scores));
}
