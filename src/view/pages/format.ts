/** Numbers and names as the viewer writes them. */

export function formatScore(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

export function formatSeconds(ms: number | null): string {
  return ms === null ? '' : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)}`;
}

/** Dollars of a single administration, of which thousands make a bill. */
export function formatCost(usd: number | null): string {
  if (usd === null) return '';
  return usd === 0 ? '0' : usd < 0.01 ? usd.toFixed(5) : usd.toFixed(3);
}

/** UTC, to the second. */
export function formatTime(date: Date | null): string {
  return date === null ? '' : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** On one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
