/** Files that go with an export in CSV and read it in R and in Python, each column as its type. */
import { readFileSync } from 'node:fs';
import { CODEBOOK } from './codebook.ts';
import type { Companion, DescribedFile } from './export.ts';
import type { Column, Format } from './formats.ts';

/** @returns none for a format that knows its types */
export function readersOf(format: Format, program: string, now: Date): readonly Companion[] {
  if (format !== 'csv') return [];
  const made = `Made by ${program} on ${now.toISOString().slice(0, 10)}.`;
  return [
    { name: 'read_study.R', write: (files) => readerInR(tablesOf(files), made) },
    { name: 'read_study.py', write: (files) => readerInPython(tablesOf(files), made) },
  ];
}

type Tables = readonly (readonly [table: string, columns: readonly Column[]])[];

function tablesOf(files: readonly DescribedFile[]): Tables {
  return files.flatMap(({ table, kind, columns }) => [
    [table, columns] as const,
    ...(kind === 'table' ? [] : [[`${table}_codebook`, CODEBOOK_COLUMNS] as const]),
  ]);
}

const CODEBOOK_COLUMNS: readonly Column[] = CODEBOOK.map((name) => ({
  name,
  type:
    name === 'reversed'
      ? 'boolean'
      : name === 'minimum' || name === 'maximum' || name === 'keyed_answer'
        ? 'double'
        : 'string',
}));

function readerInR(tables: Tables, made: string): string {
  const types = tables.map(([table, columns]) => {
    const own = columns.map(({ name, type }) => `    ${quoted(name)} = "${type}"`);
    return `  ${quoted(table)} = c(\n${own.join(',\n')}\n  )`;
  });
  return `# Reads the files of this folder into R, each column as its type. Base R is enough.
#
#   source("FOLDER/read_study.R")
#   study <- read_study()
#   study$personas
#   personas <- read_table("personas")
#
# An empty text is read as a missing value, and a line break of Windows within a text as a plain
# one. ${made}

# The folder of this file, where source() reads it; else the working directory.
here <- local({
  files <- Filter(Negate(is.null), lapply(sys.frames(), function(frame) frame[["ofile"]]))
  file <- if (length(files) > 0) files[[length(files)]] else ""
  if (is.character(file) && file.exists(file)) dirname(normalizePath(file)) else getwd()
})
types <- list(
${types.join(',\n')}
)

${template('r/read_study.R')}`;
}

function readerInPython(tables: Tables, made: string): string {
  const types = tables.map(([table, columns]) => {
    const own = columns.map(({ name, type }) => `        ${quoted(name)}: "${type}",\n`);
    return `    ${quoted(table)}: {\n${own.join('')}    },\n`;
  });
  return `"""
Reads the files of this folder into pandas (2.0 or later), each column as its type.

    import sys
    sys.path.insert(0, "FOLDER")
    from read_study import read_study, read_table
    study = read_study()
    study["personas"]
    personas = read_table("personas")

An empty text is read as a missing value. ${made}
"""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
DTYPES = {"integer": "Int64", "bigint": "Int64", "boolean": "boolean"}
TYPES = {
${types.join('')}}

${template('python/read_study.py')}`;
}

/** JSON's escapes are those of R and Python, too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function template(name: string): string {
  return readFileSync(new URL(`../../../data/${name}`, import.meta.url), 'utf8');
}
