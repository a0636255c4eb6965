/** Sheets under a condition. */
import { UserError } from '../../errors.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { pointsOf } from '../../instruments/score.ts';
import type { Item, Scale } from '../../instruments/structure.ts';
import { closest } from '../../suggest.ts';
import type { Aim, Condition } from './conditions.ts';
import { createSheet, type Sheet } from './sheet.ts';

/** An item and the direction in which it counts on the scale by which it is driven. */
interface Member {
  readonly item: Item;
  readonly isReversed: boolean;
}

/**
 * The sheet under a condition: the driven items answered as the condition says, all else as the
 * person answered.
 * @throws UserError as `drivenAnswers` does, and when the sheet is not one of the instrument
 */
export function applyCondition(sheet: Sheet, condition: Condition, instrument: Instrument): Sheet {
  if (sheet.answers.length !== instrument.items.length) {
    throw new UserError(
      `The sheet of person ${sheet.personalityId} has ${sheet.answers.length} answers; ${instrument.slug} has ${instrument.items.length} items`,
      {
        code: 'sheet-not-of-instrument',
        hint: 'Use the instrument with which the sheets were answered.',
      },
    );
  }
  const driven = drivenAnswers(condition, instrument);
  return createSheet(
    sheet.personalityId,
    sheet.answers.map((own, index) => driven.get(index + 1) ?? own),
  );
}

/**
 * The answers that a condition demands, by item number. Of a scale made of scales, all items of its
 * parts are driven. Of answers that count the same, the first of the file is taken.
 * @throws UserError when the instrument lacks what is driven, an item cannot be set so, or two
 *   parts of the condition set one item to different answers
 */
export function drivenAnswers(
  { label, drive }: Pick<Condition, 'label' | 'drive'>,
  instrument: Instrument,
): ReadonlyMap<number, number> {
  const driven = new Map<number, { readonly answer: number; readonly by: string }>();
  for (const [id, aim] of Object.entries(drive)) {
    for (const { item, answer } of answersTo(id, aim, instrument, label)) {
      const earlier = driven.get(item.number);
      if (earlier !== undefined && earlier.answer !== answer) {
        const by = earlier.by === id ? id : `${earlier.by} and ${id}`;
        throw wrong(
          `The condition ${label} drives item ${item.id} of ${instrument.slug} in two directions (by ${by})`,
          'Leave one of them out, or name the items one by one.',
        );
      }
      driven.set(item.number, { answer, by: id });
    }
  }
  return new Map([...driven].map(([number, { answer }]) => [number, answer]));
}

function answersTo(
  id: string,
  aim: Aim,
  instrument: Instrument,
  label: string,
): { readonly item: Item; readonly answer: number }[] {
  const scale = instrument.scales.find((one) => one.id === id);
  const own = instrument.items.find((one) => one.id === id);
  if (scale === undefined && own === undefined) {
    const known = [...instrument.scales, ...instrument.items].map((one) => one.id);
    // Any two single letters are near each other.
    const near = id.length > 2 ? closest(id, known) : null;
    throw wrong(
      `The condition ${label} drives "${id}", which is no scale and no item of ${instrument.slug}`,
      near === null
        ? `Its scales: ${instrument.scales.map((one) => one.id).join(', ') || 'none'}.`
        : `Did you mean "${near}"?`,
    );
  }
  if (scale !== undefined && own !== undefined)
    throw wrong(
      `The condition ${label} drives "${id}", which is both a scale and an item of ${instrument.slug}`,
      'Give one of the two another id in the instrument.',
    );
  const members = scale === undefined ? [] : membersOf(scale, instrument);
  const answers =
    own === undefined
      ? members.map((member) => ({ item: member.item, answer: answerTo(member, aim) }))
      : [{ item: own, answer: answerOfItem(own, aim) }];
  return answers.map(({ item, answer }) => {
    if (answer !== null) return { item, answer };
    throw wrong(
      `The condition ${label} sets ${own === undefined ? `the scale ${id}` : `item ${id}`} to ${aim}; item ${item.id} of ${instrument.slug} has no such answer`,
      'Use max or min, keyed or unkeyed where the items have a key, or a number that every item can have.',
    );
  });
}

/** The items of a scale and of its parts. A negative weight turns what is below it round. */
function membersOf(scale: Scale, instrument: Instrument, isReversed = false): Member[] {
  return [
    ...scale.items.map(({ item, weight }) => ({
      item: instrument.items[item - 1]!,
      isReversed: isReversed !== weight < 0,
    })),
    ...scale.parts.flatMap(({ scale: id, weight }) =>
      membersOf(
        instrument.scales.find((one) => one.id === id)!,
        instrument,
        isReversed !== weight < 0,
      ),
    ),
  ];
}

/** Null where the item has no such answer. */
function answerTo({ item, isReversed }: Member, aim: Aim): number | null {
  const { range, quantity, key } = item;
  if (aim === 'keyed') return key;
  const options = optionsOf(item);
  if (aim === 'unkeyed')
    return key === null ? null : (options.find(({ answer }) => answer !== key)?.answer ?? null);
  if (range === null) return null;
  const end = (aim === 'max') !== isReversed ? range.high : range.low;
  const points = typeof aim === 'string' ? end : isReversed ? range.low + range.high - aim : aim;
  if (quantity !== null) return points >= range.low && points <= range.high ? points : null;
  return options.find((one) => one.points === points)?.answer ?? null;
}

function answerOfItem(item: Item, aim: Aim): number | null {
  if (typeof aim === 'string' || item.quantity !== null)
    return answerTo({ item, isReversed: false }, aim);
  return optionsOf(item).some(({ answer }) => answer === aim) ? aim : null;
}

/** The answers that a person can have given and that score. */
function optionsOf(item: Item): { readonly answer: number; readonly points: number }[] {
  return (item.answers?.options ?? []).flatMap(({ value, isAddedMidpoint }) => {
    const points = isAddedMidpoint ? null : pointsOf(item, value);
    return points === null ? [] : [{ answer: value, points }];
  });
}

function wrong(message: string, hint: string): UserError {
  return new UserError(message, { code: 'condition-not-of-instrument', hint });
}
