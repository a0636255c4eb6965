/**
 * Forms whose prompt is in two languages, as far as that can be told without reading them: texts of
 * the program itself are English, and a column of own rows has one value for all forms.
 */
import { planCalls } from '../administration/calls.ts';
import { PUBLISHED_ORDER } from '../administration/order.ts';
import { isAskedInParts } from '../instruments/asked/prompt.ts';
import { nameForm } from '../instruments/form.ts';
import type { Administered } from './administered.ts';
import type { StudySpec } from './study-spec.ts';
import { rowsUnder } from './who-is-asked.ts';

const ENGLISH = /^en(?:glish)?(?:[-_]|$)/i;
const SLOT = /<row\.[^<>]*>/g;

/** One sentence for each form that mixes languages. */
export function warnOfLanguages(study: StudySpec, administered: readonly Administered[]): string[] {
  const forms = Map.groupBy(administered, ({ instrument }) => nameForm(instrument));
  return [...forms].flatMap(([name, asked]) => {
    const [{ instrument }] = asked as [Administered, ...Administered[]];
    const { slug, language } = instrument;
    if (ENGLISH.test(language)) return [];
    const english = [
      ...(asked.some(hasProgramsWords) ? ['the words round its items'] : []),
      ...(asked.some((one) => hasProgramsRole(study, one)) ? ['the system message'] : []),
    ];
    const inOthers = administered
      .filter(({ instrument: other }) => other.slug === slug && other.language !== language)
      .flatMap(slotsOf);
    const shared = [...new Set(asked.flatMap(slotsOf))].filter((slot) => inOthers.includes(slot));
    const found = [
      ...(english.length === 0 ? [] : [`this program's English in ${english.join(' and in ')}`]),
      ...(shared.length === 0 ? [] : [`one value of ${shared.join(', ')} for all languages`]),
    ];
    return found.length === 0
      ? []
      : [
          `${name} mixes languages: ${found.join('; ')}. docs/how-to/own-instrument.md says how to write the whole prompt in one.`,
        ];
  });
}

/**
 * Templates with a place for the answers, of forms whose answers stand elsewhere; one sentence for
 * each form.
 */
export function warnOfEmptySlots(administered: readonly Administered[]): string[] {
  const forms = Map.groupBy(administered, ({ instrument }) => nameForm(instrument));
  return [...forms].flatMap(([name, asked]) =>
    asked.some((one) => frameOf(one)?.includes('{{answers}}') === true && isInParts(one))
      ? [
          `The template of ${name} has {{answers}}, which stays empty: its items have different answers, so {{items}} states them. Remove the slot and the words that introduce it; "personas instruments show" prints the prompt.`,
        ]
      : [],
  );
}

const frameOf = ({ instrument, cell: { settings } }: Administered) =>
  settings.paraphrase ?? instrument.template;

const isInParts = ({ instrument, cell: { settings } }: Administered) =>
  planCalls(instrument, settings, PUBLISHED_ORDER).some(({ asked }) => isAskedInParts(asked));

/** Also where only the sentence that says how to reply, or the headings of parts, are the program's. */
function hasProgramsWords(asked: Administered): boolean {
  const frame = frameOf(asked);
  return frame === null || frame.includes('{{reply}}') || isInParts(asked);
}

/** Rows without a description have no system message but the study's own. */
function hasProgramsRole({ systemRole, personas }: StudySpec, asked: Administered): boolean {
  if (systemRole !== undefined) return false;
  return (
    personas === null ||
    rowsUnder(personas.rows, asked.ownConditions).some(({ description }) => description !== null)
  );
}

function slotsOf({ instrument, cell }: Administered): string[] {
  const { instructions, blocks, items, template } = instrument;
  const texts = [
    ...[instructions, cell.settings.paraphrase ?? template],
    ...[...blocks, ...items].map((one) => ('text' in one ? one.text : one.instructions)),
  ];
  return texts.flatMap((text) => text?.match(SLOT) ?? []);
}
