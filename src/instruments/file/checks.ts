/** What is wrong with an instrument file beyond the shape of its values. */

import { ITEMS_SLOT, unknownSlots } from '../asked/prompt.ts';
import { plainText } from '../reply/plain-text.ts';
import { replyWords } from '../reply/words.ts';
import { type Draft, type DraftOption, type DraftScale, type DraftSet, itemsOf } from './draft.ts';

/** A key of every reply, beside the ids of items. */
const EXPLANATION = 'explanation';

/** One phrase for each problem. */
export function problemsOf(draft: Draft): string[] {
  return [
    ...repeated(draft, draft.sets, (id) => `answers "${id}" occur twice`),
    ...draft.sets.flatMap((set) => setProblems(draft.format, set)),
    ...itemProblems(draft),
    ...conditionProblems(draft),
    ...repeated(draft, draft.scales, (id) => `scale "${id}" occurs twice`),
    ...draft.scales.flatMap((scale) => scaleProblems(scale, draft)),
    ...draft.norms
      .filter((norm) => !draft.scales.some(({ id }) => id === norm.scale))
      .map((norm) => `norms: "${norm.scale}" is not one of the scales`),
    ...templateProblems(draft.template),
  ];
}

/** The words that mean an option, its label excepted. */
export function synonymsOf({ label, synonyms, means }: DraftOption): readonly string[] {
  const shared = means === undefined ? [] : replyWords[means];
  return [...new Set([...synonyms, ...shared])].filter((word) => word !== label);
}

/**
 * Ids that occur twice; in format 2 also where they differ in letter case alone, since columns of
 * SQL and SPSS do not tell them apart.
 */
function repeated(
  { format }: Draft,
  named: readonly { readonly id: string }[],
  say: (id: string) => string,
): string[] {
  const seen = new Map<string, string>();
  return named.flatMap(({ id }) => {
    const plain = format === 1 ? id : id.toLowerCase();
    const before = seen.get(plain);
    seen.set(plain, id);
    if (before === undefined) return [];
    return before === id ? say(id) : `${say(id)}: "${before}" differs only in letter case`;
  });
}

function setProblems(format: Draft['format'], set: DraftSet): string[] {
  const { called, options } = set;
  const values = options.map(({ value }) => value);
  const twice = values
    .filter((value, index) => values.indexOf(value) !== index)
    .map((value) => `${called}: option ${value} occurs twice`);
  const scored = options.filter(({ missing, added_midpoint }) => !missing && !added_midpoint);
  const few =
    scored.length < 2 ? [`${called} must have two answers that are not missing codes`] : [];
  return [...twice, ...few, ...midpointProblems(called, options), ...ambiguousWords(format, set)];
}

function midpointProblems(called: string, options: readonly DraftOption[]): string[] {
  const pointsOf = ({ value, points }: DraftOption) => points ?? value;
  const others = options.filter(({ missing, added_midpoint }) => !missing && !added_midpoint);
  const low = Math.min(...others.map(pointsOf));
  const high = Math.max(...others.map(pointsOf));
  return options
    .filter(({ added_midpoint }) => added_midpoint)
    .filter((option) => !(pointsOf(option) >= low && pointsOf(option) <= high))
    .map(
      (option) =>
        `${called}: the added midpoint ${option.value} scores ${pointsOf(option)}, which is not between ${low} and ${high}`,
    );
}

/**
 * In format 2, labels may be other numbers than the values, such as 0, 1, 2 and `3 or more` for 1
 * to 4, unless a reply is to state the values.
 */
function ambiguousWords(format: Draft['format'], { called, ask, options }: DraftSet): string[] {
  const meanings = new Map<string, number>();
  const problems: string[] = [];
  for (const option of options) {
    const label = option.label ?? String(option.value);
    for (const word of [label, ...synonymsOf(option)]) {
      const plain = plainText(word);
      const mayDiffer = format === 2 && word === label && ask !== 'value';
      const isValue = /^-?\d+$/.test(plain) && !mayDiffer;
      const meaning = isValue ? Number(plain) : (meanings.get(plain) ?? option.value);
      if (meaning !== option.value)
        problems.push(`${called}: "${word}" means both ${meaning} and ${option.value}`);
      else meanings.set(plain, option.value);
    }
  }
  return problems;
}

