/** The plan of a study as a document: methods, primary analyses, and tables with empty cells. */
import { describeCell } from '../administration/cells.ts';
import type { PlannedClaim } from '../analysis/plan.ts';
import type { Table } from '../analysis/table.ts';
import type { Config } from '../config/config.ts';
import { parametersIn } from '../experiments/registration/new-group.ts';
import { nameForm } from '../instruments/form.ts';
import { type Catalogue, createCatalogue } from '../models/catalogue.ts';
import { formatCount } from '../numbers.ts';
import { version } from '../package-info.ts';
import { SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { describeScoring, describeTables, listCitations } from '../report/methods.ts';
import { nameTable, plural } from '../report/tables/captions.ts';
import { formatList } from '../report/tables/format.ts';
import type { Layout } from '../report/tables/layout.ts';
import { renderMarkdown } from '../report/tables/markdown.ts';
import { selectionOf } from '../report/tables/planned.ts';
import { claimsOf, correctedTables, layOutTable } from '../report/tables/tables.ts';
import { administeredIn } from './administered.ts';
import { chooseSettings } from './analyze.ts';
import { designHash, hashParts } from './design.ts';
import { planStudy } from './pipeline.ts';
import { plannedStudy } from './planned-study.ts';
import type { StudySpec } from './study-spec.ts';

/** A plan as a document, and the hash of the design that it describes. */
export interface Preregistration {
  readonly sha256: string;
  /** Name of each part of the design to its SHA-256. */
  readonly parts: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly text: string;
}

/**
 * Contacts nobody and opens no database.
 * @throws UserError for a model or a file that is not there
 */
export async function preregister(study: StudySpec, config: Config): Promise<Preregistration> {
  const catalogue = createCatalogue(config.models);
  const planned = plannedStudy(study, catalogue);
  const sha256 = designHash(study, catalogue);
  const hashes = hashParts(study, catalogue);
  const settings = chooseSettings(study.plan);
  const tables = correctedTables(planned, settings);
  const context = { study: planned, settings, isPlanned: true };
  const instruments = [
    ...new Map(
      study.questionnaires.map(({ instrument }) => [instrument.sha256, instrument] as const),
    ).values(),
  ];
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Design', [...sayDesign(study), await saySize(study, config)]],
    ['Models', sayModels(study, catalogue)],
    ['Administration', sayAdministration(study)],
    [
      'Instruments and scoring',
      describeScoring(
        {
          study: planned,
          provenance: { instruments },
          published: [],
          quality: { administrations: [], demographics: [], negativeItems: [] },
        },
        true,
      ),
    ],
    ['Primary analyses', sayPrimary(study.plan.primary)],
    [
      'Statistics',
      [
        ...describeTables(tables, context),
        'Tests are two-sided where not said otherwise. p values are corrected by the method of Holm (1979) within families of tests: the primary analyses are one family, and in each table the other tests of one claim about one model are another. Intervals are nominal 95% intervals, those of equivalence tests 90%, and are not corrected.',
        ...(study.plan.compare === undefined &&
        tables.some(({ table, rows }) => table === 'C1' && rows.length > 0)
          ? [
              'If a provider serves several versions of one model, they will be compared too (factor model_served), as an exploration.',
            ]
          : []),
        ...(tables.some(({ table, rows }) => table === 'C2' && rows.length > 0)
          ? ['Outcomes of Table C2 that do not occur will have no rows, and no part in a family.']
          : []),
      ],
    ],
  ];
  const text = sections.flatMap(([, paragraphs]) => paragraphs).join('\n');
  const references = listCitations(planned, instruments, text);
  const parts = [
    `# Plan of the study “${study.name}”`,
    ...(study.question === null ? [] : [`**Question.** ${study.question}`]),
    `SHA-256 of the design, over study file, instruments, prompts, models with their parameters, and plan of the analysis: \`${sha256}\`. Written by personality-trap ${version}; \`personas preregister\` prints the same hash as long as nothing of the design has changed. The hashes of its parts tell what has:`,
    Object.entries(hashes)
      .map(([name, hash]) => `- ${name}: \`${hash}\``)
      .join('\n'),
    ...sections.flatMap(([heading, paragraphs]) => [`## ${heading}`, ...paragraphs]),
    '## Planned tables',
    ...tables.filter(({ rows }) => rows.length > 0).map(renderEmpty),
    '## References',
    references.map((work) => `- ${work}`).join('\n'),
  ];
  return { sha256, parts: hashes, text: `${parts.map((part) => part.trim()).join('\n\n')}\n` };
}

function sayDesign(study: StudySpec): readonly string[] {
  const { personas, conditions, draws, reference, sheetInstrument } = study;
  if (personas !== null) {
    const bare = personas.rows.filter(({ description }) => description === null).length;
    const described = personas.rows.length - bare;
    const kinds = [
      ...(described === 0
        ? []
        : [`${formatCount(described)} ${plural(described, 'persona')} of the study’s own`]),
      ...(bare === 0
        ? []
        : [
            `${formatCount(bare)} ${bare === 1 ? 'stimulus' : 'stimuli'} or ${plural(bare, 'control')} without a persona`,
          ]),
    ];
    const labels = [...new Set(personas.rows.map(({ condition }) => condition))];
    return [
      `Each model will answer for ${formatList(kinds)}${labels.length === 1 ? '' : `, under ${formatCount(labels.length)} conditions (${formatList(labels)})`}.`,
    ];
  }
  const sheets =
    reference === null
      ? `the synthetic population ${SYNTHETIC_REFERENCE}`
      : `the population ${reference.name}`;
  return [
    `Following the design of Amidei et al. (2026), a model will write personas from ${titleSheet(sheetInstrument.title)} answer sheets of ${sheets}, ${draws.count === 1 ? 'one' : formatCount(draws.count)} from each sheet${study.maxPersonas === null ? '' : ` and at most ${formatCount(study.maxPersonas)} a condition`}, under ${formatCount(conditions.length)} ${plural(conditions.length, 'condition')} (${formatList(conditions.map(({ label }) => label))}). A model that impersonates a persona will answer the questionnaires, and its answers will be compared with the sheet.`,
  ];
}

