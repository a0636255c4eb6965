/** Files that the program reads and writes. */

import { administration } from '../../src/administration/settings.ts';
import type { HumanSample } from '../../src/analysis/human-sample.ts';
import type { Table } from '../../src/analysis/table.ts';
import { CODEBOOK } from '../../src/dataset/export/codebook.ts';
import { PARQUET, TABLE_FORMATS } from '../../src/dataset/export/formats.ts';
import { ABSENCES } from '../../src/dataset/export/labelled.ts';
import { longColumnsOf } from '../../src/dataset/export/long-columns.ts';
import { ABOUT } from '../../src/dataset/export/wide-about.ts';
import { shapeOf } from '../../src/dataset/export/wide-shape.ts';
import { REQUIRED } from '../../src/dataset/import/personas.ts';
import { STUDY_TABLES } from '../../src/dataset/tables.ts';
import { PERSONA_COLUMNS } from '../../src/personas/persona.ts';
import { NEEDED, PUBLISHED } from '../../src/personas/sheets/read.ts';
import {
  claimsOf,
  completeTable,
  correctedTables,
  describeTable,
  type TableId,
} from '../../src/report/tables/tables.ts';
import type { StudyTables } from '../../src/studies/analyze.ts';
import { schema } from '../../src/studies/study-file-schema.ts';
import { readMeanings } from './meanings.ts';
import { code, codes, pageOf, tableOf } from './page.ts';
import { keysOf } from './shape.ts';

export function fileFormatsPage(tables: StudyTables): string {
  return pageOf(
    'File formats',
    'the program and scripts/reference/meanings',
    'Files that you write for the program, and files that it writes for you. [Instrument files](instruments.md#an-instrument-file) and the [configuration](configuration.md) have pages of their own.',
    csv(),
    studyFile(),
    personas(),
    sheets(),
    exported(),
    results(tables),
  );
}

function csv(): string {
  return `## CSV

UTF-8, with or without a byte order mark, commas between fields, a header line that names the columns. As PostgreSQL's COPY writes it: a field that holds a comma, a quote or a line break is quoted, a quote in it is doubled; an empty field
without quotes is NULL, \`""\` is the empty text. Read are \`.csv\` and \`.csv.gz\`. Datasets and tables are all read equally strictly: another encoding, another separator, mixed line ends, empty lines and quotes within unquoted fields are
refused with file and line.

The file that a study file names under \`personas.file\` is more freely read: its encoding (UTF-8, UTF-16, or that of Excel) and its separator (comma, semicolon, tab or vertical bar) are recognised, and may be given as \`personas.encoding\` and \`personas.separator\`.`;
}

/** The settings of an administration have a page of their own. */
function isSetting(path: string): boolean {
  const [block, name = ''] = path.split(/\.|\[\]/);
  return block === 'administration' && Object.hasOwn(administration.shape, name);
}

function studyFile(): string {
  const meanings = readMeanings('study-file');
  const keys = keysOf(schema)
    .filter(({ path }) => !isSetting(path))
    .map((key) => [
      code(key.path),
      key.type,
      key.required ? 'yes' : (key.default ?? ''),
      meanings.of(key.path),
    ]);
  meanings.done();
  return `## Study file

YAML, for \`personas pipeline\`. [data/studies/demo.yaml](../../data/studies/demo.yaml) is an example with comments. An unknown key is refused with its line. While a study runs, \`limits\` and \`output\` may
change, and nothing else: a changed study wants a schema of its own.

${tableOf(['key', 'value', 'required, or default', 'what it is'], keys)}

The smallest one:

<!-- file: small.yaml -->
\`\`\`yaml
name: small
models: [sim-gpt4o]
conditions: [Base, max_N]
max_personas: 10
questionnaires: [epqra, { questionnaire: bigfive, conditions: [Base] }]
\`\`\`

\`\`\`sh
npx personas pipeline small.yaml --dry-run
\`\`\`

### Conditions of your own

\`drive\` says what the sheets are set to before personas are written from them. Its keys are ids of scales or items of the instrument that the sheets are answers to; what it does not name keeps the answers of the person.

${tableOf(
  ['value', 'of a scale', 'of an item'],
  [
    [
      '`max`, `min`',
      'every item gets the answer that counts most, or least, on the scale: on a reversed item the lowest answer counts most',
      'the answer that scores most, or least',
    ],
    [
      '`keyed`, `unkeyed`',
      'every item gets the answer that its key names, or another one',
      'the same',
    ],
    ['a number', 'the points that every item is to count on the scale', 'the answer itself'],
  ],
)}

All items below a scale are set, through the scales that it is made of. An item that two parts of a condition set to different answers is refused by name, as is what the instrument does not have. With sheets of the Mini-IPIP:

\`\`\`yaml
reference: { name: students, file: students.csv, questionnaire: miniipip, ethics_note: "public data, CC0" }
conditions:
  - Base
  - { name: MaxO, drive: { O: max } }
  - { name: QuietN, label: "Calm, and quiet at parties", drive: { N: 2, "16": 5 } }
\`\`\``;
}

