/** Tables 1 to 3: who the personas are, by model and condition. */
import {
  type DemographicRow as Corrected,
  tabulateDemographics as tabulateCorrected,
} from '../../../analysis/corrected/demographics.ts';
import { BASE, DEMOGRAPHIC_TABLES, type DemographicTable } from '../../../analysis/models.ts';
import {
  type DemographicRow,
  tabulateDemographics,
} from '../../../analysis/published/demographics.ts';
import { formatCount } from '../../../numbers.ts';
import { findCondition } from '../../../personas/sheets/conditions.ts';
import { type Difference, hasSheets } from '../../analysis.ts';
import { correctionOf, countsOf, fieldOfMetric, labelField, labelMetric } from '../captions.ts';
import { formatFixed } from '../custom-format.ts';
import type { MethodsContext, TableDefinition } from '../definition.ts';
import {
  DOES_NOT_APPLY,
  formatDifference,
  formatList,
  formatNumber,
  formatRange,
  NOT_AVAILABLE,
} from '../format.ts';
import {
  ABSENT,
  distinct,
  estimate,
  fill,
  type Grid,
  groupBy,
  label,
  pColumn,
  plainHeading,
  type ReasonNotes,
  show,
  type TableColumn,
} from '../layout.ts';
import { differs, levelOf, type Pairs, withAdjustedP, withP } from '../pairs.ts';
import { personasOf } from '../selection.ts';

type Published = DemographicRow;
type Printed = Published & { readonly marker: string; readonly text: string };

/** Draws 1 to this one count in the published tables. */
const LAST_PUBLISHED_DRAW = 5;
/**
 * Rows that the published code computed and then lost: their titles had been used by another field.
 */
const LOST_IN_PRINT: ReadonlySet<string> = new Set(['race_other', 'relig_other']);
/** More columns of conditions than in print: then each model has a block of its own. */
const MOST_CONDITIONS = 6;
const BASE_LABEL = findCondition(BASE).label;
/** Decimals of a share that is printed in per cent with two. */
const PRINTED_SHARE = 4;

export const demographicTables = DEMOGRAPHIC_TABLES.map(define);

function define(id: DemographicTable): TableDefinition<Published, Corrected, Printed> {
  return {
    id,
    keys: ['model', 'condition', 'metric'],
    alsoBy: ['field'],
    claims: [
      {
        name: 'difference',
        about: 'difference of the share from that under Base',
        ...{ estimate: 'diff', low: 'ci_low', high: 'ci_high' },
        isShare: true,
        test: {
          p: 'p',
          shown: 'the share differs from that under Base',
          notShown: 'no difference from the share under Base is shown',
        },
        isMadeBy: ({ n_base_clusters }) => n_base_clusters !== null,
      },
      {
        name: 'share',
        about: 'share of the personas',
        ...{ estimate: 'share', low: 'share_ci_low', high: 'share_ci_high' },
        isShare: true,
      },
    ],
    published: {
      table: id,
      mode: 'published',
      tabulate: (study) => tabulateDemographics(study, id),
      print,
      unmark: (row) => ({ ...row, marker: '', text: row.text.replace(/[‡†*]+$/u, '') }),
      title,
      notes: () => [
        'Per cent of personas, mean ± SD over draws 1 to 5, of personas with a word count.',
        'Against Base of the same model: two-sided z test of two proportions with pooled variance over all draws, without correction for many tests.',
        'Rows marked "not printed" are computed by the published code and missing from the printed table, because their titles had been used by another field.',
      ],
      legend: '‡ p < 0.001, † p < 0.01, * p < 0.05.',
      layOut: layOutPublished,
      behind: ({ model, condition, metric }, study) =>
        personasOf(study, {
          mode: 'published',
          model,
          condition,
          metric,
          lastDraw: LAST_PUBLISHED_DRAW,
        }),
    },
    corrected: {
      table: id,
      mode: 'corrected',
      tabulate: ({ personas }) => tabulateCorrected(personas, id),
      title,
      notes: correctedNotes,
      methods: describeMethods,
      layOut: layOutCorrected,
      behind: ({ model, condition, metric, draws }, study) =>
        personasOf(study, { mode: 'corrected', model, condition, metric, lastDraw: draws }),
    },
    differences: compare,
  };
}

function title(rows: readonly { readonly model: string }[]): string {
  const models = formatList(distinct(rows.map(({ model }) => model)));
  return `Who the personas are, by condition${models === '' ? '' : `: ${models}`}`;
}

/* Published */

function print(row: Published): Printed {
  const marker = markDifference(row.p);
  return {
    ...row,
    marker,
    text: `${formatFixed(row.mean * 100, 2)} ± ${formatFixed(row.sd * 100, 2)}${marker}`,
  };
}

