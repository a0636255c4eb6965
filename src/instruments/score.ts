/** Answers → scores. The one scoring rule of the program; the database views are checked against it. */
import { createHash } from 'node:crypto';
import type { Answers, Instrument, Scores } from './instrument.ts';
import type { Item, PointRange, Scale } from './structure.ts';

/** A scale score, and how many of its members count in it. */
export interface ScaleScore {
  /** Not rounded; null where too few members have an answer. */
  readonly score: number | null;
  /** Items with points; for a scale of scales, those of its parts. */
  readonly itemsAnswered: number;
}

/** What an answer scores before a scale turns it round; null for a missing code. */
export function pointsOf(item: Pick<Item, 'answers' | 'points'>, answer: number): number | null {
  if (item.points?.has(answer) === true) return item.points.get(answer)!;
  if (item.answers === null) return answer;
  return item.answers.options.find(({ value }) => value === answer)?.points ?? null;
}

/** What points count on a scale: turned round for a negative weight, times its size. */
export function weigh(points: number, weight: number, { low, high }: PointRange): number {
  return Math.abs(weight) * (weight < 0 ? low + high - points : points);
}

/**
 * What an item's answer counts on its first scale; null where it scores nothing, or is on no scale.
 */
export function scoreItem(item: Item, answer: number): number | null {
  const points = pointsOf(item, answer);
  if (points === null || item.scale === null || item.range === null) return null;
  return item.reverse ? item.range.low + item.range.high - points : points;
}

/**
 * The score of every scale, by its own rule. A scale with more missing members than its rule allows
 * is absent.
 */
export function scoreAnswers(instrument: Instrument, answers: Answers): Scores {
  return new Map(
    [...scoreScales(instrument, answers)].flatMap(([id, { score }]) =>
      score === null ? [] : [[id, score]],
    ),
  );
}

/** Every scale, also those without a score. */
export function scoreScales(
  instrument: Instrument,
  answers: Answers,
): ReadonlyMap<string, ScaleScore> {
  const points = new Map<number, number>();
  for (const item of instrument.items) {
    const answer = answers.get(item.number);
    const score = answer === undefined ? null : pointsOf(item, answer);
    if (score !== null) points.set(item.number, score);
  }
  return scorePoints(instrument, points);
}

/**
 * Points that an item is expected to score when each of its options is answered with a probability:
 * their mean, weighted by the probabilities of the options that score. Null where none does.
 * @param probabilities by the value of the option; they need not add up to 1
 */
export function expectedPoints(
  item: Item,
  probabilities: ReadonlyMap<number, number>,
): number | null {
  let weight = 0;
  let sum = 0;
  for (const [answer, probability] of probabilities) {
    const points = pointsOf(item, answer);
    if (points === null) continue;
    weight += probability;
    sum += probability * points;
  }
  return weight > 0 ? sum / weight : null;
}

/**
 * Every scale, also those without a score.
 * @param points by item number, before a scale turns them round
 */
export function scorePoints(
  instrument: Instrument,
  points: ReadonlyMap<number, number>,
): ReadonlyMap<string, ScaleScore> {
  const scored = new Map<string, ScaleScore>();
  const score = (scale: Scale): ScaleScore => {
    const known = scored.get(scale.id);
    if (known !== undefined) return known;
    const found = scale.parts.length > 0 ? ofParts(scale) : ofItems(instrument, scale, points);
    scored.set(scale.id, found);
    return found;
  };
  const ofParts = (scale: Scale): ScaleScore => {
    const parts = scale.parts.map(({ scale: id, weight }) => {
      const part = instrument.scales.find((other) => other.id === id)!;
      return { ...score(part), weight, range: rangeOfScale(instrument, part) };
    });
    const members = parts.flatMap(({ score: own, weight, range }) =>
      own === null ? [] : [{ counts: weigh(own, weight, range), weight: Math.abs(weight) }],
    );
    return {
      score: combine(scale, members, parts),
      itemsAnswered: parts.reduce((sum, part) => sum + part.itemsAnswered, 0),
    };
  };
  return new Map(instrument.scales.map((scale) => [scale.id, score(scale)]));
}