function personas(): string {
  return `## Personas (CSV)

For \`personas import --table personas FILE.csv\`. Columns are those of the table [\`personas\`](schema.md#personas), in any order; ${codes(REQUIRED)} must be there and filled. Left out, \`id\` is given anew, \`repetitions\` is 1,
\`word_count_description\` is counted. A word that stands for a missing value, such as \`NA\`, \`null\` or \`-\`, is refused where a value must be; so is every text that holds U+FFFD, the sign for a character that was lost. Texts longer than their column are cut there and kept whole in [\`persona_texts\`](schema.md#persona_texts). All columns:
${codes([...PERSONA_COLUMNS.keys()])}.

<!-- file: personas.csv -->
\`\`\`csv
model,population,name,age,description
sim-gpt4o,mine,Ana,34,"I like company, and I worry a lot."
sim-gpt4o,mine,Ben,51,"I keep to myself. Little upsets me."
\`\`\`

\`\`\`sh
npx personas init-db
npx personas import --table personas personas.csv
\`\`\``;
}

function sheets(): string {
  return `## Answer sheets (CSV)

For \`personas seed-ref-pop --from FILE.csv\` and \`reference.file\` of a study file: answers of real persons to the EPQR-A, or to the instrument that \`--questionnaire\` or \`--instrument\` names (in a study file \`reference.questionnaire\` or \`reference.instrument\`). Either of two shapes, told apart by the header:

- a line for each answer: ${codes(NEEDED)}, of which \`question_number\` is the number of an item or its id; other columns of the published table (${codes(PUBLISHED.filter((name) => !NEEDED.includes(name)))}) may be there, \`category\` and \`key\` must then agree with the instrument;
- a line for each person: a column for each item (its id, or its number as \`1\` or \`q1\`), and \`personality_id\`, without which persons are numbered from 1.

Answers are the labels or the numbers of the instrument's options in any letter case, for Yes/No items also True/False, 1/0 or T/F; where an item asks for a number, that number. Each person answers every item once. An answer may be missing (an empty field, or \`NA\`) where the instrument can do without it: every scale of the item tolerates missing
answers, the item is optional, or its block is asked only after certain answers. Items that ask for a text are not read, so nobody's own words are sent to a vendor.`;
}

