/**
 * How a person answers of whom the description holds none of our statements: what it says that
 * speaks to a trait adds up to the person's place on it, and what speaks to the very item weighs in
 * beside it. All is in units of the latent trait.
 */
import type { AskedQuestion, Leaning } from './asked.ts';
import { type CueEvidence, type Description, facetKey } from './description.ts';
import { combine, hashText, normal } from './random.ts';

/** Fitted to nothing: chosen so that plain descriptions answer plainly. */
const ANSWERING = {
  /** Where a trait ends up with endless unanimous evidence. */
  reach: 1.8,
  /** So many unanimous statements bring a person half of the way there. */
  doubt: 1.5,
  /** Weight of the statements about the very item, against that of the whole trait. */
  facet: 0.8,
  personTraitError: 0.3,
  personItemError: 0.35,
  /**
   * Where no statement can help, the person's own taste decides, and scatters over the whole scale.
   */
  personTaste: 1,
  momentTraitError: 0.2,
  momentItemError: 0.45,
} as const;

const NO_EVIDENCE: CueEvidence = { for: 0, against: 0 };

/**
 * @param person decides the lasting errors
 * @param moment decides the passing ones, which have `spread` times their usual size
 */
export function leanByCues(
  description: Description,
  person: number,
  moment: number,
  spread: number,
): Leaning {
  function place(trait: string): number {
    const key = hashText(trait);
    return (
      lean(description.evidence.get(trait)) +
      ANSWERING.personTraitError * normal(combine(person, key)) +
      spread * ANSWERING.momentTraitError * normal(combine(moment, key))
    );
  }

  const places = new Map<string, number>();
  return ({ cue, hash }: AskedQuestion) => {
    const momentError = spread * ANSWERING.momentItemError * normal(combine(moment, hash));
    const personError = normal(combine(person, hash));
    if (cue === null) return ANSWERING.personTaste * personError + momentError;
    let trait = places.get(cue.trait);
    if (trait === undefined) {
      trait = place(cue.trait);
      places.set(cue.trait, trait);
    }
    const facet =
      cue.facet === null
        ? 0
        : ANSWERING.facet * lean(description.evidence.get(facetKey(cue.trait, cue.facet)));
    return cue.sign * (trait + facet) + ANSWERING.personItemError * personError + momentError;
  };
}

function lean(evidence: CueEvidence = NO_EVIDENCE): number {
  return (
    (ANSWERING.reach * (evidence.for - evidence.against)) /
    (evidence.for + evidence.against + ANSWERING.doubt)
  );
}
