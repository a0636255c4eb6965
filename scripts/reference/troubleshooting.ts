/** Every message that the program may end or warn with: what it means, and what the program says to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { FAILURE_KINDS } from '../../src/runner/retry-policy.ts';
import { type Meanings, readMeanings } from './meanings.ts';
import { gatherMessages, type Message } from './messages.ts';
import { code, codes, pageOf, tableOf } from './page.ts';

interface Topic {
  readonly title: string;
  readonly about: string;
  /** Of the source, whose messages belong here; the longest that fits decides. */
  readonly places: readonly string[];
  /** The kind of message that belongs here; errors, warnings and values of options where it is left out. */
  readonly kind?: 'call' | 'reason';
}

const TOPICS: readonly Topic[] = [
  {
    title: 'Calls that fail',
    about:
      'The reason of a failed call stands in `personas status --failures`, in `personas show ID`, and in the column `request_metadata` of the [calls](reference/schema.md#experiment_request_metadata). Keys are never in it.',
    kind: 'call',
    places: [''],
  },
  {
    title: 'Experiments that cannot be run',
    about:
      'Said as `Warning: experiment … is left pending: …`. Such experiments stay pending and never stand in the way of others. `personas status` lists the reasons.',
    kind: 'reason',
    places: ['experiments/', 'personas/generation.ts'],
  },
  {
    title: 'Replies that are no answers',
    about: 'The reply is kept whatever becomes of it: `personas show ID` prints it. What is not in a reply is never invented.',
    kind: 'reason',
    places: [''],
  },
  { title: 'Command line', about: 'Options and arguments are listed in [commands](reference/commands.md).', places: ['cli/'] },
  {
    title: 'Configuration',
    about: 'All keys are in [configuration](reference/configuration.md); `personas config show` prints what is in force.',
    places: ['config.ts'],
  },
  {
    title: 'Models, keys and providers',
    about: '`personas models` lists the models, `personas config show` says which keys are there, without showing them.',
    places: ['providers/'],
  },
  { title: 'Database', about: 'Which database is meant is the first line of `personas config show`.', places: ['database/'] },
  {
    title: 'Importing and exporting',
    about: 'An import is all or nothing: after an error the schema is as it was.',
    places: ['dataset/', 'text-file.ts', 'cli/commands/import.ts', 'cli/commands/export.ts', 'cli/commands/reproduce.ts'],
  },
  {
    title: 'Instruments',
    about: 'The format is told in [instruments](reference/instruments.md#an-instrument-file).',
    places: ['instruments/', 'cli/instrument.ts'],
  },
  {
    title: 'Personas and answer sheets',
    about: '',
    places: ['personas/', 'cli/commands/seed-ref-pop.ts', 'cli/commands/generate-', 'cli/commands/demographics.ts', 'cli/generating.ts'],
  },
  {
    title: 'Registering experiments',
    about: 'Registering is all or nothing.',
    places: ['experiments/register', 'experiments/registration', 'cli/registration.ts', 'cli/commands/run-evals.ts'],
  },
  {
    title: 'Running',
    about: 'Whatever ends a run, what is done stays done, and the same command goes on with what is left.',
    places: ['asking/', 'experiments/', 'study/pilot.ts', 'study/worker.ts', 'cli/commands/budget.ts', 'cli/pilot.ts', 'cli/running.ts'],
  },
  { title: 'Study files', about: 'All keys are in [file formats](reference/file-formats.md#study-file).', places: ['study/'] },
  { title: 'Library', about: 'Errors of functions that programs and notebooks call.', places: ['library/', 'index.ts'] },
  { title: 'Analysis and results', about: '', places: ['tables/', 'report/', 'cli/results.ts'] },
];

function topicOf({ file, kind }: Message): Topic {
  const ofKind = TOPICS.filter((topic) => topic.kind === (kind === 'call' || kind === 'reason' ? kind : undefined));
  const fits = ofKind.flatMap((topic) => topic.places.filter((place) => file.startsWith(place)).map((place) => ({ topic, place })));
  const best = fits.toSorted((a, b) => b.place.length - a.place.length)[0];
  if (best === undefined) throw new Error(`scripts/reference/troubleshooting.ts has no topic for messages of src/${file}`);
  return best.topic;
}

