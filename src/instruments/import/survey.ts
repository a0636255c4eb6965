/** A questionnaire as a file of another program states it, with what that file leaves open. */
import { parseHTML } from 'linkedom';

/** Most characters of a question that a message quotes. */
export const LONGEST_QUOTE = 50;

/** An answer as the other program offers it. */
export interface SurveyOption {
  /** Null where the file gives no number. */
  readonly number: number | null;
  /** Null where the answer is shown as its number alone. */
  readonly label: string | null;
  /** A code for "no answer". */
  readonly isMissing: boolean;
}

/** One question that is answered by one of its options. */
export interface SurveyItem {
  readonly id: string;
  readonly text: string;
  /** Shown before it; the same text before the items that follow is shown once. */
  readonly instructions: string | null;
  /** In the order shown; empty where the file does not have them. */
  readonly options: readonly SurveyOption[];
  /** Names of scales; empty for an item on no scale, null where the file does not tell. */
  readonly scales: readonly string[] | null;
  /** One for each scale, or one for all of them; null where the file does not tell. */
  readonly signs: readonly (1 | -1)[] | null;
}

/** A question that is not imported, and why, in words that go on after a colon. */
export interface SkippedQuestion {
  readonly question: string;
  readonly reason: string;
}

export interface Survey {
  readonly title: string | null;
  /** ISO 639-1 code. */
  readonly language: string | null;
  readonly score: 'sum' | 'mean' | null;
  readonly items: readonly SurveyItem[];
  readonly skipped: readonly SkippedQuestion[];
  /** What was read otherwise than it may seem, one sentence each. */
  readonly notes: readonly string[];
}

/** What is used here of a document of linkedom, whose types need the library of a browser. */
interface MarkupNode {
  readonly textContent: string | null;
  querySelector(selector: string): MarkupNode | null;
  querySelectorAll(selector: string): Iterable<MarkupNode>;
  remove(): void;
}

/** Text of a piece of HTML as a reader sees it, on one line. */
export function plainOf(html: string): { readonly text: string; readonly hasPicture: boolean } {
  const spaced = html.replaceAll(/<(?:br|hr|\/(?:p|div|td|th|tr|li|h\d))\b/gi, ' $&');
  const window: { readonly document: unknown } = parseHTML(
    `<!doctype html><html><body><div>${spaced}</div></body></html>`,
  );
  const { body } = window.document as { readonly body: MarkupNode };
  const hasPicture = body.querySelector('img, video, audio, iframe, svg, object') !== null;
  for (const hidden of body.querySelectorAll('script, style')) hidden.remove();
  return { text: (body.textContent ?? '').replaceAll(/[\s\u00a0]+/g, ' ').trim(), hasPicture };
}

const LONGEST_ID = 26;

/**
 * A name of another program as an id of an instrument file, and the same for each name: one that is
 * too long loses its middle, because what tells the rows of a matrix apart is at the end.
 */
export function idOfName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  const begun = /^[A-Za-z]/.test(plain) ? plain : plain === '' ? 'item' : `q${plain}`;
  return begun.length <= LONGEST_ID
    ? begun
    : `${begun.slice(0, LONGEST_ID / 2)}${begun.slice(-LONGEST_ID / 2)}`;
}

/** Makes ids of instrument files from the names that another program gives. Each is new. */
export function idMaker(): (name: string) => string {
  const taken = new Set(['explanation']);
  return (name) => {
    const begun = idOfName(name);
    for (let copy = 1; ; copy++) {
      const ending = copy === 1 ? '' : `_${copy}`;
      const id = `${begun.slice(0, LONGEST_ID - ending.length)}${ending}`;
      if (taken.has(id.toLowerCase())) continue;
      taken.add(id.toLowerCase());
      return id;
    }
  };
}

/** A number as answers are coded with: `02` is 2. Null for `A1`, `` and `1.5`. */
export function wholeNumber(text: string): number | null {
  return /^[+-]?\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

/** Numbers the answers from 1 in the order shown, for files that give no numbers. */
export function numberedByPosition(survey: Survey): Survey {
  return {
    ...survey,
    items: survey.items.map((item) =>
      item.options.every(({ number }) => number !== null)
        ? item
        : {
            ...item,
            options: item.options.map((option, index) => ({ ...option, number: index + 1 })),
          },
    ),
  };
}

/**
 * Turns back the items whose answers are numbered from the other end than those of the other items
 * with the same answers: the program that wrote the file stores such items reversed. Their answers
 * get the numbers of the others, and their sign is -1.
 */
export function turnedBack(survey: Survey): Survey {
  const notes: string[] = [];
  const turned = new Map<SurveyItem, SurveyItem>();
  const alike = Map.groupBy(survey.items.filter(isNumbered), ({ options }) =>
    JSON.stringify(labelled(options).map(({ label }) => label)),
  );
  for (const [labels, items] of alike) {
    const byNumbers = Map.groupBy(items, ({ options }) => JSON.stringify(numbersOf(options)));
    if (byNumbers.size !== 2 || labels.includes('null')) continue;
    const [some, others] = [...byNumbers.values()].sort((a, b) => a.length - b.length);
    const few = some!;
    const usual = labelled(others![0]!.options);
    const sum = Math.min(...numbersOf(usual)) + Math.max(...numbersOf(usual));
    const isMirrored = numbersOf(few[0]!.options).every(
      (number, index) => number === sum - usual[index]!.number!,
    );
    if (!isMirrored) continue;
    const names = few.map(({ id }) => id).join(', ');
    if (few.length === others!.length) {
      const rest = others!.map(({ id }) => id).join(', ');
      notes.push(
        `The answers of ${names} and those of ${rest} have the same words and are numbered from opposite ends; the file does not tell which of them are reversed.`,
      );
      continue;
    }
    for (const item of few) {
      const missing = item.options.filter(({ isMissing }) => isMissing);
      turned.set(item, { ...item, options: [...usual, ...missing], signs: [-1] });
    }
    notes.push(
      `${names}: the file numbers the answers from the other end than those of the items with the same answers, so that a high number means a low level. The numbers were turned back and the sign set to -1. Data exported from the same survey are reversed already for these items.`,
    );
  }
  return {
    ...survey,
    items: survey.items.map((item) => turned.get(item) ?? item),
    notes: [...survey.notes, ...notes],
  };
}

/**
 * One sentence for each set of answers whose numbers leave a gap: such a number is often the code of
 * a missing answer, which no file of another program says.
 */
export function notesOnGaps({ items }: Survey): string[] {
  const alike = Map.groupBy(items.filter(isNumbered), ({ options }) =>
    numbersOf(options)
      .sort((a, b) => a - b)
      .join(', '),
  );
  return [...alike].flatMap(([numbers, own]) => {
    const sorted = numbers.split(', ').map(Number);
    return sorted.at(-1)! - sorted[0]! < sorted.length
      ? []
      : [
          `${own.map(({ id }) => id).join(', ')}: the answers are numbered ${numbers}. If one of them means no answer, write [missing] after its words; otherwise its number is scored.`,
        ];
  });
}

function isNumbered({ options }: SurveyItem): boolean {
  return labelled(options).length > 1 && options.every(({ number }) => number !== null);
}

function labelled(options: readonly SurveyOption[]): readonly SurveyOption[] {
  return options.filter(({ isMissing }) => !isMissing);
}

function numbersOf(options: readonly SurveyOption[]): number[] {
  return labelled(options).map(({ number }) => number!);
}
