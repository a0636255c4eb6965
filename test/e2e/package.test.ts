/**
 * The package as users get it: packed, installed in an empty folder, run as a command and imported
 * as a library. The whole demo is among the commands of README, see `documents.test.ts`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'personas-package-'));
const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const installed = path.join(folder, 'node_modules', 'personality-trap');

/** As strict as a project can be, the declarations of the package included. */
const STRICT = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules', '@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
  },
  include: ['example.ts'],
};

beforeAll(() => {
  // The build has been made by the test command; building again would pull it from under the other
  // tests.
  const [packed] = JSON.parse(
    npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root),
  ) as { filename: string }[];
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module' }),
  );
  npm(
    ['install', '--no-audit', '--no-fund', '--prefer-offline', path.join(folder, packed!.filename)],
    folder,
  );
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  test('brings the command', () => {
    const help = execFileSync(
      process.execPath,
      [path.join(installed, 'bin', 'personas.js'), '--help'],
      { encoding: 'utf8' },
    );
    expect(help).toContain('register-experiments');
  });

  test('runs the demo in an empty folder, as far as a budget of few calls goes', () => {
    const personas = (...args: readonly string[]) =>
      JSON.parse(
        execFileSync(
          process.execPath,
          [path.join(installed, 'bin', 'personas.js'), ...args, '--json'],
          { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
        ),
      ) as unknown;
    personas('init-db', '--schema', 'demo');
    personas('budget', '--schema', 'demo', '--max-calls', '40');
    expect(personas('demo')).toMatchObject({
      data_origin: 'simulated',
      rows: {
        reference_questionnaires: 826 * 24,
        generations: 826 * 3,
        generation_request_metadata: 40,
        personas: 40,
      },
    });
  });

  test('is a library whose every function type-checks in a strict project, and runs', async () => {
    const example = readFileSync(
      new URL('../fixtures/library/example.ts', import.meta.url),
      'utf8',
    );
    const offered = Object.keys(await import('../../src/index.ts'));
    expect(
      offered.filter(
        (one) =>
          !new RegExp(`\\b${one}\\b`).test(
            example.slice(example.indexOf("from 'personality-trap'")),
          ),
      ),
    ).toEqual([]);

    writeFileSync(path.join(folder, 'example.ts'), example);
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(STRICT));
    const { status, stdout } = spawnSync(
      process.execPath,
      [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect(stdout).toBe('');
    expect(status).toBe(0);

    const out = execFileSync(process.execPath, ['example.ts'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual({
      reference: ['synthetic826', true],
      planned: [7, 7],
      plannedExperiments: 14,
      registered: 14,
      toRun: 14,
      pilot: [10, 4],
      run: [4, 0, true],
      own: [1, 1],
      groups: 2,
      experiments: 15,
      personas: 15,
      answers: 14 * 24,
      scores: 14 * 4,
      wide: 14,
      sheets: [826 * 24, 826 * 4],
      shown: ['E', 'L', 'N', 'P'],
      sql: [{ n: 14 * 24 + 1 }],
      table4: 'simulated',
      figures: true,
      // A persona of one's own is among them, which nobody simulated.
      exported: 'simulated',
      back: true,
      score: { Anxiety: 8 },
      instruments: 7,
      refusals: true,
    });
  });

  test('says which Node it needs on an older one', () => {
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.0' }); await import(${JSON.stringify(pathToFileURL(path.join(installed, 'bin', 'personas.js')).href)});`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('needs Node.js 22.13 or newer; this is 20.20.0');
    expect(status).toBe(2);
  });
});
