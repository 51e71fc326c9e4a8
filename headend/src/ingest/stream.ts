/** The body of a request as it arrives: bounded, with a time-out, its failures as typed errors. */
import { OpenAmiError } from '@openami/model';
import type { PushFormat } from '@openami/wire';
import { ingestErrors } from '../errors.ts';
import type { IngestLimits } from './types.ts';

/** Format a content type names; undefined: tell it from the first byte. */
export function formatOfContentType(contentType: string): PushFormat | undefined {
  if (/cbor/i.test(contentType)) return 'cbor';
  return /json/i.test(contentType) ? 'json' : undefined;
}

/** Chunks of the body. Throws BODY_TOO_LARGE, BODY_TIMEOUT, BODY_BROKEN. */
export async function* readBody(
  body: AsyncIterable<Uint8Array>,
  limits: Pick<IngestLimits, 'bodyBytes' | 'bodyIdleMs' | 'bodyMs'>,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let bytes = 0;
  let finished = false;
  let leftMs = limits.bodyMs;
  try {
    for (;;) {
      const askedMs = performance.now();
      const next = await nextWithin(chunks, Math.min(limits.bodyIdleMs, leftMs), limits);
      leftMs = Math.max(0, leftMs - (performance.now() - askedMs));
      if (next.done) {
        finished = true;
        return;
      }
      bytes += next.value.length;
      if (bytes > limits.bodyBytes) {
        throw ingestErrors.BODY_TOO_LARGE(`more than ${limits.bodyBytes} bytes`);
      }
      if (next.value.length > 0) yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs would hang its own end, too.
    if (!finished) chunks.return?.()?.then(undefined, () => undefined);
  }
}

async function nextWithin(
  chunks: AsyncIterator<Uint8Array>,
  waitMs: number,
  { bodyIdleMs, bodyMs }: Pick<IngestLimits, 'bodyIdleMs' | 'bodyMs'>,
): Promise<IteratorResult<Uint8Array>> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, fail) => {
    const why = waitMs < bodyIdleMs ? `not complete after ${bodyMs} ms` : `no bytes for ${bodyIdleMs} ms`;
    timer = setTimeout(() => fail(ingestErrors.BODY_TIMEOUT(why)), waitMs);
  });
  try {
    return await Promise.race([chunks.next(), silence]);
  } catch (error) {
    if (error instanceof OpenAmiError) throw error;
    const detail = error instanceof Error ? error.message.slice(0, 200) : undefined;
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    throw ingestErrors.BODY_BROKEN(detail, code === undefined ? {} : { code }, error);
  } finally {
    clearTimeout(timer);
  }
}
