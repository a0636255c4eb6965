/**
 * The methods of a study in sentences, generated from what was done: nothing is said that the rows
 * do not show.
 */

import type { AccuracyRow } from '../analysis/corrected/accuracy.ts';
import { conditionOf } from '../analysis/corrected/cells.ts';
import type { DemographicRow } from '../analysis/corrected/demographics.ts';
import type { ReliabilityRow } from '../analysis/corrected/reliability.ts';
import type { ScaleScoreRow } from '../analysis/corrected/scale-score-row.ts';
import { type StudyData, type StudyScale, UNANSWERED } from '../analysis/data.ts';
import { RANDOM_ROW, type Table } from '../analysis/table.ts';
import { knownInstrument } from '../instruments/load.ts';
import type { ScoreRule } from '../instruments/structure.ts';
import { formatCount } from '../numbers.ts';
import { CONDITIONS, type Drive } from '../personas/sheets/conditions.ts';
import type { Reference } from '../personas/sheets/reference-store.ts';
import { PARALLEL_REPLICATES } from '../statistics/parallel-analysis.ts';
import type { Analysis, GroupProvenance } from './analysis.ts';
import { conditionsOf, modelsOf, titleInstrument, titleSheets } from './figures/setting.ts';
import { describeMissing, describeQuality } from './methods-quality.ts';
import { SIMULATED_NOTICE } from './tables/captions.ts';
import { baseAccuracy, haveKeys, manipulatedAccuracy } from './tables/families/accuracy.ts';
import { allCorrelations } from './tables/families/all-correlations.ts';
import { correlations } from './tables/families/correlations.ts';
import { demographicTables } from './tables/families/demographics.ts';
import { dimensionality } from './tables/families/dimensionality.ts';
import { frequencies } from './tables/families/frequencies.ts';
import { meanContrasts } from './tables/families/mean-contrasts.ts';
import { missingAnswers } from './tables/families/missing-answers.ts';
import { multitrait } from './tables/families/multitrait.ts';
import { otherReliability, sheetReliability } from './tables/families/reliability.ts';
import { responseQuality } from './tables/families/response-quality.ts';
import { describeBounds, scaleScores } from './tables/families/scale-scores.ts';
import { traitScores } from './tables/families/trait-scores.ts';
import { varianceComponents } from './tables/families/variance-components.ts';
import { formatList, formatNumber, formatRange } from './tables/format.ts';
import { cellsOf, rowsOf } from './tables/tables.ts';

export interface MethodsSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

/** The study whose tables these are. */
export const STUDY_CITATION =
  'Amidei, Ferreira, Muñoz Serrano, Nieto, & Kaltenbrunner (2026). The Personality Trap: How LLMs Embed Bias When Generating Human-Like Personas. arXiv:2602.03334.';

