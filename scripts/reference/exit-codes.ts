/** The exit codes of the program. */
import { pageOf, tableOf } from './page.ts';

export function exitCodesPage(): string {
  return pageOf(
    'Exit codes',
    'the program',
    'The exit code of a command, which a script finds in `$?`. Results go to standard output. The reason of a failure goes to standard error, whatever the code.',
    tableOf(
      ['code', 'meaning', 'what to do'],
      [
        [
          '0',
          'Done. Nothing that was started has failed. A run that a limit stopped (`--max-cost`, `--max-tokens`, `--max-calls`, the budget of the study, `--batch-size`) ends with 0 as well. `--dry-run` ends with 0 whenever it can report.',
          '',
        ],
        [
          '1',
          'Failure. At least one experiment or persona of this run failed, a provider failed for all of them (a wrong key, an unknown model, an exhausted quota), or `reproduce` found a cell that differs. Errors that come from a disk, a server or another process, and not from the input, end with 1 as well; so does an unexpected error.',
          'Read the message and `personas status --failures`. The same command continues with what is left.',
        ],
        [
          '2',
          'Wrong usage or input: an option, a file, a name, the configuration, a missing database. Nothing was done.',
          'Correct it, as the message says.',
        ],
        [
          '130',
          'Interrupted by Ctrl-C or SIGTERM. Answers are stored; an import or export is undone.',
          'The same command continues.',
        ],
      ],
    ),
    '[Troubleshooting](../troubleshooting.md) explains every error.',
  );
}