function exported(): string {
  return `## Exports

\`personas export FOLDER\` writes one file for each table of the study, all as they were at one moment, and \`dataset.json\`. \`--format\` is ${codes(TABLE_FORMATS)}, or, for the wide files alone, \`sav\` (SPSS) or \`dta\` (Stata); CSV files import again to the same rows with \`personas import FOLDER\`. The folder must be new or empty, or hold an earlier export.
In the order in which they are imported: ${codes(STUDY_TABLES.map((name) => `${name}.csv`))}. Their columns are those of the [schema](schema.md).

In CSV, booleans are \`t\` and \`f\`, NULL is an empty field. In JSON lines every row is an object, NULL is \`null\`. In Parquet:

${tableOf(
  ['column holds', 'Parquet type'],
  Object.entries(PARQUET).map(
    ([type, { type: physical, converted_type: converted, logical_type: logical }]) => [
      type,
      code(
        logical?.type === 'TIMESTAMP'
          ? `${physical} (TIMESTAMP, ${logical.unit}, isAdjustedToUTC ${logical.isAdjustedToUTC})`
          : converted === undefined
            ? String(physical)
            : `${physical} (${converted})`,
      ),
    ],
  ),
)}

\`dataset.json\` holds \`schema\`, \`exported_at\`, \`program\`, \`format\`, \`data_origin\` (of the answers: \`model\`, \`simulated\`, \`imported\`, \`mixed\` or null), \`notes\` (what the origin means for whoever uses the rows), \`model_labels\` (what tables call each model, by its short name) and \`files\` (\`file\`, \`table\`, \`rows\`).

An export in CSV also has \`read_study.R\` and \`read_study.py\`, which read its files in R and in pandas (2.0 or later), each column as its type. In R, whole numbers of more than 15 digits stay texts, and bytes hexadecimal text.

### Wide answers

With \`--answers-wide\` also \`answers_wide_SLUG\` for each questionnaire: one row for each experiment, in whatever language and form, with these columns, then \`factor_NAME\` for each factor of the administrations, \`persona_NAME\` for each column of one's own that the personas have (as numbers where all its values are numbers; a decimal comma becomes a point), a column for each item by its id (\`item_01\`, \`item_02\`, … for instruments without ids) with the answers, \`ID_r\` with the points of each reversed item, and \`score_SCALE\` for each scale. Missing codes stand as they were given; the codebook names them. Where items were answered with probabilities, each has \`ID_expected\`, \`ID_sd\` and \`ID_entropy\` beside it.

${tableOf(
  ['column', 'type', 'what it is', 'values'],
  ABOUT.map(([name, type, meaning, values]) => [
    code(name),
    type,
    meaning,
    Object.entries(values ?? {})
      .map(([value, label]) => `${code(value)}: ${label}`)
      .join('; '),
  ]),
)}

\`answers_wide_SLUG_codebook.csv\`, always CSV, has a row for each of the columns: ${codes(CODEBOOK)}. \`values\` is a JSON object of codes and their labels, \`missing\` a list of the codes that score nothing, \`weights\` an object of scales and weights (of an item on its scales, of the parts of a scale), \`norms\` a list of the norms of a scale; each may be empty; \`minimum\` and \`maximum\` bound the answers. \`answers_wide_SLUG_codebook.json\` has the same as data, with the texts and labels of every language, and title, citation and licence of the questionnaire.

With \`--persona-columns\` also \`persona_NAME\` for what is known of the personas: the columns of the table [\`personas\`](schema.md#personas) from \`name\` to \`word_count_description\` in which any of them has a value.

In \`.sav\` and \`.dta\` files the codebook has the names that the columns have there. Texts with few values are numbers with labels, and an item or score without a value has a code that says why: in SPSS user-missing values from -991 (${ABSENCES.map((one) => `\`${one}\``).join(', ')}), in Stata \`.a\` to \`.g\` in the same order. Where answers or scores could be as low as that, the codes begin below -999,999,990; the codebook in JSON has them. Where a text has more than 32,767 bytes, SPSS files have its beginning, and the export says of which columns. In Stata files, a column with a text of more than 2,045 bytes is a \`strL\`, which has texts of any length.

### Long answers

With \`--answers-long\` also \`answers_long_SLUG\` beside each wide file: one row for each item of each experiment, whether it was answered or not. Its columns are ${codes(LONG_ABOUT)} of the wide file, \`factor_NAME\` and \`persona_NAME\` (but no description), and:

${tableOf(
  ['column', 'type', 'what it is', 'values'],
  longColumnsOf(NOTHING, true)
    .filter(({ name }) => !LONG_ABOUT.includes(name))
    .map(({ name, type, description, values }) => [
      code(name),
      type,
      description,
      values.map(([value, label]) => `${code(String(value))}: ${label}`).join('; '),
    ]),
)}

\`answer_text\` is there where an item asks for a text, and \`expected\`, \`sd\` and \`entropy\` where items were answered with probabilities. Texts, keys, weights and labels of the items are in the codebook of the wide file, by \`item\`; the long file has a codebook of its own columns.`;
}

