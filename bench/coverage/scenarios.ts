/**
 * What is simulated, and which numbers of which table are held against the truth. The tables are
 * those of the program; only the data and the truth are made here.
 */
import { tabulateBaseAccuracy } from '../../src/analysis/corrected/accuracy.ts';
import { tabulateCorrelations } from '../../src/analysis/corrected/correlations.ts';
import { tabulateDemographics } from '../../src/analysis/corrected/demographics.ts';
import {
  tabulateOtherReliability,
  tabulateSheetReliability,
} from '../../src/analysis/corrected/reliability.ts';
import { tabulateScaleScores } from '../../src/analysis/corrected/scale-scores.ts';
import { tabulateTraitScores } from '../../src/analysis/corrected/trait-scores.ts';
import type { StudyData } from '../../src/analysis/data.ts';
import { tQuantile } from '../../src/statistics/distributions.ts';
import type { CellKind, Observation } from './cells.ts';
import type { Chance } from './chance.ts';
import {
  expect,
  FAITHLESS,
  HUMAN_SCALES,
  LIKERT_SCALES,
  likertTruthOf,
  type Persona,
  personaAt,
  type Scale,
  STUDY_SCALES,
  type Truth,
  truthOf,
} from './scales.ts';
import {
  type Arm,
  MEAN_MISSED,
  personasOf,
  shuffled,
  studyOfSheets,
  studyOfTargets,
  studyOfTwo,
} from './studies.ts';

export interface Scenario {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly kindOf: (cell: string, n: number) => CellKind;
  readonly observe: (n: number, chance: Chance) => readonly Observation[];
}

const SIZES = [20, 100, 826];
const BOUND = 0.5;
const LEVEL = 0.05;

function observe(
  cell: string,
  truth: number,
  estimate: number | null,
  low: number | null,
  high: number | null,
): Observation {
  if (low === null || high === null) return { cell, hit: null, estimate };
  // Limits are rounded where the truth is one of them, as at the end of a scale.
  const isCovered = low <= truth + 1e-12 && truth <= high + 1e-12;
  return { cell, hit: isCovered, estimate, width: high - low };
}

const rejects = (cell: string, p: number | null): Observation => ({
  cell,
  hit: p === null ? null : p < LEVEL,
});

/** Whether any test of a family rejects. */
const anyRejects = (cell: string, ps: readonly (number | null)[]): Observation => ({
  cell,
  hit: ps.some((p) => p !== null && p < LEVEL),
});

/**
 * Alpha and agreement of a scale low or at the ceiling need more persons than there may be; so do
 * standardised differences, on every scale of the study, which few persons move.
 */
function mayBeMissing(cell: string, n: number): boolean {
  // Where no sheet has a keyed answer, or none has another, there is no balanced accuracy.
  if (cell.startsWith('balanced')) return true;
  if (/^d_/.test(cell)) return n <= 20 || (n <= 100 && /L$/.test(cell));
  if (!/^(alpha|agreement)/.test(cell)) return false;
  return n <= 20 ? /[PL]$/.test(cell) : n <= 100 && /L$/.test(cell);
}

function kindOfScale(shape: 'study' | 'human') {
  return (cell: string, n: number): CellKind => {
    if (/^(test|family)/.test(cell)) return { what: 'test', mayBeMissing: true };
    const isAtCeiling = /^(alpha|agreement).*L$/.test(cell) && shape === 'study';
    return {
      what: cell.startsWith('equivalence interval') ? 'interval of 90 %' : 'interval of 95 %',
      isDiscrete: shape === 'study',
      mayBeMissing: mayBeMissing(cell, n),
      ...(isAtCeiling && n >= 826 ? { least: 0.89 } : {}),
    };
  };
}

function studentWidth(
  { n, diff_sd }: { readonly n: number; readonly diff_sd: number | null },
  quantile: number,
): number {
  return (2 * tQuantile(quantile, n - 1) * (diff_sd ?? 0)) / Math.sqrt(n);
}

interface Sheeted {
  readonly scale: Scale;
  readonly persona: Persona;
  readonly truth: Truth;
}

