/**
 * Writes `data/demo/personas.csv`: 200 invented people to try the program with. Each has a latent personality
 * that decides which sentences describe it; the sentences and names are data in `demo-personas/`. Everything is
 * drawn from one fixed seed, so the file comes out the same, byte for byte (`test/demo-personas.test.ts` checks).
 *
 * Run from anywhere: `node scripts/make-demo-personas.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hashText, type Uniforms, uniforms } from '../src/providers/simulated/random.ts';

/** Where a trait stands: 1 high, -1 low, 0 in the middle, of which a description has nothing to say. */
export type Level = -1 | 0 | 1;

/** The traits that the demo people differ in. */
export type Trait = keyof typeof TRAITS;

/** A demo persona: a row of the published `personas` table (without `id`) and what it was written from. */
export interface DemoPersona {
  readonly levels: Readonly<Record<Trait, Level>>;
  readonly row: Readonly<Record<(typeof COLUMNS)[number], string | number | null>>;
}

interface Phrases {
  readonly openings: readonly string[];
  readonly backgrounds: readonly string[];
  readonly closings: readonly string[];
  readonly traits: Readonly<Record<Trait, { readonly high: readonly string[]; readonly low: readonly string[] }>>;
}

interface Weighted<T> {
  readonly weight: number;
  readonly clean: T;
  readonly originals: readonly (string | null)[];
}

interface Gender {
  readonly weight: number;
  readonly pronouns: keyof typeof PRONOUNS;
  readonly gender: string;
  readonly originals: readonly string[];
}

interface People {
  readonly backgrounds: readonly {
    readonly race_original: string;
    readonly race: string;
    readonly ethnicity: string;
    readonly female: readonly string[];
    readonly male: readonly string[];
    readonly family: readonly string[];
  }[];
  readonly neutralNames: readonly string[];
  readonly places: readonly { readonly place: string; readonly region: string }[];
  readonly occupations: readonly { readonly job: string; readonly original: string; readonly occupation: string }[];
  readonly genders: readonly Gender[];
  readonly orientations: readonly Weighted<string | null>[];
  readonly religions: readonly Weighted<string>[];
  readonly politics: readonly Weighted<string>[];
}

/** The columns of the published `personas` table without `id`, in its order. */
export const COLUMNS = [
  'ref_personality_id',
  'population',
  'model',
  'name',
  'age',
  'gender_original',
  'gender',
  'race_original',
  'race',
  'sexual_orientation_original',
  'sexual_orientation',
  'ethnicity',
  'religious_belief_original',
  'religious_belief',
  'occupation_original',
  'occupation',
  'political_orientation_original',
  'political_orientation',
  'location_original',
  'location',
  'description',
  'word_count_description',
  'repetitions',
  'model_print',
  'population_print',
] as const;

/**
 * How often a trait is high and low (the rest is in the middle), and how many sentences tell of it. E and N
 * split the people as they do the reference population; few are tough-minded, most would appear in a good light.
 */
const TRAITS = {
  E: { high: 0.38, low: 0.38, sentences: [2, 3] },
  N: { high: 0.38, low: 0.38, sentences: [2, 3] },
  P: { high: 0.25, low: 0.45, sentences: [1, 2] },
  L: { high: 0.5, low: 0.25, sentences: [1, 2] },
  A: { high: 0.4, low: 0.25, sentences: [1, 1] },
  C: { high: 0.4, low: 0.3, sentences: [1, 1] },
  O: { high: 0.4, low: 0.3, sentences: [1, 1] },
} as const;

const PRONOUNS = {
  she: { who: 'she', his: 'her', him: 'her', himself: 'herself', plural: false },
  he: { who: 'he', his: 'his', him: 'him', himself: 'himself', plural: false },
  they: { who: 'they', his: 'their', him: 'them', himself: 'themselves', plural: true },
} as const;

