/**
 * Runs the notebooks of `examples/` from start to end, and stores them with what they show. The
 * notebooks themselves are the source.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { executed, findNbconvert, NOTEBOOKS } from './notebooks/jupyter.ts';

const found = findNbconvert();
if ('missing' in found) throw new Error(found.missing);
for (const file of NOTEBOOKS) {
  writeFileSync(file, await executed(found.nbconvert, file));
  console.log(`${path.basename(file)} is up to date.`);
}
