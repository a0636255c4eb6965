/** The built-in instruments, and what a file with an instrument of one's own holds. */

import type { z } from 'zod';
import { describeInstrument, type ScaleDescription } from '../../src/administration/describe.ts';
import { PUBLISHED_SETTINGS } from '../../src/administration/settings.ts';
import { SLOT_NAMES } from '../../src/instruments/asked/prompt.ts';
import { format1 } from '../../src/instruments/file/format-1.ts';
import { format2 } from '../../src/instruments/file/format-2.ts';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { loadBuiltInInstruments } from '../../src/instruments/load.ts';
import type { AnswerSet, Item, Scale } from '../../src/instruments/structure.ts';
import { readMeanings } from './meanings.ts';
import { code, codes, pageOf, tableOf } from './page.ts';
import { keysOf } from './shape.ts';

export function instrumentsPage(): string {
  const instruments = loadBuiltInInstruments();
  return pageOf(
    'Instruments',
    'data/instruments and the loader',
    `An instrument is one questionnaire: a data file with its items, answers and scales. \`--questionnaire\` names a built-in one, \`--instrument FILE\` takes a file of your own. \`personas instruments show NAME\` prints what is asked, and \`personas instruments check FILE\` what is wrong with a file.
**The item texts are not under the program's licence**; whose they are and what is allowed stands with each, and in [LICENSE](../../LICENSE).`,
    tableOf(
      ['slug', 'also', 'title', 'items', 'answers', 'scales', 'score of a scale', 'languages'],
      instruments.map((one) => [
        `[${code(one.slug)}](#${one.slug})`,
        codes(one.aliases),
        one.title,
        String(one.items.length),
        one.answerSets.map(answersInWords).join('; '),
        String(one.scales.length),
        [...new Set(one.scales.map(({ score }) => score))].join(', '),
        [one.language, ...one.otherLanguages].join(', '),
      ]),
    ),
    ...instruments.map(describe),
    FILE,
    keyTable(format2, 'instrument-file'),
    RULES,
    `### The prompt

The prompt is the text of \`template\`, or of [data/prompts/administration.md](../../data/prompts/administration.md) for a single block whose items share one answer set, or of [administration-parts.md](../../data/prompts/administration-parts.md) for all others. Filled in are ${codes(SLOT_NAMES.map((name) => `{{${name}}}`))}.
What was sent is stored with the group, and the whole file in the table [\`instruments\`](schema.md#instruments).`,
    FORMAT_1,
    keyTable(format1, 'instrument-file-format-1'),
  );
}

function keyTable(schema: z.ZodType, file: string): string {
  const meanings = readMeanings(file);
  const keys = keysOf(schema, 'LANGUAGE').map((key) => [
    code(key.path),
    key.type,
    key.required ? 'yes' : (key.default ?? ''),
    meanings.of(key.path),
  ]);
  meanings.done();
  return tableOf(['key', 'value', 'required, or default', 'what it is'], keys);
}

const FILE = `## An instrument file

JSON, one object, of format 2. A key that is not listed is refused, and so is one that is given twice; the program names the item, scale or block of everything that is wrong. [instrument.schema.json](instrument.schema.json) is its JSON Schema, for editors and converters. A small file:

\`\`\`json
{
  "format": 2,
  "slug": "sleep3",
  "title": "Sleep, three items",
  "citation": "Written for this page; not validated.",
  "licence": "Public domain.",
  "language": "en",
  "answers": [
    {
      "id": "agree4",
      "options": [
        { "value": 1, "label": "Disagree" },
        { "value": 2, "label": "Rather disagree" },
        { "value": 3, "label": "Rather agree" },
        { "value": 4, "label": "Agree" },
        { "value": 99, "label": "No answer", "missing": true }
      ]
    }
  ],
  "blocks": [
    {
      "instructions": "Think of the last week.",
      "answers": "agree4",
      "items": [
        { "id": "sleep1", "text": "I slept well." },
        { "id": "sleep2", "text": "I woke up tired." },
        { "id": "sleep3", "text": "How many hours did you sleep?", "number": { "min": 0, "max": 24, "unit": "hours" } }
      ]
    }
  ],
  "scales": [
    { "id": "quality", "name": "Sleep quality", "score": "mean", "items": ["sleep1", "-sleep2"] }
  ]
}
\`\`\`

[data/instruments/phq9.json](../../data/instruments/phq9.json) (two answer sets, two languages) and [ipipneo120.json](../../data/instruments/ipipneo120.json) (facets, domains, norms) are complete examples. All keys:`;

