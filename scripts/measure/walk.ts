/** The files that CONTRIBUTING.md names on the way of one experiment, with their lines. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './source.ts';

/** @throws when a file does not exist */
export function walkOfOneExperiment(): { readonly file: string; readonly lines: number }[] {
  const text = readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const section = /## The life of one experiment\n([\s\S]*?)\n## /.exec(text)?.[1] ?? '';
  const files = [
    ...new Set([...section.matchAll(/`(src\/[\w/.-]+\.ts)`/g)].map(([, file]) => file!)),
  ];
  return files.map((file) => {
    const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1;
    return { file, lines };
  });
}
