/** Reads a configuration file, and knows the line of each setting. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { messageOf, UserError } from '../errors.ts';
import { readTextFile } from '../text-file.ts';
import { isPlain, mapValues, type Plain } from './values.ts';

/** In the working folder: the visible name, and the name of earlier versions and of the study's code. */
const DEFAULT_FILES = ['personas.yaml', '.yaml'] as const;

export interface FileSettings {
  readonly values: Plain;
  /** Null where there is no file. */
  readonly file: string | null;
  readonly lineOf: (where: readonly (string | number)[]) => number;
}

export function readFile(asked: string | undefined, folder: string): FileSettings {
  const file = path.resolve(folder, asked ?? defaultFile(folder));
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    const { cause } = error as UserError;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    if (asked === undefined && (code === 'ENOENT' || code === 'EISDIR'))
      return { values: {}, file: null, lineOf: () => 0 };
    if (code === undefined) throw error;
    throw new UserError(`The configuration file ${file} cannot be read: ${messageOf(cause)}`, {
      code: 'config-unreadable',
      hint: 'Pass a readable YAML file to --config, or omit the option to use the defaults.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const at = lines.linePos(problem.pos[0]);
    const tab = /tab/i.test(problem.message)
      ? ' YAML is indented with spaces, never with tabs.'
      : '';
    throw new UserError(`${file}, line ${at.line}, column ${at.col}: ${problem.message}`, {
      code: 'config-not-yaml',
      hint: `Correct that line.${tab}`,
    });
  }
  const lineOf = (where: readonly (string | number)[]) => lineOfPath(document, lines, where);
  const raw: unknown = document.toJS() ?? {};
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new UserError(
      `${file}: the file must contain sections such as "openai:" and "pg:", but contains ${Array.isArray(raw) ? 'a list' : typeof raw}`,
      {
        code: 'config-without-sections',
        hint: 'See "personas config show" for the sections and their keys.',
      },
    );
  }
  return { values: normaliseKeys(raw as Plain), file, lineOf };
}

/** @throws UserError where both names are there, since one of them would be ignored */
function defaultFile(folder: string): string {
  const [visible, hidden] = DEFAULT_FILES;
  const isThere = (name: string) =>
    statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
  if (!isThere(visible)) return hidden;
  if (!isThere(hidden)) return visible;
  throw new UserError(`There are two configuration files in ${folder}: ${visible} and ${hidden}`, {
    code: 'config-twice',
    hint: 'Merge them into personas.yaml and remove the other, or choose one with --config.',
  });
}

/**
 * Hyphens and underscores are alike, except in names the user gives (models, providers and what
 * passes through).
 */
export function normaliseKeys(raw: Plain): Plain {
  const under = (key: string) => key.replaceAll('-', '_');
  const each = (value: unknown, change: (inner: Plain) => Plain) =>
    isPlain(value) ? change(value) : value;
  const renamed = (section: Plain): Plain =>
    Object.fromEntries(Object.entries(section).map(([key, value]) => [under(key), value]));
  const renamedThroughout = (section: Plain): Plain =>
    mapValues(renamed(section), (value) => each(value, renamedThroughout));
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => {
      const section = under(key);
      if (section === 'models')
        return [
          section,
          each(value, (models) => mapValues(models, (model) => each(model, renamed))),
        ];
      if (section === 'providers') {
        return [
          section,
          each(value, (providers) =>
            mapValues(providers, (provider) =>
              each(provider, (inner) =>
                mapValues(renamed(inner), (v, k) =>
                  k === 'retry' || k === 'limits' ? each(v, renamedThroughout) : v,
                ),
              ),
            ),
          ),
        ];
      }
      return [section, each(value, renamed)];
    }),
  );
}

function lineOfPath(
  document: Document,
  lines: LineCounter,
  where: readonly (string | number)[],
): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of where) {
    if (!isMap(node)) break;
    const pair = (node as YAMLMap).items.find(
      (item) =>
        isScalar(item.key) &&
        String(item.key.value).replaceAll('-', '_') === String(step).replaceAll('-', '_'),
    );
    if (pair === undefined) break;
    offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
    node = pair.value;
  }
  return lines.linePos(offset).line;
}
