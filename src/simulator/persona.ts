/**
 * Writes the personas of the simulated model: circumstances drawn at the published frequencies, and
 * a description that says for every answer of the sheet how it was answered, so that whoever
 * answers as this person can find it again.
 */
import { readFileSync } from 'node:fs';
import { calibrationOf, type PeopleShares } from './calibration.ts';
import type { AnsweredQuestion } from './persona-request.ts';
import { type Uniforms, uniforms } from './random.ts';
import { inAnswerWords, isYes } from './stated.ts';
import { EPQRA_SCALES, type KnownItem, knownItem, type Pronouns, tell } from './statements.ts';

interface Race {
  readonly originals: readonly string[];
  readonly ethnicities: readonly string[];
  readonly female: readonly string[];
  readonly male: readonly string[];
  readonly family: readonly string[];
}

interface PeopleData {
  readonly genders: Readonly<
    Record<string, { readonly pronouns: string; readonly originals: readonly string[] }>
  >;
  readonly orientations: Readonly<Record<string, { readonly originals: readonly string[] }>>;
  readonly religions: Readonly<Record<string, { readonly originals: readonly string[] }>>;
  readonly politics: Readonly<Record<string, { readonly originals: readonly string[] }>>;
  readonly races: Readonly<Record<string, Race>>;
  readonly neutralNames: readonly string[];
  readonly places: readonly { readonly location: string; readonly town: string }[];
  readonly occupations: readonly string[];
  readonly openings: readonly string[];
  readonly pastimes: readonly string[];
  readonly leads: Readonly<Record<string, readonly string[]>>;
  readonly beliefs: readonly string[];
  readonly closings: readonly string[];
}

