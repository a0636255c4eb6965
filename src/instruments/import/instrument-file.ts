/** Makes an instrument file of a survey, or says what must be filled in before. */
import { OPEN } from '../file/fields.ts';
import { idMaker, type Survey, type SurveyItem, type SurveyOption } from './survey.ts';

/** What an instrument file states beside its items. What is left out is open in the file. */
export interface AboutInstrument {
  readonly slug: string;
  readonly title: string | null;
  readonly citation: string | null;
  readonly licence: string | null;
  readonly language: string | null;
  readonly score: 'sum' | 'mean' | null;
}

/** What the table of items leaves open: one phrase for each column, naming the items. */
export function openIn({ items }: Survey): string[] {
  const phrases: string[] = [];
  const say = (what: string, isOpen: (item: SurveyItem) => boolean) => {
    const ids = items.filter(isOpen).map(({ id }) => id);
    if (ids.length > 0)
      phrases.push(`${what}: ${ids.length === items.length ? 'all items' : ids.join(', ')}`);
  };
  say('scale ("none" for an item on no scale)', ({ scales }) => scales === null);
  say(
    'sign (1, or -1 for a reversed item)',
    ({ scales, signs }) => signs === null && (scales === null || scales.length > 0),
  );
  say('options', ({ options }) => options.length === 0);
  say('numbers of the options ("?")', ({ options }) =>
    options.some(({ number }) => number === null),
  );
  return phrases;
}

/** The text of an instrument file; `?` stands for what is open. Nothing of the survey may be. */
export function instrumentFileOf(survey: Survey, about: AboutInstrument): string {
  const sets = new Map<string, string>();
  const setOf = ({ options }: SurveyItem) => {
    const key = JSON.stringify(options);
    const id = sets.get(key) ?? `answers${sets.size + 1}`;
    sets.set(key, id);
    return id;
  };
  const blocks = runsOf(survey.items, ({ instructions, options }) =>
    JSON.stringify([instructions, options]),
  ).map((items) => ({
    ...(items[0]!.instructions === null ? {} : { instructions: items[0]!.instructions }),
    answers: setOf(items[0]!),
    items: items.map(({ id, text }) => ({ id, text })),
  }));
  const file = {
    format: 2,
    slug: about.slug,
    title: about.title ?? survey.title ?? OPEN,
    citation: about.citation ?? OPEN,
    licence: about.licence ?? OPEN,
    language: about.language ?? survey.language ?? OPEN,
    answers: [...sets].map(([key, id]) => ({
      id,
      options: (JSON.parse(key) as SurveyOption[]).map(({ number, label, isMissing }) => ({
        value: number,
        ...(label === null ? {} : { label }),
        ...(isMissing ? { missing: true } : {}),
      })),
    })),
    blocks,
    scales: scalesOf(survey, about.score ?? survey.score),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function scalesOf({ items }: Survey, score: 'sum' | 'mean' | null): unknown[] {
  const members = new Map<string, string[]>();
  for (const { id, scales, signs } of items)
    for (const [index, name] of scales!.entries()) {
      const sign = signs![signs!.length === 1 ? 0 : index]!;
      const list = members.get(name) ?? [];
      list.push(sign < 0 ? `-${id}` : id);
      members.set(name, list);
    }
  const idOf = idMaker();
  return [...members].map(([name, list]) => ({
    id: idOf(name),
    name,
    score: score ?? OPEN,
    items: list,
  }));
}

/** Neighbours with the same key together. */
function runsOf<T>(list: readonly T[], keyOf: (entry: T) => string): T[][] {
  const runs: T[][] = [];
  let last: string | null = null;
  for (const entry of list) {
    const key = keyOf(entry);
    if (key === last) runs.at(-1)!.push(entry);
    else runs.push([entry]);
    last = key;
  }
  return runs;
}
