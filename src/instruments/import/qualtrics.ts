/**
 * Reads a survey file of Qualtrics (.qsf): JSON whose elements are questions (SQ), blocks (BL) and
 * the flow (FL). Element kinds and keys as in surveys exported from Qualtrics; there is no published
 * specification.
 */
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { parseJson } from '../../json-fault.ts';
import { shorten } from '../../shorten.ts';
import {
  idMaker,
  LONGEST_QUOTE,
  plainOf,
  type SkippedQuestion,
  type Survey,
  type SurveyItem,
  type SurveyOption,
  wholeNumber,
} from './survey.ts';

const idLike = z.union([z.string(), z.number()]).transform(String);
const choice = z.looseObject({
  Display: idLike.default(''),
  TextEntry: z.unknown().optional(),
});
type Choice = z.output<typeof choice>;
/** PHP writes a list for an object whose keys are 0, 1, 2 …, and for an empty one. */
const keyed = <T extends z.ZodType>(value: T) =>
  z
    .union([z.array(value), z.record(z.string(), value)])
    .transform((given) => new Map(Object.entries(given)))
    .nullish()
    .transform((given) => given ?? new Map<string, z.output<T>>());
const order = z
  .union([z.array(idLike), z.record(z.string(), idLike)])
  .transform((given) => Object.values(given))
  .nullish();

const question = z.looseObject({
  QuestionID: z.string().optional(),
  QuestionText: z.string().default(''),
  QuestionType: z.string(),
  Selector: z.string().nullish(),
  SubSelector: z.string().nullish(),
  DataExportTag: idLike.optional().transform((tag) => (tag === '' ? undefined : tag)),
  Choices: keyed(choice),
  ChoiceOrder: order,
  Answers: keyed(choice),
  AnswerOrder: order,
  RecodeValues: keyed(idLike),
  ChoiceDataExportTags: z.unknown().optional(),
  AnalyzeChoices: keyed(z.unknown()),
  DisplayLogic: z.unknown().optional(),
  Randomization: z.unknown().optional(),
});
type Question = z.output<typeof question>;

const block = z.looseObject({
  Type: z.string().nullish(),
  ID: z.string().nullish(),
  Options: z.unknown().optional(),
  BlockElements: z
    .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
    .nullish()
    .transform((given) =>
      Object.values(given ?? {}).flatMap((element) => {
        const { Type, QuestionID } = (element ?? {}) as { Type?: unknown; QuestionID?: unknown };
        return Type === 'Question' && typeof QuestionID === 'string' ? [QuestionID] : [];
      }),
    ),
});
type Block = z.output<typeof block>;

const survey = z.looseObject({
  SurveyEntry: z.looseObject({
    SurveyName: z.string().nullish(),
    SurveyLanguage: z.string().nullish(),
  }),
  SurveyElements: z.array(
    z.looseObject({
      Element: z.string(),
      PrimaryAttribute: z.string().nullish(),
      Payload: z.unknown().optional(),
    }),
  ),
});
type Elements = z.output<typeof survey>['SurveyElements'];

const ONE_OF_SEVERAL = ['SAVR', 'SAHR', 'SACOL', 'DL', 'SB', 'NPS'];
const PIPED = /\$\{[a-z]+:\/\/[^}]*\}/i;
/** Type of an element of the flow whose questions not everybody sees, or not in this order. */
const VARYING: Readonly<Record<string, string>> = {
  Branch: 'Asked under a condition only',
  BlockRandomizer: 'Asked in random order',
  Randomizer: 'Asked in random order',
};
const SHUFFLED = ['All', 'Advanced', 'Subset'];

/**
 * @param fileName what to call it in messages
 * @throws UserError when it is not the file of a survey
 */
export function readQualtrics(source: string, fileName: string): Survey {
  const parsed = survey.safeParse(parseJson(source, fileName));
  if (!parsed.success)
    throw new UserError(`${fileName} is not a survey of Qualtrics`, {
      code: 'instrument-import-unknown',
      hint: 'In Qualtrics, use Tools > Import/Export > Export Survey, which writes a .qsf file.',
    });
  const { SurveyEntry: entry, SurveyElements: elements } = parsed.data;
  const notes: string[] = [];
  const skipped: SkippedQuestion[] = [];
  const items: SurveyItem[] = [];
  const idOf = idMaker();
  const questions = questionsOf(elements, skipped);
  const { asked, left } = inOrder(elements, questions, notes);
  for (const ids of asked) {
    let before: string | null = null;
    for (const id of ids) {
      const one = questions.get(id);
      if (one === undefined) continue;
      const read = readQuestion(id, one, before, idOf);
      if (read.instructions !== undefined) before = read.instructions;
      items.push(...read.items);
      skipped.push(...read.skipped);
      notes.push(...read.notes);
    }
  }
  for (const [id, reason] of left)
    if (questions.has(id)) skipped.push({ question: called(id, questions.get(id)!), reason });
  if (elements.some(isScoring))
    notes.push("The file has scoring of Qualtrics' own, which is not read: fill in the scales.");
  return {
    title: entry.SurveyName ?? null,
    language: languageOf(entry.SurveyLanguage ?? null),
    score: null,
    items,
    skipped,
    notes,
  };
}

