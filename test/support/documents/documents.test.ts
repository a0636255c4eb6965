/** The tests of documents can fail: what they read, and what they find wrong. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { readPage } from './markdown.ts';
import { carryOut, orderOf, runs } from './script.ts';
import { commandsOf } from './shell.ts';
import { faultOf } from './usage.ts';

describe('a page', () => {
  const page = readPage(`# Own \`data\`, and more!

See [there](other.md#a-part "title") and \`[no](link)\`, ![picture](p.svg).

<!-- file: a.yaml -->
\`\`\`yaml
a: 1
\`\`\`

1. Then:
   <!-- not run: needs a key -->
   \`\`\`sh
   npx personas models
   \`\`\`

<!-- of something else -->
Text.

\`\`\`sh
true
\`\`\`

## Again
## Again
`);

  test('has blocks with their remarks', () => {
    expect(
      page.blocks.map((block) => [
        block.language,
        block.text,
        block.line,
        orderOf(block),
        runs(block),
      ]),
    ).toEqual([
      ['yaml', 'a: 1\n', 6, { file: 'a.yaml' }, false],
      ['sh', 'npx personas models\n', 12, { notRun: 'needs a key' }, false],
      ['sh', 'true\n', 19, {}, true],
    ]);
  });

  test('has links, code and anchors', () => {
    expect(page.links.map(({ text }) => text)).toEqual(['other.md#a-part', 'p.svg']);
    expect(page.spans.map(({ text }) => text)).toEqual(['data', '[no](link)']);
    expect([...page.anchors]).toEqual(['own-data-and-more', 'again', 'again-1']);
  });
});

test('shell as words', () => {
  const script = `# a comment
FOO=1 npx personas show 1 \\
  --json | head -n 3 && echo "it's $(personas models --json)" > out.txt 2>&1
cat > a.txt <<'EOF'
npx personas nonsense
EOF
for m in a b; do personas status --schema "$m"; done`;
  expect(commandsOf(script)).toEqual([
    ['npx', 'personas', 'show', '1', '--json'],
    ['head', '-n', '3'],
    ['personas', 'models', '--json'],
    ['echo', "it's $(personas models --json)"],
    ['cat'],
    ['for', 'm', 'in', 'a', 'b'],
    ['personas', 'status', '--schema', '$m'],
    ['done'],
  ]);
});

test.each<[string, RegExp | null]>([
  ['npx personas run-experiments -g 1 --retry refused invalid --max-cost=3', null],
  ['npx personas run-experiment', /no command "run-experiment"/],
  ['personas run-experiments --max-costs 3', /no option --max-costs/],
  ['node bin/personas.js show ID --schema demo', null],
  ['personas models 1 2', /takes 0 arguments/],
  ['personas groups close 3 --yes', null],
  ['npm start -- --fresh', null],
  ['npm start -- --stale', /no option --stale/],
  ['npm run no-such-script', /no script "no-such-script"/],
  ['personas', null],
  ['personas --version', null],
  ['git personas --nonsense', null],
])('%s', (command, fault) => {
  const found = faultOf(command.split(' '));
  if (fault === null) expect(found).toBeNull();
  else expect(found).toMatch(fault);
});

describe('a page as a script', () => {
  const elsewhere = { url: 'http://127.0.0.1:9', openaiBaseUrl: 'http://127.0.0.1:9/v1' };
  const run = async (...blocks: readonly string[]) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'personas-document-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const failure = await carryOut(readPage(blocks.join('\n')), {
      folder,
      simulator: elsewhere,
      postgres: inject('postgres'),
    });
    return {
      failure,
      read: (name: string) => readFileSync(path.join(folder, 'work', name), 'utf8'),
    };
  };
  const sh = (...lines: readonly string[]) => ['```sh', ...lines, '```'].join('\n');

  test('is carried out in its order, in one shell', async () => {
    const { failure, read } = await run(
      '<!-- file: kept/a.csv -->\n```csv\na,b\n```',
      sh('export OPENAI_API_KEY=sk-…', 'SAID=hello', 'sleep 60 &'),
      '<!-- not run: would fail -->',
      sh('false'),
      '<!-- exits with 2 -->',
      sh('npx personas status --schema nowhere', 'echo not reached'),
      sh('echo "$SAID $OPENAI_API_KEY" | cat kept/a.csv - > out.txt'),
    );
    expect(failure).toBeNull();
    expect(read('out.txt')).toBe('a,b\nhello a-key\n');
  });

  test('tells which block failed and what it said', async () => {
    expect((await run(sh('true'), '', sh('echo so far', 'false', 'echo beyond'))).failure).toMatch(
      /line 5 ended with 1.*so far\n$/s,
    );
    expect((await run('<!-- exits with 2 -->', sh('true'))).failure).toMatch(/line 2/);
    expect((await run(sh('npm run check'))).failure).toMatch(/mark the block as not run/);
  });

  test('finds a database of its own where it speaks of one', async () => {
    const { failure, read } = await run(
      sh('npx personas init-db --database "$DATABASE_URL" --json > made.json'),
    );
    expect(failure).toBeNull();
    expect(read('made.json')).toMatch(/documents_/);
  });
});