function ofSheets(
  name: string,
  shape: 'study' | 'human',
  personaOf: (scale: Scale) => Persona,
  sizes = SIZES,
): Scenario {
  const scales = shape === 'study' ? STUDY_SCALES : HUMAN_SCALES;
  const sheeted = scales.map((scale): Sheeted => {
    const persona = personaOf(scale);
    return { scale, persona, truth: truthOf(scale, persona) };
  });
  const find = (scale: Scale) => sheeted.find((one) => one.scale === scale)!;
  return {
    name: `${shape}, ${name}`,
    sizes,
    kindOf: kindOfScale(shape),
    observe: (n, chance) => {
      const data = studyOfSheets(scales, (scale) => find(scale).persona, n, chance);
      const reliability = tabulateSheetReliability(data);
      const scores = tabulateScaleScores(data, BOUND);
      const accuracy = tabulateBaseAccuracy(data);
      const isNull = (truth: Truth) => Math.abs(truth.difference) < 1e-12;
      const atBound = (truth: Truth) => Math.abs(Math.abs(truth.difference) - BOUND) < 1e-9;
      const rows = sheeted.flatMap(({ scale, truth }): readonly Observation[] => {
        const at = scale.name;
        const isOwn = (row: { model: string; scale: string }) =>
          row.scale === at && row.model === 'GPT-4o';
        const alpha = reliability.find((row) => row.scale === at && row.model === 'Reference')!;
        const score = scores.find(isOwn)!;
        const items = accuracy.find(isOwn)!;
        return [
          ...(name === 'exchangeable'
            ? [observe(`alpha ${at}`, truth.alpha, alpha.alpha, alpha.ci_low, alpha.ci_high)]
            : []),
          observe(
            `agreement ${at}`,
            truth.agreement,
            score.icc,
            score.icc_ci_low,
            score.icc_ci_high,
          ),
          {
            ...observe(
              `difference ${at}`,
              truth.difference,
              score.diff,
              score.ci_low,
              score.ci_high,
            ),
            textbook: studentWidth(score, 0.975),
          },
          {
            ...observe(
              `equivalence interval ${at}`,
              truth.difference,
              score.diff,
              score.equivalence_ci_low,
              score.equivalence_ci_high,
            ),
            textbook: studentWidth(score, 0.95),
          },
          observe(
            `accuracy ${at}`,
            100 * truth.accuracy,
            items.accuracy,
            items.ci_low,
            items.ci_high,
          ),
          observe(
            `balanced accuracy ${at}`,
            100 * truth.balanced,
            items.balanced_accuracy,
            items.balanced_accuracy_ci_low,
            items.balanced_accuracy_ci_high,
          ),
          observe(`MAE ${at}`, truth.mae, items.mae, items.mae_ci_low, items.mae_ci_high),
          observe(`RMSE ${at}`, truth.rmse, items.rmse, items.rmse_ci_low, items.rmse_ci_high),
          // Of constant scores there is nothing to estimate.
          ...(score.d_z === null
            ? []
            : [observe(`d_z ${at}`, truth.dz, score.d_z, score.d_z_ci_low, score.d_z_ci_high)]),
          ...(score.d_av === null
            ? []
            : [
                observe(`d_av ${at}`, truth.dav, score.d_av, score.d_av_ci_low, score.d_av_ci_high),
              ]),
          ...(isNull(truth) ? [rejects(`test of the difference ${at}`, score.p)] : []),
          ...(atBound(truth) ? [rejects(`test of equivalence ${at}`, score.p_equivalence)] : []),
        ];
      });
      const own = scores.filter((row) => row.model === 'GPT-4o');
      return [
        ...rows,
        ...(sheeted.every(({ truth }) => isNull(truth))
          ? [
              anyRejects(
                'family of differences',
                own.map((row) => row.p_adjusted),
              ),
            ]
          : []),
        ...(sheeted.every(({ truth }) => atBound(truth))
          ? [
              anyRejects(
                'family of equivalence',
                own.map((row) => (row.mean_equivalent === true ? 0 : 1)),
              ),
            ]
          : []),
      ];
    },
  };
}

