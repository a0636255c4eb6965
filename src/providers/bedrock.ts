/**
 * AWS Bedrock through its Converse operation. The SDK finds credentials, signs and decodes. Its
 * HTTP handler is wrapped to keep the bytes of request and reply as they were transmitted.
 */
import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { messageOf, ProviderError, type ProviderErrorKind, UserError } from '../errors.ts';
import { secretsInUrl } from '../secret-urls.ts';
import { type Call, performCall, type Reply } from './call.ts';
import { converseInput, readConverse, stringOf } from './converse.ts';
import {
  entryOf,
  failedReply,
  isDailyQuota,
  kindOfStatus,
  redirection,
  speaksOfFilter,
  speaksOfLoading,
  withoutSecrets,
} from './failures.ts';
import {
  type Completion,
  type CompletionRequest,
  MAX_REPLY_BYTES,
  type Provider,
} from './provider.ts';
import {
  agentsFor,
  collectBody,
  NO_PROXIES,
  type PoolOptions,
  type ProxyEnvironment,
  secretsInProxy,
  UNCOMPRESSED,
} from './transport.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface BedrockOptions {
  readonly name: string;
  /** Null leaves it to the AWS chain (`AWS_REGION`, the profile). */
  readonly region: string | null;
  /** Null leaves them to the AWS chain (environment, profile, SSO, role of the machine). */
  readonly credentials: AwsCredentials | null;
  /** Another endpoint than the region's own, or null. */
  readonly endpoint: string | null;
  readonly timeoutMs: number;
  /** The most that is read of a reply; `MAX_REPLY_BYTES` where nothing is said. */
  readonly maxReplyBytes?: number;
  /** Size of the pool of connections; to be at least the number of calls that run at once. */
  readonly maxConnections: number;
  /** The proxies to go through; none where nothing is said. */
  readonly proxy?: ProxyEnvironment;
}

