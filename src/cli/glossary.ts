/**
 * The words of this program, each in one line. The help of commands and the page
 * docs/reference/glossary.md show them.
 */
import type { Command } from 'commander';

export const GLOSSARY = {
  administration:
    'One persona answers one questionnaire once. It may take one call to a model or several.',
  'answer sheet':
    'The answers of one person to a questionnaire, from which a persona is written. Short: sheet. In the published study, a sheet has the 24 answers to the EPQR-A.',
  'answer set':
    'Answers that several items share, such as the five points from "Never" to "Always". An instrument may have several.',
  'attention check': 'An item that tells which answer to choose. It shows whether items are read.',
  block: 'Items of an instrument that are shown together, below instructions of their own.',
  call: 'One request to a provider and what came back: a reply or an error.',
  condition:
    'How a sheet is changed before a persona is written from it. Base changes nothing; MaxN, for example, gives every keyed answer to the items of N.',
  domain: 'A scale that is made of facets, such as Neuroticism of the IPIP-NEO.',
  draw: 'One of several personas that a model wrote from the same sheet under the same condition.',
  experiment:
    'One registered administration: one persona, one questionnaire, one model, asked once. It is a row of the table experiments_list, from which it has its name.',
  facet: 'A narrow scale of items, such as Anxiety, several of which make up a domain.',
  filler: 'An item that is asked and counts on no scale.',
  form: 'How a wording is administered: its language, and the settings of the administration. Answers of two forms are never pooled without being told apart.',
  group:
    'Experiments that were registered together. They share the model, the questionnaire, its wording and all parameters.',
  instrument:
    'A questionnaire with everything that is needed to give and to score it: instructions, items, answers, keys, scales.',
  item: 'One numbered question or statement of a questionnaire.',
  'keyed answer': 'The answer that adds to the score of a scale: Yes on some items, No on others.',
  'missing code': 'An answer that scores nothing, such as 777 for "Prefer not to say".',
  norm: 'What a group of people scored on a scale, from a published source: mean and standard deviation, or T scores.',
  outcome:
    'What became of a call or an administration: answered, refused, truncated, unparseable, invalid or failed.',
  persona: 'The description of a person that a model is told to be when it answers.',
  population:
    'The personas that one model wrote under one condition, or personas that were imported under one name.',
  prorate:
    'To scale the sum of the items that were answered up to all items of a scale. Only where the rule of the scale allows missing items.',
  provider:
    'The service that runs a model: OpenAI, Amazon Bedrock, or any server with an OpenAI-compatible interface.',
  'random sheet':
    'A sheet whose answers were drawn at random, item by item, with the frequencies of the reference population.',
  'reference population':
    'The people whose sheets the personas are written from, or their synthetic stand-ins.',
  repetition: 'A further administration of the same questionnaire to the same persona.',
  scale:
    'The items that measure one trait together, and the score that they give: E, N, P and L on the EPQR-A.',
  schema: 'A named part of a database that holds one study.',
  'simulated model':
    'A stand-in for a model, built into this program. Its answers are not evidence about any real model.',
} as const satisfies Readonly<Record<string, string>>;

export type Term = keyof typeof GLOSSARY;

/** Adds what some words mean to the help of a command. */
export function words(command: Command, terms: readonly Term[]): Command {
  const lines = terms.map((term) => `  ${term}: ${GLOSSARY[term]}`);
  return command.addHelpText('after', ({ command: shown }) =>
    ['', shown.createHelp().styleTitle('Words:'), ...lines].join('\n'),
  );
}
