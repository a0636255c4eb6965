/** The built-in instruments, and what a file with an instrument of one's own holds. */

import { SLOT_NAMES } from '../../src/instruments/asked/prompt.ts';
import { format1 } from '../../src/instruments/file/format-1.ts';
import type { Instrument, Item } from '../../src/instruments/instrument.ts';
import { loadBuiltInInstruments } from '../../src/instruments/load.ts';
import { readMeanings } from './meanings.ts';
import { code, codes, pageOf, tableOf } from './page.ts';
import { keysOf } from './shape.ts';

export function instrumentsPage(): string {
  const instruments = loadBuiltInInstruments();
  const meanings = readMeanings('instrument-file');
  const keys = keysOf(format1).map((key) => [
    code(key.path),
    key.type,
    key.required ? 'yes' : (key.default ?? ''),
    meanings.of(key.path),
  ]);
  meanings.done();
  return pageOf(
    'Instruments',
    'data/instruments and the loader',
    `An instrument is one questionnaire: a data file with its items, answers, key and scoring rule. \`--questionnaire\` names a built-in one, \`--instrument FILE\` takes a file of your own.
**The item texts are not under the program's licence**; whose they are and what is allowed stands with each, and in [LICENSE](../../LICENSE).`,
    tableOf(
      ['slug', 'also', 'title', 'items', 'answers', 'score of a scale', 'language'],
      instruments.map((one) => [
        `[${code(one.slug)}](#${one.slug})`,
        codes(one.aliases),
        one.title,
        String(one.items.length),
        answersInWords(one),
        [...new Set(one.scales.map(({ score }) => score))].join(', '),
        one.language,
      ]),
    ),
    ...instruments.map(describe),
    `## An instrument file\n\nJSON, one object. A key that is not listed is refused, so is one that is given twice. Numbers of items run from 1 without gaps. Every item has either
\`key\` or \`reverse\`, never both; every scale has an item; every whole number from \`answers.min\` to \`answers.max\` has an option. The program names file and item of what is wrong.
[data/instruments/miniipip.json](../../data/instruments/miniipip.json) is an example.`,
    tableOf(['key', 'value', 'required, or default', 'what it is'], keys),
    `The prompt is the text of \`template\`, or of [data/prompts/administration.md](../../data/prompts/administration.md). Filled in are ${codes(SLOT_NAMES.map((name) => `{{${name}}}`))}.
What was sent is stored with the group, and the whole file in the table [\`instruments\`](schema.md#instruments).`,
  );
}

function describe(instrument: Instrument): string {
  const { slug, title, citation, licence, scales, items, answerSets } = instrument;
  return [
    `## ${slug}`,
    title,
    `- Citation: ${citation}\n- Licence: ${licence}\n- Answers: ${answerSets.map(({ options }) => options.map(({ value, label }) => `${value} = ${label}`).join(', ')).join('; ')}`,
    ...scales.map(({ id, name }) => {
      const own = items.filter((item) => item.scale === id);
      return `### ${slug}, ${id}: ${name}\n\n${tableOf(
        ['item', 'text', 'scored'],
        own.map((item) => [String(item.number), item.text, scored(item)]),
      )}`;
    }),
  ].join('\n\n');
}

function answersInWords({ answerSets }: Instrument): string {
  return answerSets
    .map(({ options }) => `${options[0]!.value} to ${options.at(-1)!.value}`)
    .join(', ');
}

function scored({ key, answers, reverse, range }: Item): string {
  if (key !== null)
    return `1 for ${answers?.options.find(({ value }) => value === key)?.label ?? key}`;
  return reverse && range !== null ? `reversed: ${range.low + range.high} - answer` : 'as answered';
}