/** @throws UserError when there is no region to be found */
export async function createBedrockProvider(options: BedrockOptions): Promise<Provider> {
  const { name, timeoutMs, maxReplyBytes = MAX_REPLY_BYTES } = options;
  const secrets: string[] = [
    ...Object.values(options.credentials ?? {}),
    ...secretsInUrl(options.endpoint ?? ''),
    ...secretsInProxy(options.proxy ?? NO_PROXIES),
  ];
  const common = {
    provider: name,
    timeoutMs,
    maxReplyBytes,
    secrets,
    requestIdHeader: 'x-amzn-requestid',
  };
  const client = clientOf(options);
  await requireRegion(client);

  async function send(request: CompletionRequest, call: Call): Promise<Completion> {
    const sendOptions: RecordedOptions = { call };
    let output: ConverseCommandOutput;
    try {
      output = await client.send(new ConverseCommand(converseInput(request)), sendOptions);
    } catch (error) {
      throw call.failure ?? errorOf(error, name, request.modelId, call);
    }
    return readOutput(output, name, request.modelId, call);
  }

  return {
    name,
    complete(request, signal) {
      return performCall({ ...common, signal }, (call) => send(request, call));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** How long those may take to answer from whom the AWS chain gets credentials. */
const PATIENCE_MS = 10_000;

/**
 * Where calls would go and whether there are credentials to sign them with. Contacts nobody but who
 * the AWS chain gets credentials from.
 * @throws UserError when there is no region, or no credentials are to be found
 */
export async function findBedrockAccess(
  options: Pick<BedrockOptions, 'region' | 'credentials' | 'endpoint' | 'proxy'>,
): Promise<{ region: string }> {
  const client = clientOf({ ...options, maxConnections: 1, timeoutMs: PATIENCE_MS });
  try {
    await requireRegion(client);
    await client.config.credentials();
    return { region: await client.config.region() };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`No AWS credentials found for Bedrock: ${messageOf(error)}`, {
      code: 'aws-credentials-missing',
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in with "aws sso login", or write the keys under "bedrock" in the configuration.',
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

function clientOf(
  options: Pick<
    BedrockOptions,
    'region' | 'credentials' | 'endpoint' | 'maxConnections' | 'proxy' | 'timeoutMs'
  >,
): BedrockRuntimeClient {
  // A copy, as the SDK writes marks of its own into the credentials that it is given.
  const credentials = options.credentials === null ? null : { ...options.credentials };
  return new BedrockRuntimeClient({
    ...(options.region === null ? {} : { region: options.region }),
    ...(options.endpoint === null ? {} : { endpoint: options.endpoint }),
    // A bearer token in the environment would otherwise win against keys that were given on
    // purpose.
    ...(credentials === null ? {} : { credentials, authSchemePreference: ['sigv4'] }),
    requestHandler: new RecordingHandler({ ...options, proxy: options.proxy ?? NO_PROXIES }),
    maxAttempts: 1,
    // The `adaptive` mode, which a profile may ask for, makes even a first attempt wait.
    retryMode: 'standard',
  });
}

type HandlerOptions = NonNullable<Parameters<NodeHttpHandler['handle']>[1]>;
type HandlerRequest = Parameters<NodeHttpHandler['handle']>[0];
type HandlerResult = Awaited<ReturnType<NodeHttpHandler['handle']>>;

/** How the SDK, which knows nothing of calls, hands a call on to its handler. */
interface RecordedOptions extends HandlerOptions {
  readonly call?: Call;
}

/** Its warnings about a pool in full use would reach the terminal past the program's own output. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

class RecordingHandler extends NodeHttpHandler {
  constructor(options: PoolOptions) {
    const agents = agentsFor(options);
    super({ httpAgent: agents.http, httpsAgent: agents.https, logger: SILENT });
  }

  override async handle(
    request: HandlerRequest,
    options: RecordedOptions = {},
  ): Promise<HandlerResult> {
    const { call } = options;
    // Without a call it is the credential chain that asks (STS, SSO), and its replies are secrets
    // from end to end.
    if (call === undefined) return super.handle(request, options);
    // A copy: the SDK's serialiser hands out a view of its own buffer, in a class that warns when
    // it is taken for text.
    const sent: Buffer =
      typeof request.body === 'string'
        ? Buffer.from(request.body)
        : Buffer.copyBytesFrom(request.body);
    const port = request.port === undefined ? '' : `:${request.port}`;
    try {
      call.markSent({
        origin: `${request.protocol}//${request.hostname}${port}`,
        headers: request.headers,
        body: sent,
      });
      request.body = sent;
      request.headers = { ...request.headers, ...UNCOMPRESSED };
      const { response } = await super.handle(request, { abortSignal: call.signal });
      call.begin(response.statusCode, response.headers);
      await collectBody(response.body, call);
      const body = call.readable();
      // What cannot be read is judged by its status; the SDK would go through it level by level.
      response.body = body.ok ? body.bytes : new Uint8Array(0);
      return { response };
    } catch (error) {
      throw call.connectionFailed(error);
    }
  }
}

async function requireRegion(client: BedrockRuntimeClient): Promise<void> {
  try {
    await client.config.region();
  } catch (error) {
    throw new UserError(`No AWS region set for Bedrock: ${messageOf(error)}`, {
      code: 'aws-region-missing',
      hint: 'Set AWS_REGION, "region" under "bedrock" in the configuration, or "region" for the model.',
      cause: error,
    });
  }
}

function readOutput(
  output: ConverseCommandOutput,
  provider: string,
  modelId: string,
  call: Call,
): Completion {
  const completion = readConverse(output);
  if (completion !== null) return completion;
  throw failedReply(
    'protocol',
    { provider, modelId, ...call.reply() },
    wordsOf(call),
    call.secrets,
  );
}

const KINDS_BY_NAME: Readonly<Record<string, ProviderErrorKind>> = {
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
  ServiceQuotaExceededException: 'throttled',
  AccessDeniedException: 'authentication',
  UnrecognizedClientException: 'authentication',
  InvalidSignatureException: 'authentication',
  SignatureDoesNotMatch: 'authentication',
  IncompleteSignatureException: 'authentication',
  MissingAuthenticationTokenException: 'authentication',
  InvalidClientTokenId: 'authentication',
  ExpiredTokenException: 'authentication',
  ExpiredToken: 'authentication',
  ResourceNotFoundException: 'unknown_model',
  ModelTimeoutException: 'server',
  ModelNotReadyException: 'server',
  ModelErrorException: 'server',
  InternalServerException: 'server',
  ServiceUnavailableException: 'server',
};

/** How Bedrock speaks of a model that it does not have, or not in this region, or not on demand. */
const ABOUT_THE_MODEL = /model identifier|model id\b|on-demand throughput|inference profile/i;

function kindOf(name: string, message: string, { status, headers }: Reply): ProviderErrorKind {
  const kind = entryOf(KINDS_BY_NAME, name) ?? kindOfStatus(status);
  if (kind === 'throttled' && isDailyQuota(message, headers)) return 'quota';
  if (kind === 'bad_request' && speaksOfFilter(message)) return 'content_filter';
  if (kind === 'bad_request' && ABOUT_THE_MODEL.test(message)) return 'unknown_model';
  return kind;
}

/**
 * What an error of the SDK means. Returns whatever is no failure of the provider as it came: a
 * defect.
 */
function errorOf(error: unknown, provider: string, modelId: string, call: Call): unknown {
  const { name, message } =
    error instanceof Error ? error : { name: '', message: messageOf(error) };
  const reply = call.reply();
  if (reply.status === 0) {
    // Nothing left: the chain found no credentials, or their own service (STS, SSO) refused them.
    if (!/(?:Credentials|Token)ProviderError$/.test(name) && !isServiceError(error)) return error;
    return new ProviderError(
      'authentication',
      `${provider} has no usable AWS credentials: ${withoutSecrets(message, call.secrets)}`,
    );
  }
  const elsewhere = redirection(
    { provider, ...reply },
    call.origin,
    `the endpoint of ${provider}`,
    call,
  );
  if (elsewhere !== null) return elsewhere;
  // An error that the service names; any other is the SDK stumbling over a body that it cannot
  // read.
  const said = stringOf(message) ?? '';
  const detail =
    isServiceError(error) && said !== '' && said !== 'UnknownError' ? said : wordsOf(call);
  const kind = kindOf(name, detail, reply);
  const loading =
    name === 'ModelNotReadyException' || (kind === 'server' && speaksOfLoading(detail));
  return failedReply(kind, { provider, modelId, ...reply, loading }, detail, call.secrets);
}

/** What a reply says that is of no kind the SDK knows. */
function wordsOf(call: Call): string {
  const body = call.readable();
  return body.ok ? textOf(body.bytes) : body.problem;
}

function isServiceError(error: unknown): boolean {
  return error instanceof Error && '$fault' in error;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
