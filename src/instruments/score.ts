/** Answers → scores. The one scoring rule of the house; the database view is checked against it. */
import type { Answers, Instrument, Item, Scores } from './instrument.ts';

/**
 * 1 or 0 for agreement with the key where the item has one, else the answer, turned round where it
 * counts reversed.
 */
export function scoreItem(instrument: Instrument, item: Item, answer: number): number {
  if (item.key !== null) return answer === item.key ? 1 : 0;
  const { min, max } = instrument.answers;
  return item.reverse ? min + max - answer : answer;
}

/**
 * Sum or mean (by the instrument's rule) of the item scores of each scale, over the items that were
 * answered; not rounded.
 */
export function scoreAnswers(instrument: Instrument, answers: Answers): Scores {
  const scores = new Map<string, number>();
  for (const scale of instrument.scales) {
    const points = instrument.items.flatMap((item) => {
      const answer = item.scale === scale.id ? answers.get(item.number) : undefined;
      return answer === undefined ? [] : [scoreItem(instrument, item, answer)];
    });
    if (points.length === 0) continue;
    const sum = points.reduce((total, point) => total + point, 0);
    scores.set(scale.id, instrument.scoring === 'mean' ? sum / points.length : sum);
  }
  return scores;
}
