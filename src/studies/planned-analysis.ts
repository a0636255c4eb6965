/** The analysis that a study file plans, held against what the study has. */
import { ENDINGS_WITHOUT_ANSWERS } from '../analysis/endings.ts';
import { type AnalysisPlan, BOUNDS_OF_PLAN, scalesOfBounds } from '../analysis/plan.ts';
import { CALLED_ON, MODEL_SERVED } from '../analysis/recorded.ts';
import { UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { CONTROL, type OwnPersona } from '../personas/own/own.ts';
import type { Condition } from '../personas/sheets/conditions.ts';
import { faultOf } from '../report/tables/planned.ts';
import { CLAIMABLE } from '../report/tables/tables.ts';
import { closest } from '../suggest.ts';
import { labelOf } from './study-models.ts';
import type { StudyModel, StudySpec } from './study-spec.ts';
import type { Placed } from './study-text.ts';

/** What of a study a plan can name. */
type Planned = Pick<
  StudySpec,
  'sheetInstrument' | 'questionnaires' | 'cells' | 'personas' | 'conditions'
> & { readonly respondents: readonly Omit<StudyModel, 'variant'>[] };

/** @throws UserError for what a plan names and the study does not have */
export function requirePlan(plan: AnalysisPlan, study: Planned, placed: Placed): void {
  const { sheetInstrument, questionnaires, cells, personas, respondents, conditions } = study;
  const instruments = questionnaires.map(({ instrument }) => instrument);
  requireScalesOfPlan(plan, sheetInstrument, instruments, placed);
  requireFactorsOfPlan(plan, study, placed);
  for (const [at, planned] of plan.primary.entries()) {
    const fault = faultOf(planned, CLAIMABLE, {
      models: wordsForModels(respondents),
      conditions: wordsForConditions(conditions, personas?.rows ?? []),
      scales: [sheetInstrument, ...instruments].flatMap(({ scales }) => scales.map(({ id }) => id)),
      factors: factorsOf({ cells, personas }),
      outcomes: [
        ...instruments.flatMap(({ scales, items }) =>
          [...scales, ...items].map(({ id }) => String(id)),
        ),
        ...['refused', 'no usable reply', 'declined an item', 'not answered', 'item declined'],
        ...ENDINGS_WITHOUT_ANSWERS,
      ],
      levels: (factor) => levelsOfColumn(personas?.rows ?? [], factor),
    });
    if (fault === null) continue;
    placed(['analysis', 'primary', at, fault.key], () => {
      const near = closest(fault.word, fault.known);
      throw new UserError(fault.message, {
        code: 'study-file-invalid',
        hint: `${near === null ? '' : `Did you mean "${near}"? `}${fault.known.length === 0 ? 'It makes none.' : `There is: ${fault.known.join(', ')}.`}`,
      });
    });
  }
}

/** @throws UserError for a bound of a scale or an item that nobody is asked */
function requireScalesOfPlan(
  plan: AnalysisPlan,
  sheets: Instrument,
  questionnaires: readonly Instrument[],
  placed: Placed,
): void {
  const scalesOf = ({ scales }: Instrument) => scales.map(({ id }) => id);
  const compared = questionnaires.flatMap((one) => [
    ...scalesOf(one),
    ...one.items.map(({ id }) => String(id)),
  ]);
  const known = {
    equivalence_bound: new Set([...scalesOf(sheets), ...compared]),
    person_bound: new Set(scalesOf(sheets)),
  };
  for (const key of BOUNDS_OF_PLAN)
    for (const scale of scalesOfBounds(plan[key]).filter((id) => !known[key].has(id)))
      placed(['analysis', key], () => {
        const whose =
          key === 'person_bound'
            ? `${sheets.slug} does not have`
            : 'no questionnaire of the study has';
        throw new UserError(`names the scale ${scale}, which ${whose}`, {
          code: 'study-file-invalid',
          hint: `Scales: ${[...new Set([...scalesOf(sheets), ...questionnaires.flatMap(scalesOf)])].join(', ')}.`,
        });
      });
}

function factorsOf({ cells, personas }: Pick<StudySpec, 'cells' | 'personas'>): readonly string[] {
  return [
    ...new Set([
      ...['condition', 'model', 'model_variant', 'language', MODEL_SERVED, CALLED_ON],
      ...cells.flatMap(({ settings: { parameters = {}, ...settings } }) => [
        ...Object.keys(settings),
        ...Object.keys(parameters),
      ]),
      ...(personas?.rows ?? []).flatMap(({ columns }) => Object.keys(columns)),
    ]),
  ];
}

/** Those of own rows, the control's left out; null for a factor that is no own column. */
function levelsOfColumn(rows: readonly OwnPersona[], factor: unknown): readonly string[] | null {
  const values = rows
    .filter(({ condition }) => condition !== CONTROL)
    .flatMap(({ columns }) => columns[String(factor)] ?? []);
  return values.length === 0 ? null : [...new Set(values)];
}

/** Whether own rows have a column of that name, other than the one that is their condition. */
function isAnotherColumn(rows: readonly OwnPersona[], factor: string): boolean {
  return rows.some(
    ({ columns, condition }) =>
      columns[factor] !== undefined &&
      condition !== CONTROL &&
      !(factor === 'condition' && columns[factor] === condition),
  );
}

/** @throws UserError for a factor to compare that the study does not have */
function requireFactorsOfPlan(
  { compare = [], screen = [] }: AnalysisPlan,
  study: Pick<StudySpec, 'cells' | 'personas'>,
  placed: Placed,
): void {
  const known = factorsOf(study);
  const ofAsking = factorsOf({ ...study, personas: null });
  const named = [
    ...compare.map((one, at) => ({
      where: ['compare', at],
      factor: typeof one === 'string' ? one : one.factor,
    })),
    ...screen.map((factor, at) => ({ where: ['screen', at], factor })),
  ];
  for (const { where, factor } of named) {
    if (ofAsking.includes(factor) && isAnotherColumn(study.personas?.rows ?? [], factor))
      placed(['analysis', ...where], () => {
        throw new UserError(
          `"${factor}" is a factor of the study and a column of your personas, too`,
          {
            code: 'study-file-invalid',
            hint: 'Give the column another name in the file of the personas, so that it is clear which is compared.',
          },
        );
      });
    if (known.includes(factor)) continue;
    placed(['analysis', ...where], () => {
      const near = closest(factor, known);
      throw new UserError(`"${factor}" is no factor of this study`, {
        code: 'study-file-invalid',
        hint: `${near === null ? '' : `Did you mean "${near}"? `}Factors: ${known.join(', ')}.`,
      });
    });
  }
}

/** Names and labels; null where a model is not built in, whose label the configuration tells. */
function wordsForModels(
  respondents: readonly Omit<StudyModel, 'variant'>[],
): readonly string[] | null {
  const known = createCatalogue().list();
  const words = respondents.flatMap(({ name, label }) => {
    const entry = known.find((one) => one.name === name);
    return entry === undefined ? [null] : [name, labelOf(entry, label)];
  });
  return words.includes(null) ? null : words.flatMap((word) => word ?? []);
}

function wordsForConditions(
  conditions: readonly Condition[],
  personas: readonly OwnPersona[],
): readonly string[] {
  return [
    ...conditions.flatMap((one) => [one.name, one.label]),
    ...new Set(personas.map((one) => one.condition)),
  ];
}
