import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { decodeWrapper, encodeApdu, encodeWrapper } from '@openami/wire/dlms';
import { afterEach, describe, expect, it } from 'vitest';
import { type Framing, outbound } from '../../src/dlms/endpoint.ts';
import type { LinkLimits } from '../../src/dlms/limits.ts';
import { listen, meterOf, serve } from '../helpers/dlms-meter.ts';

const request = encodeApdu({
  service: 'aarq',
  contextName: 'logical-name',
  userInformation: encodeApdu({
    service: 'initiate-request',
    responseAllowed: true,
    version: 6,
    conformance: ['get'],
    maxPduSize: 1024,
  }),
});
const AARE = 0x61;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const open = async (
  port: number,
  framing: Partial<Extract<Framing, { kind: 'hdlc' }>> = {},
  limits: Partial<LinkLimits> = {},
) => {
  const hdlc = { kind: 'hdlc', ...framing } as const;
  const source = outbound({ network: 'tcp', host: '127.0.0.1', port, framing: hdlc }, limits);
  const link = await source.open({ client: 16, server: 1 });
  closing.push(() => link.abandon());
  return link;
};

/** Lets the test do something to what the meter sends. */
async function between(toClient: (bytes: Buffer, client: Socket) => void): Promise<number> {
  const meter = await listen(meterOf(), 'hdlc');
  closing.push(() => meter.close());
  const { connect } = await import('node:net');
  const server = createServer((client) => {
    const up = connect(meter.port, '127.0.0.1');
    client.on('error', () => up.destroy()).on('close', () => up.destroy());
    up.on('error', () => client.destroy());
    client.on('data', (chunk) => up.write(chunk));
    up.on('data', (chunk) => toClient(chunk, client));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as { port: number }).port;
}

describe('HDLC over TCP', () => {
  it('opens, exchanges and disconnects', async () => {
    const meter = await listen(meterOf(), 'hdlc');
    closing.push(() => meter.close());
    const link = await open(meter.port);
    expect((await link.exchange(request))[0]).toBe(AARE);
    await link.close();
    expect(link.isOpen).toBe(false);
  });

  it('asks again for what was damaged or lost on the way', async () => {
    let frames = 0;
    const port = await between((bytes, client) => {
      frames++;
      if (frames === 2) return;
      if (frames === 3) bytes[bytes.length - 4]! ^= 0xff;
      client.write(bytes);
    });
    const link = await open(port, { repeatMs: 100 });
    expect((await link.exchange(request))[0]).toBe(AARE);
    expect(frames).toBeGreaterThan(3);
  });

  it('gives up a meter that answers SNRM and then nothing', async () => {
    let frames = 0;
    const port = await between((bytes, client) => {
      if (++frames === 1) client.write(bytes);
    });
    const link = await open(port, { repeatMs: 50, repeats: 1 });
    await expect(link.exchange(request)).rejects.toMatchObject({ code: 'DLMS_LINK_TIMEOUT' });
    expect(link.isOpen).toBe(false);
  });

  it('gives up one that never answers, that sends noise for ever, and that hangs up', async () => {
    const peer = async (onSocket: (socket: Socket) => void): Promise<number> => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        closing.push(() => socket.destroy());
        onSocket(socket);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(() => server.close());
      return (server.address() as { port: number }).port;
    };
    const quick = { repeatMs: 50, repeats: 1 };
    const silent = await peer((socket) => socket.resume());
    await expect(open(silent, quick)).rejects.toMatchObject({ code: 'DLMS_LINK_TIMEOUT' });
    await expect(open(silent, { ...quick, modeE: {} }, { totalMs: 100 })).rejects.toMatchObject({
      code: 'DLMS_SESSION_TIMEOUT',
    });
    const noisy = await peer((socket) => {
      const more = (): void => {
        if (!socket.destroyed) socket.write(Buffer.alloc(8192, 0x7e), more);
      };
      more();
    });
    await expect(open(noisy, { repeatMs: 5_000 })).rejects.toMatchObject({ fault: 'peer' });
    const rude = await peer((socket) => socket.end());
    await expect(open(rude, quick)).rejects.toMatchObject({ code: 'DLMS_CLOSED' });
  });

  it('uses addresses of the length asked for', async () => {
    const seen: number[] = [];
    const server = createServer((socket) => {
      socket.once('data', (chunk) => seen.push(chunk.length));
      serve(socket, meterOf(), 'hdlc');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const { port } = server.address() as { port: number };
    for (const addressBytes of [1, 2, 4] as const) {
      const physical = addressBytes === 1 ? undefined : 17;
      const link = await open(port, { addressBytes, physical });
      expect((await link.exchange(request))[0]).toBe(AARE);
      await link.close();
    }
    expect(seen[1]! - seen[0]!).toBe(1);
    expect(seen[2]! - seen[1]!).toBe(2);
  });
});

describe('the wrapper over UDP', () => {
  /** A meter on UDP that loses the first `losses` requests. */
  async function udpMeter(losses: number): Promise<{ port: number; requests: () => number }> {
    const meter = meterOf();
    let requests = 0;
    const socket = createSocket('udp4');
    socket.on('message', (datagram, { port, address }) => {
      if (++requests <= losses) return;
      const { source, destination, apdu } = decodeWrapper(new Uint8Array(datagram));
      const answer = meter.handle(apdu, { clientSap: source });
      if (answer)
        socket.send(encodeWrapper({ source: destination, destination: source, apdu: answer }), port, address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    closing.push(() => socket.close());
    return { port: socket.address().port, requests: () => requests };
  }

  it('sends a harmless request again when it was lost, and no other', async () => {
    const { port, requests } = await udpMeter(2);
    const source = outbound({ network: 'udp', host: '127.0.0.1', port, repeatMs: 50 }, { quietMs: 1_000 });
    const link = await source.open({ client: 16, server: 1 });
    closing.push(() => link.abandon());
    expect((await link.exchange(request))[0]).toBe(AARE);
    expect(requests()).toBe(3);
    const before = requests();
    const set = Uint8Array.of(0xc1, 1, 0xc1, 0, 8, 0, 0, 1, 0, 0, 255, 3, 0, 0x10, 0, 0);
    await link.exchange(set);
    expect(requests()).toBe(before + 1);
    await link.close();
  });

  it('ends in time where nobody answers', async () => {
    const { port } = await udpMeter(1_000);
    const source = outbound({ network: 'udp', host: '127.0.0.1', port, repeatMs: 50 }, { quietMs: 200 });
    const link = await source.open({ client: 16, server: 1 });
    await expect(link.exchange(request)).rejects.toMatchObject({ fault: 'timeout' });
    await link.close();
  });
});
