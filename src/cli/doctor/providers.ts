/**
 * Checks the providers: whether they have the settings that calls need and, where this is free of
 * charge, whether they accept them.
 */
import type { Config } from '../../config/config.ts';
import { defined } from '../../defined.ts';
import { createCatalogue, type RegisteredModel, registeredModel } from '../../models/catalogue.ts';
import type { ProviderSettings } from '../../providers/open.ts';
import { withoutUrlSecrets } from '../../secret-urls.ts';
import { type CheckResult, fail, findingOf, ok, warn } from './finding.ts';

const PATIENCE_MS = 10_000;

/** A provider in one region, and what is wanted of it. */
interface Need {
  readonly provider: string;
  readonly region: string | null;
  /** Ids of models that experiments wait for; none where it is only configured. */
  readonly modelIds: readonly string[];
}

/**
 * @param pending models that experiments wait for
 * @param offline calls nobody
 */
export async function checkProviders(
  config: Config,
  pending: readonly RegisteredModel[],
  offline: boolean,
): Promise<CheckResult[]> {
  const { needs, unknown } = needsOf(config, pending);
  const found = await Promise.all(needs.map((need) => checkProvider(config, need, offline)));
  const none = needs.length + unknown.length === 0;
  return [
    ...unknown,
    ...found.flat(),
    ...(none
      ? [
          ok(
            'providers',
            'none configured and none needed by pending experiments; simulated models need no provider',
          ),
        ]
      : []),
  ];
}

function needsOf(
  config: Config,
  pending: readonly RegisteredModel[],
): { needs: Need[]; unknown: CheckResult[] } {
  const catalogue = createCatalogue(config.models);
  const unknown: CheckResult[] = [];
  const wanted = new Map<
    string,
    { provider: string; region: string | null; modelIds: Set<string> }
  >();
  const want = (provider: string, region: string | null, modelId: string | null) => {
    const key = JSON.stringify([provider, region]);
    const one = wanted.get(key) ?? { provider, region, modelIds: new Set() };
    wanted.set(key, one);
    if (modelId !== null) one.modelIds.add(modelId);
  };
  for (const model of pending) {
    const entry = registeredModel(catalogue, model);
    if (entry !== null) want(entry.provider, entry.region, entry.modelId);
    else {
      unknown.push(
        warn(
          'models',
          `pending experiments need ${model.modelId} of ${model.provider}, which is not in the model catalogue`,
          'Add it under "models" in the configuration.',
        ),
      );
    }
  }
  const configured = [
    ...Object.keys(config.providers),
    ...(config.openai.api_key === undefined ? [] : ['openai']),
    ...(config.bedrock.access_key_id === undefined ? [] : ['aws-bedrock']),
  ];
  for (const provider of configured) {
    if (![...wanted.values()].some((one) => one.provider === provider)) want(provider, null, null);
  }
  return {
    needs: [...wanted.values()].map((one) => ({ ...one, modelIds: [...one.modelIds] })),
    unknown,
  };
}

async function checkProvider(config: Config, need: Need, offline: boolean): Promise<CheckResult[]> {
  const { provider, region, modelIds } = need;
  // What nobody waits for may well be out of order today.
  const severity = modelIds.length > 0 ? 'fail' : 'warn';
  try {
    const { providerNotices, providerSettings } = await import('../../providers/settings.ts');
    const { openProvider } = await import('../../providers/open.ts');
    const settings = providerSettings(config, provider, region, 1);
    // Opening looks at the settings and contacts nobody.
    await using _opened = await openProvider(settings);
    const notices = providerNotices(config, provider).map((notice) =>
      warn(provider, notice, 'Runs give the same warning and continue.'),
    );
    return [await checkAccess(settings, need, offline, severity), ...notices];
  } catch (error) {
    return [findingOf(provider, error, severity)];
  }
}

async function checkAccess(
  settings: ProviderSettings,
  need: Need,
  offline: boolean,
  severity: 'warn' | 'fail',
): Promise<CheckResult> {
  const shared = { name: settings.name, proxy: settings.proxy ?? {} };
  switch (settings.type) {
    case 'simulated':
      if (settings.baseUrl == null)
        return ok(need.provider, 'runs within this program; nothing is needed');
      return checkEndpoint(
        { ...shared, baseUrl: settings.baseUrl, apiKey: null, headers: {} },
        need,
        offline,
        severity,
      );
    case 'openai':
    case 'openai-compatible': {
      const { OPENAI } = await import('../../providers/open.ts');
      const { baseUrl, apiKey = null, headers = {} } = settings;
      return checkEndpoint(
        { ...shared, baseUrl: baseUrl ?? OPENAI, apiKey, headers },
        need,
        offline,
        severity,
      );
    }
    case 'bedrock': {
      if (offline && settings.credentials == null)
        return ok(
          need.provider,
          'credentials come from the AWS chain, which was not queried (--offline)',
        );
      const { findBedrockAccess } = await import('../../providers/bedrock.ts');
      const { region } = await findBedrockAccess({
        region: settings.region ?? null,
        credentials: settings.credentials ?? null,
        endpoint: settings.endpoint ?? null,
        ...defined({ proxy: settings.proxy }),
      });
      return ok(
        need.provider,
        `credentials found, region ${region}. Not checked whether AWS accepts them, because Bedrock has no free call; "run-experiments --batch-size 1" shows it`,
      );
    }
  }
}

type Endpoint = Parameters<typeof import('../../providers/probe.ts').probe>[0];

async function checkEndpoint(
  endpoint: Endpoint,
  need: Need,
  offline: boolean,
  severity: 'warn' | 'fail',
): Promise<CheckResult> {
  const { provider, modelIds } = need;
  const shown = withoutUrlSecrets(endpoint.baseUrl);
  const key = endpoint.apiKey === null ? 'no key' : 'a key';
  if (offline) return ok(provider, `${shown}, with ${key}; not called (--offline)`);
  const { probe } = await import('../../providers/probe.ts');
  const found = await probe(endpoint, PATIENCE_MS);
  switch (found.kind) {
    case 'accepted': {
      const missing = found.models === null ? [] : modelIds.filter((id) => !found.models!.has(id));
      if (missing.length > 0) {
        return warn(
          provider,
          `${shown} answers, but does not list ${missing.join(', ')}, which pending experiments need`,
          'Check the model id in "personas models" and whether this account may use it.',
        );
      }
      return ok(
        provider,
        `${shown} answers${endpoint.apiKey === null ? '' : ' and accepts the key'}`,
      );
    }
    case 'rejected':
      return fail(
        provider,
        `${shown} does not accept ${key} (${found.why})`,
        'Correct the key: "personas config show" shows where it comes from.',
      );
    case 'unreachable':
      return (severity === 'fail' ? fail : warn)(
        provider,
        `${shown} does not answer: ${found.why}`,
        'Check the address and the network, and that the server is running.',
      );
    case 'unclear':
      return warn(
        provider,
        `${shown} answers, but does not say whether it accepts the key (${found.why})`,
        'A run of one experiment shows it: personas run-experiments --batch-size 1',
      );
  }
}
