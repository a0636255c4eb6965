/** Questionnaires in options and in lists. */
import { UserError } from '../../errors.ts';
import { nameForm } from '../../instruments/form.ts';
import type { Instrument } from '../../instruments/instrument.ts';

export async function instrumentFrom(options: {
  readonly questionnaire?: string;
  readonly instrument?: string;
  readonly language?: string;
}): Promise<Instrument> {
  const { findInstrument, inLanguage, loadInstrument } = await import('../../instruments/load.ts');
  if (options.instrument === undefined) {
    if (options.questionnaire === undefined)
      throw new UserError('No questionnaire given', {
        code: 'option-missing',
        hint: 'Pass --questionnaire epqra (or another), or --instrument FILE.',
      });
    return inLanguage(findInstrument(options.questionnaire), options.language);
  }
  const own = loadInstrument(options.instrument, options.language);
  if (
    options.questionnaire !== undefined &&
    options.questionnaire !== own.slug &&
    !own.aliases.includes(options.questionnaire)
  ) {
    throw new UserError(
      `--questionnaire is "${options.questionnaire}", but ${options.instrument} has the slug "${own.slug}"`,
      {
        code: 'options-conflict',
        hint: 'Omit --questionnaire when you pass --instrument.',
      },
    );
  }
  return own;
}

/** What a group was given, with the language in brackets where it is not English. */
export function nameGivenForm({
  questionnaire,
  language,
}: {
  readonly questionnaire: string | null;
  readonly language: string | null;
}): string | null {
  return questionnaire === null
    ? null
    : nameForm({ slug: questionnaire, language: language ?? 'en' });
}