/** Alpha over five administrations of each person. */
function pooledAlpha(shape: 'study' | 'human'): Scenario {
  const scales = shape === 'study' ? STUDY_SCALES : HUMAN_SCALES;
  const truths = new Map(scales.map((scale) => [scale.name, truthOf(scale, FAITHLESS)]));
  return {
    name: `${shape}, 5 administrations`,
    sizes: [20, 100],
    kindOf: kindOfScale(shape),
    observe: (n, chance) => {
      const data = studyOfSheets(scales, () => FAITHLESS, n, chance, 5);
      return tabulateSheetReliability(data)
        .filter((row) => row.model === 'GPT-4o')
        .map((row) =>
          observe(
            `alpha ${row.scale}`,
            truths.get(row.scale)!.alpha,
            row.alpha,
            row.ci_low,
            row.ci_high,
          ),
        );
    },
  };
}

/** One of five administrations of each person beside its sheet. */
function singleAdministration(
  shape: 'study' | 'human',
  personaOf: (scale: Scale) => Persona,
): Scenario {
  const scales = shape === 'study' ? STUDY_SCALES : HUMAN_SCALES;
  const truths = new Map(scales.map((scale) => [scale.name, truthOf(scale, personaOf(scale))]));
  return {
    name: `${shape}, one of 5 administrations`,
    sizes: SIZES,
    kindOf: kindOfScale(shape),
    observe: (n, chance) => {
      const data = studyOfSheets(scales, personaOf, n, chance, 5);
      return tabulateScaleScores(data, BOUND)
        .filter(({ model }) => model === 'GPT-4o')
        .flatMap((row) => {
          const truth = truths.get(row.scale)!;
          return [
            observe(
              `agreement ${row.scale}`,
              truth.agreement,
              row.icc_single,
              row.icc_single_ci_low,
              row.icc_single_ci_high,
            ),
            observe(
              `share within the bound ${row.scale}`,
              truth.withinOne,
              row.share_within,
              row.share_within_ci_low,
              row.share_within_ci_high,
            ),
          ];
        });
    },
  };
}

/**
 * How often personas are said to be like their sheets that are not: those of other persons, and
 * those that are within the bound as often as is required and no more.
 */
function verdicts(): Scenario {
  const scales = STUDY_SCALES.filter((scale) => truthOf(scale, FAITHLESS).withinOne > REQUIRED);
  return {
    name: 'verdict on persons',
    sizes: SIZES,
    kindOf: () => ({ what: 'test', mayBeMissing: true }),
    observe: (n, chance) => {
      const sheets = studyOfSheets(STUDY_SCALES, () => FAITHLESS, n, chance);
      const others = studyOfSheets(STUDY_SCALES, () => FAITHLESS, n, chance);
      const atLimit = studyOfSheets(scales, personaWithin, n, chance);
      const agrees = (data: StudyData, name: string) =>
        tabulateScaleScores({ ...data, random: shuffled(data.reference, chance) }, BOUND)
          .filter(({ test }) => test === 'fidelity')
          .map(({ scale, persons }) => ({
            cell: `test: ${name} ${scale}`,
            hit: persons === null ? null : persons === 'agrees',
          }));
      return [
        ...agrees({ ...sheets, answered: others.answered }, 'persona of another'),
        ...agrees(atLimit, 'within as often as required'),
      ];
    },
  };
}

const REQUIRED = 0.8;

/** Answers lost, or gained where a scale is low, until so many persons are within the bound. */
function personaWithin(scale: Scale): Persona {
  const known = limits.get(scale);
  if (known !== undefined) return known;
  const isLow = truthOf(scale, FAITHLESS).mean < 3;
  const at = (rate: number) => ({ ...FAITHLESS, [isLow ? 'gained' : 'lost']: rate });
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (truthOf(scale, at(middle)).withinOne > REQUIRED) low = middle;
    else high = middle;
  }
  limits.set(scale, at(low));
  return at(low);
}
const limits = new Map<Scale, Persona>();

/**
 * Means and alphas of Likert scales, and their correlations with keyed ones: all but that at the
 * ceiling, which among few persons has no correlation because nobody differs.
 */