const SEED = 'demo people';
const PEOPLE = 200;
const MIN_WORDS = 120;
const MAX_WORDS = 215;
const AGES = { youngest: 19, oldest: 84 };

/** The demo population, the same at every call. */
export function makeDemoPersonas(): DemoPersona[] {
  const phrases = readData<Phrases>('phrases.json');
  const people = readData<People>('people.json');
  const draw = uniforms(hashText(SEED));
  const taken = new Set<string>();
  return Array.from({ length: PEOPLE }, (_, i) => makePersona(i + 1, phrases, people, draw, taken));
}

/** The population as PostgreSQL's COPY reads it (`FORMAT csv, HEADER`): an unquoted empty field is NULL. */
export function toCsv(personas: readonly DemoPersona[]): string {
  const lines = personas.map(({ row }) => COLUMNS.map((column) => csvField(row[column])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

function makePersona(id: number, phrases: Phrases, people: People, draw: Uniforms, taken: Set<string>): DemoPersona {
  const gender = pickWeighted(people.genders, draw);
  const origin = pick(people.backgrounds, draw);
  const { first, name } = pickName(gender, origin, people, draw, taken);
  const home = pick(people.places, draw);
  const work = pick(people.occupations, draw);
  const orientation = pickWeighted(people.orientations, draw);
  const religion = pickWeighted(people.religions, draw);
  const politics = pickWeighted(people.politics, draw);
  const age = AGES.youngest + Math.floor((draw() + draw()) * 0.5 * (AGES.oldest - AGES.youngest + 1));
  const levels = drawLevels(draw);
  const facts = { name: first, age: String(age), job: work.job, place: home.place, region: home.region };
  const description = describe(levels, phrases, facts, gender.pronouns, draw);
  return {
    levels,
    row: {
      ref_personality_id: id,
      population: 'demo_people',
      model: 'sim-gpt4o',
      name,
      age,
      gender_original: pick(gender.originals, draw),
      gender: gender.gender,
      race_original: origin.race_original,
      race: origin.race,
      sexual_orientation_original: pick(orientation.originals, draw),
      sexual_orientation: orientation.clean,
      ethnicity: origin.ethnicity,
      religious_belief_original: pick(religion.originals, draw),
      religious_belief: religion.clean,
      occupation_original: work.original,
      occupation: work.occupation,
      political_orientation_original: pick(politics.originals, draw),
      political_orientation: politics.clean,
      location_original: `${home.place}, ${home.region}`,
      location: home.place,
      description,
      word_count_description: wordCount(description),
      repetitions: 1,
      model_print: 'GPT-4o (simulated)',
      population_print: 'Demo',
    },
  };
}

function pickName(gender: Gender, origin: People['backgrounds'][number], people: People, draw: Uniforms, taken: Set<string>) {
  const firstNames = { she: origin.female, he: origin.male, they: people.neutralNames }[gender.pronouns];
  for (;;) {
    const first = pick(firstNames, draw);
    const last = pick(origin.family, draw);
    // Sixteen names of a kind run out now and then; a second family name makes the next ones.
    const name = taken.has(`${first} ${last}`)
      ? `${first} ${last} ${pick(pick(people.backgrounds, draw).family, draw)}`
      : `${first} ${last}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return { first, name };
  }
}

function drawLevels(draw: Uniforms): Record<Trait, Level> {
  const levels = {} as Record<Trait, Level>;
  for (const trait of traitNames()) {
    const u = draw();
    levels[trait] = u < TRAITS[trait].high ? 1 : u < TRAITS[trait].high + TRAITS[trait].low ? -1 : 0;
  }
  return levels;
}

// --- the description ---------------------------------------------------------------------------------------

function describe(
  levels: Readonly<Record<Trait, Level>>,
  phrases: Phrases,
  facts: Readonly<Record<string, string>>,
  pronouns: keyof typeof PRONOUNS,
  draw: Uniforms,
): string {
  function about(...traits: Trait[]): string[] {
    return traits.flatMap((trait) => {
      const level = levels[trait];
      const [fewest, most] = TRAITS[trait].sentences;
      const count = fewest + Math.floor(draw() * (most - fewest + 1));
      return level === 0 ? [] : shuffled(level === 1 ? phrases.traits[trait].high : phrases.traits[trait].low, draw).slice(0, count);
    });
  }

  const backgrounds = shuffled(phrases.backgrounds, draw);
  const opening = [pick(phrases.openings, draw), backgrounds.pop()!];
  const inCompany = shuffled(about('E', 'A'), draw);
  const within = shuffled(about('N', 'C', 'O'), draw);
  const principles = [...shuffled(about('P', 'L'), draw), pick(phrases.closings, draw)];
  // Two paragraphs or three, as people write.
  const paragraphs =
    draw() < 0.5
      ? [[...opening, ...inCompany], within, principles]
      : [
          [...opening, ...inCompany],
          [...within, ...principles],
        ];
  const kept = paragraphs.filter((sentences) => sentences.length > 0);

  const write = () => kept.map((sentences) => writeParagraph(sentences, facts, pronouns)).join('\n\n');
  // Somebody of whom there is little to say gets more of a past.
  while (wordCount(write()) < MIN_WORDS) kept[0]!.splice(1, 0, backgrounds.pop()!);
  while (wordCount(write()) > MAX_WORDS) kept[0]!.splice(1, 1);
  return write();
}

/** Fills the templates of one paragraph. It begins with the name; then name and pronoun take turns. */
function writeParagraph(templates: readonly string[], facts: Readonly<Record<string, string>>, pronouns: keyof typeof PRONOUNS): string {
  let sinceName = Number.POSITIVE_INFINITY;
  return templates
    .map((template) => {
      const useName = sinceName >= 2;
      sinceName = template.includes('{name}') || (useName && template.includes('{Who}')) ? 0 : sinceName + 1;
      return fill(template, facts, pronouns, useName);
    })
    .join(' ');
}

function fill(template: string, facts: Readonly<Record<string, string>>, pronouns: keyof typeof PRONOUNS, useName: boolean): string {
  const forms = PRONOUNS[pronouns];
  const words: Readonly<Record<string, string>> = { ...facts, who: forms.who, his: forms.his, him: forms.him, himself: forms.himself };
  let plural = false;
  return template.replace(/\{(\w+)\}|\[([^|\]]+)\|([^\]]+)\]/gu, (_, slot: string | undefined, singular: string, pluralForm: string) => {
    if (slot === undefined) return plural ? pluralForm : singular;
    if (slot === 'Who' && useName) {
      plural = false;
      return words.name!;
    }
    const word = words[slot.toLowerCase()];
    if (word === undefined) throw new Error(`phrases.json: {${slot}} is no slot, in "${template}"`);
    if (slot === 'name') plural = false;
    else if (slot.toLowerCase() === 'who') plural = forms.plural;
    return slot === slot.toLowerCase() ? word : word[0]!.toUpperCase() + word.slice(1);
  });
}

function wordCount(text: string): number {
  return text.split(/\s+/u).length;
}

// --- small things ------------------------------------------------------------------------------------------

function traitNames(): Trait[] {
  return Object.keys(TRAITS) as Trait[];
}

function pick<T>(list: readonly T[], draw: Uniforms): T {
  return list[Math.floor(draw() * list.length)]!;
}

function pickWeighted<T extends { readonly weight: number }>(list: readonly T[], draw: Uniforms): T {
  let left = draw() * list.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of list) {
    left -= one.weight;
    if (left < 0) return one;
  }
  return list.at(-1)!;
}

function shuffled<T>(list: readonly T[], draw: Uniforms): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

function csvField(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function readData<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`demo-personas/${name}`, import.meta.url), 'utf8')) as T;
}

if (import.meta.main) {
  writeFileSync(new URL('../data/demo/personas.csv', import.meta.url), toCsv(makeDemoPersonas()));
}
