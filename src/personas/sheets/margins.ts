/**
 * How often each score and each keyed answer occurs among the 826 synthetic sheets.
 *
 * The published reference population is known by its statistics only: mean, SD and Cronbach's alpha
 * of each scale (arXiv 2602.03334, Tables 4 and 6) and the number of Yes answers (the one that all
 * 60 cells of Tables A6 and A7 allow). An alpha depends on nothing but the item variances and the
 * variance of the score, so two margins of the table person by item fix every one of these figures:
 * how many persons have each score, how many give each item's keyed answer. Both are chosen here;
 * both are kept to the last answer for every seed.
 *
 * - E: 2.26 ± 2.79, alpha .98, 2,207 Yes. 1,211 of them on Yes-keyed and 996 on No-keyed items
 *   (whence 1,652 - 996 = 656 keyed) give a sum of 1,867. So high an alpha leaves hardly anybody in
 *   the middle: the scores are those of a beta-binomial (a = .039, b = .065) moved by a few persons
 *   to the sum of squares 10,641.
 * - N: 3.08 ± 2.42, alpha .91, 2,542 Yes, all keyed; the sum of squares 12,648 is known exactly.
 *   U-shaped (beta-binomial, a = .37, b = .35). The alpha asks for item rates that differ by an SD
 *   of about .11.
 * - P: 0.85 ± 0.97, alpha .57, 2,514 Yes: 369 on Yes-keyed, 2,145 on No-keyed items (333 keyed),
 *   sum 702. The item variances that the alpha allows are met only when two items (8 and 22) carry
 *   almost everything, and the variance of the score only when hardly anybody scores on 22 alone.
 * - L: 5.89 ± 0.54, alpha .74, 840 Yes: 786 on item 24, 54 on the five No-keyed items, sum 4,862.
 *
 * The rates of single items are not published; those below are one choice among those that fit.
 */
export interface ScaleMargins {
  readonly scale: string;
  /** Persons with score 0, 1, …, 6. */
  readonly personsByScore: readonly number[];
  /** Persons who give the keyed answer, by item number. */
  readonly keyedByItem: Readonly<Record<number, number>>;
}

export const SYNTHETIC_MARGINS: readonly ScaleMargins[] = [
  {
    scale: 'E',
    personsByScore: [472, 22, 15, 13, 13, 22, 269],
    keyedByItem: { 2: 303, 4: 318, 13: 286, 15: 322, 20: 334, 23: 304 },
  },
  {
    scale: 'N',
    personsByScore: [211, 88, 70, 66, 70, 90, 231],
    keyedByItem: { 1: 505, 9: 428, 11: 400, 14: 575, 18: 290, 21: 344 },
  },
  {
    scale: 'P',
    personsByScore: [453, 50, 318, 4, 1, 0, 0],
    keyedByItem: { 3: 3, 6: 1, 8: 365, 12: 3, 16: 1, 22: 329 },
  },
  {
    scale: 'L',
    personsByScore: [1, 2, 3, 6, 7, 34, 773],
    keyedByItem: { 5: 815, 7: 815, 10: 816, 17: 815, 19: 815, 24: 786 },
  },
];

/**
 * How the scales go together: Pearson's r of the scores. No matrix of the reference population is
 * published; these follow from the correlations of Table 5 of those models that copy the E and N of
 * a sheet almost without error. For P and L only the sign is known.
 */
export const SYNTHETIC_CORRELATIONS: readonly {
  readonly scales: readonly [string, string];
  readonly r: number;
}[] = [
  { scales: ['E', 'N'], r: -0.38 },
  { scales: ['E', 'P'], r: 0.1 },
  { scales: ['N', 'P'], r: -0.15 },
  { scales: ['E', 'L'], r: -0.14 },
  { scales: ['N', 'L'], r: 0.05 },
  { scales: ['P', 'L'], r: -0.05 },
];
