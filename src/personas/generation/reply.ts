/**
 * Reads a persona from the text of a completion, or the reason why it has none. Missing or
 * impossible fields are never filled in: the persona is requested again.
 */
import {
  type LooseObjects,
  type Node,
  type ObjectNode,
  readLooseJson,
  readWithin,
  type ScalarNode,
  toJson,
} from '../../instruments/reply/lenient-json.ts';
import { isRefusal } from '../../instruments/reply/refusal.ts';
import type { Steps } from '../../instruments/reply/scanner.ts';
import { beginning } from '../../shorten.ts';
import { countWords } from '../persona.ts';

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
  | {
      readonly kind: 'rejected';
      readonly outcome: 'refused' | 'unparseable' | 'invalid';
      /** What is wrong, without quotations, so that rejections can be counted by kind. */
      readonly code: PersonaRejectionCode;
      readonly reason: string;
    };

type PersonaRejectionCode =
  | 'empty'
  | 'refused'
  | 'thoughts_only'
  | 'no_json'
  | 'not_closed'
  | 'several_personas'
  | 'missing_fields'
  | 'contradiction'
  | 'bad_age'
  | 'bad_name'
  | 'short_description';

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

/**
 * Keys of objects that hold some of the fields for the sake of order. Any other object may speak of
 * somebody else.
 */
const GROUPS: ReadonlySet<string> = new Set([
  ...[
    'persona',
    'profile',
    'person',
    'character',
    'individual',
    'data',
    'details',
    'info',
    'information',
    'fields',
    'attributes',
  ],
  ...[
    'demographics',
    'demographic',
    'demographic_info',
    'demographic_information',
    'demographic_data',
    'demographic_details',
  ],
  ...[
    'personal',
    'personal_info',
    'personal_information',
    'personal_details',
    'personal_data',
    'basic',
    'basic_info',
    'basics',
  ],
  ...[
    'basic_information',
    'identity',
    'identity_info',
    'background',
    'bio_data',
    'characteristics',
    'about',
    'general',
    'beliefs',
  ],
  ...[
    'datos',
    'datos_personales',
    'datos_demograficos',
    'datos_demográficos',
    'demografia',
    'demografía',
    'perfil',
    'persona_data',
  ],
]);
/** Beside such a key the others of an object say the same in parts, or how sure it is. */
const WHOLE_KEYS: ReadonlySet<string> = new Set([
  'value',
  'text',
  'full',
  'full_name',
  'full_text',
  'formatted',
  'display_name',
]);
/** In this order, whatever the order of the keys. */
const NAME_PARTS: readonly string[] = [
  ...[
    'title',
    'prefix',
    'first',
    'first_name',
    'firstname',
    'given',
    'given_name',
    'given_names',
    'forename',
    'nombre',
  ],
  ...[
    'middle',
    'middle_name',
    'middle_names',
    'middle_initial',
    'last',
    'last_name',
    'lastname',
    'family',
    'family_name',
    'surname',
  ],
  ...['apellido', 'apellidos', 'suffix'],
];
/** What JSON Schema says of a field. */
const SCHEMA_KEYS: ReadonlySet<string> = new Set([
  'type',
  'description',
  'title',
  'example',
  'examples',
  'enum',
  'format',
  'required',
]);

/** The questionnaires are for adults and adolescents. */
const AGES = { least: 12, most: 110 } as const;
/** Fewer words are a caption, not a biography; the study's have some 400. */
const FEWEST_WORDS = 30;
/**
 * What stands where a value should, without being one. Declining to say is a value of the fields
 * that ask about the person.
 */
const PLACEHOLDER =
  /^(?:string|integer|null|undefined|none given|n\/?a|not available|tbd|to be determined|\?+|\.{2,}|…|-+|x+|<.*>|\[.*\])$/iu;
const NO_NAME =
  /^(?:unknown|unnamed|anonymous|not specified|unspecified|no name|name|first and last name|john doe|jane doe)$/iu;

/**
 * Two letters at least, not counting how they are written: vowel signs are marks (सीता), a surname of
 * one sign may stand apart (李 娜), and one ideograph is a name.
 */
const A_NAME = /\p{Ideographic}|\p{L}(?:[^\p{L}\p{M}]*\p{L}|\p{M})/u;
/** What stands after the number of an age, where more than the number is written. */
const OF_AGE = new RegExp(
  `^(?:aged?:?\\s*)?(\\d{1,3})(?:\\.0+)?(?:[\\s-]*(?:${[
    '(?:years?|yrs?|y|años)(?:[\\s-]+(?:old|of age|de edad))?',
    'y/?o|ans|jahre?(?: alt)?|anni|anos(?: de idade)?|лет|года?|yaş(?:ında)?',
    '岁|歲|歳|才|세|살|वर्ष|साल|سنة|سنوات|عام[اً]*|ปี|tuổi',
  ].join('|')})\\.?)?$`,
  'iu',
);

