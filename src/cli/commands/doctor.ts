import type { Command } from 'commander';
import { wrapText } from '../../report/tables/text-width.ts';
import type { CheckResult, Level } from '../doctor/finding.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common } from '../shared/options.ts';
import { outputWidth, paint } from '../ui/output.ts';
import { count, createTerminal, type Terminal } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'Check everything before a run', command: 'personas doctor' },
  { does: 'The same, without calling any provider', command: 'personas doctor --offline' },
];

const PAINT: Readonly<Record<Level, Parameters<typeof paint>[0]>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
};

export function add(program: Command): void {
  examples(common(program.command('doctor')), EXAMPLES)
    .description(
      'Check what a run needs: program, configuration, database, keys, disk, clock. The check changes nothing and is free of charge.',
    )
    .option('--offline', 'do not call providers')
    .action(async (options: CommonOptions & { offline?: boolean }) => {
      const { isDumbTerminal } = await import('../../config/load.ts');
      const terminal = createTerminal(options.json ?? false, isDumbTerminal());
      const findings: CheckResult[] = [];
      for await (const finding of examine(program.version() ?? '', options)) {
        findings.push(finding);
        print(terminal, finding);
      }
      const failed = findings.filter((one) => one.level === 'fail').length;
      const warned = findings.filter((one) => one.level === 'warn').length;
      terminal.printJson({ ok: failed === 0, checks: findings });
      terminal.print(
        failed === 0
          ? `\nNothing failed${warned === 0 ? '.' : `; ${count(warned)} ${warned === 1 ? 'warning' : 'warnings'}.`}`
          : `\n${count(failed)} of ${count(findings.length)} checks failed.`,
      );
      process.exitCode = failed === 0 ? 0 : 1;
    });
}

async function* examine(
  version: string,
  options: CommonOptions & { offline?: boolean },
): AsyncGenerator<CheckResult> {
  const { checkNode } = await import('../doctor/host.ts');
  const { findingOf, ok } = await import('../doctor/finding.ts');
  yield checkNode(process.versions.node);
  yield ok('program', `personality-trap ${version}`);
  const { loadConfig } = await import('../../config/load.ts');
  let config: ReturnType<typeof loadConfig>;
  try {
    config = loadConfig(options);
  } catch (error) {
    // Without a configuration nobody knows which database and which providers are meant.
    yield findingOf('configuration', error);
    return;
  }
  yield ok(
    'configuration',
    config.file === null
      ? 'no file; only environment variables and defaults apply'
      : `${config.file} is valid`,
  );
  const { checkDatabase } = await import('../doctor/database.ts');
  const { findings, pending } = await checkDatabase(config, Date.now);
  yield* findings;
  const { checkProviders } = await import('../doctor/providers.ts');
  yield* await checkProviders(config, pending, options.offline ?? false);
}

const CHECK_WIDTH = 13;
const ARROW = '→ ';
const INDENT = ' '.repeat('fail  '.length + CHECK_WIDTH + 2);

function print(terminal: Terminal, { check, level, fact, advice }: CheckResult): void {
  const width = outputWidth();
  const lines = (text: string) =>
    width === null ? [text] : wrapText(text, Math.max(30, width - INDENT.length - ARROW.length));
  const [first = '', ...rest] = lines(fact);
  terminal.print(`${paint(PAINT[level], level.padEnd(4))}  ${check.padEnd(CHECK_WIDTH)}  ${first}`);
  for (const line of rest) terminal.print(`${INDENT}${line}`);
  if (advice === null) return;
  for (const [at, line] of lines(advice).entries())
    terminal.print(`${INDENT}${at === 0 ? ARROW : ' '.repeat(ARROW.length)}${line}`);
}
