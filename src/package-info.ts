/** Name and version of this package. */
import { readFileSync } from 'node:fs';

const { name, version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as {
  readonly name: string;
  readonly version: string;
};

export { version };

/** What is noted as having made an export. */
export const PROGRAM = `${name} ${version}`;