/** Cited where the text names them: author and year, as they stand there, and the work. */
const METHOD_CITATIONS: readonly { readonly names: RegExp; readonly work: string }[] = [
  {
    names: /Holm \(1979\)/,
    work: 'Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.',
  },
  {
    names: /Hartmann, 2007/,
    work: 'Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). Asymptotically distribution-free (ADF) interval estimation of coefficient alpha. Psychological Methods, 12(2), 157-176.',
  },
  {
    names: /O’Neill, 2014/,
    work: 'O’Neill, B. (2014). Some useful moment results in sampling problems. The American Statistician, 68(4), 282-296.',
  },
  {
    names: /Lin, 1989/,
    work: 'Lin, L. I.-K. (1989). A concordance correlation coefficient to evaluate reproducibility. Biometrics, 45(1), 255-268.',
  },
  {
    names: /Tukey, 1958/,
    work: 'Tukey, J. W. (1958). Bias and confidence in not-quite large samples [Abstract]. The Annals of Mathematical Statistics, 29(2), 614.',
  },
  {
    names: /Zou, 2013/,
    work: 'Zou, G. Y. (2013). Confidence interval estimation for the Bland–Altman limits of agreement with multiple observations per individual. Statistical Methods in Medical Research, 22(6), 630-642.',
  },
  {
    names: /Zou & Donner, 2008/,
    work: 'Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect measures: A general approach. Statistics in Medicine, 27(10), 1693-1702.',
  },
  {
    names: /Bell & McCaffrey, 2002/,
    work: 'Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology, 28(2), 169-181.',
  },
  {
    names: /Pustejovsky & Tipton, 2018/,
    work: 'Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. Journal of Business & Economic Statistics, 36(4), 672-683.',
  },
  {
    names: /Lakens, 2013/,
    work: 'Lakens, D. (2013). Calculating and reporting effect sizes to facilitate cumulative science: A practical primer for t-tests and ANOVAs. Frontiers in Psychology, 4, 863.',
  },
  {
    names: /McGraw & Wong, 1996/,
    work: 'McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. Psychological Methods, 1(1), 30-46.',
  },
  {
    names: /Schuirmann, 1987/,
    work: 'Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics, 15(6), 657-680.',
  },
  {
    names: /Hall, 1992/,
    work: 'Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical Society: Series B, 54(1), 221-228.',
  },
  {
    names: /Bland & Altman, 1999/,
    work: 'Bland, J. M., & Altman, D. G. (1999). Measuring agreement in method comparison studies. Statistical Methods in Medical Research, 8(2), 135-160.',
  },
  {
    names: /Liang & Zeger, 1986/,
    work: 'Liang, K.-Y., & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika, 73(1), 13-22.',
  },
  {
    names: /Wilson \(1927\)/,
    work: 'Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American Statistical Association, 22(158), 209-212.',
  },
  {
    names: /Clopper & Pearson, 1934/,
    work: 'Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika, 26(4), 404-413.',
  },
  {
    names: /Henderson’s \(1953\)/,
    work: 'Henderson, C. R. (1953). Estimation of variance and covariance components. Biometrics, 9(2), 226-252.',
  },
  {
    names: /Brennan, 2001/,
    work: 'Brennan, R. L. (2001). Generalizability theory. Springer.',
  },
  {
    names: /Arvesen, 1969/,
    work: 'Arvesen, J. N. (1969). Jackknifing U-statistics. Annals of Mathematical Statistics, 40(6), 2076-2100.',
  },
  {
    names: /Fleiss’ \(1971\)/,
    work: 'Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76(5), 378-382.',
  },
  {
    names: /Gwet’s \(2008\)/,
    work: 'Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British Journal of Mathematical and Statistical Psychology, 61(1), 29-48.',
  },
  {
    names: /Soto et al\., 2008/,
    work: 'Soto, C. J., John, O. P., Gosling, S. D., & Potter, J. (2008). The developmental psychometrics of Big Five self-reports: Acquiescence, factor structure, coherence, and differentiation from ages 10 to 20. Journal of Personality and Social Psychology, 94(4), 718-737.',
  },
  {
    names: /Emons, 2008/,
    work: 'Emons, W. H. M. (2008). Nonparametric person-fit analysis of polytomous item scores. Applied Psychological Measurement, 32(3), 224-247.',
  },
  {
    names: /Manski \(1989\)/,
    work: 'Manski, C. F. (1989). Anatomy of the selection problem. Journal of Human Resources, 24(3), 343-360.',
  },
];

export function describeMethods(analysis: Analysis): readonly MethodsSection[] {
  const sections = [
    {
      heading: 'Design and data',
      paragraphs: [
        ...describeData(analysis),
        ...describeReference(analysis),
        ...describePersonas(analysis),
      ],
    },
    { heading: 'Administration', paragraphs: describeAdministration(analysis) },
    { heading: 'Instruments and scoring', paragraphs: describeScoring(analysis) },
    { heading: 'Statistics of the corrected tables', paragraphs: describeCorrected(analysis) },
    { heading: 'Statistics of the tables as published', paragraphs: describePublished(analysis) },
    { heading: 'Software', paragraphs: describeSoftware(analysis) },
  ];
  const text = sections.flatMap(({ paragraphs }) => paragraphs).join('\n');
  return [...sections, { heading: 'References', paragraphs: listCitations(analysis, text) }].filter(
    ({ paragraphs }) => paragraphs.length > 0,
  );
}

function describeData({ study }: Analysis): readonly string[] {
  const experiments = study.answered.flatMap(({ administrations }) => administrations);
  const opening =
    'The analysis follows the design of Amidei et al. (2026): a model writes a persona from an answer sheet, a model that impersonates the persona answers questionnaires, and its answers are compared with the sheet.';
  return [
    experiments.length === 0
      ? `${opening} No questionnaire has been given yet.`
      : `${opening} ${countStudy(study)}`,
    sayOrigin(study),
  ];
}

