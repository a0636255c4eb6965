/** Scale scores as small bars. */
import type { Instrument, Scores } from '../../instruments/instrument.ts';
import { rangeOfScale } from '../../instruments/score.ts';
import { html, type Markup } from '../../report/page/html.ts';
import { formatScore } from './format.ts';

/** More scales than these are drawn without their names. */
const MOST_NAMED = 7;
const HEIGHT = 15;

/** What a bar is compared with. */
export interface Mark {
  readonly value: number;
  /** E.g. `sheet` or `norm`. */
  readonly name: string;
}

export function renderScores(
  instrument: Instrument,
  scores: Readonly<Record<string, number | null>>,
  markOf: (scale: string) => Mark | null,
): Markup | null {
  const bars = instrument.scales.flatMap((scale) => {
    const score = scores[scale.id];
    return score === undefined ? [] : [{ scale, score, range: rangeOfScale(instrument, scale) }];
  });
  if (bars.length === 0) return null;
  const isNamed = bars.length <= MOST_NAMED;
  const name = (id: string) => (isNamed ? (id.length > 3 ? id.slice(0, 3) : id) : '');
  const indent = isNamed ? 4 + 6 * Math.max(...bars.map(({ scale }) => name(scale.id).length)) : 0;
  const width = isNamed ? 30 : 12;
  const step = indent + width + 5;
  const words = bars.map(({ scale, score, range }) => {
    const mark = markOf(scale.id);
    return `${scale.id} ${score === null ? 'no score' : formatScore(score)} of ${range.low} to ${range.high}${mark === null ? '' : ` (${mark.name} ${formatScore(mark.value)})`}`;
  });
  return html`<svg class="scores" role="img" aria-label="${words.join(', ')}" width="${bars.length * step}" height="${HEIGHT}"><title>${words.join('\n')}</title>${bars.map(
    ({ scale, score, range }, index) => {
      const x = index * step + indent;
      const at = (value: number) =>
        Math.max(0, Math.min(1, (value - range.low) / (range.high - range.low || 1))) * width;
      const mark = markOf(scale.id);
      return html`${isNamed ? html`<text x="${index * step}" y="11">${name(scale.id)}</text>` : null}<rect class="track" x="${x}" y="3" width="${width}" height="9"/>${
        score === null
          ? null
          : html`<rect class="value" x="${x}" y="3" width="${Math.max(1, at(score)).toFixed(1)}" height="9"/>`
      }${mark === null ? null : html`<line class="mark" x1="${(x + at(mark.value)).toFixed(1)}" x2="${(x + at(mark.value)).toFixed(1)}" y1="1" y2="14"/>`}`;
    },
  )}</svg>`;
}

/**
 * What the scores of an administration are compared with: the sheet that the persona was written
 * from, or else the first norm of the instrument that has a mean.
 */
export function marksOf(
  instrument: Instrument,
  sheet: { readonly instrument: Instrument; readonly scores: Scores } | null,
): (scale: string) => Mark | null {
  const own = sheet !== null && sheet.instrument.slug === instrument.slug ? sheet.scores : null;
  return (scale) => {
    const told = own?.get(scale);
    if (told !== undefined) return { value: told, name: 'sheet' };
    const norm = own === null ? normOf(instrument, scale) : null;
    return norm === null ? null : { value: norm.mean, name: `norm, ${norm.group}` };
  };
}

export function normOf(instrument: Instrument, scale: string) {
  const norm = instrument.norms.find((one) => one.scale === scale && one.mean !== null);
  return norm === undefined ? null : { ...norm, mean: norm.mean! };
}
