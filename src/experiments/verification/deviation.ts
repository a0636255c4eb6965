/** Where something that is stored is not what follows from what it was made of. */

/** What is held against what. */
export type Check =
  /** Files of a bundle, against its manifest. */
  | 'files'
  /** Bytes that travelled, against the SHA-256 recorded with them. */
  | 'request bytes'
  | 'reply bytes'
  /** Copies in the database that people and queries read, against the bytes. */
  | 'readable copies'
  /** What was sent, against what design, persona and orders give. */
  | 'requests'
  /** How calls are said to have ended, against what the parser makes of their replies. */
  | 'outcomes'
  /** Stored answers, against what the parser reads from their reply. */
  | 'answers'
  /** The same of replies that another version of the parser read, or one that is not recorded. */
  | 'answers of other parser versions'
  | 'scores'
  /** Personas of one's own, against the rows of the study file. */
  | 'personas'
  /** Tables of a bundle or of a folder, against those that the data give. */
  | 'tables'
  | 'figures and report';

export interface Deviation {
  readonly check: Check;
  /** What it is about, e.g. `administration 12`. */
  readonly subject: string;
  /** The number of the administration; null where it is about something else. */
  readonly administration: number | null;
  readonly call: number | null;
  /** What deviates, e.g. `answer to item 3`. */
  readonly what: string;
  /** Null where nothing is stored, or there is no short value to show. */
  readonly stored: string | null;
  /** Null where nothing is expected. */
  readonly expected: string | null;
}

/** What deviates in one thing; where it stands is added by whoever looks at the thing. */
export type Difference = Pick<Deviation, 'check' | 'what' | 'stored' | 'expected'>;

/** What cannot be held against anything. */
export type Unchecked =
  | 'calls without stored bytes'
  | 'calls of unknown fate'
  | 'requests that cannot be rebuilt'
  | 'answers without a reply'
  | 'endings without a call'
  | 'requests for personas'
  | 'reports of other versions';

/** How many were checked of each kind, absent for none; and what could not be. */
export class Checked extends Map<Check, number> {
  /** With why, of one of them. */
  readonly unchecked = new Map<Unchecked, { readonly number: number; readonly example: string }>();
}

export function count(checked: Checked, check: Check, more = 1): void {
  if (more > 0) checked.set(check, (checked.get(check) ?? 0) + more);
}

/** @param example which, and why; that of the first stands */
export function countUnchecked(
  { unchecked }: Checked,
  what: Unchecked,
  example: string,
  more = 1,
): void {
  const known = unchecked.get(what);
  if (more > 0)
    unchecked.set(what, {
      number: (known?.number ?? 0) + more,
      example: known?.example ?? example,
    });
}

/** A line for a person. */
export function describeDeviation(deviation: Deviation): string {
  const { subject, call, what, stored, expected } = deviation;
  const where = call === null ? subject : `${subject}, call ${call}`;
  const values =
    stored === null && expected === null
      ? ''
      : `: stored ${stored ?? 'nothing'}, but ${expected ?? 'nothing'} ${FROM[deviation.check]}`;
  return `${where}: ${what}${values}`;
}

/** What could not be checked: how many, why, and one of them. */
export function describeUnchecked(
  { unchecked }: Checked,
  formatCount: (number: number) => string,
): string[] {
  return [...unchecked].map(([what, { number, example }]) => {
    const [one, more, meaning] = UNCHECKED[what];
    const subject = number === 1 ? `1 ${one}` : `${formatCount(number)} ${more}`;
    return `${subject}: ${meaning} (e.g. ${example})`;
  });
}

const UNCHECKED: Readonly<
  Record<Unchecked, readonly [one: string, more: string, meaning: string]>
> = {
  'calls without stored bytes': [
    'call has no stored bytes',
    'calls have no stored bytes',
    'nothing shows whether their copies are what travelled',
  ],
  'calls of unknown fate': [
    'call is of unknown fate',
    'calls are of unknown fate',
    'a process ended while it waited, so the bytes that it sent are not known, and no reply was kept',
  ],
  'requests that cannot be rebuilt': [
    'request cannot be rebuilt',
    'requests cannot be rebuilt',
    'what they should have been does not follow from what is stored',
  ],
  'answers without a reply': [
    'answer has no reply',
    'answers have no reply',
    'no stored reply shows where they come from; so it is with answers that were imported without their calls',
  ],
  'endings without a call': [
    'administration without answers has no call',
    'administrations without answers have no calls',
    'nothing shows that they were refused, or how else they ended',
  ],
  'requests for personas': [
    'request for a persona was not rebuilt',
    'requests for personas were not rebuilt',
    'they and their replies were compared with their hashes and copies alone',
  ],
  'reports of other versions': [
    'report is of another version',
    'reports are of other versions',
    'its words may differ for that reason alone',
  ],
};

/** What a value was expected from. */
const FROM: Readonly<Record<Check, string>> = {
  files: 'in the manifest',
  'request bytes': 'from the stored bytes',
  'reply bytes': 'from the stored bytes',
  'readable copies': 'in the bytes',
  requests: 'from design and persona',
  outcomes: 'from the reply',
  answers: 'in the reply',
  'answers of other parser versions': 'in the reply as it is read now',
  scores: 'from the answers',
  personas: 'in the study file',
  tables: 'from the data',
  'figures and report': 'from the data',
};
