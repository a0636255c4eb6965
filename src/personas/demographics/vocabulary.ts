/** Parses a demographic vocabulary into checked rules. Errors name field, round and rule. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { parseJson } from '../../json-fault.ts';
import { beginning } from '../../shorten.ts';
import { wordsOfIssue } from '../../zod-messages.ts';
import { compilePlaces, namesOfCity, OTHER_PLACE } from './places.ts';
import { compileRules, isPhrase } from './rules.ts';
import { splitWords } from './words.ts';

/**
 * The fields that are cleaned, and how long a category may be: the width of its published column
 * (personas).
 */
export const CLEANED_FIELDS = {
  gender: 20,
  race: 50,
  sexual_orientation: 20,
  religious_belief: 50,
  occupation: 100,
  political_orientation: 20,
  location: 100,
} as const;

export type CleanedField = keyof typeof CLEANED_FIELDS;

/** What a value becomes that no rule knows. Never a category of a vocabulary. */
export const UNMAPPED = 'unmapped';

/** A checked vocabulary, ready for use. */
export interface DemographicVocabulary {
  /** As the file says. */
  readonly version: string;
  /**
   * Of the file's text: tells by which vocabulary a value was cleaned, whatever the version says.
   */
  readonly sha256: string;
  readonly fields: Readonly<Record<CleanedField, CompiledField>>;
}

interface CompiledField {
  /** The category of an empty value. */
  readonly empty: string;
  /** Null when no rule knows the value. */
  readonly categorise: (raw: string) => string | null;
}

const text = z.string().refine((value) => value.trim() !== '', 'is empty');
const words = z.array(
  z.string().refine((value) => splitWords(value).length > 0, 'contains no word'),
);
const phrases = z.array(
  z
    .string()
    .refine(
      isPhrase,
      'is not a valid phrase: separate words by single spaces; write * only at the end of a word and ... only between words',
    ),
);

const rule = z.strictObject({
  category: text.nullable(),
  any: phrases.min(1, 'must have at least one phrase'),
  unless: phrases.default([]),
});

const ruleField = z.strictObject({
  about: text,
  categories: z.record(z.string(), text),
  empty: text.nullable(),
  noAnswer: text,
  inPassing: phrases,
  inPassingNext: phrases.default([]),
  everyWordKnown: z.boolean().default(false),
  known: phrases.default([]),
  relativesTell: z.boolean().default(false),
  foreign: phrases.default([]),
  parties: z
    .array(
      z.strictObject({ country: text, category: text, source: z.url(), names: phrases.min(1) }),
    )
    .default([]),
  rounds: z.array(
    z.strictObject({
      about: text,
      several: text.nullable().default(null),
      last: z.boolean().default(false),
      deniable: z.boolean().default(true),
      rules: z.array(rule).min(1, 'must have at least one rule'),
    }),
  ),
});

const area = z.strictObject({ names: words, cities: words });

