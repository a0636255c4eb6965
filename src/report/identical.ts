/** Models whose repetitions are no independent administrations, since all gave the same answers. */
import { observe } from '../analysis/corrected/contrasts/observations.ts';
import { countIdentical } from '../analysis/corrected/contrasts/repetitions.ts';
import type { StudyData } from '../analysis/data.ts';
import { onceFor } from '../analysis/once.ts';
import { formatCount } from '../numbers.ts';
import { formatList } from './tables/format.ts';

export interface IdenticalRepetitions {
  /** Labels of these models. */
  readonly models: ReadonlySet<string>;
  /** "Repetitions gave identical answers throughout: …"; none where none did. */
  readonly sentences: readonly string[];
}

/** A model is among them where not one repetition, in any questionnaire, differs from another. */
export const findIdentical = onceFor((study: StudyData): IdenticalRepetitions => {
  const labels = new Set<string>();
  const found = new Map<string, readonly number[]>();
  for (const observed of observe(study)) {
    const positions = Map.groupBy(
      observed.administrations.keys(),
      (at) => observed.administrations[at]!.model.label,
    );
    for (const [label, own] of positions) {
      labels.add(label);
      const repetitions = new Set(own.map((at) => observed.administrations[at]!.repeated));
      if (repetitions.size > 1)
        found.set(label, [...(found.get(label) ?? []), countIdentical(observed, own)]);
    }
  }
  const alike = [...found].filter(([, counts]) => counts.every((count) => count > 0));
  if (alike.length === 0) return { models: new Set(), sentences: [] };
  const models = alike.map(([label]) => label);
  const n = alike.flatMap(([, counts]) => counts).reduce((sum, count) => sum + count, 0);
  const by = models.length === labels.size ? '' : ` by ${formatList(models)}`;
  const each =
    n === 1
      ? 'the one administration that repeats another has'
      : `each of ${formatCount(n)} administrations that repeat an earlier one has`;
  return {
    models: new Set(models),
    sentences: [
      `Repetitions${by} gave identical answers throughout: ${each} the same answer to every item. They are not independent administrations, as where a seed is fixed, the temperature is 0 or replies come from a cache: a retest correlation of 1.00 says nothing of reliability here, and more repetitions would add nothing.`,
    ],
  };
});
