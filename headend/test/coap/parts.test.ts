/** Parts of the CoAP front by themselves: what they remember is bounded, whatever comes. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { AddressRate } from '../../src/address-rate.ts';
import { Bodies } from '../../src/coap/bodies.ts';
import { DeviceWork } from '../../src/coap/device-work.ts';
import { defaultCoapLimits, newCoapCounters } from '../../src/coap/limits.ts';
import { RememberedMessages } from '../../src/coap/remembered.ts';
import { Retransmitter } from '../../src/coap/retransmitter.ts';
import { coapErrors, meterPaths } from '../../src/index.ts';

const limits = { ...defaultCoapLimits, bodyBytes: 4_000, bodies: 4, bodiesPerAddress: 2, bodyIdleMs: 1_000 };

describe('bodies in blocks', () => {
  test('any body comes out as it went in, in any size of blocks', () => {
    const size = fc.constantFrom(16, 32, 64, 128, 256, 512, 1_024);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), size, (body, size) => {
        const bodies = new Bodies(limits);
        const count = Math.ceil(body.length / size);
        for (let number = 0; number < count; number++) {
          const more = number < count - 1;
          const part = body.subarray(number * size, (number + 1) * size);
          const outcome = bodies.take('k', 'a', { number, more, size }, part, 0);
          expect(outcome.body === undefined ? undefined : [...outcome.body]).toEqual(
            more ? undefined : [...body],
          );
        }
        expect(bodies.size).toBe(0);
      }),
    );
  });

  test('what is kept is bounded, whatever blocks come', () => {
    const block = fc.record({ number: fc.nat(4), more: fc.boolean(), size: fc.constantFrom(16, 1_024) });
    const step = fc.record({
      key: fc.nat(6),
      address: fc.nat(2),
      block,
      length: fc.nat(1_024),
      atMs: fc.nat(3_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bodies = new Bodies(limits);
        let nowMs = 0;
        for (const { key, address, block, length, atMs } of steps) {
          nowMs = Math.max(nowMs, atMs);
          const outcome = bodies.take(
            `${address} ${key}`,
            `${address}`,
            block,
            new Uint8Array(length),
            nowMs,
          );
          expect(bodies.size).toBeLessThanOrEqual(limits.bodies);
          expect(outcome.body?.length ?? 0).toBeLessThanOrEqual(limits.bodyBytes);
        }
      }),
    );
  });

  test('a body that stopped coming makes room', () => {
    const bodies = new Bodies(limits);
    const first = { number: 0, more: true, size: 16 };
    const take = (key: string, nowMs: number) =>
      bodies.take(key, 'a', first, new Uint8Array(16), nowMs).error;
    expect([take('1', 0), take('2', 0), take('3', 0)]).toEqual([undefined, undefined, 'busy']);
    expect(take('3', 1_000)).toBeUndefined();
  });
});

test('an address may send its rate and no more', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (pauses) => {
      const rate = new AddressRate(10, 5);
      let nowMs = 0;
      let passed = 0;
      for (const pauseMs of pauses) {
        nowMs += pauseMs;
        if (rate.take('a', nowMs)) passed += 1;
        expect(passed).toBeLessThanOrEqual(5 + nowMs / 100);
      }
      if (pauses.length <= 5) expect(passed).toBe(pauses.length);
    }),
  );
});

test('repeats are known for their time, other content of the same id is not one', () => {
  const messages = new RememberedMessages(3, 1_000);
  const one = Uint8Array.of(1);
  const entry = messages.add('k', one, 0);
  expect(messages.find('k', one, 999)).toBe(entry);
  expect(messages.find('k', one, 1_000)).toBeUndefined();
  expect(messages.find('k', Uint8Array.of(2), 0)).toBeUndefined();
  for (let i = 0; i < 100; i++) messages.add(`${i}`, one, i);
  expect(messages.size).toBe(3);
  const last = messages.find('99', one, 99)!;
  messages.forget('99', last);
  expect(messages.find('99', one, 99)).toBeUndefined();
});

describe('confirmable messages', () => {
  const peer = { address: '10.0.0.1', port: 5683 };
  const made = () => {
    const sentAtMs: number[] = [];
    const counters = newCoapCounters();
    const send = () => void sentAtMs.push(Math.round(performance.now()));
    return { reliable: new Retransmitter({ send, random: () => 0, limits, counters }), sentAtMs, counters };
  };

  test('are sent five times with growing pauses, then given up', async () => {
    vi.useFakeTimers();
    try {
      const { reliable, sentAtMs, counters } = made();
      const startMs = Math.round(performance.now());
      const sent = reliable.send(peer, 7, Uint8Array.of(1)).catch((error: OpenAmiError) => error.code);
      await vi.advanceTimersByTimeAsync(100_000);
      expect(await sent).toBe('COAP_TIMEOUT');
      expect(sentAtMs.map((ms) => ms - startMs)).toEqual([0, 2_000, 6_000, 14_000, 30_000]);
      expect(counters).toMatchObject({ retransmits: 4, timeouts: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('end with their confirmation or reset, and with the endpoint', async () => {
    const { reliable } = made();
    const empty = { code: 0, token: new Uint8Array(0), options: [], payload: new Uint8Array(0) };
    const [one, two, three] = [1, 2, 3].map((id) =>
      reliable.send(peer, id, Uint8Array.of(1)).catch((error: OpenAmiError) => error.code),
    );
    reliable.confirm(peer, { ...empty, type: 'ack', id: 1 });
    reliable.confirm(peer, { ...empty, type: 'rst', id: 2 });
    reliable.confirm({ ...peer, port: 1 }, { ...empty, type: 'ack', id: 3 });
    reliable.close();
    expect([await one, await two, await three]).toMatchObject([{ id: 1 }, 'COAP_RESET', 'COAP_CLOSED']);
    await expect(reliable.send(peer, 4, Uint8Array.of(1))).rejects.toMatchObject({ code: 'COAP_CLOSED' });
  });
});

describe('work of a device', () => {
  const work = (isQueued: boolean, failures: string[] = []) =>
    new DeviceWork({
      limits: { ...limits, waitingPerDevice: 3, awakeMs: 1_000 },
      isQueued: () => isQueued,
      onFailure: (name) => void failures.push(name),
    });

  test('is done in turn, once a name; one that fails stops no other', async () => {
    const failures: string[] = [];
    const made = work(false, failures);
    const done: string[] = [];
    const run = (name: string) => async () => void done.push(name);
    made.add('a', async () =>
      Promise.reject(new OpenAmiError('X', { fault: 'peer', status: 1, title: '', hint: '' })),
    );
    made.add('b', run('b'));
    made.add('b', run('b'));
    expect(await made.ask('c', async () => 5)).toBe(5);
    expect([done, failures]).toEqual([['b'], ['a']]);
  });

  test('of one that sleeps waits, is tried three times, and is bounded', async () => {
    const failures: string[] = [];
    const made = work(true, failures);
    let tries = 0;
    made.add('a', async () => {
      tries += 1;
      throw coapErrors.COAP_TIMEOUT();
    });
    for (const expected of [0, 1, 2, 3, 3]) {
      await new Promise((done) => setTimeout(done, 5));
      expect(tries).toBe(expected);
      made.wake();
    }
    expect(failures).toEqual(['a']);
    const sleeping = work(true, failures);
    for (const name of ['a', 'b', 'c', 'd']) sleeping.add(name, async () => undefined);
    await expect(sleeping.ask('e', async () => 1)).rejects.toMatchObject({ code: 'COAP_BUSY' });
    expect([sleeping.waiting, failures]).toEqual([3, ['a', 'd']]);
    sleeping.end();
    await expect(sleeping.ask('f', async () => 1)).rejects.toMatchObject({ code: 'COAP_NOT_REGISTERED' });
    expect(sleeping.waiting).toBe(0);
  });
});

test('meters among the objects are observed: their instances, or the object where it names none', () => {
  const objects = [[1, 0], [3, 0], [10_243], [10_243, 0], [10_243, 1], [3_424], [3_303, 0]].map((path) => ({
    path,
  }));
  const registration = {
    ...{ endpoint: 'OA1', lifetimeS: 1, version: '1.1', binding: 'U', isQueued: false, rootPath: '' },
    ...{ contentFormats: [], objects },
  };
  expect(meterPaths({ registration })).toEqual(['/10243/0', '/10243/1', '/3424']);
});