function markDifference(p: number | null): string {
  if (p === null) return '';
  return p < 0.001 ? '‡' : p < 0.01 ? '†' : p < 0.05 ? '*' : '';
}

function layOutPublished(rows: readonly Printed[]): Grid {
  const columns = groupBy(rows, ({ model, condition }) => [model, condition]).map(
    ([{ model, condition }]) => ({
      model,
      condition,
    }),
  );
  const isWide = columns.length > MOST_CONDITIONS;
  const models = groupBy(columns, ({ model }) => [model]);
  const shown = isWide
    ? distinct(columns.map(({ condition }) => condition)).map((condition) => ({
        model: null,
        condition,
      }))
    : columns;
  const heading = plainHeading('Field', 'Category', ...shown.map(({ condition }) => condition));
  const blocks = isWide ? groupBy(rows, ({ model }) => [model]) : rows.length === 0 ? [] : [rows];
  return {
    headings: isWide
      ? heading
      : [
          [
            { text: '', span: 2 },
            ...models.map((group) => ({ text: group[0].model, span: group.length })),
          ],
          ...heading,
        ],
    labels: 2,
    sections: blocks.map((block) => ({
      title: isWide ? block[0]!.model : null,
      rows: sortAsPrinted(block).map((ofMetric) => {
        const { metric } = ofMetric[0];
        const name = `${labelMetric(metric)}${LOST_IN_PRINT.has(metric) ? ' (not printed)' : ''}`;
        const cells = shown.map(({ model, condition }) => {
          const row = ofMetric.find(
            (one) => one.condition === condition && (model === null || one.model === model),
          );
          return row === undefined ? ABSENT : show(row.text, row);
        });
        return [label(labelField(fieldOfMetric(metric))), label(name), ...cells];
      }),
    })),
  };
}

/** Within a field, the study prints categories in alphabetical order. */
function sortAsPrinted(rows: readonly Printed[]) {
  const metrics = groupBy(rows, ({ metric }) => [metric]);
  const fields = distinct(metrics.map(([{ metric }]) => fieldOfMetric(metric)));
  return fields.flatMap((field) => {
    const ofField = metrics.filter(([{ metric }]) => fieldOfMetric(metric) === field);
    return ofField.sort(([a], [b]) => (labelMetric(a.metric) < labelMetric(b.metric) ? -1 : 1));
  });
}

/* Corrected */

function correctedNotes(rows: readonly Corrected[]): readonly string[] {
  const wilson = rows.some(({ interval }) => interval === 'Wilson over sheets')
    ? ' A share of 0 or 100 % has the interval of Wilson, with as many observations as there are sheets; it may be wider than that of a share just beside.'
    : '';
  const counts = countsOf(
    rows.map(({ n }) => n),
    'personas a condition',
  );
  return [
    `Share of personas in per cent with its 95 % interval, and difference from Base of the same model in percentage points with its 95 % interval.${counts}`,
    `${drawsOf(rows)}Every persona is in exactly one category of each field.`,
    `Intervals and tests take the personas written from one sheet for one cluster.${wilson} ${correctionOf(rows)}`,
    ...comparedOf(rows),
    ...(rows.some(({ test }) => test === 'exact sign test')
      ? [
          'Where all personas of one condition are in a category and none of the other, the test is an exact sign test over sheets.',
        ]
      : []),
  ];
}

/** Which sheets are compared, where conditions do not have the same ones. */
function comparedOf(rows: readonly Corrected[]): readonly string[] {
  const isPartial = rows.some(
    ({ n_shared, n_clusters, n_base_clusters }) =>
      n_shared !== null && (n_shared < n_clusters || n_shared < n_base_clusters!),
  );
  if (!isPartial) return [];
  return [
    `A difference from Base is over the sheets that both have (n_shared)${
      rows.some(({ test }) => test === 'CR2 t')
        ? '; where these are next to none it is over all, with the test for few clusters (CR2)'
        : ''
    }.`,
  ];
}

/** Which draws of each sheet count; models may differ in how many there are. */
function drawsOf(rows: readonly Corrected[]): string {
  const draws = distinct(rows.map((row) => row.draws));
  if (draws.length === 0) return '';
  if (draws.length > 1) {
    return `Of each sheet as many draws count as every condition of the model has (${formatRange(draws)}). `;
  }
  const which =
    draws[0] === 1
      ? 'The first draw of each sheet counts'
      : `Draws 1 to ${draws[0]} of each sheet count`;
  return `${which}, as many as every condition of the model has. `;
}

const SHARE: TableColumn<Corrected> = {
  heading: 'Share [95 % CI]',
  text: (row) =>
    estimate(
      row.share,
      [row.share_ci_low, row.share_ci_high],
      (value) => formatNumber(value, 1),
      1,
      100,
    ),
};

