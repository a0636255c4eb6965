/** The tables of the study, from what is in the database. */
import path from 'node:path';
import type { Cell, Table } from '../analysis/table.ts';
import { dateOf } from '../clock.ts';
import { whileRefreshing } from '../db/materialized-view.ts';
import type { AnalysisSettings, Difference } from '../report/analysis.ts';
import { figures } from '../report/figures/index.ts';
import { completeTable, type StudyTableId, type TableId } from '../report/tables/tables.ts';
import { analyzeStudy, writeAnalysis } from '../studies/analyze.ts';
import { insideOf, type Study } from './study.ts';

/**
 * What is analyzed, and how. Settings that are left out are those of the study file, where the
 * schema was made from one.
 */
export interface AnalyzeOptions {
  /** Groups by id. Default: all. */
  readonly groups?: readonly number[];
  /**
   * Rows of real models, or of the simulated one; never both. Default: real, where there are any.
   */
  readonly rows?: 'real' | 'simulated';
  /**
   * Largest difference of means, in points of every scale, that still counts as none. Default: as
   * in the study file, else 0.5.
   */
  readonly equivalenceBound?: number;
  /**
   * Largest distance of one answer sheet from the sheet it was written from, in points of every
   * scale, that still counts as the same. Default: as in the study file, else 1 for sums of up to
   * ten dichotomous items and one standard error of measurement of the sheets for other scales.
   */
  readonly personBound?: number;
  /** Where tables, figures and `report.html` are written. Default: nothing is written. */
  readonly folder?: string;
}

/** One table as rows, the same as in its JSON file. */
export interface ResultTable {
  readonly table: TableId;
  /**
   * `published`: as the study's published code computes it, known flaws included. `corrected`: as
   * it should be.
   */
  readonly mode: 'published' | 'corrected';
  /** What is `simulated` is no evidence about any model. */
  readonly data_origin: 'model' | 'simulated' | 'imported' | 'mixed';
  /**
   * Numbers in full precision; null for what is undefined. `docs/reference/file-formats.md` lists
   * the keys.
   */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** One figure of the report. */
export interface ResultFigure {
  /** E.g. `fidelity-epqra`. */
  readonly id: string;
  readonly title: string;
  /** What is shown, of how many, and what the bars are. */
  readonly caption: string;
  /** A complete SVG document. */
  readonly svg: string;
}

/** What an analysis came to. */
export interface AnalysisResult {
  /** What is `simulated` is no evidence about any model. */
  readonly dataOrigin: ResultTable['data_origin'];
  readonly settings: AnalysisSettings;
  /** By table: `result.published['4'].rows`. */
  readonly published: Readonly<Record<StudyTableId, ResultTable>>;
  /** Those that the study did not have, too. */
  readonly corrected: Readonly<Record<TableId, ResultTable>>;
  /** Cells that the corrected tables show differently, and why. */
  readonly differences: readonly Difference[];
  /** Draws the figures of the report; takes a moment. */
  drawFigures(): readonly ResultFigure[];
  /** Names of the files that were written, relative to the folder. */
  readonly files: readonly string[];
}

/**
 * Makes Tables 1 to 6 and A4 to A7 in both modes and all others corrected, and, where a folder is given, writes them as
 * JSON, CSV, Markdown and LaTeX, with figures and report, as `personas analyze` does.
 * @throws UserError when a group does not exist, or the folder cannot be written
 */
export async function analyze(study: Study, options: AnalyzeOptions = {}): Promise<AnalysisResult> {
  const { database, config, timing } = insideOf(study);
  const { folder, ...choice } = options;
  const work = () => analyzeStudy(database, config, choice);
  const analysis =
    folder === undefined ? await work() : (await whileRefreshing(database, work)).result;
  const files =
    folder === undefined
      ? []
      : writeAnalysis(path.resolve(folder), analysis, new Date(dateOf(timing)));
  return {
    dataOrigin: analysis.study.dataOrigin,
    settings: analysis.settings,
    published: byTable(analysis.published),
    corrected: byTable(analysis.corrected),
    differences: analysis.differences,
    drawFigures: () =>
      figures(analysis).map(({ id, title, caption, svg }) => ({ id, title, caption, svg })),
    files,
  };
}

function byTable<Id extends TableId>(tables: readonly Table[]): Record<Id, ResultTable> {
  return Object.fromEntries(
    tables.map((table) => [table.table, completeTable(table)]),
  ) as unknown as Record<Id, ResultTable>;
}