function countStudy(study: StudyData): string {
  const experiments = study.answered.flatMap(({ administrations }) => administrations);
  const succeeded = experiments.filter((one) => one.succeeded === true).length;
  const models = modelsOf(study);
  const references = new Set(
    study.answered.flatMap(({ administrations }) =>
      administrations.flatMap(({ population }) =>
        population.isReference ? [population.population] : [],
      ),
    ),
  );
  const labels = conditionsOf(study).filter((label) => !references.has(label));
  const given = [
    ...new Set(study.answered.map(({ questionnaire }) => titleInstrument(questionnaire))),
  ];
  return (
    `${formatCount(experiments.length)} ${plural(experiments.length, 'experiment')} (one questionnaire given to one persona once) ` +
    `of ${formatCount(models.length)} ${plural(models.length, 'model')} (${formatList(models)}) under ${formatCount(labels.length)} ${plural(labels.length, 'condition')} (${formatList(labels)})${references.size === 0 ? '' : ` and as the reference population itself (${formatList([...references])})`} ` +
    `with ${formatList(given)} are in the data; ${formatCount(succeeded)} of them succeeded.`
  );
}

function sayOrigin({ dataOrigin }: StudyData): string {
  switch (dataOrigin) {
    case 'simulated':
      return `${SIMULATED_NOTICE}. All answers come from a stand-in that draws them with error rates fitted to published figures or, for other questionnaires, from one trait for each scale at a set reliability; they serve to try, teach and test the analysis.`;
    case 'imported':
      return 'All rows were imported; how they were collected is documented where they came from, not here.';
    case 'mixed':
      return 'Some rows were collected by this program from models, and some were imported; how the latter were collected is documented where they came from.';
    case 'model':
      return 'All answers were collected by this program from the models named.';
  }
}

function describeReference({ study, provenance }: Analysis): readonly string[] {
  const sheets = study.reference.personalityIds.length;
  const random = study.random.personalityIds.length;
  if (sheets === 0)
    return [
      'There are no reference sheets in this schema; statistics that compare personas with sheets are not available.',
    ];
  const baseline =
    random === 0
      ? ''
      : ` The random baseline has ${formatCount(random)} ${plural(random, 'sheet')}. By the rule of the study, each item of such a sheet is drawn independently with the share of ${study.reference.isPublished ? 'Yes' : 'each answer'} that it has in the reference, so that item rates are kept and dependence between items is broken.`;
  return [
    `The reference population has ${formatCount(sheets)} ${titleSheets(study)} ${plural(sheets, 'sheet')}. ${provenance.reference === null ? 'Where they came from is not recorded in this schema.' : sayReference(provenance.reference)}${baseline}`,
  ];
}

function sayReference({ name, origin, source, ethicsNote, seed, sha256 }: Reference): string {
  const which = `It is named ${name} (SHA-256 ${sha256}).`;
  const note = ethicsNote === null ? '' : ` ${sentence(ethicsNote)}`;
  if (origin === 'synthetic') {
    return `${which} It is synthetic: drawn by this program${seed === null ? '' : ` with seed ${seed}`} to match published means, standard deviations, reliabilities and item counts; no human gave these answers, and it is no norm.${note}`;
  }
  return `${which} It was imported${source === null ? '' : ` from ${source}`}.${note}`;
}

function describePersonas({ study, provenance }: Analysis): readonly string[] {
  const { personas } = study;
  if (personas.count === 0) return ['There are no personas.'];
  const used = new Set(personas.groups.map(({ population }) => conditionOf(population)));
  const driven = [
    ...CONDITIONS.filter((condition) => used.delete(condition)),
    ...[...used].filter((condition) => condition !== null),
  ].filter(({ drive }) => Object.keys(drive).length > 0);
  const hasKeys = study.reference.questionnaire.items.every(({ key }) => key !== null);
  const manipulation = driven.map(({ label, drive }) => `in ${label} ${sayDrive(drive, hasKeys)}`);
  const paragraphs = [
    `There are ${formatCount(personas.count)} personas.${manipulation.length === 0 ? '' : ` By the definition of the conditions, the sheet was used as it is under Base; ${formatList(manipulation)}; all other items kept the answers of the sheet.`}`,
  ];
  if (provenance.generations.length > 0) {
    const written = provenance.generations.reduce((sum, one) => sum + one.personas, 0);
    const models = [...new Set(provenance.generations.map(({ modelId }) => modelId))];
    const seeds = [...new Set(provenance.generations.map(({ seed }) => seed))];
    paragraphs.push(
      `${formatCount(written)} of them were written here, by ${formatList(models)}, with ${plural(seeds.length, 'seed')} ${formatList(seeds.map(String))}; parameters and hashes of the prompts stand under provenance.`,
    );
  }
  for (const { source, personas: number } of provenance.imported)
    paragraphs.push(
      `${formatCount(number)} of them ${number === 1 ? 'was' : 'were'} imported (source: ${source}).`,
    );
  return paragraphs;
}

