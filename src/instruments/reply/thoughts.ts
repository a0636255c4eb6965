/**
 * `<think>…</think>`, `[THINK]…[/THINK]`: what a reasoning model writes before its reply and is no
 * part of it.
 */
import { replyWords } from './words.ts';

/** Where a thought begins or ends, if nobody only speaks of the mark. */
export interface ThoughtMark {
  readonly opens: boolean;
  /**
   * Marks of one kind belong together, whatever they are called: models close `<think>` by
   * `</thinking>`.
   */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

const TAG = `(?:[\\w-]{1,20}[:|])?(?:${replyWords.thinkingTags.join('|')})(?:[_:][\\w-]{1,80})?`;
const ATTRIBUTES = '(?:\\s[^<>]{0,200}?)?';
const [LESS, GREATER] = ['(?:<|＜|&lt;)\\s{0,8}', '\\s{0,8}(?:>|＞|&gt;)'];

/** A tag that closes itself holds an empty thought, and one that closes may have lost its end. */
const TAGS = {
  openings: [`${LESS}${TAG}${ATTRIBUTES}${GREATER}`],
  closings: [
    `${LESS}\\\\?/\\s{0,8}${TAG}(?:${ATTRIBUTES}${GREATER}|(?![\\w-]))`,
    `${LESS}${TAG}${ATTRIBUTES}/${GREATER}`,
  ],
};
/** Numbers of kinds of which neither mark counts without the other. */
const PAIRED = new Set(
  replyWords.thinkingMarks.flatMap(({ paired }, index) => (paired ? [String(index + 1)] : [])),
);
const KINDS = [
  TAGS,
  ...replyWords.thinkingMarks.map(({ openings, closings }) => ({
    openings: openings.map(spaced),
    closings: closings.map(spaced),
  })),
];
/** Every repetition in it is bounded, so that it takes linear time. */
const MARK = new RegExp(
  [
    ...KINDS.map(({ closings }, kind) => `(?<closes${kind}>${closings.join('|')})`),
    ...KINDS.map(({ openings }, kind) => `(?<opens${kind}>${openings.join('|')})`),
  ].join('|'),
  'gi',
);

/** What every mark begins with: most replies hold none of it. */
const BEGINNING = new RegExp(
  [
    LESS,
    ...replyWords.thinkingMarks.flatMap(({ openings, closings }) =>
      [...openings, ...closings].map((mark) => spaced(beginningOf(mark))),
    ),
  ].join('|'),
  'i',
);

/** The marks of a text, in its order. */
export function thoughtMarksOf(text: string): ThoughtMark[] {
  if (!BEGINNING.test(text)) return [];
  const marks = Array.from(text.matchAll(MARK), ({ 0: mark, index, groups = {} }) => {
    const [, does, kind] = /^(opens|closes)(\d+)$/.exec(
      Object.keys(groups).find((name) => groups[name] !== undefined)!,
    )!;
    return { opens: does === 'opens', kind: kind!, start: index, end: index + mark.length };
  });
  const opened = new Map(
    marks
      .filter(({ opens }) => opens)
      .toReversed()
      .map(({ kind, start }) => [kind, start]),
  );
  const closed = new Map(
    marks.filter(({ opens }) => !opens).map(({ kind, start }) => [kind, start]),
  );
  return marks.filter(
    ({ opens, kind, start }) =>
      !PAIRED.has(kind) ||
      (opens ? start < (closed.get(kind) ?? -1) : start > (opened.get(kind) ?? text.length)),
  );
}

/** A mark as a pattern that allows white space between its signs. */
function spaced(mark: string): string {
  return partsOf(mark)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('\\s{0,8}');
}

/** Words in full, because a single one occurs in most replies. */
function beginningOf(mark: string): string {
  return /^\p{L}/u.test(mark) ? mark : partsOf(mark)[0]!;
}

/** Words and single signs. */
function partsOf(mark: string): readonly string[] {
  return mark.match(/[\p{L}\p{N}_]+|./gu) ?? [];
}
