/** Apart from the parser, which commands that read no reply need not load. */

/**
 * Goes up by one with every change of what is read from any reply, in any file of this folder.
 * Stored with each reply, so that what a later version reads otherwise is not taken for a changed
 * answer.
 */
export const PARSER_VERSION = 3;