/** Linear in the length of the text. */
export function parsePersona(text: string, steps: Steps = { characters: 0 }): PersonaReply {
  if (text.trim() === '') return rejected('unparseable', 'empty', 'the reply is empty');
  const found = readLooseJson(text, steps);
  const candidates = found.roots
    .filter((root) => !root.part)
    .flatMap((root) => personaNodes(root.node, steps));
  const best = candidates.at(-1);
  if (best === undefined) return explainFailure(found);
  const different = new Set(candidates.map(contentOf)).size;
  if (different > 1)
    return rejected('invalid', 'several_personas', `the reply contains ${different} personas`);
  if (found.brokenAt !== null && found.brokenAt > best.end) {
    return rejected(
      'unparseable',
      'not_closed',
      'after the persona, another JSON object begins and is never closed',
    );
  }
  return readPersona(best);
}

function explainFailure({ text, roots, brokenAt, thoughts }: LooseObjects): PersonaReply {
  if (isRefusal(text))
    return rejected('refused', 'refused', 'the model refused to write the persona');
  if (brokenAt !== null) {
    const whole = roots.some(({ part }) => !part)
      ? 'the complete JSON objects contain no persona, and another one is never closed'
      : null;
    return rejected(
      'unparseable',
      'not_closed',
      whole ?? 'the JSON object of the reply is never closed',
    );
  }
  if (thoughts === 'unended')
    return rejected('unparseable', 'thoughts_only', 'the reply ends within the reasoning');
  if (text.trim() === '')
    return rejected('unparseable', 'thoughts_only', 'the reply contains only reasoning');
  const afterThoughts = 'after the reasoning, the reply contains no JSON object of a persona';
  return rejected(
    'unparseable',
    'no_json',
    thoughts === 'ended' ? afterThoughts : 'the reply contains no JSON object of a persona',
  );
}

function rejected(
  outcome: 'refused' | 'unparseable' | 'invalid',
  code: PersonaRejectionCode,
  reason: string,
): PersonaReply {
  return { kind: 'rejected', outcome, code, reason };
}

/**
 * Objects that name a person and describe one, or hold most of the fields, wherever they are
 * nested.
 */
function personaNodes(node: Node, steps: Steps): ObjectNode[] {
  if (node.kind === 'array') return node.items.flatMap((item) => personaNodes(item, steps));
  if (node.kind === 'string')
    return readWithin(node, steps).flatMap((inner) => personaNodes(inner, steps));
  if (node.kind !== 'object') return [];
  steps.characters += node.entries.length;
  const fields = new Set(factsOf(node).map(({ field }) => field));
  // Some models repeat the schema before they fill it in.
  if (
    fields.has('name') &&
    node.entries.every(({ value }) => value?.kind === 'object' && isSchema(value))
  )
    return [];
  if ((fields.has('name') && fields.has('description')) || fields.size > FIELDS.size / 2)
    return [node];
  return node.entries.flatMap((entry) =>
    entry.value === null ? [] : personaNodes(entry.value, steps),
  );
}

/** One thing that is said of the person. */
interface Fact {
  readonly field: Field;
  readonly value: Node | null;
}

/** The fields of an object, and of the objects that only group them. */
function factsOf(node: ObjectNode): Fact[] {
  return node.entries.flatMap(({ key, value }) => {
    const name = plainKey(key);
    const field = FIELDS.has(name) ? (name as Field) : ALIASES[name];
    if (field !== undefined) return [{ field, value }];
    if (!GROUPS.has(name)) return [];
    const grouped = value?.kind === 'array' ? value.items : [value];
    return grouped.flatMap((group) => (group?.kind === 'object' ? factsOf(group) : []));
  });
}

/** What two copies of a persona have in common. */
function contentOf(node: ObjectNode): string {
  return factsOf(node)
    .map(({ field, value }) => `${field}: ${toJson(value)}`)
    .sort()
    .join('\n');
}