export function troubleshootingPage(): string {
  const meanings = readMeanings('messages');
  const notices = readMeanings('notices');
  const messages = merge(gatherMessages());
  const sections = TOPICS.map((topic) =>
    describe(
      topic,
      messages.filter((message) => topicOf(message) === topic),
      meanings,
    ),
  );
  const page = pageOf(
    'Troubleshooting',
    'the messages in the source and scripts/reference/meanings',
    `Every error and warning of the program, by topic. An error is two lines, what is wrong and where, then what to do; here the second stands after *Do*. The sign … stands for what is filled in, which may be
nothing. Search this page for a few words of the message that do not depend on your data.`,
    `Where to look first:

- \`personas status --failures\` says which experiments failed, and why, most frequent reasons first.
- \`personas show ID\` shows one experiment with persona, prompt, every call and every reply.
- \`personas config show\` says which settings are in force and where each comes from.
- \`--debug\` adds to an error where in the program it came from.

What a command ends with for scripts is in [exit codes](reference/exit-codes.md).`,
    `## When a run ends or goes on\n\n${noticesTable('run', notices)}`,
    `## Kinds of failures

Every failed attempt has one of these kinds. \`--retry KIND\` runs again what last ended so, \`providers.NAME.retry.kinds.KIND\` in the [configuration](reference/configuration.md#providers) says how patiently it is met.

${kindsTable()}`,
    ...sections,
    `## How a command was typed\n\n${usageTable()}`,
    `## What an import finds

None of these is an error. \`import\` and \`reproduce\` list them with a number and an example.

${noticesTable('import', notices)}`,
  );
  meanings.done();
  notices.done();
  return page;
}

/** One for each pattern, with everything that is said of it anywhere. */
function merge(messages: readonly Message[]): Message[] {
  return [...Map.groupBy(messages, ({ pattern }) => pattern).values()].map((same) => ({
    ...same[0]!,
    hints: [...new Set(same.flatMap(({ hints }) => hints))],
    details: [...new Set(same.flatMap(({ details }) => details))],
  }));
}

function describe({ title, about }: Topic, messages: readonly Message[], meanings: Meanings): string {
  if (messages.length === 0) return '';
  const isPlain = messages.every(({ hints, details }) => hints.length === 0 && details.length === 0);
  const body = isPlain
    ? tableOf(
        ['message', 'means'],
        messages.map(({ pattern }) => [code(pattern), meanings.of(pattern)]),
      )
    : messages.map((message) => entry(message, meanings.of(message.pattern))).join('\n\n');
  return [`## ${title}`, about, body].filter((part) => part !== '').join('\n\n');
}

function entry({ kind, pattern, hints, details }: Message, meaning: string): string {
  const lines = [`**${code(kind === 'warning' ? `Warning: ${pattern}` : pattern)}**`, meaning];
  if (details.length > 0) lines.push(`What is filled in may be: ${codes(details)}.`);
  if (hints.length === 1) lines.push(`*Do:* ${plain(hints[0]!)}`);
  const several = hints.length > 1 ? `\n\n*Do,* as the case may be:\n\n${hints.map((hint) => `- ${plain(hint)}`).join('\n')}` : '';
  return `${lines.join('  \n')}${several}`;
}

/** Text in which nothing is taken for HTML or emphasis. */
function plain(text: string): string {
  return text.replaceAll(/[<*]/g, '\\$&');
}

function kindsTable(): string {
  const meanings = readMeanings('failure-kinds');
  const rows = FAILURE_KINDS.map((kind) => [code(kind), meanings.of(kind)]);
  meanings.done();
  return tableOf(['kind', 'what it is, and what becomes of it'], rows);
}

/** Messages of the library that reads command lines; a test makes each of them happen. */
function usageTable(): string {
  return tableOf(
    ['message', 'means'],
    [...readMeanings('usage').entries()].map(([pattern, meaning]) => [code(pattern), meaning]),
  );
}

/** Things said that are no errors, each of which must still be in the source. */
function noticesTable(section: string, notices: Meanings): string {
  const source = sourceText();
  const rows = [...notices.entries()].filter(([key]) => key.startsWith(`${section}.`));
  return tableOf(
    ['what is said', 'means'],
    rows.map(([key]) => {
      const text = key.slice(section.length + 1);
      const gone = text.split('…').find((part) => part.trim().length > 3 && !source.includes(part.trim()));
      if (gone !== undefined) throw new Error(`scripts/reference/meanings/notices.yaml: nothing says "${gone.trim()}" any more`);
      return [plain(text), notices.of(key)];
    }),
  );
}

function sourceText(): string {
  const source = new URL('../../src/', import.meta.url);
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, source), 'utf8'))
    .join('\n');
}
