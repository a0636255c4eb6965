/** Words that the captions of several tables share. */

import {
  type StudyData,
  type StudyQuestionnaire,
  TABULATED_FIELDS,
  type TabulatedField,
} from '../../analysis/data.ts';
import { onceFor } from '../../analysis/once.ts';
import { PRIMARY_FAMILY, type ScaleNames } from '../../analysis/table.ts';
import { formatCount } from '../../numbers.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import { formatList, formatNumber, formatRange } from './format.ts';

/** Part of everything that is made of simulated rows. */
export const SIMULATED_NOTICE =
  "SIMULATED: made by this program's simulated model, no evidence about any real one";

export const NO_MARKERS = 'No markers of significance are shown for simulated data.';

/** @param reliability alpha that the simulated model's answers to each scale were to have */
export function sayReliability(reliability: number): string {
  return `The simulated model is set to reliability ${formatNumber(reliability, 2)} for every scale, save those of the EPQR-A and the BFI-44, whose errors are fitted to published figures.`;
}

const FIELD_LABELS: Readonly<Record<TabulatedField, string>> = {
  gender: 'Gender',
  political_orientation: 'Political orientation',
  race: 'Race',
  religious_belief: 'Religious belief',
  sexual_orientation: 'Sexual orientation',
};

/** How the metric ids of each field begin. */
const FIELD_PREFIXES: Readonly<Record<string, TabulatedField>> = {
  gender: 'gender',
  pol: 'political_orientation',
  race: 'race',
  relig: 'religious_belief',
  sex: 'sexual_orientation',
};

const METRIC_LABELS: Readonly<Record<string, string>> = {
  race_asia: 'Asian',
  race_latin: 'Latino',
  relig_other_named: 'Other religion, named',
  relig_other: 'Other',
  sex_hetero: 'Heterosexual',
  sex_lgbtq: 'LGBTQ+',
  gender_non_binary: 'Non-binary',
};

export function labelField(field: TabulatedField): string {
  return FIELD_LABELS[field];
}

/** The field that a metric of Tables 1 to 3 belongs to. */
export function fieldOfMetric(metric: string): TabulatedField {
  return FIELD_PREFIXES[metric.split('_')[0]!] ?? TABULATED_FIELDS[0];
}

/** `race_asia` is "Asian". */
export function labelMetric(metric: string): string {
  const words = metric.split('_').slice(1).join(' ');
  return METRIC_LABELS[metric] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** "Table 4" */
export function nameTable(id: string): string {
  return `Table ${id}`;
}

/**
 * What the sheets are answers to, as titles call it.
 * @param rows of a table of sheets
 */
export function nameSheets(rows: readonly { readonly instrument: string }[]): string {
  const label = rows[0]?.instrument ?? SHEET_INSTRUMENT;
  return /^epqra(?: \(|$)/.test(label) ? 'EPQR-A' : label;
}

/** A title names no more forms of one instrument than these. */
const MOST_FORMS_NAMED = 3;

/** Instruments other than that of the sheets, as rows name them. */
export function nameOthers(rows: readonly { readonly instrument: string }[]): string {
  const names = [...new Set(rows.map(({ instrument }) => instrument))];
  const bySlug = Map.groupBy(names, (name) => name.split(' (')[0]!);
  const titles = [...bySlug].flatMap(([slug, forms]) =>
    forms.length > MOST_FORMS_NAMED ? [`${slug} (${forms.length} forms)`] : forms,
  );
  return titles.length === 0
    ? 'other instruments'
    : formatList(titles.map((name) => (name === 'bigfive' ? 'the Big Five' : name)));
}

/** " E = Extraversion; N = Neuroticism." Nothing where names say no more than ids. */
export function nameScales({ scales }: Pick<StudyQuestionnaire, 'scales'>): string {
  const named = scales.filter(({ id, name }) => id !== name);
  return named.length === 0 ? '' : ` ${named.map(({ id, name }) => `${id} = ${name}`).join('; ')}.`;
}

/** Those of the instruments that rows are about, as they call them: by a form, or by all forms. */
export function scaleNamesOf(
  { answered, reference }: Pick<StudyData, 'answered' | 'reference'>,
  rows: readonly object[],
): ScaleNames {
  const questionnaires = [reference, ...answered].map(({ questionnaire }) => questionnaire);
  return namesOf(questionnaires, rows, ({ scales }) =>
    scales.filter(({ id, name }) => id !== name).map(({ id, name }) => [id, name]),
  );
}

/** Of the numbers that items ask for, by the id of the item. */
export function unitsOf(
  { answered }: Pick<StudyData, 'answered'>,
  rows: readonly object[],
): ScaleNames {
  const questionnaires = answered.map(({ questionnaire }) => questionnaire);
  return namesOf(questionnaires, rows, ({ items }) =>
    items.flatMap(({ id, unit }) =>
      unit === undefined ? [] : [id, `item ${id}`].map((name) => [name, `(${unit})`] as const),
    ),
  );
}

function namesOf(
  questionnaires: readonly StudyQuestionnaire[],
  rows: readonly object[],
  read: (questionnaire: StudyQuestionnaire) => readonly (readonly [string, string])[],
): ScaleNames {
  const shown = new Set(
    rows.flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        column.startsWith('instrument') ? [value] : [],
      ),
    ),
  );
  return new Map(
    questionnaires.flatMap((questionnaire) =>
      [...new Set([questionnaire.slug, questionnaire.label])]
        .filter((name) => shown.has(name))
        .map((name) => [name, new Map(read(questionnaire))] as const),
    ),
  );
}

