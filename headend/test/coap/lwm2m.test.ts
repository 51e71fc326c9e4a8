/** LwM2M devices on UDP sockets, over links that lose, repeat and reorder datagrams. */
import { coapCodes } from '@openami/wire/coap';
import { contentFormats } from '@openami/wire/lwm2m';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nowMs, nowS } from '../helpers/fixture.ts';
import { BadLink } from './bad-link.ts';
import { coapFront } from './front-fixture.ts';
import { LwM2mDevice } from './lwm2m-device.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of closing.splice(0).reverse()) await part.close();
});

/** Numbers from 0 to 1, the same for a seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A meter that counts a kWh every minute; `next` goes a minute on. */
function meterClock() {
  let minute = 0;
  return {
    energy: () => ({ value: 1_000 + minute, atS: nowS - 86_400 + minute * 60 }),
    next: () => {
      minute += 1;
      return [nowS - 86_400 + minute * 60, 1_000 + minute] as const;
    },
  };
}

async function device(port: number, endpoint = 'OA1', isQueued = false) {
  const clock = meterClock();
  const made = new LwM2mDevice({ endpoint, port, isQueued, energy: clock.energy });
  closing.push(made);
  return { device: made, next: clock.next };
}

async function running(options: Parameters<typeof coapFront>[0] = {}) {
  const parts = await coapFront(options);
  closing.push(parts.front);
  /** Values of the register by their times. */
  const stored = () => new Map(parts.sink.rows().map(([, end, value]) => [end, value / 1_000]));
  return { ...parts, stored };
}

