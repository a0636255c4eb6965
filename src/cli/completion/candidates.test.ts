import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../program.ts';
import { completionOf } from './candidates.ts';

/** @param line after the program's name; what stands behind the last blank is being typed */
async function offered(line: string): Promise<string[]> {
  const completion = await completionOf(await createProgram(), line.split(' '));
  return completion.kind === 'words'
    ? completion.candidates.map((one) => one.word)
    : [completion.kind];
}

describe('what is offered after "personas', () => {
  test.each<[string, string[]]>([
    ['sta', ['status']],
    ['run', ['run-experiments', 'run-evals']],
    ['nothing-like-it', []],
    ['groups ', ['list', 'close', 'help']],
    ['help gro', ['groups']],
    ['help groups cl', ['close']],
    ['status --fa', ['--failures']],
    // A flag that stands there already is of no more use; an option with a value may come again.
    [
      'status --failures --group-id 1 --',
      [
        '--config',
        '--database',
        '--schema',
        '--json',
        '--debug',
        '--group-id',
        '--watch',
        '--help',
      ],
    ],
    ['analyze --mode ', ['published', 'corrected']],
    ['analyze --mode=c', ['--mode=corrected']],
    ['analyze --table A', ['A4', 'A5', 'A6', 'A7']],
    ['analyze --table A4 --table A', ['A5', 'A6', 'A7']],
    ['run-experiments --retry refused ti', ['timeout']],
    ['run-experiments --retry refused --orde', ['--order']],
    ['register-experiments -m gpt4', ['gpt4o', 'gpt4oold', 'gpt4turbo']],
    ['register-experiments -m gpt4o --model=gpt4', ['--model=gpt4oold', '--model=gpt4turbo']],
    ['register-experiments --questionnaire ip', ['ipip50', 'ipipneo120']],
    ['instruments show gad', ['gad7']],
    ['instruments show phq9 --language ', ['en', 'es']],
    ['instruments check ', ['files']],
    ['generate-borderline --condition max', ['max_N', 'max_P', 'max_all']],
    ['export here --format ', ['csv', 'jsonl', 'parquet', 'sav', 'dta']],
    ['import here --table ', ['personas']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['pipeline ', ['files']],
    ['pipeline a.yaml --config ', ['files']],
    ['analyze --out=re', ['folders']],
    ['status --database ', ['folders']],
    ['export ', ['folders']],
    // What nobody can know.
    ['show 1', []],
    ['run-experiments --batch-size ', []],
    ['budget -- --fail', []],
    ['show 1 --jso', ['--json']],
    // A command of its own that another stands for takes that one's options.
    ['groups --js', ['--json']],
  ])('%s"', async (line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  test('"', async () => {
    const words = await offered('');
    expect(words).toEqual(expect.arrayContaining(['demo', 'doctor', 'completion', 'help']));
    expect(words).not.toContain('complete');
  });
});

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

test('every value of an option or argument is offered, left to the shell, or one that nobody can know', async () => {
  const known = new Set<string>();
  const unknown = new Set<string>();
  for (const command of everyCommand(await createProgram())) {
    const path = [];
    for (let one: Command | null = command; one?.parent; one = one.parent) path.unshift(one.name());
    for (const option of command.options.filter((one) => one.required)) {
      const completion = await completionOf(await createProgram(), [
        ...path,
        '--database',
        'memory',
        `${option.long}=`,
      ]);
      const isKnown = completion.kind !== 'words' || completion.candidates.length > 0;
      (isKnown ? known : unknown).add(option.name());
    }
  }
  // Of a database that is not there; numbers; words of one's own.
  expect([...unknown].sort()).toEqual([
    'attempts-from',
    'attempts-to',
    'batch-size',
    'citation',
    'column',
    'components',
    'cost-from',
    'cost-to',
    'drive',
    'equivalence-bound',
    'ethics-note',
    'experiment-description',
    'experiment-group-id',
    'factor',
    'group-id',
    'icc',
    'items-per-call',
    'latency',
    'licence',
    'limit',
    'max-calls',
    'max-cost',
    'max-personas',
    'max-repetitions',
    'max-reply-tokens',
    'max-tokens',
    'max-workers',
    'missing',
    'ms-from',
    'ms-to',
    'name',
    'noise',
    'options',
    'parameter',
    'person-bound',
    'persona',
    'pilot',
    'population',
    'port',
    'power',
    'reason',
    'reasoning-effort',
    'ref-population',
    'reliability',
    'repetitions',
    'retest',
    'run-id',
    'scale',
    'schema',
    'score-from',
    'score-to',
    'sd',
    'seed',
    'shares',
    'since',
    'slug',
    'start-repetitions',
    'stop-after',
    'temperature',
    'tests',
    'text',
    'title',
    'tokens-from',
    'tokens-to',
    'top-p',
    'until',
  ]);
  expect(known.size).toBeGreaterThan(10);
});
