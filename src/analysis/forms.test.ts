import { expect, test } from 'vitest';
import { read, SPANISH, TRUST } from '../../test/support/trust.ts';
import {
  type AdministrationSettings,
  administration,
  hashOfForm,
  PUBLISHED_SETTINGS,
} from '../administration/settings.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { type GivenForm, publishedQuestionnaire, tellFormsApart } from './forms.ts';

const trust = read(TRUST);
const reworded = read({ ...TRUST, instructions: 'Say it.' });

function given(
  wording: Instrument | null,
  settings: Partial<AdministrationSettings> = {},
  language = wording?.language ?? 'en',
): GivenForm {
  return { slug: 'trust', language, wording, settings: administration.parse(settings) };
}

const published = (scale: string | null) =>
  publishedQuestionnaire(
    { slug: 'trust', language: 'en' },
    trust.items.map(({ number, text, key, reverse }) => ({ number, text, scale, key, reverse })),
    trust,
  );

function labels(forms: readonly GivenForm[], scale: string | null = 'T'): string[] {
  const told = tellFormsApart(forms, () => published(scale));
  return forms.map((form) => told.get(form)!.label);
}

test('one form is called as it always was', () => {
  expect(labels([given(trust), given(trust)])).toEqual(['trust', 'trust']);
  expect(labels([given(read(SPANISH))])).toEqual(['trust (es)']);
  expect(labels([given(trust, { elicit: 'reasoned' })])).toEqual(['trust']);
});

test('several are called by what was varied, and by their hash where that does not tell', () => {
  expect(labels([given(trust, { elicit: 'reasoned' }), given(trust)])).toEqual([
    'trust (elicit: reasoned)',
    'trust',
  ]);
  expect(labels([given(trust), given(reworded)])).toEqual([
    `trust (form ${hashOfForm(trust, PUBLISHED_SETTINGS).slice(0, 8)})`,
    `trust (form ${hashOfForm(reworded, PUBLISHED_SETTINGS).slice(0, 8)})`,
  ]);
  const paraphrased = labels(
    ['One. {{questions}}', 'Two. {{questions}}'].map((paraphrase) => given(trust, { paraphrase })),
  );
  expect(new Set(paraphrased).size).toBe(2);
  expect(labels([given(trust), given(read(SPANISH))])).toEqual(['trust', 'trust (es)']);
});

test('a file that differs in nothing a persona sees is the same form', () => {
  const cited = read({ ...TRUST, citation: 'Another source.' });
  expect(cited.sha256).not.toBe(trust.sha256);
  expect(labels([given(trust), given(cited)])).toEqual(['trust', 'trust']);
});

test('what another program gave stands with the one stored wording that scores alike', () => {
  expect(labels([given(null), given(trust)])).toEqual(['trust', 'trust']);
  expect(labels([given(null), given(trust)], null)).toEqual(['trust (form not recorded)', 'trust']);
  expect(labels([given(null), given(trust, { elicit: 'reasoned' })])).toEqual([
    'trust (form not recorded)',
    'trust (elicit: reasoned)',
  ]);
  expect(tellFormsApart([given(null)], () => null).size).toBe(0);
});
