/** In what groups of one questionnaire differ, in as few words as will do. */

interface Group {
  readonly questionnaire: string | null;
  /** Levels of its factors. */
  readonly factors: Readonly<Record<string, string>>;
}

/**
 * The levels of each group that not all groups of its questionnaire have: `item_order: shuffled`.
 * @returns in the order of the groups; empty where nothing differs
 */
export function tellWaysApart(groups: readonly Group[]): readonly string[] {
  const bySlug = Map.groupBy(groups, ({ questionnaire }) => questionnaire);
  const varied = new Map(
    [...bySlug].map(([slug, own]) => {
      const names = [...new Set(own.flatMap(({ factors }) => Object.keys(factors)))];
      const differs = (name: string) => new Set(own.map(({ factors }) => factors[name])).size > 1;
      return [slug, names.filter(differs)];
    }),
  );
  return groups.map(({ questionnaire, factors }) =>
    varied
      .get(questionnaire)!
      .flatMap((name) => (factors[name] === undefined ? [] : `${name}: ${factors[name]}`))
      .join(', '),
  );
}
