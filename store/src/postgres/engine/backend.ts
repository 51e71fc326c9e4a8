/**
 * PGlite (PostgreSQL compiled to WebAssembly) on a folder, as the front's backend, with commits that are on
 * the disk: PGlite runs with fsync off, and its file system drops both fsync and fdatasync. Here fsync is
 * on, the WAL is synced by fsync, and that call reaches the file. A commit costs one fsync more.
 */
import { fsyncSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import type { Backend } from './front.ts';

/** The part of the engine's module that must be mended. */
interface NodeFsModule {
  readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { nfd: number }) => number } };
}

class SyncedFs extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const started = await super.init(...args);
    const mend = (module: unknown) => {
      (module as NodeFsModule).NODEFS.stream_ops.fsync = (stream) => {
        // A folder's stream has no file; its entry is synced with the file system's journal.
        if (stream.nfd !== undefined) fsyncSync(stream.nfd);
        return 0;
      };
    };
    const { emscriptenOpts } = started;
    return {
      ...started,
      emscriptenOpts: { ...emscriptenOpts, preRun: [...[emscriptenOpts.preRun ?? []].flat(), mend] },
    };
  }
}

const settings = [
  'search_path=public',
  'exit_on_error=false',
  'log_checkpoints=false',
  'max_worker_processes=0',
  'max_parallel_workers=0',
  'max_parallel_workers_per_gather=0',
  'max_parallel_maintenance_workers=0',
  'io_method=sync',
  'fsync=on',
  'wal_sync_method=fsync',
  'shared_buffers=32MB',
  'effective_cache_size=256MB',
  'work_mem=16MB',
  'max_wal_size=256MB',
  'TimeZone=UTC',
  'default_transaction_isolation=read committed',
];

export interface OpenBackend extends Backend {
  /** Checkpoint and clean end. */
  close(): Promise<void>;
}

/**
 * The answer as it came. Only this call of PGlite hands out bytes and nothing else: the others also parse
 * them into messages, and the raw one keeps these for good.
 */
async function exchange(engine: PGlite, messages: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  // copied: they are views of memory that the engine goes on with
  const onRawData = (data: Uint8Array) => void chunks.push(data.slice());
  await engine.execProtocolRawStream(messages, { syncToFs: false, onRawData });
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Opens the cluster in `dir`, recovering it when it was not closed. */
export async function openBackend(dir: string): Promise<OpenBackend> {
  const engine = await PGlite.create({
    fs: new SyncedFs(dir),
    extensions: { pg_trgm, btree_gist },
    startParams: ['--single', '-O', '-j', ...settings.flatMap((setting) => ['-c', setting])],
  });
  const { rows } = await engine.query<{ server_version: string }>('show server_version');
  return {
    serverVersion: rows[0]?.server_version ?? '',
    exec: (messages) => exchange(engine, messages),
    close: () => engine.close(),
  };
}
