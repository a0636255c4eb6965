/** SQL of stored scores: those of administrations that another program, or an older one, answered. */
import { type Kysely, sql } from 'kysely';
import type { Relations } from '../relations.ts';

/**
 * Scores every succeeded administration that has no stored score. Scales of scales come after the
 * scales that they are made of.
 */
export async function storeMissingScores<T>(db: Kysely<T>, t: Relations): Promise<void> {
  await sql`insert into ${t.scores} (experiment_id, scale, score, items_answered, rule_sha256)
    select s.experiment_id, s.scale, s.score, s.items_answered, s.rule_sha256
    from ${t.scale_scores} s join ${t.experiments_list} e using (experiment_id)
    where e.succeeded is true
      and not exists (select from ${t.scores} known where known.experiment_id = s.experiment_id)`.execute(
    db,
  );
  let added = 1;
  while (added > 0) added = await storeScalesOfScales(db, t);
}

/** @returns how many were added; none when every scale whose parts have scores has one */
async function storeScalesOfScales<T>(db: Kysely<T>, t: Relations): Promise<number> {
  const { rows } =
    await sql`insert into ${t.scores} (experiment_id, scale, score, items_answered, rule_sha256)
    with parts as (
      select sha256, scale, count(*)::int as size, sum(abs(weight)) as weight from ${t.scale_parts} group by 1, 2),
    members as (
      select own.experiment_id, p.sha256, p.scale, own.items_answered, own.score, abs(p.weight) as weight,
        abs(p.weight) * case when p.weight < 0 then p.low + p.high - own.score else own.score end as counts
      from ${t.scores} own
      join ${t.experiments_list} e using (experiment_id)
      join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
      join ${t.scale_parts} p on p.sha256 = gd.instrument_sha256 and p.part = own.scale),
    summed as (
      select experiment_id, sha256, scale, count(*)::int as present, count(score)::int as scored,
        sum(weight) filter (where score is not null) as weight, sum(counts) as total, max(counts) as highest,
        count(*) filter (where counts > 0)::int as positive, sum(items_answered)::int as items_answered
      from members group by 1, 2, 3)
    select s.experiment_id, s.scale,
      case when s.scored = 0 or parts.size - s.scored > r.most_missing then null
        when r.score = 'sum' then s.total * case when r.prorate and s.scored < parts.size then parts.weight / s.weight else 1 end
        when r.score = 'mean' then s.total / s.weight
        when r.score = 'max' then s.highest
        else s.positive end,
      s.items_answered, r.rule_sha256
    from summed s join parts using (sha256, scale) join ${t.scales} r using (sha256, scale)
    where s.present = parts.size
      and not exists (select from ${t.scores} known where known.experiment_id = s.experiment_id and known.scale = s.scale)
    returning experiment_id`.execute(db);
  return rows.length;
}
