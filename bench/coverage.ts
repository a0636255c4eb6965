/**
 * How often the intervals of the corrected tables cover what is true, and how often their tests
 * err: simulated studies whose truth is known, through the program's own tables. `npm run
 * bench:coverage`; `-- --small` for fewer studies, `--only TEXT` for scenarios that have it in their
 * name, `--results FILE` to keep what is done and to go on from there. Ends with 1 when a cell
 * misses what is asked of it.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Cell, judge, type Verdict } from './coverage/cells.ts';
import { chanceOf } from './coverage/chance.ts';
import { SCENARIOS, type Scenario } from './coverage/scenarios.ts';

interface Line extends Verdict {
  readonly scenario: string;
  readonly n: number;
  readonly studies: number;
  readonly cell: string;
}

const { values } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    studies: { type: 'string' },
    only: { type: 'string', default: '' },
    results: { type: 'string' },
    seed: { type: 'string', default: '20260101' },
  },
});
const studies = Number(values.studies ?? (values.small ? 100 : 2000));
const seed = Number(values.seed);

const known = readResults();
const lines: Line[] = [];
for (const [place, scenario] of SCENARIOS.entries()) {
  if (!scenario.name.includes(values.only)) continue;
  for (const n of scenario.sizes) {
    const done = known.filter(
      (one) => one.scenario === scenario.name && one.n === n && one.studies >= studies,
    );
    const own = done.length > 0 ? done : run(scenario, n, seed + 1_000_000 * place + 1000 * n);
    for (const line of own) print(line);
    lines.push(...own);
    if (done.length === 0 && values.results !== undefined)
      appendFileSync(values.results, own.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}
const missed = lines.filter(({ faults }) => faults.length > 0);
console.log(`\n${lines.length} cells, ${missed.length} of which miss what is asked of them`);
for (const line of missed) print(line);
process.exitCode = missed.length > 0 ? 1 : 0;

function readResults(): readonly Line[] {
  if (values.results === undefined || !existsSync(values.results)) return [];
  const text = readFileSync(values.results, 'utf8').trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Line);
}

function run(scenario: Scenario, n: number, first: number): Line[] {
  const cells = new Map<string, Cell>();
  // Streams of neighbouring seeds are unrelated; those of two cells must not be the same.
  for (let study = 0; study < studies; study++) {
    for (const observation of scenario.observe(n, chanceOf(first * 10_000 + study))) {
      const { cell } = observation;
      const tally = cells.get(cell) ?? new Cell(scenario.kindOf(cell, n));
      cells.set(cell, tally);
      tally.add(observation);
    }
  }
  return [...cells].map(([cell, tally]) => {
    return { scenario: scenario.name, n, studies, cell, ...judge(tally, n) };
  });
}

function print({ scenario, n, cell, rate, missing, widthRatio, faults }: Line): void {
  const percent = (share: number | null) => (share === null ? 'n/a' : (100 * share).toFixed(1));
  console.log(
    [
      faults.length > 0 ? 'MISSED' : 'kept  ',
      scenario.padEnd(46),
      `n = ${n}`.padEnd(8),
      cell.padEnd(28),
      percent(rate).padStart(6),
      `n/a ${percent(missing)} %`.padStart(12),
      (widthRatio === null ? '' : `width ${widthRatio.toFixed(2)}`).padStart(11),
      faults.join(', '),
    ].join('  '),
  );
}
