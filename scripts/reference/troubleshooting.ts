/** The page of errors by code, with the notices and warnings that have no code. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { FAILURE_KINDS } from '../../src/runner/retry-policy.ts';
import { type Meanings, readMeanings } from './meanings.ts';
import { code, pageOf, tableOf } from './page.ts';

interface Topic {
  readonly topic: string;
  readonly about: string;
  readonly errors: Readonly<Record<string, { readonly means: string; readonly do: string }>>;
}

const ERRORS = 'scripts/reference/meanings/errors.yaml';

export function troubleshootingPage(): string {
  const topics = readTopics();
  checkCodes(topics);
  const notices = readMeanings('notices');
  const page = pageOf(
    'Troubleshooting',
    'scripts/reference/meanings',
    `An error names what is wrong and where, then what to do. Its last line refers to the entry of its code on this page. In the tables, the sign … stands for a value.`,
    `Where to look first:

- \`personas status --failures\` lists why experiments failed, with the most frequent reasons first.
- \`personas show ID\` shows one experiment with its persona, its prompt, and every call and reply.
- \`personas config show\` prints all settings and where each comes from.
- \`--debug\` adds a stack trace to an error.

The page [exit codes](reference/exit-codes.md) is for scripts.`,
    ...topics.map(describe),
    `## How a command was typed\n\n${usageTable()}`,
    `## When a run stops or continues\n\n${noticesTable('run', notices)}`,
    `## Warnings\n\n${noticesTable('warnings', notices)}`,
    `## Kinds of failures

Every failed attempt has one of these kinds. \`--retry KIND\` runs the experiments whose last attempt failed this way. \`providers.NAME.retry.kinds.KIND\` in the [configuration](reference/configuration.md#providers) sets how often and how long the run tries again.

${kindsTable()}`,
    `## Calls that fail

\`personas status --failures\` and \`personas show ID\` show the reason of a failed call. It is stored in the column \`request_metadata\` of the [calls](reference/schema.md#experiment_request_metadata) and never contains a key.

${noticesTable('calls', notices)}`,
    `## Experiments that cannot be run

The warning is \`experiment … remains pending: …\`. The other experiments are not affected. \`personas status\` lists the reasons.

${noticesTable('pending', notices)}`,
    `## Replies without answers

Every reply is stored, and \`personas show ID\` prints it. Missing answers are never filled in.

${noticesTable('replies', notices)}`,
    `## Findings of an import

These are not errors. \`import\` and \`reproduce\` list them with a number and an example.

${noticesTable('import', notices)}`,
  );
  notices.done();
  return page;
}

function readTopics(): readonly Topic[] {
  return parse(readFileSync(new URL('meanings/errors.yaml', import.meta.url), 'utf8')) as Topic[];
}

/** Every code in the source has one entry, and every entry a code in the source. */
function checkCodes(topics: readonly Topic[]): void {
  const written = topics.flatMap(({ errors }) => Object.keys(errors));
  const used = codesInSource(sourceText());
  const faults = [
    ...[...used]
      .filter((one) => !written.includes(one))
      .map((one) => `no entry for the code ${one}`),
    ...written.filter((one) => !used.has(one)).map((one) => `no error has the code ${one}`),
    ...written
      .filter((one, at) => written.indexOf(one) !== at)
      .map((one) => `two entries for the code ${one}`),
  ];
  if (faults.length > 0) throw new Error(`${ERRORS}:\n${faults.join('\n')}`);
}

/**
 * Codes are written out where an error is made. A hyphen tells them from other things that are
 * called `code`.
 */
export function codesInSource(source: string): ReadonlySet<string> {
  const places = source.matchAll(/\bcode: [^,;{}]*/g);
  return new Set(
    [...places].flatMap(([place]) =>
      [...place.matchAll(/'([a-z]+(?:-[a-z0-9]+)+)'/g)].map((found) => found[1]!),
    ),
  );
}

function describe({ topic, about, errors }: Topic): string {
  const entries = Object.entries(errors).map(
    ([name, entry]) => `### ${name}\n\n${plain(entry.means)}  \n*What to do:* ${plain(entry.do)}`,
  );
  return [`## ${topic}`, about, ...entries].filter((part) => part !== '').join('\n\n');
}

/** Text without HTML or emphasis. */
function plain(text: string): string {
  return text.replaceAll(/[<*]/g, '\\$&');
}

function kindsTable(): string {
  const meanings = readMeanings('failure-kinds');
  const rows = FAILURE_KINDS.map((kind) => [code(kind), meanings.of(kind)]);
  meanings.done();
  return tableOf(['kind', 'what it means and what the run does'], rows);
}

/** Messages of the library that reads command lines. A test causes each of them. */
function usageTable(): string {
  return tableOf(
    ['message', 'meaning'],
    [...readMeanings('usage').entries()].map(([pattern, meaning]) => [code(pattern), meaning]),
  );
}

/** One section of the notices. Each text must still be in the source. */
function noticesTable(section: string, notices: Meanings): string {
  const source = sourceText();
  const rows = [...notices.entries()].filter(([key]) => key.startsWith(`${section}.`));
  return tableOf(
    ['message', 'meaning'],
    rows.map(([key]) => {
      const text = key.slice(section.length + 1);
      const gone = text
        .split('…')
        .find((part) => part.trim().length > 3 && !source.includes(part.trim()));
      if (gone !== undefined)
        throw new Error(
          `scripts/reference/meanings/notices.yaml: no message contains "${gone.trim()}"`,
        );
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
