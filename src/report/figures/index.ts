/** The figures of an analysis, made without a browser. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { Analysis } from '../analysis.ts';
import { finish } from './canvas.ts';
import { planCorrelations } from './correlations.ts';
import { planDemographics } from './demographics.ts';
import { planDistributions } from './distributions.ts';
import { planFidelity } from './fidelity.ts';
import type { Figure } from './figure.ts';
import { planReliability } from './reliability.ts';
import { settingOf } from './setting.ts';

const FOLDER = 'figures';

/** In the order of the report. None where there is nothing to show. */
export function figures(analysis: Analysis): readonly Figure[] {
  const setting = settingOf(analysis);
  const plans = [planDemographics, planDistributions, planFidelity, planReliability, planCorrelations].flatMap((plan) => plan(setting));
  return plans.map((plan) => finish(plan, setting.simulated));
}

/**
 * Writes every figure as `figures/ID.svg`.
 * @returns files written, relative to the folder
 * @throws UserError when the folder cannot be written
 */
export function writeFigures(folder: string, analysis: Analysis): string[] {
  return figures(analysis).map(({ id, svg }) => {
    const name = `${FOLDER}/${id}.svg`;
    const file = path.join(folder, name);
    // Under another name first: half a figure must not stand under the right one.
    const draft = `${file}.${process.pid}`;
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(draft, `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`);
      renameSync(draft, file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw new UserError(`${file} cannot be written: ${messageOf(error)}`, {
        hint: 'Everything is in the database; make room, or name another folder with --out, and run "personas analyze".',
        exitCode: 1,
      });
    }
    return name;
  });
}
