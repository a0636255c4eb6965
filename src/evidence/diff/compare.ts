/** Compares two studies, fact by fact. */
import { CollectedFacts, type Collector, Digests, type Facts } from './collect.ts';

const SECTIONS = ['design', 'parameters', 'personas', 'answers', 'tables'] as const;
type Section = (typeof SECTIONS)[number];

/** What takes in the facts of each section. */
export type Collectors = Readonly<Record<Section, Collector>>;

/** A study whose facts can be gone through, more than once. */
export interface ComparableStudy {
  collect(into: Collectors): Promise<void>;
  /** False for an export, which has no tables. */
  readonly hasTables: boolean;
}

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

/**
 * Sections in their order, and in each what differs, in the order of A, then what only B has. Only
 * hashes of both studies are in memory, and then the facts of what differs.
 */
export async function compareStudies(a: ComparableStudy, b: ComparableStudy): Promise<Comparison> {
  const digestsOf = async (study: ComparableStudy) => {
    const into = sectionsFrom(() => new Digests());
    await study.collect(into);
    return into;
  };
  const one = await digestsOf(a);
  const other = await digestsOf(b);
  const suspects = sectionsFrom((section) => differingKeys(one[section], other[section]));
  const isAny = SECTIONS.some((section) => suspects[section].size > 0);
  const factsOf = async (study: ComparableStudy) => {
    const into = sectionsFrom((section) => new CollectedFacts((key) => suspects[section].has(key)));
    if (isAny) await study.collect(into);
    return into;
  };
  const facts = await factsOf(a);
  const others = await factsOf(b);
  const all = SECTIONS.map((section) =>
    section === 'tables' && !(a.hasTables && b.hasTables)
      ? notCompared(section)
      : compareSection(section, one[section], other[section], [
          facts[section].facts,
          others[section].facts,
        ]),
  );
  return {
    sections: all.map(({ summary }) => summary),
    differences: all.flatMap(({ differences }) => differences),
  };
}

function sectionsFrom<T>(of: (section: Section) => T): Record<Section, T> {
  return Object.fromEntries(SECTIONS.map((section) => [section, of(section)])) as Record<
    Section,
    T
  >;
}

/** Keys that both have, and of which not all is the same. */
function differingKeys(one: Digests, other: Digests): ReadonlySet<string> {
  const differing = new Set<string>();
  for (const [key, place] of one.places) {
    const there = other.places.get(key);
    if (there !== undefined && !one.isSame(place, other, there)) differing.add(key);
  }
  return differing;
}

const NONE = { same: 0, different: 0, onlyInA: 0, onlyInB: 0 };

function notCompared(section: Section) {
  const summary: SectionSummary = { section, compared: false, ...NONE };
  return { summary, differences: [] as readonly Difference[] };
}

function compareSection(
  section: Section,
  { places: a }: Digests,
  { places: b }: Digests,
  [facts, others]: readonly [Facts, Facts],
) {
  const summary = { section, compared: true, ...NONE };
  const differences: Difference[] = [];
  for (const key of a.keys()) {
    if (!b.has(key)) {
      summary.onlyInA++;
      differences.push({ section, key, name: '', a: 'there', b: null });
      continue;
    }
    const [values, further] = [facts.get(key), others.get(key)];
    const names = new Set([...(values?.keys() ?? []), ...(further?.keys() ?? [])]);
    const found = [...names].flatMap((name) => {
      const [is, was] = [values?.get(name) ?? null, further?.get(name) ?? null];
      return is === was ? [] : [{ section, key, name, a: is, b: was }];
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
  return { summary, differences };
}
