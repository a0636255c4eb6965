/**
 * Which rows are of one model, and how tables call it. Rows name models by short name, by the
 * provider's id or by both; a label is for readers only, so it may change, or be the same for two
 * models, without moving a number.
 */

import type { StudyModel } from './data.ts';
import { studyNameOf } from './study-models.ts';
import { RANDOM_ROW, REFERENCE_ROW } from './table.ts';

/** A model of the catalogue. */
export interface KnownModel {
  /** Short name. */
  readonly name: string;
  /** The provider's id. */
  readonly modelId: string;
  readonly label: string;
  /**
   * Whether the configuration gives the label. Else it is the program's own, and what the rows
   * bring goes before it.
   */
  readonly isLabelChosen: boolean;
}

/**
 * How a row names a model: experiments by id, and by short name where this program registered them;
 * personas by short name.
 */
export interface ModelMention {
  readonly name: string | null;
  readonly modelId: string | null;
}

export interface ModelSources {
  /** Every way in which the schema names a model. */
  readonly mentions: readonly ModelMention[];
  /** The catalogue, in its order. */
  readonly known: readonly KnownModel[];
  /**
   * Labels that the schema stores, by model id; those that came with an import by short name, where
   * it names a model only so.
   */
  readonly stored: ReadonlyMap<string, string>;
}

/** What finds the model of a mention. */
export function keyOfMention({ name, modelId }: ModelMention): string {
  return JSON.stringify([name, modelId]);
}

/** The mention that `keyOfMention` made a key of. */
export function mentionOf(key: string): ModelMention {
  const [name, modelId] = JSON.parse(key) as readonly [string | null, string | null];
  return { name, modelId };
}

/**
 * The model of each mention, by `keyOfMention`. A short name that stands for two ids makes two
 * models, and so do two short names of one id: their parameters differ. Where two models would be
 * called the same, names or ids are added to their labels.
 */
export function identifyModels({
  mentions,
  known,
  stored,
}: ModelSources): ReadonlyMap<string, StudyModel> {
  const registered = mentions.filter(({ name, modelId }) => name !== null && modelId !== null);
  const complete = ({ name, modelId }: ModelMention): ModelMention => {
    if (name === null)
      return { name: known.find((one) => one.modelId === modelId)?.name ?? null, modelId };
    if (modelId !== null) return { name, modelId };
    const ids = [
      ...new Set(registered.filter((one) => one.name === name).map((one) => one.modelId)),
    ];
    if (ids.length > 0) return { name, modelId: ids.length === 1 ? ids[0]! : null };
    const entry =
      known.find((one) => one.name === name) ?? known.find((one) => one.modelId === name);
    return entry === undefined
      ? { name, modelId: null }
      : { name: entry.name, modelId: entry.modelId };
  };
  const whole = new Map(mentions.map((mention) => [keyOfMention(mention), complete(mention)]));
  const models = [...new Map([...whole.values()].map((one) => [keyOfMention(one), one])).values()];
  const labelOf = ({ name, modelId }: ModelMention): string => {
    const entry = known.find((one) => one.name === name);
    const isShared =
      modelId !== null && models.some((one) => one.modelId === modelId && one.name !== name);
    const ofId = modelId === null || isShared ? undefined : stored.get(modelId);
    const own = ofId ?? stored.get(name ?? '');
    return (entry?.isLabelChosen ? entry.label : own) ?? entry?.label ?? name ?? modelId ?? '';
  };
  const called = Map.groupBy(models, labelOf);
  const result = new Map<string, StudyModel>();
  for (const [label, alike] of called) {
    const isUnique = alike.length === 1 && label !== REFERENCE_ROW && label !== RANDOM_ROW;
    for (const one of alike) {
      const key = keyOfMention(one);
      const shown = isUnique ? label : `${label} (${tellApart(one, alike)})`;
      result.set(key, { key, label: shown, modelId: one.modelId, studyName: studyNameOf(one) });
    }
  }
  return new Map([...whole].map(([mention, one]) => [mention, result.get(keyOfMention(one))!]));
}

/** The least that tells a model from those that are called the same. */
function tellApart({ name, modelId }: ModelMention, alike: readonly ModelMention[]): string {
  const isOwn = (key: keyof ModelMention, value: string | null) =>
    value !== null && alike.filter((one) => one[key] === value).length === 1;
  if (isOwn('name', name)) return name!;
  return isOwn('modelId', modelId)
    ? modelId!
    : [name, modelId].filter((part) => part !== null).join(', ');
}
