/** What is written on standard output and standard error, in colours where they show them. */
import { visible } from './visible.ts';

// An import evaluates everything that the module exports, which took a fifteenth of `--help`.
const { styleText } = process.getBuiltinModule('node:util');

/** Writes text on standard output, in which nothing but our own colours commands the terminal. */
export function writeOut(text: string): void {
  process.stdout.write(textForTerminal(text));
}

/** The same on standard error. */
export function writeError(text: string): void {
  process.stderr.write(textForTerminal(text));
}

const ESCAPE = '\x1b';
/** Stands for it in our own texts until they are written; null as long as none has colours. */
let ourEscape: string | null = null;

/** What `writeOut` writes. */
export function textForTerminal(text: string): string {
  const shown = visible(text);
  return ourEscape === null ? shown : shown.replaceAll(ourEscape, ESCAPE);
}

type Style = Parameters<typeof styleText>[0];

/**
 * Painted where standard output shows colours: a terminal does, unless NO_COLOR is set or it is
 * dumb; all else only with FORCE_COLOR.
 */
export function paint(style: Style, text: string): string {
  return painted(style, text, process.stdout);
}

/** The same for standard error. */
export function talk(style: Style, text: string): string {
  return painted(style, text, process.stderr);
}

function painted(style: Style, text: string, stream: NodeJS.WriteStream): string {
  const colours = styleText(style, visible(text), { stream });
  if (!colours.includes(ESCAPE)) return colours;
  // Nobody else can have guessed it. Loading what draws it takes as long as showing the help, so
  // that is done only for a terminal with colours.
  ourEscape ??= `<${process.getBuiltinModule('node:crypto').randomUUID()}>`;
  return colours.replaceAll(ESCAPE, ourEscape);
}

/** Columns of the terminal that standard output is; null where it is none. */
export function outputWidth(): number | null {
  return process.stdout.isTTY === true ? process.stdout.columns || null : null;
}

/** Lines of that terminal; null where it is none. */
export function outputHeight(): number | null {
  return process.stdout.isTTY === true ? process.stdout.rows || null : null;
}