function ofTwo(isRelated: boolean): Scenario {
  const scales = STUDY_SCALES.filter(({ name }) => name !== 'L');
  const others = LIKERT_SCALES.map((scale) => ({ scale, truth: likertTruthOf(scale) }));
  const own = scales.map((scale) => {
    const k = scale.difficulties.length;
    const expected = (trait: number) =>
      scale.difficulties.reduce(
        (sum, at) => sum + 1 / (1 + Math.exp(-scale.discrimination * (trait - at))),
        0,
      );
    const truth = truthOf(scale, FAITHLESS);
    const within = expect((trait) =>
      scale.difficulties.reduce((sum, at) => {
        const p = 1 / (1 + Math.exp(-scale.discrimination * (trait - at)));
        return sum + p * (1 - p);
      }, 0),
    );
    const variance = expect((trait) => (expected(trait) - truth.mean) ** 2) + within;
    return { name: scale.name, k, expected, mean: truth.mean, sd: Math.sqrt(variance) };
  });
  const correlation = (first: (typeof own)[number], second: (typeof others)[number]['truth']) =>
    isRelated
      ? expect(
          (trait) => (first.expected(trait) - first.mean) * (second.expected(trait) - second.mean),
        ) /
        (first.sd * second.sd)
      : 0;
  return {
    name: isRelated ? 'Likert, related' : 'Likert, unrelated',
    sizes: SIZES,
    kindOf: (cell) =>
      /^(test|family)/.test(cell)
        ? { what: 'test', mayBeMissing: true }
        : { what: 'interval of 95 %', isDiscrete: cell.startsWith('r ') },
    observe: (n, chance) => {
      const data = studyOfTwo(
        scales,
        others.map(({ scale }) => scale),
        isRelated,
        n,
        chance,
      );
      const correlations = tabulateCorrelations(data);
      return [
        ...(isRelated
          ? [
              ...tabulateTraitScores(data).map((row) =>
                observe(
                  `mean ${row.scale}`,
                  others.find(({ scale }) => scale.name === row.scale)!.truth.mean,
                  row.mean,
                  row.ci_low,
                  row.ci_high,
                ),
              ),
              ...tabulateOtherReliability(data).map((row) =>
                observe(
                  `alpha ${row.scale}`,
                  others.find(({ scale }) => scale.name === row.scale)!.truth.alpha,
                  row.alpha,
                  row.ci_low,
                  row.ci_high,
                ),
              ),
            ]
          : [
              anyRejects(
                'family of correlations',
                correlations.map((row) => row.p_adjusted),
              ),
            ]),
        ...correlations.flatMap((row) => {
          const at = `${row.epqra_scale} ${row.bigfive_scale}`;
          const truth = correlation(
            own.find(({ name }) => name === row.epqra_scale)!,
            others.find(({ scale }) => scale.name === row.bigfive_scale)!.truth,
          );
          return [
            observe(`r ${at}`, truth, row.r, row.ci_low, row.ci_high),
            ...(isRelated ? [] : [rejects(`test of r ${at}`, row.p)]),
          ];
        }),
      ];
    },
  };
}

function ofTargets(share: number, alike: number, times: number, sizes = SIZES): Scenario {
  return {
    name: `target ${share}, ${times} administration${times === 1 ? '' : 's'}, alike ${alike}`,
    sizes,
    kindOf: () => ({ what: 'interval of 95 %', isDiscrete: true }),
    observe: (n, chance) => {
      const [row] = tabulateScaleScores(studyOfTargets(share, alike, times, n, chance), BOUND);
      const { share_at_target, share_ci_low, share_ci_high, diff, ci_low, ci_high } = row!;
      return [
        observe('share at target', share, share_at_target, share_ci_low, share_ci_high),
        observe('difference from target', (share - 1) * MEAN_MISSED, diff, ci_low, ci_high),
      ];
    },
  };
}

interface Shares {
  readonly base: number;
  readonly condition: number;
  readonly draws: number;
  readonly alike: number;
}

/** Both conditions with all sheets. */
function ofShares({ base, condition, draws, alike }: Shares, sizes = SIZES): Scenario {
  return ofArms(
    `shares ${base} and ${condition}, ${draws} draws, alike ${alike}`,
    (n) => [
      { share: base, sheets: n },
      { share: condition, sheets: n },
    ],
    draws,
    alike,
    sizes,
  );
}