function sayDrive(drive: Drive, hasKeys: boolean): string {
  const ids = Object.keys(drive);
  if (ids.every((id) => drive[id] === 'max'))
    return `all items of ${formatList(ids)} were set to the ${hasKeys ? 'keyed answer' : 'answer that counts most'}`;
  if (ids.every((id) => drive[id] === 'max' || drive[id] === 'min'))
    return `all items of ${formatList(ids)} were set to one end of their scale`;
  return `the sheet was set to ${formatList(ids.map((id) => `${id} = ${drive[id]}`))}`;
}

function describeAdministration({ study, provenance }: Analysis): readonly string[] {
  const { calls, firstCall, lastCall, unverifiedCalls } = provenance;
  const groups = provenance.groups.filter(({ experiments }) => experiments > 0);
  if (groups.length === 0) return [];
  const paragraphs = [
    `The questionnaires were given in ${formatCount(groups.length)} experiment ${plural(groups.length, 'group')}; a group has one model, one questionnaire, one prompt and one set of parameters. One call asks for a whole questionnaire. Sampling: ${formatList(sayParameters(groups))}.`,
  ];
  if (calls > 0) {
    const when =
      firstCall === null || lastCall === null
        ? ''
        : firstCall.slice(0, 10) === lastCall.slice(0, 10)
          ? ` on ${firstCall.slice(0, 10)}`
          : ` between ${firstCall.slice(0, 10)} and ${lastCall.slice(0, 10)} (UTC)`;
    paragraphs.push(
      `${formatCount(calls)} ${plural(calls, 'call')} ${calls === 1 ? 'is' : 'are'} stored${when}, with the request and the reply of each.${
        // How imported replies were parsed is not for this program to say.
        study.dataOrigin === 'imported'
          ? ''
          : ` Replies ${study.dataOrigin === 'mixed' ? 'to this program ' : ''}were parsed strictly: a missing item, an answer off the scale or an item answered twice differently made a reply invalid, and nothing was filled in.`
      }`,
    );
  }
  if (unverifiedCalls > 0) {
    paragraphs.push(
      `${formatCount(unverifiedCalls)} ${plural(unverifiedCalls, 'call')} ${unverifiedCalls === 1 ? 'was' : 'were'} imported although the stored bytes are not those of the recorded SHA-256.`,
    );
  }
  return paragraphs;
}

/** "temperature 1, top_p 1 (GPT-4o and GPT-3.5)" */
function sayParameters(groups: readonly GroupProvenance[]): readonly string[] {
  const byText = Map.groupBy(
    groups,
    ({ temperature, topP }) =>
      `temperature ${temperature ?? 'not sent'}, top_p ${topP ?? 'not sent'}`,
  );
  return [...byText].map(
    ([text, own]) => `${text} (${formatList([...new Set(own.map(({ model }) => model))])})`,
  );
}

function describeScoring({ study, provenance }: Analysis): readonly string[] {
  if (study.answered.length === 0) return [];
  const instruments = study.answered.map(({ questionnaire }) => {
    const { slug, language, items, scales } = questionnaire;
    const stored = provenance.instruments.filter(
      (one) => one.slug === slug && one.language === language,
    );
    const ids = scales.map(({ id }) => id);
    const keyed = items.every(({ key }) => key !== null);
    const reversed = items.filter(({ reverse }) => reverse).length;
    return (
      `${titleInstrument(questionnaire)} has ${items.length} items on ${scales.length === 0 ? 'no scale' : `${scales.length} ${plural(scales.length, 'scale')} (${ids.join(', ')})`}. ` +
      `${keyed ? 'An item counts 1 where the answer is the keyed one, else 0' : `An item counts ${items.some(({ points }) => points.size > 0) ? 'the points of its answer' : 'its answer'}${reversed > 0 ? `, turned round for the ${reversed} reversed items` : ''}`}; ${sayRules(scales)} ` +
      `${stored.length === 0 ? 'The wording that was sent is not stored in this schema.' : `SHA-256 of the instrument: ${stored.map(({ sha256 }) => sha256).join(', ')}.`}`
    );
  });
  const mayLack = study.answered.some(({ questionnaire: { scales } }) =>
    scales.some(({ mostMissing }) => mostMissing > 0),
  );
  const missing = study.answered.reduce(
    (sum, { answers }) =>
      sum + answers.reduce((number, answer) => number + (answer === UNANSWERED ? 1 : 0), 0),
    0,
  );
  return [
    ...instruments,
    `In the corrected tables only experiments that succeeded count and, scale by scale, only those with an answer to every item${mayLack ? ', or with as many as the rule of the scale asks for where it allows missing ones; statistics of items need all' : ''}; in the published tables all stored answers count. ${missing === 0 ? 'No registered answer is missing.' : `${formatCount(missing)} answers of registered experiments are missing.`} Where a question was stored as answered twice, the first answer counts.`,
  ];
}

