/** Settings as nested objects, before they are checked. */

export type Plain = { [key: string]: unknown };

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function mapValues(object: Plain, change: (value: unknown, key: string) => unknown): Plain {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, change(value, key)]),
  );
}

export function* leavesOf(value: Plain, at: readonly string[] = []): Generator<readonly string[]> {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      yield* leavesOf(inner as Plain, [...at, key]);
    else if (inner !== undefined) yield [...at, key];
  }
}

export function valueAt(value: unknown, where: readonly string[]): unknown {
  return where.reduce<unknown>(
    (place, step) =>
      typeof place === 'object' && place !== null ? (place as Plain)[step] : undefined,
    value,
  );
}
