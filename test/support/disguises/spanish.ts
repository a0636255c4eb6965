/** An instrument as a user might bring one: seven points around 0, in Spanish. */
import { parseInstrument } from '../../../src/instruments/load.ts';

export const SPANISH = parseInstrument(
  JSON.stringify({
    slug: 'animo_es',
    title: 'Estado de ánimo',
    citation: 'none',
    licence: 'none',
    language: 'es',
    scales: [
      { id: 'A', name: 'Ánimo' },
      { id: 'B', name: 'Calma' },
    ],
    answers: {
      min: -3,
      max: 3,
      reply: 'value',
      options: [
        { value: -3, label: 'Totalmente en desacuerdo', synonyms: ['Nada de acuerdo'] },
        { value: -2, label: 'Muy en desacuerdo' },
        { value: -1, label: 'Algo en desacuerdo', synonyms: ['Más bien en desacuerdo'] },
        { value: 0, label: 'Ni de acuerdo ni en desacuerdo', synonyms: ['Neutral', 'Indiferente'] },
        { value: 1, label: 'Algo de acuerdo', synonyms: ['Más bien de acuerdo'] },
        { value: 2, label: 'Muy de acuerdo' },
        { value: 3, label: 'Totalmente de acuerdo', synonyms: ['Sí, del todo'] },
      ],
    },
    scoring: 'mean',
    instructions: 'Diga hasta qué punto está de acuerdo.',
    items: [
      '¿Se despierta con ánimo?',
      '2 veces al día, o más, me río a carcajadas',
      'Digo «no» cuando quiero decir “sí”',
      'Me preocupo: por todo, por todos',
      'Soy tranquilo/a',
      'Pierdo la calma (a menudo)',
      'Los demás dicen que soy "difícil"',
      'Año tras año, espero lo mejor.',
      'No me cuesta pedir perdón',
      'Duermo bien, sueño poco',
      'A veces lloro sin motivo…',
      'Todo me da igual',
    ].map((text, index) => ({
      number: index + 1,
      text,
      scale: index % 2 === 0 ? 'A' : 'B',
      reverse: index % 3 === 0,
    })),
  }),
  'animo_es.json',
);
