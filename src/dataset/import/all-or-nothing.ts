/** An import takes everything or nothing, and its errors say so. */
import { UserError } from '../../errors.ts';

/** What `work` gives. It adds to an error of the user's that nothing was imported. */
export async function allOrNothing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, code, hint, exitCode } = error;
    const ended = /[.!?]$/.test(message) ? message : `${message}.`;
    throw new UserError(`${ended} Nothing was imported.`, { code, hint, exitCode, cause: error });
  }
}
