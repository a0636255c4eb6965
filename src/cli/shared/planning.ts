/** What is known before a study, and the output of `plan`. */
import { UserError } from '../../errors.ts';
import type {
  DifferenceToPlan,
  Known,
  PlannedDesign,
  PlanningOptions,
  Sizes,
  StudyDesign,
} from '../../studies/planning.ts';
import { count, dollars, printTable, type Terminal } from '../ui/terminal.ts';
import { type Context, readDatabase } from './options.ts';

/** Where no study was carried out yet. */
const NO_PILOT: readonly string[] = ['database-missing', 'schema-missing'];

/** What the options state, else what the answers in the schema say. */
export async function readKnown(
  context: Context,
  { components, sd }: { readonly components?: string; readonly sd?: number },
): Promise<Known> {
  const { readComponents, readPilot } = await import('../../studies/planning.ts');
  const unnamed = { model: null, population: null, scale: null };
  const stated: readonly DifferenceToPlan[] | null =
    sd === undefined ? null : [{ ...unnamed, sd, sheetSd: null, means: null }];
  if (components !== undefined) {
    const scale = { ...unnamed, instrument: null, includes: null };
    return {
      source: 'stated',
      scales: [{ ...scale, components: readComponents(components) }],
      differences: stated ?? [],
    };
  }
  try {
    const pilot = await readDatabase(context, 'snapshot', (database) =>
      readPilot(database, context.config),
    );
    const isEmpty = pilot.scales.length === 0 && pilot.differences.length === 0;
    return {
      ...pilot,
      source: isEmpty ? 'nothing' : 'pilot',
      differences: stated ?? pilot.differences,
    };
  } catch (error) {
    if (!(error instanceof UserError && NO_PILOT.includes(error.code))) throw error;
    return { source: 'nothing', scales: [], differences: stated ?? [] };
  }
}

export function printDesign(
  terminal: Terminal,
  design: StudyDesign,
  options: PlanningOptions,
): void {
  terminal.printJson({
    plan: true,
    reliability: options.reliability,
    power: options.power,
    alpha: options.alpha,
    source: design.source,
    persons: design.n,
    ...jsonOf(design.sizes),
    ...billJson(design.bill),
    scales: design.scales.map(({ cheapest, components, single, planned, ...scale }) => ({
      ...scale,
      ...components,
      g_single: single,
      g_planned: planned,
      cheapest: cheapest && designJson(cheapest),
    })),
    designs: design.designs.map(designJson),
    precision: design.precision.map(({ n, difference, share, shareDifference }) => ({
      n,
      half_width_difference_sd: difference,
      half_width_share: share,
      half_width_share_difference: shareDifference,
    })),
    unit: design.unit,
    differences: design.differences.map(({ halfWidth, paired, equivalence, ...one }) => ({
      ...one,
      half_width: halfWidth,
      paired,
      equivalence,
    })),
    shares: {
      first: options.shares[0],
      second: options.shares[1],
      icc: options.icc,
      ...design.shares,
    },
  });
  const { n, sizes, bill, units } = design;
  terminal.print(
    `The study file has ${count(n)} ${units} for each model and condition, ${saySizes(sizes, units)}: ${sayBill(bill)}.`,
  );
  printReliability(terminal, design, options);
  printPrecision(terminal, design, options);
  printPower(terminal, design, options);
}

function jsonOf({ draws, ways, administrations }: Sizes) {
  return { draws, ways, administrations };
}

function billJson({ calls, costUsd }: Pick<PlannedDesign, 'calls' | 'costUsd'>) {
  return { calls, cost_usd: costUsd };
}

function designJson(one: PlannedDesign) {
  return { ...jsonOf(one), reliability: one.reliability, ...billJson(one) };
}

/** Own cases are not drawn. */
function saySizes({ draws, ways, administrations }: Sizes, units: StudyDesign['units']): string {
  const parts = [
    ...(units === 'cases' ? [] : [plural(draws, 'draw')]),
    ...(ways > 1 ? [plural(ways, 'way', 's of asking')] : []),
    `${plural(administrations, 'administration')} of each`,
  ];
  return parts.join(' × ');
}

function plural(value: number, word: string, ending = 's'): string {
  return `${count(value)} ${word}${value === 1 ? '' : ending}`;
}

function sayBill({ calls, costUsd }: Pick<PlannedDesign, 'calls' | 'costUsd'>): string {
  return `${count(calls)} calls, about ${dollars(costUsd)}`;
}

