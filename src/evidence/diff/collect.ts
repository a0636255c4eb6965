/**
 * Facts of a study, taken in one after the other: as a hash of each key's, which is small whatever
 * the study's size, or as they are. Pure.
 */
import { hash } from 'node:crypto';

/** Values by their names; null for none. */
export type Values = Readonly<Record<string, string | null | undefined>>;

/** What is called by a key, each with its values by their names. */
export type Facts = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Takes in facts. Keys occur once; a further one of the same key is numbered. */
export abstract class Collector {
  readonly #places = new Map<string, number>();

  /** Where each key is, in the order in which they came. */
  get places(): ReadonlyMap<string, number> {
    return this.#places;
  }

  /** @returns the place of the key, for `set` */
  add(key: string, values: Values): number {
    let unique = key;
    for (let number = 2; this.#places.has(unique); number++) unique = `${key} (${number})`;
    const place = this.#places.size;
    this.#places.set(unique, place);
    this.take(
      place,
      unique,
      Object.entries(values).filter((pair): pair is [string, string] => pair[1] != null),
    );
    return place;
  }

  /** A further value; nothing where there is no such place. */
  abstract set(place: number | undefined, name: string, value: string): void;

  protected abstract take(
    place: number,
    key: string,
    values: readonly (readonly [string, string])[],
  ): void;
}

/** 32-bit words of a SHA-256. */
const WORDS = 8;

/** Of each key the sum of the hashes of its values, so that their order does not matter. */
export class Digests extends Collector {
  #sums = new Int32Array(WORDS * 1024);

  override set(place: number | undefined, name: string, value: string): void {
    if (place !== undefined) this.#sum(place, JSON.stringify([name, value]));
  }

  protected override take(
    place: number,
    _: string,
    values: readonly (readonly [string, string])[],
  ): void {
    if ((place + 1) * WORDS > this.#sums.length) {
      const larger = new Int32Array(2 * this.#sums.length);
      larger.set(this.#sums);
      this.#sums = larger;
    }
    this.#sum(place, JSON.stringify(values.toSorted(([a], [b]) => (a < b ? -1 : 1))));
  }

  /** Whether what is at a place here is the same as at one of another study. */
  isSame(place: number, other: Digests, otherPlace: number): boolean {
    for (let word = 0; word < WORDS; word++)
      if (this.#sums[place * WORDS + word] !== other.#sums[otherPlace * WORDS + word]) return false;
    return true;
  }

  #sum(place: number, text: string): void {
    const bytes = hash('sha256', text, 'buffer');
    for (let word = 0; word < WORDS; word++)
      this.#sums[place * WORDS + word]! += bytes.readInt32LE(4 * word);
  }
}

/** The facts themselves, of some keys. */
export class CollectedFacts extends Collector {
  readonly facts = new Map<string, Map<string, string>>();
  readonly #byPlace = new Map<number, Map<string, string>>();
  readonly #isWanted: (key: string) => boolean;

  constructor(isWanted: (key: string) => boolean) {
    super();
    this.#isWanted = isWanted;
  }

  override set(place: number | undefined, name: string, value: string): void {
    if (place !== undefined) this.#byPlace.get(place)?.set(name, value);
  }

  protected override take(
    place: number,
    key: string,
    values: readonly (readonly [string, string])[],
  ): void {
    if (!this.#isWanted(key)) return;
    const kept = new Map(values);
    this.facts.set(key, kept);
    this.#byPlace.set(place, kept);
  }
}
