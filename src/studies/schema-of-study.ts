/** Which schema a study file belongs to, without reading what else it names. */
import { parseDocument } from 'yaml';
import { UserError } from '../errors.ts';
import { readTextFile } from '../text-file.ts';

/**
 * @returns null where the file names none, so that the configuration's is meant
 * @throws UserError when the file cannot be read, or is not a study file
 */
export function schemaOfStudy(file: string): string | null {
  const document = parseDocument(readTextFile(file), { prettyErrors: false });
  const study: unknown = document.errors.length > 0 ? null : document.toJS();
  if (typeof study === 'object' && study !== null && 'models' in study) {
    const { schema } = study as { schema?: unknown };
    return typeof schema === 'string' ? schema : null;
  }
  throw new UserError(`${file} is not a study file`, {
    code: 'study-file-invalid',
    hint: 'A study file is YAML and names models and questionnaires. data/studies/demo.yaml is an example.',
  });
}
