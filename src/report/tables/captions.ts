/** What each table is called, what its columns mean and how it was made: the words that all its renderings share. */
import { DEMOGRAPHIC_FIELDS, type DemographicField } from '../../analysis/data.ts';
import { type Cell, type Mode, RANDOM_ROW, REFERENCE_ROW, type Table, type TableId } from '../../analysis/table.ts';
import { formatCount, formatList, formatRange } from './format.ts';

/** Said of everything that is made of simulated rows. */
export const SIMULATED_NOTICE = "SIMULATED: made by this program's simulated model, no evidence about any real one";

export interface Caption {
  /** Without the number of the table and without a full stop. */
  readonly title: string;
  /** What a reader needs in order to judge the numbers: n, test, correction, flaws. Full sentences. */
  readonly notes: readonly string[];
}

type Row = Readonly<Record<string, Cell>>;

const FIELD_LABELS: Readonly<Record<DemographicField, string>> = {
  gender: 'Gender',
  political_orientation: 'Political orientation',
  race: 'Race',
  religious_belief: 'Religious belief',
  sexual_orientation: 'Sexual orientation',
};

/** How the metric ids of each field begin. */
const FIELD_PREFIXES: Readonly<Record<string, DemographicField>> = {
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

/** Rows that the published code computed and then lost: their titles had been used by another field. */
export const LOST_IN_PRINT: ReadonlySet<string> = new Set(['race_other', 'relig_other']);

export function labelField(field: DemographicField): string {
  return FIELD_LABELS[field];
}

/** The field that a metric of Tables 1 to 3 belongs to. */
export function fieldOfMetric(metric: string): DemographicField {
  return FIELD_PREFIXES[metric.split('_')[0]!] ?? DEMOGRAPHIC_FIELDS[0];
}

/** `race_asia` is "Asian". */
export function labelMetric(metric: string): string {
  const words = metric.split('_').slice(1).join(' ');
  return METRIC_LABELS[metric] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** "Table 4" */
export function nameTable(id: TableId): string {
  return `Table ${id}`;
}

export function describeTable({ table, mode, data_origin, rows }: Table): Caption {
  const notes = mode === 'published' ? PUBLISHED_NOTES[table](rows) : CORRECTED_NOTES[table](rows);
  const legend = mode === 'published' ? PUBLISHED_LEGENDS[table] : undefined;
  return {
    title: titleOf(table, mode, rows),
    notes: [...notes, ...(legend === undefined ? [] : [data_origin === 'simulated' ? NO_MARKERS : legend])],
  };
}

function titleOf(table: TableId, mode: Mode, rows: readonly Row[]): string {
  const models = formatList(valuesOf(rows, 'model').filter((model) => model !== REFERENCE_ROW && model !== RANDOM_ROW));
  const others = mode === 'published' ? 'the Big Five' : nameOthers(valuesOf(rows, 'instrument'));
  switch (table) {
    case '1':
    case '2':
    case '3':
      return `Who the personas are, by condition${models === '' ? '' : `: ${models}`}`;
    case '4':
      return 'EPQR-A scale scores of personas beside those of the sheets they were written from';
    case '5':
      return `Correlations of EPQR-A scale scores with those of ${others}, no scale manipulated`;
    case '6':
      return "Cronbach's alpha of the EPQR-A scales";
    case 'A4':
      return `Scale scores of ${others}${mode === 'published' ? ', Base' : ''}`;
    case 'A5':
      return `Cronbach's alpha of the scales of ${others}${mode === 'published' ? ', Base' : ''}`;
    case 'A6':
      return 'Answers beside those of the sheet, item by item: no scale manipulated';
    case 'A7':
      return 'Answers beside those of the sheet, item by item: manipulated conditions';
  }
}

/** Instruments other than that of the sheets, as rows name them. */
function nameOthers(instruments: readonly string[]): string {
  return instruments.length === 0
    ? 'other instruments'
    : formatList(instruments.map((name) => (name === 'bigfive' ? 'the Big Five' : name)));
}

type Notes = (rows: readonly Row[]) => readonly string[];

const PUBLISHED_DEMOGRAPHICS: Notes = () => [
  'Per cent of personas, mean ± SD over draws 1 to 5, of personas with a word count.',
  'Against Base of the same model: two-sided z test of two proportions with pooled variance over all draws, without correction for many tests.',
  'Rows marked "not printed" are computed by the published code and missing from the printed table, because their titles had been used by another field.',
];

const PUBLISHED_DEMOGRAPHICS_LEGEND = '‡ p < 0.001, † p < 0.01, * p < 0.05.';

/** How the study marks levels of p, where it does. */
const PUBLISHED_LEGENDS: Readonly<Partial<Record<TableId, string>>> = {
  1: PUBLISHED_DEMOGRAPHICS_LEGEND,
  2: PUBLISHED_DEMOGRAPHICS_LEGEND,
  3: PUBLISHED_DEMOGRAPHICS_LEGEND,
  4: '† p < 0.01 and * p < 0.05 for the first name of the test, ¶ p < 0.01 and § p < 0.05 for the second.',
  5: 'Bold p < 0.001, italic p < 0.01, underlined p < 0.05.',
};

const NO_MARKERS = 'No markers of significance are shown for simulated data.';

const PUBLISHED_NOTES: Readonly<Record<TableId, Notes>> = {
  1: PUBLISHED_DEMOGRAPHICS,
  2: PUBLISHED_DEMOGRAPHICS,
  3: PUBLISHED_DEMOGRAPHICS,
  4: (rows) => [
    `Mean ± SD of sums of keyed answers.${countsOf(rows, 'experiments a cell')}`,
    'Against the unmanipulated sheets of the same persons: paired t test, and one-sample t test of the differences, which is the same test.',
  ],
  5: (rows) => [
    `Pearson correlations; EPQR-A scales in rows, Big Five scales in columns.${countsOf(rows, 'persons')}`,
    'Two-sided tests, without correction for many.',
    'Answers as the reference population itself count as Base, as in the published table.',
  ],
  6: (rows) => [`Cronbach's alpha of keyed answers.${countsOf(rows, 'administrations or sheets')} Items on which nobody differs count.`],
  A4: (rows) => [
    `Mean ± SD of the mean of a scale's items.${countsOf(rows, 'experiments')} Reference: answered as the reference population itself.`,
  ],
  A5: (rows) => [`Cronbach's alpha.${countsOf(rows, 'administrations')} Reference: answered as the reference population itself.`],
  A6: (rows) => publishedAccuracy(rows),
  A7: (rows) => [...publishedAccuracy(rows), 'Compared with the unmanipulated sheet, also on the scale that the condition drives.'],
};

function publishedAccuracy(rows: readonly Row[]): readonly string[] {
  return [
    `Per cent of raw answers; Yes is the positive class.${countsOf(rows, 'answers a row')} A ratio without a denominator is 0, as published.`,
    'MAE and RMSE are of sums of raw Yes answers, in which items keyed in opposite directions cancel.',
  ];
}

const CORRECTED_DEMOGRAPHICS: Notes = (rows) => [
  `Share of personas in per cent with its 95 % interval, and difference from Base of the same model in percentage points with its 95 % interval.${countsOf(rows, 'personas a condition')}`,
  `${drawsOf(rows)}Every persona is in exactly one category of each field.`,
  `Intervals and tests take the personas written from one sheet for one cluster.${
    rows.some((row) => row.interval === 'Wilson over sheets')
      ? ' A share of 0 or 100 % has the interval of Wilson, with as many observations as there are sheets.'
      : ''
  } ${correctionOf(rows)}`,
  ...(rows.some((row) => row.test === 'exact sign test')
    ? ['Where all personas of one condition are in a category and none of the other, the test is an exact sign test over sheets.']
    : []),
];

const CORRECTED_NOTES: Readonly<Record<TableId, Notes>> = {
  1: CORRECTED_DEMOGRAPHICS,
  2: CORRECTED_DEMOGRAPHICS,
  3: CORRECTED_DEMOGRAPHICS,
  4: (rows) => [
    `One score a person, the mean over draws and administrations that succeeded.${countsOf(rows, 'persons')} Intervals of 95 %.`,
    `A scale that no condition drives is compared with the sheet: paired t test, and agreement as ICC(A,1). ${correctionOf(rows)} Limits of agreement of single persons are in the CSV and JSON files of this table (limits_low, limits_high).`,
    ...equivalenceOf(rows),
    ...manipulationOf(rows),
  ],
  5: (rows) => [
    `Pearson correlation with its 95 % interval by Fisher's z, and adjusted p.${countsOf(rows, 'persons')} ${correctionOf(rows)}`,
    "One score a person; the reference population's own answers are not mixed in.",
  ],
  6: correctedReliability,
  A4: (rows) => [
    `Mean of one score a person with its 95 % interval.${countsOf(rows, 'persons')}`,
    ...(rows.some(({ model }) => model === REFERENCE_ROW) ? ['Reference: what a model answered as the reference population itself.'] : []),
  ],
  A5: correctedReliability,
  A6: correctedAccuracy,
  A7: correctedAccuracy,
};

function correctedReliability(rows: readonly Row[]): readonly string[] {
  const replicates = numbersOf(rows, 'bootstrap_replicates')[0];
  const seed = numbersOf(rows, 'bootstrap_seed')[0];
  return [
    `Cronbach's alpha of complete administrations with Feldt's 95 % interval${
      replicates === undefined ? '' : ` and the BCa bootstrap interval over persons (B = ${formatCount(replicates)}, seed ${seed})`
    }.${countsOf(rows, 'administrations or sheets')}`,
    'Item-total r: correlation of an item with the total of the others. Items on which nobody differs are named, with alpha without them beside.',
  ];
}

function correctedAccuracy(rows: readonly Row[]): readonly string[] {
  return [
    `Per cent of keyed answers, each person counting once; the keyed answer is the positive class.${countsOf(rows, 'persons a row', 'n_clusters')} Accuracy with its 95 % interval over persons; balanced: mean of recall and specificity.`,
    `MAE and RMSE are of the number of keyed answers.${
      rows.some(({ against }) => against === 'manipulated') ? ' "Manipulated" is the sheet after the condition has driven its scale.' : ''
    }${rows.some(({ model }) => model === RANDOM_ROW) ? ' Random: the random sheets in the place of answers.' : ''}`,
  ];
}

/** " n = 39 to 40 persons." */
function countsOf(rows: readonly Row[], of: string, column = 'n'): string {
  const range = formatRange(numbersOf(rows, column));
  return range === null ? '' : ` n = ${range} ${of}.`;
}

/** "p is corrected by Holm over the 35 tests of the table." */
function correctionOf(rows: readonly Row[]): string {
  const size = numbersOf(rows, 'family_size')[0];
  if (size === undefined) return 'Nothing was tested.';
  return `p is corrected by Holm over the ${size === 1 ? 'one test' : `${formatCount(size)} tests`} of the table.`;
}

/** Which draws of each sheet count; models may differ in how many there are. */
function drawsOf(rows: readonly Row[]): string {
  const draws = [...new Set(numbersOf(rows, 'draws'))];
  if (draws.length === 0) return '';
  if (draws.length > 1) return `Of each sheet as many draws count as every condition of the model has (${formatRange(draws)}). `;
  const which = draws[0] === 1 ? 'The first draw of each sheet counts' : `Draws 1 to ${draws[0]} of each sheet count`;
  return `${which}, as many as every condition of the model has. `;
}

function equivalenceOf(rows: readonly Row[]): readonly string[] {
  const bound = numbersOf(rows, 'equivalence_bound')[0];
  if (bound === undefined) return [];
  const size = numbersOf(rows, 'equivalence_family_size')[0];
  const correction = size === undefined ? '' : `, p corrected by Holm over ${formatCount(size)}`;
  const isUntested = rows.some((row) => row.equivalent === true && typeof row.p_equivalence_adjusted !== 'number');
  return [
    `Equivalent: two one-sided tests that the mean difference lies within ± ${bound}${correction}${
      isUntested ? '; where every difference is 0, equivalent without a test' : ''
    }.`,
  ];
}

function manipulationOf(rows: readonly Row[]): readonly string[] {
  const checks = rows.filter(({ test }) => test === 'manipulation check');
  if (checks.length === 0) return [];
  const isMixed = checks.some((row) => row.share_interval === 'cluster t');
  return [
    `A driven scale is a manipulation check: the difference is from the target, which is the score of the manipulated sheet, and the share at the target is given with the exact interval of Clopper and Pearson over persons${
      isMixed ? ", or Student's where a person is at the target now and then" : ''
    }; it is no measure of fidelity.`,
  ];
}

function numbersOf(rows: readonly Row[], column: string): number[] {
  return rows.flatMap((row) => (typeof row[column] === 'number' ? [row[column]] : []));
}

function valuesOf(rows: readonly Row[], column: string): string[] {
  return [...new Set(rows.flatMap((row) => (typeof row[column] === 'string' ? [row[column]] : [])))];
}
