/** Loads instrument files. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { closest } from '../suggest.ts';
import { readTextFile } from '../text-file.ts';
import { askAll } from './asked/asked.ts';
import { composePrompt, frameOf } from './asked/prompt.ts';
import { type Structure, structureOf } from './file/build.ts';
import { readInstrumentFile } from './file/read.ts';
import type { Instrument } from './instrument.ts';

const FOLDER = new URL('../../data/instruments/', import.meta.url);

/** Files of other programs, and tables of items. */
const TO_IMPORT = /\.(?:csv|tsv|qsf|lss)$/i;

let builtIn: readonly Instrument[] | undefined;

/**
 * @param definition the text of an instrument file, as read from disk or from the database
 * @param fileName what to call it in messages
 * @param language a language that the file has a wording in; its own when left out
 * @throws UserError when it is not JSON or not a valid instrument, or lacks the language
 */
export function parseInstrument(
  definition: string,
  fileName: string,
  language?: string,
): Instrument {
  const { draft, otherLanguages } = readInstrumentFile(definition, fileName);
  if (language !== undefined && language !== draft.language) {
    const own = otherLanguages.get(language);
    if (own !== undefined) return parseInstrument(own, fileName);
    const languages = [draft.language, ...otherLanguages.keys()];
    throw new UserError(`${fileName} has no wording in the language "${language}"`, {
      code: 'instrument-language-unknown',
      hint: `It has ${languages.map((one) => `"${one}"`).join(', ')}. Add the wording under "wordings".`,
    });
  }
  const structure = structureOf(draft);
  const asked = askAll(structure);
  return deepFreeze({
    ...structure,
    asked,
    prompt: composePrompt(structure, asked, frameOf(structure, [asked])),
    definition,
    sha256: sha256Of(definition),
    wordingSha256: sha256Of(JSON.stringify(wordingOf(structure))),
    otherLanguages: [...otherLanguages.keys()],
  });
}

function wordingOf({ language, instructions, template, blocks, items }: Structure): unknown {
  return {
    language,
    instructions,
    template,
    blocks: blocks.map((block) => [
      block.instructions,
      block.condition,
      ...block.items.map((number) => {
        const { id, text, answers, quantity, openCharacters } = items[number - 1]!;
        const options = answers?.options.map((one) => [
          one.value,
          one.isLabelled ? one.label : null,
        ]);
        return [id, text, options ?? null, answers?.ask ?? null, quantity, openCharacters];
      }),
    ]),
  };
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * @param language a language that the file has a wording in; its own when left out
 * @throws UserError when the file cannot be read, is not UTF-8 text or is not a valid instrument
 */
export function loadInstrument(path: string, language?: string): Instrument {
  if (TO_IMPORT.test(path))
    throw new UserError(`${path} is not an instrument file`, {
      code: 'instrument-not-imported',
      hint: `Import it first: personas instruments import ${path}`,
    });
  return parseInstrument(readTextFile(path), basename(path), language);
}

/**
 * An instrument in another of its languages.
 * @throws UserError where it has no wording in that language
 */
export function inLanguage(instrument: Instrument, language: string | undefined): Instrument {
  return language === undefined || language === instrument.language
    ? instrument
    : parseInstrument(instrument.definition, instrument.slug, language);
}

/** The instruments that come with the program, by slug. Read once. */
export function loadBuiltInInstruments(): readonly Instrument[] {
  builtIn ??= Object.freeze(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => loadInstrument(fileURLToPath(new URL(name, FOLDER)))),
  );
  return builtIn;
}

/** The built-in instruments, each in all its languages. */
export function builtInWordings(): readonly Instrument[] {
  return loadBuiltInInstruments().flatMap(allWordings);
}

/** An instrument in its own language and in all others that its file has. */
export function allWordings(instrument: Instrument): readonly Instrument[] {
  const { definition, slug, otherLanguages } = instrument;
  return [
    instrument,
    ...otherLanguages.map((language) => parseInstrument(definition, slug, language)),
  ];
}

/**
 * The built-in instruments and the user's own.
 * @throws UserError also when two of them answer to the same name
 */
export function loadInstruments(files: readonly string[]): readonly Instrument[] {
  const instruments = [...loadBuiltInInstruments()];
  for (const file of files) {
    const added = loadInstrument(file);
    for (const name of namesOf(added)) {
      const holder = instruments.find((instrument) => namesOf(instrument).includes(name));
      if (holder === undefined) continue;
      throw new UserError(
        `${basename(file)}: the name "${name}" already belongs to "${holder.title}"`,
        {
          code: 'instrument-name-taken',
          hint: `Give your instrument another slug, for example "${added.slug}_${added.language.toLowerCase().replaceAll('-', '_')}", and aliases that no other instrument has.`,
        },
      );
    }
    instruments.push(added);
  }
  return Object.freeze(instruments);
}

/**
 * @param name slug or alias; letter case does not count
 * @throws UserError that lists the known ones and the nearest
 */
export function findInstrument(
  name: string,
  instruments: readonly Instrument[] = loadBuiltInInstruments(),
): Instrument {
  const found = knownInstrument(name, instruments);
  if (found !== null) return found;
  const wanted = name.trim().toLowerCase();
  const meant = closest(wanted, instruments.flatMap(namesOf));
  const known = instruments.map(({ slug, aliases }) =>
    aliases.length === 0 ? slug : `${slug} (also ${aliases.join(', ')})`,
  );
  throw new UserError(
    `Unknown questionnaire "${name}". Known questionnaires: ${known.join('; ')}.`,
    {
      code: 'questionnaire-unknown',
      hint:
        meant === null
          ? 'Use one of these, or add your own with --instrument FILE.'
          : `Did you mean "${meant}"? Add your own with --instrument FILE.`,
    },
  );
}

/** @returns null where `findInstrument` would throw */
export function knownInstrument(
  name: string,
  instruments: readonly Instrument[] = loadBuiltInInstruments(),
): Instrument | null {
  const wanted = name.trim().toLowerCase();
  return instruments.find((instrument) => namesOf(instrument).includes(wanted)) ?? null;
}

function namesOf({ slug, aliases }: Instrument): readonly string[] {
  return [slug, ...aliases];
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
