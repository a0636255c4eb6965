/**
 * The two protocols of the simulator, OpenAI chat completions and Bedrock Converse, as one pure
 * function from a request to a reply. Replies contain no clock and no counter: the same request
 * gets the same bytes.
 */
import { hash } from 'node:crypto';
import type { SimulatedReply } from './reply.ts';
import type { PromptTurn, Respondent, SimulatedRequest } from './respond.ts';

/** Every id that the simulator answers with begins so, whatever model was asked for. */
const SIMULATED_PREFIX = 'simulated/';

/** The largest request body that is read. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface HttpRequest {
  readonly method: string;
  /** Path of the URL as it was sent (percent-encoded), without the query. */
  readonly path: string;
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Finished extends SimulatedReply {
  readonly cut: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** A request that is refused. `dialect` decides the shape in which the client is told. */
class Refusal extends Error {
  readonly status: number;
  readonly dialect: Dialect;
  /** The parameter at fault, where there is one. */
  readonly param: string | null;

  constructor(status: number, dialect: Dialect, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.dialect = dialect;
    this.param = param;
  }
}

type Dialect = 'openai' | 'bedrock';

const CHAT = '/v1/chat/completions';
const MODELS = '/v1/models';
const CONVERSE = /^\/model\/([^/]+)\/converse$/u;
const CHARACTERS_PER_TOKEN = 4;

/**
 * Answers one request.
 * @param respondent who answers what is asked of a model
 * @param models ids that `GET /v1/models` lists (any other is answered as well)
 */
export function answer(
  request: HttpRequest,
  respondent: Respondent,
  models: readonly string[],
): HttpReply {
  const id = requestId(request);
  try {
    return reply(200, id, route(request, id, respondent, models));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusal(error, id);
  }
}

/** The reply to a body that is longer than `MAX_BODY_BYTES` and was therefore not read. */
export function refuseTooLarge(method: string, path: string): HttpReply {
  const message = `The request body is larger than ${MAX_BODY_BYTES} bytes.`;
  return refusal(new Refusal(413, dialectOf(path), message), requestId({ method, path, body: '' }));
}

function route(
  { method, path, body }: HttpRequest,
  id: string,
  respondent: Respondent,
  models: readonly string[],
): object {
  if (method === 'POST' && path === CHAT) return chat(parse(body, 'openai'), id, respondent);
  if (method === 'GET' && path === MODELS) return listModels(models);
  const converse = method === 'POST' ? CONVERSE.exec(path) : null;
  if (converse !== null)
    return runConverse(decodeModelId(converse[1]!), parse(body, 'bedrock'), respondent);
  throw new Refusal(
    404,
    dialectOf(path),
    `Unknown: ${method} ${path}. Available: POST ${CHAT}, GET ${MODELS}, POST /model/{id}/converse.`,
  );
}

// --- OpenAI chat completions
// -------------------------------------------------------------------------------

/** The most other tokens that a reply tells of, as OpenAI has it. */
const MOST_TOP_LOGPROBS = 20;

function chat(request: Fields, id: string, respondent: Respondent): object {
  const asked = text(request, 'model', 'openai');
  if (request.stream === true)
    throw new Refusal(400, 'openai', 'Streaming is not supported by the simulator.', 'stream');
  if (typeof request.n === 'number' && request.n !== 1)
    throw new Refusal(400, 'openai', 'Only n = 1 is supported by the simulator.', 'n');
  const messages = list(request, 'messages', 'openai');
  const served = servedId(asked);
  const logprobs = request.logprobs === true;
  const finished = finish(
    respondent,
    {
      system: textOfRoles(messages, ['system', 'developer']),
      user: textOfRoles(messages, ['user']) ?? '',
      model: served,
      seed: number(request.seed),
      temperature: number(request.temperature),
      turns: turnsOf(messages),
      responseFormat: request.response_format,
      logprobs,
    },
    number(request.max_completion_tokens) ?? number(request.max_tokens),
  );
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 0,
    model: served,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: finished.text, refusal: null },
        logprobs: logprobs ? describeTokens(finished, number(request.top_logprobs) ?? 0) : null,
        finish_reason: finished.cut ? 'length' : 'stop',
      },
    ],
    usage: {
      prompt_tokens: finished.inputTokens,
      completion_tokens: finished.outputTokens,
      total_tokens: finished.inputTokens + finished.outputTokens,
    },
    system_fingerprint: null,
  };
}

/** The first token and the likeliest others, in OpenAI's shape; null where nothing is known. */
function describeTokens({ text: token, tokens: all }: SimulatedReply, most: number): object | null {
  if (all === null) return null;
  const describe = (written: string, probability: number) => ({
    token: written,
    logprob: Math.log(probability),
    bytes: [...Buffer.from(written)],
  });
  const likeliest = all
    .filter(([, probability]) => probability > 0)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, Math.min(most, MOST_TOP_LOGPROBS));
  const own = all.find(([written]) => written === token);
  return {
    content: [
      {
        ...describe(token, own?.[1] ?? 1),
        top_logprobs: likeliest.map(([written, probability]) => describe(written, probability)),
      },
    ],
    refusal: null,
  };
}

