/** An instrument file of either format, in one form: what is checked and built from. */

export interface DraftOption {
  readonly value: number;
  readonly label?: string | undefined;
  readonly synonyms: readonly string[];
  readonly means?: 'yes' | 'no' | undefined;
  readonly points?: number | undefined;
  readonly missing?: boolean | undefined;
  readonly added_midpoint?: boolean | undefined;
}

export interface DraftSet {
  readonly id: string;
  /** Begins a message about it, e.g. `answers` or `answers "agree5"`. */
  readonly called: string;
  readonly ask: 'label' | 'value' | 'letter';
  readonly options: readonly DraftOption[];
  /** Where every step between two numbers is an option. */
  readonly range: { readonly min: number; readonly max: number; readonly step: number } | null;
}

export interface DraftItem {
  readonly id: string;
  /** Begins a message about it, e.g. `item 3` or `item "phq3"`. */
  readonly called: string;
  readonly text: string;
  /** Id of its answer set; null for a number or a text, undefined where none is named. */
  readonly set: string | null | undefined;
  readonly quantity?:
    | {
        readonly min: number;
        readonly max: number;
        readonly unit: string | null;
        readonly decimals: number;
      }
    | undefined;
  readonly openCharacters?: number | undefined;
  readonly points?: ReadonlyMap<number, number | null> | undefined;
  readonly demanded: readonly number[];
  readonly optional: boolean;
}

export interface DraftBlock {
  readonly instructions: string | null;
  readonly items: readonly DraftItem[];
  readonly condition: { readonly item: string; readonly answers: readonly number[] } | null;
}

export interface DraftMember {
  /** Id of an item or of a scale. */
  readonly id: string;
  readonly weight: number;
}

export interface DraftScale {
  readonly id: string;
  readonly name: string;
  readonly score: 'sum' | 'mean' | 'max' | 'count';
  readonly items: readonly DraftMember[];
  readonly parts: readonly DraftMember[];
  readonly mostMissing: number;
  readonly prorate: boolean;
  readonly isCentred: boolean;
}

interface DraftNorm {
  readonly scale: string;
  readonly group: string;
  readonly source: string;
  readonly mean?: number | undefined;
  readonly sd?: number | undefined;
  readonly n?: number | undefined;
  readonly alpha?: number | undefined;
  readonly t?: Readonly<Record<string, number>> | undefined;
}

export interface Draft {
  readonly format: 1 | 2;
  readonly slug: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly citation: string;
  readonly licence: string;
  readonly language: string;
  readonly instructions: string | null;
  readonly template: string | null;
  readonly sets: readonly DraftSet[];
  readonly blocks: readonly DraftBlock[];
  readonly scales: readonly DraftScale[];
  readonly norms: readonly DraftNorm[];
}

/** Items of all blocks, in order. */
export function itemsOf({ blocks }: Draft): readonly DraftItem[] {
  return blocks.flatMap(({ items }) => items);
}
