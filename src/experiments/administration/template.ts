/** Replaces `<row.FIELD>` in a stored prompt by the values of the persona. */

/** A persona's columns, as the template may name them. */
export type PersonaFields = Readonly<Record<string, string | number | null>>;

export type Filled =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

const SLOT = /<row\.([^<>]*)>/g;

export function mayNameFields(template: string): boolean {
  return template.includes('<row.');
}

/**
 * Replaces every slot once: what a value contains is text and is never looked at again. A slot
 * whose field is unknown, null or blank stops the filling, so that no prompt with a hole in it is
 * sent.
 */
export function fillTemplate(template: string, persona: PersonaFields): Filled {
  const holes = new Set<string>();
  const text = template.replace(SLOT, (slot, field: string) => {
    const value = Object.hasOwn(persona, field) ? persona[field] : null;
    if (value === null || value === undefined || String(value).trim() === '') {
      holes.add(slot);
      return slot;
    }
    return String(value);
  });
  if (holes.size === 0) return { ok: true, text };
  return { ok: false, reason: `the persona has no value for ${[...holes].join(', ')}` };
}
