/** Entity tags: the version of a record, checked before it is changed. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { serverErrors } from '../errors.ts';

/** The tag of a version. */
export function entityTag(version: number): string {
  return `"v${version}"`;
}

/** Sends a record with the tag of its version, or 304 when the caller has it. */
export function sendEntity<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  record: { readonly version: number },
  shown: T,
): T | undefined {
  const tag = entityTag(record.version);
  reply.header('etag', tag);
  if (isKnown(request, tag)) {
    reply.code(304);
    return undefined;
  }
  return shown;
}

/** Whether the caller has what the tag stands for (If-None-Match). */
export function isKnown(request: FastifyRequest, tag: string): boolean {
  const known = request.headers['if-none-match'];
  // the compressor may have marked the tag weak on the way out
  return known?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) ?? false;
}

/** The version a change is based on (If-Match), undefined when the caller does not say. */
export function ifMatch(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^(?:W\/)?"v(\d+)"$/.exec(header.trim())?.[1];
  if (version === undefined) throw serverErrors.ETAG_MISMATCH(`${header} is not a tag of this record`);
  return Number(version);
}
