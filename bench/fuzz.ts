/**
 * 200,000 replies through the parser: each disguise of valid answers with the four questionnaires, and each damage, in equal shares.
 * `node bench/fuzz.ts [seed] [replies]` prints, by disguise: replies, read exactly, rejected, WRONG. Ends with 1 when something is wrong or less
 * than 99 % of the readable replies are read.
 */
import { parseArgs } from 'node:util';
import type { Instrument } from '../src/instruments/instrument.ts';
import { loadBuiltInInstruments } from '../src/instruments/load.ts';
import { parseReply } from '../src/instruments/parse.ts';
import { DAMAGES, DISGUISES, type Dice, diceOf, disguise, drawAnswers, type Said, SPANISH, suits } from '../test/support/disguises.ts';

const KEPT_SHARE = 0.99;
const EXAMPLES = 3;

interface Row {
  readonly what: string;
  readonly readable: boolean;
  replies: number;
  read: number;
  rejected: number;
  wrong: number;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [seed, replies] = [Number(positionals[0] ?? 1), Number(positionals[1] ?? 200_000)];
const instruments = [...loadBuiltInInstruments(), SPANISH];
const rows: Row[] = [];
const examples: string[] = [];

function isEqual(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  return one.size === other.size && [...one].every(([item, value]) => other.get(item) === value);
}

type Verdict = 'read' | 'rejected' | 'wrong';

function judge(said: Said, text: string, mayRead: boolean, explanation: string | null | undefined): { verdict: Verdict; why: string } {
  try {
    const reply = parseReply(said.instrument, text);
    if (reply.kind === 'rejected') return { verdict: 'rejected', why: reply.reason };
    if (!mayRead || !isEqual(reply.answers, said.answers))
      return { verdict: 'wrong', why: `read ${JSON.stringify([...reply.answers.values()])}` };
    if (explanation !== undefined && reply.explanation !== explanation)
      return { verdict: 'wrong', why: `explanation ${reply.explanation}` };
    return { verdict: 'read', why: '' };
  } catch (error) {
    return { verdict: 'wrong', why: `crash: ${error}` };
  }
}

function tally(row: Row, verdict: Verdict, example: () => string): void {
  row.replies += 1;
  row[verdict] += 1;
  if (verdict === 'wrong' || (row.readable && verdict === 'rejected')) {
    if (row.wrong + (row.readable ? row.rejected : 0) <= EXAMPLES) examples.push(example());
  }
}

/** `one` for each reply of a row; those that it cannot make are drawn again. */
function fill(row: Row, count: number, one: (instrument: Instrument, dice: Dice) => void): void {
  rows.push(row);
  for (let index = 0; index < count; index += 1) {
    const dice = diceOf(seed * 2 ** 32 + rows.length * 2 ** 20 + index);
    one(instruments[index % instruments.length]!, dice);
  }
}

const emptyRow = (what: string, readable: boolean): Row => ({ what, readable, replies: 0, read: 0, rejected: 0, wrong: 0 });

const perDisguise = Math.ceil(replies / 2 / DISGUISES.length);
for (const chosen of DISGUISES) {
  const row = emptyRow(`${chosen.layer}: ${chosen.name}`, true);
  fill(row, perDisguise, (instrument, dice) => {
    const said = drawAnswers(suits(chosen, instrument) ? instrument : instruments.find((other) => suits(chosen, other))!, dice);
    const reply = disguise(said, chosen, dice);
    const { verdict, why } = judge(said, reply.text, true, reply.explanation);
    tally(row, verdict, () => `${row.what}\n  wears ${reply.wears}\n  ${verdict}: ${why}\n${reply.text}`);
  });
}

const perDamage = Math.ceil(replies / 2 / (DAMAGES.length + 1));
for (const damage of DAMAGES) {
  const row = emptyRow(`damage: ${damage.name}`, false);
  fill(row, perDamage, (instrument, dice) => {
    const said = drawAnswers(instrument, dice);
    const chosen = dice.pick(DISGUISES.filter((one) => suits(one, instrument)));
    const text = damage.write(said, chosen, dice);
    if (text === null) return;
    const { verdict, why } = judge(said, text, damage.maySpare, undefined);
    tally(row, verdict, () => `${row.what}\n  ${verdict}: ${why}\n  was ${JSON.stringify([...said.answers.values()])}\n${text}`);
  });
}

const stray = emptyRow('damage: the sheet of another questionnaire', false);
fill(stray, perDamage, (instrument, dice) => {
  const other = drawAnswers(dice.pick(instruments.filter((one) => one !== instrument)), dice);
  const { text } = disguise(other, null, dice);
  const { verdict } = judge({ ...other, instrument }, text, false, undefined);
  tally(stray, verdict, () => `${stray.what}\n${text}`);
});

function line(what: string, row: Omit<Row, 'what' | 'readable'>): string {
  return [what.padEnd(58), ...[row.replies, row.read, row.rejected, row.wrong].map((count) => String(count).padStart(8))].join(' ');
}

function sum(of: readonly Row[]): Row {
  const total = emptyRow('', true);
  for (const row of of) for (const column of ['replies', 'read', 'rejected', 'wrong'] as const) total[column] += row[column];
  return total;
}

const [readable, damaged] = [sum(rows.filter((row) => row.readable)), sum(rows.filter((row) => !row.readable))];
console.log(`seed ${seed}\n${'disguise'.padEnd(58)}  replies     read rejected    WRONG`);
for (const row of rows) console.log(line(row.what, row));
console.log(line('readable replies', readable));
console.log(line('damaged replies', damaged));
const share = readable.read / readable.replies;
console.log(`\n${(share * 100).toFixed(2)} % of the readable replies read; ${readable.wrong + damaged.wrong} wrong answers`);
for (const example of examples) console.error(`\n--- ${example}`);
process.exitCode = share >= KEPT_SHARE && readable.wrong + damaged.wrong === 0 ? 0 : 1;