function printReliability(
  terminal: Terminal,
  { source, units, scales, designs }: StudyDesign,
  { reliability }: PlanningOptions,
): void {
  const target = fixed(reliability);
  terminal.print(`\nReliability (G; the target is ${target})`);
  if (scales.length === 0) {
    const repeated =
      units === 'cases' ? '"repetitions: 2" or more' : 'two draws and two administrations or more';
    terminal.print(
      source === 'pilot'
        ? `Nothing was repeated in the answers of this schema, so that they do not tell it. Run a pilot with ${repeated}, or pass --components.`
        : `There are no answers to tell it from. Run a pilot of some 50 ${units} with ${repeated}, or pass --components.`,
    );
    return;
  }
  printTable(
    terminal,
    [
      'model',
      'condition',
      'scale',
      'one administration',
      'as planned',
      'cheapest design',
      'cost ≈',
    ],
    scales.map((one) => [
      one.model ?? 'as stated',
      one.population,
      one.scale,
      fixed(one.single),
      fixed(one.planned),
      one.cheapest === null ? 'none reaches it' : saySizes(one.cheapest, units),
      one.cheapest === null ? '' : dollars(one.cheapest.costUsd),
    ]),
  );
  if (scales.some(({ includes }) => includes !== null))
    terminal.print(
      'The pilot did not tell everything from single administrations (Table R1, column includes); that part counts as what further administrations do not lower.',
    );
  const out = scales.filter(({ cheapest }) => cheapest === null);
  if (out.length > 0)
    terminal.print(
      `${plural(out.length, 'scale')} cannot reach ${target}: ${units} hardly differ on them, or they are asked in too few ways. Those below are for the others.`,
    );
  if (designs.length === 0) return;
  terminal.print(
    `\nDesigns with ${target} or more on every scale that can reach it, the cheapest first`,
  );
  printTable(
    terminal,
    [
      ...(units === 'cases' ? [] : ['draws']),
      ...['ways', 'administrations', 'lowest G', 'calls', 'cost ≈'],
    ],
    designs.map((one) => [
      ...(units === 'cases' ? [] : [count(one.draws)]),
      count(one.ways),
      count(one.administrations),
      fixed(one.reliability),
      count(one.calls),
      dollars(one.costUsd),
    ]),
  );
}

function printPrecision(
  terminal: Terminal,
  { precision, sizes, units }: StudyDesign,
  { shares, icc }: PlanningOptions,
): void {
  const [first, second] = shares.map(percent);
  terminal.print(`\nPrecision: half of the 95 % interval, by number of ${units}`);
  printTable(
    terminal,
    [
      units,
      'mean difference, SDs',
      `share of ${first}, points`,
      `${first} against ${second}, points`,
    ],
    precision.map(({ n, difference, share, shareDifference }) => [
      count(n),
      `± ${fixed(difference)}`,
      points(share),
      points(shareDifference),
    ]),
  );
  terminal.print(
    units === 'cases'
      ? 'Mean differences are between two conditions under which every case is asked. Shares are of cases, each asked once.'
      : `Shares are of personas, ${plural(sizes.draws, 'draw')} a sheet${sizes.draws > 1 ? ` that correlate by ${fixed(icc)}` : ''}.`,
  );
}

function printPower(
  terminal: Terminal,
  { n, source, unit, units, differences, shares }: StudyDesign,
  { power, alpha, shares: [first, second] }: PlanningOptions,
): void {
  terminal.print(
    `\nPower with ${count(n)} ${units} at a level of ${Number(alpha.toPrecision(2))}, and ${units} for a power of ${fixed(power)}`,
  );
  printTable(
    terminal,
    [
      ...['test', 'model', units === 'cases' ? 'factor' : 'condition', 'scale', 'SD'],
      ...['difference', 'power', `${units} needed`],
    ],
    [
      ...differences.flatMap((one) =>
        (['paired', 'equivalence'] as const).map((test) => [
          test === 'paired'
            ? 'paired t'
            : `equivalence within ± ${Number(one.bound.toPrecision(3))}`,
          one.model ?? '',
          one.population,
          one.scale,
          fixed(one.sd),
          fixed(one[test].difference),
          fixed(one[test].power),
          sayNeeded(one[test].needed),
        ]),
      ),
      [
        `shares, ${percent(first)} against ${percent(second)}`,
        '',
        null,
        null,
        '',
        percent(shares.difference),
        fixed(shares.power),
        sayNeeded(shares.needed),
      ],
    ],
  );
  terminal.print(
    `Differences of means are in ${unit}. Shares are those of two conditions, as if these had no ${units === 'cases' ? 'cases' : 'sheets'} in common; with the same ${units === 'cases' ? 'cases' : 'sheets'} there is more power.`,
  );
  if (units === 'cases' && source === 'pilot' && unit === 'points')
    terminal.print(
      'SD: of the differences within cases of the pilot, the largest over the levels of the factor.',
    );
}

function sayNeeded(needed: number | null): string {
  return needed === null ? 'over 1,000,000' : count(needed);
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

function fixed(value: number): string {
  return value.toFixed(2);
}

/** A share in points of per cent; no two shares differ by more than all. */
function points(half: number): string {
  return `± ${(100 * Math.min(1, half)).toFixed(1)}`;
}
