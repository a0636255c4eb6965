/**
 * Colours, symbols and strokes of figures. The hues are those of Okabe and Ito, which colour-blind readers tell apart; a
 * condition has a symbol and a stroke besides, so that a grey print loses nothing. Every colour is written out, since
 * many programs that read SVG know no CSS variables; a page exchanges the colours of this list for its own.
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

/** Of a share of the way from −1 to 1: blue below 0, orange above, white between. For cells with a number in them. */
export function divergingColour(value: number): { readonly fill: string; readonly text: string } {
  const strength = Math.min(1, Math.abs(value));
  const aim = value < 0 ? [0, 90, 156] : [196, 84, 0];
  const channel = (index: number) => Math.round(250 + (aim[index]! - 250) * strength);
  const hex = [0, 1, 2].map((index) => channel(index).toString(16).padStart(2, '0')).join('');
  return { fill: `#${hex}`, text: strength > 0.62 ? '#fffffe' : '#1a1a1a' };
}
