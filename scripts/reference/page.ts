/** What every page of the reference is made of. */

/** A page of its own kind, and what it is made from. */
export function pageOf(title: string, source: string, ...parts: readonly string[]): string {
  const notice = `<!-- Made from ${source} by "npm run docs". Changes by hand are lost. -->`;
  const written = [`# ${title}`, notice, ...parts]
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return `${written.join('\n\n')}\n`;
}

/** A table; empty where there are no rows. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ').trim()).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** As code, with commas. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ');
}

export function textBlock(text: string): string {
  return `\`\`\`text\n${text.replace(/^\n+|\s+$/g, '')}\n\`\`\``;
}
