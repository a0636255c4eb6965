/**
 * What a process does not ask again. It has closed a provider whose key is wrong, a model that is not there, an instrument that a model is not
 * up to; everything else goes on, but the tasks that it has done with already.
 */
import { setMaxListeners } from 'node:events';
import type { ModelEntry } from '../models/catalogue.ts';
import type { Scope } from './retry-policy.ts';
import { createTrial, type Trial } from './stop-rules.ts';
import type { Task } from './task.ts';

/** Something that was closed for the rest of a run. */
export interface Closed {
  readonly scope: 'provider' | 'model' | 'subject';
  readonly provider: string;
  /** Short name; null where the whole provider is closed. */
  readonly model: string | null;
  /** The instrument, or what else was asked for; null where the whole model is closed. */
  readonly subject: string | null;
  /** What the provider said, or what was wrong with the replies. */
  readonly reason: string;
}

/** The tasks of one model for one instrument. */
export interface Unit {
  readonly trial: Trial;
  readonly open: boolean;
  /** Aborted when the unit is closed. */
  readonly closing: AbortSignal;
}

export interface Closures {
  /** In the order in which they were closed. */
  readonly closed: readonly Closed[];
  /** The unit of a task. Groups that send the same to the same model are one trial. */
  unitOf(kind: string, task: Task<unknown>): Unit;
  close(scope: Scope, task: Task<unknown>, reason: string): void;
  /** True when tasks of that kind have been met, and all of them are closed. */
  allOf(kind: string): boolean;
  /** Notes that a task is done with, answered or not. */
  finish(kind: string, id: number): void;
  /** The database tells by its clock, which may be set, what was attempted of late; this process knows it of its own tasks. */
  isFinished(kind: string, id: number): boolean;
  /** Groups of these tasks of which nothing is open. */
  closedGroups(kind: string): number[];
  /** Whether nothing may be asked of any of these models. */
  covers(models: readonly ModelEntry[]): boolean;
}

interface KeptUnit extends Unit {
  readonly groupId: number;
  readonly kind: string;
  /** Keys of what it is closed with. */
  readonly within: readonly string[];
  open: boolean;
  readonly controller: AbortController;
}

/** @param stopAfter tasks of a unit that fail alike, while none is answered, before it is closed */
export function createClosures(stopAfter: number): Closures {
  const closed = new Map<string, Closed>();
  const units = new Map<string, KeptUnit>();
  const trials = new Map<string, Trial>();
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
      const trial = trials.get(within.at(-1)!) ?? createTrial(stopAfter);
      trials.set(within.at(-1)!, trial);
      const controller = new AbortController();
      // Hundreds of waiting calls hang on one signal.
      setMaxListeners(0, controller.signal);
      const open = !within.some((one) => closed.has(one));
      if (!open) controller.abort();
      const unit: KeptUnit = { kind, groupId, within, trial, open, controller, closing: controller.signal };
      units.set(key, unit);
      return unit;
    },
    close(scope, task, reason) {
      const { model, subject } = task;
      const keys = [...keysOf(model), keyOfSubject(task)];
      // What is closed with something larger is not closed once more.
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
      return models.length > 0 && models.every((model) => keysOf(model).some((key) => closed.has(key)));
    },
  };
}

/** How many of its keys a scope takes. */
const DEPTH: Readonly<Record<Scope, number>> = { provider: 1, model: 2, subject: 3 };

/** Of the provider and the model. */
function keysOf({ provider, region, modelId }: ModelEntry): [string, string] {
  return [provider, JSON.stringify([provider, region, modelId])];
}

/** Sent with other parameters, the same instrument may fare better. */
function keyOfSubject({ model, subject, request }: Task<unknown>): string {
  const { temperature, topP, maxTokens, extra } = request;
  return JSON.stringify([...keysOf(model), subject, temperature, topP, maxTokens, extra]);
}

/** What was closed, in words: `provider openai`, `model gpt4o of openai`, `gpt4o with epqra`. */
export function describeClosed({ scope, provider, model, subject }: Closed): string {
  if (scope === 'provider') return `provider ${provider}`;
  return scope === 'model' ? `model ${model} of ${provider}` : `${model} with ${subject}`;
}
