/** The questionnaire prompt: a template with slots, filled from an instrument's definition. */

export const ITEMS_SLOT = '{{items}}';

interface Questions {
  readonly instructions: string;
  readonly answers: {
    readonly reply: 'label' | 'value';
    readonly options: readonly { readonly value: number; readonly label?: string | undefined }[];
  };
  readonly items: readonly { readonly number: number; readonly text: string }[];
}

/**
 * Fills each slot once and as text: what an item says is never looked at for slots. Slots nobody
 * knows are left, see `unknownSlots`.
 */
export function fillPrompt(template: string, questions: Questions): string {
  const slots = slotValues(questions);
  return template.trim().replace(SLOT, (slot, name: string) => slots.get(name) ?? slot);
}

/** Slots of a template that nothing would fill. */
export function unknownSlots(template: string): string[] {
  return [...template.matchAll(SLOT)]
    .map((match) => match[0])
    .filter((slot) => !SLOT_NAMES.includes(slot.slice(2, -2)));
}

const SLOT = /\{\{(\w+)\}\}/g;
/** What a prompt's template may have filled in. */
export const SLOT_NAMES = ['instructions', 'answers', 'items', 'count'];

function slotValues({ instructions, answers, items }: Questions): ReadonlyMap<string, string> {
  const options = answers.options.map(({ value, label }) => {
    if (label === undefined) return String(value);
    return answers.reply === 'label' ? JSON.stringify(label) : `${value} (${label})`;
  });
  return new Map([
    ['instructions', instructions],
    ['answers', options.map((option) => `- ${option}`).join('\n')],
    [
      'items',
      JSON.stringify(Object.fromEntries(items.map(({ number, text }) => [number, text])), null, 2),
    ],
    ['count', String(items.length)],
  ]);
}
