/**
 * Factors that a study compares and cannot tell apart, since their levels go one to one, and those
 * that it compares between cases only, since something else differs with them in every case.
 */
import type { StudyData } from '../../data.ts';
import type { AnalysisPlan } from '../../plan.ts';
import { chooseFactors, determinesWithin, goTogether, variesWithin } from './chosen.ts';
import { type Factor, type Observations, observe } from './observations.ts';

/** Conditions are made of columns, variants of models, and what calls record nobody decided. */
const isDecided = ({ kind, name }: Factor) =>
  kind !== 'condition' && kind !== 'call' && name !== 'model_variant';

/**
 * "Religion and name cannot be told apart: …", a sentence for each group of such factors of which
 * one is compared; then "No case has two levels of religion with the same age, …".
 */
export function sayConfounded(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly string[] {
  const groups = observe(study).flatMap((observed) => findConfounded(observed, plan));
  const unpaired = observe(study).flatMap((observed) => findUnpaired(observed, plan));
  const distinct = [...new Set(groups.map((names) => names.join('\n')))];
  const confounded = distinct.map((names) => {
    const [first, ...others] = names.split('\n');
    const rest = others.join(' and ');
    return `${first} and ${rest} cannot be told apart: each level of one occurs with a single level of the other, so that a difference between their levels may be due to either. To tell them apart, a level of one must occur with several levels of the other.`;
  });
  return [...confounded, ...new Set(unpaired)];
}

/** A column that nobody compares, such as an age, and that keeps each case from being its own pair. */
function findUnpaired(
  observed: Observations,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly string[] {
  const chosen = chooseFactors(observed, plan);
  const isCompared = (one: Factor) => chosen.some(({ factor }) => factor === one);
  return chosen.flatMap(({ factor, held }) =>
    held
      .filter(
        (other) =>
          other.kind === 'column' &&
          !isCompared(other) &&
          variesWithin(factor, observed.cases) &&
          determinesWithin(other, factor, observed.cases),
      )
      .map(
        ({ name }) =>
          `No case has two levels of ${factor.name} with the same ${name}, so that no case is compared with itself. Give all rows of a case the same ${name}, or leave that column out of the file of personas.`,
      ),
  );
}

/** Names, that of the compared factor first. */
function findConfounded(
  observed: Observations,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly (readonly string[])[] {
  const decided = observed.factors.filter(isDecided);
  const compared = chooseFactors(observed, plan).map(({ factor }) => factor);
  const told = new Set<Factor>();
  return compared.filter(isDecided).flatMap((factor) => {
    if (told.has(factor)) return [];
    const alike = decided.filter(
      (other) =>
        other !== factor &&
        other.levels.length === factor.levels.length &&
        goTogether(factor, other) &&
        occursWith(factor, other),
    );
    for (const one of alike) told.add(one);
    return alike.length === 0 ? [] : [[factor, ...alike].map(({ name }) => name)];
  });
}

/** Whether one is known wherever the other is. */
function occursWith(factor: Factor, other: Factor): boolean {
  return factor.codes.every((code, at) => (code === -1) === (other.codes[at] === -1));
}
