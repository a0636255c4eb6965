/**
 * Replies through the parser: each disguise of valid answers with the four questionnaires, and each
 * damage, in equal shares. What was rejected though readable, or read wrong, is printed with
 * examples.
 */
import { createHash } from 'node:crypto';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { loadBuiltInInstruments } from '../../src/instruments/load.ts';
import { parseReply } from '../../src/instruments/reply/parse.ts';
import {
  DAMAGES,
  DISGUISES,
  type Dice,
  diceOf,
  disguise,
  drawAnswers,
  type Said,
  SPANISH,
  suits,
} from '../../test/support/disguises.ts';
import type { Claims } from './claims.ts';

const EXAMPLES = 3;

type Verdict = 'read' | 'rejected' | 'wrong';

/** One kind of reply, and what became of its replies. */
interface Row {
  readonly what: string;
  readonly readable: boolean;
  readonly counts: Record<Verdict, number>;
  readonly examples: string[];
}

export async function benchFuzz(claims: Claims, seed: number, small: boolean): Promise<void> {
  const replies = small ? 20_000 : 200_000;
  const rows = [...disguised(seed, replies / 2), ...damaged(seed, replies / 2)];
  const sum = (readable: boolean, verdict: Verdict) =>
    rows
      .filter((row) => row.readable === readable)
      .reduce((total, row) => total + row.counts[verdict], 0);
  for (const row of rows) {
    const { rejected, wrong } = row.counts;
    if (wrong === 0 && (rejected === 0 || !row.readable)) continue;
    console.log(
      `        ${row.what}: ${row.counts.read} read, ${rejected} rejected, ${wrong} wrong`,
    );
    if (wrong > 0) for (const example of row.examples) console.log(example);
  }
  const readable = sum(true, 'read') + sum(true, 'rejected') + sum(true, 'wrong');
  const of = `${replies} replies in ${rows.length} disguises and damages`;
  claims.atMost(`${of}: wrong answers and crashes`, sum(true, 'wrong') + sum(false, 'wrong'), 0);
  claims.atLeast(
    `${of}: share of the readable ones that is read`,
    sum(true, 'read') / readable,
    0.99,
  );
  claims.tell(`${of}: damaged ones rejected`, sum(false, 'rejected'));
}

const instruments = [...loadBuiltInInstruments(), SPANISH];

function disguised(seed: number, replies: number): Row[] {
  return DISGUISES.map((chosen, index) => {
    const row = emptyRow(`${chosen.layer}: ${chosen.name}`, true);
    fill(seed, index, replies / DISGUISES.length, (given, dice) => {
      const instrument = suits(chosen, given)
        ? given
        : instruments.find((other) => suits(chosen, other))!;
      const said = drawAnswers(instrument, dice);
      const reply = disguise(said, chosen, dice);
      tally(row, said, reply.text, true, reply.explanation, `wears ${reply.wears}`);
    });
    return row;
  });
}

function damaged(seed: number, replies: number): Row[] {
  const share = replies / (DAMAGES.length + 1);
  const rows = DAMAGES.map((damage, index) => {
    const row = emptyRow(`damage: ${damage.name}`, false);
    fill(seed, DISGUISES.length + index, share, (instrument, dice) => {
      const said = drawAnswers(instrument, dice);
      const text = damage.write(
        said,
        dice.pick(DISGUISES.filter((one) => suits(one, instrument))),
        dice,
      );
      // Not every reply can be damaged so.
      if (text !== null)
        tally(
          row,
          said,
          text,
          damage.maySpare,
          undefined,
          `was ${JSON.stringify([...said.answers.values()])}`,
        );
    });
    return row;
  });
  const stray = emptyRow('damage: the sheet of another questionnaire', false);
  fill(seed, DISGUISES.length + DAMAGES.length, share, (instrument, dice) => {
    const other = drawAnswers(dice.pick(instruments.filter((one) => one !== instrument)), dice);
    tally(stray, { ...other, instrument }, disguise(other, null, dice).text, false, undefined, '');
  });
  return [...rows, stray];
}

function emptyRow(what: string, readable: boolean): Row {
  return { what, readable, counts: { read: 0, rejected: 0, wrong: 0 }, examples: [] };
}

/** @param row number of the row, so that each has dice of its own */
function fill(
  seed: number,
  row: number,
  count: number,
  one: (instrument: Instrument, dice: Dice) => void,
): void {
  const first = createHash('sha256').update(`${seed} ${row}`).digest().readUInt32BE(0) * 2 ** 20;
  for (let index = 0; index < count; index++)
    one(instruments[index % instruments.length]!, diceOf(first + index));
}

/** @param explanation that is to be read, or undefined where any will do */
function tally(
  row: Row,
  said: Said,
  text: string,
  mayRead: boolean,
  explanation: string | null | undefined,
  more: string,
): void {
  const { verdict, why } = judge(said, text, mayRead, explanation);
  row.counts[verdict]++;
  if (verdict === 'wrong' && row.examples.length < EXAMPLES)
    row.examples.push(`--- ${row.what}\n  ${more}\n  ${why}\n${text}`);
}

function judge(
  said: Said,
  text: string,
  mayRead: boolean,
  explanation: string | null | undefined,
): { verdict: Verdict; why: string } {
  try {
    const reply = parseReply(said.instrument.asked, text);
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

function isEqual(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  return one.size === other.size && [...one].every(([item, value]) => other.get(item) === value);
}
