/**
 * The repeated measurements of persons by one model in one condition, over all forms of an
 * instrument: what was varied on purpose or by repetition, and which components of variance that
 * tells apart.
 */
import { nameForm } from '../../instruments/form.ts';
import type { Source } from '../../statistics/generalizability.ts';
import type { Effect, Facet, Measurements } from '../../statistics/variance-components.ts';
import type { Answered, StudyData } from '../data.ts';
import { scoreScale } from '../scores.ts';
import { type AnsweredCell, compareCells, listCells, personOf } from './cells.ts';

/** What one model answered in one condition, in all forms of an instrument. */
export interface MeasuredCell {
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  /** One a form. */
  readonly parts: readonly AnsweredCell[];
  /** Names of what varies between administrations, in alphabetical order. */
  readonly factors: readonly string[];
  /** Those that succeeded, sorted by person. */
  readonly administrations: readonly MeasuredAdministration[];
}

export interface MeasuredAdministration {
  /** Position of its form in `parts`, and its own in the answers to that form. */
  readonly part: number;
  readonly position: number;
  readonly person: number;
  /** 0 where it is not known. */
  readonly draw: number;
  /** Level of each factor. */
  readonly levels: readonly string[];
  /** All levels. */
  readonly way: string;
}

export function listMeasuredCells({ answered }: StudyData): readonly MeasuredCell[] {
  return [...Map.groupBy(answered, ({ questionnaire }) => questionnaire.slug).values()].flatMap(
    (forms) => {
      const names = factorsOf(forms);
      const cells = forms.flatMap((form) => listCells(form, 'R1'));
      const groups = Map.groupBy(cells, ({ model, population }) =>
        JSON.stringify([model.key, population.population]),
      );
      return [...groups.values()]
        .sort(([first], [second]) => compareCells('R1')(first!, second!))
        .map((parts) => measure(parts, names, nameForms(forms)));
    },
  );
}

function nameForms(forms: readonly Answered[]): string {
  const [first, ...others] = forms.map(({ questionnaire }) => questionnaire);
  if (others.length === 0) return first!.label;
  return others.every(({ language }) => language === first!.language)
    ? nameForm(first!)
    : first!.slug;
}

/** Factors of the study's design, and the language and the form where these are none of them. */
function factorsOf(forms: readonly Answered[]): readonly string[] {
  const named = new Set(forms.flatMap(({ factors }) => [...factors.keys()]));
  const languages = new Set(forms.map(({ questionnaire }) => questionnaire.language));
  if (languages.size > 1) named.add('language');
  return [...named].sort();
}

function measure(
  parts: readonly AnsweredCell[],
  names: readonly string[],
  instrument: string,
): MeasuredCell {
  const { model, label } = parts[0]!;
  const all = parts.flatMap((cell, part) =>
    cell.succeeded.map((position) => {
      const { draw } = cell.answered.administrations[position]!;
      const levels = names.map((name) => levelOf(cell, position, name));
      return { part, position, person: personOf(cell, position), draw: draw ?? 0, levels };
    }),
  );
  const ways = new Set(all.map(({ levels }) => nameWay(levels)));
  // Forms that no factor tells apart, such as two wordings, are one.
  const isTold = new Set(all.map(({ part }) => part)).size <= ways.size;
  const told = isTold
    ? all
    : all.map((one) => ({
        ...one,
        levels: [...one.levels, parts[one.part]!.answered.questionnaire.label],
      }));
  const allNames = isTold ? names : [...names, 'form'];
  const varied = [...allNames.keys()].filter(
    (at) => new Set(told.map(({ levels }) => levels[at])).size > 1,
  );
  return {
    ...{ instrument, model: model.label, population: label, parts },
    factors: varied.map((at) => allNames[at]!),
    administrations: told
      .map(({ levels, ...one }) => {
        const own = varied.map((at) => levels[at]!);
        return { ...one, levels: own, way: nameWay(own) };
      })
      .sort((first, second) => first.person - second.person),
  };
}

/** Equal for equal levels; empty where nothing is varied. */
function nameWay(levels: readonly string[]): string {
  return levels.join('\u0000');
}