const SHIFT: readonly TableColumn<Corrected>[] = [
  {
    heading: 'Difference [95 % CI]',
    text: (row) =>
      estimate(row.diff, [row.ci_low, row.ci_high], (value) => formatDifference(value, 1), 1, 100),
  },
  pColumn('p adj.', (row) => row.p_adjusted),
];

/**
 * A block for each model: one row for each category, for each condition its share and, but for
 * Base, its difference from Base.
 */
function layOutCorrected(rows: readonly Corrected[], reasons: ReasonNotes): Grid {
  const conditions = distinct(rows.map(({ condition }) => condition)).map((condition) => ({
    condition,
    columns: condition === BASE_LABEL ? [SHARE] : [SHARE, ...SHIFT],
  }));
  return {
    headings: [
      [
        { text: '', span: 2 },
        ...conditions.map(({ condition, columns }) => ({ text: condition, span: columns.length })),
      ],
      ...plainHeading(
        'Field',
        'Category',
        ...conditions.flatMap(({ columns }) => columns.map(({ heading }) => heading)),
      ),
    ],
    labels: 2,
    sections: groupBy(rows, ({ model }) => [model]).map((ofModel) => ({
      title: `${ofModel[0].model} (${describeSizes(ofModel)})`,
      rows: groupBy(ofModel, ({ metric }) => [metric]).map((group) => {
        const { metric } = group[0];
        const cells = conditions.flatMap(({ condition, columns }) => {
          const row = group.find((one) => one.condition === condition);
          return columns.map((column) => (row === undefined ? ABSENT : fill(column, row, reasons)));
        });
        return [label(labelField(fieldOfMetric(metric))), label(labelMetric(metric)), ...cells];
      }),
    })),
  };
}

/** "Base n = 200, MaxN n = 200" */
function describeSizes(ofModel: readonly Corrected[]): string {
  return groupBy(ofModel, ({ condition }) => [condition])
    .map(([{ condition, n }]) => `${condition} n = ${formatCount(n)}`)
    .join(', ');
}

/* Methods */

function describeMethods(
  rows: readonly Corrected[],
  { study, isPlanned }: MethodsContext,
): readonly string[] {
  if (!isPlanned && rows.every(({ n }) => n === 0)) return [];
  const { personas } = study;
  const models = new Set(rows.map(({ model }) => model));
  const isShown = (position: number) =>
    models.has(personas.groups[personas.group[position]!]!.model.label);
  const shown = Array.from(personas.group.keys()).filter(isShown);
  const without = shown.filter((position) => personas.hasWordCount[position] !== 1).length;
  const samples = new Map(
    rows.map(({ model, condition, n }) => [JSON.stringify([model, condition]), n]),
  );
  const counted = [...samples.values()].reduce((sum, n) => sum + n, 0);
  const beyond = shown.length - without - counted;
  const leftOut = [
    ...(without === 0 ? [] : [`${formatCount(without)} without a word count of the description`]),
    ...(beyond === 0 ? [] : [`${formatCount(beyond)} of further draws`]),
  ];
  const isCompared = rows.some(({ n_base_clusters }) => n_base_clusters !== null);
  const sheet = hasSheets(study) ? 'reference sheet' : 'case';
  const counts = `${formatCount(counted)} of ${formatCount(shown.length)} personas${leftOut.length === 0 ? '' : `; ${formatList(leftOut)} are left out`}. `;
  const who = !hasSheets(study)
    ? isPlanned
      ? ''
      : `Counted are ${counts}`
    : isPlanned
      ? 'The same draws count for every condition of a model: as many as every one of them has. '
      : `The same draws count for every condition of a model (${sayDraws(rows)}): ${counts}`;
  const clusters = isPlanned
    ? ''
    : ` (${formatRange(rows.map((row) => row.n_clusters)) ?? 'no'} clusters)`;
  return [
    who +
      'Every persona that counts falls in exactly one category of each field; values that no category knows and values that are missing have categories of their own. ' +
      `Standard errors are robust to clusters, a cluster being all personas of one ${sheet}${clusters}. ` +
      `A share has Student’s interval on the scale of log odds${isPlanned || rows.some(({ interval }) => interval === 'Wilson over sheets') ? `; a share of 0 or 1, which has no standard error, that of Wilson (1927) with one observation a ${sheet}, wider than beside a share just above 0 because how alike the personas of a ${sheet} are cannot be seen` : ''}.${
        isCompared ? sayComparison(rows, isPlanned) : ''
      }`,
  ];
}

