#!/usr/bin/env bash
# pg-boss 12.38.0: a job that was sent before the database's clock was set back is not fetched until the clock catches up.
#
# What was done: a job was sent without any delay. Its start_after, which pg-boss fills with the database's time of that
# moment, was moved three hours ahead, which is what setting the clock back by three hours comes to.
# What was seen: fetch returns no job; with ignoreStartAfter it returns the job.
# What it means: a queue stands still for as long as the clock was set back, without a message.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund pg-boss@12.38.0 @electric-sql/pglite@0.5.16 > /dev/null
cat > try.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { fromPglite, PgBoss } from 'pg-boss';

const database = await PGlite.create();
const boss = new PgBoss({ db: fromPglite(database), supervise: false, schedule: false });
await boss.start();
await boss.createQueue('answers');
await boss.send('answers', { task: 1 });
await database.query("update pgboss.job set start_after = now() + interval '3 hours' where name = 'answers'");
const plain = await boss.fetch('answers');
const ignoring = await boss.fetch('answers', { ignoreStartAfter: true });
console.log(`fetch: ${plain.length} job(s); fetch with ignoreStartAfter: ${ignoring.length} job(s)`);
process.exit(0);
JS
seen=$(node try.mjs)
echo "seen: $seen"
if [ "$seen" = 'fetch: 0 job(s); fetch with ignoreStartAfter: 1 job(s)' ]; then echo 'as found'; else echo 'this has changed'; exit 1; fi
