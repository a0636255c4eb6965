import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runPersonas } from '../support/cli.ts';
import { EPQRA, people, personaCsv, temporaryFolder } from '../support/study.ts';

describe('the command line', () => {
  const folder = temporaryFolder();
  afterAll(() => folder[Symbol.dispose]());

  const personas = (...args: string[]) =>
    runPersonas(args, { cwd: folder.path, env: { HOME: folder.path } });
  const write = (name: string, text: string) => {
    const file = path.join(folder.path, name);
    writeFileSync(file, text);
    return file;
  };

  beforeAll(async () => {
    expect(await personas('init-db')).toMatchObject({ code: 0 });
    expect(
      await personas('import', '--table', 'personas', write('p.csv', personaCsv(people('p', 2)))),
    ).toMatchObject({ code: 0 });
  });

  const REGISTER = [
    'register-experiments',
    '--questionnaire',
    'epqra',
    '-m',
    'sim-gpt4o',
    '-p',
    'p',
    '--dry-run',
  ];
  const replaced = (from: string, to: string) =>
    REGISTER.map((word) => (word === from ? to : word));

  test.each<[string, string[], RegExp]>([
    ['unknown model', replaced('sim-gpt4o', 'sim-gpt4'), /"sim-gpt4".*sim-gpt4o/s],
    [
      'unknown population',
      [...REGISTER.slice(0, -2), 'q', '--dry-run'],
      /population "q".*Available: p/s,
    ],
    ['unknown questionnaire', replaced('epqra', 'epqrb'), /epqrb.*epqra/s],
    ['unknown group', ['run-experiments', '-g', '77'], /No experiment group 77/],
    ['unknown command', ['run-experiment'], /unknown command.*run-experiments/s],
    ['unknown option', ['run-experiments', '--max-worker', '3'], /unknown option.*--max-workers/s],
    [
      'negative workers',
      ['run-experiments', '--max-workers', '-1'],
      /--max-workers.*whole number from 1 to 2,048/s,
    ],
    [
      'absurd workers',
      ['run-experiments', '--max-workers', '1e99'],
      /--max-workers.*whole number from 1 to 2,048/s,
    ],
    [
      'an option of nobody',
      ['run-experiments', '--no-such-option'],
      /unknown option '--no-such-option'/,
    ],
    [
      'no workers',
      ['run-experiments', '--max-workers', '0'],
      /--max-workers.*whole number from 1 to 2,048/s,
    ],
    [
      'half a worker',
      ['run-experiments', '--max-workers', '1.5'],
      /--max-workers.*whole number from 1 to 2,048/s,
    ],
    [
      'an empty batch',
      ['run-experiments', '--batch-size', '0'],
      /--batch-size.*whole number from 1 to 2,147,483,647/s,
    ],
    [
      'a batch of no number',
      ['run-experiments', '--batch-size', 'NaN'],
      /--batch-size.*whole number from 1 to/s,
    ],
    [
      'a batch beyond counting',
      ['run-experiments', '--batch-size', '9007199254740993'],
      /--batch-size.*whole number from 1 to/s,
    ],
    [
      'a batch in hexadecimal',
      ['run-experiments', '--batch-size', '0x10'],
      /--batch-size.*whole number from 1 to/s,
    ],
    [
      'a group beyond any id',
      ['run-experiments', '-g', '99999999999'],
      /--group-id.*whole number from 1 to 2,147,483,647/s,
    ],
    [
      'a group that is SQL',
      ['run-experiments', '-g', '1 or 1=1'],
      /--group-id.*whole number from 1 to/s,
    ],
    [
      'a command that is mistyped',
      ['regster-experiments'],
      /unknown command.*Did you mean "register-experiments"/s,
    ],
    [
      'a command that is cut short',
      ['generate'],
      /unknown command.*Did you mean "generate-personas"/s,
    ],
    [
      'a command of groups that is mistyped',
      ['groups', 'clse', '1'],
      /Did you mean "groups close"/,
    ],
    ['a command of schemas that is mistyped', ['schemas', 'lst'], /Did you mean "schemas list"/],
    [
      'an option that is mistyped',
      ['status', '--group', '1'],
      /unknown option.*Did you mean "--group-id"/s,
    ],
    [
      'a reason that is mistyped',
      ['run-experiments', '--retry', 'refsed'],
      /--retry.*Did you mean "refused"\? Allowed choices are/s,
    ],
    [
      'a format that is mistyped',
      ['export', 'here', '--format', 'cvs'],
      /--format.*Did you mean "csv"/s,
    ],
    [
      'a mode that is mistyped',
      ['analyze', '--table', '4', '--mode', 'publish'],
      /--mode.*Did you mean "published"/s,
    ],
    [
      'a table that is mistyped',
      ['analyze', '--table', 'A8'],
      /Unknown table "A8".*Did you mean "A\d"\? Tables: 1/s,
    ],
    [
      'a group that is not there',
      ['status', '--group-id', '77'],
      /No experiment group 77.*None exists\..*personas groups/s,
    ],
    [
      'tables of a group that is not there',
      ['analyze', '--table', '4', '--group-id', '77'],
      /No experiment group 77.*None exists\./s,
    ],
    [
      'a schema that is mistyped',
      ['status', '--schema', 'personalty_trap'],
      /Did you mean "personality_trap"/,
    ],
    ['negative budget', ['run-experiments', '--max-cost=-1'], /number above 0/],
    ['no budget', ['run-experiments', '--max-cost', '0'], /number above 0/],
    ['a budget without end', ['run-experiments', '--max-cost', 'Infinity'], /number above 0/],
    ['a budget of no number', ['run-experiments', '--max-cost', 'ten'], /number above 0/],
    [
      'an outcome of nobody',
      ['run-experiments', '--retry', 'lazy'],
      /--retry.*Allowed choices are refused/s,
    ],
    [
      'an order of nobody',
      ['run-experiments', '--order', 'random'],
      /--order.*Allowed choices are shuffled, registered/s,
    ],
    [
      'no personas',
      [...REGISTER, '--max-personas', '0'],
      /--max-personas.*whole number from 1 to/s,
    ],
    [
      'no repetitions',
      [...REGISTER, '--max-repetitions=-3'],
      /--max-repetitions.*whole number from 1 to/s,
    ],
    [
      'a port beyond the last',
      ['simulate', '--port', '70000'],
      /--port.*whole number from 1 to 65,535/s,
    ],
    ['closing no group', ['groups', 'close'], /missing required argument 'id'/],
    ['closing a group of no number', ['groups', 'close', 'all', '--yes'], /whole number from 1 to/],
    [
      'a schema that is SQL',
      ['status', '--schema', 'a"; drop table personas; --'],
      /schema name .* is not a plain identifier/,
    ],
    [
      'a schema that is not set up',
      ['status', '--schema', 'nowhere'],
      /nowhere.*init-db --schema nowhere/s,
    ],
    [
      'a database that does not answer',
      ['status', '--database', 'postgres://me:secret@127.0.0.1:9/x'],
      /does not answer.*No server is listening there/s,
    ],
    [
      'a database of another kind',
      ['status', '--database', 'mysql://localhost/x'],
      /neither a postgres:\/\/ URL nor a folder/,
    ],
    ['a seed of 0', ['seed-ref-pop', '--seed', '0'], /--seed.*whole number from 1 to/s],
    [
      'a name for synthetic sheets',
      ['seed-ref-pop', '--ref-population', 'mine'],
      /apply only to sheets from a file.*--from FILE\.csv/s,
    ],
    [
      'an instrument for synthetic sheets',
      ['seed-ref-pop', '--questionnaire', 'miniipip'],
      /apply only to sheets from a file.*--from FILE\.csv/s,
    ],
    [
      'sheets that are not there',
      ['seed-ref-pop', '--from', 'no-such-sheets.csv'],
      /no-such-sheets\.csv/,
    ],
    ['personas of no model', ['generate-personas'], /No model given.*--model/s],
    [
      'personas of an unknown model',
      ['generate-personas', '-m', 'sim-gpt4'],
      /"sim-gpt4".*sim-gpt4o/s,
    ],
    [
      'personas of an experimental model',
      ['generate-personas', '-m', 'gpt4turbo'],
      /the model gpt4turbo as experimental.*--experimental/s,
    ],
    [
      'personas from no sheets',
      ['generate-personas', '-m', 'sim-gpt4o'],
      /no reference population.*personas seed-ref-pop/s,
    ],
    [
      'no draws',
      ['generate-personas', '-m', 'sim-gpt4o', '--repetitions', '0'],
      /--repetitions.*whole number from 1 to 1,000/s,
    ],
    [
      'draws beyond counting',
      ['generate-personas', '--start-repetitions', '1e9'],
      /--start-repetitions.*whole number from 1 to 1,000/s,
    ],
    [
      'sheets in half',
      ['generate-personas', '--max-personas', '0.5'],
      /--max-personas.*whole number from 1 to/s,
    ],
    ['a budget for personas below 0', ['generate-personas', '--max-cost=-1'], /number above 0/],
    [
      'Base as a borderline condition',
      ['generate-borderline', '--condition', 'base'],
      /Base is not a borderline condition.*generate-personas/s,
    ],
    [
      'an unknown condition',
      ['generate-borderline', '--condition', 'max_M'],
      /Unknown condition "max_M".*Did you mean "max_N"/s,
    ],
    [
      'settings of a condition without its name',
      ['generate-borderline', '-m', 'sim-gpt4o', '--drive', 'E=max'],
      /--drive defines one condition.*--condition MaxO --drive O=max/s,
    ],
    [
      'a setting that sets nothing',
      ['generate-borderline', '-m', 'sim-gpt4o', '--condition', 'MaxE', '--drive', 'E=high'],
      /"E=high" does not say what is set to what/,
    ],
    [
      'an experimental condition',
      ['generate-borderline', '-m', 'sim-gpt4o', '--condition', 'min_L'],
      /the condition min_L as experimental.*--experimental/s,
    ],
    [
      'a vocabulary for nothing',
      ['demographics', '--vocabulary', 'mine.json'],
      /--vocabulary has no effect without --reclean/,
    ],
    [
      'a vocabulary that is not there',
      ['demographics', '--reclean', '--vocabulary', 'nowhere.json'],
      /nowhere\.json cannot be read/,
    ],
    [
      'no unmapped values',
      ['demographics', '--unmapped', '--limit', '0'],
      /--limit.*whole number from 1 to/s,
    ],
    [
      'demographics of a schema that is not set up',
      ['demographics', '--schema', 'nowhere'],
      /init-db --schema nowhere/,
    ],
    ['no study file', ['pipeline'], /missing required argument 'file'/],
    [
      'a study file that is not there',
      ['pipeline', 'nowhere.yaml'],
      /nowhere\.yaml cannot be read/,
    ],
    [
      'absurd workers for a study',
      ['pipeline', 'nowhere.yaml', '--max-workers', '5000'],
      /--max-workers.*whole number from 1 to 2,048/s,
    ],
  ])('%s', async (_, args, message) => {
    const result = await personas(...args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n {4}at |secret/);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test('reports a database that the server does not have', async () => {
    const url = new URL(inject('postgres'));
    url.pathname = '/no_such_database';
    const result = await personas('status', '--database', url.href);
    expect(result.stderr).toMatch(
      /rejects the connection: .*no_such_database.*Create the database first/s,
    );
    expect(result.stderr).toMatch(/\nSee docs\/troubleshooting\.md#connection-refused\n$/);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test.each<[string, string, RegExp]>([
    ['a tab', 'openai:\n\tapi_key: x\n', /line 2/],
    [
      'an unknown key',
      'openai:\n  api_kee: x\n',
      /line 2: unknown key "openai\.api_kee".*Did you mean "openai\.api_key"/s,
    ],
    [
      'a wrong type',
      'pg:\n  host: localhost\n  port: many\n',
      /line 3: "pg\.port" must be a number, without quotes, but is a text/,
    ],
  ])('refuses a configuration with %s', async (_, text, message) => {
    const result = await personas('status', '--config', write('config.yaml', text));
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test.each<[string, string, RegExp]>([
    ['a tab', 'name: a\nlimits:\n\tmax_workers: 1\n', /line 3: .*no tabs/s],
    [
      'an unknown key',
      'name: a\nmodles: [sim-gpt4o]\n',
      /line 2: unknown key "modles".*Did you mean "models"/s,
    ],
    [
      'an unknown model',
      'name: a\nmodels: [sim-gpt4]\nconditions: [Base]\nquestionnaires: [epqra]\n',
      /"sim-gpt4".*sim-gpt4o/s,
    ],
    [
      'an unknown questionnaire',
      'name: a\nmodels: [sim-gpt4o]\nconditions: [Base]\nquestionnaires: [epqrb]\n',
      /epqrb.*epqra/s,
    ],
    [
      'sheets that are not there',
      'name: a\nreference: { name: r, file: no-such.csv }\nmodels: [sim-gpt4o]\nconditions: [Base]\nquestionnaires: [epqra]\n',
      /no-such\.csv/,
    ],
  ])('refuses a study file with %s', async (_, text, message) => {
    const file = write('study.yaml', text);
    for (const args of [
      ['pipeline', file],
      ['pipeline', file, '--dry-run'],
    ]) {
      const result = await personas(...args);
      expect(result.stderr).toMatch(message);
      expect(result.stderr).not.toMatch(/\n {4}at /);
      expect(result).toMatchObject({ code: 2, stdout: '' });
    }
  });

  test.each<[string, string]>([
    ['no JSON', '{ "version": '],
    ['no vocabulary', '{}'],
  ])('refuses a vocabulary that is %s', async (_, text) => {
    const result = await personas(
      'demographics',
      '--reclean',
      '--vocabulary',
      write('vocabulary.json', text),
    );
    expect(result.stderr).toMatch(/vocabulary\.json/);
    expect(result.stderr).not.toMatch(/\n {4}at /);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test('refuses sheets with half the answers', async () => {
    const file = write(
      'sheets.csv',
      'personality_id,question_number,answer\n1,1,true\n1,2,false\n',
    );
    const result = await personas('seed-ref-pop', '--from', file, '--ethics-note', 'made up');
    expect(result.stderr).toMatch(/sheets\.csv/);
    expect(result.stderr).not.toMatch(/\n {4}at /);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test('names the line of a CSV at which its quotes break, and imports nothing of it', async () => {
    const lines = personaCsv(people('broken', 4500)).split('\n');
    lines[3999] = lines[3999]!.replace('"I', '"I" I');
    const result = await personas(
      'import',
      '--table',
      'personas',
      write('broken.csv', lines.join('\n')),
    );
    expect(result.stderr).toMatch(/broken\.csv, line 4000/);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    const after = await personas(...[...REGISTER.slice(0, -2), 'broken', '--dry-run']);
    expect(after.stderr).toMatch(/No persona/);
  });

  test('refuses an instrument with a number twice', async () => {
    const definition = JSON.parse(EPQRA.definition) as { items: { number: number }[] };
    definition.items[4]!.number = 3;
    const file = write('twice.json', JSON.stringify(definition));
    const result = await personas(
      'register-experiments',
      '--instrument',
      file,
      '-m',
      'sim-gpt4o',
      '-p',
      'p',
    );
    expect(result.stderr).toMatch(/twice\.json.*\b3\b/s);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  test('prints help without an error', async () => {
    for (const args of [['--help'], ['run-experiments', '--help'], ['help']]) {
      const result = await personas(...args);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('Usage: personas');
    }
  });
});
