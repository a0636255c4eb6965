/**
 * What those who answer are called. Personas that are written from sheets stand for persons; in a
 * study of its own they are personas, vignettes and controls, all of which are cases, and its
 * conditions set no answers of a sheet.
 */

import type { Grid } from './layout.ts';

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bpersons\b/g, 'cases'],
  [/\bperson\b/g, 'case'],
  [/\bPersons\b/g, 'Cases'],
  [/\bPerson\b/g, 'Case'],
  [/\bpersonalities\b/g, 'cases'],
  [/\bpersonality has\b/g, 'case has'],
  [/\bpersonality answered\b/g, 'case answered'],
  [/\badministrations or sheets\b/g, 'administrations'],
  [/, no scale manipulated\b/g, ''],
  [/\ba population under no condition\b/g, 'condition'],
];

/** The same sentence about cases. What stands in quotation marks comes from the data and stays. */
export function sayCases(text: string): string {
  return text
    .split(/("[^"]*")/)
    .map((part, at) =>
      at % 2 === 1 ? part : WORDS.reduce((said, [word, own]) => said.replace(word, own), part),
    )
    .join('');
}

/** Labels that name a source of variance. */
export function labelCases(grid: Grid): Grid {
  const sections = grid.sections.map(({ title, rows }) => ({
    title,
    rows: rows.map(([name, ...cells]) => [
      { ...name!, text: name!.text.replace(/^person(?= |$)/, 'case') },
      ...cells,
    ]),
  }));
  return { ...grid, sections };
}
