/**
 * Labels of variables in SPSS and Stata, which show them in place of names: a few words each, in
 * Stata at most 80 characters. The codebook has whole sentences.
 */
import type { WideColumn } from './wide-columns.ts';

/** Of what every file begins with: true of personas from sheets and of a study's own cases. */
const LABELS: Readonly<Record<string, string>> = {
  experiment_id: 'Administration',
  group: 'Group of administrations',
  model: 'Model (id of the provider)',
  label: 'Model',
  provider: 'Provider',
  population: 'Population',
  condition: 'Condition',
  answers_as: 'Answered as',
  personality_id: 'Answer sheet, or case of own personas',
  persona_id: 'Persona',
  case_id: 'Case, for pairing',
  draw: 'Draw: which persona of the same sheet',
  repeated: 'Repetition',
  language: 'Language of the questionnaire',
  form: 'Form (hash of wording and way of asking)',
  administration: 'Settings that are not the published ones',
  temperature: 'Temperature that was sent',
  top_p: 'top_p that was sent',
  parameters: 'Further parameters that were sent',
  model_served: 'Model that was served',
  called_on: 'Day of the last call (UTC)',
  succeeded: 'Answered',
  partial: 'Answered in part',
  outcome: 'Outcome',
  attempts: 'Number of attempts',
  data_origin: 'Origin of the answers',
  answered: 'Number of items answered',
  item: 'Item, as the wide file calls its column',
  item_number: 'Number of the item in its questionnaire',
  scale: 'First scale of the item',
  answer_label: 'Label of the answer',
  missing: 'Why there is no answer',
};

export function variableLabel({ role, name, text, description }: WideColumn): string {
  if (role === 'about') return LABELS[name] ?? description;
  // `Warmth: mean of its items; empty when one has no points`
  if (role === 'score') return description.slice(0, description.lastIndexOf('; '));
  // Its item has the text alone.
  if (role === 'reversed' && text !== null) return `Reversed: ${text}`;
  return text ?? description;
}