/** A questionnaire without anything of its own. */
const NOTHING = shapeOf({
  ...{ slug: '', wordings: [], items: [], scales: [], factors: [], personaColumns: [] },
  ...{ personaFields: [], hasProbabilities: true, hasStates: true },
});
const LONG_ABOUT = longColumnsOf(NOTHING, true)
  .map(({ name }) => name)
  .filter((name) => ABOUT.some(([known]) => known === name));

/**
 * Tables that the sample has no rows for: all of its items are on scales, nothing was refused,
 * there is one way of asking, and no people answered.
 */
function otherTables(study: StudyTables['study']): readonly Table[] {
  const first = study.answered[0]!;
  const { questionnaire, administrations } = first;
  const tableOf = (id: TableId, answered: StudyTables['study']['answered']) =>
    correctedTables({ ...study, answered }, { ids: [id] });
  const person = { language: null, subgroup: null, weight: null };
  const width = questionnaire.items.length;
  const numbers = {
    scales: [],
    items: questionnaire.items.map((item) => ({ ...item, isNumber: true })),
  };
  const people: HumanSample = {
    ...{ name: 'people', instrument: questionnaire.slug, people: [person, person], width },
    answers: new Float64Array(2 * width).fill(1),
  };
  return [
    ...correctedTables({ ...study, humans: [people] }, { ids: ['H1', 'H2'] }),
    ...tableOf('B1', [{ ...first, questionnaire: { ...questionnaire, scales: [] } }]),
    ...tableOf('B3', [{ ...first, questionnaire: { ...questionnaire, ...numbers } }]),
    ...tableOf('C2', [
      {
        ...first,
        administrations: administrations.map((one) => ({
          ...one,
          ending: 'refused',
        })),
      },
    ]),
    ...tableOf('S1', [
      first,
      { ...first, questionnaire: { ...questionnaire, label: `${questionnaire.label} (again)` } },
    ]),
  ];
}

function results({ study, published, corrected }: StudyTables): string {
  const meanings = readMeanings('results');
  const shown = otherTables(study);
  const complete = [
    published,
    corrected.map((table) => shown.find((one) => one.table === table.table) ?? table),
  ].map((tables) => tables.map((table) => completeTable(table)));
  const [first = [], second = []] = complete;
  const keys = (table: Table | undefined) => [
    ...new Set((table?.rows ?? []).flatMap((row) => Object.keys(row))),
  ];
  const all = [...new Set(complete.flat().flatMap(keys))].sort();
  const page = `## Results

\`personas analyze\`, \`pipeline\` and \`reproduce\` write into \`results/SCHEMA\`, or where \`--out\` says:

- \`report.html\`: everything on one page, which needs nothing else;
- \`figures/NAME.svg\`: its figures;
- \`tables/published/tableN.json\` and \`tables/corrected/tableN.json\`, each with twins in \`.csv\`, \`.md\` and \`.tex\`.

A JSON file is one object:

${tableOf(
  ['key', 'what it is'],
  [
    ['`table`', codes(second.map(({ table }) => table))],
    [
      '`mode`',
      "`published`: as the study's published code computes it, known flaws included; `corrected`: as it should be",
    ],
    [
      '`data_origin`',
      '`model`, `imported`, `mixed` or `simulated`; simulated rows are never in one table with others, and are no evidence',
    ],
    ['`rows`', 'the rows, in full precision; what does not exist is null'],
  ],
)}

The CSV twin has the same rows, with a column \`data_origin\` where they are simulated. Keys of the rows:

${tableOf(
  ['table', 'shows', 'claims that may be planned', 'published', 'corrected'],
  second.map((table) => [
    table.table,
    TITLES[table.table] ?? describeTable(table).title,
    codes(claimsOf(table.table).map(({ name }) => name)),
    codes(keys(first.find((one) => one.table === table.table))),
    codes(keys(table)),
  ]),
)}

${tableOf(
  ['key', 'what it is'],
  all.map((key) => [code(key), meanings.of(key)]),
)}`;
  meanings.done();
  return page;
}

/** Titles that name the models of the rows at hand say too much here. */
const TITLES: Readonly<Record<string, string>> = {
  1: 'Demographics of personas of GPT-4o and GPT-3.5',
  2: 'Demographics of personas of Llama3.2-3B and Llama3.1-70B',
  3: 'Demographics of personas of Claude-3.5-s and of models that are not in the study',
};
