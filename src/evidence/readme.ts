/** The page that a bundle begins with, for readers who know nothing of this program. */
import { version } from '../package-info.ts';
import { sayBeyond } from '../report/methods.ts';
import type { StoredInstrument, StoredOrigin } from './bundle-store.ts';
import type { AboutBundle } from './open-bundle.ts';

interface ReadmeOptions {
  readonly about: AboutBundle;
  readonly origin: StoredOrigin;
  readonly instruments: readonly StoredInstrument[];
  /** What the origin of the rows means for whoever uses them. */
  readonly notes: readonly string[];
}

export function renderReadme({ about, origin, instruments, notes }: ReadmeOptions): string {
  const parts = [
    `# ${about.study === null ? `Study in the schema ${about.schema}` : about.study}`,
    `This archive has a whole study in which language models answered psychological questionnaires: what was asked, every reply, every answer, and the tables computed from them. It was written by ${about.program}; the last recorded event of the study is of ${about.as_of}.`,
    sayFreeze(origin),
    ...notes,
    `## What is in it

| path | content |
| --- | --- |
| \`bundle.json\` | version of this layout and of the program, and the hash of the study's design |
| \`manifest.json\` | size and SHA-256 of every other file |
| \`data/\` | every table of the study's database as CSV, requests and replies included (\`call_bytes.csv\`: gzip, as hexadecimal text). \`answers_wide_*.csv\` have one row for each administration and are the place to begin; \`…_codebook.csv\` says what their columns mean |
| \`datapackage.json\` | types of all columns of all CSV files ([Data Package](https://datapackage.org) 2.0) |
| \`instruments/\` | questionnaires with their wording and scoring keys, as they were asked |
| \`prompts/\` | system messages and prompts; \`index.csv\` says which group of administrations had which |
| \`study/\` | study file as it was stored; the frozen design and plan (\`freeze.json\`, \`plan.md\`), if the design was frozen; models with their parameters; \`configuration.json\`: what the configuration file said of these models and their providers, without keys, itself a configuration file of the program |
| \`results/\` | tables as CSV, JSON, Markdown and LaTeX, figures, and \`report.html\` |`,
    `## How to check it

Compare the SHA-256 of the archive with the one that its authors published, in a preregistration or a paper (\`sha256sum FILE.zip\`). Hashes inside an archive show that a file was damaged or changed by accident. They cannot show that somebody changed a reply together with its hash: only a hash published elsewhere can.

With the program (personality-trap ${version} or later, for Node.js):

\`\`\`sh
personas verify FILE.zip
personas replay FILE.zip
\`\`\`

\`verify\` compares all replies, requests, answers and scores; \`replay\` reads the answers from the replies again and computes the tables again. Neither needs a network or a key. To work with the data, unpack the archive and run \`personas import FOLDER/data --schema copy\`; or read the CSV files with any program: text is UTF-8, columns are separated by commas, an empty field is a missing value, and \`t\` and \`f\` are true and false.`,
    instruments.length === 0 ? null : sayInstruments(instruments),
    sayPersonalData(origin),
  ];
  return `${parts.filter((part) => part !== null).join('\n\n')}\n`;
}

function sayFreeze({ freeze, beyondFreeze }: StoredOrigin): string | null {
  if (freeze === null) return null;
  const { frozenAt, callsBefore, designSha256 } = freeze;
  return `The design was frozen on ${frozenAt}, ${callsBefore === 0 ? 'before the first call' : `after ${callsBefore} calls had been made`}. Its SHA-256 is \`${designSha256}\`; \`study/plan.md\` is the plan as it was then.${sayBeyond(beyondFreeze)}`;
}

function sayInstruments(instruments: readonly StoredInstrument[]): string {
  const told = new Set(
    instruments.map(({ definition, slug }) => {
      const { title, citation, licence } = JSON.parse(definition) as Readonly<
        Record<string, unknown>
      >;
      const shown = [title ?? slug, citation, licence]
        .filter((part) => typeof part === 'string')
        .map((part) => part.replace(/\.$/, ''));
      return `- ${shown.join('. ')}.`;
    }),
  );
  return `## Questionnaires, and what is allowed with them

The items belong to their authors. Cite them, and do not pass the items on beyond what is said here:

${[...told].join('\n')}`;
}

function sayPersonalData({ referenceOrigin, ethicsNote, hasOwnPersonas }: StoredOrigin): string {
  const said = [
    referenceOrigin === 'imported'
      ? `The reference sheets (\`reference_questionnaires.csv\`, \`sheet_answers.csv\`) were imported and may be answers of people: they are personal data, possibly about health, and need consent or anonymity before they are published.${ethicsNote === null ? '' : ` The authors note: ${ethicsNote}`}`
      : referenceOrigin === 'synthetic'
        ? 'The reference sheets are synthetic; nobody gave these answers.'
        : null,
    hasOwnPersonas
      ? 'Some personas were not written by this program but brought as a file (`personas.csv`, `persona_columns.csv`); if they describe real people, they are personal data.'
      : null,
    'Answers of a model in a role are answers of a model. They say nothing about any person.',
  ];
  return `## Personal data\n\n${said.filter((part) => part !== null).join(' ')}`;
}
