/**
 * Text that is safe to stand in a page. Whatever goes through `html` is escaped, unless it is
 * markup already.
 */

/** Escaped already, or written by this program. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type Content = string | number | Markup | null | readonly Content[];

export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(
    parts
      .map((part, index) => part + (index < values.length ? write(values[index]!) : ''))
      .join(''),
  );
}

/** For elements and quoted attributes. Control characters, which no page may hold, are left out. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function write(value: Content): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(write).join('');
}