const RULES: Readonly<Record<ScoreRule, string>> = {
  sum: 'sum of its items',
  mean: 'mean of its items',
  max: 'highest of its items',
  count: 'number of its items with points',
};

/** "a scale score is the sum of its items." */
function sayRules(scales: readonly StudyScale[]): string {
  const byRule = [...Map.groupBy(scales, ({ score }) => score)];
  const [only] = byRule;
  if (byRule.length === 1) return `a scale score is the ${RULES[only![0]]}.`;
  return byRule.length === 0
    ? 'no scale is made of them.'
    : `a scale score is ${formatList(
        byRule.map(([rule, own]) => `the ${RULES[rule]} (${own.map(({ id }) => id).join(', ')})`),
      )}.`;
}

function describeCorrected({ study, corrected }: Analysis): readonly string[] {
  const demographics = demographicTables.flatMap((table) => rowsOf(corrected, table.corrected));
  const reliability = [sheetReliability, otherReliability].flatMap((table) =>
    rowsOf(corrected, table.corrected),
  );
  const accuracy = [baseAccuracy, manipulatedAccuracy].flatMap((table) =>
    rowsOf(corrected, table.corrected),
  );
  return [
    ...describeDemographics(study, demographics),
    ...describeFidelity(rowsOf(corrected, scaleScores.corrected)),
    ...(rowsOf(corrected, correlations.corrected).length === 0
      ? []
      : [
          'Table 5. Pearson correlations across persons within one model and a population under no condition, one score a person, with intervals by Fisher’s z and p by t on n − 2 degrees of freedom; answers given as the reference population are not mixed in.',
        ]),
    ...describeReliability(reliability),
    ...(rowsOf(corrected, traitScores.corrected).length === 0
      ? []
      : [
          'Table A4. Mean of one score a person, itself the mean over draws and administrations, with Student’s interval. Nothing is tested.',
        ]),
    ...describeAccuracy(accuracy),
    ...(rowsOf(corrected, frequencies.corrected).length === 0
      ? []
      : [
          'Table B1. Items on no scale: share of administrations with each answer, as the mean over persons, with the interval of Wilson (1927) over persons, or Student’s on log odds where a person gave an answer in some administrations only.',
        ]),
    ...(rowsOf(corrected, allCorrelations.corrected).length === 0
      ? []
      : [
          'Table B2. The correlations of Table 5 for every two scales of the data, each pair of instruments with a family of tests of its own.',
        ]),
    ...(rowsOf(corrected, meanContrasts.corrected).length === 0
      ? []
      : [
          'Tables M1 and C1 to C3. One value a case, the mean over everything else that it was asked under. Levels of a factor are compared within cases where these were asked under both, with everything else equal, by paired t tests with d_av and d_z (Lakens 2013), else by Welch’s t test with Hedges’ g; yes/no outcomes by intervals from those of both shares (Zou & Donner 2008; Donner & Zou 2012) and McNemar’s exact test; interactions as differences of differences.',
        ]),
    ...describeComponents(corrected),
    ...(rowsOf(corrected, dimensionality.corrected).length === 0
      ? []
      : [
          `Table R2. Eigenvalues of Pearson correlations of the items that vary, all complete administrations pooled, and the number of factors by parallel analysis (Horn, 1965) with the 95th percentile of ${PARALLEL_REPLICATES} random matrices for the number of persons. Loadings on one factor by unweighted least squares are compared by Tucker’s coefficient of congruence (Lorenzo-Seva & ten Berge, 2006) with those of the sheets, or with the mean of the other rows where no sheets answered the instrument. Nothing is tested.`,
        ]),
    ...(rowsOf(corrected, multitrait.corrected).length === 0
      ? []
      : [
          'Table V1. Correlations of one score a person by two methods (Campbell & Fiske, 1959): two questionnaires, two models, or the sheets and a model, on the traits that scales of the same name measure. Means are over traits; those of different traits are of absolute correlations. Disattenuated correlations are divided by the root of the product of the alphas of the persons’ mean answers. Intervals are Student’s by the influence of each person.',
        ]),
    ...describeQuality(rowsOf(corrected, responseQuality.corrected)),
    ...describeMissing(rowsOf(corrected, missingAnswers.corrected)),
    ...sayFamilies(corrected),
  ];
}

