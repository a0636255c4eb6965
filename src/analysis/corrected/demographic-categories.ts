/**
 * The categories of Tables 1 to 3, made a partition: every persona is in exactly one category of
 * each field. The metric ids of the published tables keep their names; those that they lack are
 * new.
 */
import type { TabulatedField } from '../data.ts';

interface Category {
  readonly metric: string;
  /**
   * Words, or words in a row, that put a value here. Matched as whole words, the longest first; see
   * `categorise`.
   */
  readonly phrases: readonly string[];
}

export interface Partition {
  readonly field: TabulatedField;
  /** In the order of the table. */
  readonly categories: readonly Category[];
  /** Metric of values that say two of these at once, as well as of those that say "other". */
  readonly other: string;
  /** Metric of values that no category knows, `unmapped` among them. */
  readonly unmapped: string;
  /** Metric of NULL and the empty value. */
  readonly missing: string;
  /**
   * Words that change no category. With them a value is placed only if it holds no word but these
   * and phrases.
   */
  readonly known?: ReadonlySet<string>;
}

const HEDGES = [
  ...[
    'a',
    'an',
    'the',
    'and',
    'or',
    'as',
    'person',
    'people',
    'identifies',
    'identifying',
    'very',
    'somewhat',
    'slightly',
  ],
  ...['mostly', 'strongly', 'fairly', 'rather', 'mildly', 'generally', 'largely'],
];

const OTHER = [
  'other',
  'others',
  'mixed',
  'multiple',
  'several',
  'prefer not to say',
  'declined',
  'undisclosed',
  'unspecified',
  'not specified',
  'unknown',
];

/** In the order of the published tables. */
export const PARTITIONS: readonly Partition[] = [
  {
    field: 'gender',
    categories: [
      { metric: 'gender_female', phrases: ['female', 'woman', 'women', 'f', 'girl'] },
      { metric: 'gender_male', phrases: ['male', 'man', 'men', 'm', 'boy'] },
      {
        metric: 'gender_non_binary',
        phrases: [
          'nonbinary',
          'nb',
          'enby',
          'genderqueer',
          'genderfluid',
          'gender fluid',
          'agender',
          'two spirit',
        ],
      },
      { metric: 'gender_other', phrases: [...OTHER, 'intersex'] },
    ],
    other: 'gender_other',
    unmapped: 'gender_unmapped',
    missing: 'gender_missing',
    known: new Set([...HEDGES, 'cis', 'cisgender', 'trans', 'transgender', 'adult', 'young']),
  },
  {
    field: 'political_orientation',
    categories: [
      { metric: 'pol_centre', phrases: ['centre', 'center', 'centrist', 'moderate'] },
      {
        metric: 'pol_conservative',
        phrases: [
          'conservative',
          'right',
          'right wing',
          'rightist',
          'centre right',
          'center right',
          'moderate conservative',
          'conservative centrist',
        ],
      },
      {
        metric: 'pol_progressive',
        phrases: [
          'progressive',
          'left',
          'left wing',
          'leftist',
          'liberal',
          'socialist',
          'social democrat',
          'centre left',
          'center left',
          'moderate liberal',
          'moderate progressive',
        ],
      },
      {
        metric: 'pol_other',
        phrases: [
          ...OTHER,
          'libertarian',
          'independent',
          'apolitical',
          'anarchist',
          'undecided',
          'none',
        ],
      },
    ],
    other: 'pol_other',
    unmapped: 'pol_unmapped',
    missing: 'pol_missing',
    known: new Set([
      ...HEDGES,
      'politically',
      'leaning',
      'leans',
      'far',
      'extreme',
      'socially',
      'economically',
      'fiscally',
    ]),
  },
  {
    field: 'race',
    categories: [
      {
        metric: 'race_asia',
        phrases: ['asian', 'asia', 'asian american', 'east asian', 'south asian'],
      },
      { metric: 'race_black', phrases: ['black', 'african american', 'african', 'afro caribbean'] },
      {
        metric: 'race_latin',
        phrases: [
          'latino',
          'latina',
          'latinx',
          'latine',
          'hispanic',
          'hispanic latino',
          'latin american',
          'white hispanic',
          'black hispanic',
        ],
      },
      {
        metric: 'race_white',
        phrases: ['white', 'caucasian', 'european', 'nonhispanic white', 'white nonhispanic'],
      },
      {
        metric: 'race_other',
        phrases: [
          ...OTHER,
          'mixed race',
          'multiracial',
          'biracial',
          'middle eastern',
          'north african',
          'arab',
          'indigenous',
          'native american',
          'pacific islander',
          'roma',
        ],
      },
    ],
    other: 'race_other',
    unmapped: 'race_unmapped',
    missing: 'race_missing',
  },
  {
    field: 'religious_belief',
    categories: [
      {
        metric: 'relig_christian',
        phrases: [
          'christian',
          'christianity',
          'catholic',
          'roman catholic',
          'protestant',
          'orthodox christian',
        ],
      },
      { metric: 'relig_agnostic', phrases: ['agnostic', 'agnosticism'] },
      { metric: 'relig_atheist', phrases: ['atheist', 'atheism'] },
      {
        metric: 'relig_other_named',
        phrases: [
          'muslim',
          'islam',
          'jewish',
          'judaism',
          'buddhist',
          'buddhism',
          'hindu',
          'hinduist',
          'hinduism',
          'sikh',
          'pagan',
          'taoist',
          'shinto',
          'jain',
          'bahai',
        ],
      },
      {
        metric: 'relig_other',
        phrases: [
          ...OTHER,
          'none',
          'no religion',
          'nonreligious',
          'not religious',
          'secular',
          'spiritual',
          'spiritual but not religious',
        ],
      },
    ],
    other: 'relig_other',
    unmapped: 'relig_unmapped',
    missing: 'relig_missing',
  },
  {
    field: 'sexual_orientation',
    categories: [
      { metric: 'sex_hetero', phrases: ['heterosexual', 'hetero', 'straight'] },
      {
        metric: 'sex_lgbtq',
        phrases: [
          'lgbtq',
          'lgbt',
          'lgbtqia',
          'lgbtqi',
          'homosexual',
          'gay',
          'lesbian',
          'bi',
          'bisexual',
          'pan',
          'pansexual',
          'queer',
          'fluid',
          'sexually fluid',
          'questioning',
        ],
      },
      {
        metric: 'sex_asexual',
        phrases: ['asexual', 'aromantic', 'ace', 'demisexual', 'graysexual', 'greysexual'],
      },
      {
        metric: 'sex_unspecified',
        phrases: [
          'unspecified',
          'unknown',
          'none',
          'na',
          'n a',
          'not specified',
          'prefer not to say',
          'undisclosed',
        ],
      },
      { metric: 'sex_other', phrases: ['other', 'others'] },
    ],
    other: 'sex_other',
    unmapped: 'sex_unmapped',
    missing: 'sex_missing',
  },
];

