/** Telegrams over real sockets: at the pace of the store, after garbage, and from forwarders that come and go. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { OpenAmiError } from '@openami/model';
import { hexOf } from '@openami/wire';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Forwarder,
  type HeardTelegram,
  startTelegramTcp,
  type TelegramTcp,
  type TelegramTcpLimits,
} from '../../src/index.ts';
import { silent } from '../helpers/fixture.ts';
import { meter, secure, telegram, water } from '../radio/telegrams.ts';
import { p1Bytes, readoutBytes, smlBytes } from './made.ts';

const patient = { timeout: 10_000, interval: 10 };
const atS = Date.UTC(2026, 2, 3, 10, 15) / 1_000;
const clock = { nowMs: () => Date.now() };
const closers: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Taken {
  readonly telegrams: HeardTelegram[];
  readonly gateways: Set<string>;
  readonly refused: string[];
  /** Holds what is being stored back. */
  gate: Promise<void> | undefined;
  fail: Error | undefined;
  calls: number;
}

async function start(
  more: { forwarders?: Forwarder[]; limits?: Partial<TelegramTcpLimits>; listens?: boolean } = {},
): Promise<{ tcp: TelegramTcp; taken: Taken }> {
  const taken: Taken = {
    ...{ telegrams: [], gateways: new Set(), refused: [], gate: undefined, fail: undefined, calls: 0 },
  };
  const tcp = await startTelegramTcp({
    ...{ host: '127.0.0.1', port: more.listens === false ? undefined : 0, clock, log: silent },
    forwarders: more.forwarders ?? [],
    limits: { firstRetryMs: 20, lastRetryMs: 50, ...more.limits },
    take: async (telegrams, { gateway }) => {
      taken.calls += 1;
      await (taken.gate ?? Promise.resolve());
      if (taken.fail) throw taken.fail;
      taken.telegrams.push(...telegrams);
      taken.gateways.add(gateway);
    },
    refuse: async (error: OpenAmiError) => void taken.refused.push(error.code),
  });
  closers.push(() => tcp.close());
  return { tcp, taken };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  closers.push(() => socket.destroy());
  return socket;
}

const line = (i: number) => `${hexOf(telegram(meter(i), i & 0xff, water(i), secure))}\n`;

