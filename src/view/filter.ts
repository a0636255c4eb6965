/**
 * Which administrations are meant, and in which order. A selection is its address: it is read from
 * a query string and written as one, so that a list can be bookmarked and sent.
 */

/** What became of an administration in the end. */
export const OUTCOMES = [
  'answered',
  'refused',
  'truncated',
  'unparseable',
  'invalid',
  'failed',
  'untried',
] as const;
export type AdministrationOutcome = (typeof OUTCOMES)[number];

/** Properties of which each has a list of wanted values; an empty list wants all. */
export const CHOICES = [
  'model',
  'condition',
  'population',
  'questionnaire',
  'language',
  'outcome',
] as const;
export type Choice = (typeof CHOICES)[number];

/** Properties of which a range is wanted: `from` and `to` are wanted themselves. */
export const RANGES = ['score', 'ms', 'cost', 'tokens', 'attempts'] as const;
export type RangeName = (typeof RANGES)[number];

/** `ms`, `cost` and `tokens` are those of the last call, which brought what the list shows. */
export const SORTS = [
  'id',
  'date',
  'persona',
  'score',
  'ms',
  'cost',
  'tokens',
  'attempts',
] as const;
export type SortName = (typeof SORTS)[number];

/** What a study calls its own: a column of its personas, or a factor of the way of asking. */
export const FIELD_KINDS = ['column', 'factor'] as const;

export interface FieldName {
  readonly kind: (typeof FIELD_KINDS)[number];
  readonly name: string;
}

/** The values of a field that are wanted, at least one. */
export interface Field extends FieldName {
  readonly values: readonly string[];
}

interface Range {
  readonly from: number | null;
  readonly to: number | null;
}

export interface Filter {
  readonly choices: Readonly<Record<Choice, readonly string[]>>;
  readonly ranges: Readonly<Record<RangeName, Range>>;
  /** In order of kind and name, each once. */
  readonly fields: readonly Field[];
  /** The scale whose score the range and the order are about; null where none is chosen. */
  readonly scale: string | null;
  /** Kind of failure, such as `timeout`. */
  readonly reason: string | null;
  /** In the reply or the explanation, whatever the case of letters. */
  readonly text: string | null;
  /** Days in UTC of the last attempt, `YYYY-MM-DD`; both are included. */
  readonly since: string | null;
  readonly until: string | null;
  /** Experiment groups; none wants all. */
  readonly groups: readonly number[];
  readonly persona: number | null;
  /** Whether it has answers, or a score; of the scale where one is chosen. */
  readonly has: Held | null;
}

/** What an administration may have. */
export const HELD = ['answers', 'score'] as const;
export type Held = (typeof HELD)[number];

interface Order {
  readonly by: SortName;
  readonly descending: boolean;
}

/** A place in a list: the value that it is sorted by, as the database writes it, and the id. */
export interface Position {
  /** Null behind all that have a value. */
  readonly value: string | null;
  readonly id: number;
}

export interface Selection {
  readonly filter: Filter;
  readonly order: Order;
  /** The list begins behind this one; null at the beginning. */
  readonly after: Position | null;
  /** What a line shows, in order; null for what differs between the lines. */
  readonly columns: readonly string[] | null;
}

/** A part of an address that says nothing a list can be asked for. */
export interface Misread {
  readonly name: string;
  readonly value: string;
}

const ALL: Range = { from: null, to: null };

/** Wants everything. */
export const EVERYTHING: Filter = {
  choices: {
    model: [],
    condition: [],
    population: [],
    questionnaire: [],
    language: [],
    outcome: [],
  },
  ranges: { score: ALL, ms: ALL, cost: ALL, tokens: ALL, attempts: ALL },
  fields: [],
  scale: null,
  reason: null,
  text: null,
  since: null,
  until: null,
  groups: [],
  persona: null,
  has: null,
};

const BY_ID: Order = { by: 'id', descending: false };

