import { describe, expect, test } from 'vitest';
import { isRefusal } from './refusal.ts';

describe('refusals', () => {
  test.each([
    "I'm sorry, but I can't help with that.",
    'I’m sorry, but I cannot take on the personality of a real human being.',
    'I cannot complete this questionnaire.',
    "As an AI language model, I don't have personal feelings or moods.",
    "I'd rather not answer these questions.",
    'I must decline: impersonating people goes against my guidelines.',
    'I am unable to answer this questionnaire.',
    "I apologize, but I'm not able to role-play as this person.",
    'I do not feel comfortable answering.',
    'Lo siento, pero no puedo ayudar con eso.',
    'No puedo responder a este cuestionario.',
    'Como modelo de lenguaje, no tengo emociones.',
    'Prefiero no contestar estas preguntas.',
    'Desculpe, não posso responder a este questionário.',
    "En tant qu'IA, je n'ai pas de personnalité.",
    'Als KI habe ich keine Gefühle.',
    'Non posso rispondere a queste domande.',
  ])('%s', (text) => {
    expect(isRefusal(text)).toBe(true);
  });
});

describe('no refusals', () => {
  test.each([
    'Sure! Here are my answers.',
    'I am a talkative person and rather lively.',
    '1. True\n2. False',
    'Sorry for the wait: 1 True, 2 False.',
    'Soy una persona habladora.',
    '<think>I cannot answer that, can I?</think>Here you are:',
    'I cannot say that I will.</think>Here you are:',
  ])('%s', (text) => {
    expect(isRefusal(text)).toBe(false);
  });
});
