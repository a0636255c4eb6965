/**
 * What was prepared for the page that a run offers, until it is claimed: its texts are read a second
 * time only where one of its rows has changed since.
 */
import type { Prepared } from '../runner/task.ts';
import type { PreparationTools } from './administration/prepare.ts';
import { takesSeveralCalls } from './administration/progress.ts';
import type { RegisteredExperiment, RunnableExperiment } from './experiment.ts';

type Task = Prepared<RunnableExperiment>;

export class PreparedPage {
  readonly #settingsOf: PreparationTools['settingsOf'];
  #tasks = new Map<number, { readonly version: string; readonly task: Task }>();

  constructor({ settingsOf }: Pick<PreparationTools, 'settingsOf'>) {
    this.#settingsOf = settingsOf;
  }

  /**
   * Keeps a page in place of the one before, but for administrations of several calls, which go on
   * from what is stored, and experiments whose persona is looked for.
   * @param tasks of the rows, in the same order
   */
  keep(rows: readonly RegisteredExperiment[], tasks: readonly Task[]): void {
    this.#tasks = new Map(
      rows.flatMap((row, index) =>
        row.personaId === null || takesSeveralCalls(this.#settingsOf(row))
          ? []
          : [[row.experimentId, { version: row.version, task: tasks[index]! }] as const],
      ),
    );
  }

  /** Hands over what is still as it was prepared. */
  take(versions: ReadonlyMap<number, string>): Task[] {
    return [...versions].flatMap(([id, version]) => {
      const kept = this.#tasks.get(id);
      this.#tasks.delete(id);
      return kept?.version === version ? [kept.task] : [];
    });
  }
}
