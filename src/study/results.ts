/** What a study came to, in a few numbers, with what the published study found beside what is simulated. */
import { readFileSync } from 'node:fs';
import type { ScaleOverview } from '../experiments/overview-store.ts';

interface PublishedScale {
  readonly mean: number;
  readonly sd: number;
}

interface PublishedFigures {
  readonly models: readonly {
    readonly model: string;
    readonly epqra: Readonly<Record<string, PublishedScale>>;
    readonly bigfive: Readonly<Record<string, PublishedScale>>;
  }[];
}

/** A row of scores. The published figures are null where the study has none for it. */
export interface ScoredScale extends ScaleOverview {
  readonly published: PublishedScale | null;
}

const figures = JSON.parse(readFileSync(new URL('../../data/simulated/published-base.json', import.meta.url), 'utf8')) as PublishedFigures;

/**
 * Puts the published mean and SD (arXiv 2602.03334, Tables 4 and A4) beside the scores of the simulated models under Base. Those were fitted to
 * them, so they agree by construction; other rows get none.
 */
export function besidePublished(scales: readonly ScaleOverview[]): ScoredScale[] {
  return scales.map((row) => ({ ...row, published: row.simulated && row.population === 'Base' ? publishedFor(row) : null }));
}

function publishedFor({ model, questionnaire, scale }: ScaleOverview): PublishedScale | null {
  const found = figures.models.find((one) => model === `${one.model} (simulated)`);
  if (found === undefined || (questionnaire !== 'epqra' && questionnaire !== 'bigfive')) return null;
  return found[questionnaire][scale] ?? null;
}