/** Nothing where nothing was repeated. */
function describeComponents(corrected: Analysis['corrected']): readonly string[] {
  const rows = rowsOf(corrected, varianceComponents.corrected).filter(
    ({ variance }) => variance !== null,
  );
  if (rows.length === 0) return [];
  const approximate = rows.some(({ estimator }) => estimator?.startsWith('Henderson'))
    ? ' Where persons were not all measured alike, these are the estimators of Henderson’s (1953) method I, which are approximate.'
    : '';
  return [
    `Tables R1 and R1G. Variance components of scale scores by the estimators of the analysis of variance, all effects random; negative estimates count as 0.${approximate} Generalizability (G), dependability (Φ), standard errors of measurement and retest correlations follow from them (Brennan, 2001). Intervals by the jackknife over persons on Fisher’s z (Arvesen, 1969), with the ways of asking as those that there are.`,
    'Table R1I. Agreement of repeated answers as Fleiss’ (1971) kappa and Gwet’s (2008) AC1, means over the items of a scale, with intervals by the same jackknife.',
  ];
}

function describeDemographics(
  { personas }: StudyData,
  rows: readonly DemographicRow[],
): readonly string[] {
  if (rows.length === 0) return [];
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
  const independent = rows.some(({ test }) => test === 'CR2 t');
  const separated = rows.some(({ test }) => test === 'exact sign test');
  return [
    `Tables 1 to 3. The same draws count for every condition of a model (${sayDraws(rows)}): ${formatCount(counted)} of ${formatCount(shown.length)} personas${leftOut.length === 0 ? '' : `; ${formatList(leftOut)} are left out`}. ` +
      'Every persona that counts falls in exactly one category of each field; values that no category knows and values that are missing have categories of their own. ' +
      `Standard errors are robust to clusters, a cluster being all personas written from one reference sheet (${formatRange(rows.map((row) => row.n_clusters)) ?? 'no'} clusters). ` +
      `A share has Student’s interval on the scale of log odds${rows.some(({ interval }) => interval === 'Wilson over sheets') ? '; a share of 0 or 1, which has no standard error, that of Wilson (1927) with one observation a sheet, wider than beside a share just above 0 because how alike the personas of a sheet are cannot be seen' : ''}. ` +
      `A condition is compared with Base of the same model over the sheets that both have, by the difference of shares. Its interval follows from those of the two shares and their correlation (Zou & Donner, 2008). p is by t on G − 1 degrees of freedom, with a standard error that takes a cluster across both conditions and all draws (Liang & Zeger, 1986; its square multiplied by G/(G − 1) · (N − 1)/(N − 2) for G clusters and N personas, CR1S of Pustejovsky & Tipton, 2018).${
        independent
          ? ' Where two conditions have next to no sheets in common, p is by the bias-reduced CR2 with Satterthwaite’s degrees of freedom (Bell & McCaffrey, 2002), and not smaller than that of a t test of the sheets’ shares with a common variance.'
          : ''
      }${
        separated
          ? ' Where all personas of one condition are in a category and none of the other, p is that of an exact sign test of the sheets that both share.'
          : ''
      }`,
  ];
}

/** "draws 1 to 5", "the first draw", "draws 1 to 3 or 1 to 5, by model" */
function sayDraws(rows: readonly DemographicRow[]): string {
  const draws = [...new Set(rows.map((row) => row.draws))].sort((a, b) => a - b);
  if (draws.length === 1 && draws[0] === 1) return 'the first draw';
  return `draws ${draws.map((last) => (last === 1 ? '1' : `1 to ${last}`)).join(' or ')}${draws.length > 1 ? ', by model' : ''}`;
}

