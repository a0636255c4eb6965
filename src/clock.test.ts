import { expect, test } from 'vitest';
import { afterRunning, runningClock } from './clock.ts';

test('the time for which a process was stopped is not counted, the time in which it was busy is', () => {
  let at = 1000;
  const clock = runningClock(() => at);
  for (let beat = 0; beat < 10; beat++) {
    at += 500;
    clock();
  }
  expect(clock()).toBe(6000);
  at += 1900;
  expect(clock()).toBe(7900);
  at += 3_600_000;
  expect(clock()).toBe(7900);
  at += 400;
  expect(clock()).toBe(8300);
});

test('a timer that is late because the process was stopped is set again for what is left', async () => {
  let at = 0;
  const clock = runningClock(() => at);
  const read: string[] = [];
  const rung = new Promise<void>((resolve) => {
    afterRunning(
      20,
      () => {
        read.push('timeout');
        resolve();
      },
      () => {
        // The first look comes an hour after the last beat, each further one in time.
        at += read.length === 0 ? 3_600_000 : 20;
        read.push(`looked at ${clock()}`);
        return clock();
      },
    );
  });
  await rung;
  expect(read).toEqual(['looked at 0', 'looked at 20', 'timeout']);
});

test('what is called off is not called back', async () => {
  let rung = false;
  const callOff = afterRunning(1, () => {
    rung = true;
  });
  callOff();
  await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(rung).toBe(false);
});