/** "Scales of epqra: E = Extraversion.", an instrument a sentence. */
export function scaleNotes(names: ScaleNames): readonly string[] {
  return [...names]
    .filter(([, scales]) => scales.size > 0)
    .map(
      ([label, scales]) =>
        `Scales of ${label}: ${[...scales].map(([id, name]) => `${id} = ${name}`).join('; ')}.`,
    );
}

/** Whether a score is a mean of several administrations anywhere. */
export function haveSeveral(rows: readonly { readonly m: number | null }[]): boolean {
  return rows.some(({ m }) => m !== null && m > 1);
}

/** " n = 39 to 40 persons." */
export function countsOf(counts: readonly number[], of: string): string {
  const range = formatRange(counts);
  return range === null ? '' : ` n = ${range} ${of}.`;
}

/** A row of a table, as far as its correction goes. */
interface CorrectedTest {
  readonly model?: string;
  readonly family: string | null;
  readonly family_size: number | null;
}

/**
 * "over the 35 tests of the table", "within each model (12 to 20 tests)"; null where nothing was
 * tested.
 */
export function extentOfCorrection(rows: readonly CorrectedTest[]): string | null {
  const all = rows.filter(({ family }) => family !== null);
  const tested = all.filter(({ family }) => family !== PRIMARY_FAMILY);
  if (tested.length === 0 && all.length > 0)
    return 'over the primary analyses of the study, of whichever table';
  const sizes = new Map(tested.map(({ family, family_size }) => [family, family_size ?? 0]));
  if (sizes.size === 0) return null;
  const [size] = sizes.values();
  if (sizes.size === 1)
    return `over the ${size === 1 ? 'one test' : `${formatCount(size!)} tests`} of the table`;
  const isByModel = sizes.size <= new Set(tested.map(({ model }) => model)).size;
  const range = formatRange([...sizes.values()])!;
  return `within each ${isByModel ? 'model' : 'pair of instruments of each model'} (${range} ${range === '1' ? 'test' : 'tests'})`;
}

/** "p is corrected by Holm over the 35 tests of the table." */
export function correctionOf(rows: readonly CorrectedTest[]): string {
  const extent = extentOfCorrection(rows);
  return extent === null ? 'Nothing was tested.' : `p is corrected by Holm ${extent}.`;
}

export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

/**
 * What the score of a person is the mean of, in words; null where each answered once, so that it is
 * no mean.
 */
export function meanedOver({ answered }: Pick<StudyData, 'answered'>): string | null {
  return meanedIn(answered);
}

const meanedIn = onceFor((answered: StudyData['answered']): string | null => {
  let [draws, repetitions] = [false, false];
  for (const { administrations } of answered) {
    const cells = Map.groupBy(
      administrations,
      ({ model, population }) => `${model.key} ${population.population}`,
    );
    for (const cell of cells.values()) {
      const drawsOf = new Map<number, (number | null)[]>();
      for (const { clusterId, draw } of cell) {
        if (clusterId === null) continue;
        const known = drawsOf.get(clusterId);
        if (known === undefined) drawsOf.set(clusterId, [draw]);
        else if (known.includes(draw)) repetitions = true;
        else {
          draws = true;
          known.push(draw);
        }
      }
    }
  }
  const over = [...(draws ? ['draws'] : []), ...(repetitions ? ['administrations'] : [])];
  return over.length === 0 ? null : `mean over ${formatList(over)}`;
});

/** "one score a person, the mean over draws and administrations" */
export function scoreOfPerson(study: Pick<StudyData, 'answered'>): string {
  const mean = meanedOver(study);
  return mean === null ? 'one score a person' : `one score a person, the ${mean}`;
}
