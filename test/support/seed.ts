/** Seeds of tests that draw what they do. */
import { onTestFailed } from 'vitest';

/** The same in every run, so that a test fails for a change and not by chance. */
const SEED = 20261130;

/**
 * The seed of this test: TEST_SEED, for the same again or for others, else always the same.
 * @param what comes again with it, such as `These kills come`
 */
export function seedOfTest(what: string): number {
  const seed = Number(process.env.TEST_SEED ?? SEED);
  onTestFailed(() => console.error(`${what} again with TEST_SEED=${seed}`));
  return seed;
}
