/**
 * From the text of a completion to the persona in it, or to the reason why there is none. A field that is missing or impossible is no
 * fact: the persona is asked for again, nothing is filled in.
 */
import { type Entry, type Node, type ObjectNode, readLooseJson, readWithin, toJson } from '../instruments/loose-json.ts';
import { isRefusal } from '../instruments/refusal.ts';
import { beginning } from '../shorten.ts';
import { countWords } from './persona.ts';

/** As the model wrote it. */
export interface WrittenPersona {
  readonly name: string;
  readonly age: number;
  readonly gender: string;
  readonly sexual_orientation: string;
  readonly race: string;
  readonly ethnicity: string;
  readonly religious_belief: string;
  readonly occupation: string;
  readonly political_orientation: string;
  readonly location: string;
  readonly description: string;
}

export type PersonaReply =
  | { readonly kind: 'persona'; readonly persona: WrittenPersona }
  | { readonly kind: 'rejected'; readonly outcome: 'refused' | 'unparseable' | 'invalid'; readonly reason: string };

type Field = keyof WrittenPersona;

const TEXT_FIELDS = [
  'name',
  'gender',
  'sexual_orientation',
  'race',
  'ethnicity',
  'religious_belief',
  'occupation',
  'political_orientation',
  'location',
  'description',
] as const;

/** Other names under which models, and the study's own code, know a field. */
const ALIASES: Readonly<Record<string, Field>> = {
  ethnicnicity: 'ethnicity',
  ethnic: 'ethnicity',
  religion: 'religious_belief',
  religious_beliefs: 'religious_belief',
  political_orientations: 'political_orientation',
  politics: 'political_orientation',
  job: 'occupation',
  profession: 'occupation',
  bio: 'description',
  biography: 'description',
  full_name: 'name',
};
const FIELDS: ReadonlySet<string> = new Set(['age', ...TEXT_FIELDS]);

/** The questionnaires are for adults and adolescents. */
const AGES = { least: 12, most: 110 } as const;
/** Fewer words are a caption, not a biography; the study's have some 400. */
const FEWEST_WORDS = 30;
/** What stands where a value should, without being one. Declining to say is a value of the fields that ask about the person. */
const PLACEHOLDER =
  /^(?:string|integer|null|undefined|none given|n\/?a|not available|tbd|to be determined|\?+|\.{2,}|…|-+|x+|<.*>|\[.*\])$/iu;
const NO_NAME = /^(?:unknown|unnamed|anonymous|not specified|unspecified|no name|name|first and last name|john doe|jane doe)$/iu;

export function parsePersona(text: string): PersonaReply {
  if (text.trim() === '') return { kind: 'rejected', outcome: 'unparseable', reason: 'the reply is empty' };
  const found = readLooseJson(text);
  const candidates = found.roots.filter((root) => !root.part).flatMap((root) => personaNodes(root.node));
  const best = candidates.at(-1);
  if (best === undefined) {
    if (isRefusal(text)) return { kind: 'rejected', outcome: 'refused', reason: 'the model refused to write the persona' };
    return {
      kind: 'rejected',
      outcome: 'unparseable',
      reason: found.brokenAt === null ? 'the reply holds no JSON object of a persona' : 'the JSON object of the reply is never closed',
    };
  }
  const different = new Set(candidates.map(toJson)).size;
  if (different > 1) return { kind: 'rejected', outcome: 'invalid', reason: `the reply holds ${different} personas` };
  if (found.brokenAt !== null && found.brokenAt > best.end) {
    return { kind: 'rejected', outcome: 'unparseable', reason: 'after the persona another JSON object begins and is never closed' };
  }
  return readPersona(best);
}

/** Objects that name a person and describe one, or hold most of the fields, wherever they are nested. */
function personaNodes(node: Node): ObjectNode[] {
  if (node.kind === 'array') return node.items.flatMap(personaNodes);
  if (node.kind === 'string') return readWithin(node).flatMap(personaNodes);
  if (node.kind !== 'object') return [];
  const fields = new Set(node.entries.map(fieldOf));
  // Fields that are all objects are those of the schema, which some models repeat before they fill it in.
  if (fields.has('name') && node.entries.every(({ value }) => value?.kind === 'object')) return [];
  if ((fields.has('name') && fields.has('description')) || [...FIELDS].filter((field) => fields.has(field)).length > FIELDS.size / 2)
    return [node];
  return node.entries.flatMap((entry) => (entry.value === null ? [] : personaNodes(entry.value)));
}

function fieldOf({ key }: Entry): string {
  const plain = key
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return FIELDS.has(plain) ? plain : (ALIASES[plain] ?? plain);
}

function readPersona(node: ObjectNode): PersonaReply {
  const problems: string[] = [];
  const texts = new Map<string, string>();
  for (const entry of node.entries) {
    const field = fieldOf(entry);
    if (!FIELDS.has(field)) continue;
    const text = entry.value === null ? null : textOf(entry.value, field === 'description' ? '\n\n' : ', ');
    if (text === null || text.trim() === '' || PLACEHOLDER.test(text.trim())) continue;
    const earlier = texts.get(field);
    if (earlier !== undefined && earlier !== text.trim()) problems.push(`${field} is there twice, differently`);
    texts.set(field, text.trim());
  }
  const missing = ['age', ...TEXT_FIELDS].filter((field) => !texts.has(field));
  if (missing.length > 0) problems.unshift(`nothing for ${missing.join(', ')}`);

  const age = readAge(texts.get('age') ?? null);
  if (texts.has('age') && age === null) problems.push(`"${shorten(texts.get('age')!)}" is no age`);
  else if (age !== null && (age < AGES.least || age > AGES.most)) problems.push(`an age of ${age} is not plausible`);
  const name = texts.get('name');
  if (name !== undefined && (NO_NAME.test(name) || !/\p{L}{2}/u.test(name))) problems.push(`"${shorten(name)}" is no name`);
  const words = countWords(texts.get('description') ?? '');
  if (texts.has('description') && words < FEWEST_WORDS) problems.push(`a description of ${words} words is none`);

  if (problems.length > 0) return { kind: 'rejected', outcome: 'invalid', reason: problems.join('; ') };
  const written = Object.fromEntries(TEXT_FIELDS.map((field) => [field, texts.get(field)!])) as Record<
    (typeof TEXT_FIELDS)[number],
    string
  >;
  return { kind: 'persona', persona: { ...written, age: age! } };
}

/** A value as text; lists of values are joined. Null for what is no value: an object, `null`. */
function textOf(node: Node, joint: string): string | null {
  if (node.kind === 'string') return node.text;
  if (node.kind === 'bare') return /^(?:null|none|undefined|nan)$/i.test(node.text) ? null : node.text;
  if (node.kind !== 'array') return null;
  const parts = node.items.map((item) => textOf(item, joint));
  return parts.length === 0 || parts.includes(null) ? null : parts.join(joint);
}

/** `34`, `"34"`, `34.0`, `"34 years old"`; a decade is no age. */
function readAge(text: string | null): number | null {
  const digits = /^(?:aged?\s+)?(\d{1,3})(?:\.0+)?(?:[\s-]*(?:years?|yrs?|y|años)(?:[\s-]+(?:old|of age|de edad))?\.?)?$/iu.exec(
    text ?? '',
  );
  return digits === null ? null : Number(digits[1]);
}

function shorten(text: string): string {
  return text.length > 40 ? `${beginning(text, 40)}…` : text;
}