describe('a device', () => {
  test('registers, is observed and read, notifies, sends, and leaves', async () => {
    const { front, port, stored } = await running();
    const { device: meter, next } = await device(port);
    expect((await meter.register()).code).toBe(coapCodes.created);
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    expect(front.device('OA1')).toMatchObject({
      registration: { endpoint: 'OA1', version: '1.1', lifetimeS: 300 },
      identity: { name: 'OA1' },
    });
    const [first] = next();
    expect(await meter.notify()).toBe(true);
    expect(stored().get(first)).toBe(1_001);
    const [second] = next();
    expect((await meter.send()).code).toBe(coapCodes.changed);
    expect(stored().get(second)).toBe(1_002);
    next();
    const resources = await front.read('OA1', '/10243/0/14');
    expect(resources).toMatchObject([{ path: [10_243, 0, 14], model: { name: 'Active Energy' } }]);
    expect(stored().size).toBe(4);
    await expect(front.read('OA1', '/3/0')).rejects.toMatchObject({ code: 'COAP_REFUSED' });
    await expect(front.read('OA7', '/3/0')).rejects.toMatchObject({ code: 'COAP_NOT_REGISTERED' });
    expect((await meter.update(['lt=600'])).code).toBe(coapCodes.changed);
    expect(front.device('OA1')!.registration.lifetimeS).toBe(600);
    expect((await meter.deregister()).code).toBe(coapCodes.deleted);
    expect(front.device('OA1')).toBeUndefined();
    expect(await meter.notify()).toBe(false);
    expect((await meter.update()).code).toBe(coapCodes.notFound);
    expect((await meter.send()).code).toBe(coapCodes.notFound);
  });

  test('of 1.0 is read in TLV, and one that lacks a format in what it has', async () => {
    const { front, port, stored } = await running();
    const energy = () => ({ value: 1_234.567, atS: nowS - 60 });
    const old = new LwM2mDevice({ endpoint: 'OA1', port, version: '1.0', energy });
    closing.push(old);
    await old.register();
    // its values have no times of their own: they are of when they came
    await vi.waitFor(() => expect([...stored()]).toEqual([[nowS, 1_234.567]]));
    expect(old.accepts).toEqual([contentFormats.tlv]);
    expect((await front.read('OA1', '/10243/0'))[0]!.value).toMatchObject({
      number: { raw: 1_234_567, power: -3 },
    });
    const other = new LwM2mDevice({ endpoint: 'OA1', port, hasOnlyJson: true, energy });
    closing.push(other);
    await other.register();
    await vi.waitFor(() => expect(stored().has(nowS - 60)).toBe(true));
    expect(other.accepts).toEqual([contentFormats.senmlCbor, undefined]);
    await vi.waitFor(() => expect(front.counters).toMatchObject({ devices: 1, observations: 1 }));
  });

  test('that missed a request gets it again, and one that never answers is given up', async () => {
    const { front, port } = await running();
    const { device: meter } = await device(port);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    meter.isAsleep = true;
    const read = front.read('OA1', '/10243/0');
    await new Promise((done) => setTimeout(done, 100));
    meter.isAsleep = false;
    expect(await read).toHaveLength(1);
    expect(front.counters).toMatchObject({ retransmits: expect.any(Number), timeouts: 0 });
    expect(front.counters.retransmits).toBeGreaterThan(0);
    const other = await running({ limits: { ackTimeoutMs: 20, retransmits: 2 } });
    const { device: silent } = await device(other.port);
    await silent.register();
    await vi.waitFor(() => expect(other.front.counters.observations).toBe(1));
    silent.isAsleep = true;
    await expect(other.front.read('OA1', '/10243/0')).rejects.toMatchObject({ code: 'COAP_TIMEOUT' });
    expect(other.front.counters).toMatchObject({ retransmits: 2, timeouts: 1, devices: 1 });
  });

  test('that nobody knows may not register', async () => {
    const { front, port } = await running();
    const { device: stranger } = await device(port, 'stranger');
    expect((await stranger.register()).code).toBe(coapCodes.forbidden);
    expect(front.counters).toMatchObject({ denied: 1, devices: 0 });
  });

  test('a notification that is not stored is not confirmed, and is taken when it comes again', async () => {
    const { front, port, sink, stored } = await running();
    const { device: meter, next } = await device(port);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    sink.fail = new Error('the disk is full');
    const [at] = next();
    const notified = meter.notify();
    await new Promise((done) => setTimeout(done, 150));
    expect(stored().has(at)).toBe(false);
    sink.fail = undefined;
    expect(await notified).toBe(true);
    expect(stored().get(at)).toBe(1_001);
  });

  test('a device that sleeps is asked when it was heard', async () => {
    const { front, port, stored } = await running({ limits: { awakeMs: 300 } });
    const { device: meter } = await device(port, 'OA1', true);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    meter.isAsleep = true;
    await new Promise((done) => setTimeout(done, 350));
    const reads = meter.reads;
    let answered = false;
    const read = front.read('OA1', '/10243/0/14').then((resources) => {
      answered = true;
      return resources;
    });
    await new Promise((done) => setTimeout(done, 200));
    expect([answered, meter.reads]).toEqual([false, reads]);
    meter.isAsleep = false;
    await meter.update();
    expect(await read).toHaveLength(1);
    expect(stored().size).toBe(1);
  });

  test('what may wait for a sleeping device is bounded; what waits ends with its registration', async () => {
    const { front, port } = await running({ limits: { awakeMs: 100, waitingPerDevice: 2 } });
    const { device: meter } = await device(port, 'OA1', true);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    await new Promise((done) => setTimeout(done, 150));
    const waiting = [front.read('OA1', '/10243/0'), front.read('OA1', '/10243/0')].map((read) =>
      read.catch((error: { code: string }) => error.code),
    );
    await expect(front.read('OA1', '/10243/0')).rejects.toMatchObject({ code: 'COAP_BUSY' });
    // the first is asked at once when the device is heard
    await meter.register();
    expect(await waiting[1]).toBe('COAP_NOT_REGISTERED');
    expect(await waiting[0]).toHaveLength(1);
  });

  test('that is forgotten must register anew, and may not any more', async () => {
    let isKnown = true;
    const { front, port } = await running({ identify: async () => (isKnown ? { name: 'OA1' } : undefined) });
    const { device: meter } = await device(port);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    isKnown = false;
    front.forget('OA1');
    expect(front.counters).toMatchObject({ devices: 0, observations: 0 });
    expect(await meter.notify()).toBe(false);
    expect((await meter.send()).code).toBe(coapCodes.notFound);
    expect((await meter.register()).code).toBe(coapCodes.forbidden);
  });

  test('registers again after a restart: the old observation ends, a new one begins', async () => {
    const { front, port, stored } = await running();
    const { device: meter, next } = await device(port);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    meter.observer = undefined;
    await meter.register();
    await vi.waitFor(() => expect(meter.observer).toBeDefined());
    await vi.waitFor(() => expect(front.counters).toMatchObject({ devices: 1, observations: 1 }));
    const [at] = next();
    expect(await meter.notify()).toBe(true);
    expect(stored().has(at)).toBe(true);
  });

  test('a path that was silent for long is observed anew with the next update', async () => {
    const { front, port } = await running({ limits: { observeAgainMs: 50 } });
    const { device: meter } = await device(port);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    const before = meter.observer!.token;
    await new Promise((done) => setTimeout(done, 60));
    meter.observer = undefined;
    await meter.update();
    await vi.waitFor(() => expect(meter.observer).toBeDefined());
    expect(meter.observer!.token).not.toEqual(before);
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    expect(await meter.notify()).toBe(true);
  });

  test('a lifetime that is over ends the registration', async () => {
    const { front, port, clock } = await running({ limits: { sweepMs: 20 } });
    const { device: meter } = await device(port);
    await meter.register(60);
    await vi.waitFor(() => expect(front.counters.observations).toBe(1));
    clock.setMs(nowMs + 60_000 + 92_000);
    await new Promise((done) => setTimeout(done, 60));
    expect(front.device('OA1')).toBeDefined();
    clock.setMs(nowMs + 60_000 + 93_001);
    await vi.waitFor(() => expect(front.device('OA1')).toBeUndefined());
    expect(front.counters).toMatchObject({ devices: 0, observations: 0 });
    expect(await meter.notify()).toBe(false);
  });
});

