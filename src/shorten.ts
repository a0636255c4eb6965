/** Cutting texts. */

/** No more than `most` UTF-16 units from the beginning, without half a character at the end. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}

/** The same with an ellipsis, within `most`, where something is cut off. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${beginning(text, most - 1).trimEnd()}…`;
}
