/** A CoAP front over the real pipeline, with times of retransmission that a test can wait for. */
import type { Source } from '@openami/model';
import { type CoapFrontOptions, type CoapIngest, createCoapFront, type Ingest } from '../../src/index.ts';
import { fixture, silent } from '../helpers/fixture.ts';

/** What the wiring of the server adds. */
export function withSource(ingest: Ingest, source: Source): CoapIngest {
  return {
    accept: (input) => ingest.accept({ ...input, source }),
    refuse: (error, input) => ingest.refuse(error, { ...input, source }),
  };
}

export async function coapFront(options: Partial<CoapFrontOptions> = {}) {
  const parts = fixture();
  const front = await createCoapFront({
    ingest: withSource(parts.ingest, 'http'),
    identify: async ({ endpoint = 'OA1' }) =>
      endpoint.startsWith('OA') ? { name: endpoint, reportsFor: endpoint === 'OA9' ? ['*'] : [] } : undefined,
    clock: parts.clock,
    log: silent,
    port: 0,
    ...options,
    limits: { ackTimeoutMs: 60, retransmits: 5, piggybackMs: 50, responseMs: 3_000, ...options.limits },
  });
  return { ...parts, front, port: Number(new URL(front.url).port) };
}
