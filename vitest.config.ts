import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes begin first, or the run would end with one of them alone on one core. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      moduleId.endsWith('/documents.test.ts') ? 0 : moduleId.includes('/test/e2e/') ? 1 : 2;
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests of processes that are killed wait for what these held, so two cores serve three of them.
    maxWorkers: 3,
    // Modules are loaded once a worker: no test replaces one, and what they keep is safe to share.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