function titleSheet(title: string): string {
  return title.split(':')[0]!;
}

async function saySize(study: StudySpec, config: Config): Promise<string> {
  const steps = await planStudy(study, config);
  const sum = (isOfPersonas: boolean) =>
    steps
      .filter(({ step }) => (step === 'personas') === isOfPersonas)
      .reduce((total, { tasks }) => total + tasks, 0);
  const written = sum(true);
  const asked = sum(false);
  return `In all, ${written === 0 ? '' : `${formatCount(written)} ${plural(written, 'persona')} will be written and `}${formatCount(asked)} ${plural(asked, 'administration')} will be asked for.`;
}

function sayModels(study: StudySpec, catalogue: Catalogue): readonly string[] {
  const told = administeredIn(study, catalogue).map(({ model, cell }) => {
    const { label, modelId, provider } = model;
    const { temperature, topP, maxTokens, extra } = parametersIn(model, cell.settings);
    const sent = [
      `temperature ${temperature ?? 'not sent'}`,
      `top_p ${topP ?? 'not sent'}`,
      ...(maxTokens === null ? [] : [`at most ${formatCount(maxTokens)} tokens of reply`]),
      ...Object.entries(extra).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
    ];
    return `${label} is ${modelId} of ${provider}: ${sent.join(', ')}.`;
  });
  return [...new Set(told)];
}

/** Who is not asked what. */
function sayExceptions({ questionnaires, cells, conditions, personas }: StudySpec): string[] {
  const all = personas?.conditions ?? conditions;
  const restricted = questionnaires.flatMap(({ instrument, ...own }) => {
    const named = [...own.conditions, ...own.ownConditions].map(({ name }) => name);
    return named.length === all.length
      ? []
      : [`${nameForm(instrument)} will be given under ${formatList(named)} only.`];
  });
  const excepted = cells.flatMap((cell) =>
    (cell.exceptions ?? []).map((one) => {
      const whom = Object.entries(one).map(([name, value]) => `${name} ${String(value)}`);
      const way = describeCell(cell);
      return `${whom.join(', ')}${way === '' ? '' : ` (${way})`}`;
    }),
  );
  return [
    ...restricted,
    ...(excepted.length === 0 ? [] : [`The following will not be asked: ${excepted.join('; ')}.`]),
  ];
}

function sayAdministration(study: StudySpec): string[] {
  const { questionnaires, cells, seed, personas } = study;
  const given = questionnaires.map(
    ({ instrument, repetitions }) =>
      `${nameForm(instrument)} ${repetitions === 1 ? 'once' : `${formatCount(repetitions)} times`}`,
  );
  const ways = cells.map(describeCell).filter((way) => way !== '');
  return [
    `Each ${personas?.rows.some(({ description }) => description === null) ? 'persona or stimulus' : 'persona'} will be given ${formatList(given)}${ways.length === 0 ? '' : `, in each of ${formatCount(cells.length)} ways of asking: ${ways.join('; ')}`}. Whatever is drawn at random is drawn with seed ${seed}.`,
    ...sayExceptions(study),
    'Replies will be parsed strictly: a missing item beyond what the rules of the scales allow, an answer off the scale, or an item answered twice differently will make a reply invalid, and nothing will be filled in. Administrations that are refused, truncated, unparseable, invalid or ended by an error will be counted by model and condition, and left out.',
  ];
}

function sayPrimary(primary: readonly PlannedClaim[]): string[] {
  if (primary.length === 0) return ['No analysis is primary; all tests will be exploratory.'];
  const lines = primary.map((planned) => {
    const table = String(planned.table);
    const claim = claimsOf(table).find(({ name }) => name === planned.claim)!;
    const where = selectionOf(planned).map(([key, words]) => `${key} ${formatList(words)}`);
    const expected =
      claim.test === undefined ? 'estimated' : `tested; a p below .05: ${claim.test.shown}`;
    return `- ${nameTable(table)}, ${planned.claim}${where.length === 0 ? '' : ` (${where.join(', ')})`}: ${claim.about}, ${expected}.`;
  });
  return [
    'These claims will be tested together, as one family. All other tests will be exploratory.',
    lines.join('\n'),
  ];
}

/** The table as it will be printed, without numbers. */
function renderEmpty(table: Table): string {
  const layout = layOutTable(table);
  const sections: Layout['sections'] = layout.sections.map(({ title, rows }) => ({
    title: title?.replace(/ \([^()]*\bn = [^()]*\)$/, '') ?? null,
    rows: rows.map((cells) =>
      cells.map((cell) => (cell.row === null ? cell : { ...cell, text: '', note: null })),
    ),
  }));
  return renderMarkdown({ ...layout, sections, notes: [], reasons: [] });
}
