export function rankText(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }
export function rankModel(a: string, b: string): number { return rankText(a, b); }
