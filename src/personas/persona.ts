/** A persona on its way into the published table. */

export interface PersonaRow {
  /** Column to value, every text cut to what its column holds. */
  readonly columns: Readonly<Record<string, string | number | null>>;
  /** Texts that were cut, whole, by column. */
  readonly fullTexts: readonly (readonly [column: string, text: string])[];
}
