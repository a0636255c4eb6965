import { describe, expect, it } from 'vitest';
import { rememberRecent } from './recent.ts';

describe('rememberRecent', () => {
  it('works each argument out once, null results too, and forgets the one unused for longest', () => {
    const worked: string[] = [];
    const lengthOf = rememberRecent((text) => {
      worked.push(text);
      return text === '' ? null : text.length;
    }, 2);
    expect([lengthOf('a'), lengthOf(''), lengthOf('a'), lengthOf('')]).toEqual([1, null, 1, null]);
    lengthOf('a');
    lengthOf('new');
    lengthOf('a');
    lengthOf('');
    expect(worked).toEqual(['a', '', 'new', '']);
  });

  it('does not keep long arguments', () => {
    let times = 0;
    const work = rememberRecent(() => ++times, 10);
    const long = 'x'.repeat(60_000);
    expect([work(long), work(long)]).toEqual([1, 2]);
  });
});
