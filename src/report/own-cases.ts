/** Who answers a study of its own, and in which forms of its questionnaires. */
import type { Answered, StudyData } from '../analysis/data.ts';
import { formatCount } from '../numbers.ts';
import { titleInstrument } from './figures/setting.ts';
import { plural } from './tables/captions.ts';
import { formatList } from './tables/format.ts';

/** Personas, stimuli and controls of the study's own; each counts once, whichever models answer. */
export interface OwnCases {
  readonly described: number;
  /** Stimuli and controls. */
  readonly bare: number;
  /** Of which it is not known. */
  readonly unknown: number;
}

/**
 * As the study file says; else as the stored personas do, which may be of another origin than the
 * answers; else by the answers alone.
 */
export function countOwnCases({ personas, answered, ownColumns }: StudyData): OwnCases {
  const { described, bare } = ownColumns;
  if (described + bare > 0) return { described, bare, unknown: 0 };
  const rows = new Map<string, boolean>();
  personas.personalityIds.forEach((id, at) => {
    const { population } = personas.groups[personas.group[at]!]!.population;
    rows.set(JSON.stringify([population, id]), personas.hasWordCount[at] === 1);
  });
  if (rows.size > 0) {
    const stored = [...rows.values()].filter((has) => has).length;
    return { described: stored, bare: rows.size - stored, unknown: 0 };
  }
  const asked = answered.flatMap(({ administrations }) =>
    administrations.map(({ population, clusterId }) =>
      JSON.stringify([population.population, clusterId]),
    ),
  );
  return { described: 0, bare: 0, unknown: new Set(asked).size };
}

/** "32 personas and 1 stimulus or control without a persona" */
export function sayOwnCases({ described, bare, unknown }: OwnCases): string {
  return formatList([
    ...(described === 0 ? [] : [`${formatCount(described)} ${plural(described, 'persona')}`]),
    ...(bare === 0
      ? []
      : [
          `${formatCount(bare)} ${bare === 1 ? 'stimulus or control' : 'stimuli or controls'} without a persona`,
        ]),
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
