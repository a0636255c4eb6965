/** Levels of which nothing is known, since under them no administration brought any answer. */
import { goTogether } from '../analysis/corrected/contrasts/chosen.ts';
import { observe } from '../analysis/corrected/contrasts/observations.ts';
import type { Administration, StudyData } from '../analysis/data.ts';
import type { Ending } from '../analysis/endings.ts';
import { onceFor } from '../analysis/once.ts';
import { formatCount } from '../numbers.ts';
import { formatList } from './tables/format.ts';

interface Level {
  /** "Under religion Muslim", "GPT-4o, under Base" */
  readonly name: string;
  readonly administrations: readonly Administration[];
}

const ENDINGS = [
  ['refused', 'refused'],
  ['truncated', 'truncated'],
  ['unparseable', 'unparseable'],
  ['invalid', 'invalid'],
  ['failed', 'ended by an error'],
] as const satisfies readonly (readonly [Ending, string])[];

/**
 * "Under X nothing was answered: all 16 were refused.", a sentence for each level of a condition, a
 * model, a way of asking or an own column; of levels within one another, for the widest. None where
 * nothing at all was answered, and none of a level that is not through.
 */
export const sayUnanswered = onceFor((study: StudyData): readonly string[] => {
  const all = study.answered.flatMap(({ administrations }) => administrations);
  if (!all.some(({ ending }) => ending === 'answered')) return [];
  const told = new Set<Administration>();
  return levelsOf(study)
    .filter(({ administrations }) =>
      administrations.every(({ ending }) => ending !== 'answered' && ending !== 'pending'),
    )
    .toSorted((one, other) => other.administrations.length - one.administrations.length)
    .flatMap(({ name, administrations }) => {
      if (administrations.every((one) => told.has(one))) return [];
      for (const one of administrations) told.add(one);
      return [`${name} nothing was answered: ${sayEndings(administrations)}.`];
    });
});

/** Over all questionnaires; of several models also those of each. */
function levelsOf(study: StudyData): readonly Level[] {
  const levels = new Map<string, Administration[]>();
  const add = (name: string, one: Administration) => {
    const own = levels.get(name);
    if (own === undefined) levels.set(name, [one]);
    else own.push(one);
  };
  for (const { factors, administrations, cases } of observe(study)) {
    const hasModels = factors.some(({ kind }) => kind === 'model');
    for (const factor of factors) {
      const { name, kind, levels: labels, codes } = factor;
      // A number or a text that each case has for itself is no level of anything.
      const isOfCases = kind === 'column' && goTogether(factor, { codes: cases });
      if (kind === 'call' || isOfCases) continue;
      administrations.forEach((one, at) => {
        const label = labels[codes[at]!]?.label;
        if (label === undefined) return;
        const under = kind === 'condition' || kind === 'model' ? label : `${name} ${label}`;
        add(kind === 'model' ? `By ${label}` : `Under ${under}`, one);
        if (hasModels && kind !== 'model') add(`Under ${under} (${one.model.label})`, one);
      });
    }
  }
  return Array.from(levels, ([name, administrations]) => ({ name, administrations }));
}

/** "all 16 were refused", "of 16, 10 were refused and 6 were unparseable" */
function sayEndings(administrations: readonly Administration[]): string {
  const n = administrations.length;
  const were = (count: number) => (count === 1 ? 'was' : 'were');
  const found = ENDINGS.flatMap(([ending, word]) => {
    const count = administrations.filter((one) => one.ending === ending).length;
    return count === 0 ? [] : [{ count, word }];
  });
  const [only] = found;
  if (found.length === 1)
    return n === 1
      ? `the only administration was ${only!.word}`
      : `all ${formatCount(n)} were ${only!.word}`;
  return `of ${formatCount(n)}, ${formatList(found.map(({ count, word }) => `${formatCount(count)} ${were(count)} ${word}`))}`;
}
