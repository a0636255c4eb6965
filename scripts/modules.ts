/**
 * The modules of `src`, in the order in which data flows, and what each may import. Biome's import
 * rules (biome.modules.json) and the list in CONTRIBUTING.md are generated from this table: `npm
 * run docs` writes both.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Module {
  /** Folders, or files, of `src`. */
  readonly paths: readonly string[];
  /** Further modules that this one may import; it may always import `BASICS`. */
  readonly imports: readonly string[] | 'nothing' | 'every module above it';
  readonly purpose: string;
}

/** Files that every module may import. */
const BASICS = [
  'defined.ts',
  'errors.ts',
  'json-fault.ts',
  'numbers.ts',
  'package-info.ts',
  'secret-urls.ts',
  'server-url.ts',
  'shorten.ts',
  'suggest.ts',
  'text-file.ts',
  'zod-messages.ts',
];

export const MODULES: readonly Module[] = [
  {
    paths: BASICS,
    imports: 'nothing',
    purpose:
      'expected failures; the clock; texts, addresses and files as they are read and shown; suggestions',
  },
  {
    paths: ['statistics'],
    imports: 'nothing',
    purpose: 'numbers in, numbers out: estimates, intervals, tests',
  },
  {
    paths: ['config'],
    imports: [],
    purpose:
      'flag, environment, file, default: every setting with its origin; the only reader of the environment',
  },
  {
    paths: ['instruments'],
    imports: [],
    purpose:
      "questionnaires, prompts and scoring (pure); `instruments/reply`: a completion's text into answers or a rejection",
  },
  {
    paths: ['db'],
    imports: ['config', 'instruments'],
    purpose:
      'connecting, the schema and its migrations; `db/embedded`: the embedded server, its lock and its read-only server',
  },
  { paths: ['simulator'], imports: [], purpose: 'the simulated model and its server' },
  {
    paths: ['providers'],
    imports: ['config', 'simulator'],
    purpose:
      'one adapter for each protocol: a request goes out, a completion or an error comes back; no waiting, no retries',
  },
  {
    paths: ['models'],
    imports: ['providers'],
    purpose: 'the model catalogue, request parameters and cost',
  },
  {
    paths: ['runner'],
    imports: ['config', 'db', 'providers', 'models'],
    purpose:
      'a task until it is done: the run loop, the layers of a call, retries, slots; `rate`, `budget`, `journal`, `workers`',
  },
  {
    paths: ['administration'],
    imports: ['instruments', 'statistics'],
    purpose:
      'how a questionnaire is administered: settings, the order of items and answers, the calls of an administration',
  },
  { paths: ['git-sha.ts'], imports: [], purpose: "the commit of the study's folder" },
  {
    paths: ['personas'],
    imports: ['config', 'db', 'instruments', 'providers', 'models', 'runner'],
    purpose: 'persona rows; `sheets`, `generation`, `demographics`',
  },
  {
    paths: ['experiments'],
    imports: [
      'administration',
      'config',
      'db',
      'instruments',
      'providers',
      'models',
      'runner',
      'personas',
    ],
    purpose:
      'registering, preparing and running administrations; `status`: what the database knows about them',
  },
  {
    paths: ['dataset'],
    imports: ['config', 'db', 'instruments', 'models', 'personas'],
    purpose: 'whole datasets: `import`, `export`, `csv`',
  },
  {
    paths: ['analysis'],
    imports: ['administration', 'db', 'instruments', 'statistics', 'personas'],
    purpose: 'a study as arrays; `published` and `corrected` tables; provenance and data quality',
  },
  {
    paths: ['report'],
    imports: ['db', 'instruments', 'statistics', 'personas', 'dataset', 'analysis'],
    purpose: 'numbers into text: `tables`, `figures`, `page`',
  },
  {
    paths: ['studies'],
    imports: 'every module above it',
    purpose: 'study file, pipeline, pilot, analysis, reproduction, worker',
  },
  {
    paths: ['evidence'],
    imports: 'every module above it',
    purpose: 'studies for others: the bundle and its archive',
  },
  {
    paths: ['view'],
    imports: 'every module above it',
    purpose:
      'the pages of `personas view`: lists, single administrations, the local server; `*store.ts`: what they read',
  },
  {
    paths: ['api', 'index.ts'],
    imports: 'every module above it',
    purpose: "what `import … from 'personality-trap'` offers",
  },
  {
    paths: ['cli'],
    imports: 'every module above it',
    purpose:
      'the command: `commands` (one short file for each), `ui`, `shared`, `completion`, `doctor`',
  },
];

/** Biome's override for each module: the import patterns that it forbids. */
function biomeOverrides(): readonly unknown[] {
  return MODULES.flatMap(({ paths, imports }, position) => {
    const allowed =
      imports === 'every module above it'
        ? MODULES.slice(0, position).flatMap((one) => one.paths)
        : imports === 'nothing'
          ? []
          : [...BASICS, ...imports];
    const forbidden = MODULES.flatMap((one) => one.paths).filter(
      (path) => !allowed.includes(path) && !paths.includes(path),
    );
    if (forbidden.length === 0) return [];
    const message = `${paths.join(', ')} may import only: ${allowed.length === 0 ? 'nothing of src' : allowed.join(', ')}.`;
    return [
      {
        includes: [
          ...paths.map((path) => (path.endsWith('.ts') ? `src/${path}` : `src/${path}/**`)),
          '!**/*.test.ts',
        ],
        linter: {
          rules: {
            style: {
              noRestrictedImports: {
                level: 'error',
                options: {
                  patterns: [{ group: forbidden.flatMap(patternsOf), message }],
                },
              },
            },
          },
        },
      },
    ];
  });
}

/** A file of `src` itself is imported from at most three folders below. */
function patternsOf(path: string): readonly string[] {
  return path.endsWith('.ts')
    ? [`../${path}`, `../../${path}`, `../../../${path}`]
    : [`../**/${path}/**`];
}

/** The generated file keeps the form in which it is written. */
const AS_WRITTEN = { includes: ['biome.modules.json'], formatter: { enabled: false } };

const BEGIN = '<!-- modules: written by "npm run docs" -->';
const END = '<!-- end of modules -->';

function moduleList(): string {
  const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const line = ({ paths, imports, purpose }: Module) => {
    const allowed =
      typeof imports === 'string'
        ? imports
        : imports.length === 0
          ? 'only the first line'
          : quoted(imports);
    return `- ${quoted(paths)}: ${purpose}. Imports: ${paths === BASICS ? 'nothing' : allowed}.`;
  };
  return MODULES.map(line).join('\n');
}

function read(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');
}

/**
 * biome.modules.json and CONTRIBUTING.md as they follow from the table, by their path in the
 * repository.
 */
export function generatedFiles(): ReadonlyMap<string, string> {
  const contributing = read('CONTRIBUTING.md');
  const [before, rest] = contributing.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`CONTRIBUTING.md has no place for the modules: ${BEGIN} … ${END}`);
  return new Map([
    [
      'biome.modules.json',
      `${JSON.stringify({ overrides: [AS_WRITTEN, ...biomeOverrides()] }, null, 2)}\n`,
    ],
    ['CONTRIBUTING.md', `${before}${BEGIN}\n\n${moduleList()}\n\n${END}${after}`],
  ]);
}
