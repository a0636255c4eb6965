/**
 * What a process no longer asks: it closes a provider whose key is wrong, a model that does not
 * exist, an instrument that a model cannot answer. Everything else goes on. It also remembers the
 * tasks that it has finished.
 */
import { setMaxListeners } from 'node:events';
import type { ModelEntry } from '../models/catalogue.ts';
import type { Scope } from './retry-policy.ts';
import { createSubjectMonitor, type FailureMonitor, type SubjectMonitor } from './stop-rules.ts';
import type { Finished, Task } from './task.ts';

/** Something that was closed for the rest of a run. */
export interface Closed {
  readonly scope: 'provider' | 'model' | 'subject';
  readonly provider: string;
  /** Short name; null where the whole provider is closed. */
  readonly model: string | null;
  /** The instrument, or what else was wanted; null where the whole model is closed. */
  readonly subject: string | null;
  /** What the provider reported, or what was wrong with the replies. */
  readonly reason: string;
}

/** The tasks of one model for one instrument. */
export interface Unit {
  readonly monitor: SubjectMonitor;
  readonly open: boolean;
  /**
   * A signal that is aborted when the unit is closed, or with the given signal, that of the run.
   */
  stopWith(stop: AbortSignal): AbortSignal;
}

export interface Closures {
  /** In the order in which they were closed. */
  readonly closed: readonly Closed[];
  /** The unit of a task. Groups that send the same to the same model share a monitor. */
  unitOf(kind: string, task: Task<unknown>): Unit;
  close(scope: Scope, task: Task<unknown>, reason: string): void;
  /** True when tasks of that kind have been seen, and all of them are closed. */
  allOf(kind: string): boolean;
  /** Records that a task is finished, answered or not. */
  finish(kind: string, id: number): void;
  /**
   * The database decides by its clock, which may be changed, what was attempted recently; of its
   * own tasks this process knows it.
   */
  isFinished(kind: string, id: number): boolean;
  /** Groups of these tasks in which nothing is open. */
  closedGroups(kind: string): number[];
  /** Whether all of these models are closed. */
  covers(models: readonly ModelEntry[]): boolean;
}

interface KeptUnit extends Unit {
  readonly groupId: number;
  readonly kind: string;
  /** Keys of the scopes that it belongs to. */
  readonly within: readonly string[];
  open: boolean;
  readonly controller: AbortController;
}

/** @param stopAfter closes a unit after this many equal failures without an answer */
export function createClosures(stopAfter: number): Closures {
  const closed = new Map<string, Closed>();
  const units = new Map<string, KeptUnit>();
  const monitors = new Map<string, SubjectMonitor>();
  const finished = new Map<string, Set<number>>();

  return {
    get closed() {
      return [...closed.values()];
    },
    allOf(kind) {
      const some = [...units.values()].filter((unit) => unit.kind === kind);
      return some.length > 0 && some.every((unit) => !unit.open);
    },
    unitOf(kind, task) {
      const { groupId, model } = task;
      const key = `${kind} ${groupId} ${model.name}`;
      const known = units.get(key);
      if (known !== undefined) return known;
      const within = [...keysOf(model), keyOfSubject(task)];
      const monitor = monitors.get(within.at(-1)!) ?? createSubjectMonitor(stopAfter);
      monitors.set(within.at(-1)!, monitor);
      const controller = new AbortController();
      const { stopWith } = combined(controller.signal);
      const open = !within.some((one) => closed.has(one));
      if (!open) controller.abort();
      const unit: KeptUnit = { kind, groupId, within, monitor, open, controller, stopWith };
      units.set(key, unit);
      return unit;
    },
    close(scope, task, reason) {
      const { model, subject } = task;
      const keys = [...keysOf(model), keyOfSubject(task)];
      // Something that is closed within a larger scope is not closed again.
      if (keys.slice(0, DEPTH[scope]).some((one) => closed.has(one))) return;
      const key = keys[DEPTH[scope] - 1]!;
      closed.set(key, {
        scope,
        provider: model.provider,
        model: scope === 'provider' ? null : model.name,
        subject: scope === 'subject' ? subject : null,
        reason,
      });
      for (const unit of units.values()) {
        if (!unit.open || !unit.within.includes(key)) continue;
        unit.open = false;
        unit.controller.abort();
      }
    },
    finish(kind, id) {
      const ids = finished.get(kind) ?? new Set();
      finished.set(kind, ids.add(id));
    },
    isFinished: (kind, id) => finished.get(kind)?.has(id) === true,
    closedGroups(kind) {
      const some = [...units.values()].filter((unit) => unit.kind === kind);
      const open = new Set(some.filter((unit) => unit.open).map((unit) => unit.groupId));
      return [...new Set(some.map((unit) => unit.groupId))].filter((group) => !open.has(group));
    },
    covers(models) {
      return (
        models.length > 0 && models.every((model) => keysOf(model).some((key) => closed.has(key)))
      );
    },
  };
}

