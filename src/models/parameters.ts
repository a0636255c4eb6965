/** What is sent besides temperature and top_p, as a group stores it. */
import type { ModelEntry, RequestParameters } from './catalogue.ts';

export interface StoredParameters {
  readonly max_tokens: number | null;
  readonly max_tokens_field: 'max_tokens' | 'max_completion_tokens';
  readonly extra: Readonly<Record<string, unknown>>;
}

export function storedParameters({ parameters }: Pick<ModelEntry, 'parameters'>): StoredParameters {
  const { maxTokens, maxTokensField, extra } = parameters;
  return { max_tokens: maxTokens, max_tokens_field: maxTokensField, extra };
}

export function readParameters(
  stored: StoredParameters,
): Pick<RequestParameters, 'maxTokens' | 'maxTokensField' | 'extra'> {
  return {
    maxTokens: stored.max_tokens,
    maxTokensField: stored.max_tokens_field,
    extra: stored.extra,
  };
}