function plainKey(key: string): string {
  return key
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

function isSchema({ entries }: ObjectNode): boolean {
  return entries.length > 0 && entries.every(({ key }) => SCHEMA_KEYS.has(plainKey(key)));
}

function readPersona(node: ObjectNode): PersonaReply {
  const problems: { readonly code: PersonaRejectionCode; readonly text: string }[] = [];
  const texts = new Map<string, string>();
  for (const { field, value } of factsOf(node)) {
    const text = value === null ? null : textOf(value, field);
    if (text === null || text.trim() === '' || PLACEHOLDER.test(text.trim())) continue;
    const earlier = texts.get(field);
    if (earlier !== undefined && earlier !== text.trim()) {
      problems.push({ code: 'contradiction', text: `${field} occurs twice with different values` });
    }
    texts.set(field, text.trim());
  }
  const missing = ['age', ...TEXT_FIELDS].filter((field) => !texts.has(field));
  if (missing.length > 0)
    problems.unshift({ code: 'missing_fields', text: `missing: ${missing.join(', ')}` });

  const age = readAge(texts.get('age') ?? null);
  if (texts.has('age') && age === null)
    problems.push({ code: 'bad_age', text: `"${shorten(texts.get('age')!)}" is not an age` });
  else if (age !== null && (age < AGES.least || age > AGES.most)) {
    problems.push({ code: 'bad_age', text: `an age of ${age} is not plausible` });
  }
  const name = texts.get('name');
  if (name !== undefined && (NO_NAME.test(name) || !A_NAME.test(name.normalize('NFC')))) {
    problems.push({ code: 'bad_name', text: `"${shorten(name)}" is not a name` });
  }
  const words = countWords(texts.get('description') ?? '');
  if (texts.has('description') && words < FEWEST_WORDS) {
    const counted = words === 1 ? '1 word' : `${words} words`;
    problems.push({
      code: 'short_description',
      text: `the description has ${counted}; the minimum is ${FEWEST_WORDS}`,
    });
  }

  if (problems.length > 0)
    return rejected('invalid', problems[0]!.code, problems.map(({ text }) => text).join('; '));
  const written = Object.fromEntries(
    TEXT_FIELDS.map((field) => [field, texts.get(field)!]),
  ) as Record<(typeof TEXT_FIELDS)[number], string>;
  return { kind: 'persona', persona: { ...written, age: age! } };
}

/**
 * A value as text, its parts joined. Null for what is no value, and for what could be read in two
 * ways.
 */
function textOf(node: Node, field: Field): string | null {
  if (node.kind === 'string') return node.text;
  if (node.kind === 'bare') return isNothing(node) ? null : node.text;
  if (node.kind !== 'array' && node.kind !== 'object') return null;
  const parts =
    node.kind === 'array' ? node.items.map((item) => textOf(item, field)) : partsOf(node, field);
  if (parts.length === 0 || parts.includes(null)) return null;
  const joint = field === 'description' ? '\n\n' : field === 'name' || field === 'age' ? ' ' : ', ';
  return parts.join(node.kind === 'array' && field === 'name' ? ', ' : joint);
}

/**
 * The values of an object such as `{city, state}`; one of them null where it is not clear what they
 * say.
 */
function partsOf(node: ObjectNode, field: Field): (string | null)[] {
  if (isSchema(node)) return [null];
  const given = node.entries.filter(
    ({ value }) => value !== null && !(value.kind === 'bare' && isNothing(value)),
  );
  const whole = given.filter(({ key }) => WHOLE_KEYS.has(plainKey(key)));
  const entries = whole.length === 1 ? whole : given;
  const order = (key: string) => NAME_PARTS.indexOf(plainKey(key));
  if (field === 'name' && entries.length > 1) {
    if (entries.some(({ key }) => order(key) === -1)) return [null];
    entries.sort((a, b) => order(a.key) - order(b.key));
  }
  const parts = entries.map(({ value }) => partOf(value!, field));
  return [...new Set(parts)];
}

/**
 * Numbers and truth values beside words (`{"belief": "None", "practising": false}`) say nothing
 * without their keys.
 */
function partOf(value: Node, field: Field): string | null {
  const isWord =
    value.kind !== 'bare' ||
    (/^\p{L}/u.test(value.text) && !/^(?:true|false|yes|no)$/i.test(value.text));
  if (!isWord && field !== 'age' && field !== 'location') return null;
  const text = textOf(value, field)?.trim() ?? '';
  return text === '' || PLACEHOLDER.test(text) ? null : text;
}

function isNothing({ text }: Pick<ScalarNode, 'text'>): boolean {
  return /^(?:null|none|undefined|nan)$/i.test(text);
}

/** `34`, `"34"`, `34.0`, `"34 years old"`, `"34歳"`, `"३४"`; a decade is no age. */
function readAge(text: string | null): number | null {
  const digits = OF_AGE.exec(plainDigits(text ?? ''));
  return digits === null ? null : Number(digits[1]);
}

/** The digits of every script as 0 to 9: Unicode lists each script's ten in order. */
function plainDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    let value = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
    return String(value % 10);
  });
}

function shorten(text: string): string {
  return text.length > 40 ? `${beginning(text, 40)}…` : text;
}