/** Every file has the element; only scoring that someone set up has categories. */
function isScoring({ Element: kind, Payload: payload }: Elements[number]): boolean {
  const { ScoringCategories: categories } = (payload ?? {}) as Record<string, unknown>;
  return kind === 'SCO' && Object.keys(categories ?? {}).length > 0;
}

function languageOf(code: string | null): string | null {
  const short = code?.toLowerCase().split(/[-_]/)[0] ?? '';
  return /^[a-z]{2}$/.test(short) ? short : null;
}

function questionsOf(elements: Elements, skipped: SkippedQuestion[]): Map<string, Question> {
  const questions = new Map<string, Question>();
  for (const { Element: kind, PrimaryAttribute: id, Payload: payload } of elements) {
    if (kind !== 'SQ') continue;
    const parsed = question.safeParse(payload);
    const name = parsed.data?.QuestionID ?? id;
    if (!parsed.success || name === null || name === undefined)
      skipped.push({ question: id ?? 'a question', reason: 'it has a form that is not known' });
    else questions.set(name, parsed.data);
  }
  return questions;
}

/** The questions of each block in the order asked, and why others are not asked. */
function inOrder(elements: Elements, questions: ReadonlyMap<string, Question>, notes: string[]) {
  const all = [...questions.keys()];
  const blocks = elements
    .filter(({ Element: kind }) => kind === 'BL')
    .flatMap(({ Payload: payload }) => Object.values(payload ?? {}))
    .flatMap((one: unknown): Block[] => {
      const parsed = block.safeParse(one);
      return parsed.success ? [parsed.data] : [];
    });
  const left = new Map<string, string>();
  const trash = blocks.filter(({ Type: type }) => type === 'Trash');
  const kept = blocks.filter(({ Type: type }) => type !== 'Trash');
  if (blocks.length === 0) {
    notes.push('The file has no blocks: the questions are in the order of the file.');
    return { asked: [all], left };
  }
  const flow = elements.find(({ Element: kind }) => kind === 'FL')?.Payload;
  const steps = flowSteps(flow);
  const varying = new Map<string, readonly string[]>();
  const inFlow = steps.flatMap(({ block: id, under }) => {
    const own = kept.find(({ ID: one }) => one === id);
    if (own !== undefined)
      for (const how of [under, ...varyingIn(own)])
        if (how !== null)
          varying.set(how, [...(varying.get(how) ?? []), ...tagsOf(own, questions)]);
    return own === undefined ? [] : [own];
  });
  for (const [how, tags] of varying)
    if (tags.length > 0)
      notes.push(`${how}, which is not imported: ${[...new Set(tags)].join(', ')}.`);
  const asked = [...new Set(inFlow.length > 0 ? inFlow : kept)];
  if (inFlow.length === 0)
    notes.push('The file has no flow: the blocks are in the order of the file.');
  for (const id of all) left.set(id, 'it is in no block');
  for (const { BlockElements: ids } of trash)
    for (const id of ids) left.set(id, 'it was deleted (it is in the trash block)');
  for (const one of kept)
    if (!asked.includes(one))
      for (const id of one.BlockElements)
        left.set(id, 'its block is not in the flow of the survey');
  const orders = asked.map(({ BlockElements: ids }) => ids);
  for (const id of orders.flat()) left.delete(id);
  return { asked: orders, left };
}

/** Questions of a block that are answered, by their tag where they have one. */
function tagsOf({ BlockElements: ids }: Block, questions: ReadonlyMap<string, Question>) {
  return ids.flatMap((id) => {
    const one = questions.get(id);
    return one === undefined || one.QuestionType === 'DB' ? [] : [one.DataExportTag ?? id];
  });
}

