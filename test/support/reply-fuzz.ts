/**
 * Replies through the parser: each disguise of valid answers with the forms that it suits, and each
 * damage with all forms, in equal shares.
 */
import { createHash } from 'node:crypto';
import { type ParsedReply, parseReply } from '../../src/instruments/reply/parse.ts';
import { DAMAGES } from './disguises/damages.ts';
import { type Dice, diceOf } from './disguises/dice.ts';
import { DISGUISES, disguise, suits } from './disguises/disguise.ts';
import { FORMS, type Form } from './disguises/forms.ts';
import { type Content, drawSaid, type Said } from './disguises/said.ts';

const EXAMPLES = 3;

type Verdict = 'read' | 'rejected' | 'wrong';

/** One kind of reply, and what became of its replies. */
export interface FuzzRow {
  readonly what: string;
  /** Answers that should be read; otherwise the reply is damaged. */
  readonly readable: boolean;
  readonly counts: Record<Verdict, number>;
  /** Replies that were read wrong, or not at all though readable. */
  readonly examples: string[];
}

/** @param replies about how many; half of them are damaged */
export function fuzzReplies(seed: number, replies: number): FuzzRow[] {
  return [...disguised(seed, replies / 2), ...damaged(seed, replies / 2)];
}

/** A reply of the corpus, with what it answers. */
interface CorpusReply {
  readonly form: Form;
  readonly text: string;
}

/** Replies of every disguise and damage in turn, as `fuzzReplies` would put them to the parser. */
export function* corpusOfReplies(seed: number, replies: number): Generator<CorpusReply> {
  const kinds = [
    ...DISGUISES.map((chosen) => ({ chosen, damage: null })),
    ...DAMAGES.map((damage) => ({ chosen: null, damage })),
  ];
  for (let index = 0; index < replies; index++) {
    const { chosen, damage } = kinds[index % kinds.length]!;
    const dice = diceOf(seed * 2 ** 20 + index);
    const form = dice.pick(chosen === null ? FORMS : FORMS.filter((one) => suits(chosen, one)));
    const said = drawSaid(form, dice);
    const worn = chosen ?? dice.pick(DISGUISES.filter((one) => suits(one, form)));
    const text = damage === null ? disguise(said, worn, dice).text : damage.write(said, worn, dice);
    if (text !== null) yield { form, text };
  }
}

export function countReplies(
  rows: readonly FuzzRow[],
  readable: boolean,
  verdict: Verdict,
): number {
  return rows
    .filter((row) => row.readable === readable)
    .reduce((total, row) => total + row.counts[verdict], 0);
}

function disguised(seed: number, replies: number): FuzzRow[] {
  return DISGUISES.map((chosen, index) => {
    const row = emptyRow(`${chosen.layer}: ${chosen.name}`, true);
    const fitting = FORMS.filter((form) => suits(chosen, form));
    fill(seed, index, replies / DISGUISES.length, fitting, (form, dice) => {
      const said = drawSaid(form, dice);
      const reply = disguise(said, chosen, dice);
      tally(row, said, reply.text, true, reply.explanation, `wears ${reply.wears}`);
    });
    return row;
  });
}

function damaged(seed: number, replies: number): FuzzRow[] {
  const share = replies / (DAMAGES.length + 1);
  const rows = DAMAGES.map((damage, index) => {
    const row = emptyRow(`damage: ${damage.name}`, false);
    fill(seed, DISGUISES.length + index, share, FORMS, (form, dice) => {
      const said = drawSaid(form, dice);
      const chosen = dice.pick(DISGUISES.filter((one) => suits(one, form)));
      const text = damage.write(said, chosen, dice);
      // Not every reply can be damaged so.
      if (text !== null) tally(row, said, text, damage.maySpare, undefined, describe(said));
    });
    return row;
  });
  const stray = emptyRow('damage: the sheet of another questionnaire', false);
  fill(seed, DISGUISES.length + DAMAGES.length, share, FORMS, (form, dice) => {
    // A list without names, or one answer, is anybody's.
    const others = FORMS.filter(
      (other) => other.instrument.slug !== form.instrument.slug && other.asked.items.length > 1,
    );
    const said = drawSaid(dice.pick(others), dice);
    const { text } = disguise(said, { layer: 'shape', name: 'as asked for' }, dice);
    tally(stray, { ...said, form }, text, false, undefined, said.form.name);
  });
  return [...rows, stray];
}

function emptyRow(what: string, readable: boolean): FuzzRow {
  return { what, readable, counts: { read: 0, rejected: 0, wrong: 0 }, examples: [] };
}

/** @param row number of the row, so that each has dice of its own */
function fill(
  seed: number,
  row: number,
  count: number,
  forms: readonly Form[],
  one: (form: Form, dice: Dice) => void,
): void {
  const first = createHash('sha256').update(`${seed} ${row}`).digest().readUInt32BE(0) * 2 ** 20;
  for (let index = 0; index < count; index++)
    one(forms[(row + index) % forms.length]!, diceOf(first + index));
}

/** @param explanation that is to be read, or undefined where any will do */
function tally(
  row: FuzzRow,
  said: Said,
  text: string,
  mayRead: boolean,
  explanation: string | null | undefined,
  more: string,
): void {
  const { verdict, why } = judge(said, text, mayRead, explanation);
  row.counts[verdict]++;
  if (verdict !== 'read' && (row.readable || verdict === 'wrong') && row.examples.length < EXAMPLES)
    row.examples.push(`--- ${row.what}\n  ${said.form.name}: ${more}\n  ${why}\n${text}`);
}

function judge(
  said: Said,
  text: string,
  mayRead: boolean,
  explanation: string | null | undefined,
): { verdict: Verdict; why: string } {
  try {
    const reply = parseReply(said.form.asked, text);
    if (reply.kind === 'rejected') return { verdict: 'rejected', why: reply.reason };
    if (!mayRead || !isReadAs(reply, said.contents))
      return { verdict: 'wrong', why: `read ${show(reply)}; said ${describe(said)}` };
    if (explanation !== undefined && reply.explanation !== explanation)
      return { verdict: 'wrong', why: `explanation ${reply.explanation}` };
    return { verdict: 'read', why: '' };
  } catch (error) {
    return { verdict: 'wrong', why: `crash: ${error}` };
  }
}

type Answered = Extract<ParsedReply, { kind: 'answers' }>;

/** Whether exactly this was read, item by item. */
export function isReadAs(reply: Answered, contents: ReadonlyMap<number, Content>): boolean {
  const { answers, unanswered, texts, probabilities } = reply;
  const count = answers.size + unanswered.size + texts.size + probabilities.size;
  return (
    count === contents.size &&
    [...contents].every(([item, content]) => {
      switch (content.kind) {
        case 'answer':
          return answers.get(item) === content.value;
        case 'text':
          return texts.get(item) === content.text;
        case 'probabilities':
          return [...content.byValue].every(
            ([value, probability]) => probabilities.get(item)?.get(value) === probability,
          );
        default:
          return unanswered.get(item) === content.kind;
      }
    })
  );
}

function show({ answers, unanswered, texts, probabilities }: Answered): string {
  return JSON.stringify([
    ...answers,
    ...unanswered,
    ...texts,
    ...[...probabilities].map(([item, byValue]) => [item, ...byValue.values()]),
  ]);
}

function describe({ contents }: Said): string {
  return JSON.stringify(
    [...contents].map(([item, content]) =>
      content.kind === 'probabilities'
        ? [item, ...content.byValue.values()]
        : [
            item,
            'value' in content ? content.value : 'text' in content ? content.text : content.kind,
          ],
    ),
  );
}
