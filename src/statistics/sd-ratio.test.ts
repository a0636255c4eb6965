import { expect, test } from 'vitest';
import { isAvailable } from './not-available.ts';
import { spanSdRatio } from './sd-ratio.ts';

const VALUES = [1.2, 2.5, 3.1, 4.8, 2.2, 3.9, 5, 1.1, 3.3, 2.8, 4.1, 3.7];

/**
 * R 4.2.2: z <- qnorm(.975); m <- mean(x, trim = 1/(2*sqrt(n-4)));
 * g <- n*sum((x-m)^4)/sum((x-mean(x))^2)^2; c <- n/(n-z); se <- c*sqrt((g-(n-3)/n)/(n-1));
 * sqrt(exp(log(c*var(x)/1.5^2) + c(-1,1)*z*sqrt(se^2 + 2/(n0-1)))), without 2/(n0-1) for no n0
 */
test.each([
  [null, 0.6014489463385166, 1.3962100947502183],
  [200, 0.5946855762278141, 1.4120892181064524],
])('the interval of a ratio of standard deviations is that of R (norm of %s)', (n, low, high) => {
  const span = spanSdRatio(VALUES, { sd: 1.5, n });
  expect(span).toEqual({
    ...{ low: expect.closeTo(low, 10), high: expect.closeTo(high, 10), level: 0.95 },
  });
});

test('few values and constant values have none', () => {
  const norm = { sd: 1.5, n: 200 };
  expect(isAvailable(spanSdRatio(VALUES.slice(0, 9), norm))).toBe(false);
  expect(spanSdRatio(new Array(12).fill(3.1), norm)).toEqual({
    notAvailable: 'the values are constant',
  });
});