/** Whether any persona of these rows states anything, recognised or not. */
export function isAnyStated(
  rows: readonly { readonly metric: string; readonly count: number }[],
): boolean {
  return rows.some(
    ({ metric, count }) => count > 0 && !PARTITIONS.some(({ missing }) => missing === metric),
  );
}

/** The metrics of a field, in the order of the table. Their shares sum to 1. */
export function metricsOf({ categories, unmapped, missing }: Partition): readonly string[] {
  return [...categories.map(({ metric }) => metric), unmapped, missing];
}

/**
 * The metric of a cleaned value. Case and punctuation do not count, and "non-" is one word with
 * what follows, so that "non-Hispanic white" is not Hispanic. Phrases match whole words, longer
 * ones first, and a word is used once.
 */
export function categorise(
  { categories, other, unmapped, missing, known }: Partition,
  value: string | null,
): string {
  if (value === null || value.trim() === '') return missing;
  let rest = ` ${plain(value)} `;
  const found = new Set<string>();
  const phrases = categories.flatMap(({ metric, phrases: all }) =>
    all.map((phrase) => ({ metric, phrase })),
  );
  phrases.sort((first, second) => second.phrase.length - first.phrase.length);
  for (const { metric, phrase } of phrases) {
    const without = rest.replaceAll(` ${phrase} `, ' | ');
    if (without !== rest) found.add(metric);
    rest = without;
  }
  const isKnown =
    known === undefined || rest.split(/[\s|]+/).every((word) => word === '' || known.has(word));
  if (found.size === 0 || !isKnown) return unmapped;
  return found.size === 1 ? [...found][0]! : other;
}

function plain(value: string): string {
  const words = value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return words
    .replace(/\bnon[\s\p{Pd}]+/gu, 'non')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