test('across loss, repeats and reordering: what was acknowledged is stored, and all is stored in the end', async () => {
  const { front, port, sink, stored } = await running();
  const random = seeded(7);
  const link = new BadLink(port, { loss: 0.15, repeat: 0.25, delayMs: 30, random });
  closing.push(link);
  const { device: meter, next } = await device(await link.open());
  expect((await meter.register()).code).toBe(coapCodes.created);
  await vi.waitFor(() => expect(front.counters.observations).toBe(1), { timeout: 10_000 });
  const reported = new Map<number, number>();
  for (let i = 0; i < 25; i++) {
    sink.fail = random() < 0.3 ? new Error('the disk is full') : undefined;
    const mend = setTimeout(() => {
      sink.fail = undefined;
    }, 100);
    const [at, value] = next();
    reported.set(at, value);
    const kind = i % 3;
    for (let isTaken = false; !isTaken; ) {
      if (kind === 0) isTaken = (await meter.send()).code === coapCodes.changed;
      else if (kind === 1) isTaken = await meter.notify();
      else {
        await front.read('OA1', '/10243/0').catch(() => undefined);
        isTaken = stored().has(at);
      }
      // an answer of 2.04, or a confirmed notification: it is on the disk
      if (isTaken) expect(stored().get(at)).toBe(value);
    }
    clearTimeout(mend);
  }
  for (const [at, value] of reported) expect(stored().get(at)).toBe(value);
  expect(link.lost).toBeGreaterThan(0);
  expect(link.repeated).toBeGreaterThan(0);
  expect(front.counters.duplicates).toBeGreaterThan(0);
  expect(front.counters).toMatchObject({ devices: 1, observations: 1, malformed: 0 });
}, 60_000);

test('a device that comes from another address is observed anew', async () => {
  const { front, port, stored } = await running();
  const link = new BadLink(port, { loss: 0, repeat: 0, delayMs: 0, random: () => 1 });
  closing.push(link);
  const { device: meter, next } = await device(await link.open());
  await meter.register();
  await vi.waitFor(() => expect(front.counters.observations).toBe(1));
  link.move();
  expect(await meter.notify()).toBe(false);
  expect((await meter.update()).code).toBe(coapCodes.changed);
  await vi.waitFor(() => expect(meter.observer).toBeDefined());
  await vi.waitFor(() => expect(front.counters.observations).toBe(1));
  const [at] = next();
  expect(await meter.notify()).toBe(true);
  expect(stored().has(at)).toBe(true);
});
