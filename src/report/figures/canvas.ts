/**
 * Draws with Plot on linkedom, without a browser, and puts panels, legend and labels together into
 * one SVG document.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { beginning } from '../../shorten.ts';
import { BREADTHS, type Breadth, type Figure } from './figure.ts';
import { INKS, type SeriesLook } from './palette.ts';

const SVG = 'http://www.w3.org/2000/svg';
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const SIMULATED_LABEL = 'SIMULATED';

/** What is used here of the DOM, which linkedom provides and no browser. */
interface SvgNode {
  textContent: string | null;
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  append(...nodes: readonly SvgNode[]): void;
  remove(): void;
  querySelector(selector: string): SvgNode | null;
  querySelectorAll(selector: string): Iterable<SvgNode>;
}

interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgNode;
}

/** One drawing of Plot with its height in pixels. */
export interface Panel {
  readonly svg: SvgNode;
  readonly height: number;
  /** Stands above it. */
  readonly heading?: string;
  /** Beside the heading, lighter. */
  readonly note?: string;
}

/** A figure before it is drawn: the panels are laid out anew for each breadth. */
export interface Plan {
  readonly id: string;
  readonly title: string;
  /** For readers. */
  readonly caption: string;
  /** For those who cannot see the figure. */
  readonly description: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: (breadth: Breadth) => readonly Panel[];
}

interface LegendEntry {
  readonly label: string;
  readonly mark:
    | SeriesLook
    | { readonly swatch: string }
    | { readonly rule: string }
    | { readonly ring: string };
}

const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
  readonly document: SvgDocument;
};

/** Plot's own drawing, with this program's text and without the style that Plot adds for pages. */
export function draw(
  options: Plot.PlotOptions & { readonly width: number; readonly height: number },
): Panel {
  const svg = Plot.plot({
    ...options,
    document,
  } as unknown as Plot.PlotOptions) as unknown as SvgNode;
  for (const style of svg.querySelectorAll('style')) style.remove();
  svg.removeAttribute('class');
  svg.removeAttribute('style');
  return { svg, height: options.height };
}

const LINE = 18;
const MARK = 26;
/** Room on the left of what is not a drawing, so that no stroke is cut. */
const EDGE = 4;

/** @returns the figure for both breadths, marked as simulated where it is */
export function finish(
  { id, title, caption, ...plan }: Plan,
  simulated: boolean,
  isLinked: boolean,
): Figure {
  const [svg, narrow] = [BREADTHS.wide, BREADTHS.narrow].map((breadth) =>
    compose({ id, title, caption, ...plan }, breadth, simulated, isLinked),
  );
  return {
    id,
    title,
    caption: simulated ? `${SIMULATED_LABEL}. ${caption}` : caption,
    svg: svg!,
    narrow: narrow!,
  };
}

/**
 * Panels under one another below the legend. The words of a legend are measured by their letters,
 * since nothing here knows fonts.
 */
function compose(plan: Plan, breadth: Breadth, simulated: boolean, isLinked: boolean): string {
  const { width, name } = breadth;
  // Readers of screens look for links in a group, and not in an image.
  const role = isLinked ? 'group' : 'img';
  const root = element('svg', { xmlns: SVG, width, role, class: 'figure' });
  const ids = { title: `${plan.id}-${name}-title`, description: `${plan.id}-${name}-description` };
  root.setAttribute('aria-labelledby', `${ids.title} ${ids.description}`);
  root.append(
    withText(element('title', { id: ids.title }), plan.title),
    withText(
      element('desc', { id: ids.description }),
      simulated ? `${SIMULATED_LABEL}. ${plan.description}` : plan.description,
    ),
  );
  const paper = element('rect', {
    width: '100%',
    height: '100%',
    fill: INKS.paper,
    class: 'paper',
  });
  root.append(paper);

  let y = 4;
  if (simulated) {
    root.append(drawWarning(width, y));
    y += 24;
  }
  const legend = drawLegend(plan.legend, width, y);
  root.append(legend.group);
  y += legend.height;
  for (const { svg, height, heading, note } of plan.panels(breadth)) {
    if (heading !== undefined) {
      const text = withText(
        element('text', {
          x: EDGE,
          y: y + 13,
          'font-size': '11.5',
          'font-weight': '600',
          fill: INKS.ink,
        }),
        heading,
      );
      if (note !== undefined)
        text.append(
          withText(
            element('tspan', { dx: 8, 'font-size': '10', 'font-weight': '400', fill: INKS.soft }),
            note,
          ),
        );
      root.append(text);
      y += 18;
    }
    // What Plot calls the groups of its marks is no name of anything that a reader meets.
    if (isLinked)
      for (const group of svg.querySelectorAll('g[aria-label]'))
        group.removeAttribute('aria-label');
    svg.setAttribute('x', '0');
    svg.setAttribute('y', String(y));
    svg.setAttribute('overflow', 'visible');
    root.append(svg);
    y += height;
  }
  root.setAttribute('height', String(y));
  root.setAttribute('viewBox', `0 0 ${width} ${y}`);
  root.setAttribute('font-family', FONT);
  root.setAttribute('font-size', '10.5');
  root.setAttribute('color', INKS.ink);
  // Plot leaves the colour of axes to the surroundings, of which a file has none; XML knows no
  // other control characters.
  return root.outerHTML
    .replaceAll('currentColor', INKS.ink)
    .replaceAll(/(\d\.\d\d)\d+(?=[^<>]*>)/g, '$1')
    .replaceAll(' font-family="system-ui, sans-serif"', '')
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, '');
}

