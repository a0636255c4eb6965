/** The settings of an administration. */
import { administration } from '../../src/administration/settings.ts';
import { SLOT_NAMES } from '../../src/instruments/asked/prompt.ts';
import { readMeanings } from './meanings.ts';
import { code, codes, pageOf, tableOf } from './page.ts';
import { keysOf } from './shape.ts';

export function administrationPage(): string {
  const meanings = readMeanings('administration');
  const keys = keysOf(administration).map(({ path, type, default: fallback }) => [
    code(path),
    type,
    fallback ?? '',
    meanings.of(path),
  ]);
  meanings.done();
  return pageOf(
    'Administration',
    'the program and scripts/reference/meanings',
    `How a questionnaire is administered: the block \`administration:\` of a [study file](file-formats.md#study-file). Every setting has the published way as its default: all items in one call, in the order of the instrument.
\`personas instruments show NAME\` with the same options as \`register-experiments\`, such as \`--item-order shuffled\`, prints what is then asked, verbatim, and whether the reply fits the limit of each model.`,
    tableOf(['setting', 'value', 'default', 'what it does'], keys),
    `## Forms

The wording of an instrument and the settings that differ from the defaults make a _form_. It has a hash: that of the wording if nothing differs. Each group stores the hash, the settings as data, and one factor for each setting that differs. Two forms are never pooled unless a table says so.

What varies within a group is the order of items and answers, and where the typing errors are. They follow from the seed of the study, the case (the sheet, or the row of your own), the draw of its persona, the repetition and the questionnaire, and so are the same for every model, condition and way of asking. Groups that an earlier version registered keep theirs, which differ between models. The order is stored with the administration, and the errors are in the stored requests. Each draws from a stream of its own: shuffling the answers changes neither the order of the items nor the errors, and a text has the same errors wherever it is shown.

## What is refused

Settings that contradict each other or the instrument are refused before anything is registered:

- \`midpoint: dropped\` if no answer set has an odd number of answers; \`midpoint: added\` if none has an option with \`added_midpoint\`;
- \`option_order: shuffled\` with \`option_display: ends\`;
- \`answer_as: label\` or \`letter\` if an option has no label;
- \`elicit: distribution\` or \`logprobs\` if an item asks for a number or a text;
- \`elicit: logprobs\` without \`items_per_call: 1\`, with \`format: schema\`, or with more than 26 answers;
- \`format: text\` with \`elicit: reasoned\` or \`distribution\`;
- \`noise\` of the kind \`keyboard\` if the items have no letter from a to z;
- a template or paraphrase without \`{{reply}}\`, if the settings change how to reply. A template may contain ${codes(SLOT_NAMES.map((name) => `{{${name}}}`))}.`,
  );
}