function listModels(models: readonly string[]): object {
  const data = models.map((model) => ({
    id: servedId(model),
    object: 'model',
    created: 0,
    owned_by: 'simulated',
  }));
  return { object: 'list', data };
}

// --- Bedrock Converse
// --------------------------------------------------------------------------------------

function runConverse(asked: string, request: Fields, respondent: Respondent): object {
  const messages = list(request, 'messages', 'bedrock');
  const inference = fields(request.inferenceConfig);
  const additional = fields(request.additionalModelRequestFields);
  const finished = finish(
    respondent,
    {
      system: request.system === undefined ? null : textOf(request.system),
      user: textOfRoles(messages, ['user']) ?? '',
      model: servedId(asked),
      seed: number(additional.seed),
      temperature: number(inference.temperature),
      turns: turnsOf(messages),
    },
    number(inference.maxTokens),
  );
  return {
    output: { message: { role: 'assistant', content: [{ text: finished.text }] } },
    stopReason: finished.cut ? 'max_tokens' : 'end_turn',
    usage: {
      inputTokens: finished.inputTokens,
      outputTokens: finished.outputTokens,
      totalTokens: finished.inputTokens + finished.outputTokens,
    },
    metrics: { latencyMs: 0 },
    // Converse names no model in its reply, save here.
    trace: { promptRouter: { invokedModelId: servedId(asked) } },
  };
}

function decodeModelId(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError)
      throw new Refusal(400, 'bedrock', `The model id ${encoded} is not properly percent-encoded.`);
    throw error;
  }
}

// --- what both share
// ---------------------------------------------------------------------------------------

function finish(
  respondent: Respondent,
  request: SimulatedRequest,
  maxTokens: number | null,
): Finished {
  const { text: whole, tokens: likely } = respondent.respond(request);
  const limit = maxTokens === null ? whole.length : Math.max(1, maxTokens) * CHARACTERS_PER_TOKEN;
  const kept = whole.length > limit ? whole.slice(0, limit).toWellFormed() : whole;
  return {
    text: kept,
    tokens: likely,
    cut: whole.length > limit,
    inputTokens: tokens((request.system ?? '').length + request.user.length),
    outputTokens: tokens(kept.length),
  };
}

function tokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function servedId(asked: string): string {
  return asked.startsWith(SIMULATED_PREFIX) ? asked : SIMULATED_PREFIX + asked;
}

function requestId({ method, path, body }: HttpRequest): string {
  return hash('sha256', `${method} ${path}\n${body}`).slice(0, 32);
}

function reply(status: number, id: string, body: object): HttpReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': id, 'x-amzn-requestid': id },
    body: JSON.stringify(body),
  };
}

function refusal(error: Refusal, id: string): HttpReply {
  if (error.dialect === 'bedrock') {
    const type = error.status === 404 ? 'ResourceNotFoundException' : 'ValidationException';
    const plain = reply(error.status, id, { message: error.message });
    return { ...plain, headers: { ...plain.headers, 'x-amzn-errortype': type } };
  }
  return reply(error.status, id, {
    error: {
      message: error.message,
      type: 'invalid_request_error',
      param: error.param,
      code: null,
    },
  });
}

function dialectOf(path: string): Dialect {
  return path.startsWith('/model/') ? 'bedrock' : 'openai';
}

// --- reading what came over the wire
// -----------------------------------------------------------------------

function parse(body: string, dialect: Dialect): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Refusal(400, dialect, `The request body is not valid JSON: ${error.message}`);
    throw error;
  }
  if (!isFields(value)) throw new Refusal(400, dialect, 'The request body must be a JSON object.');
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function text(request: Fields, name: string, dialect: Dialect): string {
  const value = request[name];
  if (typeof value !== 'string' || value === '')
    throw new Refusal(400, dialect, `The field ${name} must be a non-empty text.`, name);
  return value;
}

function list(request: Fields, name: string, dialect: Dialect): readonly unknown[] {
  const value = request[name];
  if (!Array.isArray(value) || value.length === 0)
    throw new Refusal(400, dialect, `The field ${name} must be a non-empty list.`, name);
  return value;
}

/** All messages of some roles, joined; null when there is none. */
function textOfRoles(messages: readonly unknown[], roles: readonly string[]): string | null {
  const chosen = messages
    .map(fields)
    .filter((message) => typeof message.role === 'string' && roles.includes(message.role));
  return chosen.length === 0 ? null : chosen.map((message) => textOf(message.content)).join('\n');
}

function turnsOf(messages: readonly unknown[]): PromptTurn[] {
  return messages
    .map(fields)
    .flatMap(({ role, content }): PromptTurn[] =>
      role === 'user' || role === 'assistant' ? [{ role, text: textOf(content) }] : [],
    );
}

/** A content is a text or a list of blocks; blocks without text (images) are not seen. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .flatMap((block) => (isFields(block) && typeof block.text === 'string' ? [block.text] : []))
    .join('\n');
}
