/** The five models of the published study, and how its tables print them. */

/** The study's models by their short names, with the provider's id and what its tables print. */
const STUDY_MODELS = [
  { name: 'gpt4o', modelId: 'gpt-4o-2024-11-20', printed: 'GPT-4o' },
  { name: 'gpt35', modelId: 'gpt-3.5-turbo-0125', printed: 'GPT-3.5' },
  {
    name: 'claude35sonnet',
    modelId: 'anthropic.claude-3-5-sonnet-20240620-v1:0',
    printed: 'Claude-3.5-s',
  },
  { name: 'llama323B', modelId: 'eu.meta.llama3-2-3b-instruct-v1:0', printed: 'Llama3.2-3B' },
  { name: 'llama3170B', modelId: 'us.meta.llama3-1-70b-instruct-v1:0', printed: 'Llama3.1-70B' },
] as const;
export type StudyModelName = (typeof STUDY_MODELS)[number]['name'];

/** The study's model that this one is, or that it stands in for by simulation; null for others. */
export function studyNameOf({
  name,
  modelId,
}: {
  readonly name: string | null;
  readonly modelId: string | null;
}): StudyModelName | null {
  const plainName = name?.replace(/^sim-/, '');
  const plainId = modelId?.replace(/^simulated\//, '');
  const found =
    STUDY_MODELS.find((one) => one.name === plainName) ??
    STUDY_MODELS.find((one) => one.modelId === plainId);
  return found?.name ?? null;
}

/** What the study's tables print for one of its models. */
export function printedNameOf(name: StudyModelName): string {
  return STUDY_MODELS.find((one) => one.name === name)!.printed;
}