function drawWarning(width: number, y: number): SvgNode {
  const group = element('g', {});
  group.append(
    element('rect', {
      x: 0.5,
      y: y + 0.5,
      width: width - 1,
      height: 19,
      rx: 3,
      fill: 'none',
      stroke: INKS.alarm,
    }),
    withText(
      element('text', {
        x: width / 2,
        y: y + 14,
        'text-anchor': 'middle',
        fill: INKS.alarm,
        'font-weight': 700,
        'letter-spacing': '0.04em',
      }),
      width < 500
        ? `${SIMULATED_LABEL}: no evidence about any model`
        : `${SIMULATED_LABEL} data: no evidence about any real model`,
    ),
  );
  return group;
}

function drawLegend(
  entries: readonly LegendEntry[],
  width: number,
  top: number,
): { readonly group: SvgNode; readonly height: number } {
  const group = element('g', { class: 'legend', 'font-size': '11', fill: INKS.ink });
  if (entries.length === 0) return { group, height: 0 };
  let x = EDGE;
  let y = top + LINE / 2;
  for (const { label, mark } of entries) {
    const length = MARK + widthOf(label, 11) + 16;
    if (x > EDGE && x + length > width) {
      x = EDGE;
      y += LINE;
    }
    group.append(drawMark(mark, x, y), withText(element('text', { x: x + MARK, y: y + 4 }), label));
    x += length;
  }
  return { group, height: y - top + LINE / 2 + 6 };
}

function drawMark(mark: LegendEntry['mark'], x: number, y: number): SvgNode {
  if ('swatch' in mark)
    return element('rect', { x: x + 3, y: y - 5, width: 16, height: 10, fill: mark.swatch });
  if ('rule' in mark)
    return element('path', { d: `M${x + 11},${y - 6}v12`, stroke: mark.rule, 'stroke-width': 1.2 });
  if ('ring' in mark)
    return element('circle', {
      cx: x + 11,
      cy: y,
      r: 3.2,
      fill: 'none',
      stroke: mark.ring,
      'stroke-width': 1.3,
    });
  const group = element('g', {});
  const line = element('path', {
    d: `M${x},${y}h22`,
    stroke: mark.colour,
    'stroke-width': 1.5,
    fill: 'none',
  });
  if (mark.dash !== null) line.setAttribute('stroke-dasharray', mark.dash);
  group.append(line, drawSymbol(mark, x + 11, y));
  return group;
}

/** A symbol as Plot draws it, by Plot itself. */
function drawSymbol({ symbol, colour }: SeriesLook, x: number, y: number): SvgNode {
  const plot = draw({
    width: 20,
    height: 20,
    axis: null,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [Plot.dot([0], { x: 0, y: 0, symbol, fill: colour, stroke: 'none', r: 3.6 })],
  }).svg;
  const path = plot.querySelector('[aria-label="dot"] path, [aria-label="dot"] circle')!;
  const drawn = element('path', {
    d: path.getAttribute('d') ?? 'M3.6,0A3.6,3.6,0,1,1,-3.6,0A3.6,3.6,0,1,1,3.6,0',
    fill: colour,
  });
  drawn.setAttribute('transform', `translate(${x},${y})`);
  return drawn;
}

/** Roughly how wide a text is, in pixels. */
export function widthOf(text: string, size: number): number {
  return text.length * size * 0.56;
}

/** The text, cut so that it takes at most so many pixels. */
export function fitText(text: string, pixels: number, size = 10.5): string {
  const letters = Math.max(3, Math.floor(pixels / (size * 0.56)));
  return text.length <= letters ? text : `${beginning(text, letters - 1)}…`;
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): SvgNode {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function withText(target: SvgNode, text: string): SvgNode {
  target.textContent = text;
  return target;
}
