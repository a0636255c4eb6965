/**
 * Reads a description: what our own statements tell of the person, and what the cues of the lexicon
 * speak for and against.
 */
import { type Cue, findCues, wordsOf } from './lexicon.ts';
import { hashText } from './random.ts';
import { findStated } from './stated.ts';
import { EPQRA_SCALES, findStatements, type SheetScale, type Told } from './statements.ts';

/** What speaks for and against something in a description. */
export interface CueEvidence {
  readonly for: number;
  readonly against: number;
}

export interface Description {
  readonly hash: number;
  /** By trait, and by `trait/facet`. */
  readonly evidence: ReadonlyMap<string, CueEvidence>;
  /** What our statements tell, by item. */
  readonly told: ReadonlyMap<string, Told>;
  /** Where the told answers lie on each scale that they speak to, -1 to 1. */
  readonly gists: Readonly<Record<SheetScale, number>>;
  /** Whether they tell enough of every scale. */
  readonly known: boolean;
  /** Answers that are stated outright, by `questionKey`. */
  readonly stated: ReadonlyMap<string, string>;
}

/** So many items of each scale must be told for a person to be known. */
const ITEMS_TO_KNOW = 3;

export function readDescription(text: string): Description {
  const { told, rest } = findStatements(wordsOf(text));
  const evidence = new Map<string, { for: number; against: number }>();
  const cues = [...findCues(rest), ...[...told.values()].map(cueOfTold)];
  for (const { trait, facet, sign } of cues) {
    for (const key of facet === null ? [trait] : [trait, facetKey(trait, facet)]) {
      const sum = evidence.get(key) ?? { for: 0, against: 0 };
      if (sign === 1) sum.for += 1;
      else sum.against += 1;
      evidence.set(key, sum);
    }
  }
  const scores = EPQRA_SCALES.map((scale) =>
    [...told.values()].filter(({ item }) => item.scale === scale).map(cueOfTold),
  );
  return {
    hash: hashText(text),
    evidence,
    told,
    gists: {
      E: meanSign(scores[0]!),
      N: meanSign(scores[1]!),
      P: meanSign(scores[2]!),
      L: meanSign(scores[3]!),
    },
    known: scores.every((told) => told.length >= ITEMS_TO_KNOW),
    stated: findStated(text),
  };
}

function cueOfTold({ item, answer }: Told): Cue {
  return { trait: item.scale, sign: answer === item.keyedIsYes ? 1 : -1, facet: null };
}

function meanSign(cues: readonly Cue[]): number {
  return cues.reduce((sum, { sign }) => sum + sign, 0) / Math.max(1, cues.length);
}

/** Where the evidence about some items of a trait stands. */
export function facetKey(trait: string, facet: string): string {
  return `${trait}/${facet}`;
}
