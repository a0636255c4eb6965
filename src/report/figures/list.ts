/** All figures of an analysis, made without a browser. */
import { finish } from './canvas.ts';
import { planMeans, planRobustness } from './contrasts.ts';
import { planCorrelations } from './correlations.ts';
import { planDemographics } from './demographics.ts';
import { planDistributions } from './distributions.ts';
import { planFidelity } from './fidelity.ts';
import type { Figure } from './figure.ts';
import { planReliability } from './reliability.ts';
import { type FigureSource, type LinkTo, settingOf } from './setting.ts';
import { planVarianceComponents } from './variance-components.ts';

/** In the order of the report. None where there is nothing to show. */
export function figures(analysis: FigureSource, linkTo: LinkTo | null = null): readonly Figure[] {
  const setting = settingOf(analysis, linkTo);
  const plans = [
    planMeans,
    planRobustness,
    planDemographics,
    planDistributions,
    planFidelity,
    planReliability,
    planVarianceComponents,
    planCorrelations,
  ].flatMap((plan) => plan(setting));
  return plans.map((plan) => finish(plan, setting.simulated, linkTo !== null));
}