/** Empty where the group states none: the way that is not varied. */
function levelOf({ answered }: AnsweredCell, position: number, name: string): string {
  const factor = answered.factors.get(name);
  const code = factor?.codes[position] ?? -1;
  if (code >= 0) return factor!.values[code]!;
  return name === 'language' ? answered.questionnaire.language : '';
}

/** A component of variance that the design tells from the others. */
interface DesignEffect extends Effect {
  readonly component: string;
  readonly source: Source;
}

/** One scale as measured in one cell. */
export interface Design extends Measurements {
  readonly persons: number;
  /** Most of one person. */
  readonly draws: number;
  readonly ways: number;
  /** Most of one draw in one way. */
  readonly repetitions: number;
  /** Administrations that succeeded and have no score. */
  readonly incomplete: number;
  /** Persons first; none where every person was measured once. */
  readonly effects: readonly DesignEffect[];
  /** What single administrations are not told apart from, by name; null for nothing. */
  readonly confounded: readonly string[];
  /** Whether each person was measured alike, with all combinations equally often. */
  readonly isBalanced: boolean;
  /** What of each component, the last that of administrations, is left in a person's mean. */
  readonly left: readonly number[];
}

const INTERACTIONS = 'other interactions';

/** The design of each scale; scales that lack no score share one. */
export function designsOf(cell: MeasuredCell, scales: readonly string[]): readonly Design[] {
  const { administrations, factors } = cell;
  const whole = layOut(administrations, factors);
  return scales.map((scale) => {
    const scores = scoreAll(cell, scale);
    const incomplete = scores.reduce((count, score) => count + Number(Number.isNaN(score)), 0);
    if (incomplete === 0) return { ...whole, scores, incomplete };
    const scored = administrations.filter((_, at) => !Number.isNaN(scores[at]!));
    return {
      ...layOut(scored, factors),
      scores: scores.filter((score) => !Number.isNaN(score)),
      incomplete,
    };
  });
}

function layOut(
  rows: readonly MeasuredAdministration[],
  factors: readonly string[],
): Omit<Design, 'scores' | 'incomplete'> {
  const starts = rows.flatMap(({ person }, at) =>
    at === 0 || person !== rows[at - 1]!.person ? [at] : [],
  );
  starts.push(rows.length);
  const draw = code(rows.map((one) => one.draw));
  const way = code(rows.map((one) => one.way));
  const own = factors.map((_, at) => code(rows.map(({ levels }) => levels[at]!)));
  const spread = (...facets: readonly Facet[]) => spreadOf(starts, facets);
  const byDraw = spread(draw);
  const hasInteractions =
    own.length > 1 && way.levels - 1 > own.reduce((sum, { levels }) => sum + levels - 1, 0);
  const asked = [
    ...own.map((facet, at) => ({ name: factors[at]!, facet })),
    ...(hasInteractions ? [{ name: INTERACTIONS, facet: way }] : []),
  ]
    .filter(({ facet }) => facet.levels > 1)
    .map((one) => ({ ...one, ...spread(one.facet) }));
  const facets = [...(byDraw.most > 1 ? [draw] : []), ...asked.map(({ facet }) => facet)];
  const effect = (
    component: string,
    source: Source,
    facet: Facet | null,
    within: boolean,
  ): DesignEffect => ({
    component,
    source,
    facet: facet === null ? null : facets.indexOf(facet),
    within,
  });
  const within = [
    ...(byDraw.most > 1 ? [{ ...byDraw, effect: effect('draw', 'draw', draw, true) }] : []),
    ...asked
      .filter(({ most }) => most > 1)
      .map(({ name, facet, ...rest }) => ({
        ...rest,
        effect: effect(`person × ${name}`, 'interaction', facet, true),
      })),
  ];
  const told = within.filter(({ repeats }) => repeats);
  const isRepeated = rows.length > starts.length - 1;
  const effects = isRepeated
    ? [
        { left: 1, effect: effect('person', 'person', null, true) },
        ...told.filter((one) => one.effect.source === 'draw'),
        ...asked.map(({ name, facet, left }) => ({
          left,
          effect: effect(name, 'shared', facet, false),
        })),
        ...told.filter((one) => one.effect.source !== 'draw'),
      ]
    : [];
  return {
    starts,
    facets,
    persons: starts.length - 1,
    draws: byDraw.most,
    ways: way.levels,
    repetitions: spread(draw, way).largest,
    effects: effects.map((one) => one.effect),
    confounded: within
      .filter(({ repeats }) => !repeats)
      .map(({ effect: { component } }) => component),
    isBalanced: isRepeated && isBalanced(starts, draw, way, own),
    left: [...effects.map(({ left }) => left), meanOver(starts, (from, to) => 1 / (to - from))],
  };
}

