import { expect, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import { freshPlace } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { fuzzSeam } from '../support/seam-fuzz.ts';
import { seedOfTest } from '../support/seed.ts';

test.each(DATABASES)(
  'whatever a provider replies, it is stored, is in the way of nothing else, and holds no answer but its own (%s)',
  async (kind) => {
    const seed = seedOfTest('These replies come');
    await using place = freshPlace(kind);
    await using database = await openMigrated(place);
    const { faults, answered, answerable, noted } = await fuzzSeam(
      database,
      place.folder,
      seed,
      1000,
      250,
    );
    expect(faults).toEqual([]);
    expect(answered).toBeGreaterThanOrEqual(answerable);
    expect(answerable).toBeGreaterThan(100);
    expect(noted).toBeGreaterThan(10);
  },
);
