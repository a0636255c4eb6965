#!/usr/bin/env bash
# PGlite 0.5.16: a data folder that has lost its file PG_VERSION is initialised again, without an error.
#
# What was done: a table with one row was written to a folder, the database was closed, PG_VERSION was removed (as a
# backup or a synchronisation tool may leave it out), and the folder was opened again.
# What was seen: opening succeeds, and the table is gone: "relation "study" does not exist". PostgreSQL itself refuses
# such a folder ("is not a valid data directory").
# What it means: an incomplete copy of an embedded database is silently replaced by an empty one.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16 > /dev/null
cat > try.mjs <<'JS'
import { rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const first = await PGlite.create('data');
await first.exec('create table study (id int); insert into study values (1)');
await first.close();
rmSync('data/PG_VERSION');
try {
  const second = await PGlite.create('data');
  try {
    await second.query('select * from study');
    console.log('opened, and the table is there');
  } catch (error) {
    console.log(`opened without an error; then: ${error.message}`);
  }
} catch (error) {
  console.log(`refused: ${error.message}`);
}
process.exit(0);
JS
seen=$(node try.mjs)
echo "seen: $seen"
expected='opened without an error; then: relation "study" does not exist'
if [ "$seen" = "$expected" ]; then echo 'as found'; else echo 'this has changed'; exit 1; fi
