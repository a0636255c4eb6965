/** Table 5: correlations between the scales of the sheets' instrument and those of another. */
import {
  type CorrelationRow as Corrected,
  tabulateCorrelations as tabulateCorrected,
} from '../../../analysis/corrected/correlations.ts';
import { BASE } from '../../../analysis/models.ts';
import {
  type CorrelationRow,
  FEWEST_PAIRS,
  tabulateCorrelations,
} from '../../../analysis/published/correlations.ts';
import { formatCount } from '../../../numbers.ts';
import { findCondition } from '../../../personas/sheets/conditions.ts';
import { type Difference, hasSheets } from '../../analysis.ts';
import { correctionOf, countsOf, nameOthers, scoreOfPerson } from '../captions.ts';
import { formatFixed } from '../custom-format.ts';
import type { ComparisonContext, TableDefinition } from '../definition.ts';
import { formatAdministrations, formatNumber, formatP, NOT_AVAILABLE } from '../format.ts';
import {
  ABSENT,
  distinct,
  estimate,
  fill,
  forPeople,
  type Grid,
  groupBy,
  type LayoutCell,
  label,
  plainHeading,
  type ReasonNotes,
  show,
  type TableColumn,
} from '../layout.ts';
import { differs, levelOf, orUnavailable, type Pairs, withAdjustedP, withP } from '../pairs.ts';
import { isShownAs, scorePairsOf } from '../selection.ts';

type Published = CorrelationRow;
type Printed = Published & { readonly text: string };

const BASE_LABEL = findCondition(BASE).label;

const title = (others: string) =>
  `Correlations of EPQR-A scale scores with those of ${others}, no scale manipulated`;

export const correlations: TableDefinition<Published, Corrected, Printed> = {
  id: '5',
  keys: ['model', 'epqra_scale', 'bigfive_scale'],
  alsoBy: ['instrument', 'population'],
  claims: [
    {
      name: 'correlation',
      about: 'correlation of the two scales',
      ...{ estimate: 'r', low: 'ci_low', high: 'ci_high' },
      test: {
        p: 'p',
        shown: 'the scales correlate',
        notShown: 'no correlation of the scales is shown',
      },
    },
  ],
  published: {
    table: '5',
    mode: 'published',
    tabulate: tabulateCorrelations,
    print: (row) => ({ ...row, text: print(row) }),
    unmark: (row) => ({ ...row, text: readEmphasis(row.text).text }),
    title: () => title('the Big Five'),
    notes: (rows) => [
      `Pearson correlations; EPQR-A scales in rows, Big Five scales in columns.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )}`,
      'Two-sided tests, without correction for many.',
      'Answers as the reference population itself count as Base, as in the published table.',
    ],
    legend: 'Bold p < 0.001, italic p < 0.01, underlined p < 0.05.',
    layOut: layOutPublished,
    behind: ({ model, epqra_scale, bigfive_scale }, study) =>
      scorePairsOf(
        study,
        {
          mode: 'published',
          instrument: 'bigfive',
          model,
          isWanted: isShownAs(BASE_LABEL, 'published'),
        },
        { own: epqra_scale, other: bigfive_scale },
      ),
  },
  corrected: {
    table: '5',
    mode: 'corrected',
    tabulate: tabulateCorrected,
    title: (rows) => title(nameOthers(rows)),
    notes: (rows) => [
      `Pearson correlation with its 95 % interval by Fisher's z, and adjusted p.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )} ${correctionOf(rows)}`,
      `One score a person, the mean of m administrations; the reference population's own answers are not mixed in.${
        rows.some(areMeans)
          ? ' Means correlate more than single answers do; "one admin." is the correlation of one administration of each instrument to the same persona, with a distribution-free interval.'
          : ''
      }`,
    ],
    methods: (_rows, { study }) => [
      `Pearson correlations across persons within one model and a population under no condition, ${scoreOfPerson(study)}, with intervals by Fisher’s z and p by t on n − 2 degrees of freedom, both of which take the two scores for normal together${hasSheets(study) ? '; answers given as the reference population are not mixed in' : ''}.`,
    ],
    layOut: layOutCorrected,
    behind: ({ instrument, model, population, epqra_scale, bigfive_scale }, study) =>
      scorePairsOf(
        study,
        {
          mode: 'corrected',
          instrument: instrument ?? 'bigfive',
          model,
          isWanted: isShownAs(population, 'corrected'),
        },
        { own: epqra_scale, other: bigfive_scale },
      ),
  },
  differences: compare,
};

/* Published */

function print({ n, r, p }: Published): string {
  if (n < FEWEST_PAIRS) return `n<${FEWEST_PAIRS}`;
  if (r === null || p === null) return 'nan';
  const text = formatFixed(r, 3);
  return p < 0.001 ? `**${text}**` : p < 0.01 ? `*${text}*` : p < 0.05 ? `<u>${text}</u>` : text;
}

