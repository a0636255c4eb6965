/** Questionnaires as options name them, and as lists show them. */
import { UserError } from '../../errors.ts';
import { nameForm } from '../../instruments/form.ts';
import type { Instrument } from '../../instruments/instrument.ts';

export async function instrumentFrom(options: { readonly questionnaire?: string; readonly instrument?: string }): Promise<Instrument> {
  const { findInstrument, loadInstrument } = await import('../../instruments/load.ts');
  if (options.instrument === undefined) {
    if (options.questionnaire === undefined)
      throw new UserError('No questionnaire is named', {
        code: 'option-missing',
        hint: 'Give --questionnaire epqra (or another), or --instrument FILE.',
      });
    return findInstrument(options.questionnaire);
  }
  const own = loadInstrument(options.instrument);
  if (options.questionnaire !== undefined && options.questionnaire !== own.slug && !own.aliases.includes(options.questionnaire)) {
    throw new UserError(`--questionnaire says "${options.questionnaire}", but ${options.instrument} is "${own.slug}"`, {
      code: 'options-conflict',
      hint: 'Leave --questionnaire out when --instrument is given.',
    });
  }
  return own;
}

/** What a group was given, with the language in brackets where it is not English. */
export function formOf({
  questionnaire,
  language,
}: {
  readonly questionnaire: string | null;
  readonly language: string | null;
}): string | null {
  return questionnaire === null ? null : nameForm({ slug: questionnaire, language: language ?? 'en' });
}
