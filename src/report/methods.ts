/** The methods of a study in sentences, generated from what was done: nothing is said that the rows do not show. */
import { knownInstrument } from '../instruments/load.ts';
import { CONDITIONS } from '../personas/sheets/conditions.ts';
import { type Study, UNANSWERED } from '../tables/study.ts';
import type { Table, TableId } from '../tables/table.ts';
import type { Analysis, GroupProvenance, ReferenceProvenance } from './analysis.ts';
import { SIMULATED_NOTICE } from './captions.ts';
import { conditionsOf, modelsOf, titleInstrument } from './figures/setting.ts';
import { formatCount, formatList, formatRange } from './format.ts';

export interface MethodsSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

/** The study whose tables these are. */
export const STUDY_CITATION =
  'Amidei, Ferreira, Muñoz Serrano, Nieto, & Kaltenbrunner (2026). The Personality Trap: How LLMs Embed Bias When Generating Human-Like Personas. arXiv:2602.03334.';

const METHOD_CITATIONS = {
  holm: 'Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.',
  feldt:
    'Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty. Psychometrika, 30(3), 357-370.',
  bca: 'Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association, 82(397), 171-185.',
  icc: 'McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. Psychological Methods, 1(1), 30-46.',
  tost: 'Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics, 15(6), 657-680.',
} as const;

export function describeMethods(analysis: Analysis): readonly MethodsSection[] {
  return [
    { heading: 'Design and data', paragraphs: [...describeData(analysis), ...describeReference(analysis), ...describePersonas(analysis)] },
    { heading: 'Administration', paragraphs: describeAdministration(analysis) },
    { heading: 'Instruments and scoring', paragraphs: describeScoring(analysis) },
    { heading: 'Statistics of the corrected tables', paragraphs: describeCorrected(analysis) },
    { heading: 'Statistics of the tables as published', paragraphs: describePublished(analysis) },
    { heading: 'Software', paragraphs: describeSoftware(analysis) },
    { heading: 'References', paragraphs: listCitations(analysis) },
  ].filter(({ paragraphs }) => paragraphs.length > 0);
}

function describeData({ study }: Analysis): readonly string[] {
  const experiments = study.answered.flatMap(({ administrations }) => administrations);
  const opening =
    'The analysis follows the design of Amidei et al. (2026): a model writes a persona from an answer sheet, a model that impersonates the persona answers questionnaires, and its answers are compared with the sheet.';
  return [
    experiments.length === 0 ? `${opening} No questionnaire has been given yet.` : `${opening} ${countStudy(study)}`,
    sayOrigin(study),
  ];
}

function countStudy(study: Study): string {
  const experiments = study.answered.flatMap(({ administrations }) => administrations);
  const succeeded = experiments.filter((one) => one.succeeded === true).length;
  const models = modelsOf(study);
  const labels = conditionsOf(study);
  const given = [...new Set(study.answered.map(({ questionnaire }) => titleInstrument(questionnaire)))];
  return (
    `${formatCount(experiments.length)} ${plural(experiments.length, 'experiment')} (one questionnaire given to one persona once) ` +
    `of ${formatCount(models.length)} ${plural(models.length, 'model')} (${formatList(models)}) under ${formatCount(labels.length)} ${plural(labels.length, 'condition')} (${formatList(labels)}) ` +
    `with ${formatList(given)} are in the data; ${formatCount(succeeded)} of them succeeded.`
  );
}

