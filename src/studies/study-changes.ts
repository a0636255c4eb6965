/** What has changed in a study file, in words. Pure. */

/** Longer values are compared part by part, and texts around their first difference. */
const LONGEST_SHOWN = 100;
const SHOWN_AROUND = 40;

/** A message with more differences than these is not read. */
const MOST_CHANGES = 5;

/** The first differences between two contents of one study, and how many more there are. */
export function sayChanges(before: string, now: string): string {
  const differences = compareContents(before, now);
  const more = differences.length - MOST_CHANGES;
  return [...differences.slice(0, MOST_CHANGES), ...(more > 0 ? [`and ${more} more`] : [])].join(
    '; ',
  );
}

/** What differs between two contents of one study, key by key. */
export function compareContents(before: string, now: string): string[] {
  return differencesOf(JSON.parse(before), JSON.parse(now), '');
}

/** @param where "personas, rows 2"; entries of lists are counted from 1 */
function differencesOf(before: unknown, now: unknown, where: string): string[] {
  const [was, is] = [JSON.stringify(before), JSON.stringify(now)];
  if (was === is) return [];
  const isLong = Math.max(was?.length ?? 0, is?.length ?? 0) > LONGEST_SHOWN;
  const isWhole = where === '';
  if (Array.isArray(before) && Array.isArray(now) && isLong) {
    if (before.length !== now.length)
      return [`${where} had ${before.length} entries and now has ${now.length}`];
    return before.flatMap((one, at) => differencesOf(one, now[at], `${where} ${at + 1}`));
  }
  if (isSection(before) && isSection(now) && before.sha256 !== now.sha256) {
    const file = fileOfSection(before);
    if (file !== null && file === fileOfSection(now))
      return [
        `${where}: the content of ${file} has changed`,
        ...differencesOf({ ...before, sha256: null }, { ...now, sha256: null }, where),
      ];
  }
  if (isSection(before) && isSection(now) && (isLong || isWhole))
    return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) =>
      differencesOf(before[key], now[key], isWhole ? key : `${where}, ${key}`),
    );
  const [old, fresh] = isLong ? aroundDifference(was ?? '', is ?? '') : [was, is];
  return [`${where} was ${old ?? 'missing'} and is now ${fresh ?? 'missing'}`];
}

function aroundDifference(...texts: readonly [string, string]): readonly string[] {
  const [first, second] = texts.map((text) => [...text]) as [string[], string[]];
  let at = 0;
  while (at < first.length && first[at] === second[at]) at++;
  const from = Math.max(0, at - SHOWN_AROUND);
  return [first, second].map((text) => {
    const to = at + SHOWN_AROUND;
    const shown = text.slice(from, to).join('');
    return `${from === 0 ? '' : '…'}${shown}${to < text.length ? '…' : ''}`;
  });
}

function fileOfSection({ instrument, file }: Readonly<Record<string, unknown>>): string | null {
  return [instrument, file].find((one): one is string => typeof one === 'string') ?? null;
}

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
