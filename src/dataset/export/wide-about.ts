/** What every wide file begins with. */
import type { Column } from './formats.ts';
import type { About } from './wide-store.ts';

type Values = Readonly<Record<string, string>>;
/** `answered` is counted. */
type AboutName = Exclude<keyof About, 'wording' | 'persona'> | 'answered';

/**
 * Column, type and meaning of what every wide file begins with, and the meaning of each value where
 * there are few.
 */
export const ABOUT: readonly (readonly [AboutName, Column['type'], string, Values | null])[] = [
  ['experiment_id', 'integer', 'the administration: one persona, one questionnaire, once', null],
  ['group', 'integer', 'experiments registered together (experiments_group_id)', null],
  ['model', 'string', "the provider's id of the model", null],
  ['label', 'string', 'how the model is shown', null],
  ['provider', 'string', 'who serves the model', null],
  ['population', 'string', 'the population that the persona belongs to', null],
  [
    'condition',
    'string',
    'condition under which the personas were written (population_display); empty for the reference population',
    null,
  ],
  [
    'answers_as',
    'string',
    'as whom the model answered',
    {
      persona: 'a persona that was written for the study',
      reference: 'the reference population itself, which is not a condition of the study',
    },
  ],
  [
    'personality_id',
    'integer',
    'the reference sheet that the persona was written from, or the case of personas of one’s own',
    null,
  ],
  ['persona_id', 'integer', 'the persona, where it is known', null],
  [
    'case_id',
    'integer',
    "whose administrations belong together in every condition, for every model and in every language: the sheet, or the case of personas of one's own; negative for a persona without either, which belongs to no other",
    null,
  ],
  [
    'draw',
    'integer',
    'which of several personas written from one sheet; empty where this program did not write the persona',
    null,
  ],
  ['repeated', 'integer', 'which administration of the same persona', null],
  ['language', 'string', 'language of the questionnaire, as its code, such as en', null],
  [
    'form',
    'string',
    'hash of the wording and of everything that varies how it was asked; empty where the wording is not recorded',
    null,
  ],
  [
    'administration',
    'string',
    'settings of the administration that are not the published ones, as a JSON object; empty where none is',
    null,
  ],
  ['temperature', 'double', 'temperature that was sent; empty where none was', null],
  ['top_p', 'double', 'top_p that was sent; empty where none was', null],
  [
    'parameters',
    'string',
    'what else was sent, as a JSON object: max_tokens, and further parameters by their names; empty where it is not recorded',
    null,
  ],
  [
    'model_served',
    'string',
    'the model that the provider says has answered; several, separated by commas, where calls were answered by several',
    null,
  ],
  ['called_on', 'date', 'day of the last call, in UTC, as YYYY-MM-DD', null],
  [
    'succeeded',
    'boolean',
    'whether the administration succeeded; empty while it is pending',
    { t: 'it was answered', f: 'it was closed without an answer' },
  ],
  [
    'partial',
    'boolean',
    'whether it succeeded with items missing, as the rules of the scales allow',
    { t: 'some item has no answer', f: 'every item has one' },
  ],
  [
    'outcome',
    'string',
    'how the administration ended so far; empty when it was not asked yet',
    {
      answered: 'all items were answered',
      refused: 'the model, or a filter of its provider, declined',
      truncated: 'the reply ended at the limit of tokens',
      unparseable: 'no answers were found in the reply',
      invalid: 'items were missing, off the scale or answered twice',
      failed: 'no reply came',
    },
  ],
  ['attempts', 'integer', 'how often it was asked; empty where that is not known', null],
  [
    'data_origin',
    'string',
    'where the answers came from',
    {
      model: 'this program asked a model',
      simulated: 'a simulated model answered, which is not evidence about any real model',
      imported: 'the rows were imported',
    },
  ],
  ['answered', 'integer', 'number of items that are answered, not counting missing codes', null],
];
