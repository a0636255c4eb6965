/** Compares two studies, fact by fact. Pure. */

/** What is called by a key, each with its values by their names. */
export type Facts = ReadonlyMap<string, ReadonlyMap<string, string>>;

const SECTIONS = ['design', 'parameters', 'personas', 'answers', 'tables'] as const;
type Section = (typeof SECTIONS)[number];

/** A study as facts; null for a section that its source does not have. */
export type StudyFacts = Readonly<Record<Section, Facts | null>>;

/** A value that is not the same in both; null where it is missing. */
export interface Difference {
  readonly section: Section;
  readonly key: string;
  /** Empty where the whole of what the key names is in one study only. */
  readonly name: string;
  readonly a: string | null;
  readonly b: string | null;
}

export interface SectionSummary {
  readonly section: Section;
  /** False where one of the studies does not have the section. */
  readonly compared: boolean;
  readonly same: number;
  readonly different: number;
  readonly onlyInA: number;
  readonly onlyInB: number;
}

export interface Comparison {
  readonly sections: readonly SectionSummary[];
  readonly differences: readonly Difference[];
}

/** Sections in their order, and in each what differs, in the order of A, then what only B has. */
export function compareFacts(a: StudyFacts, b: StudyFacts): Comparison {
  const all = SECTIONS.map((section) => compareSection(section, a[section], b[section]));
  return {
    sections: all.map(({ summary }) => summary),
    differences: all.flatMap(({ differences }) => differences),
  };
}

function compareSection(section: Section, a: Facts | null, b: Facts | null) {
  const summary = { section, same: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  const differences: Difference[] = [];
  if (a === null || b === null) return { summary: { ...summary, compared: false }, differences };
  for (const [key, values] of a) {
    const others = b.get(key);
    if (others === undefined) {
      summary.onlyInA++;
      differences.push({ section, key, name: '', a: 'there', b: null });
      continue;
    }
    const found = [...new Set([...values.keys(), ...others.keys()])].flatMap((name) => {
      const [one, other] = [values.get(name) ?? null, others.get(name) ?? null];
      return one === other ? [] : [{ section, key, name, a: one, b: other }];
    });
    if (found.length === 0) summary.same++;
    else summary.different++;
    differences.push(...found);
  }
  for (const key of b.keys()) {
    if (a.has(key)) continue;
    summary.onlyInB++;
    differences.push({ section, key, name: '', a: null, b: 'there' });
  }
  return { summary: { ...summary, compared: true }, differences };
}
