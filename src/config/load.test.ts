import { expect, test } from 'vitest';
import { loadConfig } from './load.ts';

const FILE = {
  models: { 'gpt-4.1': { label: 'GPT-4.1' } },
  openai: { base_url: 'https://file.example/v1' },
};

test('a variable reaches a model whose name has characters that no variable may have', () => {
  const { models } = loadConfig({ config: FILE }, { PERSONAS_MODELS__GPT_4_1__REGION: 'here' });
  expect(models).toEqual({ 'gpt-4.1': { label: 'GPT-4.1', region: 'here' } });
});

test('what the file says stays apart from the environment and from defaults', () => {
  const { written } = loadConfig(
    { config: { ...FILE, providers: { simulated: { retest: 0.8 } } } },
    { AWS_REGION: 'here', PERSONAS_PROVIDERS__SIMULATED__RETEST: '0.5' },
  );
  expect(written).toEqual({ ...FILE, bedrock: {}, providers: { simulated: { retest: 0.8 } } });
});
