/** Who was asked in which group: few combinations, however many administrations there are. */
import type { Administration } from './data.ts';

const found = new WeakMap<object, readonly number[]>();

/**
 * The first administration of each combination of model, population and group, in their order.
 * Every row of every table asks for them.
 */
export function combinationsOf(
  administrations: readonly Administration[],
): readonly Administration[] {
  const firsts = found.get(administrations) ?? firstsOf(administrations);
  found.set(administrations, firsts);
  return firsts.map((at) => administrations[at]!);
}

/**
 * Positions of the first administration of each combination of model, population, group and level.
 * @param codes the level of each administration
 */
export function combinationsWithLevels(
  administrations: readonly Administration[],
  codes: Int32Array,
): readonly number[] {
  const firsts = found.get(codes) ?? firstsOf(administrations, codes);
  found.set(codes, firsts);
  return firsts;
}

function firstsOf(administrations: readonly Administration[], codes?: Int32Array): number[] {
  const firsts: number[] = [];
  const byGroup = new Map<number, number[]>();
  administrations.forEach((one, at) => {
    const isSame = (first: number) => {
      const other = administrations[first]!;
      return (
        one.model.key === other.model.key &&
        one.population.population === other.population.population &&
        codes?.[at] === codes?.[first]
      );
    };
    const ofGroup = byGroup.get(one.groupId);
    if (ofGroup?.some(isSame)) return;
    if (ofGroup === undefined) byGroup.set(one.groupId, [at]);
    else ofGroup.push(at);
    firsts.push(at);
  });
  return firsts;
}
