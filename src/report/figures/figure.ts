/** What a figure is. */
export interface Figure {
  /** Of the file and of the place in the page: `fidelity-epqra`. */
  readonly id: string;
  readonly title: string;
  /** What is shown, of how many, and what the bars are. Plain text. */
  readonly caption: string;
  /** A complete SVG document with colours and fonts of its own, for a page or a screen. */
  readonly svg: string;
  /** The same for a column as narrow as a telephone. */
  readonly narrow: string;
}

/** Width of a figure and how its panels fit into it. */
export interface Breadth {
  readonly name: 'wide' | 'narrow';
  /** Pixels. */
  readonly width: number;
}

export const BREADTHS = {
  wide: { name: 'wide', width: 760 },
  narrow: { name: 'narrow', width: 358 },
} as const satisfies Readonly<Record<Breadth['name'], Breadth>>;

/** Lists of at most `size`, as even as can be, in order. */
export function chunk<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  const even = Math.ceil(items.length / Math.max(count, 1));
  return Array.from({ length: count }, (_, index) => items.slice(index * even, (index + 1) * even));
}

/** Full lines of `size`, and what is left over. */
export function linesOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** A part of an id or a file name. */
export function slugOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return plain === '' ? 'unnamed' : plain;
}
