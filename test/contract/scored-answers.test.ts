import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { DATABASES, freshSchema, locationOf } from '../support/database.ts';

const EXPERIMENTS = 1000;

test.each(DATABASES)(
  'scored answers are read experiment by experiment, whatever the planner knows of the tables (%s)',
  async (kind) => {
    // One of its own: rows that an earlier test has left in the pages would count.
    await using database = await openMigrated({
      database: locationOf(kind),
      schema: freshSchema(),
    });
    const { db, t } = database;
    const steps = [
      sql`insert into ${t.questionnaire} (questionnaire, language_questionnaire, question_number, question, category, key)
        select 'epqra', 'english', n, 'Question ' || n, 'E', n % 2 from generate_series(1, 24) n`,
      sql`insert into ${t.experiments_groups} (description) values ('one')`,
      sql`insert into ${t.experiments_list} (experiments_group_id, questionnaire, language_questionnaire, model, population)
        select experiments_group_id, 'epqra', 'english', 'm', 'p' from ${t.experiments_groups}, generate_series(1, ${EXPERIMENTS}::int)`,
      sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
        select experiment_id, n, (experiment_id + n) % 2 from ${t.experiments_list}, generate_series(1, 24) n`,
    ];
    // Rows that an earlier test has left in the pages would count.
    await sql`vacuum ${t.eval_questionnaires}, ${t.item_states}`.execute(db);
    for (const step of steps) await step.execute(db);
    const pages = async (view: 'scored_answers' | 'scored_scale_items') => {
      const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>`
      explain (analyze, buffers, timing off, format json) select * from ${t[view]}`.execute(db);
      const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
      expect(plan['Actual Rows']).toBe(24 * EXPERIMENTS);
      return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
    };
    for (const known of [false, true]) {
      if (known) await sql`analyze`.execute(db);
      for (const view of ['scored_answers', 'scored_scale_items'] as const)
        expect((await pages(view)) / EXPERIMENTS).toBeLessThan(30);
    }
    await dropSchema(database);
  },
);
