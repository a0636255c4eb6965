import { expect, test } from 'vitest';
import { onceFor, onceForEach } from './once.ts';

test('computes once for each object, whatever the value is', () => {
  let times = 0;
  const compute = onceFor((_: object) => {
    times++;
    return null;
  });
  const [one, other] = [{}, {}];
  expect([compute(one), compute(one), compute(other)]).toEqual([null, null, null]);
  expect(times).toBe(2);
});

test('computes once for each object and name', () => {
  const asked: string[] = [];
  const compute = onceForEach((_: object, name: string) => asked.push(name));
  const [one, other] = [{}, {}];
  const found = [compute(one, 'a'), compute(one, 'b'), compute(one, 'a'), compute(other, 'a')];
  expect(asked).toEqual(['a', 'b', 'a']);
  expect(found[0]).toBe(found[2]);
});