/** What cannot be understood is left out and reported, so that no list is silently another one. */
export function readSelection(query: URLSearchParams): {
  readonly selection: Selection;
  readonly misread: readonly Misread[];
} {
  const misread: Misread[] = [];
  const one = <T>(name: string, read: (text: string) => T | null): T | null => {
    const value = query.get(name)?.trim() ?? '';
    if (value === '') return null;
    const understood = read(value);
    if (understood === null) misread.push({ name, value });
    return understood;
  };
  const choose = (name: Choice): string[] => {
    const values = valuesOf(query, name);
    if (name !== 'outcome') return values;
    const known = values.filter((value) => isOneOf(OUTCOMES, value));
    for (const value of values) if (!isOneOf(OUTCOMES, value)) misread.push({ name, value });
    return known;
  };
  const range = (name: RangeName): Range => ({
    from: one(`${name}-from`, readNumber),
    to: one(`${name}-to`, readNumber),
  });
  const readGroups = (): number[] =>
    query.getAll('group').flatMap((text) => {
      const id = readId(text.trim());
      if (id === null && text.trim() !== '') misread.push({ name: 'group', value: text });
      return id ?? [];
    });
  const columns = valuesOf(query, 'show');
  const by = one('sort', (text) => (isOneOf(SORTS, text) ? text : null)) ?? BY_ID.by;
  const filter: Filter = {
    choices: {
      model: choose('model'),
      condition: choose('condition'),
      population: choose('population'),
      questionnaire: choose('questionnaire'),
      language: choose('language'),
      outcome: choose('outcome'),
    },
    ranges: {
      score: range('score'),
      ms: range('ms'),
      cost: range('cost'),
      tokens: range('tokens'),
      attempts: range('attempts'),
    },
    fields: readFields(query),
    scale: one('scale', (text) => text),
    reason: one('reason', (text) => text),
    text: one('text', (text) => text),
    since: one('since', readDay),
    until: one('until', readDay),
    groups: readGroups(),
    persona: one('persona', readId),
    has: one('has', (text) => (isOneOf(HELD, text) ? text : null)),
  };
  return {
    selection: {
      filter,
      order: { by, descending: query.get('order') === 'desc' },
      after: one('after', readPosition),
      columns: columns.length === 0 ? null : columns,
    },
    misread,
  };
}

/** The query string of a selection, without a leading `?`; empty for everything in order of id. */
export function writeSelection({
  filter,
  order,
  after = null,
  columns = null,
}: Partial<Selection>): string {
  const query = new URLSearchParams();
  const add = (name: string, value: string | number | null) => {
    if (value !== null) query.append(name, String(value));
  };
  if (filter !== undefined) {
    for (const name of CHOICES) for (const value of filter.choices[name]) add(name, value);
    for (const id of filter.groups) add('group', id);
    for (const name of ['scale', 'has', 'reason', 'text', 'since', 'until', 'persona'] as const)
      add(name, filter[name]);
    for (const name of RANGES) {
      add(`${name}-from`, filter.ranges[name].from);
      add(`${name}-to`, filter.ranges[name].to);
    }
    for (const field of filter.fields)
      for (const value of field.values) add(writeFieldName(field), value);
  }
  if (order !== undefined && order.by !== BY_ID.by) add('sort', order.by);
  if (order?.descending === true) add('order', 'desc');
  for (const name of columns ?? []) add('show', name);
  if (after !== null) add('after', writePosition(after));
  return query.toString();
}

/** How many properties the filter restricts. */
export function countRestrictions(filter: Filter): number {
  const ranges = RANGES.filter((name) => {
    const { from, to } = filter.ranges[name];
    return from !== null || to !== null;
  });
  const others = [
    filter.reason,
    filter.text,
    filter.since ?? filter.until,
    filter.persona,
    filter.has,
  ];
  return (
    CHOICES.filter((name) => filter.choices[name].length > 0).length +
    ranges.length +
    Math.min(1, filter.groups.length) +
    filter.fields.length +
    others.filter((value) => value !== null).length
  );
}

/** E.g. `column.religion`, as addresses have it. */
export function writeFieldName({ kind, name }: FieldName): string {
  return `${kind}.${name}`;
}

/** Null for what names no field. */
export function readFieldName(text: string): FieldName | null {
  const [, kind = '', name] = /^(column|factor)\.(.+)$/s.exec(text) ?? [];
  return name === undefined || !isOneOf(FIELD_KINDS, kind) ? null : { kind, name };
}

function readFields(query: URLSearchParams): readonly Field[] {
  const named = [...new Set(query.keys())].toSorted().flatMap((key) => {
    const field = readFieldName(key);
    return field === null ? [] : [{ ...field, values: valuesOf(query, key) }];
  });
  return named.filter(({ values }) => values.length > 0);
}

/** Each once; a field of a form that was left empty says nothing. */
function valuesOf(query: URLSearchParams, name: string): string[] {
  return [...new Set(query.getAll(name).filter((value) => value !== ''))];
}

function writePosition({ value, id }: Position): string {
  return value === null ? String(id) : `${id}~${value}`;
}

function readPosition(text: string): Position | null {
  const [, id, value] = /^(\d{1,10})(?:~(.{1,64}))?$/.exec(text) ?? [];
  return id === undefined ? null : { id: Number(id), value: value ?? null };
}

function isOneOf<T extends string>(known: readonly T[], text: string): text is T {
  return (known as readonly string[]).includes(text);
}

function readNumber(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function readId(text: string): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= 2_147_483_647 ? Number(text) : null;
}

function readDay(text: string): string | null {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
    ? text
    : null;
}
