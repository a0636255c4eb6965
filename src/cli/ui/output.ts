/** What is written on standard output and standard error, in colours where they show them. */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { visible } from './visible.ts';

/** Writes text on standard output, in which nothing but our own colours commands the terminal. */
export function writeOut(text: string): void {
  process.stdout.write(textForTerminal(text));
}

/** The same on standard error. */
export function writeError(text: string): void {
  process.stderr.write(textForTerminal(text));
}

const ESCAPE = '\x1b';
/** In our own texts until they are written: nobody else can have guessed it. */
const OUR_ESCAPE = `<${randomUUID()}>`;

/** What `writeOut` writes. */
export function textForTerminal(text: string): string {
  return visible(text).replaceAll(OUR_ESCAPE, ESCAPE);
}

type Style = Parameters<typeof styleText>[0];

/**
 * Painted where standard output shows colours: a terminal does, unless NO_COLOR is set or it is
 * dumb; all else only with FORCE_COLOR.
 */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout }).replaceAll(ESCAPE, OUR_ESCAPE);
}

/** The same for standard error. */
export function talk(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr }).replaceAll(ESCAPE, OUR_ESCAPE);
}

/** Columns of the terminal that standard output is; null where it is none. */
export function outputWidth(): number | null {
  return process.stdout.isTTY === true ? process.stdout.columns || null : null;
}

/** Lines of that terminal; null where it is none. */
export function outputHeight(): number | null {
  return process.stdout.isTTY === true ? process.stdout.rows || null : null;
}