/** Of every administration; NaN where there is none. */
function scoreAll({ parts, administrations }: MeasuredCell, scale: string): Float64Array {
  const scores = new Float64Array(administrations.length).fill(Number.NaN);
  parts.forEach(({ answered }, part) => {
    const rule = answered.questionnaire.scales.find(({ id }) => id === scale);
    if (rule === undefined) return;
    const places = [...administrations.keys()].filter((at) => administrations[at]!.part === part);
    const { totals, divisors } = scoreScale(
      answered,
      rule,
      places.map((at) => administrations[at]!.position),
    );
    places.forEach((at, row) => {
      scores[at] = totals[row]! / divisors[row]!;
    });
  });
  return scores;
}

function code(values: readonly (string | number)[]): Facet {
  const known = new Map<string | number, number>();
  const codes = Int32Array.from(values, (value) => {
    const found = known.get(value) ?? known.size;
    known.set(value, found);
    return found;
  });
  return { codes, levels: known.size };
}

interface Spread {
  /** Most levels of one person, and most measurements of one person at one of them. */
  readonly most: number;
  readonly largest: number;
  /** Whether some person who has several levels has several measurements at one. */
  readonly repeats: boolean;
  /** Mean over persons of Σ (n of a level / n)². */
  readonly left: number;
}

function spreadOf(starts: readonly number[], facets: readonly Facet[]): Spread {
  let most = 0;
  let largest = 0;
  let repeats = false;
  const left = meanOver(starts, (from, to) => {
    const counts = countLevels(from, to, facets);
    most = Math.max(most, counts.length);
    largest = Math.max(largest, ...counts);
    repeats ||= counts.length > 1 && counts.length < to - from;
    return counts.reduce((sum, n) => sum + (n / (to - from)) ** 2, 0);
  });
  return { most, largest, repeats, left };
}

/** Measurements at each combination of levels that occurs. */
function countLevels(from: number, to: number, facets: readonly Facet[]): readonly number[] {
  const counts = new Map<number, number>();
  for (let at = from; at < to; at++) {
    const level = facets.reduce((sum, { codes, levels }) => sum * levels + codes[at]!, 0);
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  return [...counts.values()];
}

function meanOver(starts: readonly number[], of: (from: number, to: number) => number): number {
  const persons = starts.length - 1;
  let sum = 0;
  for (let person = 0; person < persons; person++) sum += of(starts[person]!, starts[person + 1]!);
  return sum / Math.max(1, persons);
}

function isBalanced(
  starts: readonly number[],
  draw: Facet,
  way: Facet,
  factors: readonly Facet[],
): boolean {
  const rows = starts.at(-1)!;
  const persons = starts.length - 1;
  const each = rows / persons;
  for (let person = 0; person < persons; person++) {
    const [from, to] = [starts[person]!, starts[person + 1]!];
    const draws = countLevels(from, to, [draw]).length;
    const cells = draws * way.levels;
    const equal = (counts: readonly number[], size: number) =>
      counts.length === size && counts.every((n) => n * size === to - from);
    if (to - from !== each || !equal(countLevels(from, to, [draw, way]), cells)) return false;
    if (draws !== countLevels(starts[0]!, starts[1]!, [draw]).length) return false;
    for (const [at, first] of factors.entries())
      for (const second of factors.slice(at))
        if (
          !equal(
            countLevels(from, to, first === second ? [first] : [first, second]),
            first.levels * (first === second ? 1 : second.levels),
          )
        )
          return false;
  }
  return true;
}
