/** What became of the administrations of a cell, person by person: what Table Q2 is made of. */
import { type Answered, ITEM_STATES } from '../data.ts';
import { ENDINGS_WITHOUT_ANSWERS, type Ending, type EndingWithoutAnswers } from '../endings.ts';
import { type AnsweredCell, personOf } from './cells.ts';

/** Any ending without answers; items that were declined. */
export const OUTCOMES = [
  ...ENDINGS_WITHOUT_ANSWERS,
  'not answered',
  'item declined',
] as const satisfies readonly (EndingWithoutAnswers | string)[];
export type Outcome = (typeof OUTCOMES)[number];

export interface EndedCell {
  readonly cell: AnsweredCell;
  /** Who answered, or should have. */
  readonly persons: readonly number[];
  /** Position of each of them in `persons`. */
  readonly placeOf: ReadonlyMap<number, number>;
  /** Where the administrations of each begin, and where all end. */
  readonly starts: Int32Array;
  /** Of each administration that has ended, person by person, in order of experiment id. */
  readonly positions: Int32Array;
  /** Likewise: 0 where it was answered, else from 1 the place in `ENDINGS_WITHOUT_ANSWERS`. */
  readonly endings: Uint8Array;
}

/** Without what is still pending: it may be answered yet. */
export function readEndings(cell: AnsweredCell): EndedCell {
  const { administrations } = cell.answered;
  const ended =
    cell.unanswered.length === 0
      ? cell.succeeded
      : [...cell.succeeded, ...cell.unanswered]
          .filter((position) => administrations[position]!.ending !== 'pending')
          .sort((first, second) => first - second);
  const placeOf = new Map<number, number>();
  const sizes: number[] = [];
  const places = Int32Array.from(ended, (position) => {
    const person = personOf(cell, position);
    let place = placeOf.get(person);
    if (place === undefined) {
      place = placeOf.size;
      placeOf.set(person, place);
      sizes.push(0);
    }
    sizes[place]!++;
    return place;
  });
  const starts = new Int32Array(sizes.length + 1);
  sizes.forEach((size, place) => {
    starts[place + 1] = starts[place]! + size;
  });
  const next = starts.slice();
  const positions = new Int32Array(ended.length);
  const endings = new Uint8Array(ended.length);
  ended.forEach((position, at) => {
    const to = next[places[at]!]!++;
    positions[to] = position;
    endings[to] = CODES.indexOf(administrations[position]!.ending);
  });
  return { cell, persons: [...placeOf.keys()], placeOf, starts, positions, endings };
}

const CODES: readonly Ending[] = ['answered', ...ENDINGS_WITHOUT_ANSWERS];

/** How often something happened in each administration, out of how often it could. */
export interface Occurrences {
  readonly hits: Int32Array;
  /** 0 where an administration cannot tell. */
  readonly sizes: Int32Array;
}

/** One entry an administration, in the order of `EndedCell.positions`. */
export function occurrencesOf(ended: EndedCell, outcome: Outcome): Occurrences {
  const { endings } = ended;
  if (outcome === 'item declined') return declinedItems(ended);
  const sizes = new Int32Array(endings.length).fill(1);
  const code = outcome === 'not answered' ? null : CODES.indexOf(outcome);
  const hits = new Int32Array(endings.length);
  for (let at = 0; at < hits.length; at++)
    hits[at] = Number(code === null ? endings[at]! > 0 : endings[at] === code);
  return { hits, sizes };
}

const DECLINED = ITEM_STATES.indexOf('declined');
const NOT_ASKED = ITEM_STATES.indexOf('not_asked');

/** Whether an item was declined in any administration of the form. */
export function hasDeclined({ states }: Answered): boolean {
  return states?.includes(DECLINED) === true;
}

function declinedItems({ cell: { answered }, positions, endings }: EndedCell): Occurrences {
  const { questionnaire, states } = answered;
  const width = questionnaire.items.length;
  const hits = new Int32Array(endings.length);
  const sizes = new Int32Array(endings.length);
  endings.forEach((ending, at) => {
    if (ending !== 0) return;
    const from = positions[at]! * width;
    for (let place = from; place < from + width; place++) {
      if (states![place] === NOT_ASKED) continue;
      sizes[at]!++;
      if (states![place] === DECLINED) hits[at]!++;
    }
  });
  return { hits, sizes };
}

/** Sums over the administrations of each person. */
export function sumByPerson({ starts }: EndedCell, values: Int32Array): Int32Array {
  const sums = new Int32Array(starts.length - 1);
  for (let person = 0; person < sums.length; person++)
    for (let at = starts[person]!; at < starts[person + 1]!; at++) sums[person]! += values[at]!;
  return sums;
}
