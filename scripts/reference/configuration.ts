/** Sections and keys of the configuration, from the schema that checks it. */
import { SHARED_VARIABLES } from '../../src/config/load.ts';
import { fileSchema } from '../../src/config/schema.ts';
import { entrySchema } from '../../src/models/catalogue.ts';
import { type Meanings, readMeanings } from './meanings.ts';
import { code, pageOf, tableOf } from './page.ts';
import { type Key, keysOf } from './shape.ts';

/** Kinds of failures share their keys; they are told once. */
const KINDS = 'providers.NAME.retry.kinds';
const ONE_KIND = `${KINDS}.server.`;

export function configurationPage(): string {
  const meanings = readMeanings('configuration');
  const all = [
    ...keysOf(fileSchema),
    ...keysOf(entrySchema).map((key) => ({ ...key, path: `models.NAME.${key.path}` })),
  ];
  const kinds = all.filter(
    ({ path }) =>
      path.startsWith(`${KINDS}.`) && path.split('.').length === KINDS.split('.').length + 1,
  );
  const keys = all.flatMap((key) => {
    if (key.path === KINDS || !key.path.startsWith(`${KINDS}.`)) return [key];
    return key.path.startsWith(ONE_KIND)
      ? [{ ...key, path: key.path.replace(ONE_KIND, `${KINDS}.KIND.`) }]
      : [];
  });
  const sections = Object.keys(fileSchema.shape);
  const page = pageOf(
    'Configuration',
    'the schema in src/config/schema.ts',
    `A file named \`.yaml\` in the working folder, or the one that \`--config FILE\` names. Everything in it is optional, and so is the file. A flag of the command line wins over the
environment, the environment over the file, the file over the default. In keys hyphens and underscores are alike. \`personas config show\` prints what is in force and where each value came from, secrets
masked. An unknown key or a wrong value is an error that names the line.`,
    '## Environment',
    `Every key has a variable: \`PERSONAS_\`, the section, two underscores, the key, in capitals; deeper keys with two underscores each. \`pg.port\` is \`PERSONAS_PG__PORT\`,
\`providers.ollama.timeout_s\` is \`PERSONAS_PROVIDERS__OLLAMA__TIMEOUT_S\` (a hyphen in a name becomes an underscore). These variables, which other tools share, are understood too:`,
    tableOf(
      ['variable', 'key'],
      SHARED_VARIABLES.map(([variable, path]) => [code(variable), code(path.join('.'))]),
    ),
    "Where both are set, the `PERSONAS_` one wins. A variable whose name `api_key_env` of a provider gives is read as that provider's key.",
    ...sections.map((section) => describe(section, keys, meanings)),
    `## Kinds of failures\n\n${meanings.of(KINDS)} \`KIND\` is one of these. \`--retry\` takes them too, and \`failed\` for all calls that brought no reply to read. \`throttled\` never counts as an attempt, so it has neither \`attempts\` nor \`same_in_a_row\`.
[Troubleshooting](../troubleshooting.md#calls-that-fail) says what each means.\n\n${kinds.map(({ path }) => code(path.slice(KINDS.length + 1))).join(', ')}`,
    EXAMPLE,
  );
  meanings.done();
  return page;
}

function describe(section: string, keys: readonly Key[], meanings: Meanings): string {
  const own = keys.filter(({ path }) => path.startsWith(`${section}.`));
  return [
    `## ${section}`,
    meanings.of(section),
    tableOf(
      ['key', 'value', 'default', 'variable', 'what it is'],
      own
        .filter(({ type }) => type !== 'section')
        .map((key) => [
          code(key.path.slice(section.length + 1)),
          key.type,
          key.default === null ? '' : code(key.default),
          key.path.includes('[]') ? '' : code(variableOf(key.path)),
          meanings.of(key.path),
        ]),
    ),
  ].join('\n\n');
}

function variableOf(path: string): string {
  return `PERSONAS_${path.split('.').join('__').toUpperCase()}`;
}

const EXAMPLE = `## Example

<!-- file: .yaml -->
\`\`\`yaml
pg:
  url: postgres://me@localhost:5432/studies
schema:
  target_schema: my_study
providers:
  ollama: # any OpenAI-compatible endpoint
    type: openai-compatible
    base_url: http://localhost:11434/v1
    timeout_s: 300
    limits: { requests_per_minute: 60, share: 0.5 }
    retry:
      attempts: 4
      kinds:
        invalid: { attempts: 6 }
models:
  llama-local: # now known to --model
    provider: ollama
    model_id: llama3.1:8b
    label: Llama 3.1 8B (local)
    parameters: { temperature: 1.0, max_tokens: 1000 }
    price: { input_per_mtok: 0, output_per_mtok: 0, date: 2026-11-01 }
\`\`\`

\`\`\`sh
npx personas config show
npx personas models
\`\`\``;
