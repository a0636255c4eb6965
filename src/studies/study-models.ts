/** The models of a study: parameters of their own, and variants of one model. */
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { AdministrationBlock } from '../administration/cells.ts';
import { meantParameter } from '../administration/parameter-names.ts';
import {
  administration as administrationSettings,
  describeSettings,
  modelParameters,
  PUBLISHED_SETTINGS,
} from '../administration/settings.ts';
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import type { model } from './study-file-schema.ts';
import type { StudyModel } from './study-spec.ts';

/** What tables call a model that a study may call otherwise; simulated ones always say so. */
export function labelOf(
  { provider, label }: Pick<ModelEntry, 'provider' | 'label'>,
  own: string | null,
): string {
  const mark = provider === 'simulated' ? ' (simulated)' : '';
  if (own === null) return label;
  return own.endsWith(mark) ? own : `${own}${mark}`;
}

/** @throws UserError where a parameter is also varied by the study */
export function respondentOf(
  given: z.output<typeof model>,
  block: AdministrationBlock,
): Omit<StudyModel, 'variant'> {
  if (typeof given === 'string') return { name: given, label: null, parameters: {} };
  const { model: short, label = null, parameters: named = {}, ...plain } = given;
  requireNames(Object.keys(plain));
  const own = { ...named, ...plain };
  const twice = Object.keys(own).find(
    (one) => one in block || (block.parameters !== undefined && one in block.parameters),
  );
  if (twice !== undefined)
    throw new UserError(`${twice} is set here and under "administration"`, {
      code: 'study-file-invalid',
      hint: 'Set it in one of the two places: under "administration" for all models, or here for this one.',
    });
  const placed = Object.keys(modelParameters);
  const entries = Object.entries(own);
  const further = entries.filter(([key]) => !placed.includes(key));
  const checked = administrationSettings.safeParse({
    ...Object.fromEntries(entries.filter(([key]) => placed.includes(key))),
    ...(further.length === 0 ? {} : { parameters: Object.fromEntries(further) }),
  });
  if (!checked.success) {
    const { path: where, message } = checked.error.issues[0]!;
    throw new UserError(`${where.join('.')}: ${message}`, {
      code: 'study-file-invalid',
      hint: 'A model has the parameters of its provider, and the keys model and label.',
    });
  }
  const { temperature, top_p, max_tokens, reasoning_effort, parameters } = checked.data;
  return {
    name: short,
    label,
    parameters: defined({ temperature, top_p, max_tokens, reasoning_effort, parameters }),
  };
}

/** @throws UserError for a parameter that is nearly called like a known one */
function requireNames(names: readonly string[]): void {
  for (const name of names) {
    const meant = name === 'extra' ? 'parameters' : meantParameter(name, OWN_KEYS);
    if (meant === null) continue;
    throw new UserError(`"${name}" is no known parameter of a model`, {
      code: 'study-file-invalid',
      hint: `Did you mean "${meant}"? A parameter that the provider does call "${name}" goes into the section "parameters", from which everything is sent as it is.`,
    });
  }
}

/** Of an entry of `models`, besides parameters. */
const OWN_KEYS = ['model', 'label', 'parameters'];

/**
 * Names what tells the models of one name apart, each once.
 * @throws UserError where two of them are told apart by nothing, or are called the same
 */
export function tellVariantsApart(
  file: string,
  respondents: readonly Omit<StudyModel, 'variant'>[],
): StudyModel[] {
  const different = respondents.filter(
    (one, at) => !respondents.slice(0, at).some((other) => isDeepStrictEqual(other, one)),
  );
  return different.map((one, at) => {
    const others = different.filter(({ name: other }, place) => other === one.name && place !== at);
    if (others.length === 0) return { ...one, variant: null };
    const variant = variantOf(one);
    const same = others.find(
      (other) =>
        variantOf(other) === variant || isDeepStrictEqual(other.parameters, one.parameters),
    );
    if (same !== undefined)
      throw new UserError(
        `${file}: "models" has ${one.name} twice with the same ${isDeepStrictEqual(same.parameters, one.parameters) ? 'parameters' : 'label'}`,
        {
          code: 'study-file-invalid',
          hint: 'Give each a parameter and a label of its own, or name the model once. "repetitions" asks it again.',
        },
      );
    return { ...one, variant };
  });
}

function variantOf({ label, parameters }: Omit<StudyModel, 'variant'>): string {
  const settings = { ...PUBLISHED_SETTINGS, ...parameters };
  return label ?? (describeSettings(settings) || 'own parameters');
}
