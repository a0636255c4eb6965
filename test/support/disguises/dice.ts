/** Draws that a seed decides. */
import { drawBelow, randomWords } from '../../../src/statistics/random.ts';

export interface Dice {
  /** A whole number of [0, choices). */
  below(choices: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
  shuffle<T>(list: readonly T[]): T[];
}

export function diceOf(seed: number): Dice {
  const words = randomWords(seed);
  const below = (choices: number) => drawBelow(choices, words);
  return {
    below,
    pick: (list) => list[below(list.length)]!,
    chance: (probability) => words() / 2 ** 32 < probability,
    shuffle: (list) => {
      const shuffled = [...list];
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = below(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
  };
}