const RULES = `### Ids

Ids of items, scales and answer sets consist of letters, digits and \`_\`, begin with a letter and have at most 26 characters. Within each of the three, they are distinct without regard to letter case. No item is called \`explanation\`, which is a key of every reply. Names (\`name\`, \`title\`) are free texts.

### What an item scores

1. Its points: \`points\` of the item for this answer, otherwise \`points\` of the option, otherwise the \`value\`; for an item that asks for a number, the number. A missing code, and \`null\` as points, score nothing: the item counts as missing.
2. On a scale with a negative weight, the points are turned round: lowest + highest − points, where lowest and highest are those of the item's answers (missing codes excepted), or \`min\` and \`max\` of a number.
3. The size of the weight multiplies the result.

The score of the scale is the sum of these; or their sum divided by the sum of the sizes of the weights (\`mean\`); or the highest (\`max\`); or how many are above 0 (\`count\`). With \`centre: "person"\`, the person's mean over the points of all items that are on a scale is first subtracted from the points of each member. Nothing is rounded.

A scale of scales does the same with scores instead of points; turned round, a score becomes lowest + highest − score over the range that the part can have. A part without a score is a missing member.

### What else is refused

- an item without an answer set, a number or a text; a block or a set without entries; a set with both \`options\` and \`range\`, or neither;
- two options of one set with the same value, or with words that a reply could mean both by (upper and lower case are equal). The label of an option may be another number than its value only if labels or letters are asked for; a number in a reply is then always a label;
- \`if\` with an item that is not in an earlier block, or with an answer that the item does not have;
- a scale with both \`items\` and \`of\`, or neither; one that names a member twice, is made of itself, or may lack all its members; a weight of 0; a text on a scale;
- norms of no scale, or without \`mean\` and \`sd\` or \`t\`;
- a wording in the language of the file, or one that lacks a text, a label or instructions that the file has, or has one that the file lacks.

Several answers to one item, rankings and forced choices cannot be expressed. An item of the form “choose all that apply” becomes one item with yes and no for each choice.`;

const FORMAT_1 = `## The older format

A file without \`format\` is of format 1, a shorthand for one answer set, one block, and each item on exactly one scale; all scales have the same \`scoring\`, and every item must be answered. Its items are called \`1\`, \`2\`, \`3\`, …; \`reverse\` is a weight of −1, and \`key\` is points of 1 for that answer and 0 for all others. Items run from 1 without gaps. Every item has either
\`key\` or \`reverse\`; every scale has an item; every whole number from \`answers.min\` to \`answers.max\` has an option. [data/instruments/miniipip.json](../../data/instruments/miniipip.json) is an example.`;

function describe(instrument: Instrument): string {
  const { slug, title, citation, licence, scales, items, answerSets, norms } = instrument;
  const { scaling, unscored } = describeInstrument(instrument, PUBLISHED_SETTINGS);
  const groups = [...new Set(norms.map(({ group }) => group))];
  const about = [
    `- Citation: ${citation}`,
    `- Licence: ${licence}`,
    ...answerSets.map(
      (set) =>
        `- Answers${answerSets.length > 1 ? ` (${set.id})` : ''}: ${set.options.map(({ value, label }) => `${value} = ${label}`).join(', ')}`,
    ),
    ...(groups.length === 0 ? [] : [`- Norms: ${groups.join(', ')}`]),
  ];
  return [
    `## ${slug}`,
    title,
    about.join('\n'),
    domains(scaling.filter((_, index) => scales[index]!.parts.length > 0)),
    ...scales
      .filter((scale) => scale.items.length > 0)
      .map((scale) => itemsOfScale(slug, scale, items)),
    ...(unscored.length === 0
      ? []
      : [
          `### ${slug}, on no scale\n\n${tableOf(
            ['item', 'text'],
            items.filter(({ id }) => unscored.includes(id)).map(({ id, text }) => [id, text]),
          )}`,
        ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function domains(scales: readonly ScaleDescription[]): string {
  return tableOf(
    ['scale', 'name', 'score', 'of'],
    scales.map(({ id, name, score, members }) => [id, name, score, members]),
  );
}

function itemsOfScale(slug: string, scale: Scale, items: readonly Item[]): string {
  return `### ${slug}, ${scale.id}: ${scale.name}\n\n${tableOf(
    ['item', 'text', 'scored'],
    scale.items.map(({ item, weight }) => {
      const one = items[item - 1]!;
      return [one.id, one.text, scored(one, weight)];
    }),
  )}`;
}

function answersInWords({ options }: AnswerSet): string {
  return `${options[0]!.value} to ${options.at(-1)!.value}`;
}

function scored({ key, answers, range }: Item, weight: number): string {
  if (key !== null)
    return `1 for ${answers?.options.find(({ value }) => value === key)?.label ?? key}`;
  return weight < 0 && range !== null
    ? `reversed: ${range.low + range.high} - answer`
    : 'as answered';
}
