import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { corpusOfReplies } from '../../../test/support/reply-fuzz.ts';
import { isWholeObject } from './cut-off.ts';
import { type ParsedReply, parseReply } from './parse.ts';
import { PARSER_VERSION } from './parser-version.ts';

const SEED = 19;
const REPLIES = 3000;

/** By version: what it reads from the corpus, and the corpus that this is true of. */
const READINGS: Readonly<Record<number, { readonly corpus: string; readonly readings: string }>> = {
  1: {
    corpus: '915dc6a89749d47a4d783475ac4bde041a90ca908788aed25ce1a62ff421e5ea',
    readings: '4b3eaf2b36a1f9282c2f4182f5d11c74670287ca1ba8051cd857aa99888db031',
  },
  // Refusals to judge somebody, of which the corpus has none.
  2: {
    corpus: '915dc6a89749d47a4d783475ac4bde041a90ca908788aed25ce1a62ff421e5ea',
    readings: '4b3eaf2b36a1f9282c2f4182f5d11c74670287ca1ba8051cd857aa99888db031',
  },
  // More marks of thoughts and other wordings of refusals, of which the corpus has none.
  3: {
    corpus: '915dc6a89749d47a4d783475ac4bde041a90ca908788aed25ce1a62ff421e5ea',
    readings: '4b3eaf2b36a1f9282c2f4182f5d11c74670287ca1ba8051cd857aa99888db031',
  },
};

/** Everything that is stored of a reading; the words of a reason may be improved. */
function readingOf(reply: ParsedReply): unknown {
  if (reply.kind === 'rejected') return [reply.outcome, reply.code];
  const { answers, unanswered, texts, probabilities, explanation, uniform, repaired } = reply;
  const told = [...probabilities].map(([item, byValue]) => [item, ...byValue]);
  return [[...answers], [...unanswered], [...texts], told, explanation, uniform, repaired];
}

test('the version of the parser goes up when it reads any reply of the corpus otherwise', () => {
  const corpus = createHash('sha256');
  const readings = createHash('sha256');
  for (const { form, text } of corpusOfReplies(SEED, REPLIES)) {
    corpus.update(JSON.stringify([form.name, text]));
    readings.update(JSON.stringify([readingOf(parseReply(form.asked, text)), isWholeObject(text)]));
  }
  // A difference in both says nothing of the parser: the corpus has changed, write both anew. A
  // difference in the readings alone is one of the parser: PARSER_VERSION goes up, with an entry.
  expect({ corpus: corpus.digest('hex'), readings: readings.digest('hex') }).toEqual(
    READINGS[PARSER_VERSION],
  );
});