function sayComparison(rows: readonly Corrected[], isPlanned: boolean): string {
  const independent = isPlanned || rows.some(({ test }) => test === 'CR2 t');
  const separated = isPlanned || rows.some(({ test }) => test === 'exact sign test');
  return ` A condition is compared with Base of the same model over the sheets that both have, by the difference of shares. Its interval follows from those of the two shares and their correlation (Zou & Donner, 2008). p is by t on G − 1 degrees of freedom, with a standard error that takes a cluster across both conditions and all draws (Liang & Zeger, 1986; Cameron & Miller, 2015; its square multiplied by G/(G − 1) · (N − 1)/(N − 2) for G clusters and N personas, CR1S of Pustejovsky & Tipton, 2018).${
    independent
      ? ' Where two conditions have next to no sheets in common, p is by the bias-reduced CR2 with Satterthwaite’s degrees of freedom (Bell & McCaffrey, 2002), and not smaller than that of a t test of the sheets’ shares with a common variance.'
      : ''
  }${
    separated
      ? ' Where all personas of one condition are in a category and none of the other, p is that of an exact sign test of the sheets that both share.'
      : ''
  }`;
}

/** "draws 1 to 5", "the first draw", "draws 1 to 3 or 1 to 5, by model" */
function sayDraws(rows: readonly Corrected[]): string {
  const draws = [...new Set(rows.map((row) => row.draws))].sort((a, b) => a - b);
  if (draws.length === 1 && draws[0] === 1) return 'the first draw';
  return `draws ${draws.map((last) => (last === 1 ? '1' : `1 to ${last}`)).join(' or ')}${draws.length > 1 ? ', by model' : ''}`;
}

/* Differences */

type DemographicPairs = Pairs<Printed, Corrected>;

function compare(pairs: DemographicPairs): Difference[] {
  const placeOf = ({ model, condition }: Printed | Corrected) => JSON.stringify([model, condition]);
  const conditions = new Set(pairs.corrected.map(placeOf));
  const absent = new Set<string>();
  const compared = pairs.published.flatMap((row): Difference[] => {
    const [after] = pairs.of(row);
    const place = placeOf(row);
    if (!conditions.has(place)) {
      if (absent.has(place)) return [];
      absent.add(place);
      return [
        pairs.tell(
          'absent',
          { model: row.model, condition: row.condition },
          '0.00 ± 0.00',
          DOES_NOT_APPLY,
          'There are no personas of this model and condition; the published code prints zeros.',
        ),
      ];
    }
    return after === undefined
      ? []
      : [...compareShare(pairs, row, after), ...compareLevel(pairs, row, after)];
  });
  return [...compared, ...findNewCategories(pairs)];
}

const inPerCent = (share: number | null) =>
  share === null ? NOT_AVAILABLE : `${formatNumber(share * 100, 2)} %`;

function compareShare(pairs: DemographicPairs, row: Printed, { share }: Corrected): Difference[] {
  const { metric } = row;
  if (LOST_IN_PRINT.has(metric)) {
    if (!differs(share, 0, PRINTED_SHARE)) return [];
    return [
      pairs.tell(
        'lost',
        row,
        'not printed',
        inPerCent(share),
        `The row's title is also one of ${metric === 'race_other' ? 'gender' : 'politics'}, and the published table keeps the first only.`,
      ),
    ];
  }
  if (!differs(row.mean, share, PRINTED_SHARE)) return [];
  return [
    pairs.tell(
      'categories',
      row,
      row.text,
      inPerCent(share),
      'Values are placed by whole words, missing and unknown ones apart, and the share is of all personas of the draws that count, not a mean over draws.',
    ),
  ];
}

function compareLevel(pairs: DemographicPairs, row: Printed, after: Corrected): Difference[] {
  const { diff, p_adjusted: now } = after;
  if (levelOf(row.p) === levelOf(now)) return [];
  const shown =
    diff === null ? inPerCent(after.share) : `${formatDifference(diff * 100, 1)} points`;
  const why =
    now === null
      ? 'The corrected test does not exist for these data'
      : 'Personas written from one sheet are not independent, and p-values are corrected by Holm for each model';
  return [
    pairs.tell(
      'level',
      row,
      withP(row.text, row.p),
      now === null ? `${shown}; ${NOT_AVAILABLE}` : withAdjustedP(shown, now),
      `${why}.`,
    ),
  ];
}

/** Categories that the published tables do not have, where anybody is in them. */
function findNewCategories(pairs: DemographicPairs): Difference[] {
  const known = new Set(pairs.published.map(({ metric }) => metric));
  return pairs.corrected.flatMap((row) => {
    const { share, metric } = row;
    if (known.has(metric) || share === null || !differs(share, 0, PRINTED_SHARE)) return [];
    return [
      pairs.tell(
        'categories',
        row,
        'no such row',
        inPerCent(share),
        'The published table has no row for these personas: they are counted as "other", as "unspecified", or not at all.',
      ),
    ];
  });
}