/** A person's circumstances, all but the description of it. */
interface Circumstances {
  readonly givenName: string;
  readonly pronouns: Pronouns;
  readonly town: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

const PRONOUNS: Readonly<Record<string, Pronouns>> = {
  she: { he: 'she', him: 'her', his: 'her', himself: 'herself', plural: false },
  he: { he: 'he', him: 'him', his: 'his', himself: 'himself', plural: false },
  they: { he: 'they', him: 'them', his: 'their', himself: 'themselves', plural: true },
};

/**
 * Keeps the whole reply within the 1000 tokens that the study allows a persona, at four characters
 * each.
 */
const MAX_DESCRIPTION = 3000;
const AGES = { youngest: 21, oldest: 68 } as const;
/** So often a sentence that could open with either opens with the name. */
const NAME_EVERY = 3;

let loaded: PeopleData | null = null;

/**
 * A persona as JSON text with the keys of the study's schema.
 * @param rows the sheet as the request shows it
 * @param model id of the model that writes
 * @param key decides everything that is left to chance
 */
export function writePersona(
  rows: readonly AnsweredQuestion[],
  model: string,
  key: number,
): string {
  const draw = uniforms(key);
  const circumstances = drawCircumstances(calibrationOf(model).people, draw);
  return JSON.stringify(
    { ...circumstances.fields, description: describe(rows, circumstances, draw) },
    null,
    2,
  );
}

function drawCircumstances(shares: PeopleShares, draw: Uniforms): Circumstances {
  const people = thePeople();
  const gender = pickShare(shares.gender, draw);
  const orientation = draw() < lgbtqShare(shares, gender) ? 'lgbtq+' : 'heterosexual';
  const race = people.races[pickShare(shares.race, draw)]!;
  const givenName = pick(
    gender === 'female' ? race.female : gender === 'male' ? race.male : people.neutralNames,
    draw,
  );
  const { location, town } = pick(people.places, draw);
  return {
    givenName,
    pronouns: PRONOUNS[people.genders[gender]!.pronouns]!,
    town,
    fields: {
      name: `${givenName} ${pick(race.family, draw)}`,
      age: drawAge(draw),
      gender: pick(people.genders[gender]!.originals, draw),
      sexual_orientation: pick(people.orientations[orientation]!.originals, draw),
      race: pick(race.originals, draw),
      ethnicity: pick(race.ethnicities, draw),
      religious_belief: pick(people.religions[pickShare(shares.religion, draw)]!.originals, draw),
      occupation: pick(people.occupations, draw),
      political_orientation: pick(
        people.politics[pickShare(shares.politics, draw)]!.originals,
        draw,
      ),
      location,
    },
  };
}

/**
 * The published shares of non-binary and of LGBTQ+ personas nearly coincide with every model, so
 * the ones are taken for the others first.
 */
function lgbtqShare({ gender, orientation }: PeopleShares, own: string): number {
  const all = total(gender);
  const nonBinary = gender['non-binary'] ?? 0;
  const lgbtq = ((orientation['lgbtq+'] ?? 0) / total(orientation)) * all;
  if (own === 'non-binary') return nonBinary === 0 ? 0 : Math.min(1, lgbtq / nonBinary);
  return nonBinary === all ? 0 : Math.max(0, lgbtq - nonBinary) / (all - nonBinary);
}

/**
 * Most people are in their thirties or forties: the mean of two ages is likelier in the middle than
 * at the ends.
 */
function drawAge(draw: Uniforms): number {
  return Math.floor(AGES.youngest + ((draw() + draw()) / 2) * (AGES.oldest - AGES.youngest + 1));
}

function describe(
  rows: readonly AnsweredQuestion[],
  { givenName, pronouns, town, fields }: Circumstances,
  draw: Uniforms,
): string {
  const people = thePeople();
  const values: Readonly<Record<string, string>> = {
    Name: givenName,
    age: String(fields.age),
    job: withArticle(String(fields.occupation).toLowerCase()),
    town,
    religion: String(fields.religious_belief),
    politics: String(fields.political_orientation),
  };
  const say = (template: string) =>
    tell(
      template.replaceAll(
        /\{(Name|age|job|town|religion|politics)\}/gu,
        (_, slot: string) => values[slot]!,
      ),
      null,
      pronouns,
    );

  const { known, others } = sortRows(rows);
  const paragraphs = [
    [
      say(pick(people.openings, draw)),
      say(pick(people.pastimes, draw)),
      say(pick(people.beliefs, draw)),
    ],
  ];
  for (const scale of EPQRA_SCALES) {
    const answers = shuffle(
      known.filter(({ item }) => item.scale === scale),
      draw,
    );
    if (answers.length === 0) continue;
    const sentences = answers.map(({ item, answer }, i) =>
      tell(
        pick(answer ? item.yes : item.no, draw),
        i % NAME_EVERY === NAME_EVERY - 1 ? givenName : null,
        pronouns,
      ),
    );
    paragraphs.push([say(pick(people.leads[scale]!, draw)), ...sentences]);
  }
  const closing = say(pick(people.closings, draw));
  const written = paragraphs.map((sentences) => sentences.join(' '));
  const room = MAX_DESCRIPTION - [...written, closing].join('\n\n').length - 2;
  const answered = inAnswerWords(others, givenName, room);
  return [...written, ...(answered === '' ? [] : [answered]), closing].join('\n\n');
}

/** The rows that there are statements for, and the rest. */
function sortRows(rows: readonly AnsweredQuestion[]): {
  readonly known: readonly { readonly item: KnownItem; readonly answer: boolean }[];
  readonly others: readonly AnsweredQuestion[];
} {
  const known = new Map<string, { readonly item: KnownItem; readonly answer: boolean }>();
  const others: AnsweredQuestion[] = [];
  for (const row of rows) {
    const item = knownItem(row.question);
    const answer = isYes(row.answer);
    if (item === null || answer === null || known.has(item.id)) others.push(row);
    else known.set(item.id, { item, answer });
  }
  return { known: [...known.values()], others };
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/u.test(noun) ? 'an' : 'a'} ${noun}`;
}

function pick<T>(list: readonly T[], draw: Uniforms): T {
  return list[Math.floor(draw() * list.length)]!;
}

function pickShare(shares: Readonly<Record<string, number>>, draw: Uniforms): string {
  const entries = Object.entries(shares);
  let left = draw() * total(shares);
  for (const [category, share] of entries) {
    left -= share;
    if (left < 0) return category;
  }
  return entries.findLast(([, share]) => share > 0)![0];
}

function total(shares: Readonly<Record<string, number>>): number {
  return Object.values(shares).reduce((sum, share) => sum + share, 0);
}

function shuffle<T>(list: readonly T[], draw: Uniforms): T[] {
  const shuffled = [...list];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

/** The data is read at the first use, not on import: most commands never simulate. */
function thePeople(): PeopleData {
  loaded ??= JSON.parse(
    readFileSync(new URL('../../data/simulated/people.json', import.meta.url), 'utf8'),
  ) as PeopleData;
  return loaded;
}
