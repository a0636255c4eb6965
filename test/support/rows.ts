/**
 * Rows of tables as the tests of the report write them: what a test does not care about is null, as
 * in rows without a result.
 */
import type { Table } from '../../src/analysis/table.ts';

export type Row = Table['rows'][number];

const COLUMNS =
  `p p_adjusted family family_size n sd r t df d_z d_av ref_mean ref_sd diff diff_sd ci_low ci_high limits_low limits_high
  test interval share share_ci_low share_ci_high share_at_target share_interval target mean_equivalent equivalence_bound equivalence_ci_low
  equivalence_ci_high p_equivalence p_equivalence_adjusted equivalence_family equivalence_family_size icc icc_ci_low icc_ci_high alpha
  item_numbers item_total_r constant_items alpha_without_constant
  omega omega_ci_low omega_ci_high omega_correlations accuracy precision recall specificity
  m sd_single diff_sd_single limits_single_low limits_single_high limits_single_ci_low limits_single_ci_high
  d_z_ci_low d_z_ci_high d_av_ci_low d_av_ci_high equivalence_bound_sd equivalence_bound_origin equivalence_bound_reason
  icc_single icc_single_ci_low icc_single_ci_high person_bound person_bound_sd person_bound_origin person_bound_reason
  person_share share_within share_within_ci_low share_within_ci_high persons
  balanced_accuracy balanced_accuracy_ci_low balanced_accuracy_ci_high mae rmse mean n_administrations n_incomplete n_without_sheet answered_by population reason`.split(
    /\s+/,
  );

const EMPTY: Row = Object.fromEntries(COLUMNS.map((name) => [name, null]));

export function completeRows(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({ ...EMPTY, ...row }));
}