function ofItems(
  { items }: Instrument,
  scale: Scale,
  points: ReadonlyMap<number, number>,
): ScaleScore {
  const centre = scale.isCentred ? centreOf(items, points) : 0;
  const members = scale.items.flatMap(({ item, weight }) => {
    const own = points.get(item);
    if (own === undefined) return [];
    const counts = weigh(own, weight, items[item - 1]!.range!);
    return [{ counts: counts - Math.abs(weight) * centre, weight: Math.abs(weight) }];
  });
  return {
    score: combine(scale, members, scale.items),
    itemsAnswered: members.length,
  };
}

/** The mean of items on a scale alone: what the others ask need not be comparable. */
function centreOf(items: readonly Item[], points: ReadonlyMap<number, number>): number {
  return mean(
    items.flatMap(({ number, scale: first }) => {
      const own = points.get(number);
      return first === null || own === undefined ? [] : [own];
    }),
  );
}

interface Member {
  readonly counts: number;
  readonly weight: number;
}

/**
 * @param members those with an answer
 * @param all every member of the scale
 */
function combine(
  scale: Scale,
  members: readonly Member[],
  all: readonly Pick<Member, 'weight'>[],
): number | null {
  const lacking = all.length - members.length;
  if (members.length === 0 || lacking > scale.mostMissing) return null;
  const counts = members.map((member) => member.counts);
  const sum = counts.reduce((total, count) => total + count, 0);
  switch (scale.score) {
    case 'sum':
      return scale.prorate && lacking > 0 ? (sum * weightOf(all)) / weightOf(members) : sum;
    case 'mean':
      return sum / weightOf(members);
    case 'max':
      return Math.max(...counts);
    case 'count':
      return counts.filter((count) => count > 0).length;
  }
}

function weightOf(members: readonly Pick<Member, 'weight'>[]): number {
  return members.reduce((total, { weight }) => total + Math.abs(weight), 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Lowest and highest score that a scale can have, every item answered; of a centred one, before. */
export function rangeOfScale(instrument: Instrument, scale: Scale): PointRange {
  const ranges = [
    ...scale.items.map(({ item, weight }) => ({
      ...(instrument.items[item - 1]!.range ?? { low: 0, high: 0 }),
      weight: Math.abs(weight),
    })),
    ...scale.parts.map(({ scale: id, weight }) => ({
      ...rangeOfScale(instrument, instrument.scales.find((other) => other.id === id)!),
      weight: Math.abs(weight),
    })),
  ];
  const at = (end: 'low' | 'high') =>
    combine(
      { ...scale, mostMissing: 0 },
      ranges.map((range) => ({ counts: range.weight * range[end], weight: range.weight })),
      ranges,
    ) ?? 0;
  return { low: at('low'), high: at('high') };
}

/**
 * Lower-case hex SHA-256 of everything that decides a scale's score: its rule, its members with
 * weights, and the points of their answers, those of its parts included; for a centred scale also
 * the points of all items that it is centred on.
 */
export function hashOfRule(instrument: Instrument, scale: Scale): string {
  return createHash('sha256')
    .update(JSON.stringify(ruleOf(instrument, scale)))
    .digest('hex');
}

function ruleOf(instrument: Instrument, scale: Scale): unknown {
  const { score, mostMissing, prorate, isCentred } = scale;
  return {
    ...{ score, mostMissing, prorate, isCentred },
    items: scale.items.map(({ item, weight }) => {
      const own = instrument.items[item - 1]!;
      return { item, weight, range: own.range, scores: scoresOf(own) };
    }),
    parts: scale.parts.map((part) => ({
      weight: part.weight,
      rule: ruleOf(instrument, instrument.scales.find(({ id }) => id === part.scale)!),
    })),
    ...(isCentred
      ? {
          centre: instrument.items
            .filter((item) => item.scale !== null)
            .map((item) => [item.number, scoresOf(item)]),
        }
      : {}),
  };
}

/** Value and points of each answer; null for an item without answers to choose from. */
function scoresOf(item: Item): unknown {
  return item.answers?.options.map(({ value }) => [value, pointsOf(item, value)]) ?? null;
}
