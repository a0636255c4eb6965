/** Fields that files of both formats have. */
import { z } from 'zod';

export const nonEmptyText = z.string().regex(/\S/, 'is empty');

const slug = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]*$/,
    'must consist of lower-case letters, digits and _ and begin with a letter',
  );

const alias = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]*$/,
    'must consist of lower-case letters, digits, _ and - and begin with a letter',
  );

export const languageCode = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/, 'must be a language code such as "en" or "pt-BR"');

/** What an instrument is, whatever it asks. */
export const about = {
  slug,
  aliases: z.array(alias).default([]),
  title: nonEmptyText,
  citation: nonEmptyText,
  licence: nonEmptyText,
  language: languageCode,
};

/** Stands in an imported file for what its author has yet to say. */
export const OPEN = '?';
