/** Content that never changes, kept in compressed parts: written and read part by part. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type AccessContext, systemAccess } from '@openami/model';
import type { FrozenKind, RegistryStore } from '@openami/store';

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];
type Registry = Pick<RegistryStore, 'frozen'>;

/** Stores a document anew. Gives SHA-256 (hex) and length of its bytes. */
export async function freeze(
  { frozen }: Registry,
  kind: FrozenKind,
  document: number,
  parts: AsyncIterable<string>,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let [bytes, part] = [0, 0];
  await frozen.clear(systemAccess, kind, document);
  for await (const text of parts) {
    const body = Buffer.from(text);
    if (body.length === 0) continue;
    hash.update(body);
    bytes += body.length;
    await frozen.put(systemAccess, kind, document, part++, await pack(body));
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** The bytes as they were stored. */
export async function* thawed(
  { frozen }: Registry,
  ctx: AccessContext,
  kind: FrozenKind,
  document: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let part = 0; ; part++) {
    const body = await frozen.part(ctx, kind, document, part);
    if (body === undefined) return;
    yield await unpack(body);
  }
}

/** The lines of a document. */
export async function* thawedLines(
  registry: Registry,
  ctx: AccessContext,
  kind: FrozenKind,
  document: number,
): AsyncGenerator<string, void, undefined> {
  // parts end where a line ends
  for await (const part of thawed(registry, ctx, kind, document))
    for (const line of part.toString().split('\n')) if (line !== '') yield line;
}
