/** The columns of a long file. */
import { ABSENCE_LABELS } from './labelled.ts';
import { aboutColumnsOf, countsAs, itemColumnsOf, PLAIN, type WideColumn } from './wide-columns.ts';
import { MOMENTS, type Shape } from './wide-shape.ts';

/** Of who answered what: enough to model answers; the wide file has the rest. */
const KEPT = new Set([
  ...['experiment_id', 'group', 'model', 'label', 'provider', 'population', 'condition'],
  ...['answers_as', 'personality_id', 'persona_id', 'case_id', 'draw', 'repeated', 'language'],
  ...['form', 'succeeded', 'outcome', 'data_origin'],
]);

/** In the order of the file. A description would stand in every row: the wide file has it. */
export function longColumnsOf(shape: Shape, hasProbabilities: boolean): WideColumn[] {
  const items = itemColumnsOf(shape);
  const description = shape.personaFields.find(({ name }) => name === 'description')?.column;
  const hasText = items.some(({ type }) => type === 'string');
  const missing: WideColumn = {
    ...text('missing', 'why there is no answer; empty where there is one, or no reason is known'),
    values: Object.entries(ABSENCE_LABELS),
  };
  return [
    ...aboutColumnsOf(shape).filter(({ role, name }) =>
      role === 'about' ? KEPT.has(name) : name !== description,
    ),
    text('item', 'the item, as the wide file calls its column'),
    { ...text('item_number', 'number of the item in its questionnaire'), type: 'integer' },
    text('scale', 'first scale of the item; empty for an item of none'),
    answerColumn(items.filter(({ type }) => type !== 'string')),
    ...(hasText ? [text('answer_text', 'answer to an item that asks for a text')] : []),
    text('answer_label', 'label of the answer, in the language of the questionnaire'),
    {
      ...text(
        'points',
        'points of the answer on its scale: reversed items turned round, keyed ones 0 or 1',
      ),
      ...{ role: 'item', type: 'double', level: 'scale', ...boundsOf(pointsOf(shape)) },
    },
    missing,
    ...(hasProbabilities
      ? MOMENTS.map(([name, what]): WideColumn => {
          const about = text(name, `${what} the item`);
          return { ...about, role: 'moment', type: 'double', level: 'scale' };
        })
      : []),
  ];
}

/** Values have labels, and codes are missing, only where this is so for every item. */
function answerColumn(items: readonly WideColumn[]): WideColumn {
  const first = items[0];
  const alike = items.every(
    ({ values, missing }) =>
      JSON.stringify([values, missing]) === JSON.stringify([first?.values, first?.missing]),
  );
  return {
    ...text('answer', 'answer to the item, as it was given'),
    role: 'item',
    type: items.some(({ type }) => type === 'double') ? 'double' : 'integer',
    level: items.every(({ level }) => level === first?.level)
      ? (first?.level ?? 'ordinal')
      : 'scale',
    values: alike ? (first?.values ?? []) : [],
    missing: alike ? (first?.missing ?? []) : [],
    ...boundsOf(items.flatMap(({ minimum, maximum }) => [minimum, maximum])),
  };
}

/** Of all answers to items that are on a scale. */
function pointsOf({ items }: Shape): (number | null)[] {
  return items.flatMap(({ item }) =>
    item === null || item.scale === null
      ? []
      : (item.answers?.options ?? []).map(({ value }) => countsAs(item, value)),
  );
}

function boundsOf(numbers: readonly (number | null)[]) {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0
    ? { minimum: null, maximum: null }
    : { minimum: Math.min(...known), maximum: Math.max(...known) };
}

function text(name: string, description: string): WideColumn {
  return { ...PLAIN, role: 'about', name, description, type: 'string', level: 'nominal' };
}
