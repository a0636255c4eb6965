/**
 * What may be typed where the cursor stands: commands and options as the program has them, values
 * as the study has them.
 */
import type { Argument, Command, Option } from 'commander';
import { isVisible } from '../ui/visible.ts';
import type { NameKind } from './names-store.ts';
import { commandsOf, optionsOfCommand, type Place, placeOf } from './place.ts';

interface Candidate {
  readonly word: string;
  readonly about: string;
}

export type CompletionList =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** Left to the shell, which knows its files. */
  | { readonly kind: 'files' | 'folders' };

type ValueKind = NameKind | 'models' | 'questionnaires' | 'languages' | 'conditions' | 'tables';

/**
 * What the values of options are, by the options' names. Those that are one of a few say so
 * themselves.
 */
const OPTION_VALUES: Readonly<Record<string, ValueKind>> = {
  model: 'models',
  population: 'populations',
  'group-id': 'groups',
  'experiment-group-id': 'groups',
  schema: 'schemas',
  questionnaire: 'questionnaires',
  language: 'languages',
  condition: 'conditions',
  table: 'tables',
};

/** The same for arguments, by command and name. */
const ARGUMENT_VALUES: Readonly<Record<string, ValueKind>> = {
  'close id': 'groups',
  'drop name': 'schemas',
  'show name': 'questionnaires',
};

/** By what stands in the angle brackets. */
const PATHS: Readonly<Record<string, 'files' | 'folders'>> = {
  file: 'files',
  study: 'files',
  source: 'files',
  folder: 'folders',
  where: 'folders',
};

/** @param words as for `placeOf` */
export async function completionOf(
  program: Command,
  words: readonly string[],
): Promise<CompletionList> {
  const place = placeOf(program, words);
  if (place.kind !== 'value') return wordsOf(place);
  const path = pathKindOf(place.of);
  if (path !== null) return { kind: path };
  const known = await valuesOf(place);
  // No shell takes a control character from a list of lines, and nobody could type an invisible
  // one.
  const candidates = known
    .filter(
      ({ word }) =>
        word.startsWith(place.typed) && !place.already.includes(word) && isVisible(word),
    )
    .map(({ word, about }) => ({ word: `${place.before}${word}`, about }));
  return { kind: 'words', candidates };
}

function wordsOf(place: Exclude<Place, { kind: 'value' }>): CompletionList {
  if (place.kind === 'unknown') return { kind: 'words', candidates: [] };
  const all =
    place.kind === 'command'
      ? commandsOf(place.command).map((one) => ({
          word: one.name(),
          about: one.summary() || one.description(),
        }))
      : optionsOfCommand(place.command)
          .filter((option) => option.required || option.optional || !place.given.has(option))
          .map((option) => ({
            word: option.long ?? option.short ?? '',
            about: option.description,
          }));
  return { kind: 'words', candidates: all.filter(({ word }) => word.startsWith(place.typed)) };
}

function pathKindOf(of: Option | Argument): 'files' | 'folders' | null {
  const bracketed = 'flags' in of ? /[<[]([^>\].]+)/.exec(of.flags)?.[1] : of.name();
  return PATHS[bracketed ?? ''] ?? null;
}

async function valuesOf({
  command,
  of,
  values,
}: Place & { kind: 'value' }): Promise<readonly Candidate[]> {
  if (of.argChoices !== undefined) return of.argChoices.map((word) => ({ word, about: '' }));
  const kind =
    'flags' in of ? OPTION_VALUES[of.name()] : ARGUMENT_VALUES[`${command.name()} ${of.name()}`];
  switch (kind) {
    case undefined:
      return [];
    case 'tables': {
      const { TABLE_IDS } = await import('../../report/tables/tables.ts');
      return TABLE_IDS.map((word) => ({ word, about: `Table ${word}` }));
    }
    case 'conditions': {
      const { CONDITIONS } = await import('../../personas/sheets/conditions.ts');
      return CONDITIONS.map((one) => ({ word: one.name, about: one.label }));
    }
    case 'questionnaires': {
      const { loadBuiltInInstruments } = await import('../../instruments/load.ts');
      return loadBuiltInInstruments().map((one) => ({ word: one.slug, about: one.title }));
    }
    case 'languages': {
      const { loadBuiltInInstruments } = await import('../../instruments/load.ts');
      const all = loadBuiltInInstruments().flatMap((one) => [one.language, ...one.otherLanguages]);
      return [...new Set(all)].sort().map((word) => ({ word, about: '' }));
    }
    case 'models': {
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const config = await configOf(values).catch(() => null);
      return createCatalogue(config?.models)
        .list()
        .map((one) => ({ word: one.name, about: one.label }));
    }
    default: {
      const { namesIn } = await import('./names-store.ts');
      const config = await configOf(values);
      const names = await namesIn(config.database, config.schema, kind);
      return names.map(({ name, about }) => ({ word: name, about: about ?? '' }));
    }
  }
}

async function configOf(values: ReadonlyMap<string, string>) {
  const { loadConfig } = await import('../../config/load.ts');
  return loadConfig({
    config: values.get('config'),
    database: values.get('database'),
    schema: values.get('schema'),
  });
}
