/** How fast a provider may be called, and how long to stay away from it. Everything that waits for a provider waits behind this door. */
export type { Breaker } from './limits/breaker.ts';
export { type Admission, createBreaker, createPace, type Feedback, type Pace } from './limits/pace.ts';
export { dateOf, systemTiming, type Timing } from './limits/timing.ts';
export { UnderWay } from './limits/under-way.ts';
