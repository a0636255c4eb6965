/**
 * Running a notebook without anybody looking: Jupyter's nbconvert, with Deno as its kernel. Nothing
 * of this machine gets into the outputs.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'notebooks');
const DENO = path.join(ROOT, 'node_modules', '.bin', 'deno');
const INSTALL_MS = 150_000;

const run = promisify(execFile);

export type Found = { readonly nbconvert: string } | { readonly missing: string };

/**
 * Jupyter's nbconvert as it is on the machine, else in an environment of its own, which is made
 * once with Python's pip.
 */
export function findNbconvert(): Found {
  const own = path.join(CACHE, 'bin', 'jupyter-nbconvert');
  for (const command of ['jupyter-nbconvert', own])
    if (works(command)) return { nbconvert: command };
  try {
    mkdirSync(path.dirname(CACHE), { recursive: true });
    execFileSync('python3', ['-m', 'venv', '--clear', CACHE], {
      stdio: 'pipe',
      timeout: INSTALL_MS,
    });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'nbconvert'];
    execFileSync(path.join(CACHE, 'bin', 'python'), pip, { stdio: 'pipe', timeout: INSTALL_MS });
  } catch (error) {
    rmSync(CACHE, { recursive: true, force: true });
    return {
      missing: `Jupyter's nbconvert is not on this machine and cannot be installed (${String(error).split('\n')[0]})`,
    };
  }
  return works(own) ? { nbconvert: own } : { missing: 'nbconvert was installed and does not run' };
}

function works(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** What runs: the program's own folders, and none of the user's settings and keys. */
function environmentIn(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    DENO_DIR: path.join(folder, 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
    JUPYTER_PATH: folder,
    JUPYTER_DATA_DIR: path.join(folder, 'data'),
    JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
    JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
    PYTHONWARNINGS: 'ignore',
  };
}

async function inScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-notebooks-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs a notebook from start to end, in its own folder.
 * @returns the text of the notebook with its new outputs
 * @throws Error with what the cell said that failed
 */
export function executed(nbconvert: string, file: string): Promise<string> {
  return inScratchFolder(async (folder) => {
    const kernel = path.join(folder, 'kernels', 'deno');
    mkdirSync(kernel, { recursive: true });
    const argv = [DENO, 'jupyter', '--kernel', '--conn', '{connection_file}'];
    writeFileSync(
      path.join(kernel, 'kernel.json'),
      JSON.stringify({ argv, display_name: 'Deno', language: 'typescript' }),
    );
    const options = [
      '--to',
      'notebook',
      '--execute',
      '--ExecutePreprocessor.timeout=120',
      '--ExecutePreprocessor.record_timing=False',
    ];
    const place = { cwd: path.dirname(file), env: environmentIn(folder), maxBuffer: 1 << 26 };
    await run(nbconvert, [...options, '--output-dir', folder, path.basename(file)], place).catch(
      complain,
    );
    return normalised(readFileSync(path.join(folder, path.basename(file)), 'utf8'));
  });
}

/** What it said last, not all that it printed. */
function complain(error: unknown): never {
  const { stderr = '' } = error as { stderr?: string };
  throw new Error(stderr.trim().split('\n').slice(-15).join('\n'), { cause: error });
}

/** The same cells as one script, for machines without Jupyter. What they show is not seen. */
export function executedAsScript(file: string): Promise<void> {
  return inScratchFolder(async (folder) => {
    const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
    const code = cells.flatMap(({ cell_type, source }) =>
      cell_type === 'code' ? [source.join('')] : [],
    );
    // Imports are looked for from where the script is, as from where the notebook is.
    const script = `${file}.${process.pid}.ts`;
    try {
      writeFileSync(script, code.join('\n;\n'));
      const place = { cwd: path.dirname(file), env: environmentIn(folder) };
      await run(DENO, ['run', '--allow-all', '--no-check', '--no-lock', script], place).catch(
        complain,
      );
    } finally {
      rmSync(script, { force: true });
    }
  });
}

export interface Notebook {
  cells: {
    cell_type: 'markdown' | 'code';
    id: string;
    metadata: Record<string, unknown>;
    source: string[];
    execution_count?: number | null;
    outputs?: {
      output_type: string;
      name?: string;
      text?: string | string[];
      data?: Record<string, string | string[]>;
    }[];
  }[];
  metadata: Record<string, unknown>;
}

/**
 * Without what differs from run to run and from machine to machine, so that a notebook changes
 * where its results do.
 */
function normalised(text: string): string {
  const notebook = JSON.parse(text) as Notebook;
  for (const cell of notebook.cells) {
    cell.metadata = {};
    // What one cell says comes in pieces, as chance has it.
    const pieces =
      cell.outputs?.filter(
        (output) => output.output_type === 'stream' && output.name === 'stdout',
      ) ?? [];
    if (pieces.length > 1) {
      pieces[0]!.text = pieces.flatMap((piece) => piece.text ?? []);
      cell.outputs = cell.outputs!.filter(
        (output) => !pieces.includes(output) || output === pieces[0],
      );
    }
  }
  notebook.metadata = {
    kernelspec: { display_name: 'Deno', language: 'typescript', name: 'deno' },
    language_info: { file_extension: '.ts', mimetype: 'text/x.typescript', name: 'typescript' },
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/** The notebooks of the repository. */
export const NOTEBOOKS: readonly string[] = ['questionnaires_evaluation', 'own_instrument'].map(
  (name) => path.join(ROOT, 'examples', `${name}.ipynb`),
);

/**
 * Whether there is something to run: Deno comes with the development dependencies, where it exists
 * for the machine.
 */
export function hasDeno(): boolean {
  return existsSync(DENO);
}
