/** The package as users get it: packed, installed in an empty folder, run as a command and imported as a library. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'personas-package-'));
const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const installed = path.join(folder, 'node_modules', 'personality-trap');

beforeAll(() => {
  // The build has been made by the test command; building again would pull it from under the other tests.
  const [packed] = JSON.parse(npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root)) as { filename: string }[];
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', path.join(folder, packed!.filename)], folder);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  test('brings the command', () => {
    const help = execFileSync(process.execPath, [path.join(installed, 'bin', 'personas.js'), '--help'], { encoding: 'utf8' });
    expect(help).toContain('register-experiments');
  });

  test('runs the demo in an empty folder', () => {
    const out = execFileSync(process.execPath, [path.join(installed, 'bin', 'personas.js'), 'demo', '--json'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const result = JSON.parse(out) as { data_origin: string; rows: Record<string, number> };
    expect(result.data_origin).toBe('simulated');
    expect(result.rows).toMatchObject({
      reference_questionnaires: 826 * 24,
      generations: 826 * 3,
      generation_request_metadata: 826 * 3,
      personas: 826 * 3,
      experiments_list: 826 * 3,
      eval_questionnaires: 826 * 3 * 24,
      experiment_request_metadata: 826 * 3,
      call_bytes: 826 * 3,
    });
  });

  test('is a library', () => {
    const script = `import { findInstrument, scoreAnswers } from 'personality-trap';
      const epqra = findInstrument('epqra');
      console.log(JSON.stringify(Object.fromEntries(scoreAnswers(epqra, new Map(epqra.items.map((item) => [item.number, item.key]))))));`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual({ E: 6, N: 6, P: 6, L: 6 });
  });

  test('says which Node it needs on an older one', () => {
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.0' }); await import(${JSON.stringify(pathToFileURL(path.join(installed, 'bin', 'personas.js')).href)});`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stderr).toContain('needs Node.js 22.13 or newer; this is 20.20.0');
    expect(status).toBe(2);
  });
});
