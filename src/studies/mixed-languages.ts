/**
 * Forms whose prompt is in two languages, as far as that can be told without reading them: texts of
 * the program itself are English, and a column of own rows has one value for all forms.
 */
import { nameForm } from '../instruments/form.ts';
import type { Administered } from './administered.ts';
import type { StudySpec } from './study-file.ts';
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

/** Also where only the sentence that says how to reply is the program's. */
function hasProgramsWords({ instrument, cell: { settings } }: Administered): boolean {
  const frame = settings.paraphrase ?? instrument.template;
  return frame === null || frame.includes('{{reply}}');
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
