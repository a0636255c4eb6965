/** What stands around the answers: fences, prose, thoughts, drafts. */
import type { Dice } from './dice.ts';
import type { Form } from './forms.ts';
import { type Said, showContent } from './said.ts';
import { type Field, fields, print } from './tree.ts';

export interface Wrapping<Around = AroundAnswers> {
  readonly name: string;
  readonly write: (text: string, around: Around, dice: Dice) => string;
  /**
   * A draft that only its end tells from answers: a reply cut off before it cannot be told from a
   * whole one.
   */
  readonly conceals?: true;
  /** Where it can be told from answers; default: everywhere. */
  readonly suits?: (form: Form) => boolean;
  /** It has room for one object only. */
  readonly forOne?: true;
  /** It leaves lines, and a list without names, as they are. */
  readonly forLines?: true;
}

/** What else may stand in a reply. */
export interface AroundObject {
  /** The same in other words. */
  readonly again: () => string;
  /** Something else of the same kind. */
  readonly draft: () => string;
}

export interface AroundAnswers extends AroundObject {
  readonly said: Said;
}

const fenced = (text: string, mark = 'json') => `\`\`\`${mark}\n${text}\n\`\`\``;
const thought =
  (open: string, close: string) =>
  (text: string, { draft }: AroundObject) =>
    `${open}Let me see. Perhaps ${draft()}? No: {"1": \nRather not.${close}\n\n${text}`;
export const table = ({ form, contents }: Said) =>
  [
    '| # | item | answer |',
    '|---|---|---|',
    ...form.asked.items.map(
      ({ key, item }) => `| ${key} | ${item.text} | ${showContent(contents.get(item.number)!)} |`,
    ),
  ].join('\n');
const numbered = ({ form, contents }: Said) =>
  form.asked.items
    .map(({ key, item }) => `${key}. ${item.text}: ${showContent(contents.get(item.number)!)}`)
    .join('\n');