describe('a connection', () => {
  it('brings lines of receivers and what comes out of a port, mixed and in pieces', async () => {
    const { tcp, taken } = await start();
    const socket = await dial(tcp.port);
    const all = Buffer.concat([
      Buffer.from(line(1)),
      Buffer.from(`{"telegram":"${line(2).trim()}","rssi":-71}\n`),
      p1Bytes(atS, '001234.567'),
      smlBytes(5),
      readoutBytes('1.000'),
    ]);
    for (let at = 0; at < all.length; at += 70) {
      socket.write(all.subarray(at, at + 70));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await expect.poll(() => taken.telegrams.length, patient).toBe(5);
    expect(taken.telegrams.map(({ port }) => port?.protocol)).toEqual([
      ...[undefined, undefined, 'p1', 'sml', 'iec62056-21'],
    ]);
    expect(taken.telegrams[1]).toMatchObject({ rssiDbm: -71 });
    expect([...taken.gateways]).toEqual(['127.0.0.1']);
    expect(taken.refused).toEqual([]);
    expect(tcp.counters).toMatchObject({ connections: 1, telegrams: 5 });
  });

  it('that floods is read no faster than the store takes', async () => {
    const { tcp, taken } = await start();
    let open = () => {};
    taken.gate = new Promise((resolve) => {
      open = resolve;
    });
    const socket = await dial(tcp.port);
    // more than the sockets of any system hold
    const count = 6_000;
    const note = 'x'.repeat(6_000);
    const text = Array.from({ length: count }, (_, i) =>
      JSON.stringify({ telegram: line(i).trim(), note }),
    ).join('\n');
    socket.write(`${text}\n`);
    await expect.poll(() => taken.calls, patient).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // the rest waits in the sockets, and in the sender
    expect(taken.calls).toBe(1);
    expect(socket.writableLength).toBeGreaterThan(text.length / 4);
    taken.gate = undefined;
    open();
    await expect.poll(() => taken.telegrams.length, { timeout: 30_000, interval: 50 }).toBe(count);
  }, 60_000);

  it('loses nothing while the store fails', async () => {
    const { tcp, taken } = await start();
    taken.fail = new Error('full');
    const socket = await dial(tcp.port);
    socket.write(line(1));
    await expect.poll(() => tcp.counters.retries, patient).toBeGreaterThan(0);
    taken.fail = undefined;
    socket.write(line(2));
    await expect.poll(() => taken.telegrams.length, patient).toBe(2);
  });

  it('that ends has its last line taken, also without an end', async () => {
    const { tcp, taken } = await start();
    const socket = await dial(tcp.port);
    socket.end(line(1).trim());
    await expect.poll(() => taken.telegrams.length, patient).toBe(1);
    await expect.poll(() => tcp.counters.connections, patient).toBe(0);
  });

  it('that brings nothing of use is closed, and others are heard all the same', async () => {
    const { tcp, taken } = await start();
    const good = await dial(tcp.port);
    const bad = await dial(tcp.port);
    const closed = new Promise((resolve) => bad.once('close', resolve));
    for (let i = 0; i < 20; i++) bad.write(`nonsense ${i}\n`);
    await closed;
    expect(tcp.counters.closedUseless).toBe(1);
    expect(taken.refused).toContain('RADIO_FORM');
    const refused = taken.refused.length;
    const flood = await dial(tcp.port);
    const lost = new Promise((resolve) => flood.once('close', resolve));
    flood.write('a\n'.repeat(30_000));
    await lost;
    // after the last that is heard, nothing of what came with it is looked at
    expect(taken.refused.length - refused).toBeLessThanOrEqual(8);
    const noise = await dial(tcp.port);
    const ended = new Promise((resolve) => noise.once('close', resolve));
    const write = setInterval(() => noise.write(Buffer.alloc(16_384, 0xfe)), 2);
    await ended;
    clearInterval(write);
    good.write(line(1));
    await expect.poll(() => taken.telegrams.length, patient).toBe(1);
  });

  it('is turned away where there are too many, and closed where it says nothing', async () => {
    const { tcp } = await start({ limits: { perAddress: 2, idleMs: 1_000 } });
    const sockets = [await dial(tcp.port), await dial(tcp.port)];
    const third = await dial(tcp.port);
    await new Promise((resolve) => third.once('close', resolve));
    expect(tcp.counters.turnedAway).toBe(1);
    await Promise.all(sockets.map((one) => new Promise((resolve) => one.once('close', resolve))));
    await expect.poll(() => tcp.counters.connections, patient).toBe(0);
    const again = await dial(tcp.port);
    again.write(line(1));
    await expect.poll(() => tcp.counters.telegrams, patient).toBe(1);
  });

  it('gives up a telegram that pauses, and reads the next', async () => {
    const { tcp, taken } = await start({ limits: { frameMs: 50 } });
    const socket = await dial(tcp.port);
    const sml = smlBytes(7);
    socket.write(sml.subarray(0, 40));
    await expect.poll(() => tcp.counters.faults, patient).toBe(1);
    socket.write(sml);
    await expect.poll(() => taken.telegrams.length, patient).toBe(1);
  });
});

describe('a forwarder', () => {
  async function forwarder(port = 0): Promise<{ server: Server; port: number; sockets: Socket[] }> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const close = () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      });
    closers.push(close);
    return { server, port: (server.address() as { port: number }).port, sockets };
  }

  it('is connected to, and again when it went away', async () => {
    const far = await forwarder();
    const { tcp, taken } = await start({
      ...{ listens: false, forwarders: [{ host: '127.0.0.1', port: far.port, gateway: 'roof' }] },
    });
    expect(tcp.port).toBe(0);
    await expect.poll(() => tcp.forwarders, patient).toEqual({ connected: 1, all: 1 });
    far.sockets[0]!.write(line(1));
    await expect.poll(() => taken.telegrams.length, patient).toBe(1);
    far.sockets[0]!.destroy();
    await expect.poll(() => far.sockets.length, patient).toBe(2);
    far.sockets[1]!.write(line(2));
    await expect.poll(() => taken.telegrams.length, patient).toBe(2);
    expect([...taken.gateways]).toEqual(['roof']);
  });

  it('that is away holds up neither the start nor the end', async () => {
    const far = await forwarder();
    await new Promise<void>((resolve) => far.server.close(() => resolve()));
    const { tcp, taken } = await start({
      forwarders: [{ host: '127.0.0.1', port: far.port, gateway: 'roof' }],
    });
    const near = await dial(tcp.port);
    near.write(line(1));
    await expect.poll(() => taken.telegrams.length, patient).toBe(1);
    expect(tcp.forwarders).toEqual({ connected: 0, all: 1 });
    await tcp.close();
  });
});
