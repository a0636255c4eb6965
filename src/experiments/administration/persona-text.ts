/** How a persona is put to a model: its role, and the turns that come before the questionnaire. */
import { readFileSync } from 'node:fs';
import type { AdministrationSettings } from '../../administration/settings.ts';
import type { Turn } from '../../providers/provider.ts';
import { type Filled, fillTemplate, type PersonaFields } from './template.ts';

/** A persona as prompts may use it. */
export interface Persona {
  /** The columns of its row. */
  readonly row: PersonaFields;
  /** Columns that its study has added: name to value. */
  readonly columns: Readonly<Record<string, string>>;
}

/** What comes before the questionnaire. */
export type PersonaText =
  | {
      readonly ok: true;
      /** Says whose answers are wanted. */
      readonly role: string | null;
      readonly turns: readonly Turn[];
    }
  | { readonly ok: false; readonly reason: string };

/** Columns of a persona besides its name, in the order shown. */
export const DEMOGRAPHICS = [
  'age',
  'gender',
  'race',
  'ethnicity',
  'sexual_orientation',
  'religious_belief',
  'occupation',
  'political_orientation',
  'location',
] as const;

const DESCRIPTION = '<row.description>';

interface Sentences {
  readonly attribute: string;
  readonly question: string;
}

let sentences: Sentences | undefined;

/** The fields that a template may name; the row's own come first. */
export function fieldsOf({ row, columns }: Persona): PersonaFields {
  const filled = Object.entries(row).filter(([, value]) => value !== null);
  return { ...row, ...columns, ...Object.fromEntries(filled) };
}

/** Of a control, or of a stimulus that the model judges as itself. */
export const NO_PERSONA: PersonaText = { ok: true, role: null, turns: [] };

/** @param systemRole template of the group */
export function describePersona(
  systemRole: string,
  persona: Persona,
  fields: PersonaFields,
  { persona_as: form }: AdministrationSettings,
): PersonaText {
  if (form === 'description') return withTurns(fillTemplate(systemRole, fields), []);
  const attributes = attributesOf(persona);
  if (attributes.length === 0)
    return { ok: false, reason: 'the persona has no attributes, only a description' };
  sentences ??= JSON.parse(
    readFileSync(new URL('../../../data/prompts/attributes.json', import.meta.url), 'utf8'),
  ) as Sentences;
  const { attribute, question } = sentences;
  const put = (sentence: string, [name, value]: readonly [string, string]) =>
    sentence.replaceAll(/\{\{(name|value)\}\}/g, (_, slot) =>
      slot === 'value' ? value : name.replaceAll('_', ' '),
    );
  const withoutDescription = systemRole.replaceAll(DESCRIPTION, '').trim();
  if (form === 'attributes') {
    const role = fillTemplate(withoutDescription, fields);
    const lines = attributes.map((one) => put(attribute, one));
    return role.ok
      ? { ok: true, role: [role.text, ...lines].join('\n'), turns: [] }
      : { ok: false, reason: role.reason };
  }
  return withTurns(
    fillTemplate(withoutDescription, fields),
    attributes.flatMap((one): Turn[] => [
      { role: 'user', content: put(question, one) },
      { role: 'assistant', content: one[1] },
    ]),
  );
}

function withTurns(role: Filled, turns: readonly Turn[]): PersonaText {
  return role.ok ? { ok: true, role: role.text, turns } : { ok: false, reason: role.reason };
}

/** The persona's own columns, or where it has none, what its row says of it. */
function attributesOf({ row, columns }: Persona): readonly (readonly [string, string])[] {
  const own = Object.entries(columns);
  if (own.length > 0) return own.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return ['name', ...DEMOGRAPHICS].flatMap((name) => {
    const value = row[`${name}_original`] ?? row[name] ?? null;
    return value === null || String(value).trim() === '' ? [] : [[name, String(value)] as const];
  });
}
