import { createServer, type Server, type Socket } from 'node:net';
import { encodeApdu, encodeWrapper, WrapperDecoder } from '@openami/wire/dlms';
import { afterEach, describe, expect, it } from 'vitest';
import { outbound } from '../../src/dlms/endpoint.ts';
import type { LinkLimits } from '../../src/dlms/limits.ts';
import type { DlmsLink } from '../../src/dlms/link.ts';

const request = encodeApdu({
  service: 'get-request',
  kind: 'normal',
  invoke: 0xc1,
  attribute: { classId: 1, instance: '0.0.42.0.0.255', attribute: 2 },
});
const answer = Uint8Array.of(0xc4, 0x01, 0xc1, 0x00, 0x11, 0x2a);
const reply = encodeWrapper({ source: 1, destination: 16, apdu: answer });
const push = encodeWrapper({
  source: 1,
  destination: 103,
  apdu: Uint8Array.of(0x0f, 0, 0, 0, 1, 0, 0x11, 1),
});
const late = Uint8Array.of(0xc4, 0x01, 0xc9, 0x00, 0x11, 0x07);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A peer on a real socket that does as the test says with each chunk. */
async function meter(onRequest: (socket: Socket, chunk: Buffer) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => onRequest(socket, chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { port: number }).port;
}

async function linkTo(
  port: number,
  limits: Partial<LinkLimits> = {},
  signal?: AbortSignal,
): Promise<DlmsLink> {
  const source = outbound({ network: 'tcp', host: '127.0.0.1', port, framing: { kind: 'wrapper' } }, limits);
  const link = await source.open({ client: 16, server: 1 }, signal);
  closing.push(() => link.abandon());
  return link;
}

describe('wrapper over TCP', () => {
  it('frames a request, takes its answer, closes', async () => {
    const seen: Uint8Array[] = [];
    let ended = false;
    const port = await meter((socket, chunk) => {
      seen.push(chunk);
      socket.on('end', () => {
        ended = true;
      });
      socket.write(reply);
    });
    const link = await linkTo(port);
    expect(await link.exchange(request)).toEqual(answer);
    await link.close();
    expect(new WrapperDecoder().push(seen[0]!)[0]!.frame).toMatchObject({ source: 16, destination: 1 });
    await expect.poll(() => ended).toBe(true);
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_CLOSED' });
  });

  it('puts an answer together that comes a byte at a time, within its time', async () => {
    const port = await meter(async (socket) => {
      for (const byte of reply) {
        socket.write(Uint8Array.of(byte));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    const link = await linkTo(port, { quietMs: 100 });
    expect(await link.exchange(request)).toEqual(answer);
  });

  it('gives up a peer that drips bytes for ever', async () => {
    const port = await meter((socket) => {
      const timer = setInterval(() => socket.write(Uint8Array.of(0)), 20);
      closing.push(() => clearInterval(timer));
    });
    const link = await linkTo(port, { quietMs: 100, answerMs: 300 });
    const startedMs = performance.now();
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_TIMEOUT', fault: 'timeout' });
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('says what came instead when an answer does not come', async () => {
    const port = await meter((socket) => socket.write('7e HDLC speaks differently'));
    const link = await linkTo(port, { quietMs: 100 });
    await expect(link.exchange(request)).rejects.toMatchObject({
      code: 'DLMS_TIMEOUT',
      message: expect.stringContaining('DLMS_LINK_FRAME'),
    });
  });

  it('bounds what it takes from a peer that sends noise', async () => {
    const port = await meter((socket) => {
      const junk = Buffer.alloc(1 << 16, 0x55);
      const more = (): void => {
        if (!socket.destroyed) socket.write(junk, more);
      };
      more();
    });
    const link = await linkTo(port);
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_LINK_FRAME' });
    expect(link.isOpen).toBe(false);
  });

  it('hands pushes to who listens, in the middle of an exchange and between two', async () => {
    const port = await meter((socket) => socket.write(Buffer.concat([push, reply, push])));
    const link = await linkTo(port);
    const heard: Uint8Array[] = [];
    link.onUnsolicited = (apdu) => heard.push(apdu);
    expect(await link.exchange(request)).toEqual(answer);
    await expect.poll(() => heard.length).toBe(2);
  });

  it('keeps what comes right after an answer for `receive`, else it was unsolicited', async () => {
    const other = encodeWrapper({ source: 1, destination: 16, apdu: late });
    const port = await meter((socket) => socket.write(Buffer.concat([reply, other])));
    const link = await linkTo(port);
    const heard: Uint8Array[] = [];
    link.onUnsolicited = (apdu) => heard.push(apdu);
    await link.exchange(request);
    expect(await link.receive!()).toEqual(late);
    expect(heard).toHaveLength(0);
    await link.exchange(request);
    await expect.poll(() => heard.length).toBe(1);
  });

  it('bounds what comes without being asked for', async () => {
    const flood = Buffer.concat(Array.from({ length: 200 }, () => reply));
    const port = await meter((socket) => socket.write(flood));
    const link = await linkTo(port);
    await link.exchange(request);
    expect(link.isOpen).toBe(false);
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_LIMIT' });
  });

  it('ends at once by the signal, and the link with it', async () => {
    const port = await meter(() => {});
    const abort = new AbortController();
    const link = await linkTo(port);
    const pending = link.exchange(request, abort.signal);
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(link.isOpen).toBe(false);
  });

  it('tells a cut, a refused connection and an end of time apart', async () => {
    const port = await meter((socket) => socket.destroy());
    const link = await linkTo(port);
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_CLOSED', fault: 'closed' });
    const gone = await meter(() => {});
    for (const close of closing.splice(0)) await close();
    await expect(linkTo(gone)).rejects.toMatchObject({ code: 'DLMS_UNREACHABLE', fault: 'peer' });
    const quiet = await meter(() => {});
    const short = await linkTo(quiet, { totalMs: 100 });
    await expect(short.exchange(request)).rejects.toMatchObject({ code: 'DLMS_SESSION_TIMEOUT' });
  });

  it('closes although the peer keeps its side open', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const link = await linkTo((server.address() as { port: number }).port, { closeMs: 200 });
    const startedMs = performance.now();
    await link.close();
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('is closed once the peer has closed its side, as a server for one connection wants', async () => {
    let isClosed = false;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('end', () =>
        setTimeout(() => {
          isClosed = true;
          socket.end();
        }, 50),
      );
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const link = await linkTo((server.address() as { port: number }).port);
    await link.close();
    expect(isClosed).toBe(true);
  });

  it('refuses a second request while one is under way', async () => {
    const port = await meter(() => {});
    const link = await linkTo(port, { quietMs: 200 });
    const first = link.exchange(request).catch((error: unknown) => error);
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_NOT_ASSOCIATED' });
    expect(await first).toMatchObject({ code: 'DLMS_TIMEOUT' });
  });
});
