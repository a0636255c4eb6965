/**
 * How a person answers a known instrument: by a latent trait for each scale, under the graded
 * response model of `graded-response.ts`. The trait follows from the answers that the description
 * tells, else from its hash; the model does not reach it. A way of asking other than the
 * instrument's own moves it a little: by as much for everybody, and by something for each person.
 */
import type { Description } from './description.ts';
import { fitModel, type InstrumentModel, thresholdsOf } from './graded-response.ts';
import type { Precision, SimulatedInstrument } from './instrument.ts';
import { combine, cumulativeNormal, hashText, normal } from './random.ts';
import type { SheetScale } from './statements.ts';
import { pointsTold } from './told-items.ts';

/** Who is asked, and when. */
export interface Occasion {
  /** Everything that is said of the person. */
  readonly person: string;
  readonly description: Description;
  readonly model: string;
  /** Decides the passing errors. */
  readonly moment: number;
  /** In what the way of asking differs from the instrument's own. */
  readonly way: readonly string[];
}

export const DEFAULT_SHARE_OF_WAY = 0.1;

/** An answer as the index of a category, from fewest to most points, and what else it could be. */
export interface TraitResponse {
  readonly category: number;
  /** Of each category; they sum to 1. */
  probabilities(): readonly number[];
}

/** @param categories of the item, as many as it shows */
export type Respond = (item: number, categories: number) => TraitResponse;

/** Scales of the sheets that statements tell of, by how names of scales begin. */
const NAMES_OF_SHEET_SCALES: readonly (readonly [RegExp, SheetScale, 1 | -1])[] = [
  [/^extraversion/iu, 'E', 1],
  [/^neuroticism/iu, 'N', 1],
  [/^emotional stability/iu, 'N', -1],
  [/^psychoticism/iu, 'P', 1],
  [/^lie\b/iu, 'L', 1],
];
/** SD of what a way of asking moves everybody by, in SDs of what it moves a single person by. */
const SHIFT_OF_WAY = 0.5;
/** Items of a scale of the sheets. */
const ITEMS_OF_SHEET_SCALE = 6;

/** A fitted instrument, and what draws its persons' traits and errors. */
interface Fitted {
  readonly model: InstrumentModel;
  /** In the order of the items. */
  readonly itemKeys: readonly number[];
  readonly scales: readonly {
    readonly id: string;
    readonly name: string;
    readonly key: number;
    readonly weights: ReadonlyMap<number, number>;
  }[];
}

/** The share of each category, from the shares below the thresholds between them. */
export function sharesBetween(below: readonly number[]): readonly number[] {
  return [...below, 1].map((share, index) => share - (below[index - 1] ?? 0));
}

export class TraitResponses {
  readonly #precision: Precision;
  readonly #shareOfWay: number;
  readonly #fitted = new Map<SimulatedInstrument, Fitted>();

  /** @param shareOfWay share of a trait's variance that a way of asking has for itself */
  constructor(precision: Precision, shareOfWay: number) {
    this.#precision = precision;
    this.#shareOfWay = shareOfWay;
  }

  /** How a person responds to the items of an instrument, by number. */
  respondent(instrument: SimulatedInstrument, given: Occasion): Respond {
    const way = this.#shareOfWay === 0 ? [] : given.way;
    const moment = way.reduce((all, one) => combine(all, hashText(one)), given.moment);
    const occasion = { ...given, way, moment };
    const fitted = this.#fit(instrument);
    const traits = this.#traitsOf(instrument, fitted, occasion);
    const lasting = combine(hashText(occasion.person), hashText(occasion.model));
    const passing = combine(lasting, occasion.moment);
    return (number, categories) => {
      const item = fitted.model.items[number - 1]!;
      const key = fitted.itemKeys[number - 1]!;
      let level = 0;
      let errorVariance = 1;
      for (const [scale, loading] of item.loadings) {
        level += loading * traits.get(scale)!;
        errorVariance -= loading ** 2;
      }
      level += Math.sqrt(errorVariance * item.lastingError) * normal(combine(lasting, key));
      const passingSd = Math.sqrt(errorVariance * (1 - item.lastingError));
      const response = level + passingSd * normal(combine(passing, key));
      const thresholds = thresholdsOf(categories, item.difficulty);
      return {
        category: thresholds.filter((threshold) => threshold < response).length,
        probabilities: () =>
          sharesBetween(
            thresholds.map((threshold) => cumulativeNormal((threshold - level) / passingSd)),
          ),
      };
    };
  }

