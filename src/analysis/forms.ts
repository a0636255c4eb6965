/**
 * The forms in which a study's questionnaires were given: told apart by wording, language and
 * administration, and named so that no two are called the same.
 */

import {
  type AdministrationSettings,
  describeSettings,
  hashOfForm,
  PUBLISHED_SETTINGS,
  variedSettings,
} from '../administration/settings.ts';
import { differencesOfForms, nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { pointsOf, rangeOfScale } from '../instruments/score.ts';
import type { Item } from '../instruments/structure.ts';
import type { AdministeredItem, StudyItem, StudyQuestionnaire, StudyScale } from './data.ts';
import { compareText } from './models.ts';

/** What a group says of what it gave. */
export interface GivenForm {
  readonly slug: string;
  readonly language: string;
  /** Null for groups of other programs, which store no wording. */
  readonly wording: Instrument | null;
  readonly settings: AdministrationSettings;
}

/** A questionnaire before it has its name among the others. */
type Unnamed = Omit<StudyQuestionnaire, 'label'>;

export function questionnaireOf(instrument: Instrument): Unnamed {
  const { slug, language, title, items, scales, norms } = instrument;
  return {
    ...{ slug, language, title, norms },
    items: items.map(askedItem),
    scales: scales.map(({ items: members, parts, ...scale }) => ({
      ...scale,
      members: members.map(({ item, weight }) => ({ column: item - 1, weight })),
      parts: parts.map((part) => ({
        ...part,
        ...rangeOfScale(instrument, scales.find(({ id }) => id === part.scale)!),
      })),
    })),
  };
}

function askedItem(item: Item): AdministeredItem {
  const options = item.answers?.options ?? [];
  const scores = options.map(({ value }): readonly [number, number | null] => [
    value,
    pointsOf(item, value),
  ]);
  const { number, id, text, scale, key, reverse, range, demanded } = item;
  return {
    ...{ number, id, text, scale, key, reverse, range, demanded },
    points: new Map(scores.filter(([value, score]) => value !== score)),
    options: options.map(({ value, label }) => ({ value, label })),
    isNumber: item.quantity !== null,
    isText: item.openCharacters !== null,
    ...(item.quantity?.unit == null ? {} : { unit: item.quantity.unit }),
  };
}

/** An item as the published table has it, which knows nothing of answers. */
export interface PublishedItem extends StudyItem {
  readonly text: string | null;
}

/**
 * @param items in order of number
 * @param known a wording of the same slug, which tells the bounds of answers and how scores come
 *   from points
 */
export function publishedQuestionnaire(
  { slug, language }: Pick<GivenForm, 'slug' | 'language'>,
  items: readonly PublishedItem[],
  known: Instrument | null,
): Unnamed {
  const itemOf = (number: number) => known?.items[number - 1];
  const named = new Set(items.flatMap(({ scale }) => scale ?? []));
  const ids = [
    ...(known?.scales ?? []).flatMap(({ id }) => (named.delete(id) ? [id] : [])),
    ...named,
  ];
  return {
    ...{ slug, language, title: known?.title ?? slug, norms: known?.norms ?? [] },
    items: items.map(({ number, text, scale, key, reverse }) => {
      const stored = itemOf(number);
      const answers = stored === undefined ? null : askedItem(stored);
      return {
        ...{ number, text, scale, key, reverse },
        id: answers?.id ?? String(number),
        range: key === null ? (answers?.range ?? null) : { low: 0, high: 1 },
        points: new Map(),
        options: answers?.options ?? [],
        demanded: answers?.demanded ?? [],
        isNumber: answers?.isNumber ?? false,
        isText: answers?.isText ?? false,
      };
    }),
    scales: ids.map((id): StudyScale => {
      const rule = known?.scales.find((scale) => scale.id === id);
      return {
        id,
        name: rule?.name ?? id,
        score: rule?.score ?? 'sum',
        members: items.flatMap(({ scale, key, reverse }, column) =>
          scale === id ? [{ column, weight: reverse && key === null ? -1 : 1 }] : [],
        ),
        parts: [],
        mostMissing: rule?.mostMissing ?? 0,
        prorate: rule?.prorate ?? true,
        isCentred: rule?.isCentred ?? false,
      };
    }),
  };
}

/** One form while it is told apart from others of its slug and language. */
interface Form {
  readonly wording: Instrument | null;
  readonly settings: AdministrationSettings | null;
  readonly questionnaire: Unnamed;
  readonly given: GivenForm[];
}

/**
 * The form that each was. Wordings that differ in nothing a persona sees and no score depends on
 * are one. What another program gave counts as the stored wording where there is one alone, asked
 * as the published study asked it, that scores alike.
 * @param published what the published table says of a slug and language; null where it has no items
 * @returns without those of which no items are known
 */
export function tellFormsApart(
  given: readonly GivenForm[],
  published: (slug: string, language: string) => Unnamed | null,
): ReadonlyMap<GivenForm, StudyQuestionnaire> {
  const groups = [
    ...Map.groupBy(given, ({ slug, language }) => JSON.stringify([slug, language])).entries(),
  ].sort(([first], [second]) => compareText(first, second));
  return new Map(groups.flatMap(([, own]) => nameGiven(formsOf(own, published))));
}

function formsOf(
  given: readonly GivenForm[],
  published: (slug: string, language: string) => Unnamed | null,
): readonly Form[] {
  const wordings: Instrument[] = [];
  const forms = new Map<string, Form>();
  for (const one of given) {
    if (one.wording === null) continue;
    const wording = representative(wordings, one.wording);
    const settings = isVaried(one.settings) ? one.settings : null;
    const key = hashOfForm(wording, one.settings);
    const form = forms.get(key) ?? {
      ...{ wording, settings, given: [] },
      questionnaire: questionnaireOf(wording),
    };
    forms.set(key, form);
    form.given.push(one);
  }
  const unknown = given.filter(({ wording }) => wording === null);
  if (unknown.length > 0) {
    const { slug, language } = unknown[0]!;
    const questionnaire = published(slug, language);
    const plain = [...forms.values()].filter(({ settings }) => settings === null);
    if (questionnaire === null) return [...forms.values()];
    if (plain.length === 1 && scoresAlike(questionnaire, plain[0]!.questionnaire))
      plain[0]!.given.push(...unknown);
    else forms.set('', { wording: null, settings: null, questionnaire, given: unknown });
  }
  return [...forms.values()];
}

function representative(known: Instrument[], wording: Instrument): Instrument {
  const same = known.find(
    (one) => one.sha256 === wording.sha256 || differencesOfForms(one, wording).length === 0,
  );
  if (same === undefined) known.push(wording);
  return same ?? wording;
}

function isVaried(settings: AdministrationSettings): boolean {
  return Object.keys(variedSettings(settings)).length > 0;
}

function scoresAlike({ items }: Unnamed, other: Unnamed): boolean {
  return (
    items.length === other.items.length &&
    items.every(({ number, scale, key, reverse }, column) => {
      const same = other.items[column]!;
      return (
        number === same.number &&
        scale === same.scale &&
        key === same.key &&
        reverse === same.reverse
      );
    })
  );
}

function nameGiven(forms: readonly Form[]): readonly (readonly [GivenForm, StudyQuestionnaire])[] {
  const described = describeForms(forms, false);
  const isTold = new Set(described).size === described.length;
  const labels = isTold ? described : describeForms(forms, true);
  return forms
    .map((form, place) => ({ ...form, label: labels[place]! }))
    .sort(
      (first, second) => rankOf(first) - rankOf(second) || compareText(first.label, second.label),
    )
    .flatMap(({ questionnaire, label, given }) => {
      const named = { ...questionnaire, label };
      return given.map((one) => [one, named] as const);
    });
}

/** What was asked as the published study asked it comes first. */
function rankOf({ wording, settings }: Form): number {
  return settings !== null ? 2 : wording === null ? 1 : 0;
}

const HASH_SHOWN = 8;

function describeForms(forms: readonly Form[], withHash: boolean): readonly string[] {
  const wordings = new Set(forms.flatMap(({ wording }) => wording?.sha256 ?? []));
  return forms.map(({ questionnaire, wording, settings }) => {
    if (forms.length === 1) return nameForm(questionnaire);
    const told = [
      ...(questionnaire.language === 'en' ? [] : [questionnaire.language]),
      ...(wording === null ? ['form not recorded'] : []),
      ...(settings === null ? [] : [describeSettings(settings)]),
      ...(wording !== null && (wordings.size > 1 || (withHash && settings !== null))
        ? [shown(hashOfForm(wording, settings ?? PUBLISHED_SETTINGS))]
        : []),
    ];
    return told.length === 0 ? questionnaire.slug : `${questionnaire.slug} (${told.join('; ')})`;
  });
}

function shown(sha256: string): string {
  return `form ${sha256.slice(0, HASH_SHOWN)}`;
}