function itemProblems(draft: Draft): string[] {
  const sets = new Map(draft.sets.map((set) => [set.id, set]));
  const items = itemsOf(draft);
  return [
    ...repeated(draft, items, (id) => `item "${id}" occurs twice`),
    ...items
      .filter(({ id }) => id.toLowerCase() === EXPLANATION)
      .map(({ called }) => `${called}: this id is the key of the explanation in a reply`),
    ...items.flatMap(({ called, set, quantity, openCharacters, points, demanded }) => {
      const problems: string[] = [];
      if (quantity !== undefined && openCharacters !== undefined)
        problems.push(`${called} has both "number" and "open"`);
      if (quantity !== undefined && quantity.min >= quantity.max)
        problems.push(
          `${called}: number.min (${quantity.min}) must be less than number.max (${quantity.max})`,
        );
      if (set === null) {
        if (points !== undefined)
          problems.push(`${called} has "points" but no answers to choose from`);
        if (demanded.length > 0)
          problems.push(`${called} has "demand" but no answers to choose from`);
        return problems;
      }
      const own = set === undefined ? undefined : sets.get(set);
      if (own === undefined) {
        problems.push(
          set === undefined
            ? `${called} has no answers: name a set of "answers" in the item or in its block`
            : `${called}: "${set}" is not one of the answers (${[...sets.keys()].join(', ')})`,
        );
        return problems;
      }
      const isOption = (value: number) => own.options.some((option) => option.value === value);
      for (const value of [...(points?.keys() ?? []), ...demanded])
        if (!isOption(value)) problems.push(`${called}: ${value} is not one of its answers`);
      return problems;
    }),
  ];
}

function conditionProblems({ blocks, sets }: Draft): string[] {
  const before = new Map<string, string | null | undefined>();
  return blocks.flatMap(({ condition, items }, index) => {
    const problems: string[] = [];
    if (condition !== null) {
      const set = sets.find(({ id }) => id === before.get(condition.item));
      if (!before.has(condition.item))
        problems.push(
          `block ${index + 1}: "if" names "${condition.item}", which is no earlier item`,
        );
      else if (set === undefined)
        problems.push(
          `block ${index + 1}: "if" names "${condition.item}", which has no answers to choose from`,
        );
      else
        problems.push(
          ...condition.answers
            .filter((answer) => !set.options.some(({ value }) => value === answer))
            .map(
              (answer) => `block ${index + 1}: ${answer} is not an answer to "${condition.item}"`,
            ),
        );
    }
    for (const item of items) before.set(item.id, item.set);
    return problems;
  });
}

function scaleProblems(scale: DraftScale, draft: Draft): string[] {
  const called = `scale "${scale.id}"`;
  const items = new Map(itemsOf(draft).map((item) => [item.id, item]));
  const problems: string[] = [];
  const members = [...scale.items, ...scale.parts];
  const ids = members.map(({ id }) => id);
  for (const id of ids.filter((one, index) => ids.indexOf(one) !== index))
    problems.push(`${called} names "${id}" twice`);
  for (const { id } of scale.items) {
    const item = items.get(id);
    if (item === undefined) problems.push(`${called}: "${id}" is not one of the items`);
    else if (item.openCharacters !== undefined)
      problems.push(`${called}: ${item.called} asks for a text, which is not scored`);
  }
  for (const { id } of scale.parts)
    if (!draft.scales.some((other) => other.id === id))
      problems.push(`${called}: "${id}" is not one of the scales`);
  if (isPartOfItself(scale.id, draft)) problems.push(`${called} is made of itself`);
  if (members.length > 0 && scale.mostMissing >= members.length)
    problems.push(
      `${called}: missing.most (${scale.mostMissing}) must be less than its ${members.length} members`,
    );
  if (scale.isCentred && scale.parts.length > 0)
    problems.push(`${called}: "centre" is for scales of items`);
  if (scale.isCentred && scale.score !== 'sum' && scale.score !== 'mean')
    problems.push(`${called}: "centre" is for scores by sum or mean`);
  return problems;
}

function isPartOfItself(start: string, { scales }: Draft): boolean {
  const seen = new Set<string>();
  const left = [start];
  while (left.length > 0) {
    for (const { id } of scales.find((scale) => scale.id === left[0])?.parts ?? []) {
      if (id === start) return true;
      if (!seen.has(id)) left.push(id);
      seen.add(id);
    }
    left.shift();
  }
  return false;
}

function templateProblems(template: string | null): string[] {
  if (template === null) return [];
  const problems = unknownSlots(template).map((slot) => `template: unknown slot ${slot}`);
  if (!template.includes(ITEMS_SLOT)) problems.push(`template: the slot ${ITEMS_SLOT} is missing`);
  // OpenAI refuses a request for a JSON object whose prompt does not say so.
  if (!/json/i.test(template)) problems.push('template: it must ask for JSON by name');
  return problems;
}
