/** Builds an instrument from a checked draft. */
import type { Instrument, Norm } from '../instrument.ts';
import { pointsOf } from '../score.ts';
import type { AnswerOption, AnswerSet, Block, Item, PointRange, Scale } from '../structure.ts';
import { synonymsOf } from './checks.ts';
import { type Draft, type DraftItem, type DraftScale, type DraftSet, itemsOf } from './draft.ts';

/** The instrument but for its prompt and for the text it was read from. */
export type Structure = Omit<
  Instrument,
  'asked' | 'prompt' | 'definition' | 'sha256' | 'wordingSha256' | 'otherLanguages'
>;

export function structureOf(draft: Draft): Structure {
  const { slug, aliases, title, citation, licence, language, instructions, template } = draft;
  const sets = new Map(draft.sets.map((set) => [set.id, answerSet(set)]));
  const numbers = new Map(itemsOf(draft).map(({ id }, index) => [id, index + 1]));
  const scales = inOrderOfParts(draft.scales).map((scale) => buildScale(scale, numbers));
  const blocks: Block[] = [];
  const items: Item[] = [];
  for (const { instructions: own, items: drafts, condition } of draft.blocks) {
    const first = items.length + 1;
    for (const one of drafts)
      items.push(buildItem(one, items.length + 1, blocks.length, sets, scales));
    blocks.push({
      instructions: own,
      items: drafts.map((_, index) => first + index),
      condition:
        condition === null
          ? null
          : { item: numbers.get(condition.item)!, answers: condition.answers },
    });
  }
  return {
    ...{ slug, aliases, title, citation, licence, language, instructions, template },
    answerSets: [...sets.values()],
    blocks,
    items,
    scales: draft.scales.map(({ id }) => scales.find((scale) => scale.id === id)!),
    norms: draft.norms.map(buildNorm),
  };
}

function answerSet({ id, ask, options, range }: DraftSet): AnswerSet {
  return {
    id,
    ask,
    options: options.map(
      (option): AnswerOption => ({
        value: option.value,
        label: option.label ?? String(option.value),
        isLabelled: option.label !== undefined,
        synonyms: synonymsOf(option),
        points: option.missing === true ? null : (option.points ?? option.value),
        isAddedMidpoint: option.added_midpoint === true,
      }),
    ),
    range,
  };
}

function buildItem(
  draft: DraftItem,
  number: number,
  block: number,
  sets: ReadonlyMap<string, AnswerSet>,
  scales: readonly Scale[],
): Item {
  const { id, text, quantity, openCharacters, points, demanded, optional } = draft;
  const answers = typeof draft.set === 'string' ? sets.get(draft.set)! : null;
  const own = scales.find((scale) => scale.items.some(({ item }) => item === number));
  const key = answers === null ? null : keyOf(answers, points ?? null);
  return {
    ...{ number, id, text, block, answers },
    quantity: quantity ?? null,
    openCharacters: openCharacters ?? null,
    points: points ?? null,
    range: rangeOf(answers, quantity ?? null, points ?? null),
    demanded,
    isOptional: optional,
    scale: own?.id ?? null,
    key,
    reverse: key === null && (own?.items.find(({ item }) => item === number)?.weight ?? 1) < 0,
  };
}

/** The one answer that scores 1 where all others score 0, and the file says so by points. */
function keyOf(
  answers: AnswerSet,
  points: ReadonlyMap<number, number | null> | null,
): number | null {
  if (points === null) return null;
  const scored = answers.options.flatMap(({ value }) => {
    const score = pointsOf({ answers, points }, value);
    return score === null ? [] : [{ value, score }];
  });
  const ones = scored.filter(({ score }) => score === 1);
  return ones.length === 1 && scored.every(({ score }) => score === 0 || score === 1)
    ? ones[0]!.value
    : null;
}

function rangeOf(
  answers: AnswerSet | null,
  quantity: { readonly min: number; readonly max: number } | null,
  points: ReadonlyMap<number, number | null> | null,
): PointRange | null {
  if (quantity !== null) return { low: quantity.min, high: quantity.max };
  const scores = (answers?.options ?? []).flatMap(({ value }) => {
    const score = pointsOf({ answers, points }, value);
    return score === null ? [] : [score];
  });
  return scores.length === 0 ? null : { low: Math.min(...scores), high: Math.max(...scores) };
}

function buildScale(draft: DraftScale, numbers: ReadonlyMap<string, number>): Scale {
  const { id, name, score, items, parts, mostMissing, prorate, isCentred } = draft;
  return {
    ...{ id, name, score, mostMissing, prorate, isCentred },
    items: items
      .map((member) => ({ item: numbers.get(member.id)!, weight: member.weight }))
      .sort((first, second) => first.item - second.item),
    parts: parts.map((member) => ({ scale: member.id, weight: member.weight })),
  };
}

/** Parts before what is made of them; otherwise as in the file. */
function inOrderOfParts(scales: readonly DraftScale[]): DraftScale[] {
  const done: DraftScale[] = [];
  const add = (scale: DraftScale) => {
    if (done.includes(scale)) return;
    for (const { id } of scale.parts) add(scales.find((other) => other.id === id)!);
    done.push(scale);
  };
  for (const scale of scales) add(scale);
  return done;
}

function buildNorm({ scale, group, source, mean, sd, n, alpha, t }: Draft['norms'][number]): Norm {
  return {
    ...{ scale, group, source },
    mean: mean ?? null,
    sd: sd ?? null,
    n: n ?? null,
    alpha: alpha ?? null,
    tScores:
      t === undefined
        ? null
        : new Map(Object.entries(t).map(([raw, score]) => [Number(raw), score])),
  };
}
