/**
 * What all figures of one analysis share: which conditions there are, how each looks, and how names
 * are written.
 */

import { isOfSheets, listCells } from '../../analysis/corrected/cells.ts';
import type { StudyData, StudyQuestionnaire } from '../../analysis/data.ts';
import { compareModels, listModels } from '../../analysis/models.ts';
import { knownInstrument } from '../../instruments/load.ts';
import { formatCount } from '../../numbers.ts';
import { CONDITIONS } from '../../personas/sheets/conditions.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import type { Analysis } from '../analysis.ts';
import type { Behind } from '../tables/chosen.ts';
import { distinct } from '../tables/layout.ts';
import { looksOf, type SeriesLook } from './palette.ts';

/** E, N, P, L of the one and E, N, A, C, O of the other. */
const PRINTED = ['E', 'N', 'P', 'L', 'A', 'C', 'O'];

/** As much of an analysis as figures show. */
export type FigureSource = Pick<Analysis, 'study' | 'corrected'>;

/**
 * Where a point of a figure leads to, by what is behind it; null where it leads nowhere. Figures of
 * files lead nowhere.
 */
export type LinkTo = (behind: Behind) => string | null;

export interface Setting {
  readonly analysis: FigureSource;
  /** Null where no point leads anywhere. */
  readonly linkTo: LinkTo | null;
  readonly simulated: boolean;
  /**
   * Labels of populations in the order of the tables, each with the look it has in every figure.
   */
  readonly looks: ReadonlyMap<string, SeriesLook>;
}

export function settingOf(analysis: FigureSource, linkTo: LinkTo | null = null): Setting {
  const { study } = analysis;
  const labels = new Set(
    study.answered.flatMap((answered) =>
      listCells(answered, isOfSheets(study, answered.questionnaire) ? '6' : 'A5').map(
        ({ label }) => label,
      ),
    ),
  );
  for (const { population } of study.personas.groups)
    if (!population.isReference) labels.add(population.display);
  const ordered = [...labels].sort((first, second) => rankCondition(first) - rankCondition(second));
  return { analysis, linkTo, simulated: study.dataOrigin === 'simulated', looks: looksOf(ordered) };
}

/** Every model that wrote personas or answered, in the order of Table 4. */
export function modelsOf(study: StudyData): readonly string[] {
  return listModels(study)
    .toSorted(compareModels('4'))
    .map(({ label }) => label);
}

/**
 * Every condition, as tables show it: the program's own in their order, then others, then the
 * reference population by its name.
 */
export function conditionsOf({
  answered,
  personas,
}: Pick<StudyData, 'answered' | 'personas'>): readonly string[] {
  const populations = [
    ...answered.flatMap(({ administrations }) =>
      administrations.map(({ population }) => population),
    ),
    ...personas.groups.map(({ population }) => population),
  ];
  const own = distinct(
    populations.filter(({ isReference }) => !isReference).map(({ display }) => display),
  );
  return [
    ...own.toSorted((first, second) => rankCondition(first) - rankCondition(second)),
    ...referencesOf({ answered, personas }),
  ];
}

/** Names of the reference populations that models answered as, which are no conditions. */
export function referencesOf({
  answered,
  personas,
}: Pick<StudyData, 'answered' | 'personas'>): readonly string[] {
  const all = [
    ...answered.flatMap(({ administrations }) =>
      administrations.map(({ population }) => population),
    ),
    ...personas.groups.map(({ population }) => population),
  ];
  return distinct(all.filter(({ isReference }) => isReference).map(({ population }) => population));
}

function rankCondition(label: string): number {
  const place = CONDITIONS.findIndex((condition) => condition.label === label);
  return place === -1 ? CONDITIONS.length : place;
}

/**
 * Scales of the study's instruments in the order in which its tables print them; others after them,
 * as they come.
 */
export function orderScales(scales: readonly string[]): readonly string[] {
  const rank = (scale: string) =>
    PRINTED.includes(scale) ? PRINTED.indexOf(scale) : PRINTED.length;
  return [...scales].sort((first, second) => rank(first) - rank(second));
}

/**
 * How an instrument is called before readers: its title without what follows the colon, its
 * language where that is not English, and its form where there are several.
 */
export function titleInstrument({ slug, title, label }: StudyQuestionnaire): string {
  // A schema may hold the answers to an instrument and not the instrument; its title is the slug
  // then.
  const known = title === slug ? (knownInstrument(slug)?.title ?? title) : title;
  return `${known.split(':')[0]}${label.slice(slug.length)}`;
}

/** The same, by the name that the rows of tables have for it. */
export function titleOf({ answered }: StudyData, instrument: string): string {
  const found = answered.find(({ questionnaire }) => questionnaire.label === instrument);
  return found === undefined ? instrument : titleInstrument(found.questionnaire);
}

/** `826`, or `812–826` where they differ. */
export function rangeOf(counts: readonly number[]): string {
  if (counts.length === 0) return '0';
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? formatCount(low) : `${formatCount(low)}–${formatCount(high)}`;
}

/** What the sheets are answers to. */
export function titleSheets({ reference: { questionnaire } }: StudyData): string {
  return questionnaire.slug === SHEET_INSTRUMENT ? 'EPQR-A' : titleInstrument(questionnaire);
}
