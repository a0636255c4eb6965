/**
 * The methods of a study in sentences, generated from what was done: nothing is said that the rows
 * do not show.
 */

import { conditionOf } from '../analysis/corrected/cells.ts';
import { sayConfounded } from '../analysis/corrected/contrasts/confounded.ts';
import {
  type AdministeredItem,
  type StudyData,
  type StudyQuestionnaire,
  type StudyScale,
  UNANSWERED,
} from '../analysis/data.ts';
import type { Table } from '../analysis/table.ts';
import { knownInstrument } from '../instruments/load.ts';
import type { ScoreRule } from '../instruments/structure.ts';
import { formatCount } from '../numbers.ts';
import { CONDITIONS, type Drive } from '../personas/sheets/conditions.ts';
import type { Reference } from '../personas/sheets/reference-store.ts';
import { type Analysis, type GroupProvenance, hasSheets } from './analysis.ts';
import { STUDY_CITATION, worksNamedIn } from './citations.ts';
import { conditionsOf, modelsOf, titleSheets } from './figures/setting.ts';
import { type FlowRow, flowOf, sayFlow } from './flow.ts';
import { sayLeftOut } from './left-out.ts';
import { countOwnCases, countVignettes, nameForms, sayOwnCases } from './own-cases.ts';
import { primaryAnalyses, sayPrimaryFamily } from './primary.ts';
import { nameTable, plural, SIMULATED_NOTICE } from './tables/captions.ts';
import { sayCases } from './tables/cases.ts';
import type { MethodsContext } from './tables/definition.ts';
import { formatList, formatNumber, formatRange } from './tables/format.ts';
import { cellsOf, hasEstimates, methodsOf } from './tables/tables.ts';

export interface MethodsSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

export function describeMethods(analysis: Analysis): readonly MethodsSection[] {
  const sections = [
    {
      heading: 'Design and data',
      paragraphs: [
        ...describeData(analysis),
        ...describeReference(analysis),
        ...describePersonas(analysis),
        ...sayConfounded(analysis.study, analysis.settings.plan),
      ],
    },
    { heading: 'Administration', paragraphs: describeAdministration(analysis) },
    { heading: 'Instruments and scoring', paragraphs: describeScoring(analysis) },
    {
      heading: analysis.published.length > 0 ? 'Statistics of the corrected tables' : 'Statistics',
      paragraphs: [
        ...describeTables(analysis.corrected, { ...analysis, isPlanned: false }),
        ...sayFamilies(analysis.corrected),
        ...sayPlan(analysis),
      ],
    },
    { heading: 'Statistics of the tables as published', paragraphs: describePublished(analysis) },
    { heading: 'Software', paragraphs: describeSoftware(analysis) },
  ];
  const text = sections.flatMap(({ paragraphs }) => paragraphs).join('\n');
  return [
    ...sections,
    {
      heading: 'References',
      paragraphs: listCitations(analysis.study, analysis.provenance.instruments, text),
    },
  ].filter(({ paragraphs }) => paragraphs.length > 0);
}

function describeData({ study }: Analysis): readonly string[] {
  const isBegun = study.answered.some(({ administrations }) => administrations.length > 0);
  return [
    [
      ...(isBegun || study.personas.count > 0 ? [sayDesign(study)] : []),
      isBegun ? countStudy(study) : 'No questionnaire has been given yet.',
    ].join(' '),
    sayOrigin(study),
  ];
}

/** What was done with whom, in a sentence. */
function sayDesign(study: StudyData): string {
  if (hasSheets(study))
    return 'The analysis follows the design of Amidei et al. (2026): a model writes a persona from an answer sheet, a model that impersonates the persona answers questionnaires, and its answers are compared with the sheet.';
  const { described, bare, controls, unknown } = countOwnCases(study);
  if (unknown > 0) return 'A model answers questionnaires about each case of the study.';
  return `A model answers questionnaires ${
    described === 0
      ? 'about stimuli that it is shown without a persona'
      : `as each of the study’s personas${bare === 0 ? '' : ', or about stimuli that it is shown without a persona'}`
  }${controls === 0 ? '' : ', and as a control without a persona'}.`;
}

