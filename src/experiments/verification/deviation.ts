/** Where something that is stored is not what follows from what it was made of. */

/** What is held against what. */
export type Check =
  /** Files of a bundle, against its manifest. */
  | 'files'
  /** Bytes that travelled, against the SHA-256 recorded with them. */
  | 'request bytes'
  | 'reply bytes'
  /** What was sent, against what design, persona and orders give. */
  | 'requests'
  /** Stored answers, against what the parser reads from their reply. */
  | 'answers'
  | 'scores'
  /** Tables of a bundle, against those that its data give. */
  | 'tables';

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

/** How many were checked of each kind; absent for none. */
export type Checked = Map<Check, number>;

export function count(checked: Checked, check: Check, more = 1): void {
  checked.set(check, (checked.get(check) ?? 0) + more);
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

/** What a value was expected from. */
const FROM: Readonly<Record<Check, string>> = {
  files: 'in the manifest',
  'request bytes': 'from the stored bytes',
  'reply bytes': 'from the stored bytes',
  requests: 'from design and persona',
  answers: 'in the reply',
  scores: 'from the answers',
  tables: 'from the data',
};