function describeFidelity(rows: readonly ScaleScoreRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const incomplete = rows.reduce((sum, row) => sum + (row.n_incomplete ?? 0), 0);
  const sheetless = rows.some((row) => (row.n_without_sheet ?? 0) > 0);
  const leftOut = [
    ...(incomplete === 0
      ? []
      : [`${formatCount(incomplete)} scale ${plural(incomplete, 'score')} with an answer missing`]),
    ...(sheetless ? ['persons without a complete sheet, as their rows say'] : []),
  ];
  const checks = rows.filter(({ test }) => test === 'manipulation check');
  const isMixed = checks.some((row) => row.share_interval === 'cluster-robust logit');
  return [
    'Table 4. Each person has one score, the mean over draws and administrations, and there is one test for each claim. ' +
      `${leftOut.length === 0 ? '' : `Left out: ${formatList(leftOut)}. `}` +
      'A scale that no condition drives is compared with the sheet that the persona was written from: a paired t test with Student’s interval, Cohen’s d both over the standard deviation of the differences (d_z) and over the average of the two standard deviations (d_av) (Lakens, 2013), 95% limits of agreement of the persons’ mean scores and of one administration (Bland & Altman, 1999; Zou, 2013), and ICC(A,1) (McGraw & Wong, 1996). Its interval takes sheet and persona for two fixed methods, so that the ICC estimates the concordance correlation (Lin, 1989), and assumes no distribution: it is Student’s on the scale of Fisher’s z, around the estimate of the jackknife and with its standard error (Tukey, 1958), with degrees of freedom by the kurtosis of what each person moves the estimate by (O’Neill, 2014). The intervals of d_z and d_av assume no distribution either; where fewer than 12 persons have another difference than the most common one, that of d_z also holds the one of normal theory. ' +
      `That no difference is found does not show that there is none: equivalence of the means is tested by two one-sided t tests (Schuirmann, 1987), corrected for skewness (Hall, 1992), within the bound of the mean (${describeBounds(rows, 'equivalence') ?? 'none'}), and a mean is called equivalent where the corrected p is below 0.05. No p is smaller than so many persons can give, (1 − bound/length of the scale)ⁿ. Equivalent means do not show that single personas are like their sheets, which random answers with the same mean are not either.${describePersons(rows)}` +
      `${
        checks.length === 0
          ? ''
          : ` A scale that the condition drives is compared with the manipulated sheet, not with the original one: the share of persons at the score that the condition drives to is given with its exact interval (Clopper & Pearson, 1934)${isMixed ? ', or with Student’s interval on log odds where somebody is there in some administrations only' : ''}; it is not tested. The interval of the difference from a target at an end of the scale is that of the mean distance to it as a share of the length of the scale.`
      }`,
  ];
}

/** The claim about persons, and what it rests on. */
function describePersons(rows: readonly ScaleScoreRow[]): string {
  const bounds = describeBounds(rows, 'person');
  const required = rows.find(({ person_share }) => person_share !== null)?.person_share;
  if (bounds === null || required === undefined || required === null) return '';
  return (
    ` The claim about persons rests on one administration of each: the share of personas whose score lies within the bound of a person (${bounds}), with the exact interval or that on log odds, and the ICC(A,1) of a single administration, whose variance is that between and within persons. ` +
    `Personas agree with their sheets where the lower limit of the share reaches ${formatNumber(100 * required, 0)}% and that of the ICC lies above the upper limit of random sheets; they do not where an upper limit falls short of either, and where random sheets lie within the bound as often nothing is said.`
  );
}

function describeReliability(rows: readonly ReliabilityRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const without = rows.filter((row) => row.alpha !== null && row.ci_low === null).length;
  return [
    'Tables 6 and A5. Cronbach’s alpha of all complete administrations pooled, with an interval that assumes no distribution (Maydeu-Olivares, Coffman, & Hartmann, 2007): Student’s on the scale of log(1 − alpha), by what each person with all administrations moves alpha, with degrees of freedom by the kurtosis of that (O’Neill, 2014). ' +
      sayOmega(rows) +
      'An item-total correlation is that of an item with the total of the others. Items on which nobody differs stay in and are named, with alpha without them beside; where nothing varies, alpha is not available.' +
      `${without === 0 ? '' : ` ${formatCount(without)} ${plural(without, 'alpha')} ${without === 1 ? 'has' : 'have'} no interval, for the reasons that their rows give.`}`,
  ];
}

function sayOmega(rows: readonly ReliabilityRow[]): string {
  const isFitted = (correlations: ReliabilityRow['omega_correlations']) =>
    rows.some((row) => row.omega_correlations === correlations);
  const kinds = [
    ...(isFitted('polychoric')
      ? ['from polychoric correlations for items with few answers (Green & Yang, 2009)']
      : []),
    ...(isFitted('Pearson')
      ? ['from covariances for others, and where the former are a Heywood case (McDonald, 1999)']
      : []),
  ];
  if (kinds.length === 0) return '';
  return `Omega is that of the total under a model of one factor by unweighted least squares, ${formatList(kinds)}, with an interval of the same kind; a Heywood case has none. `;
}