function countStudy(study: StudyData): string {
  const experiments = study.answered.flatMap(({ administrations }) => administrations);
  const succeeded = experiments.filter((one) => one.succeeded === true).length;
  const models = modelsOf(study);
  const references = new Set(
    experiments.flatMap(({ population }) =>
      population.isReference ? [population.population] : [],
    ),
  );
  const labels = conditionsOf(study).filter((label) => !references.has(label));
  const given = nameForms(study.answered);
  // Of own personas without conditions, all are called so.
  const conditions =
    labels.length === 0 || (labels.length === 1 && !hasSheets(study))
      ? ''
      : ` under ${formatCount(labels.length)} ${plural(labels.length, 'condition')} (${formatList(labels)})`;
  const who = hasSheets(study) || isOfPersonasAlone(study) ? 'to one persona' : 'for one case';
  return (
    `The data hold ${formatCount(experiments.length)} ${plural(experiments.length, 'administration')} (one questionnaire given ${who} once) ` +
    `of ${formatCount(models.length)} ${plural(models.length, 'model')} (${formatList(models)})${conditions}${references.size === 0 ? '' : ` and as the reference population itself (${formatList([...references])})`} ` +
    `with ${formatList(given)}; ${formatCount(succeeded)} of them succeeded.`
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
  if (!hasSheets(study)) return [];
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
  const isBegun = study.answered.some(({ administrations }) => administrations.length > 0);
  if (!hasSheets(study) && (isBegun || personas.count > 0))
    return [[sayOwnPersonas(study, provenance.imported), ...sayLeftOut(study)].join(' ')];
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

/** Personas answer, and stimuli are judged. */
function nameOwnCases(study: StudyData): string {
  const cases = countOwnCases(study);
  const { described, bare, controls, unknown } = cases;
  if (bare + unknown === 0) return `Those who answer are the study’s own: ${sayOwnCases(cases)}`;
  if (described + unknown > 0) return `The cases are the study’s own: ${sayOwnCases(cases)}`;
  const judge = modelsOf(study).length > 1 ? 'Each model' : 'The model';
  const beside = controls === 0 ? '' : ', beside a control';
  return `${judge} judges ${formatCount(bare)} ${bare === 1 ? 'stimulus' : 'stimuli'} of the study’s own without a persona${beside}`;
}

function sayOwnPersonas(study: StudyData, imported: Analysis['provenance']['imported']): string {
  const sources = imported.map(({ source }) => source).filter((one) => one !== 'not recorded');
  const { vignette } = study.ownColumns;
  const controls = Math.min(1, countOwnCases(study).controls);
  return `${nameOwnCases(study)}${sources.length === 0 ? '' : `, from ${formatList(sources)}`}.${
    vignette === null
      ? ''
      : ` Rows with the same value in the column “${vignette}” count as one case; there are ${formatCount(countVignettes(study) - controls)} cases${controls === 0 ? '' : ', and the control'}.`
  }`;
}

function sayDrive(drive: Drive, hasKeys: boolean): string {
  const ids = Object.keys(drive);
  if (ids.every((id) => drive[id] === 'max'))
    return `all items of ${formatList(ids)} were set to the ${hasKeys ? 'keyed answer' : 'answer that counts most'}`;
  if (ids.every((id) => drive[id] === 'max' || drive[id] === 'min'))
    return `all items of ${formatList(ids)} were set to one end of their scale`;
  return `the sheet was set to ${formatList(ids.map((id) => `${id} = ${drive[id]}`))}`;
}

function describeAdministration({ study, provenance, quality }: Analysis): readonly string[] {
  const { calls, unverifiedCalls } = provenance;
  const groups = provenance.groups.filter(({ experiments }) => experiments > 0);
  if (groups.length === 0) return [];
  const paragraphs = [
    `The questionnaires were given in ${formatCount(groups.length)} experiment ${plural(groups.length, 'group')}; a group has one model, one questionnaire, one prompt and one set of parameters.${sayCalls(study)} Sampling: ${formatList(sayParameters(groups))}. ${sayModels(groups)}`,
    ...sayFactors(study),
  ];
  if (calls > 0) {
    const when = sayDates(provenance);
    paragraphs.push(
      `${formatCount(calls)} ${plural(calls, 'call')} ${calls === 1 ? 'is' : 'are'} stored${when === null ? '' : ` ${when} (UTC)`}, with the request and the reply of each.${
        // How imported replies were parsed is not for this program to say.
        study.dataOrigin === 'imported'
          ? ''
          : ` Replies ${study.dataOrigin === 'mixed' ? 'to this program ' : ''}were parsed strictly: a missing item${mayLackItems(study) ? ', beyond what the rules of the scales allow' : ''}, an answer off the scale or an item answered twice differently made a reply invalid, and nothing was filled in.`
      }`,
    );
  }
  if (unverifiedCalls > 0) {
    paragraphs.push(
      `${formatCount(unverifiedCalls)} ${plural(unverifiedCalls, 'call')} ${unverifiedCalls === 1 ? 'was' : 'were'} imported although the stored bytes are not those of the recorded SHA-256.`,
    );
  }
  return [...paragraphs, ...sayLosses(flowOf(quality.administrations))];
}

/** Settings that spread a questionnaire over several calls. */
const SPREADING = ['items_per_call', 'ask_missing'];

function sayCalls({ answered }: StudyData): string {
  return answered.some(({ factors }) => SPREADING.some((name) => factors.has(name)))
    ? ''
    : ' One call asks for a whole questionnaire.';
}

/** More levels than these are counted and not named. */
const MOST_LEVELS = 8;

/** What differed between administrations besides model, condition and questionnaire. */
function sayFactors({ answered }: StudyData): readonly string[] {
  const levels = new Map<string, Set<string>>();
  for (const { factors } of answered)
    for (const [name, { values }] of factors)
      levels.set(name, new Set([...(levels.get(name) ?? []), ...values]));
  if (levels.size === 0) return [];
  const told = [...levels].map(([name, of]) =>
    of.size > MOST_LEVELS
      ? `${name} (${formatCount(of.size)} levels)`
      : `${name} (${[...of].join(', ')})`,
  );
  return [`Recorded with each administration: ${formatList(told)}.`];
}

/** "on 2026-01-02", "between 2026-01-02 and 2026-01-04" */
function sayDates({
  firstCall,
  lastCall,
}: Pick<GroupProvenance, 'firstCall' | 'lastCall'>): string | null {
  if (firstCall === null || lastCall === null) return null;
  const [first, last] = [firstCall.slice(0, 10), lastCall.slice(0, 10)];
  return first === last ? `on ${first}` : `between ${first} and ${last}`;
}

/** "GPT-4o is gpt-4o-2024-11-20 of openai, called on 2026-01-02." */
function sayModels(groups: readonly GroupProvenance[]): string {
  const known = groups.filter(({ modelId }) => modelId !== null);
  const byModel = Map.groupBy(known, ({ model, modelId, provider }) =>
    JSON.stringify([model, modelId, provider]),
  );
  return [...byModel.values()]
    .map((own) => {
      const { model, modelId, provider } = own[0]!;
      const days = own.flatMap(({ firstCall, lastCall }) => [firstCall, lastCall]);
      const times = days.filter((day) => day !== null).sort();
      const when = sayDates({ firstCall: times[0] ?? null, lastCall: times.at(-1) ?? null });
      return `${model} is ${modelId}${provider === null ? '' : ` (provider: ${provider})`}${when === null ? '' : `, called ${when}`}.`;
    })
    .join(' ');
}

function mayLackItems({ answered }: StudyData): boolean {
  return answered.some(({ questionnaire: { scales } }) =>
    scales.some(({ mostMissing }) => mostMissing > 0),
  );
}

/** Models and conditions with losses: more than these are left to the section on data quality. */
const MOST_LOSSES = 12;

const LOSSES = [
  ['refused', 'refused'],
  ['truncated', 'truncated'],
  ['unparseable', 'unparseable'],
  ['invalid', 'invalid'],
  ['failed', 'ended by an error'],
] as const satisfies readonly (readonly [keyof FlowRow, string])[];

/** How many administrations were lost, where, and what that means for the tables. */
function sayLosses(rows: readonly FlowRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const lossy = rows.flatMap((row) => {
    const lost = LOSSES.filter(([key]) => row[key] > 0).map(
      ([key, word]) =>
        `${formatCount(row[key])} ${word} (${formatNumber((100 * row[key]) / row.planned, 1)} %)`,
    );
    return lost.length === 0
      ? []
      : [`${row.model}, ${row.condition}: of ${formatCount(row.planned)}, ${formatList(lost)}`];
  });
  const shown = lossy.slice(0, MOST_LOSSES);
  const more = lossy.length - shown.length;
  const where =
    lossy.length === 0
      ? ''
      : ` By model and condition: ${shown.join('; ')}${more === 0 ? '' : `; and ${formatCount(more)} more, which the section on data quality lists`}. All of these are left out, which biases an estimate where replies are not missing at random.`;
  return [`${sayFlow(rows)}${where}`];
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

function isOfPersonasAlone(study: StudyData): boolean {
  const { bare, controls, unknown } = countOwnCases(study);
  return bare + controls + unknown === 0;
}

/** @param isPlanned whether nobody has been asked yet */
export function describeScoring(
  {
    study,
    provenance: { instruments: known },
    published,
    quality,
  }: Pick<Analysis, 'study' | 'published' | 'quality'> & {
    readonly provenance: Pick<Analysis['provenance'], 'instruments'>;
  },
  isPlanned: boolean = false,
): readonly string[] {
  if (study.answered.length === 0) return [];
  const instruments = [
    ...Map.groupBy(study.answered, ({ questionnaire }) =>
      JSON.stringify([questionnaire.slug, sayScoring(questionnaire)]),
    ).values(),
  ].map((forms) => {
    const hashes = forms.flatMap(({ questionnaire: { slug, language } }) =>
      known.filter((one) => one.slug === slug && one.language === language),
    );
    const stored = [...new Set(hashes.map(({ sha256 }) => sha256))];
    return `${formatList(nameForms(forms))} ${forms.length === 1 ? 'has' : 'each have'} ${sayScoring(forms[0]!.questionnaire)} ${
      stored.length === 0
        ? 'The wording that was sent is not stored in this schema.'
        : `SHA-256 of the instrument: ${stored.join(', ')}.`
    }`;
  });
  const missing = study.answered.reduce(
    (sum, { answers }) =>
      sum + answers.reduce((number, answer) => number + (answer === UNANSWERED ? 1 : 0), 0),
    0,
  );
  const doubled = quality.administrations.reduce((sum, row) => sum + row.duplicateAnswers, 0);
  const counts = [
    `In the ${published.length > 0 ? 'corrected ' : ''}tables only experiments that succeeded count and, scale by scale, only those with an answer to every item${mayLackItems(study) ? ', or with as many as the rule of the scale asks for where it allows missing ones; statistics of items need all' : ''}${published.length > 0 ? '; in the tables as published all stored answers count' : ''}.`,
    ...(isPlanned
      ? []
      : [
          missing === 0
            ? 'No registered answer is missing.'
            : `${formatCount(missing)} answers of registered experiments are missing.`,
        ]),
    ...(doubled > 0 || study.dataOrigin === 'imported'
      ? ['Where a question was stored as answered twice, the first answer counts.']
      : []),
  ];
  return [...instruments, counts.join(' ')];
}

/** "20 items on 5 scales (E, …). An item counts its answer; a scale score is …" */
function sayScoring({ items, scales }: StudyQuestionnaire): string {
  const keyed = items.every(({ key }) => key !== null);
  const reversed = items.filter(({ reverse }) => reverse).length;
  return (
    `${sayItems({ items, scales })}. ` +
    `${keyed ? 'An item counts 1 where the answer is the keyed one, else 0' : `An item counts ${items.some(({ points }) => points.size > 0) ? 'the points of its answer' : 'its answer'}${reversed > 0 ? `, reverse-scored for the ${reversed === 1 ? 'reversed item' : `${reversed} reversed items`}` : ''}`}; ${sayRules(scales)}`
  );
}

/** "7 items: 6 on 3 scales (comp, …), and 1 on no scale (salary, a number in EUR)" */
function sayItems({ items, scales }: Pick<StudyQuestionnaire, 'items' | 'scales'>): string {
  const ids = scales.map(({ id }) => id);
  const scored = new Set(scales.flatMap(({ members }) => members.map(({ column }) => column)));
  const others = items.filter((_, column) => !scored.has(column));
  const count = `${items.length} ${plural(items.length, 'item')}`;
  const named = `${scales.length} ${plural(scales.length, 'scale')} (${ids.join(', ')})`;
  if (scored.size === 0) return `${count} on no scale${nameItems(others)}`;
  if (others.length === 0) return `${count} on ${named}`;
  return `${count}: ${scored.size} on ${named}, and ${others.length} on no scale${nameItems(others)}`;
}

/** A list names no more items than these. */
const MOST_ITEMS = 6;

/** " (salary, a number in EUR; remarks, a text)"; nothing where items have mere numbers. */
function nameItems(items: readonly AdministeredItem[]): string {
  if (items.length > MOST_ITEMS || items.every(({ id, number }) => id === String(number)))
    return '';
  const named = items.map((item) => {
    const kind = kindOf(item);
    return kind === null ? item.id : `${item.id}, ${kind}`;
  });
  return ` (${named.join('; ')})`;
}

function kindOf({ isText, isNumber, unit, demanded }: AdministeredItem): string | null {
  if (isText) return 'a text';
  if (isNumber) return unit === undefined ? 'a number' : `a number in ${unit}`;
  return demanded.length > 0 ? 'an attention check' : null;
}

const RULES: Readonly<Record<ScoreRule, string>> = {
  sum: 'sum of its',
  mean: 'mean of its',
  max: 'highest of its',
  count: 'number with points of its',
};

/** "a scale score is the sum of its items (E), and the mean of its scales (total)." */
function sayRules(scales: readonly StudyScale[]): string {
  const byRule = [
    ...Map.groupBy(
      scales,
      ({ score, parts }) => `the ${RULES[score]} ${parts.length > 0 ? 'scales' : 'items'}`,
    ),
  ];
  const [only] = byRule;
  if (byRule.length === 1) return `a scale score is ${only![0]}.`;
  return byRule.length === 0
    ? 'no scale is made of them.'
    : `a scale score is ${formatList(
        byRule.map(([rule, own]) => `${rule} (${own.map(({ id }) => id).join(', ')})`),
      )}.`;
}

/** The sentences of the tables that have rows; those that share them are described together. */
export function describeTables(
  tables: readonly Table[],
  context: MethodsContext,
): readonly string[] {
  const filled = tables.filter((table) =>
    context.isPlanned ? table.rows.length > 0 : hasEstimates(table),
  );
  return [...Map.groupBy(filled, ({ table }) => methodsOf(table))].flatMap(([methods, own]) => {
    if (methods === undefined) return [];
    const ids = own.map(({ table }) => table);
    const name = ids.length === 1 ? nameTable(ids[0]!) : `Tables ${formatList(ids)}`;
    const rows = own.flatMap((table) => table.rows);
    const say = hasSheets(context.study) ? (text: string) => text : sayCases;
    return methods(rows, context).map((text, at) =>
      at === 0 ? `${name}. ${say(text)}` : say(text),
    );
  });
}

/** "p values are corrected … : table 4: difference (2 families of 3 to 4 tests); …" */
function sayFamilies(tables: readonly Table[]): readonly string[] {
  const sizes = new Map<string, number>();
  for (const { rows } of tables) {
    for (const row of rows) {
      const cells = cellsOf(row);
      for (const [column, name] of cells) {
        const size = cells.get(`${column}_size`);
        if (/(?:^|_)family$/.test(column) && typeof name === 'string' && typeof size === 'number')
          sizes.set(name, size);
      }
    }
  }
  if (sizes.size === 0) return [];
  const byClaim = Map.groupBy([...sizes], ([name]) => name.split(', ')[0]!);
  const claims = [...byClaim].map(([claim, own]) => {
    const counts = formatRange(own.map(([, size]) => size))!;
    const tests = counts === '1' ? 'test' : 'tests';
    return `${claim} (${own.length === 1 ? '' : `${formatCount(own.length)} families of `}${counts} ${tests})`;
  });
  return [
    `Tests are two-sided where not said otherwise, and p values are corrected by the method of Holm (1979) within families of tests, a family being one claim of a table about one model, and of a contrast about one factor: ${claims.join('; ')}. Intervals are nominal 95% intervals${
      [...byClaim.keys()].some((name) => /equivalence\)?$/.test(name))
        ? ', those of the equivalence tests 90%,'
        : ''
    } and are not corrected; how often they hold the true value rests on the assumptions named with each. What cannot be tested has its reason in place of a p and does not count.`,
  ];
}

/** Which analyses were planned. */
function sayPlan(analysis: Analysis): readonly string[] {
  const planned = sayPrimaryFamily(primaryAnalyses(analysis));
  if (planned !== '') return [planned];
  return analysis.corrected.every(({ rows }) => rows.length === 0)
    ? []
    : [
        'No analysis was named as primary before the answers were there; all tests are exploratory.',
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
      : ` The study is ${provenance.studyFile.name} (SHA-256 of what its file says, whatever its comments, layout and order: ${provenance.studyFile.sha256}).${sayDesignHash(provenance.studyFile)}`;
  return [
    `All statistics are those of personality-trap ${provenance.programVersion} (command personas), computed without further statistical software; ${provenance.database === null ? '' : `database: ${provenance.database}; `}schema ${study.schema}.${file} ${commits} Hashes of prompts, system roles and instruments stand under provenance.`,
  ];
}

/** The hash of the design, and whether the study file still describes that design. */
export function sayDesignHash({
  designSha256,
  designToday,
  frozen,
}: NonNullable<Analysis['provenance']['studyFile']>): string {
  if (designSha256 === null) return '';
  const today =
    designToday === null
      ? ''
      : designToday === designSha256
        ? '; the study file, with instruments, prompts and models as they are now, gives the same'
        : `; the study file, with instruments, prompts and models as they are now, gives another, ${designToday}`;
  const since =
    frozen === null
      ? ''
      : ` The design was frozen on ${frozen.at.slice(0, 10)} (SHA-256 ${frozen.sha256}), ${frozen.callsBefore === 0 ? 'before the first call' : `after ${formatCount(frozen.callsBefore)} calls had been made`}.${sayBeyond(frozen.beyond)}`;
  return ` SHA-256 of the design when the study began: ${designSha256}${today}.${since}`;
}

const MOST_CLAUSES = 5;

/** @param beyond what the frozen design does not cover */
export function sayBeyond(beyond: readonly string[]): string {
  if (beyond.length === 0) return '';
  const more = beyond.length - MOST_CLAUSES;
  return ` It does not cover everything that was registered: ${beyond.slice(0, MOST_CLAUSES).join('; ')}${more > 0 ? `; and ${formatCount(more)} more` : ''}.`;
}

/** @param text the methods in which they are named */
export function listCitations(
  { answered }: Pick<StudyData, 'answered'>,
  instruments: Analysis['provenance']['instruments'],
  text: string,
): readonly string[] {
  const cited = answered.flatMap(({ questionnaire: { slug, language } }) => {
    const stored = instruments.find((one) => one.slug === slug && one.language === language);
    // A schema may hold the answers to an instrument and not the instrument.
    return stored?.citation ?? knownInstrument(slug)?.citation ?? [];
  });
  const study = text.includes('Amidei et al. (2026)') ? [STUDY_CITATION] : [];
  return [...new Set([...study, ...cited, ...worksNamedIn(text)])].sort();
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