export const OBJECT_WRAPPINGS: readonly Wrapping<AroundObject>[] = [
  { name: 'nothing around', forLines: true, write: (text) => text },
  { name: '```json', write: (text) => fenced(text) },
  { name: '```', forLines: true, write: (text) => fenced(text, '') },
  { name: '~~~', forLines: true, write: (text) => `~~~JSON\n${text}\n~~~` },
  { name: 'a fence left open', write: (text) => `\`\`\`json\n${text}` },
  { name: 'a fence only at the end', write: (text) => `${text}\n\`\`\`` },
  { name: 'code in a line', write: (text) => `Answer: \`${text}\`.` },
  {
    name: 'a program',
    write: (text, _, dice) =>
      fenced(`${dice.pick(['const answers', 'answers', 'let sheet: Sheet'])} = ${text};`, 'js'),
  },
  { name: 'the word json', write: (text) => `json\n${text}` },
  { name: 'BOM', forLines: true, write: (text) => `\ufeff${text}` },
  { name: 'blank lines around', forLines: true, write: (text) => `\n\n \t${text}\n\n\n` },
  {
    name: 'prose before',
    write: (text) => `Sure! Here's {my} answer [as asked], in JSON:\n\n${text}`,
  },
  {
    name: 'a sentence before',
    forLines: true,
    write: (text) => `Sure! Here's what I'd say, as asked:\n\n${text}`,
  },
  {
    name: 'prose after',
    write: (text) =>
      `${text}\n\nI hope "that" helps! Item 3 was hard :} – see [1], {2} and "4": why?`,
  },
  {
    name: 'prose around a fence',
    write: (text) =>
      `Here is my answer:\n\n${fenced(text)}\n\n**Note:** I'm not sure of item 5 (it's "so").`,
  },
  {
    name: 'prosa',
    write: (text) => `Claro, aquí está mi respuesta:\n${text}\n¿Necesita algo más? «No» o "sí".`,
  },
  {
    name: 'prose like a refusal',
    write: (text) =>
      `I'm sorry, as an AI I can't have feelings, but in this role I'd say:\n${text}`,
  },
  { name: 'a headline', write: (text) => `### Answers\n---\n${text}\n---` },
  { name: 'a quotation', write: (text) => `As she would say, "${text}"` },
  { name: 'escaped as a string', write: (text) => JSON.stringify(text) },
  { name: 'escaped twice', write: (text) => JSON.stringify(JSON.stringify(text)) },
  {
    name: '<answer>',
    write: (text, _, dice) => {
      const tag = dice.pick(['answer', 'json', 'output', 'response']);
      return `<${tag}>\n${text}\n</${tag}>`;
    },
  },
  { name: '<pre><code>', write: (text) => `<pre><code class="language-json">${text}</code></pre>` },
  {
    name: '<tool_call>',
    forOne: true,
    write: (text) => `<tool_call>\n{"name": "answer", "arguments": ${text}}\n</tool_call>`,
  },
  { name: '\\boxed', write: (text) => `$$\\boxed{${text}}$$` },
  {
    name: 'special tokens',
    write: (text, _, dice) =>
      `${text}${dice.pick(['<|im_end|>', '</s>', '<|eot_id|>', '<end_of_turn>', '<|endoftext|>'])}`,
  },
  { name: 'the role first', write: (text) => `<|im_start|>assistant\n${text}<|im_end|>` },
  { name: '<think>', forLines: true, write: thought('<think>', '</think>') },
  { name: '<THINKING>', forLines: true, write: thought('<THINKING>\n', '</THINKING>') },
  { name: '</think> alone', write: thought('', '</think>'), conceals: true },
  { name: '<think></think>', forLines: true, write: (text) => `<think>\n\n</think>\n\n${text}` },
  { name: '<seed:think>', write: thought('<seed:think>', '</seed:think>') },
  { name: '[THINK]', forLines: true, write: thought('[THINK]', '[/THINK]') },
  { name: '◁think▷', forLines: true, write: thought('◁think▷', '◁/think▷') },
  {
    name: '<|START_THINKING|>',
    write: thought('<|START_THINKING|>', '<|END_THINKING|><|START_RESPONSE|>'),
  },
  {
    name: '<|begin_of_thought|>',
    write: thought('<|begin_of_thought|>', '<|end_of_thought|>\n<|begin_of_solution|>'),
  },
  {
    name: '<|channel|>analysis',
    forLines: true,
    write: thought(
      '<|channel|>analysis<|message|>',
      '<|end|><|start|>assistant<|channel|>final<|message|>',
    ),
  },
  { name: '<|channel>thought', write: thought('<|channel>thought\n', '<channel|>') },
  {
    name: 'thoughts in prose',
    write: (text) => `Thinking: item 1 is "True"? {maybe}. 2: 4. 3: [5].\nFinal answer:\n${text}`,
  },
  { name: 'twice', write: (text) => `${text}\n\nOnce more:\n\n${text}` },
  {
    name: 'twice, the second in a fence',
    write: (text, { again }) => `${again()}\n\nIn a fence:\n${fenced(text)}`,
  },
];

const hasChoices = ({ asked }: Form) => asked.items.some(({ item }) => item.answers !== null);

export const WRAPPINGS: readonly Wrapping[] = [
  ...OBJECT_WRAPPINGS,
  {
    name: 'an example first',
    suits: hasChoices,
    write: (text, { said }) =>
      `The format is {"${said.form.asked.items[0]!.key}": "<answer>", "2": …}, so:\n${text}`,
  },
  {
    name: 'the format first',
    suits: hasChoices,
    write: (text, { said: { form } }) =>
      `${print(fields(...form.asked.items.map(({ key }): Field => [key, '<answer>'])), {})}\n${text}`,
  },
  {
    name: 'the schema first',
    write: (text, { said: { form } }) =>
      `{"type": "object", "properties": ${print(fields(...form.asked.items.map(({ key }): Field => [key, fields(['type', 'string'])])), {})}}\n\n${text}`,
  },
  {
    name: 'the questions first',
    write: (text, { said: { form } }) =>
      `${print(fields(...form.asked.items.map(({ key, item }): Field => [key, item.text])), {})}\n\n${text}`,
  },
  { name: 'a table first', write: (text, { said }) => `${table(said)}\n\n${text}` },
  { name: 'a list first', write: (text, { said }) => `${numbered(said)}\n\nAs JSON:\n${text}` },
  {
    name: 'a list after',
    write: (text, { said }) => `${fenced(text)}\n\nThat is:\n${numbered(said)}`,
  },
];
