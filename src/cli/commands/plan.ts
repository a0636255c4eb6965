import { type Command, InvalidArgumentError } from 'commander';
import { type Example, examples } from '../examples.ts';
import {
  amount,
  type CommonOptions,
  common,
  contextOf,
  share,
  wholeNumber,
} from '../shared/options.ts';

interface PlanOptions extends CommonOptions {
  readonly reliability: number;
  readonly components?: string;
  readonly power: number;
  readonly tests: number;
  readonly sd?: number;
  readonly shares: readonly [number, number];
  readonly icc: number;
}

const EXAMPLES: readonly Example[] = [
  {
    does: 'From the answers that the study already has, such as those of a pilot',
    command: 'personas plan study.yaml',
  },
  {
    does: 'From a pilot in another schema, for a reliability of .90',
    command: 'personas plan study.yaml --schema pilot --reliability 0.9',
  },
  {
    does: 'From variance components of another study, and an SD of differences of 1.5 points',
    command:
      'personas plan study.yaml --components person=0.6,draw=0.1,administration=0.3 --sd 1.5',
  },
];

/** Level of a single test. */
const ALPHA = 0.05;
const MOST_TESTS = 10_000;

export function add(program: Command): void {
  examples(
    common(program.command('plan').argument('<file>', 'study file, such as study.yaml')),
    EXAMPLES,
  )
    .description(
      'Plan how often to ask: draws, administrations and ways of asking for a reliability, what they cost, and what intervals and tests can be expected. Sends no request and writes nothing.',
    )
    .option('--reliability <value>', 'generalizability that scores should reach', share, 0.8)
    .option(
      '--components <list>',
      'variances, or shares of one, of person, draw, way and administration (default: of the answers in the schema)',
    )
    .option('--power <value>', 'power that tests should have', share, 0.8)
    .option(
      '--tests <n>',
      'planned tests that are corrected together by Holm; the power is that of the strictest',
      wholeNumber(MOST_TESTS),
      1,
    )
    .option(
      '--sd <points>',
      'SD of the differences between personas and sheets, or of own cases between two conditions (default: of the answers in the schema)',
      amount,
    )
    .option(
      '--shares <two>',
      'two shares of personas between which a difference is to be found',
      twoShares,
      [0.5, 0.6] as const,
    )
    .option(
      '--icc <value>',
      'how alike draws of one sheet are in that, from 0 to 1; 1 takes them for one',
      correlation,
      1,
    )
    .action(async (file: string, options: PlanOptions) => {
      const { readStudy } = await import('../../studies/study-file.ts');
      const study = readStudy(file);
      const schema = options.schema ?? study.schema;
      const context = await contextOf({ ...options, ...(schema === null ? {} : { schema }) });
      const { printDesign, readKnown } = await import('../shared/planning.ts');
      const { planDesign } = await import('../../studies/planning.ts');
      const known = await readKnown(context, options);
      const wanted = {
        reliability: options.reliability,
        power: options.power,
        alpha: ALPHA / options.tests,
        shares: options.shares,
        icc: options.icc,
      };
      printDesign(context.terminal, await planDesign(study, context.config, known, wanted), wanted);
    });
}

function twoShares(text: string): readonly [number, number] {
  const [first, second, ...rest] = text.split(',').map((part) => share(part));
  if (first === undefined || second === undefined || rest.length > 0 || first === second)
    throw new InvalidArgumentError('It must be two different shares such as 0.5,0.6.');
  return [first, second];
}

function correlation(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}