  /** The person's traits at this moment, by scale id. */
  #traitsOf(
    instrument: SimulatedInstrument,
    { model, scales }: Fitted,
    { person, description, model: respondent, moment, way }: Occasion,
  ): ReadonlyMap<string, number> {
    const hash = hashText(person);
    const told = pointsTold(instrument, description, person);
    return new Map(
      scales.map(({ id, name, key, weights }) => {
        const trait = this.#inWay(
          this.#traitFromItems(model, weights, told) ??
            this.#traitFromStatements(name, description) ??
            normal(combine(hash, key)),
          { person: hash, key, way, respondent },
        );
        const share = model.lastingTraits.get(id)!;
        const passing = normal(combine(combine(hash, moment), key));
        return [id, Math.sqrt(share) * trait + Math.sqrt(1 - share) * passing];
      }),
    );
  }

  /** A trait as a way of asking brings it out. */
  #inWay(
    trait: number,
    asked: {
      readonly person: number;
      readonly key: number;
      readonly way: readonly string[];
      readonly respondent: string;
    },
  ): number {
    const { person, key, way, respondent } = asked;
    if (way.length === 0) return trait;
    const share = this.#shareOfWay;
    const own = way.reduce((all, one) => combine(all, hashText(one)), combine(person, key));
    // What differs adds up: two levels of one setting differ alike in all combinations.
    const shift = way.reduce(
      (sum, one) => sum + normal(combine(hashText(`${one} ${respondent}`), key)),
      0,
    );
    return Math.sqrt(1 - share) * trait + Math.sqrt(share) * (normal(own) + SHIFT_OF_WAY * shift);
  }

  /** From told answers to items of the scale, standardised by what persons answer. */
  #traitFromItems(
    { items }: InstrumentModel,
    weights: ReadonlyMap<number, number>,
    told: ReadonlyMap<number, number>,
  ): number | null {
    const places = [...weights].flatMap(([number, weight]) => {
      const points = told.get(number);
      const { mean, sd } = items[number - 1]!;
      return points === undefined ? [] : [(Math.sign(weight) * (points - mean)) / sd];
    });
    return this.#standardise(places, weights.size);
  }

  #traitFromStatements(name: string, { told }: Description): number | null {
    const named = NAMES_OF_SHEET_SCALES.find(([pattern]) => pattern.test(name));
    if (named === undefined) return null;
    const [, scale, sign] = named;
    const places = [...told.values()]
      .filter(({ item }) => item.scale === scale)
      .map(({ item, answer }) => (answer === item.keyedIsYes ? sign : -sign));
    return this.#standardise(places, ITEMS_OF_SHEET_SCALE);
  }

  /**
   * The mean of standardised answers, divided by its SD among persons.
   * @param k items of the whole scale, which together have the set reliability
   */
  #standardise(places: readonly number[], k: number): number | null {
    const told = places.length;
    if (told === 0) return null;
    const { reliability } = this.#precision;
    const correlation = reliability / (k - (k - 1) * reliability);
    const mean = places.reduce((sum, place) => sum + place, 0) / told;
    return mean / Math.sqrt((1 + (told - 1) * correlation) / told);
  }

  #fit(instrument: SimulatedInstrument): Fitted {
    let fitted = this.#fitted.get(instrument);
    if (fitted === undefined) {
      const { slug, items, scales } = instrument;
      const model = fitModel(instrument, this.#precision);
      fitted = {
        model,
        itemKeys: items.map(({ id }) => hashText(`${slug} ${id}`)),
        scales: scales.flatMap(({ id, name }) => {
          const weights = model.scales.get(id);
          // Scales of one name have one trait, in whichever instrument; but not within one.
          const isOnly = scales.filter((one) => one.name === name).length === 1;
          const key = hashText(`trait ${isOnly ? name.toLowerCase() : id}`);
          return weights === undefined ? [] : [{ id, name, key, weights }];
        }),
      };
      this.#fitted.set(instrument, fitted);
    }
    return fitted;
  }
}
