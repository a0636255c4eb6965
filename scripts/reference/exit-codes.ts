/** With which codes the program ends. */
import { gatherMessages } from './messages.ts';
import { code, pageOf, tableOf } from './page.ts';

export function exitCodesPage(): string {
  const errors = gatherMessages().filter(({ kind }) => kind === 'error');
  const endingWith = (exitCode: number) =>
    [...new Set(errors.filter((one) => one.exitCode === exitCode).map(({ pattern }) => pattern))]
      .map((pattern) => `- ${code(pattern)}`)
      .join('\n');
  return pageOf(
    'Exit codes',
    'the program',
    'What a script can ask of `$?` after a command. Results are on standard output, the reason of a failure is on standard error, whatever the code.',
    tableOf(
      ['code', 'means', 'then'],
      [
        ['0', 'Done. Nothing that was begun has failed. `--dry-run` always ends so when it can tell.', ''],
        [
          '1',
          'Something failed: at least one experiment or persona of this run, the provider for all of them (a wrong key, an unknown model, a spent quota), `reproduce` found a cell that differs, or one of the errors below.',
          'Look at what was said and at `personas status --failures`; the same command goes on with what is left.',
        ],
        [
          '2',
          'Wrong usage or input: an option, a file, a name, the configuration, a database that is not there. Nothing was done.',
          'Correct it, as the message says.',
        ],
        ['130', 'Interrupted by Ctrl-C or SIGTERM. What was answered is stored.', 'The same command goes on.'],
      ],
    ),
    'A run that a limit ended (`--max-cost`, `--max-tokens`, `--max-calls`, the budget of the study, `--batch-size`) ends with 0: it did what it was asked.',
    `## Errors that end with 1\n\n${endingWith(1)}`,
    `## Errors that end with 130\n\n${endingWith(130)}`,
    'All other errors end with 2. [Troubleshooting](../troubleshooting.md) says what each means. What was not expected at all (`This was not expected.`) ends with 1.',
  );
}
