/**
 * What people have written about names and messages of the program: YAML files beside this one. A
 * page takes from them what it lists; what is missing there, and what speaks of nothing that there
 * is, is an error.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Meanings {
  /** In one line or a few; empty when nothing is written, which `done` will tell. */
  of(key: string): string;
  /** Everything that is written, in the order of the file. */
  entries(): Iterable<readonly [key: string, meaning: string]>;
  /** @throws Error that lists what has no meaning written, and meanings of nothing */
  done(): void;
}

export function readMeanings(name: string): Meanings {
  const file = `scripts/reference/meanings/${name}.yaml`;
  const written = new Map(
    flatten(parse(readFileSync(new URL(`meanings/${name}.yaml`, import.meta.url), 'utf8'))),
  );
  const asked = new Set<string>();
  return {
    of(key) {
      asked.add(key);
      return written.get(key) ?? '';
    },
    entries: () => written,
    done() {
      const missing = [...asked].filter((key) => !written.has(key));
      const idle = [...written.keys()].filter((key) => !asked.has(key));
      const faults = [
        ...missing.map((key) => `no meaning is written for: ${key}`),
        ...idle.map((key) => `there is no longer: ${key}`),
      ];
      if (faults.length > 0) throw new Error(`${file}:\n${faults.join('\n')}`);
    },
  };
}

/** Keys within keys as `outer.inner`; what is said of the outer one itself stands under `_`. */
function flatten(value: unknown, at = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[at, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, key === '_' ? at : at === '' ? key : `${at}.${key}`),
  );
}
