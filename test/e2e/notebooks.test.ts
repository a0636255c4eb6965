/**
 * The notebooks of `examples/`, run from start to end without anybody looking: by Jupyter with the
 * Deno kernel where nbconvert is or can be installed, else the same cells as one script.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  executed,
  executedAsScript,
  findNbconvert,
  hasDeno,
  NOTEBOOKS,
  type Notebook,
} from '../../scripts/notebooks/jupyter.ts';

const found = findNbconvert();
if ('missing' in found)
  console.warn(
    `The notebooks are run as scripts, and their outputs are not compared: ${found.missing}.`,
  );
if (!hasDeno()) console.warn('The notebooks are not run: there is no Deno for this machine.');

describe.each(NOTEBOOKS.map((file) => [path.basename(file), file] as const))('%s', (_, file) => {
  const stored = readFileSync(file, 'utf8');
  const { cells } = JSON.parse(stored) as Notebook;
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);

  // The kernel loses a message now and then on a machine that has much to do (see
  // `examples/helpers.ts`).
  test.skipIf(!hasDeno() || 'missing' in found)(
    'runs from start to end, and shows what is stored in it',
    { retry: 2 },
    async () => {
      const now = await executed('nbconvert' in found ? found.nbconvert : '', file);
      expect(now === stored, 'run: npm run docs:notebooks').toBe(true);
    },
  );

  test.skipIf(!hasDeno() || !('missing' in found))('runs from start to end as a script', () =>
    executedAsScript(file),
  );

  test('is stored with its outputs, which say nothing of any machine and of no error', () => {
    expect(outputs.length).toBeGreaterThan(5);
    expect(outputs.filter((output) => output.output_type !== 'display_data')).toEqual([]);
    const texts = outputs.flatMap((output) =>
      Object.values(output.data ?? {}).map((text) => [text].flat().join('')),
    );
    for (const text of texts) {
      expect(text).not.toMatch(
        /(?<![\w.])\/(home|root|tmp|Users|usr|var|work)\/|[A-Z]:\\|file:\/\//,
      );
      expect(text).not.toMatch(/\bat .+:\d+:\d+|Error:|undefined|NaN|\[object /);
    }
  });

  test('says what is simulated in its first lines and in every figure', () => {
    expect(cells[0]!.source.join('')).toContain('Everything here is simulated');
    const figures = outputs.flatMap((output) => output.data?.['image/svg+xml'] ?? []).length;
    expect(figures).toBeGreaterThan(0);
    for (const output of outputs) {
      const svg = output.data?.['image/svg+xml'];
      if (svg !== undefined) expect([svg].flat().join('')).toContain('SIMULATED');
    }
  });
});

test('the cells run as a script too', { timeout: 60_000 }, async () => {
  if (hasDeno()) await executedAsScript(NOTEBOOKS[1]!);
});
