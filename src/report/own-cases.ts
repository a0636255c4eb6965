/** Who answers a study of its own, and in which forms of its questionnaires. */
import type { Answered, StudyData } from '../analysis/data.ts';
import type { OwnRowCounts } from '../analysis/own-design-store.ts';
import { formatCount } from '../numbers.ts';
import { CONTROL } from '../personas/own/own.ts';
import { titleInstrument } from './figures/setting.ts';
import { plural } from './tables/captions.ts';
import { formatList } from './tables/format.ts';

/** Personas, stimuli and controls of the study's own; each counts once, whichever models answer. */
export interface OwnCases {
  readonly described: number;
  /** Stimuli, and controls where they are not told apart. */
  readonly bare: number;
  readonly controls: number;
  /** Of which it is not known. */
  readonly unknown: number;
}

/**
 * As the study file says, without conditions that it leaves out; else as the stored personas do,
 * which may be of another origin than the answers; else by the answers alone.
 */
export function countOwnCases({ personas, answered, ownColumns }: StudyData): OwnCases {
  const asked = conditionsAsked(answered);
  const counted = ownColumns.rows.filter(
    ({ condition }) => asked.size === 0 || asked.has(condition),
  );
  if (counted.length > 0) {
    const sum = (own: readonly OwnRowCounts[], of: 'described' | 'bare') =>
      own.reduce((total, row) => total + row[of], 0);
    const controls = sum(
      counted.filter(({ condition }) => condition === CONTROL),
      'bare',
    );
    return {
      described: sum(counted, 'described'),
      bare: sum(counted, 'bare') - controls,
      controls,
      unknown: 0,
    };
  }
  const rows = new Map<string, boolean>();
  personas.personalityIds.forEach((id, at) => {
    const { population } = personas.groups[personas.group[at]!]!.population;
    rows.set(JSON.stringify([population, id]), personas.hasWordCount[at] === 1);
  });
  if (rows.size > 0) {
    const stored = [...rows.values()].filter((has) => has).length;
    return { described: stored, bare: rows.size - stored, controls: 0, unknown: 0 };
  }
  const cases = answered.flatMap(({ administrations }) =>
    administrations.map(({ population, clusterId }) =>
      JSON.stringify([population.population, clusterId]),
    ),
  );
  return { described: 0, bare: 0, controls: 0, unknown: new Set(cases).size };
}

/** Names of the populations that anything was asked of. */
export function conditionsAsked(answered: readonly Answered[]): ReadonlySet<string> {
  return new Set(
    answered.flatMap(({ administrations }) =>
      administrations.map(({ population }) => population.population),
    ),
  );
}

/** Of rows with the same value in the column that says what is the same case, each once. */
export function countVignettes({ answered }: Pick<StudyData, 'answered'>): number {
  const cases = answered.flatMap(({ administrations }) =>
    administrations.map(({ clusterId }) => clusterId),
  );
  return new Set(cases).size;
}

/** "32 personas and a control without a persona" */
export function sayOwnCases({ described, bare, controls, unknown }: OwnCases): string {
  return formatList([
    ...(described === 0 ? [] : [`${formatCount(described)} ${plural(described, 'persona')}`]),
    ...(bare === 0
      ? []
      : [`${formatCount(bare)} ${bare === 1 ? 'stimulus' : 'stimuli'} without a persona`]),
    ...(controls === 0 ? [] : ['a control without a persona']),
    ...(unknown === 0
      ? []
      : [`${formatCount(unknown)} ${plural(unknown, 'case')} (personas, stimuli and controls)`]),
  ]);
}

/** A list names no more forms of one questionnaire than these. */
const MOST_FORMS = 3;

/** "Mini-IPIP", or "Mini-IPIP in 16 forms that differ in item_order and option_order" */
export function nameForms(answered: readonly Answered[]): readonly string[] {
  return [...Map.groupBy(answered, ({ questionnaire }) => questionnaire.slug).values()].flatMap(
    (forms) => {
      if (forms.length <= MOST_FORMS)
        return [...new Set(forms.map(({ questionnaire }) => titleInstrument(questionnaire)))];
      const { slug, title } = forms[0]!.questionnaire;
      const plain = titleInstrument({ ...forms[0]!.questionnaire, label: slug, title });
      const differing = differencesOf(forms);
      return [
        `${plain} in ${formatCount(forms.length)} forms${differing.length === 0 ? '' : ` that differ in ${formatList(differing)}`}`,
      ];
    },
  );
}

/** Names of what was not the same in all forms. */
function differencesOf(forms: readonly Answered[]): readonly string[] {
  const languages = new Set(forms.map(({ questionnaire }) => questionnaire.language));
  const names = [...new Set(forms.flatMap(({ factors }) => [...factors.keys()]))];
  const levelsOf = (name: string) =>
    new Set(forms.flatMap(({ factors }) => factors.get(name)?.values ?? []));
  return [
    ...(languages.size > 1 ? ['language'] : []),
    ...names.filter((name) => name !== 'language' && levelsOf(name).size > 1),
  ];
}
