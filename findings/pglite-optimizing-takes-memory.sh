#!/usr/bin/env bash
# PGlite 0.5.16 on Node.js 24.21.0: a process that opens a database and asks it little takes some 800 MB, most of it for
# optimizing the code of a few functions of the server, which goes on beside the first queries.
#
# What was done: a database was made in a folder. Another process opened it, asked 300 short queries and waited two
# seconds: once as it is, and once with V8's optimizing of WebAssembly turned off before the database was opened.
# What was seen: 820 MB at the peak and 1.3 s of processor time as it is; 258 MB and 0.6 s without optimizing.
# What it means: the memory that such a process needs says little about the data. For processes that live for seconds,
# v8.setFlagsFromString('--no-wasm-tier-up') and ('--no-wasm-dynamic-tiering'), both, save most of it; '--liftoff-only'
# works only on the command line of Node.js.
# Exits with 0 while this is so (at least twice as much, and 250 MB more), with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16 node@24.21.0 > /dev/null
cat > try.mjs <<'JS'
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
if (process.argv[2] === 'plain') {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}
const { PGlite } = await import('@electric-sql/pglite');
const database = await PGlite.create('data');
if (process.argv[2] === 'make') {
  await database.exec('create table study (id int, answer int)');
  await database.close();
  process.exit(0);
}
for (let id = 0; id < 300; id++) await database.query('insert into study values ($1, $2)', [id, id % 2]);
await pause(2000);
await database.close();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(Math.round(maxRSS / 1024), ((userCPUTime + systemCPUTime) / 1e6).toFixed(1));
process.exit(0);
JS
node=node_modules/node/bin/node
"$node" try.mjs make
read -r optimized seconds <<< "$("$node" try.mjs optimized)"
read -r plain others <<< "$("$node" try.mjs plain)"
echo "seen: $optimized MB and $seconds s of processor time; without optimizing $plain MB and $others s"
if [ "$optimized" -ge $((2 * plain)) ] && [ "$optimized" -ge $((plain + 250)) ]; then
  echo 'as found'
else
  echo 'this has changed'
  exit 1
fi
