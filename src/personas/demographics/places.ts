/**
 * What somebody wrote for where they live → "City, ST" or "City, Country", by the gazetteer of the
 * demographic vocabulary.
 */
import { compilePhrases } from './rules.ts';
import { NO_ANSWER, splitWords } from './words.ts';

export const OTHER_PLACE = 'Other';

interface Area {
  readonly names: readonly string[];
  /** "Seville = Sevilla | Hispalis": the name as written in results, then its other names. */
  readonly cities: readonly string[];
}

export interface Gazetteer {
  /** By postal abbreviation. */
  readonly states: Readonly<Record<string, Area>>;
  readonly usa: readonly string[];
  /** By English name; regions are named instead of the country. */
  readonly countries: Readonly<Record<string, Area & { readonly regions: readonly string[] }>>;
  /** Which of several places of one name is meant when nothing else is said. */
  readonly alone: Readonly<Record<string, string>>;
  /**
   * Phrases that put the person outside every city, whatever city is named: "near", "small town".
   */
  readonly outside: readonly string[];
  /** Phrases that answer the question with no city at all. */
  readonly other: readonly string[];
  /** Phrases that begin a former place of residence, and those that end it. */
  readonly past: readonly string[];
  readonly present: readonly string[];
  /** Words that may stand around a city's name without changing which city it is. */
  readonly around: readonly string[];
}

interface Place {
  readonly city: string;
  readonly area: string;
}

interface Segment {
  readonly raw: string;
  readonly words: readonly string[];
  readonly key: string;
}

