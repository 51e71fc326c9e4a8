/** One message to one webhook: a connection of its own, no redirects, bounded in time and in what is read. */
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AddressFilter } from './addresses.ts';

export interface SendOptions {
  readonly filter: AddressFilter;
  readonly timeoutMs: number;
  /** Resolves names; default: the system's. */
  readonly resolve?: Parameters<AddressFilter['lookup']>[1];
  /** Ends the attempt. */
  readonly signal?: AbortSignal;
}

export interface SendResult {
  /** HTTP status; 0: there was no answer. */
  readonly status: number;
  /** The beginning of the answer, or what went wrong. */
  readonly detail: string;
  /** Seconds that the answer asks to wait (`Retry-After`); 0 for none. */
  readonly retryAfterS: number;
}

const mostRead = 2_048;
const mostShown = 300;

/** Never throws: what goes wrong is the result. */
export function sendWebhook(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  { filter, timeoutMs, resolve, signal }: SendOptions,
): Promise<SendResult> {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((done) => {
    let request: ClientRequest | undefined;
    const fail = (error: Error) => {
      clearTimeout(timer);
      request?.destroy();
      done({ status: 0, detail: shown(error.message), retryAfterS: 0 });
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      // an address in the URL itself is looked up nowhere
      if (isIP(host) !== 0) filter.require(host, isTls);
      request = (isTls ? tlsRequest : plainRequest)(url, {
        ...{ method: 'POST', agent: false, lookup: filter.lookup(isTls, resolve), signal },
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
      });
      request.on('error', fail);
      request.on('socket', (socket) => {
        // the last word: whatever was resolved, this is what answers
        socket.once('connect', () => {
          const { remoteAddress = '' } = socket as TLSSocket;
          if (!filter.permits(remoteAddress, isTls))
            fail(new Error(`${remoteAddress} may not be connected to`));
        });
      });
      request.on('response', (response) => {
        answered(response).then((text) => {
          clearTimeout(timer);
          request?.destroy();
          const { statusCode: status = 0 } = response;
          done({ status, detail: shown(text), retryAfterS: retryAfterOf(response) });
        }, fail);
      });
      request.end(body);
    } catch (error) {
      fail(error as Error);
    }
  });
}

async function answered(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= mostRead) break;
  }
  return Buffer.concat(parts).subarray(0, mostRead).toString('utf8');
}

function retryAfterOf({ headers }: IncomingMessage): number {
  const text = headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}

/** Text of strangers, to be shown: short, in one line. */
function shown(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, mostShown);
}