function varyingIn({ Options: options }: Block): string[] {
  const { RandomizeQuestions: order, Looping: loop } = (options ?? {}) as Record<string, unknown>;
  return [
    ...(isSet(order) ? ['Asked in random order'] : []),
    ...(isSet(loop) ? ['Asked several times (loop and merge)'] : []),
  ];
}

/** Qualtrics writes `false`, `"false"`, `"None"` or nothing for an option that is off. */
function isSet(option: unknown): boolean {
  return typeof option === 'string' && !['', 'false', 'none'].includes(option.toLowerCase());
}

interface FlowStep {
  readonly block: string;
  readonly under: string | null;
}

function flowSteps(node: unknown, under: string | null = null): FlowStep[] {
  const { Type: type, ID: id, Flow: inner } = (node ?? {}) as Record<string, unknown>;
  const own = typeof type === 'string' ? (VARYING[type] ?? under) : under;
  const step = typeof id === 'string' && /^(?:Block|Standard)$/.test(String(type));
  return [
    ...(step ? [{ block: id, under }] : []),
    ...(typeof inner === 'object' && inner !== null ? Object.values(inner) : []).flatMap(
      (one: unknown) => flowSteps(one, own),
    ),
  ];
}

interface ReadQuestion {
  /** Where the question is a text, for the questions that follow. */
  readonly instructions?: string | null;
  readonly items: readonly SurveyItem[];
  readonly skipped: readonly SkippedQuestion[];
  readonly notes: readonly string[];
}

function called(id: string, { DataExportTag: tag, QuestionText: html }: Question): string {
  const name = tag === undefined || tag === id ? id : `${id} (${tag})`;
  return `${name} "${shorten(plainOf(html).text, LONGEST_QUOTE)}"`;
}

function readQuestion(
  id: string,
  one: Question,
  before: string | null,
  idOf: (name: string) => string,
): ReadQuestion {
  const name = called(id, one);
  const skip = (reason: string, question = name): ReadQuestion => ({
    items: [],
    skipped: [{ question, reason }],
    notes: [],
  });
  const { text, hasPicture } = plainOf(one.QuestionText);
  const { QuestionType: type, DataExportTag: tag = id } = one;
  if (type === 'DB') {
    const isPiped = PIPED.test(one.QuestionText);
    const left = isPiped
      ? 'it is a text with a place for other answers, so it is no instruction'
      : 'it shows a picture or a film; only its text is imported, as an instruction';
    return {
      instructions: text === '' || isPiped ? null : text,
      items: [],
      skipped: isPiped || hasPicture ? [{ question: name, reason: left }] : [],
      notes: [],
    };
  }
  const reason = whySkipped(one);
  if (reason !== null) return skip(reason);
  if (hasPicture) return skip('it shows a picture or a film');
  if (PIPED.test(one.QuestionText)) return skip('its text has a place for other answers or data');
  const isMatrix = type === 'Matrix';
  if (text === '' && !isMatrix) return skip('it has no text');
  const scale = optionsOf(
    isMatrix ? one.Answers : one.Choices,
    isMatrix ? one.AnswerOrder : one.ChoiceOrder,
    one,
  );
  if (typeof scale === 'string') return skip(scale);
  const notes = [
    ...(one.DisplayLogic === undefined || one.DisplayLogic === null
      ? []
      : [`${name} is shown under a condition only; that is not imported.`]),
    ...(isShuffled(one)
      ? [
          `${name}: its ${isMatrix ? 'rows' : 'answers'} are shown in random order; that is not imported.`,
        ]
      : []),
    ...scale.notes.map((note) => `${name}: ${note}`),
  ];
  const base = { options: scale.options, scales: null, signs: null };
  if (!isMatrix)
    return {
      items: [{ ...base, id: idOf(tag), text, instructions: before }],
      skipped: [],
      notes,
    };
  const instructions = [before, text].filter((part) => part !== null && part !== '').join(' ');
  const items: SurveyItem[] = [];
  const skipped: SkippedQuestion[] = [];
  const tags = (one.ChoiceDataExportTags ?? {}) as Record<string, unknown>;
  for (const [key, row] of ordered(one.Choices, one.ChoiceOrder)) {
    const plain = plainOf(row.Display);
    const why = hasTextEntry(row)
      ? 'the row has a text to fill in'
      : plain.hasPicture
        ? 'the row shows a picture'
        : PIPED.test(row.Display)
          ? 'its text has a place for other answers or data'
          : plain.text === ''
            ? 'the row has no text'
            : null;
    if (why !== null) {
      skipped.push({
        question: `${id}, row ${key} "${shorten(plain.text, LONGEST_QUOTE)}"`,
        reason: why,
      });
      continue;
    }
    const own = tags[key];
    items.push({
      ...base,
      id: idOf(typeof own === 'string' && own !== '' ? own : `${tag}_${key}`),
      text: plain.text,
      instructions: instructions === '' ? null : instructions,
    });
  }
  return { items, skipped, notes };
}