function layOutPublished(rows: readonly Printed[], reasons: ReasonNotes): Grid {
  const columns = distinct(rows.map(({ bigfive_scale }) => bigfive_scale));
  return {
    headings: plainHeading('EPQR-A', ...columns),
    labels: 1,
    sections: groupBy(rows, ({ model }) => [model]).map((ofModel) => ({
      title: ofModel[0].model,
      rows: groupBy(ofModel, ({ epqra_scale }) => [epqra_scale]).map((group) => [
        label(group[0].epqra_scale),
        ...columns.map((column) => {
          const row = group.find(({ bigfive_scale }) => bigfive_scale === column);
          return row === undefined ? ABSENT : showPublished(row, reasons);
        }),
      ]),
    })),
  };
}

function showPublished(row: Printed, reasons: ReasonNotes): LayoutCell {
  const { text, style } = readEmphasis(row.text);
  if (row.r === null && !text.startsWith('n<')) {
    return show(NOT_AVAILABLE, row, reasons.letterOf('one of the scores does not vary'));
  }
  return show(forPeople(text), row, null, style);
}

/** Separates the study's Markdown for levels of p from the number. */
function readEmphasis(text: string): Pick<LayoutCell, 'text' | 'style'> {
  const [, mark, inner] = /^(\*\*|\*|<u>)(.*?)(?:\*\*|\*|<\/u>)$/.exec(text) ?? [];
  if (mark === undefined || inner === undefined) return { text, style: 'plain' };
  return { text: inner, style: mark === '**' ? 'bold' : mark === '*' ? 'italic' : 'underlined' };
}

/* Corrected */

/** Whether a score is a mean of several administrations. */
const areMeans = ({ m_1, m_2 }: Corrected) => (m_1 ?? 1) > 1 || (m_2 ?? 1) > 1;

const CORRELATION: TableColumn<Corrected> = {
  heading: '',
  text: (row) => {
    const show = (r: number | null, low: number | null, high: number | null) =>
      estimate(r, [low, high], (value) => formatNumber(value, 2), 2);
    const r = show(row.r, row.ci_low, row.ci_high);
    if (r === null) return r;
    const p = row.p_adjusted === null ? '' : formatP(row.p_adjusted);
    const single = show(row.r_single, row.r_single_ci_low, row.r_single_ci_high) ?? NOT_AVAILABLE;
    return [
      r,
      ...(p === '' ? [] : [`p ${p.startsWith('<') ? p : `= ${p}`}`]),
      ...(areMeans(row) ? [`one admin. ${single}`] : []),
    ].join(', ');
  },
};

/** ", m = 5", ", m = 5 and 1": of the sheets' instrument and of the other. */
function sayAdministrations(first: number | null, second: number | null): string {
  if (first === null || second === null) return '';
  const [one, other] = [first, second].map(formatAdministrations);
  return `, m = ${one === other ? one : `${one} and ${other}`}`;
}

/** Scales of the other instrument in rows: there may be many. */
function layOutCorrected(rows: readonly Corrected[], reasons: ReasonNotes): Grid {
  const columns = distinct(rows.map(({ epqra_scale }) => epqra_scale));
  const areSeveral = distinct(rows.map(({ instrument }) => instrument)).length > 1;
  return {
    headings: plainHeading('Scale', ...columns.map((column) => `EPQR-A ${column}`)),
    labels: 1,
    sections: groupBy(rows, ({ instrument, model, population }) => [
      instrument,
      model,
      population,
    ]).map((block) => {
      const [{ instrument, model, population, n, m_1, m_2 }] = block;
      const who = `${areSeveral ? `${instrument}, ` : ''}${model}, ${population}`;
      return {
        title: block.every((row) => row.n === n && row.m_1 === m_1 && row.m_2 === m_2)
          ? `${who} (n = ${formatCount(n)}${sayAdministrations(m_1, m_2)})`
          : who,
        rows: groupBy(block, ({ bigfive_scale }) => [bigfive_scale]).map((group) => [
          label(group[0].bigfive_scale),
          ...columns.map((column) => {
            const row = group.find(({ epqra_scale }) => epqra_scale === column);
            return row === undefined ? ABSENT : fill(CORRELATION, row, reasons);
          }),
        ]),
      };
    }),
  };
}

/* Differences */

function compare(
  pairs: Pairs<Printed, Corrected>,
  { answeredAsReference }: ComparisonContext,
): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const candidates = pairs.of(row);
    const after = candidates.find(({ population }) => population === BASE_LABEL) ?? candidates[0];
    if (after === undefined) return [];
    const found: Difference[] = [];
    if (differs(row.r, after.r, 3)) {
      const isMixed = answeredAsReference.has(row.model);
      found.push(
        pairs.tell(
          isMixed ? 'mixed' : 'value',
          row,
          orUnavailable(row.r, 3),
          orUnavailable(after.r, 3),
          isMixed
            ? 'The model also answered as the reference population, which the published view shows as Base: the scores are means of both.'
            : 'Only complete administrations that succeeded count, each person once.',
        ),
      );
    }
    const now = after.p_adjusted;
    if (levelOf(row.p) !== levelOf(now)) {
      found.push(
        pairs.tell(
          'level',
          row,
          withP(orUnavailable(row.r, 3), row.p),
          now === null ? NOT_AVAILABLE : withAdjustedP(orUnavailable(after.r, 3), now),
          now === null
            ? `There is no test: ${after.reason ?? 'it is not defined for these data'}.`
            : `The p-values of the ${formatCount(after.family_size ?? 0)} correlations of the model are corrected by Holm.`,
        ),
      );
    }
    return found;
  });
}