const SEGMENT_END = /[,;:()[\]{}|/—–"“”«»\n]|(?<=\p{L}{3})\.\s+|\s-\s/u;
const POSSESSIVE = /['’]s(?![\p{L}\p{N}])/gu;
const LONGEST_CITY_NAME = 5;
const LONGEST_OWN_NAME = 60;

/** The names of a gazetteer's entry "Seville = Sevilla | Hispalis". */
export function namesOfCity(entry: string): {
  readonly name: string;
  readonly aliases: readonly string[];
} {
  const [name = '', aliases = ''] = entry.split('=').map((part) => part.trim());
  return {
    name,
    aliases: aliases.split('|').flatMap((alias) => (alias.trim() === '' ? [] : [alias.trim()])),
  };
}

/**
 * @param noAnswer phrases that give no answer, whatever the field
 * @returns text → "City, ST", "City, Country", "Other", or null when the place is not known
 */
export function compilePlaces(
  gazetteer: Gazetteer,
  noAnswer: readonly string[],
): (text: string) => string | null {
  const cities = indexCities(gazetteer);
  const areas = indexAreas(gazetteer);
  const states = new Set(Object.keys(gazetteer.states));
  const usa = new Set(gazetteer.usa.map(keyOf));
  const alone = new Map(
    Object.entries(gazetteer.alone).map(([name, place]) => [keyOf(name), place]),
  );
  const around = new Set(gazetteer.around.flatMap(splitWords));
  const isOutside = compilePhrases(gazetteer.outside);
  const isOther = compilePhrases([...gazetteer.other, ...noAnswer]);
  const past = gazetteer.past.map(splitWords);
  const present = gazetteer.present.map(splitWords);

  const isOnlyAround = (segment: Segment) => segment.words.every((word) => around.has(word));
  const isArea = ({ key }: Segment) => areas.has(key) || usa.has(key);

  /** Cities that a segment names, by itself or among words such as "downtown". */
  const citiesNamed = (segment: Segment): readonly Place[] => {
    const whole = cities.get(segment.key);
    if (whole !== undefined) return whole;
    const { words } = segment;
    for (let length = Math.min(LONGEST_CITY_NAME, words.length - 1); length > 0; length -= 1) {
      for (let start = 0; start + length <= words.length; start += 1) {
        const found = cities.get(words.slice(start, start + length).join(' '));
        if (found === undefined) continue;
        const before = words.slice(0, start);
        // "a loft in the heart of Seattle": what stands before the preposition does not matter.
        const preposition = before.findLastIndex((word) => /^(?:in|en|of|at)$/.test(word));
        if (preposition !== -1) before.splice(0, preposition);
        if ([...before, ...words.slice(start + length)].every((word) => around.has(word)))
          return found;
      }
    }
    return [];
  };

  const areasNamed = ({ key, words }: Segment, isBehind: boolean): readonly string[] => {
    const without = () =>
      isBehind && !cities.has(key)
        ? areas.get(words.filter((word) => !around.has(word)).join(' '))
        : undefined;
    return areas.get(key) ?? without() ?? [];
  };

  /** "Portland Oregon" → "Portland", "Oregon". */
  const splitAtArea = (segment: Segment): readonly Segment[] => {
    if (cities.has(segment.key) || isArea(segment) || alone.has(segment.key)) return [segment];
    for (let at = 1; at < segment.words.length; at += 1) {
      const [head, tail] = [
        segmentOf(segment.words.slice(0, at).join(' ')),
        segmentOf(segment.words.slice(at).join(' ')),
      ];
      if (!isArea(tail)) continue;
      const certain = citiesNamed(head).some(({ area }) =>
        (areas.get(tail.key) ?? [...states]).includes(area),
      );
      if (certain || (tail.key.length > 2 && isOnlyAround(head))) return [head, tail];
    }
    return [segment];
  };

  const presentPlaces = (text: string): Segment[] => {
    const segments = text.split(SEGMENT_END).map((part) => part.trim());
    const kept: Segment[] = [];
    let droppedLast = false;
    for (const [at, part] of segments.entries()) {
      const current = withoutFormer(part, past, present);
      const segment = segmentOf(current);
      const belongsToFormer: boolean = droppedLast && isArea(segment) && at < segments.length - 1;
      droppedLast = belongsToFormer || (current === '' && part !== '');
      if (!belongsToFormer && segment.key !== '') kept.push(segment);
    }
    return kept.length > 0 ? kept : segments.map(segmentOf).filter(({ key }) => key !== '');
  };

  return (text) => {
    const segments = presentPlaces(
      text.replaceAll(POSSESSIVE, ' s').replace(NO_ANSWER, 'na'),
    ).flatMap(splitAtArea);
    const firstCity = segments.findIndex(({ key }) => cities.has(key));
    const told = segments
      .slice(0, firstCity === -1 ? undefined : firstCity)
      .filter((segment) => !isArea(segment));
    if (told.some(({ raw }) => isOutside(raw))) return OTHER_PLACE;

    const inUsa = segments.some(({ key }, at) => usa.has(key) && (at > 0 || segments.length === 1));
    const rest = segments.filter(({ key }) => !usa.has(key));
    if (rest.length === 1 && !inUsa && alone.has(rest[0]!.key)) return alone.get(rest[0]!.key)!;

    const { area, candidates } = separate(rest, inUsa);
    const within = ({ area: of }: Place) =>
      area.length > 0 ? area.includes(of) : !inUsa || states.has(of);
    const places = candidates.map((candidate) => citiesNamed(candidate).filter(within));
    const found = chosen(places, candidates, area.length === 0 && !inUsa);
    if (found !== null) return found;

    const unknown = candidates.filter((candidate) => !isOnlyAround(candidate));
    if (unknown.some(({ raw }) => isOther(raw) || isOutside(raw))) return OTHER_PLACE;
    const own = unknown.at(-1);
    if (own === undefined) return segments.length > 0 ? OTHER_PLACE : null;
    return area.length > 0 ? ownPlace(own, area[0]!) : null;
  };

  /**
   * States and countries on one side, what may be a city on the other. A city's own name at the
   * front is no area: New York, New York.
   */
  function separate(
    segments: readonly Segment[],
    inUsa: boolean,
  ): { area: readonly string[]; candidates: readonly Segment[] } {
    let area: readonly string[] = [];
    const candidates: Segment[] = [];
    for (const [at, segment] of [...segments.entries()].reverse()) {
      const isCity = at === 0 && citiesNamed(segment).some(({ area: of }) => area.includes(of));
      const named = isCity
        ? []
        : areasNamed(segment, at > 0).filter((one) => !inUsa || states.has(one));
      const alike = at === 0 && segments.length === 1 && inUsa && alone.has(segment.key);
      if (named.length === 0 || alike) {
        candidates.unshift(segment);
        continue;
      }
      const both = area.filter((one) => named.includes(one));
      if (area.length === 0) area = named;
      else if (both.length > 0) area = both;
      else candidates.unshift(segment);
    }
    return { area, candidates };
  }

  /**
   * The first segment that names a city in the same area as a later one, else the last: "Palermo,
   * Buenos Aires" is a quarter and its city.
   */
  function chosen(
    places: readonly (readonly Place[])[],
    candidates: readonly Segment[],
    unqualified: boolean,
  ): string | null {
    const named = places.flatMap((found, at) => (found.length > 0 ? [at] : []));
    const last = named.at(-1);
    if (last === undefined) return null;
    if (!unqualified) return labelOf(places[named[0]!]![0]!);
    for (const at of named) {
      const later = named.filter((other) => other > at).flatMap((other) => places[other]!);
      const supported = places[at]!.find(({ area }) => later.some((place) => place.area === area));
      if (supported !== undefined) return labelOf(supported);
    }
    return alone.get(candidates[last]!.key) ?? labelOf(places[last]![0]!);
  }
}

function indexCities({ states, countries }: Gazetteer): ReadonlyMap<string, readonly Place[]> {
  const index = new Map<string, Place[]>();
  for (const [area, { cities }] of [...Object.entries(states), ...Object.entries(countries)]) {
    for (const { name, aliases } of cities.map(namesOfCity)) {
      for (const key of new Set([name, ...aliases].map(keyOf))) {
        index.set(key, [...(index.get(key) ?? []), { city: name, area }]);
      }
    }
  }
  return index;
}

function indexAreas({ states, countries }: Gazetteer): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  const add = (name: string, area: string) => {
    const known = index.get(keyOf(name)) ?? [];
    if (!known.includes(area)) index.set(keyOf(name), [...known, area]);
  };
  for (const [area, { names }] of Object.entries(states))
    for (const name of [area, ...names]) add(name, area);
  for (const [area, { names, regions }] of Object.entries(countries))
    for (const name of [area, ...names, ...regions]) add(name, area);
  return index;
}

/**
 * A segment without what it says about former homes: "born in Ohio" → "", "from Bilbao now in
 * Madrid" → "in Madrid".
 */
function withoutFormer(
  segment: string,
  past: readonly (readonly string[])[],
  present: readonly (readonly string[])[],
): string {
  const tokens = segment.split(/\s+/);
  const words = tokens.map((token) => splitWords(token).join(' '));
  const startsAt = (phrases: readonly (readonly string[])[], at: number) =>
    phrases.some((phrase) => phrase.every((word, offset) => words[at + offset] === word));
  const kept: string[] = [];
  let former = false;
  for (const [at, token] of tokens.entries()) {
    if (startsAt(past, at) && !/^(?:hours?|minutes?|miles|far|away)$/.test(words[at - 1] ?? ''))
      former = true;
    else if (startsAt(present, at)) former = false;
    if (!former) kept.push(token);
  }
  return kept.join(' ');
}

function segmentOf(raw: string): Segment {
  const words = splitWords(raw).filter((word) => !/^\d+$/.test(word));
  const bare = words[0] === 'the' && words.length > 1 ? words.slice(1) : words;
  return { raw, words: bare, key: bare.join(' ') };
}

function keyOf(name: string): string {
  return segmentOf(name).key;
}

function labelOf({ city, area }: Place): string {
  return `${city}, ${area}`;
}

/** A town that no gazetteer has, under the name it was given. */
function ownPlace({ raw }: Segment, area: string): string | null {
  const name = raw
    .replace(/^.*\s(?:in|en)\s/iu, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (
    name.length > LONGEST_OWN_NAME ||
    /\d/.test(name) ||
    splitWords(name).length > LONGEST_CITY_NAME
  )
    return null;
  const shouted = name === name.toLowerCase() || name === name.toUpperCase();
  const written = shouted
    ? name.toLowerCase().replace(/(?<![\p{L}\p{M}'’])\p{L}/gu, (letter) => letter.toUpperCase())
    : name;
  return `${written}, ${area}`;
}
