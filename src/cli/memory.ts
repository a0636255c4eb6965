/** How much memory and processor time the engine takes for a command. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import type { DatabaseLocation } from '../config/location.ts';
import { DEFAULT_WORKERS } from '../runner/slots.ts';

/**
 * Imports, analyses and runs make much garbage and keep little. Left alone, V8 gives them a nursery
 * of 32 MB and lets 100 MB more grow old before it looks. With a smaller nursery and the rest looked
 * through earlier, an analysis at full size peaks at 250 MB instead of 370, for a few per cent more
 * work.
 */
export function keepHeapSmall(): void {
  growNursery();
  keepHeap(60);
}

/**
 * The same for runs. What is in flight or waits for its commit outlives the nursery, so that every
 * look through the rest costs more: at 256 calls in flight, looking after each growth by 50 % took a
 * sixth more processor time than after 150 %, for 50 MB less. With more calls in flight there is
 * more to keep.
 */
export function keepHeapOfRunSmall(workers: number = DEFAULT_WORKERS): void {
  if (workers <= 256) growNursery();
  keepHeap(workers <= 256 ? 150 : 50);
}

/**
 * The same for a command that asks models and does nothing else, before it opens the database. The
 * embedded one is in the memory of the process. Optimizing its code pays when more calls are in
 * flight: with 64, the rate is the same without, and 370 MB less are taken.
 */
export function keepAskingSmall(
  database: DatabaseLocation['kind'],
  workers: number = DEFAULT_WORKERS,
): void {
  if (database === 'postgres') {
    keepHeapOfRunSmall(workers);
    return;
  }
  keepHeap(30);
  if (workers <= 64) skipOptimizing();
}

/**
 * The same for exports, which keep 20 MB at a time: looking through them as early as for an analysis
 * took a quarter of the time of a wide export, and saves 40 MB.
 */
export function keepHeapOfExportSmall(): void {
  keepHeap(400);
}

/**
 * The nursery stays as it is.
 * @param growth of the old generation before it is looked through again, in per cent
 */
function keepHeap(growth: number): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${growth}`);
}

/** Of both halves, in bytes. */
const NURSERY = 16 << 20;

/**
 * Makes the nursery as large as `NURSERY`. V8 takes its size when it starts; later it grows when
 * much of it survives, so it is filled with what is thrown away here.
 */
function growNursery(): void {
  const now = nursery();
  setFlagsFromString(`--semi-space-growth-factor=${Math.max(1, Math.floor(NURSERY / now))}`);
  const surviving: unknown[] = [];
  for (let filled = 0; filled < NURSERY && nursery() === now; filled += PIECE)
    surviving.push(Array.from({ length: PIECE / BYTES_OF_OBJECT }, () => ({ surviving })));
}

const PIECE = 1 << 17;
/** Of one property, with its place in an array. */
const BYTES_OF_OBJECT = 32;

function nursery(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')!.space_size;
}

/**
 * For a command that asks the embedded database little. The database is WebAssembly: optimizing its
 * code takes a second of processor time and 450 MB, more than such a command takes otherwise.
 */
export function skipOptimizing(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}
