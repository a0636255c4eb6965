import type { Command } from 'commander';
import { visibleOnOneLine } from '../ui/visible.ts';

/** For the scripts of `personas completion`, and for nobody else. */
export function add(program: Command): void {
  program
    .command('complete', { hidden: true })
    .description('Print the completions of a command line.')
    .argument(
      '[words...]',
      'the command line, without the name of the program; the last word may be empty',
    )
    .action(async (words: string[]) => {
      const text = await answerTo(program, words);
      // A server that does not answer is not waited for.
      process.stdout.write(text, () => process.exit(0));
    });
}

async function answerTo(program: Command, words: readonly string[]): Promise<string> {
  try {
    const { completionOf } = await import('../completion/candidates.ts');
    const completion = await completionOf(program, words);
    if (completion.kind !== 'words') return `${completion.kind}\n`;
    const lines = completion.candidates.map(({ word, about }) => `${word}\t${oneLine(about)}`);
    return `${['words', ...lines].join('\n')}\n`;
  } catch {
    // Whoever pressed a key wants to go on typing: what is wrong with a database or a file is said
    // when it is used.
    return 'words\n';
  }
}

function oneLine(text: string): string {
  return visibleOnOneLine(text).replaceAll(/\s+/g, ' ').trim();
}
