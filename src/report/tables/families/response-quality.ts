/** Table Q1: response styles, and answers that contradict each other. */
import {
  type ResponseQualityRow,
  tabulateResponseQuality,
} from '../../../analysis/corrected/response-quality.ts';
import { STYLE_MEASURES, type StyleMeasure } from '../../../analysis/corrected/response-styles.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import { describeQuality } from '../../methods-quality.ts';
import { countsOf } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatList, formatNumber } from '../format.ts';
import {
  ABSENT,
  CONDITION,
  distinct,
  estimate,
  fill,
  type Grid,
  groupBy,
  INSTRUMENT,
  label,
  MODEL,
  plainHeading,
  type ReasonNotes,
  show,
  type TableColumn,
} from '../layout.ts';
import { allSheetAnswersOf, isShownAs, rawAnswersOf } from '../selection.ts';

export const responseQuality: NewTableDefinition<ResponseQualityRow> = {
  id: 'Q1',
  keys: ['instrument', 'model', 'population', 'measure'],
  corrected: {
    table: 'Q1',
    mode: 'corrected',
    tabulate: tabulateResponseQuality,
    title: () => 'Response quality: styles of answering, contradictions, attention',
    notes: (rows) => [
      `The mean over administrations that succeeded, with a 95 % interval that takes a person for a cluster.${countsOf(
        rows
          .filter(({ population }) => population !== null)
          .map(({ n_administrations }) => n_administrations),
        'administrations a cell',
      )}`,
      'From raw answers to the items that are on a scale, each once; the higher answer is taken for the stronger agreement.',
      ...MEASURES.filter(({ measure }) =>
        rows.some((row) => row.measure === measure && row.value !== null),
      ).map(({ note }) => note),
      ...absentOf(rows),
      ...ordersOf(rows),
    ],
    methods: (rows, { isPlanned }) => describeQuality(rows, isPlanned),
    layOut: layOutMeasures,
    behind: ({ instrument, model, population }, study) => {
      if (population === null && model === REFERENCE_ROW)
        return allSheetAnswersOf('reference', study);
      if (population === null && model === RANDOM_ROW) return allSheetAnswersOf('random', study);
      const isWanted = isShownAs(population, 'corrected');
      return rawAnswersOf(study, { mode: 'corrected', instrument, model, isWanted });
    },
  },
};

interface ShownMeasure {
  readonly measure: StyleMeasure;
  readonly heading: string;
  /** What it is. */
  readonly note: string;
}

const SHOWN: Readonly<Record<StyleMeasure, Omit<ShownMeasure, 'measure'>>> = {
  acquiescence: {
    heading: 'Acquiescence',
    note: 'Acquiescence: over all pairs of a keyed and a reversed item of a scale, in which content cancels, the mean answer minus the middle of its answer scale; of dichotomous items, the share of Yes in %, of which 50 is none.',
  },
  contradictions: {
    heading: 'Contradictions, %',
    note: 'Contradictions: pairs of these of which both items are affirmed.',
  },
  'longest run': {
    heading: 'Longest run',
    note: 'Longest run: equal answers in succession, in the order asked.',
  },
  variability: {
    heading: 'Variability',
    note: 'Variability: the standard deviation of the answers of one administration.',
  },
  'end options': {
    heading: 'Ends, %',
    note: 'Ends: answers at either end, of items with more than two.',
  },
  'middle options': {
    heading: 'Middle, %',
    note: 'Middle: answers in the middle of an odd number.',
  },
  'Guttman errors': {
    heading: 'Guttman errors, %',
    note: 'Guttman errors, on dichotomous scales: pairs of items of which the one that fewer persons pass is passed and the other one is not, out of the most that there can be for this number of items passed.',
  },
  'failed attention checks': {
    heading: 'Attention failed, %',
    note: 'Attention: checks that were not answered as they demand.',
  },
};

const MEASURES: readonly ShownMeasure[] = STYLE_MEASURES.map((measure) => ({
  measure,
  ...SHOWN[measure],
}));

/** Measures that no row has. */
function absentOf(rows: readonly ResponseQualityRow[]): readonly string[] {
  const absent = STYLE_MEASURES.flatMap((measure) => {
    const own = rows.filter((row) => row.measure === measure);
    if (own.length === 0 || own.some(({ value }) => value !== null)) return [];
    return [`${measure} (${distinct(own.map(({ reason }) => reason)).join('; ')})`];
  });
  return absent.length === 0 ? [] : [`No row has ${formatList(absent)}.`];
}

function ordersOf(rows: readonly ResponseQualityRow[]): readonly string[] {
  const valued = rows.filter(({ item_order, value }) => item_order !== null && value !== null);
  const of = groupBy(valued, ({ item_order }) => [item_order]).map(
    (group) =>
      `${group[0].item_order} (${formatList(distinct(group.map(({ instrument }) => instrument)))})`,
  );
  return of.length === 0
    ? []
    : [`The order of items by how many pass them is that of the ${formatList(of)}.`];
}

const COUNT: TableColumn<ResponseQualityRow> = {
  heading: 'n',
  text: ({ n_administrations }) => formatCount(n_administrations),
};

function columnOf({ measure, heading }: ShownMeasure): TableColumn<ResponseQualityRow> {
  return {
    heading,
    text: (row) => {
      const isShare = row.unit === 'share';
      const decimals = isShare ? 1 : measure === 'longest run' ? 1 : 2;
      return estimate(
        row.value,
        [row.ci_low, row.ci_high],
        (value) => formatNumber(value, decimals),
        decimals,
        isShare ? 100 : 1,
      );
    },
  };
}

/** A column for each measure that some row has. */
function layOutMeasures(rows: readonly ResponseQualityRow[], reasons: ReasonNotes): Grid {
  const several = distinct(rows.map(({ instrument }) => instrument)).length > 1;
  const labels = [...(several ? [INSTRUMENT] : []), MODEL, CONDITION];
  const shown = MEASURES.filter(({ measure }) =>
    rows.some((row) => row.measure === measure && row.value !== null),
  );
  const groups = groupBy(rows, ({ instrument, model, population }) => [
    instrument,
    model,
    population,
  ]);
  return {
    headings: plainHeading(
      ...labels.map(({ heading }) => heading),
      COUNT.heading,
      ...shown.map(({ heading }) => heading),
    ),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: groups.map((group) => [
          ...labels.map(({ of }) => label(of(group[0]))),
          show(COUNT.text(group[0])!, group[0]),
          ...shown.map((one) => {
            const row = group.find(({ measure }) => measure === one.measure);
            return row === undefined ? ABSENT : fill(columnOf(one), row, reasons);
          }),
        ]),
      },
    ],
  };
}