function ofArms(
  name: string,
  armsOf: (n: number) => readonly [Arm, Arm],
  draws: number,
  alike: number,
  sizes: readonly number[],
): Scenario {
  return {
    name,
    sizes,
    kindOf: (cell) =>
      /^(test|family)/.test(cell)
        ? { what: 'test', mayBeMissing: true }
        : { what: 'interval of 95 %', isDiscrete: true },
    observe: (n, chance) => {
      const [base, condition] = armsOf(n);
      const rows = tabulateDemographics(personasOf(base, condition, alike, draws, chance), '1');
      const female = rows.filter(({ metric }) => metric === 'gender_female');
      const [ofBase, ofCondition] = [female[0]!, female[1]!];
      const isNull = base.share === condition.share;
      return [
        observe('share', base.share, ofBase.share, ofBase.share_ci_low, ofBase.share_ci_high),
        observe(
          'difference of shares',
          condition.share - base.share,
          ofCondition.diff,
          ofCondition.ci_low,
          ofCondition.ci_high,
        ),
        ...(isNull
          ? [
              rejects('test of shares', ofCondition.p),
              anyRejects(
                'family of shares',
                rows.map((row) => row.p_adjusted),
              ),
            ]
          : []),
      ];
    },
  };
}

/** Few sheets under the condition beside many under Base, in common or not. */
function ofFewSheets(sheets: number, share: number, areShared: boolean, sizes: readonly number[]) {
  return ofArms(
    `${sheets} sheets ${areShared ? 'of' : 'besides'} those of Base, share ${share}`,
    (n) => [
      { share, sheets: n },
      { share, sheets, first: areShared ? 1 : n + 1 },
    ],
    5,
    0.3,
    sizes,
  );
}

const moved = (difference: number) => (scale: Scale) =>
  personaAt(scale, truthOf(scale, FAITHLESS).mean > BOUND ? -difference : difference);
const copying = (): Persona => ({ ...FAITHLESS, copied: 0.7, shift: 0.2 });

export const SCENARIOS: readonly Scenario[] = [
  ofSheets('exchangeable', 'study', () => FAITHLESS),
  ofSheets('exchangeable', 'human', () => FAITHLESS),
  ofSheets('copied', 'study', copying),
  ofSheets('copied', 'human', copying),
  ofSheets('difference of 0.5', 'study', moved(BOUND)),
  ofSheets('difference of 0.5', 'human', moved(BOUND)),
  pooledAlpha('study'),
  pooledAlpha('human'),
  singleAdministration('study', copying),
  singleAdministration('human', copying),
  verdicts(),
  ofTwo(true),
  ofTwo(false),
  ofTargets(0.9, 0.2, 5),
  ofTargets(0.9, 0.8, 5),
  ofTargets(0.99, 0.2, 5),
  ofTargets(0.99, 0.8, 5),
  ofTargets(0.999, 0.2, 5),
  ofTargets(0.9, 0, 1),
  ofTargets(0.99, 0, 1),
  ofShares({ base: 0.5, condition: 0.5, draws: 5, alike: 0.3 }),
  ofShares({ base: 0.05, condition: 0.05, draws: 5, alike: 0.3 }),
  ofShares({ base: 0.01, condition: 0.01, draws: 1, alike: 0 }),
  ofShares({ base: 0.9, condition: 0.999, draws: 5, alike: 0.3 }),
  ofShares({ base: 0.9, condition: 0.999, draws: 5, alike: 0.8 }),
  ofShares({ base: 0.98, condition: 0.999, draws: 5, alike: 0.3 }, [100, 826]),
  ofShares({ base: 0.02, condition: 0.2, draws: 1, alike: 0.3 }),
  ofShares({ base: 0.01, condition: 0.05, draws: 5, alike: 0.3 }),
  ofFewSheets(5, 0.5, true, [100, 826]),
  ofFewSheets(8, 0.1, true, [100, 826]),
  ofFewSheets(10, 0.2, true, [100, 826]),
  ofFewSheets(30, 0.2, true, [100, 826]),
  ofFewSheets(8, 0.1, false, [100, 826]),
  ofFewSheets(10, 0.2, false, [100, 826]),
  ofFewSheets(30, 0.2, false, [100, 826]),
];
