import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { open, openMigrated } from '../../src/db/connect.ts';
import { freshPlace, optionsFor, runPersonas, simulatedAt } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { MisbehavingServer, type Respond, refuses, says } from '../support/misbehaving-server.ts';
import { importLines, messagesOf, people, register, sheet } from '../support/study.ts';

describe.each(DATABASES)('a study that is given up in part (%s)', (kind) => {
  test('retries refusals on request only, refuses a budget without a price, and closes groups', async () => {
    await using place = freshPlace(kind);
    {
      await using database = await openMigrated(place);
      await importLines(database, [...people('p', 3), ...people('q', 2)]);
      await register(database, ['p']);
      await register(database, ['q']);
    }
    let respond: Respond = (request) =>
      messagesOf(request).system.includes('person 3 of p') ? refuses() : says(sheet());
    await using server = await MisbehavingServer.start((request, index) => respond(request, index));
    const personas = async (...args: string[]) => {
      const { code, stdout, stderr } = await runPersonas(
        [...args, ...optionsFor(place), '--json'],
        {
          cwd: place.folder,
          env: simulatedAt(server.openaiBaseUrl),
        },
      );
      return { code, result: stdout === '' ? null : (JSON.parse(stdout) as unknown), stderr };
    };
    const run = (...args: string[]) => personas('run-experiments', ...args);

    expect(await run('-g', '1')).toMatchObject({
      code: 1,
      result: {
        succeeded: 2,
        failed: 1,
        remaining: 1,
        failures: [{ outcome: 'refused', count: 1 }],
      },
    });
    expect(await run('-g', '1')).toMatchObject({
      code: 0,
      result: { succeeded: 0, failed: 0, remaining: 1, calls: 0 },
    });
    respond = () => says(sheet());
    expect(await run('--retry', 'refused')).toMatchObject({
      code: 0,
      result: { succeeded: 1, calls: 1, remaining: 2 },
    });

    const config = path.join(place.folder, 'priceless.yaml');
    writeFileSync(config, 'models:\n  sim-gpt4o:\n    price: null\n');
    const refused = await run('--max-cost', '5', '--config', config);
    expect(refused).toMatchObject({ code: 2, result: null });
    expect(refused.stderr).toMatch(/sim-gpt4o has no price.*models\.sim-gpt4o\.price/s);
    expect(server.seen).toHaveLength(4);

    const unasked = await personas('groups', 'close', '2');
    expect(unasked).toMatchObject({ code: 2, result: null });
    expect(unasked.stderr).toMatch(/Close 2 pending experiments of group 2\?.*--yes/s);
    expect(await personas('groups', 'close', '2', '--yes', '--reason', 'no money')).toMatchObject({
      code: 0,
      result: { group: 2, closed: 2 },
    });
    expect(await personas('groups', 'close', '77', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No experiment group 77'),
    });
    expect(await personas('groups')).toMatchObject({
      code: 0,
      result: [
        { groupId: 1, succeeded: 3, pending: 0, closed: 0, processed: true, concluded: true },
        { groupId: 2, succeeded: 0, pending: 0, closed: 2, processed: false, concluded: true },
      ],
    });
    expect(await run()).toMatchObject({ code: 0, result: { calls: 0, remaining: 0 } });
    expect(server.seen).toHaveLength(4);

    await using database = await open(place);
    const closed = await database.db
      .selectFrom('experiments_list')
      .innerJoin(
        'experiment_details',
        'experiment_details.experiment_id',
        'experiments_list.experiment_id',
      )
      .select(['succeeded', 'last_reason'])
      .where('experiments_list.experiments_group_id', '=', 2)
      .execute();
    expect(closed).toEqual([
      { succeeded: false, last_reason: 'no money' },
      { succeeded: false, last_reason: 'no money' },
    ]);
  });
});
