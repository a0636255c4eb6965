/**
 * Loaded into a process before anything else (`node --import`): keeps, beside the files of a
 * folder, what a disk would have of them if the power went away at that instant. A file's content
 * is on the disk when it was synced; its name, when the folder it is in was. What is removed is
 * gone at once, which is the worse of what may happen.
 *
 * DURABLE_OF is the folder, DURABLE_IN where its durable state is kept: `content/…` files,
 * `names/…` one list for each folder.
 */
import fs, {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const of = process.env.DURABLE_OF!;
const into = process.env.DURABLE_IN!;

function keep(fd: number): void {
  const file = readlinkSync(`/proc/self/fd/${fd}`);
  if (file !== of && !file.startsWith(`${of}${path.sep}`)) return;
  const inside = path.relative(of, file);
  const folder = statSync(file, { throwIfNoEntry: false })?.isDirectory();
  if (folder === undefined) return;
  const target = path.join(into, folder ? 'names' : 'content', inside);
  const place = folder ? path.join(target, '.names') : target;
  mkdirSync(path.dirname(place), { recursive: true });
  // In one step: this process may be killed in the middle.
  const half = `${place}.${process.pid}.half`;
  if (folder) writeFileSync(half, JSON.stringify(readdirSync(file)));
  else copyFileSync(file, half);
  renameSync(half, place);
}

for (const name of ['fsyncSync', 'fdatasyncSync'] as const) {
  const sync = fs[name];
  fs[name] = (fd: number) => {
    sync(fd);
    keep(fd);
  };
}
const handle = await open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle) as {
  sync(): Promise<void>;
  datasync(): Promise<void>;
  readonly fd: number;
};
await handle.close();
for (const name of ['sync', 'datasync'] as const) {
  const sync = prototype[name];
  prototype[name] = async function (this: { readonly fd: number }) {
    await sync.call(this as typeof prototype);
    keep(this.fd);
  };
}
syncBuiltinESMExports();
