/**
 * Hostile replies through the parser. What was rejected though readable, or read wrong, is printed
 * with examples.
 */
import { FORMS } from '../../test/support/disguises/forms.ts';
import { countReplies, fuzzReplies } from '../../test/support/reply-fuzz.ts';
import type { Claims } from './claims.ts';

export async function benchFuzz(claims: Claims, seed: number, small: boolean): Promise<void> {
  await fuzzReading(claims, seed, small ? 20_000 : 200_000);
}

/** @param replies about how many: each kind of reply has an equal share */
export async function fuzzReading(claims: Claims, seed: number, replies: number): Promise<void> {
  const rows = fuzzReplies(seed, replies);
  for (const { what, readable, counts, examples } of rows) {
    if (counts.wrong === 0 && (counts.rejected === 0 || !readable)) continue;
    const { read, rejected, wrong } = counts;
    console.log(`        ${what}: ${read} read, ${rejected} rejected, ${wrong} wrong`);
    for (const example of examples) console.log(example);
  }
  const read = countReplies(rows, true, 'read');
  const rejected = countReplies(rows, true, 'rejected');
  const wrong = countReplies(rows, true, 'wrong');
  const of = `${replies} replies to ${FORMS.length} forms in ${rows.length} disguises and damages`;
  claims.atMost(`${of}: wrong answers and crashes`, wrong + countReplies(rows, false, 'wrong'), 0);
  claims.atLeast(
    `${of}: share of the readable ones that is read`,
    read / (read + rejected + wrong),
    0.99,
  );
  claims.tell(`${of}: damaged ones rejected`, countReplies(rows, false, 'rejected'));
}
