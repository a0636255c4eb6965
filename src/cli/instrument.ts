/** The instrument that `--questionnaire` or `--instrument` names. */
import { UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';

export async function instrumentFrom(options: { readonly questionnaire?: string; readonly instrument?: string }): Promise<Instrument> {
  const { findInstrument, loadInstrument } = await import('../instruments/load.ts');
  if (options.instrument === undefined) {
    if (options.questionnaire === undefined)
      throw new UserError('No questionnaire is named', { hint: 'Give --questionnaire epqra (or another), or --instrument FILE.' });
    return findInstrument(options.questionnaire);
  }
  const own = loadInstrument(options.instrument);
  if (options.questionnaire !== undefined && options.questionnaire !== own.slug && !own.aliases.includes(options.questionnaire)) {
    throw new UserError(`--questionnaire says "${options.questionnaire}", but ${options.instrument} is "${own.slug}"`, {
      hint: 'Leave --questionnaire out when --instrument is given.',
    });
  }
  return own;
}
