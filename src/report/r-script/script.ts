/**
 * A script in R that goes with an export: it reads the files, computes some of the report's numbers
 * again and holds them against the report's, and fits the mixed and the confirmatory models of this
 * study.
 */
import { readFileSync } from 'node:fs';
import type { AdministeredItem, Answered, StudyData, StudyScale } from '../../analysis/data.ts';
import { columnsOfScale } from '../../analysis/scores.ts';
import type { Table } from '../../analysis/table.ts';
import type { DescribedFile } from '../../dataset/export/export.ts';
import { SIMULATED_NOTICE } from '../tables/captions.ts';
import { cellsOfScript, checksOfScript, type ScriptCell } from './cells.ts';
import { list, named, number, text, vector } from './literals.ts';

/** The tables that the script computes numbers of. */
export const TABLES_OF_SCRIPT = ['4', '6', 'A4', 'A5', 'B1', 'B2'] as const;

export interface ScriptSource {
  readonly study: StudyData;
  /** Of `TABLES_OF_SCRIPT`, in the corrected mode. */
  readonly corrected: readonly Table[];
  /** The files beside it; it reads the wide ones. */
  readonly files: readonly DescribedFile[];
  /** What made it. */
  readonly program: string;
  readonly now: Date;
}

const part = (name: string) =>
  readFileSync(new URL(`../../../data/r/${name}.R`, import.meta.url), 'utf8');

/** The script as one text, which depends on nothing but R and the files beside it. */
export function writeScript({ study, corrected, files, program, now }: ScriptSource): string {
  const fileOf = new Map(
    files.flatMap(({ kind, slug, table }) =>
      kind === 'wide' && slug !== null ? [[slug, table] as const] : [],
    ),
  );
  const answered = study.answered.filter(({ questionnaire }) => fileOf.has(questionnaire.slug));
  const known = { ...study, answered };
  const cells = cellsOfScript(known);
  const checks = checksOfScript(known, corrected, cells);
  return [
    head(study, program, now),
    `questionnaires <- ${list(
      answered.map((one) => [one.questionnaire.label, describe(one, fileOf)]),
      '',
    )}`,
    '',
    '# Whether the sheets are Yes and No answers to the EPQR-A (reference_questionnaires.csv).',
    `sheets_are_published <- ${study.reference.isPublished ? 'TRUE' : 'FALSE'}`,
    '',
    '# What one model answered as one population.',
    `cells <- ${list(
      cells.map(({ name, call }) => [name, call]),
      '',
    )}`,
    '',
    part('functions'),
    ...checks,
    part('models'),
    modelsOf(known, cells),
    'if (!all(checks$equal)) stop("some numbers differ from the report")',
    '',
  ].join('\n');
}

function head({ schema, dataOrigin }: StudyData, program: string, now: Date): string {
  return [
    `# Analysis of the study ${text(schema)} in R, written by ${program} on ${now.toISOString().slice(0, 10)}.`,
    '#',
    '# Rscript analysis.R reads the export in the folder of this file. Base R is enough for the',
    '# numbers of the report; the models need install.packages(c("lme4", "lavaan")).',
    ...(dataOrigin === 'simulated' ? [`# ${SIMULATED_NOTICE}.`] : []),
    '',
    '# ---- The study -------------------------------------------------------------------------------',
    '',
    '# By questionnaire: its file, the answers that score 1 (keys), the points of answers that do not',
    '# score their own number, and the items of each scale. A negative weight turns an item round.',
  ].join('\n');
}

function describe({ questionnaire }: Answered, fileOf: ReadonlyMap<string, string>): string {
  const { items, scales } = questionnaire;
  const keys = items.flatMap(({ id, key }) => (key === null ? [] : [[id, number(key)] as const]));
  const points = items.flatMap((item) =>
    item.key !== null || item.points.size === 0 ? [] : [[item.id, pointsOf(item)] as const],
  );
  return list(
    [
      ['file', text(fileOf.get(questionnaire.slug)!)],
      ['keys', named(keys)],
      ['points', list(points, '    ')],
      [
        'scales',
        list(
          scales.map((scale) => [scale.id, describeScale(questionnaire, scale)]),
          '    ',
        ),
      ],
    ],
    '  ',
  );
}

function pointsOf({ points }: AdministeredItem): string {
  return named([...points].map(([value, own]) => [String(value), number(own)]));
}

function describeScale(questionnaire: Answered['questionnaire'], scale: StudyScale): string {
  const columns = columnsOfScale(questionnaire, scale);
  const items = columns.map(({ column }) => questionnaire.items[column]!);
  const data = [
    ['id', items.map(({ id }) => text(id))],
    ['number', items.map((item) => number(item.number))],
    ['weight', columns.map(({ weight }) => number(weight))],
    ['low', columns.map(({ range }) => number(range?.low ?? null))],
    ['high', columns.map(({ range }) => number(range?.high ?? null))],
  ] as const;
  const frame = data.map(([name, values]) => `${name} = ${vector(values)}`).join(', ');
  return `list(rule = ${text(scale.score)}, items = data.frame(${frame}))`;
}

/** The calls that fit the models: one line for each, to be changed or left out. */
function modelsOf({ answered }: StudyData, cells: readonly ScriptCell[]): string {
  const ownCells = cells.filter(({ isReference }) => !isReference);
  const mixed = answered.flatMap(({ questionnaire: { label, scales } }) => {
    const own = ownCells.filter(({ questionnaire }) => questionnaire === label);
    return [...new Set(own.map(({ model }) => model))].flatMap((model) =>
      scales.map(({ id }) => `mixed(${[label, model, id].map(text).join(', ')})`),
    );
  });
  const confirmed = answered.flatMap(({ questionnaire: { label, scales } }) => {
    const leaves = scales.filter(({ parts }) => parts.length === 0).map(({ id }) => id);
    return ownCells
      .filter(({ questionnaire }) => questionnaire === label)
      .flatMap(({ name }) => [
        ...leaves.map((scale) => `confirm(cells[[${text(name)}]], ${text(scale)})`),
        ...(leaves.length < 2
          ? []
          : [`confirm(cells[[${text(name)}]], ${vector(leaves.map(text))})`]),
      ]);
  });
  return [
    ...whenInstalled('lme4', 'mixed models', mixed),
    '',
    ...whenInstalled('lavaan', 'confirmatory factor analyses', confirmed),
    '',
  ].join('\n');
}

function whenInstalled(name: string, what: string, calls: readonly string[]): readonly string[] {
  if (calls.length === 0) return [`# Nobody answered anything that ${what} could be fitted to.`];
  return [
    `if (requireNamespace("${name}", quietly = TRUE)) {`,
    ...calls.map((call) => `  ${call}`),
    '} else {',
    `  cat("\\nThe ${what} were left out: install.packages(\\"${name}\\")\\n")`,
    '}',
  ];
}
