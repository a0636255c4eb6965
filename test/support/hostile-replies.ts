/**
 * Replies that no provider should send: any status, headers and body, from a valid completion whose
 * envelope is odd to noise. Each says what may be made of it. The same for the same seed.
 */
import type { Dice } from './disguises/dice.ts';
import type { Protocol } from './misbehaving-server.ts';
import { EPQRA, sheet } from './study.ts';

export interface HostileReply {
  /** Which kind of hostility, for messages. */
  readonly what: string;
  readonly protocol: Protocol;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The answers that it holds, true by item; null where it holds none that may be read. */
  readonly answers: ReadonlyMap<number, boolean> | null;
  /** The answers are there beyond doubt, and must be read. */
  readonly mustAnswer: boolean;
  /** The kind of failure that it is, where its status alone says so. */
  readonly kind: string | null;
}

/** Texts as they may stand within JSON, escapes and all; some are no text that a database takes. */
const ODD_TEXTS = [
  '\\u0000',
  'gpt\\u0000-4o',
  '\\ud83d',
  'half \\udc00 of one',
  '\\udfff\\ud800',
  '\\ud83d\\ude00',
  '😀'.repeat(200),
  '\\u0001\\u001f\\u007f',
  '\\u202e\\u2066 right to left',
  '\u{10ffff}\u{e000}',
  '',
  ' ',
  '\\\\u0000',
  'x'.repeat(5000),
  'constructor',
  'toString',
  '__proto__',
  "'; drop table personas; --",
  '%s %n {{b}} $1',
  '{\\"1\\":\\"True\\"}',
] as const;

/** Values that stand where anything else is expected. */
function oddValue(dice: Dice): string {
  return dice.pick([
    () => 'null',
    () => 'true',
    () => '-0',
    () => '{}',
    () => '[]',
    () => '[[],[null],{"":{}}]',
    () => '1e999999',
    () => '-1E-99999',
    () => '9'.repeat(1 + dice.below(140_000)),
    () => `0.${'3'.repeat(1 + dice.below(20_000))}`,
    () => '1.7e308',
    () => '{"toString":1,"valueOf":null,"toJSON":2,"length":-1,"then":{}}',
    () => nested(dice, dice.pick([3, 499, 500, 501, 3000, 20_000])),
    () => `"${dice.pick(ODD_TEXTS)}"`,
    () =>
      `{"${dice.pick(ODD_TEXTS)}":"${dice.pick(ODD_TEXTS)}","__proto__":{"constructor":1},"a":1,"a":2}`,
    () => `"${'é'.repeat(1 + dice.below(dice.chance(0.02) ? 2_000_000 : 3000))}"`,
  ])();
}

