/** What `status` and `doctor` report about journals of processes that ended. */

import type { JournalState } from '../../runner/journal/scan.ts';
import { formatBytes } from '../doctor/host.ts';
import { count } from '../ui/terminal.ts';

export interface JournalWords {
  readonly fact: string;
  readonly advice: string;
}

const BRING_IN = 'The next run does this automatically, or run: personas recover';

/** One sentence for each thing that there is to do. */
export function sayJournals(states: readonly JournalState[]): JournalWords[] {
  const ours = states.filter((one) => !one.otherStudy);
  const left = ours.flatMap((one) => one.setAside.map((call) => ({ ...call, folder: one.folder })));
  const unreadable = ours.flatMap(({ folder, unreadable: reasons }) =>
    reasons.map((reason) => ({ folder, reason })),
  );
  const others = states.filter((one) => one.otherStudy);
  const words: JournalWords[] = [];
  if (ours.length > 0) {
    const sum = (of: (one: JournalState) => number) =>
      ours.reduce((total, one) => total + of(one), 0);
    const bytes = sum((one) => one.bytes);
    const replies = sum((one) => one.replies);
    const unknown = sum((one) => one.unknown);
    const holding = `they contain ${count(replies)} replies that are not stored, and ${count(unknown)} calls of which it is unknown whether they were answered`;
    words.push({
      fact: `${count(ours.length)} journals from finished processes are waiting to be recovered (${formatBytes(bytes)}): ${holding}`,
      advice: BRING_IN,
    });
  }
  const reasons = Map.groupBy(left, (one) => one.reason);
  for (const [reason, some] of reasons) {
    words.push({
      fact: `${count(some.length)} of these replies could not be recovered (task ${some[0]!.taskId}${some.length > 1 ? ' and others' : ''}): ${reason}`,
      advice: `Correct that and run "personas recover". The replies are kept in ${some[0]!.folder}; move that folder elsewhere if you do not need them.`,
    });
  }
  for (const { folder, reason } of unreadable) {
    words.push({
      fact: `the journal in ${folder} cannot be read completely: ${reason}`,
      advice: 'Correct the permissions or the disk, and run: personas recover',
    });
  }
  if (others.length > 0) {
    words.push({
      fact: `${count(others.length)} journals belong to an earlier study of this schema and stay untouched: ${others.map((one) => one.folder).join(', ')}`,
      advice: 'Move these folders elsewhere, or remove them if you do not need their replies.',
    });
  }
  return words;
}
