/**
 * What a study found, in sentences: first whether it is finished, then what was planned and what the
 * study was made for, what else its tables show, and how many administrations that rests on.
 */
import { sayConfounded } from '../analysis/corrected/contrasts/confounded.ts';
import type { GeneralizabilityRow } from '../analysis/corrected/variance-components.ts';
import { formatCount } from '../numbers.ts';
import { type Analysis, hasSheets } from './analysis.ts';
import {
  type Finding,
  type NameOutcome,
  sentence,
  summariseContrasts,
} from './contrast-summary.ts';
import { flowOf, sayFlow, sayInterim, sayRefusals } from './flow.ts';
import { findIdentical } from './identical.ts';
import { sayLeftOut } from './left-out.ts';
import { sayPeople } from './people.ts';
import { primaryAnalyses } from './primary.ts';
import { summariseScores } from './summary.ts';
import { nameTable, scaleNamesOf, unitsOf } from './tables/captions.ts';
import { humanScores } from './tables/families/human.ts';
import { meanContrasts } from './tables/families/mean-contrasts.ts';
import { robustness, sayRobustness } from './tables/families/robustness.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { shareContrasts } from './tables/families/share-contrasts.ts';
import { generalizability } from './tables/families/variance-components.ts';
import { formatNumber } from './tables/format.ts';
import { rowsOf } from './tables/tables.ts';
import { sayUnanswered } from './unanswered.ts';

/** @returns a sentence or two each */
export function sayFindings(analysis: Analysis): readonly string[] {
  const primary = primaryAnalyses(analysis).map(({ words }) => sentence(words));
  return collect(analysis, primary).map(({ about, parts }) =>
    about === null ? parts.join(' ') : `${about}: ${parts.join('; ')}.`,
  );
}

/** The same as a list, with all claims about one subject together. */
export function listFindings(analysis: Analysis): readonly Finding[] {
  const bySubject = Map.groupBy(primaryAnalyses(analysis), ({ subject }) => subject);
  return collect(
    analysis,
    [...bySubject].map(([subject, own]) => ({
      about: `Primary: ${subject}`,
      parts: own.map(({ table, claim, result }) => `${claim} (${nameTable(table)}): ${result}`),
    })),
  );
}

function collect(analysis: Analysis, primary: readonly Finding[]): readonly Finding[] {
  const { corrected, quality, study, settings } = analysis;
  const { sentences } = summariseScores(rowsOf(corrected, scaleScores.corrected));
  const means = rowsOf(corrected, meanContrasts.corrected);
  const flow = flowOf(quality.administrations);
  const interim = sayInterim(flow);
  const robust = sayRobustness(rowsOf(corrected, robustness.corrected));
  const { compare } = settings.plan;
  const contrasts = summariseContrasts({
    means,
    shares: rowsOf(corrected, shareContrasts.corrected),
    nameOutcome: nameOutcomes(study, means),
    planned:
      compare === undefined
        ? null
        : new Set(compare.map((one) => (typeof one === 'string' ? one : one.factor))),
  });
  const people = rowsOf(corrected, humanScores.corrected);
  const identical = findIdentical(study);
  const repeated = rowsOf(corrected, generalizability.corrected).filter(
    ({ model }) => !identical.models.has(model),
  );
  const retest = sayRetest(
    repeated,
    hasSheets(study) ? 'persona' : 'case',
    nameOutcomes(study, repeated),
  );
  // A study of its own that plans no comparison and repeats is about what repetitions show.
  const isOfRetest = !hasSheets(study) && compare === undefined && primary.length === 0;
  return [
    ...(interim === null ? [] : [sentence(interim)]),
    ...primary,
    ...[
      ...(robust === null ? [] : [robust]),
      ...(isOfRetest ? retest : []),
      ...identical.sentences,
      ...sayConfounded(study, settings.plan),
      ...sentences,
    ].map(sentence),
    ...sayPeople(
      people,
      study.humans.map(({ name }) => name),
      nameOutcomes(study, people),
    ),
    ...contrasts,
    ...[
      ...sayRefusals(flow),
      ...sayUnanswered(study),
      ...(isOfRetest ? [] : retest),
      sayFlow(flow),
      ...sayLeftOut(study),
    ].map(sentence),
  ];
}

/** "Competence", "salary (EUR)"; with the instrument where there are several. */
function nameOutcomes(study: Analysis['study'], rows: readonly object[]): NameOutcome {
  const names = scaleNamesOf(study, rows);
  const units = unitsOf(study, rows);
  return (instrument, outcome) => {
    const unit = units.get(instrument)?.get(outcome);
    const name = names.get(instrument)?.get(outcome) ?? outcome;
    const told = unit === undefined ? name : `${name} ${unit}`;
    return names.size > 1 ? `${told} of ${instrument}` : told;
  };
}

type Retested = Pick<
  GeneralizabilityRow,
  'instrument' | 'model' | 'population' | 'scale' | 'icc_administrations'
>;

/** How well scores repeat, where the same was asked again in the same way. */
export function sayRetest(
  rows: readonly Retested[],
  who: string,
  nameOutcome: NameOutcome,
): readonly string[] {
  const known = rows.filter(({ icc_administrations: icc }) => icc !== null);
  if (known.length === 0) return [];
  const sorted = known.toSorted((a, b) => a.icc_administrations! - b.icc_administrations!);
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const write = ({ icc_administrations: icc }: Retested) => formatNumber(icc!, 2);
  const where = ({ instrument, scale, model, population }: Retested) =>
    `${nameOutcome(instrument, scale)}, ${model}, ${population}`;
  const begin = `Two administrations of the same ${who} correlate by`;
  if (known.length === 1) return [`${begin} ${write(low)} (ICC; ${where(low)}; Table R1G).`];
  const count = formatCount(known.length);
  return [
    write(low) === write(high)
      ? `${begin} ${write(low)} on each of ${count} scores (retest correlation, ICC; Table R1G).`
      : `${begin} ${write(low)} (${where(low)}) to ${write(high)} (${where(high)}): retest correlations (ICC) of ${count} scores, in Table R1G.`,
  ];
}
