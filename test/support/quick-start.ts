/**
 * Options of Node for processes that live for seconds. The embedded database is WebAssembly, and optimizing
 * its code takes longer than running it: without the optimizing compiler a command needs half the CPU time
 * and a third of the memory.
 */
export const QUICK_START: readonly string[] = ['--liftoff-only'];
