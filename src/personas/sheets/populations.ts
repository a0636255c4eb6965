/** The names of populations. */
import { UserError } from '../../errors.ts';
import type { Condition } from './conditions.ts';

/**
 * The reference population of the published study (arXiv 2602.03334). Its sheets do not come with
 * this program.
 */
export const PUBLISHED_REFERENCE = 'spain826';

/** The reference population that `createSyntheticSheets` makes. */
export const SYNTHETIC_REFERENCE = 'synthetic826';

/** The published column `population` is a varchar(100), which counts characters. */
const LONGEST_NAME = 100;

/**
 * The population of the personas that `model` writes from the sheets of `reference` under
 * `condition`, named as in the published study: `generated_gpt4o_spain826`,
 * `borderline_maxN_gpt4o`. The published names of borderline populations do not tell the reference;
 * with another reference it is appended (`borderline_maxN_gpt4o_synthetic826`), so that personas
 * from different references never get into one population.
 *
 * @param model short name, e.g. `gpt4o`
 * @param reference name of the reference population
 * @throws UserError when the name is longer than the published column holds, or the reference's is
 *   no plain name
 */
export function namePopulation(condition: Condition, model: string, reference: string): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u.test(reference)) {
    throw new UserError(`Invalid name of a reference population: "${reference}"`, {
      code: 'population-name-invalid',
      hint: `Use only letters, digits, "_", "-" and ".", as in ${SYNTHETIC_REFERENCE}.`,
    });
  }
  const name = join(condition, model, reference);
  const length = [...name].length;
  if (length > LONGEST_NAME) {
    throw new UserError(
      `The population name "${name}" has ${length} characters; the maximum is ${LONGEST_NAME}`,
      {
        code: 'population-name-invalid',
        hint: 'Give the reference population or the model a shorter name.',
      },
    );
  }
  return name;
}

function join({ populationTag }: Condition, model: string, reference: string): string {
  if (populationTag === null) return `generated_${model}_${reference}`;
  return reference === PUBLISHED_REFERENCE
    ? `borderline_${populationTag}_${model}`
    : `borderline_${populationTag}_${model}_${reference}`;
}