const locationField = z.strictObject({
  about: text,
  empty: text.nullable(),
  outside: phrases,
  other: phrases,
  past: phrases,
  present: phrases,
  around: words,
  alone: z.record(z.string(), text),
  states: z.record(z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters'), area),
  usa: words,
  countries: z.record(z.string(), area.extend({ regions: words })),
});

const vocabulary = z.strictObject({
  version: text,
  about: text,
  grammar: z.strictObject({
    negations: words,
    fillers: words,
    breaks: words,
    present: words.default([]),
    noAnswer: phrases,
    known: phrases.default([]),
    foreign: phrases.default([]),
    others: z
      .strictObject({
        phrases,
        determiners: phrases,
        relatives: words,
        companions: words,
        verbs: words,
      })
      .default({ phrases: [], determiners: [], relatives: [], companions: [], verbs: [] }),
  }),
  fields: z.strictObject({
    gender: ruleField,
    race: ruleField,
    sexual_orientation: ruleField,
    religious_belief: ruleField,
    occupation: ruleField,
    political_orientation: ruleField,
    location: locationField,
  }),
});

type RuleField = z.output<typeof ruleField>;
type LocationField = z.output<typeof locationField>;

const FORMAT_HINT =
  'Correct the file and try again. data/demographics.json shows the format and explains how rules are read.';
const MOST_PROBLEMS_NAMED = 10;
const BUILT_IN = new URL('../../../data/demographics.json', import.meta.url);

let builtIn: DemographicVocabulary | undefined;

/**
 * @param source the text of a vocabulary file; without it the program's own
 *   (`data/demographics.json`), read once
 * @param fileName what to call it in messages
 * @throws UserError that names each wrong place: field, round, rule
 */
export function loadVocabulary(
  source?: string,
  fileName = 'the vocabulary',
): DemographicVocabulary {
  if (source !== undefined) return parseVocabulary(source, fileName);
  builtIn ??= parseVocabulary(readFileSync(BUILT_IN, 'utf8'), 'demographics.json');
  return builtIn;
}

function parseVocabulary(source: string, fileName: string): DemographicVocabulary {
  const raw = parseJson(source, fileName);
  const parsed = vocabulary.safeParse(raw);
  const problems = parsed.success
    ? problemsOf(parsed.data.fields)
    : parsed.error.issues.map(
        (issue) => `${place(issue.path)}${wordsOfIssue(issue)}${quoted(valueAt(raw, issue.path))}`,
      );
  if (!parsed.success || problems.length > 0) {
    const named = problems.slice(0, MOST_PROBLEMS_NAMED).join('; ');
    const more =
      problems.length > MOST_PROBLEMS_NAMED
        ? `; and ${problems.length - MOST_PROBLEMS_NAMED} more`
        : '';
    throw new UserError(`${fileName} is not a valid demographic vocabulary: ${named}${more}`, {
      code: 'vocabulary-invalid',
      hint: FORMAT_HINT,
    });
  }
  const { version, grammar, fields } = parsed.data;
  const compiled = ({ empty, parties, ...rules }: RuleField): CompiledField => ({
    empty: empty ?? UNMAPPED,
    categorise: compileRules(
      { ...rules, rounds: [...partyRound(parties), ...rules.rounds] },
      grammar,
    ),
  });
  return {
    version,
    sha256: createHash('sha256').update(source, 'utf8').digest('hex'),
    fields: {
      gender: compiled(fields.gender),
      race: compiled(fields.race),
      sexual_orientation: compiled(fields.sexual_orientation),
      religious_belief: compiled(fields.religious_belief),
      occupation: compiled(fields.occupation),
      political_orientation: compiled(fields.political_orientation),
      location: {
        empty: fields.location.empty ?? UNMAPPED,
        categorise: compilePlaces(fields.location, grammar.noAnswer),
      },
    },
  };
}

/** Parties come before all rounds: "Liberal" inside the name of a party says nothing by itself. */
function partyRound(parties: RuleField['parties']): RuleField['rounds'] {
  if (parties.length === 0) return [];
  const rules = parties.map(({ category, names }) => ({ category, any: names, unless: [] }));
  return [{ about: 'Parties', several: null, last: false, deniable: true, rules }];
}

/** What the shape alone does not tell. */
function problemsOf({ location, ...fields }: z.output<typeof vocabulary>['fields']): string[] {
  const ruled = Object.entries(fields) as [Exclude<CleanedField, 'location'>, RuleField][];
  return [
    ...ruled.flatMap(([field, rules]) => ruleProblems(field, rules)),
    ...locationProblems(location),
  ];
}

function ruleProblems(
  field: CleanedField,
  { categories, empty, noAnswer, parties, rounds }: RuleField,
): string[] {
  const limit = CLEANED_FIELDS[field];
  const known = Object.keys(categories);
  const unknown = (category: string | null, where: string) =>
    category === null || known.includes(category)
      ? []
      : [`${field}, ${where}: category "${category}" is not one of the field's categories`];
  return [
    ...known
      .filter((category) => category === UNMAPPED)
      .map(
        () =>
          `${field}: "${UNMAPPED}" is reserved for values without a rule and cannot be a category`,
      ),
    ...known
      .filter(({ length }) => length > limit)
      .map(
        (category) =>
          `${field}: category "${category}" is longer than its column (${limit} characters)`,
      ),
    ...unknown(empty, 'empty'),
    ...unknown(noAnswer, 'noAnswer'),
    ...parties.flatMap(({ category }, at) => unknown(category, `party ${at + 1}`)),
    ...phrasesOfTwo(partyRound(parties).flatMap(({ rules }) => rules)).map(
      (name) => `${field}: party "${name}" belongs to two categories`,
    ),
    ...rounds.flatMap((round, at) => [
      ...unknown(round.several, `round ${at + 1} (${round.about}), several`),
      ...round.rules.flatMap(({ category }, ruleAt) =>
        unknown(category, `round ${at + 1} (${round.about}), rule ${ruleAt + 1}`),
      ),
      ...phrasesOfTwo(round.rules).map(
        (phrase) =>
          `${field}, round ${at + 1} (${round.about}): "${phrase}" belongs to two categories`,
      ),
    ]),
  ];
}

/**
 * Phrases that two rules of a round give to different categories. Rules with exceptions may share
 * one: the exceptions tell them apart.
 */
function phrasesOfTwo(rules: RuleField['rounds'][number]['rules']): string[] {
  const owners = new Map<string, string | null>();
  return rules
    .filter(({ unless }) => unless.length === 0)
    .flatMap(({ category, any }) =>
      any.filter((phrase) => {
        const owner = owners.get(phrase);
        if (owner === undefined) owners.set(phrase, category);
        return owner !== undefined && owner !== category;
      }),
    );
}

function locationProblems({ alone, states, countries, empty }: LocationField): string[] {
  const known = new Set(
    [...Object.entries(states), ...Object.entries(countries)].flatMap(([label, { cities }]) =>
      cities.map((city) => `${namesOfCity(city).name}, ${label}`),
    ),
  );
  return [
    ...Object.entries(alone).flatMap(([name, meant]) =>
      known.has(meant) ? [] : [`location, alone "${name}": "${meant}" is not in the gazetteer`],
    ),
    ...[...known]
      .filter(({ length }) => length > CLEANED_FIELDS.location)
      .map((label) => `location: "${label}" is longer than its column`),
    ...(empty === null || empty === OTHER_PLACE
      ? []
      : [`location, empty: must be "${OTHER_PLACE}" or null, not "${empty}"`]),
  ];
}

const SINGULAR = new Map([
  ['rounds', 'round'],
  ['rules', 'rule'],
  ['parties', 'party'],
]);

/** `["fields", "race", "rounds", 1, "rules", 0, "any", 2]` → `race, round 2, rule 1, any 3: `. */
function place(path: readonly PropertyKey[]): string {
  const named = path[0] === 'fields' ? path.slice(1) : path;
  const parts: string[] = [];
  for (const key of named) {
    if (typeof key === 'number' && parts.length > 0) {
      const list = parts.pop()!;
      parts.push(`${SINGULAR.get(list) ?? list} ${key + 1}`);
    } else parts.push(String(key));
  }
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    raw,
  );
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? ` (${JSON.stringify(beginning(value, 60))})` : '';
}