/** Null for a question that has one answer out of several. */
function whySkipped({ QuestionType: type, Selector, SubSelector }: Question): string | null {
  const selector = Selector ?? '';
  if (type === 'MC')
    return ONE_OF_SEVERAL.includes(selector)
      ? null
      : /^M/.test(selector)
        ? 'it takes several answers'
        : `it is a multiple-choice question of the kind ${selector}`;
  if (type === 'Matrix') {
    if (selector === 'Likert' && /^(?:SingleAnswer|DL|DropDown\w*)$/.test(SubSelector ?? ''))
      return null;
    return SubSelector === 'MultipleAnswer'
      ? 'it takes several answers'
      : `it is a matrix of the kind ${[selector, SubSelector].filter(Boolean).join(', ')}`;
  }
  if (type === 'TE') return 'it asks for a text';
  if (type === 'Slider') return 'it is a slider: write it as an item with a "range"';
  if (type === 'RO') return 'it asks for a ranking';
  if (type === 'Meta' || type === 'Timing') return 'it records the browser or the time';
  return `questions of the type ${type} cannot be imported`;
}

function isShuffled({ Randomization: given }: Question): boolean {
  const { Type: type } = (given ?? {}) as Record<string, unknown>;
  return typeof type === 'string' && SHUFFLED.includes(type);
}

function hasTextEntry({ TextEntry: entry }: Choice): boolean {
  return entry !== undefined && entry !== null && entry !== false && entry !== 'false';
}

function ordered(
  choices: ReadonlyMap<string, Choice>,
  given: readonly string[] | null | undefined,
): [string, Choice][] {
  if (given === null || given === undefined || given.length === 0) return [...choices];
  return given.flatMap((id) => {
    const own = choices.get(id);
    return own === undefined ? [] : [[id, own] as [string, Choice]];
  });
}

/** The options, or why there are none. Where there are no recodes, ids 1 to n are the numbers. */
function optionsOf(
  choices: ReadonlyMap<string, Choice>,
  given: readonly string[] | null | undefined,
  { RecodeValues: recodes, AnalyzeChoices: analysed }: Question,
): { readonly options: readonly SurveyOption[]; readonly notes: readonly string[] } | string {
  const notes: string[] = [];
  const shown = ordered(choices, given).map(([id, one]) => ({
    id,
    one,
    plain: plainOf(one.Display),
  }));
  if (shown.some(({ one }) => hasTextEntry(one))) return 'an answer has a text to fill in';
  if (shown.some(({ plain }) => plain.hasPicture)) return 'its answers are pictures';
  if (shown.some(({ one }) => PIPED.test(one.Display)))
    return 'an answer has a place for other answers or data';
  const kept = shown.filter(({ id }) => String(analysed.get(id) ?? 'Yes').toLowerCase() !== 'no');
  for (const { plain } of shown.filter((one) => !kept.includes(one)))
    notes.push(`the answer "${plain.text}", which Qualtrics leaves out of analyses, was dropped.`);
  if (kept.length < 2) return 'it has fewer than two answers';
  const ids = kept.map(({ id }) => wholeNumber(id));
  const inOrderOfIds = ids.every((id, index) => id === index + 1);
  const listed = kept.map(({ plain }) => wholeNumber(plain.text));
  const numbers = kept.map(({ id }, index) => {
    const recode = recodes.get(id);
    if (recode !== undefined) return wholeNumber(recode);
    if (listed.every((number) => number !== null)) return listed[index]!;
    return inOrderOfIds && recodes.size === 0 ? ids[index]! : null;
  });
  const lacking = numbers.includes(null);
  if (lacking)
    notes.push(
      recodes.size > 0
        ? 'not every answer has a recode value that is a whole number.'
        : `the answers have no recode values, and their ids (${kept.map(({ id }) => id).join(', ')}) are no numbers from 1 in the order shown.`,
    );
  return {
    notes,
    options: kept.map(({ plain }, index) => {
      const number = lacking ? null : numbers[index]!;
      const isNumber = plain.text === '' || plain.text === String(number);
      return { number, label: isNumber ? null : plain.text, isMissing: false };
    }),
  };
}
