/**
 * A data folder as the first start of a server leaves it: migrated, with its administrator. Made once for the
 * sources as they are and kept in the cache, because it takes seconds and most tests begin with one.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cache = join(root, '.cache', 'prepared');
/** What a first start writes depends on these. */
const sources = ['model/src', 'store/src', 'server/src', 'server/test/helpers', 'package-lock.json'];

let key: Promise<string> | undefined;

/** Fills an empty folder; `make` does what is copied from then on, in the folder it is given. */
export async function fillPrepared(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  key ??= keyOf(sources);
  const kept = join(cache, await key);
  if (!(await stat(kept).catch(() => undefined))) {
    const draft = `${kept}.${process.pid}`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    await make(draft);
    await forgetOthers(kept);
    // whoever is first with it, it is the same
    await rename(draft, kept).catch(() => rm(draft, { recursive: true, force: true }));
  }
  // a thousand files: Node's own copy takes ten times as long
  await promisify(execFile)('cp', ['-a', `${kept}/.`, folder]);
}

/** Folders of sources that are no more; one that is being made has its process id at the end. */
async function forgetOthers(kept: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const old = !name.includes('.') && join(cache, name) !== kept;
    if (old) await rm(join(cache, name), { recursive: true, force: true });
  }
}

async function keyOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const entries = await readdir(join(root, path), { recursive: true }).catch(() => ['']);
    for (const entry of entries.sort()) {
      const file = join(root, path, entry);
      if ((await stat(file)).isFile()) hash.update(`${path}/${entry}\n`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