function sayOrigin({ dataOrigin }: Study): string {
  switch (dataOrigin) {
    case 'simulated':
      return `${SIMULATED_NOTICE}. All answers come from a stand-in that draws them with error rates fitted to published figures; they serve to try, teach and test the analysis.`;
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
    return ['There are no reference sheets in this schema; statistics that compare personas with sheets are not available.'];
  const baseline =
    random === 0
      ? ''
      : ` The random baseline has ${formatCount(random)} sheets, by the rule of the study: each item is drawn independently with the share of Yes that it has in the reference, so that item rates are kept and dependence between items is broken.`;
  return [
    `The reference population has ${formatCount(sheets)} EPQR-A ${plural(sheets, 'sheet')}. ${provenance.reference === null ? 'Where they came from is not recorded in this schema.' : sayReference(provenance.reference)}${baseline}`,
  ];
}

function sayReference({ name, origin, source, ethicsNote, seed, sha256 }: ReferenceProvenance): string {
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
  const shown = new Set(personas.groups.map(({ population }) => population.display));
  const driven = CONDITIONS.filter(({ label, driven: scales }) => shown.has(label) && Object.keys(scales).length > 0);
  const manipulation = driven.map(
    ({ label, driven: scales }) =>
      `in ${label} all items of ${formatList(Object.keys(scales))} were set to ${Object.values(scales).every((aim) => aim === 'keyed') ? 'the keyed answer' : 'one end of their scale'}`,
  );
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
    paragraphs.push(`${formatCount(number)} of them ${number === 1 ? 'was' : 'were'} imported (source: ${source}).`);
  return paragraphs;
}

function describeAdministration({ study, provenance }: Analysis): readonly string[] {
  const { calls, firstCall, lastCall } = provenance;
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
  return paragraphs;
}

/** "temperature 1, top_p 1 (GPT-4o and GPT-3.5)" */
function sayParameters(groups: readonly GroupProvenance[]): readonly string[] {
  const byText = Map.groupBy(groups, ({ temperature, topP }) => `temperature ${temperature ?? 'not sent'}, top_p ${topP ?? 'not sent'}`);
  return [...byText].map(([text, own]) => `${text} (${formatList([...new Set(own.map(({ model }) => model))])})`);
}

function describeScoring({ study, provenance }: Analysis): readonly string[] {
  if (study.answered.length === 0) return [];
  const instruments = study.answered.map(({ questionnaire }) => {
    const { slug, language, items, scales, scoring } = questionnaire;
    const stored = provenance.instruments.find((one) => one.slug === slug && one.language === language);
    const keyed = items.every(({ key }) => key !== null);
    const reversed = items.filter(({ reverse }) => reverse).length;
    return (
      `${titleInstrument(questionnaire)} has ${items.length} items on ${scales.length} ${plural(scales.length, 'scale')} (${scales.join(', ')}). ` +
      `${keyed ? 'An item counts 1 where the answer is the keyed one, else 0' : `An item counts its answer${reversed > 0 ? `, turned round for the ${reversed} reversed items` : ''}`}; a scale score is the ${scoring} of its items. ` +
      `${stored === undefined ? 'The wording that was sent is not stored in this schema.' : `SHA-256 of the instrument: ${stored.sha256}.`}`
    );
  });
  const missing = study.answered.reduce(
    (sum, { answers }) => sum + answers.reduce((number, answer) => number + (answer === UNANSWERED ? 1 : 0), 0),
    0,
  );
  return [
    ...instruments,
    `In the corrected tables only experiments that succeeded count and, scale by scale, only those with an answer to every item; in the published tables all stored answers count. ${missing === 0 ? 'No registered answer is missing.' : `${formatCount(missing)} answers of registered experiments are missing.`} Where a question was stored as answered twice, the first answer counts.`,
  ];
}

function describeCorrected({ corrected, settings }: Analysis): readonly string[] {
  const rowsOf = (...ids: readonly TableId[]) => corrected.filter(({ table }) => ids.includes(table)).flatMap(({ rows }) => rows);
  const paragraphs: string[] = [];
  const demographics = rowsOf('1', '2', '3');
  if (demographics.length > 0) {
    paragraphs.push(
      `Tables 1 to 3. Every persona falls in exactly one category of each field, values that are not recognised and values that are missing included. The same number of draws counts for every condition of a model (${formatRange(numbers(demographics, 'draws')) ?? 'none'}). ` +
        `A condition is compared with Base of the same model by the difference of shares; standard errors are robust to clusters, a cluster being all personas written from one reference sheet (${formatRange(numbers(demographics, 'n_clusters')) ?? 'no'} clusters).`,
    );
  }
  if (rowsOf('4').length > 0) {
    paragraphs.push(
      `Table 4. Each person has one score, the mean over draws and administrations, and there is one test for each claim. For scales that the condition leaves alone, the paired difference from the sheet is tested by a paired t test (Student’s interval), with Cohen’s d both over the standard deviation of the differences and over the average of the two standard deviations; agreement is ICC(A,1) (McGraw & Wong, 1996). ` +
        `That no difference is found is not taken for fidelity: equivalence is tested by two one-sided tests (Schuirmann, 1987) within ±${settings.equivalenceBound} points of the scale. For scales that the condition drives, the share of answers at the target is given with its interval, and the original sheet is not the standard.`,
    );
  }
  if (rowsOf('5').length > 0) {
    paragraphs.push(
      `Table 5. Pearson correlations across persons within one population and model, with intervals by Fisher’s z; answers given as the reference population are not mixed in.`,
    );
  }
  if (rowsOf('6', 'A5').length > 0) {
    paragraphs.push(
      `Tables 6 and A5. Cronbach’s alpha with the interval of Feldt (1965) and a BCa bootstrap interval (Efron, 1987) from ${formatCount(settings.bootstrapReplicates)} resamples of persons, seed ${settings.seed}. Items on which nobody differs stay in and are named, with alpha without them beside; where nothing varies, alpha is not available.`,
    );
  }
  if (rowsOf('A6', 'A7').length > 0) {
    paragraphs.push(
      'Tables A6 and A7. Sheet and answers are compared item by item as keyed points, so that items keyed in opposite directions do not cancel; positive is the keyed answer. Each person counts once. Scales that a condition drives are compared with the original and with the manipulated sheet. Ratios without a denominator are not available, not 0.',
    );
  }
  return [...paragraphs, ...sayFamilies(corrected)];
}

/** "p values are corrected by Holm over 108 tests (table 1) and …" */
function sayFamilies(tables: readonly Table[]): readonly string[] {
  const sizes = new Map<string, number>();
  for (const { rows } of tables) {
    for (const row of rows) {
      for (const [name, size] of [
        [row.family, row.family_size],
        [row.equivalence_family, row.equivalence_family_size],
      ]) {
        if (typeof name === 'string' && typeof size === 'number') sizes.set(name, size);
      }
    }
  }
  if (sizes.size === 0) return [];
  return [
    `Tests are two-sided where not said otherwise, and p values are corrected by the method of Holm (1979) within families of tests: ${formatList([...sizes].map(([name, size]) => `${name} (${formatCount(size)} ${plural(size, 'test')})`))}. Intervals have 95% coverage and are not corrected.`,
  ];
}

function describePublished({ published }: Analysis): readonly string[] {
  if (published.every(({ rows }) => rows.length === 0)) return [];
  return [
    'The tables as published are computed as the study’s published code computes them, with its known flaws, so that they can be compared with the printed ones: pooled z tests that take draws for independent, the same paired test under two names, no correction for the number of tests, manipulated scales compared with unmanipulated sheets, errors of raw answers instead of keyed ones. Where a conclusion changes, the section on differences says so and why.',
  ];
}

function describeSoftware({ provenance, settings, study }: Analysis): readonly string[] {
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
    provenance.studyFile === null ? '' : ` The study file is ${provenance.studyFile.name} (SHA-256 ${provenance.studyFile.sha256}).`;
  return [
    `personality-trap ${provenance.programVersion} (command personas); database: ${provenance.database}, ${provenance.databaseVersion}; schema ${study.schema}. Seed of the bootstrap ${settings.seed}, B = ${formatCount(settings.bootstrapReplicates)}.${file} ${commits} Hashes of prompts, system roles and instruments stand under provenance.`,
  ];
}

function listCitations({ study, provenance, corrected }: Analysis): readonly string[] {
  const used = (...ids: readonly TableId[]) => corrected.some(({ table, rows }) => ids.includes(table) && rows.length > 0);
  const cited = study.answered.flatMap(({ questionnaire: { slug, language } }) => {
    const stored = provenance.instruments.find((one) => one.slug === slug && one.language === language);
    // A schema may hold the answers to an instrument and not the instrument.
    return stored?.citation ?? knownInstrument(slug)?.citation ?? [];
  });
  return [
    ...new Set([
      STUDY_CITATION,
      ...cited,
      ...(used('1', '2', '3', '4', '5') ? [METHOD_CITATIONS.holm] : []),
      ...(used('6', 'A5') ? [METHOD_CITATIONS.feldt, METHOD_CITATIONS.bca] : []),
      ...(used('4') ? [METHOD_CITATIONS.icc, METHOD_CITATIONS.tost] : []),
    ]),
  ].sort();
}

function numbers(rows: Table['rows'], key: string): readonly number[] {
  return rows.flatMap((row) => (typeof row[key] === 'number' ? [row[key]] : []));
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
