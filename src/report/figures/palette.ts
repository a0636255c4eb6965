/**
 * Colours, symbols and strokes of figures. The hues are those of Okabe and Ito, which colour-blind
 * readers tell apart; a condition has a symbol and a stroke besides, so that a grey print loses
 * nothing. Every colour is written out, since many programs that read SVG know no CSS variables; a
 * page exchanges the colours of this list for its own.
 */

/** Colours that a page may exchange: name of its CSS variable to the colour in files. */
export const INKS = {
  ink: '#1b1d22',
  soft: '#5b5f68',
  line: '#c9ccd3',
  faint: '#e7e9ed',
  shade: '#d3d6dc',
  paper: '#ffffff',
  alarm: '#9c2f00',
  'series-1': '#23252b',
  'series-2': '#d55e00',
  'series-3': '#0072b2',
  'series-4': '#009e73',
  'series-5': '#b8558f',
  'series-6': '#a87400',
  'series-7': '#3a8fc4',
} as const;

export interface SeriesLook {
  readonly colour: string;
  /** A symbol of Plot. */
  readonly symbol: 'circle' | 'triangle' | 'square' | 'diamond' | 'star' | 'wye' | 'cross';
  /** Dash pattern; null for an unbroken line. */
  readonly dash: string | null;
}

const LOOKS: readonly SeriesLook[] = [
  { colour: INKS['series-1'], symbol: 'circle', dash: null },
  { colour: INKS['series-2'], symbol: 'triangle', dash: '5 2.5' },
  { colour: INKS['series-3'], symbol: 'square', dash: '1.5 2' },
  { colour: INKS['series-4'], symbol: 'diamond', dash: '7 2 1.5 2' },
  { colour: INKS['series-5'], symbol: 'star', dash: '3 1.5' },
  { colour: INKS['series-6'], symbol: 'wye', dash: '9 3' },
  { colour: INKS['series-7'], symbol: 'cross', dash: '1 3' },
];

/** One look for each name, in order; they repeat after seven. */
export function looksOf(names: readonly string[]): ReadonlyMap<string, SeriesLook> {
  return new Map(names.map((name, index) => [name, LOOKS[index % LOOKS.length]!]));
}

/**
 * Of a value from −1 to 1: blue below 0, orange above, nearly white between; and black or white for
 * the number on it, whichever reads better.
 */
export function divergingColour(value: number): { readonly fill: string; readonly text: string } {
  const strength = Math.min(1, Math.abs(value));
  const aim = value < 0 ? [0, 84, 148] : [178, 72, 0];
  const channels = aim.map((most) => Math.round(250 + (most - 250) * strength));
  const luminance = luminanceOf(channels);
  // Of the contrasts (L1 + 0.05) / (L2 + 0.05) with white and with black, the larger.
  const isDark = 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05;
  return {
    fill: `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`,
    text: isDark ? '#fffffe' : '#000001',
  };
}

/**
 * Relative luminance of sRGB channels from 0 to 255, as the contrast rules of the web (WCAG 2)
 * define it.
 */
function luminanceOf(channels: readonly number[]): number {
  const [red, green, blue] = channels.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
