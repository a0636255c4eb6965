/** An instrument in words and as data: what is asked in one form, and how it is scored. */
import type { Asked } from '../instruments/asked/asked.ts';
import { composePrompt, frameOf } from '../instruments/asked/prompt.ts';
import type { Instrument, Norm } from '../instruments/instrument.ts';
import { rangeOfScale } from '../instruments/score.ts';
import type { AnswerSet, Item, Scale } from '../instruments/structure.ts';
import { planCalls } from './calls.ts';
import { noiseOf } from './noise.ts';
import { drawOrder } from './order.ts';
import {
  type AdministrationSettings,
  hashOfForm,
  requireSettings,
  variedSettings,
} from './settings.ts';

/** The administration whose orders and typing errors are shown where they vary. */
const SHOWN_SEED = 1;

export interface InstrumentSummary {
  readonly slug: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly items: number;
  readonly scales: number;
  /** Of the wording itself, then of the further wordings. */
  readonly languages: readonly string[];
  readonly licence: string;
}

interface CallDescription {
  readonly number: number;
  /** Ids, in the order asked. */
  readonly items: readonly string[];
  /** `only after yes to item mood3`; null for a call that is always made. */
  readonly condition: string | null;
  /** As it is sent. */
  readonly prompt: string;
  readonly asked: Asked;
}

export interface ScaleDescription {
  readonly id: string;
  readonly name: string;
  readonly score: Scale['score'];
  /** `mood1, -mood2, 0.5 × mood3`: items, or scales for a scale of scales. */
  readonly members: string;
  readonly lowest: number;
  readonly highest: number;
  /** Of the missing rule and centring; empty where every member is needed. */
  readonly rules: string;
}

export interface InstrumentDescription extends InstrumentSummary {
  readonly citation: string;
  /** SHA-256 of the file's text, of its wording, and of the form in which it is administered. */
  readonly sha256: string;
  readonly wording_sha256: string;
  readonly form_sha256: string;
  readonly administration: Partial<AdministrationSettings>;
  readonly calls: readonly CallDescription[];
  /** Of options that do not score their value, and of items with points of their own. */
  readonly points: readonly string[];
  readonly scaling: readonly ScaleDescription[];
  /** Ids of items on no scale. */
  readonly unscored: readonly string[];
  readonly norms: readonly Norm[];
}

export function summariseInstrument(instrument: Instrument): InstrumentSummary {
  const { slug, aliases, title, items, scales, language, otherLanguages, licence } = instrument;
  return {
    ...{ slug, aliases, title },
    items: items.length,
    scales: scales.length,
    languages: [language, ...otherLanguages],
    licence,
  };
}

/** @throws UserError where the instrument cannot be administered so */
export function describeInstrument(
  instrument: Instrument,
  settings: AdministrationSettings,
): InstrumentDescription {
  requireSettings(instrument, settings);
  const { citation, sha256, wordingSha256, items, scales, answerSets, norms } = instrument;
  const calls = planCalls(instrument, settings, drawOrder(instrument, settings, SHOWN_SEED));
  const frame =
    settings.paraphrase ??
    frameOf(
      instrument,
      calls.map(({ asked }) => asked),
    );
  const write = noiseOf(instrument, settings, SHOWN_SEED);
  const scored = new Set(scales.flatMap((scale) => scale.items.map(({ item }) => item)));
  return {
    ...summariseInstrument(instrument),
    ...{ citation, sha256, wording_sha256: wordingSha256 },
    form_sha256: hashOfForm(instrument, settings),
    administration: variedSettings(settings),
    calls: calls.map((call) => ({
      number: call.number,
      items: call.asked.items.map(({ item }) => item.id),
      condition: call.condition === null ? null : conditionInWords(call.condition, items),
      prompt: composePrompt(instrument, call.asked, frame, write),
      asked: call.asked,
    })),
    points: [...answerSets.flatMap(pointsOfSet), ...items.flatMap(pointsOfItem)],
    scaling: scales.map((scale) => describeScale(instrument, scale)),
    unscored: items.filter(({ number }) => !scored.has(number)).map(({ id }) => id),
    norms,
  };
}

function conditionInWords(
  { item, answers }: { readonly item: number; readonly answers: readonly number[] },
  items: readonly Item[],
): string {
  const { id, answers: set } = items[item - 1]!;
  const labels = answers.map((answer) => labelOf(set, answer));
  return `only after ${labels.join(' or ')} to item ${id}`;
}

function labelOf(set: AnswerSet | null, answer: number): string {
  const option = set?.options.find(({ value }) => value === answer);
  return JSON.stringify(option?.label ?? String(answer));
}

function pointsOfSet(set: AnswerSet): string[] {
  const { id, options } = set;
  const others = options.filter(({ value, points }) => points !== value);
  if (others.length === 0) return [];
  return [
    `answers ${id}: ${others.map(({ value, points }) => `${labelOf(set, value)} ${worth(points)}`).join(', ')}`,
  ];
}

function pointsOfItem({ id, points, answers }: Item): string[] {
  if (points === null) return [];
  return [
    `item ${id}: ${[...points].map(([value, own]) => `${labelOf(answers, value)} ${worth(own)}`).join(', ')}`,
  ];
}

function worth(points: number | null): string {
  return points === null ? 'scores nothing' : `scores ${points}`;
}

function describeScale(instrument: Instrument, scale: Scale): ScaleDescription {
  const { id, name, score, items, parts } = scale;
  const members = [
    ...items.map(({ item, weight }) => ({ id: instrument.items[item - 1]!.id, weight })),
    ...parts.map(({ scale: part, weight }) => ({ id: part, weight })),
  ];
  const { low, high } = rangeOfScale(instrument, scale);
  return {
    ...{ id, name, score },
    members: members.map(signed).join(', '),
    ...{ lowest: low, highest: high },
    rules: rulesOf(scale, members.length),
  };
}

function signed({ id, weight }: { readonly id: string; readonly weight: number }): string {
  const size = Math.abs(weight);
  return `${weight < 0 ? '-' : ''}${size === 1 ? '' : `${size} × `}${id}`;
}

function rulesOf({ mostMissing, prorate, isCentred, score }: Scale, members: number): string {
  const missing =
    mostMissing === 0
      ? []
      : [
          `${mostMissing} of ${members} may be missing`,
          ...(score === 'sum' ? [prorate ? 'prorated' : 'not prorated'] : []),
        ];
  return [...missing, ...(isCentred ? ["less the person's mean"] : [])].join(', ');
}