/**
 * Combines a unit's signal with that of the run, once for each run. Hundreds of waiting calls
 * listen to the result.
 */
function combined(closing: AbortSignal): Pick<Unit, 'stopWith'> {
  const signals = new WeakMap<AbortSignal, AbortSignal>();
  return {
    stopWith(stop) {
      let signal = signals.get(stop);
      if (signal === undefined) {
        signal = AbortSignal.any([stop, closing]);
        setMaxListeners(0, signal);
        signals.set(stop, signal);
      }
      return signal;
    },
  };
}

/** How many of its keys a scope takes. */
const DEPTH: Readonly<Record<Scope, number>> = { provider: 1, model: 2, subject: 3 };

/** Of the provider and the model. */
function keysOf({ provider, region, modelId }: ModelEntry): [string, string] {
  return [provider, JSON.stringify([provider, region, modelId])];
}

/** With other parameters, the same instrument may succeed. */
function keyOfSubject({ model, subject, request }: Task<unknown>): string {
  const { temperature, topP, maxTokens, extra } = request;
  return JSON.stringify([...keysOf(model), subject, temperature, topP, maxTokens, extra]);
}

/** Describes what was closed: `provider openai`, `model gpt4o of openai`, `gpt4o with epqra`. */
export function describeClosed({ scope, provider, model, subject }: Closed): string {
  if (scope === 'provider') return `provider ${provider}`;
  return scope === 'model' ? `model ${model} of ${provider}` : `${model} with ${subject}`;
}

/**
 * Describes everything that was closed, with the reasons; null when nothing was. A single closure
 * that ended the run needs no name.
 */
export function describeClosures(closed: readonly Closed[], endedRun: boolean): string | null {
  if (closed.length === 0) return null;
  if (endedRun && closed.length === 1) return closed[0]!.reason;
  return closed.map((one) => `${describeClosed(one)}: ${one.reason}`).join('\n');
}

/**
 * What the result of one task shows to be hopeless for other tasks as well.
 * @param provider what is known about the failures of its provider
 * @param oneQuota all models of the provider's account share its quotas
 */
export function findHopeless(
  result: Finished<unknown>['result'],
  { monitor }: Pick<Unit, 'monitor'>,
  provider: FailureMonitor,
  oneQuota: boolean,
): { readonly scope: Scope; readonly reason: string }[] {
  if (result.kind === 'answered') {
    monitor.answered();
    return [];
  }
  const { call, closes, deferred, reason } = result;
  const throttled = call.failure === 'throttled';
  if (closes !== null) return [{ scope: throttled && oneQuota ? 'provider' : closes, reason }];
  const dead = deferred && !throttled ? null : provider.failed(call, reason);
  const unfit = monitor.failed(result, provider.heard);
  return [
    ...(dead === null ? [] : [{ scope: 'provider' as const, reason: dead }]),
    ...(unfit === null ? [] : [{ scope: 'subject' as const, reason: unfit }]),
  ];
}
