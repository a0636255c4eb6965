/** Which state of the study's own files an experiment was registered from. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @returns the commit of the repository that holds the folder, `-dirty` appended when tracked files
 *   differ from it, or `unknown`
 */
export async function repositorySha(folder: string): Promise<string> {
  try {
    const { stdout: sha } = await run('git', ['rev-parse', 'HEAD'], { cwd: folder });
    const { stdout: changes } = await run(
      'git',
      ['status', '--porcelain', '--untracked-files=no'],
      { cwd: folder },
    );
    return `${sha.trim()}${changes.trim() === '' ? '' : '-dirty'}`;
  } catch {
    // No git, no repository, or one without a commit: nothing can be said.
    return 'unknown';
  }
}
