import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPersonas } from '../support/cli.ts';
import { EPQRA, people, personaCsv, temporaryFolder } from '../support/study.ts';

describe('what the command line says to wrong input', () => {
  const folder = temporaryFolder();
  afterAll(() => folder[Symbol.dispose]());

  const personas = (...args: string[]) => runPersonas(args, { cwd: folder.path, env: { HOME: folder.path } });
  const write = (name: string, text: string) => {
    const file = path.join(folder.path, name);
    writeFileSync(file, text);
    return file;
  };

  beforeAll(async () => {
    expect(await personas('init-db')).toMatchObject({ code: 0 });
    expect(await personas('import', '--table', 'personas', write('p.csv', personaCsv(people('p', 2))))).toMatchObject({ code: 0 });
  });

  const REGISTER = ['register-experiments', '--questionnaire', 'epqra', '-m', 'sim-gpt4o', '-p', 'p', '--dry-run'];
  const replaced = (from: string, to: string) => REGISTER.map((word) => (word === from ? to : word));

  test.each<[string, string[], RegExp]>([
    ['unknown model', replaced('sim-gpt4o', 'sim-gpt4'), /"sim-gpt4".*sim-gpt4o/s],
    ['unknown population', [...REGISTER.slice(0, -2), 'q', '--dry-run'], /population "q".*There are: p/s],
    ['unknown questionnaire', replaced('epqra', 'epqrb'), /epqrb.*epqra/s],
    ['unknown group', ['run-experiments', '-g', '77'], /No experiment group 77/],
    ['unknown command', ['run-experiment'], /unknown command.*run-experiments/s],
    ['unknown option', ['run-experiments', '--max-worker', '3'], /unknown option.*--max-workers/s],
    ['negative workers', ['run-experiments', '--max-workers', '-1'], /--max-workers.*whole number from 1 to 2,048/s],
    ['absurd workers', ['run-experiments', '--max-workers', '1e99'], /--max-workers.*whole number from 1 to 2,048/s],
    ['an option of nobody', ['run-experiments', '--no-such-option'], /unknown option '--no-such-option'/],
    ['no workers', ['run-experiments', '--max-workers', '0'], /--max-workers.*whole number from 1 to 2,048/s],
    ['half a worker', ['run-experiments', '--max-workers', '1.5'], /--max-workers.*whole number from 1 to 2,048/s],
    ['an empty batch', ['run-experiments', '--batch-size', '0'], /--batch-size.*whole number from 1 to 2,147,483,647/s],
    ['a batch of no number', ['run-experiments', '--batch-size', 'NaN'], /--batch-size.*whole number from 1 to/s],
    ['a batch beyond counting', ['run-experiments', '--batch-size', '9007199254740993'], /--batch-size.*whole number from 1 to/s],
    ['a batch in hexadecimal', ['run-experiments', '--batch-size', '0x10'], /--batch-size.*whole number from 1 to/s],
    ['a group beyond any id', ['run-experiments', '-g', '99999999999'], /--group-id.*whole number from 1 to 2,147,483,647/s],
    ['a group that is SQL', ['run-experiments', '-g', '1 or 1=1'], /--group-id.*whole number from 1 to/s],
    ['negative budget', ['run-experiments', '--max-cost=-1'], /number above 0/],
    ['no budget', ['run-experiments', '--max-cost', '0'], /number above 0/],
    ['a budget without end', ['run-experiments', '--max-cost', 'Infinity'], /number above 0/],
    ['a budget of no number', ['run-experiments', '--max-cost', 'ten'], /number above 0/],
    ['an outcome of nobody', ['run-experiments', '--retry', 'lazy'], /--retry.*Allowed choices are refused/s],
    ['an order of nobody', ['run-experiments', '--order', 'random'], /--order.*Allowed choices are shuffled, registered/s],
    ['no personas', [...REGISTER, '--max-personas', '0'], /--max-personas.*whole number from 1 to/s],
    ['no repetitions', [...REGISTER, '--max-repetitions=-3'], /--max-repetitions.*whole number from 1 to/s],
    ['a port beyond the last', ['simulate', '--port', '70000'], /--port.*whole number from 1 to 65,535/s],
    ['closing no group', ['groups', 'close'], /missing required argument 'id'/],
    ['closing a group of no number', ['groups', 'close', 'all', '--yes'], /whole number from 1 to/],
    ['a schema that is SQL', ['status', '--schema', 'a"; drop table personas; --'], /schema name .* is no plain identifier/],
    ['a schema that is not set up', ['status', '--schema', 'nowhere'], /nowhere.*init-db --schema nowhere/s],
    [
      'a database that does not answer',
      ['status', '--database', 'postgres://me:secret@127.0.0.1:9/x'],
      /does not answer.*Nothing listens there/s,
    ],
    ['a database of another kind', ['status', '--database', 'mysql://localhost/x'], /neither a postgres:\/\/ URL nor a folder/],
  ])('%s', async (_, args, message) => {
    const result = await personas(...args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n {4}at |secret/);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test.each<[string, string, RegExp]>([
    ['a tab', 'openai:\n\tapi_key: x\n', /line 2/],
    ['an unknown key', 'openai:\n  api_kee: x\n', /line 2: unknown key "openai\.api_kee".*Did you mean "openai\.api_key"/s],
    ['a wrong type', 'pg:\n  host: localhost\n  port: many\n', /line 3: "pg\.port" is wrong/],
  ])('a configuration with %s', async (_, text, message) => {
    const result = await personas('status', '--config', write('config.yaml', text));
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test('a CSV whose quotes break at line 4,000', async () => {
    const lines = personaCsv(people('broken', 4500)).split('\n');
    lines[3999] = lines[3999]!.replace('"I', '"I" I');
    const result = await personas('import', '--table', 'personas', write('broken.csv', lines.join('\n')));
    expect(result.stderr).toMatch(/broken\.csv, line 4000/);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    const after = await personas(...[...REGISTER.slice(0, -2), 'broken', '--dry-run']);
    expect(after.stderr).toMatch(/No persona/);
  });

  test('an instrument with a number twice', async () => {
    const definition = JSON.parse(EPQRA.definition) as { items: { number: number }[] };
    definition.items[4]!.number = 3;
    const file = write('twice.json', JSON.stringify(definition));
    const result = await personas('register-experiments', '--instrument', file, '-m', 'sim-gpt4o', '-p', 'p');
    expect(result.stderr).toMatch(/twice\.json.*\b3\b/s);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test('help is no error', async () => {
    for (const args of [['--help'], ['run-experiments', '--help'], ['help']]) {
      const result = await personas(...args);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('Usage: personas');
    }
  });
});
