import { afterEach, expect, it, vi } from 'vitest';
import { paint, textForTerminal } from './output.ts';

afterEach(() => vi.unstubAllEnvs());

const HOSTILE = '\x1b[2Jgone';

it.each([
  ['colours', { FORCE_COLOR: '1', NO_COLOR: undefined }, '\x1b[1m\\u001b[2Jgone\x1b[22m'],
  ['no colours', { FORCE_COLOR: undefined, NO_COLOR: '1' }, '\\u001b[2Jgone'],
])('a painted text commands no terminal with %s', (_, environment, shown) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  expect(textForTerminal(paint('bold', HOSTILE))).toBe(shown);
  expect(textForTerminal(HOSTILE)).toBe('\\u001b[2Jgone');
});