function nested(dice: Dice, depth: number): string {
  return dice.chance(0.5)
    ? `${'['.repeat(depth)}${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
}

/** A long reply with more levels than these is rejected before it is read. */
const TOO_DEEP = /^(?:\[|\{"a":){1000}/;

interface Envelope {
  readonly [field: string]: string;
}

/** As JSON, field by field, so that each can be anything. */
function written(fields: Envelope): string {
  return `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
    .join(',')}}`;
}

function completion(content: string, more: Envelope = {}, choice: Envelope = {}): string {
  const message = written({ role: '"assistant"', content, refusal: 'null' });
  return written({
    id: '"chatcmpl-1"',
    object: '"chat.completion"',
    created: '1732060800',
    model: '"gpt-4o"',
    choices: `[${written({ index: '0', message, finish_reason: '"stop"', ...choice })}]`,
    usage: '{"prompt_tokens":720,"completion_tokens":240,"total_tokens":960}',
    ...more,
  });
}

interface Said {
  readonly answers: ReadonlyMap<number, boolean>;
  readonly text: string;
}

function drawSheet(dice: Dice, explanation: unknown = 'Because.'): Said {
  const answers = new Map(EPQRA.items.map((item) => [item.number, dice.chance(0.5)]));
  return { answers, text: sheet((number) => answers.get(number)!, explanation) };
}

type Plan = Pick<HostileReply, 'body' | 'answers'> & Partial<HostileReply>;

const KINDS: readonly (readonly [what: string, weight: number, plan: (dice: Dice) => Plan])[] = [
  ['plain', 6, plain],
  ['odd field beside the answers', 6, oddBeside],
  ['odd explanation', 3, oddExplanation],
  ['odd text of a failure', 5, oddFailure],
  ['odd value in a field that counts', 5, oddWithin],
  ['converse', 4, converse],
  ['cut off', 2, cutOff],
  ['flipped bytes', 3, flipped],
  ['nesting', 2, (dice) => none(nested(dice, dice.pick([10, 1000, 7000, 100_000])))],
  [
    'unclosed nesting',
    1,
    (dice) =>
      none(dice.pick(['[', '{"a":', '{"choices":[{"message":']).repeat(1 + dice.below(30_000))),
  ],
  ['noise', 2, (dice) => ({ body: noise(dice, dice.below(3000)), answers: null })],
  ['no body', 1, () => none('')],
  [
    'white space',
    1,
    (dice) => none(dice.pick([' ', '\n', '\t', '\ufeff']).repeat(1 + dice.below(2000))),
  ],
  [
    'a page',
    1,
    (dice) =>
      none(
        `<!doctype html><title>${dice.pick(ODD_TEXTS)}</title>${'<p>Bad gateway'.repeat(dice.below(400))}`,
      ),
  ],
  [
    'a long text',
    1,
    (dice) =>
      none(
        completion(
          JSON.stringify('I would say. '.repeat(1 + dice.below(dice.chance(0.05) ? 100_000 : 500))),
        ),
      ),
  ],
];

const TOTAL = KINDS.reduce((sum, [, weight]) => sum + weight, 0);
const STATUSES = [
  0, 100, 102, 199, 201, 204, 206, 226, 300, 301, 304, 400, 401, 402, 403, 404, 405, 408, 409, 413,
  418, 422, 425, 429, 451,
] as const;

export function hostileReply(dice: Dice): HostileReply {
  let left = dice.below(TOTAL);
  const [what, , plan] = KINDS.find(([, weight]) => {
    left -= weight;
    return left < 0;
  })!;
  const planned = {
    protocol: 'openai' as const,
    status: 200,
    headers: {},
    mustAnswer: false,
    kind: null,
    ...plan(dice),
  };
  // What travels over a socket travels as it can.
  if (planned.protocol === 'bedrock') return { what, ...planned };
  // Only what comes with a status of success is an answer, whatever it says.
  const spoilt = planned.kind === null && dice.chance(0.1);
  const status = spoilt
    ? dice.pick([...STATUSES, 500, 502, 503, 504, 529, 599, 600, 999])
    : planned.status;
  const isSuccess = status >= 200 && status < 300;
  return {
    what,
    ...planned,
    status,
    answers: isSuccess ? planned.answers : null,
    mustAnswer: isSuccess && planned.mustAnswer,
    headers: { ...planned.headers, ...(dice.chance(0.3) ? oddHeaders(dice) : {}) },
  };
}

function none(body: string): Plan {
  return { body: Buffer.from(body), answers: null };
}

function plain(dice: Dice): Plan {
  const { answers, text } = drawSheet(dice);
  return { body: Buffer.from(completion(JSON.stringify(text))), answers, mustAnswer: true };
}

/** Whatever these fields hold, the answers stand in theirs. */
const BESIDE = [
  'id',
  'object',
  'created',
  'model',
  'usage',
  'system_fingerprint',
  'service_tier',
  'x_extra',
  '__proto__',
] as const;

function oddBeside(dice: Dice): Plan {
  const { answers, text } = drawSheet(dice);
  const fields = Object.fromEntries(
    dice
      .shuffle(BESIDE)
      .slice(0, 1 + dice.below(3))
      .map((field) => [field, oddValue(dice)]),
  );
  const stop = dice.chance(0.3) ? { finish_reason: `"${dice.pick(ODD_TEXTS)}"` } : {};
  return {
    body: Buffer.from(completion(JSON.stringify(text), fields, stop)),
    answers,
    mustAnswer: !Object.values(fields).some((value) => TOO_DEEP.test(value)),
  };
}

function oddExplanation(dice: Dice): Plan {
  const words = JSON.parse(`"${dice.pick(ODD_TEXTS)}"`) as string;
  const { answers, text } = drawSheet(
    dice,
    dice.pick<unknown>([words, [words, words], { because: words }, 7, null]),
  );
  return { body: Buffer.from(completion(JSON.stringify(text))), answers };
}

/** Bedrock's protocol, over a socket. */
function converse(dice: Dice): Plan {
  const { answers, text } = drawSheet(dice);
  const odd = oddValue(dice);
  const content = `[{"text":${JSON.stringify(text)}}]`;
  const body = (fields: Envelope) =>
    Buffer.from(
      written({
        output: `{"message":{"role":"assistant","content":${content}}}`,
        stopReason: '"end_turn"',
        usage: '{"inputTokens":1,"outputTokens":2,"totalTokens":3}',
        ...fields,
      }),
    );
  const is = { protocol: 'bedrock', answers } as const;
  return dice.pick<() => Plan>([
    () => ({ ...is, body: body({}), mustAnswer: true }),
    () => ({
      ...is,
      body: body({ [dice.pick(['stopReason', 'usage', 'metrics', 'trace', 'extra'])]: odd }),
    }),
    () => ({ ...is, answers: null, body: body({ output: odd }) }),
    () => ({
      ...is,
      answers: null,
      body: body({ output: `{"message":{"content":[${odd},{"text":${odd}}]}}` }),
    }),
    () => ({ ...is, answers: null, body: Buffer.from(odd) }),
    () => ({
      ...is,
      answers: null,
      status: dice.pick([400, 403, 404, 429, 500, 503]),
      body: Buffer.from(`{"message":${odd},"__type":${oddValue(dice)}}`),
    }),
  ])();
}

/** Where messages are cut: something that must not be cut stands just there. */
function oddFailure(dice: Dice): Plan {
  const status = dice.pick([400, 400, 401, 404, 409, 413, 422, 429, 500, 503, 529]);
  const words = `${'x'.repeat(dice.pick([0, 100, 115, 290 + dice.below(14), 1190 + dice.below(14)]))}${dice.pick(ODD_TEXTS)}`;
  const body = dice.pick([
    () =>
      `{"error":{"message":"${words.replaceAll('"', "'")}","type":"error","param":null,"code":null}}`,
    () => `{"error":"${words.replaceAll('"', "'")}"}`,
    () => `{"detail":"${words.replaceAll('"', "'")}"}`,
    () => words,
    () => `{"error":${oddValue(dice)}}`,
    () => `{"error":{"message":${oddValue(dice)},"code":${oddValue(dice)}}}`,
  ])();
  return {
    status,
    body: Buffer.from(body),
    answers: null,
    kind: status === 400 ? 'bad_request' : null,
  };
}

function oddWithin(dice: Dice): Plan {
  const odd = oddValue(dice);
  const { answers, text } = drawSheet(dice);
  const content = JSON.stringify(text);
  return dice.pick<() => Plan>([
    () => none(completion(content, { choices: odd })),
    () => none(completion(content, { choices: `[${odd}]` })),
    () => none(completion(content, {}, { message: odd })),
    () => none(completion(odd)),
    () => none(completion(`[${odd},${odd}]`)),
    () => none(completion(`[{"type":"text","text":${odd}}]`)),
    () => none(odd),
    // A gateway's list around its only completion.
    () => ({ body: Buffer.from(`[${completion(content)}]`), answers }),
    () => none(`"${content.slice(1, -1)}"`),
  ])();
}

function cutOff(dice: Dice): Plan {
  const whole = completion(JSON.stringify(drawSheet(dice).text));
  return none(whole.slice(0, dice.below(whole.length)));
}

function flipped(dice: Dice): Plan {
  const { answers, text } = drawSheet(dice);
  const body = Buffer.from(completion(JSON.stringify(text)));
  for (let flips = 1 + dice.below(4); flips > 0; flips--)
    body[dice.below(body.length)] = dice.below(256);
  return { body, answers };
}

function noise(dice: Dice, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => dice.below(256)));
}

function oddHeaders(dice: Dice): Record<string, string> {
  const value = () =>
    dice.pick([
      '',
      '-1',
      '1e999',
      'Infinity',
      'NaN',
      '\0',
      '\ud83d',
      '😀',
      'Fri, 31 Dec 9999 23:59:59 GMT',
      'x'.repeat(9000),
      '0x10',
      '3',
    ]);
  const names = [
    'retry-after',
    'retry-after-ms',
    'x-request-id',
    'x-ratelimit-limit-requests',
    'x-ratelimit-remaining-tokens',
    'content-type',
    'date',
  ];
  return Object.fromEntries(
    dice
      .shuffle(names)
      .slice(0, 1 + dice.below(3))
      .map((name) => [name, value()]),
  );
}
