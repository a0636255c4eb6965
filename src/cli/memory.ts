/** How much memory and processor time the engine takes for a command. */
import { setFlagsFromString } from 'node:v8';
import type { DatabaseLocation } from '../config/location.ts';

/**
 * Imports, analyses and runs make much garbage and keep little. Left alone, V8 gives them a nursery
 * of 32 MB and lets 100 MB more grow old before it looks. With the nursery kept at its first size
 * and the rest looked through earlier, an analysis at full size peaks at 240 MB instead of 370, for
 * a few per cent more work.
 */
export function keepHeapSmall(): void {
  keepHeap(30);
}

/**
 * The same for runs. What is in flight or waits for its commit outlives the nursery, so that every
 * look through the rest costs more: at 256 calls in flight, looking as early as for an analysis
 * took a third of all processor time, and like this a tenth. The embedded database is in the memory
 * of the process, and fewer calls are in flight there: its runs are kept smaller.
 */
export function keepHeapOfRunSmall(database: DatabaseLocation['kind']): void {
  keepHeap(database === 'postgres' ? 50 : 30);
}

/**
 * The same for exports, which keep 20 MB at a time: looking through them as early as for an analysis
 * took a quarter of the time of a wide export, and saves 40 MB.
 */
export function keepHeapOfExportSmall(): void {
  keepHeap(400);
}

/** @param growth of the old generation before it is looked through again, in per cent */
function keepHeap(growth: number): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${growth}`);
}

/**
 * For a command that asks the embedded database little. The database is WebAssembly: optimizing its
 * code takes a second of processor time and 450 MB, more than such a command takes otherwise.
 */
export function skipOptimizing(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}
