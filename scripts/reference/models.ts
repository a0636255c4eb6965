/** The catalogue of models with their prices. */
import { createCatalogue, type ModelEntry } from '../../src/models/catalogue.ts';
import { code, pageOf, tableOf } from './page.ts';

export function modelsPage(): string {
  const models = createCatalogue().list();
  const real = models.filter((model) => model.provider !== 'simulated');
  const simulated = models.filter((model) => model.provider === 'simulated');
  return pageOf(
    'Models',
    '`data/models.json`'.replaceAll('`', ''),
    `What \`--model\` and \`models\` of a study file understand. The [configuration](configuration.md#models) adds models and changes these; \`personas models\` prints what is in force.
A parameter that is left blank is not sent.`,
    `## Models of vendors\n\n${parameters(real)}`,
    `### Prices\n\nList prices in US dollars for a million tokens, as known on their day. Prices change: a cost that the program tells is an estimate as of that day. Set \`price\` in the
configuration to what your contract says.\n\n${prices(real)}`,
    `## Simulated models\n\nStand-ins that need no key and no network. What they answer is no evidence about any model: their ids begin with \`simulated/\`, their labels end in "(simulated)".\n\n${parameters(simulated)}`,
    `${simulated.every((model) => costsNothing(model)) ? 'They cost nothing.' : `### What simulated calls are said to cost\n\n${prices(simulated)}`}`,
  );
}

function parameters(models: readonly ModelEntry[]): string {
  return tableOf(
    ['name', 'label', 'provider', 'model id', 'region', 'temperature', 'top_p', 'max_tokens'],
    models.map(
      ({
        name,
        label,
        provider,
        modelId,
        region,
        parameters: { temperature, topP, maxTokens },
      }) => [
        code(name),
        label,
        code(provider),
        code(modelId),
        region ?? '',
        String(temperature ?? ''),
        String(topP ?? ''),
        String(maxTokens ?? ''),
      ],
    ),
  );
}

function prices(models: readonly ModelEntry[]): string {
  return tableOf(
    ['name', 'input', 'output', 'as of', 'source'],
    models.map(({ name, price }) =>
      price === null
        ? [code(name), 'unknown', 'unknown', '', '']
        : [
            code(name),
            String(price.inputPerMtok),
            String(price.outputPerMtok),
            price.date,
            price.source,
          ],
    ),
  );
}

function costsNothing({ price }: ModelEntry): boolean {
  return price !== null && price.inputPerMtok === 0 && price.outputPerMtok === 0;
}