function describeAccuracy(rows: readonly AccuracyRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const isDriven = rows.some(({ against }) => against === 'manipulated');
  const hasRandom = rows.some(({ model }) => model === RANDOM_ROW);
  const hasKeys = haveKeys(rows);
  const points = hasKeys
    ? 'keyed points, so that items keyed in opposite directions do not cancel; positive is the keyed answer'
    : 'points on the scale, reversed items turned round';
  const balanced = `: balanced accuracy, the mean of recall and specificity, stands beside${hasRandom ? ', and the random sheets are rows of their own, compared with the same sheets' : ''}`;
  const random = hasRandom ? ', as it is for the random sheets, which are rows of their own' : '';
  return [
    `Tables A6 and A7. Sheet and answers are compared item by item as ${points}. Each person counts once, with the mean over administrations. ` +
      `${hasKeys ? 'Accuracy, precision, recall and specificity have' : 'Accuracy has'} Student’s interval over persons on log odds; where everything is right, or everything wrong, the exact interval of the share of persons (Clopper & Pearson, 1934). ` +
      `${hasKeys ? 'That of balanced accuracy follows from those of recall and specificity (Zou & Donner, 2008). ' : ''}` +
      `On a scale that nearly everybody answers alike, accuracy is high by that alone${hasKeys ? balanced : random}. ` +
      `MAE and RMSE are of the ${hasKeys ? 'number of keyed answers' : 'sum of the items’ points'}, with intervals on the scale of the logarithm. ` +
      `${isDriven ? 'Scales that a condition drives are compared with the original and with the manipulated sheet. ' : ''}` +
      'Ratios without a denominator are not available, not 0.',
  ];
}

/** "p values are corrected by Holm over 108 tests (table 1) and …" */
function sayFamilies(tables: readonly Table[]): readonly string[] {
  const sizes = new Map<string, number>();
  for (const { rows } of tables) {
    for (const row of rows) {
      const cells = cellsOf(row);
      for (const kind of ['family', 'equivalence_family']) {
        const [name, size] = [cells.get(kind), cells.get(`${kind}_size`)];
        if (typeof name === 'string' && typeof size === 'number') sizes.set(name, size);
      }
    }
  }
  if (sizes.size === 0) return [];
  return [
    `Tests are two-sided where not said otherwise, and p values are corrected by the method of Holm (1979) within families of tests: ${formatList([...sizes].map(([name, size]) => `${name} (${formatCount(size)} ${plural(size, 'test')})`))}. Intervals are nominal 95% intervals${
      [...sizes.keys()].some((name) => name.endsWith('equivalence'))
        ? ', those of the equivalence tests 90%,'
        : ''
    } and are not corrected. What cannot be tested has its reason in place of a p and does not count.`,
  ];
}

function describePublished({ published }: Analysis): readonly string[] {
  if (published.every(({ rows }) => rows.length === 0)) return [];
  return [
    'The tables as published are computed as the study’s published code computes them, with its known flaws, so that they can be compared with the printed ones: pooled z tests that take draws for independent, the same paired test under two names, no correction for the number of tests, manipulated scales compared with unmanipulated sheets, errors of raw answers instead of keyed ones. Where a conclusion changes, the section on differences says so and why.',
  ];
}

function describeSoftware({ provenance, study }: Analysis): readonly string[] {
  const shas = [
    ...new Set([
      ...provenance.groups.flatMap(({ repoShas }) => repoShas),
      ...provenance.generations.flatMap(({ repoSha }) => (repoSha === null ? [] : [repoSha])),
    ]),
  ].filter((sha) => sha !== '' && sha !== 'unknown');
  const isDirty = shas.some((sha) => sha.endsWith('-dirty'));
  const commits =
    shas.length === 0
      ? 'The commit of the study’s folder is not recorded.'
      : `Commit of the study’s folder at registration: ${formatList(shas)}.${isDirty ? ' The suffix -dirty means that there were changes that had not been committed.' : ''}`;
  const file =
    provenance.studyFile === null
      ? ''
      : ` The study file is ${provenance.studyFile.name} (SHA-256 ${provenance.studyFile.sha256}).`;
  return [
    `personality-trap ${provenance.programVersion} (command personas); database: ${provenance.database}, ${provenance.databaseVersion}; schema ${study.schema}.${file} ${commits} Hashes of prompts, system roles and instruments stand under provenance.`,
  ];
}

/** @param text the methods in which they are named */
function listCitations({ study, provenance }: Analysis, text: string): readonly string[] {
  const cited = study.answered.flatMap(({ questionnaire: { slug, language } }) => {
    const stored = provenance.instruments.find(
      (one) => one.slug === slug && one.language === language,
    );
    // A schema may hold the answers to an instrument and not the instrument.
    return stored?.citation ?? knownInstrument(slug)?.citation ?? [];
  });
  const methods = METHOD_CITATIONS.flatMap(({ names, work }) => (names.test(text) ? [work] : []));
  return [...new Set([STUDY_CITATION, ...cited, ...methods])].sort();
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
