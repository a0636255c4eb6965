/**
 * A run while it goes on: one line that is rewritten on a terminal, a line now and then elsewhere,
 * JSON lines with --json.
 */
import { isDeepStrictEqual } from 'node:util';
import { cutText } from '../../report/tables/text-width.ts';
import { describeClosed } from '../../runner/closures.ts';
import type { RunProgress } from '../../runner/tally.ts';
import { count, spent, type Terminal } from './terminal.ts';
import { visibleOnOneLine } from './visible.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
/**
 * Rates are those of the last half minute: a pause an hour ago says nothing about the time left.
 */
const RATE_WINDOW_MS = 30_000;

export interface ProgressDisplay {
  update(progress: RunProgress): void;
  /** A line above the display. */
  note(line: string): void;
  noteWarning(line: string): void;
  /** Leaves the last word where it stands; what follows is another run, or none. */
  end(): void;
}

export function showProgress(terminal: Terminal): ProgressDisplay {
  const samples: { at: number; done: number }[] = [];
  let last = 0;
  let latest: RunProgress | null = null;
  let shown: RunProgress | null = null;
  let drawn = '';
  let trailing: NodeJS.Timeout | null = null;
  const rewriting = terminal.interactive && !terminal.json;
  const interval = rewriting ? REDRAW_MS : terminal.json ? 1000 : PLAIN_LINE_MS;

  const erase = () => {
    if (drawn !== '') process.stderr.write('\r\x1b[K');
    drawn = '';
  };
  const draw = (progress: RunProgress) => {
    shown = progress;
    const rate = rateOf(samples);
    if (terminal.json) {
      process.stderr.write(
        `${JSON.stringify({ event: 'progress', ...progress, perSecond: rate })}\n`,
      );
      return;
    }
    const line = visibleOnOneLine(describe(progress, rate));
    if (!rewriting) {
      process.stderr.write(`${line}\n`);
      return;
    }
    erase();
    drawn = cutText(line, Math.max(20, (process.stderr.columns || 80) - 1));
    process.stderr.write(drawn);
  };
  return {
    update(progress) {
      const now = Date.now();
      // A study runs in steps, each of which counts from 0.
      if (latest !== null && progress.done < latest.done) samples.length = 0;
      latest = progress;
      samples.push({ at: now, done: progress.done });
      while (samples.length > 2 && samples[0]!.at < now - RATE_WINDOW_MS) samples.shift();
      if (now - last >= interval) {
        last = now;
        draw(progress);
        return;
      }
      // The last word must be seen even when nothing follows it: everybody may be waiting from here
      // on.
      trailing ??= setTimeout(
        () => {
          trailing = null;
          last = Date.now();
          if (latest !== null && !isDeepStrictEqual(latest, shown)) draw(latest);
        },
        last + interval - now,
      ).unref();
    },
    note(line) {
      erase();
      terminal.say(line);
    },
    noteWarning(line) {
      erase();
      terminal.warn(line);
    },
    end() {
      if (trailing !== null) clearTimeout(trailing);
      trailing = null;
      if (latest !== null && !isDeepStrictEqual(latest, shown)) draw(latest);
      if (rewriting && drawn !== '') process.stderr.write('\n');
      drawn = '';
    },
  };
}

function rateOf(samples: readonly { at: number; done: number }[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 500) return null;
  return ((last.done - first.done) / (last.at - first.at)) * 1000;
}

function describe(progress: RunProgress, rate: number | null): string {
  const { done, total, failed, retries, inputTokens, outputTokens, waiting, waitingFor, closed } =
    progress;
  const parts = [`${count(done)}/${count(total)}`];
  if (rate !== null && rate > 0) {
    parts.push(`${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)}/s`);
    if (total > done) parts.push(`${duration((total - done) / rate)} left`);
  }
  parts.push(`${count(inputTokens + outputTokens)} tokens`, spent(progress));
  if (retries > 0) parts.push(`${count(retries)} ${retries === 1 ? 'retry' : 'retries'}`);
  if (failed > 0) parts.push(`${count(failed)} failed`);
  for (const one of waiting)
    parts.push(
      `${count(one.tasks)} ${one.tasks === 1 ? 'waits' : 'wait'} (${one.reason}) until ${clock(one.until)}`,
    );
  if (closed.length > 0) parts.push(`closed: ${closed.map(describeClosed).join(', ')}`);
  if (waitingFor !== null) parts.push(`waiting: ${waitingFor}`);
  return parts.join(' · ');
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** In the largest unit that leaves a number worth reading. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
