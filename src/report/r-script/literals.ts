/** Values as R reads them. */

/** JSON's escapes are R's too. */
export function text(value: string): string {
  return JSON.stringify(value);
}

export function number(value: number | null): string {
  return value === null ? 'NA' : String(value);
}

export function vector(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `c(${values.join(', ')})`;
}

/** Ascending whole numbers, with runs as `1:9`. */
export function integers(values: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && value === last.to + 1) last.to = value;
    else runs.push({ from: value, to: value });
  }
  return vector(runs.map(({ from, to }) => (from === to ? `${from}` : `${from}:${to}`)));
}

/** `c("a" = 1, "b" = 2)` */
export function named(entries: readonly (readonly [name: string, value: string])[]): string {
  return entries.length === 0
    ? 'c()'
    : `c(${entries.map(([name, value]) => `${text(name)} = ${value}`).join(', ')})`;
}

export function list(
  entries: readonly (readonly [name: string, value: string])[],
  indent: string,
): string {
  if (entries.length === 0) return 'list()';
  const lines = entries.map(([name, value]) => `${indent}  ${text(name)} = ${value}`);
  return `list(\n${lines.join(',\n')}\n${indent})`;
}
