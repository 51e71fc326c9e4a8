/** The intake by itself: who waits for keys, how much may wait, what a failing store or vault costs. */
import type { KeyPlace, OpenAmiError } from '@openami/model';
import type { RegisterColumns } from '@openami/wire';
import {
  type CosemValue,
  cipherKey,
  dateTimeOf,
  encodeApdu,
  type HeardApdu,
  nobleCrypto,
  protectApdu,
} from '@openami/wire/dlms';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PushIntake, type PushSink, type ReceivedPush } from '../../src/dlms/push-intake.ts';
import { mostUselessFrames, PushPeer } from '../../src/dlms/push-peer.ts';
import { type PushSender, PushSenders, ReceiveGuard, titleName } from '../../src/index.ts';
import { keyOf, meterTitle } from '../helpers/dlms-meter.ts';
import { senderWith } from '../helpers/push-senders.ts';

const atS = 1_772_323_200;
const clock = { nowMs: () => atS * 1000 };
const key = cipherKey(nobleCrypto, 0, keyOf(0, 1), keyOf(0, 0xa0));
const nextKey = cipherKey(nobleCrypto, 0, keyOf(0, 7), keyOf(0, 0xa0));
const known = titleName(Buffer.from(meterTitle).toString('hex'));
const name = (text: string): CosemValue => ({
  type: 'octet-string',
  value: Uint8Array.from(text.split('.').map(Number)),
});
const structure = (...elements: CosemValue[]): CosemValue => ({ type: 'structure', elements });

function plain(value: number, obis = '1.0.1.8.0.255'): Uint8Array {
  const unit = structure({ type: 'integer', value: 0 }, { type: 'enum', value: 30 });
  return encodeApdu({
    ...{ service: 'data-notification', invoke: value, dateTime: dateTimeOf(atS, 60) },
    body: structure(structure(name(obis), { type: 'double-long-unsigned', value }, unit)),
  });
}

const protect = (apdu: Uint8Array, counter: number, cipher = key, systemTitle = meterTitle) =>
  protectApdu(apdu, cipher, {
    ...{ envelope: 'general-glo', authenticated: true, encrypted: true, systemTitle, counter },
  });
const peer = () => new PushPeer('a');
const heard = (...apdus: Uint8Array[]): HeardApdu[] =>
  apdus.map((apdu) => ({ apdu: { sender: 'test', apdu, trust: 'none' } }));

function intakeOf(senders: PushSenders, sink: Partial<PushSink> = {}) {
  const pushes: ReceivedPush[] = [];
  const registers: number[] = [];
  const refused: OpenAmiError[] = [];
  const intake = new PushIntake({
    ...{ clock, senders },
    sink: {
      take: (all) => void pushes.push(...all),
      takeRegisters: async (columns: RegisterColumns) => {
        registers.push(...columns.value.subarray(0, columns.length));
      },
      refused: ({ error }) => void refused.push(error),
      ...sink,
    },
  });
  const values = () => [...pushes.map(({ push }) => push!.readings[0]!.value), ...registers];
  return { intake, pushes, registers, refused, values, codes: () => refused.map(({ code }) => code) };
}

/** Counts loads, and holds them up until `open` is called. */
function gated(sender: PushSender, limits = {}) {
  const loads: (readonly string[])[] = [];
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const senders = new PushSenders({
    limits,
    load: async (names) => {
      loads.push(names);
      await opened;
      return new Map(names.includes(known) ? [[known, sender]] : []);
    },
  });
  return { senders, loads, open: () => open() };
}

describe('keys', () => {
  it('are loaded once for all that wait, and the order stays', async () => {
    const { senders, loads, open } = gated(senderWith(key));
    const { intake, values } = intakeOf(senders);
    const waits = [1, 2, 3].map((n) => intake.heard(heard(protect(plain(n), n)), peer()));
    expect(waits.every((one) => one instanceof Promise)).toBe(true);
    expect(values()).toEqual([]);
    open();
    await Promise.all(waits);
    expect(loads).toEqual([[known]]);
    // the first was decoded, the others are of its shape
    expect(values()).toEqual([1, 2, 3]);
    expect(intake.heard(heard(protect(plain(4), 4)), peer())).toBeInstanceOf(Promise);
    expect(loads).toHaveLength(1);
  });

  it('are forgotten after a time, and when they are said to have changed', async () => {
    let nowMs = 0;
    let loads = 0;
    const senders = new PushSenders({
      nowMs: () => nowMs,
      limits: { heldMs: 100, unknownMs: 10 },
      load: async (names) => {
        loads++;
        return new Map(names.includes(known) ? [[known, senderWith(key)]] : []);
      },
    });
    await senders.find(known);
    await senders.find('other');
    expect([senders.held(known)?.device, senders.held('other')]).toEqual(['OA1000001', null]);
    nowMs = 50;
    expect([senders.held(known)?.device, senders.held('other')]).toEqual(['OA1000001', undefined]);
    senders.forget(8);
    expect(senders.held(known)).not.toBeUndefined();
    senders.forget(7);
    expect(senders.held(known)).toBeUndefined();
    await senders.find(known);
    nowMs = 150;
    expect(senders.held(known)).toBeUndefined();
    expect(loads).toBe(3);
  });

  it('of few senders are held, and few may wait', async () => {
    const { senders, open } = gated(senderWith(key), { senders: 2, waiting: 3 });
    const asked = ['a', 'b', 'c'].map((one) => senders.find(one));
    await expect(senders.find('d')).rejects.toMatchObject({ code: 'DLMS_PUSH_BUSY' });
    open();
    await Promise.all(asked);
    expect(senders.counts).toEqual({ held: 2, waiting: 0 });
    expect([senders.held('a'), senders.held('c')]).toEqual([undefined, null]);
  });

  it('that the vault cannot give now cost what came, and no more', async () => {
    let fails = true;
    const senders = new PushSenders({
      load: async () => {
        if (fails) throw new Error('no vault');
        return new Map([[known, senderWith(key)]]);
      },
    });
    const { intake, values, codes } = intakeOf(senders);
    await intake.heard(heard(protect(plain(1), 1), plain(2)), peer());
    expect(codes()).toEqual(['DLMS_PUSH_FAULT', 'DLMS_PUSH_FAULT']);
    fails = false;
    await intake.heard(heard(protect(plain(1), 1)), peer());
    expect(values()).toEqual([1]);
  });

  it('that are staged are tried; a wrong one is loaded anew once in a while', async () => {
    let nowMs = 10_000;
    let loads = 0;
    const keys = [key];
    const senders = new PushSenders({
      nowMs: () => nowMs,
      load: async () => {
        loads++;
        return new Map([[known, senderWith([...keys])]]);
      },
    });
    const { intake, values, codes } = intakeOf(senders);
    await intake.heard(heard(protect(plain(1), 1)), peer());
    keys.push(nextKey);
    for (let i = 0; i < 5; i++) await intake.heard(heard(protect(plain(2), 1, nextKey)), peer());
    expect(codes()).toEqual(Array(5).fill('METER_KEY_WRONG'));
    expect(loads).toBe(1);
    nowMs += 3_000;
    await intake.heard(heard(protect(plain(2), 1, nextKey), protect(plain(3), 2)), peer());
    expect(values()).toEqual([1, 2, 3]);
    expect(loads).toBe(2);
  });
});

describe('counters', () => {
  const storeOf = (last: Map<string, number>) => {
    const of = ({ meterId, kind, version }: KeyPlace) => `${meterId} ${kind} ${version}`;
    return {
      reserve: async () => ({ from: 1, to: 1 }),
      received: async (_: unknown, entries: readonly (KeyPlace & { readonly counter: number })[]) => {
        for (const one of entries) last.set(of(one), one.counter);
        return [];
      },
      lastReceived: async (_: unknown, keys: readonly KeyPlace[]) =>
        keys.map((one) => ({ ...one, lastReceived: last.get(of(one)) ?? -1 })),
    };
  };
  const ctx = { tenant: 'default', purpose: 'keys' } as never;

  it('are used up by what is stored: what a failing store did not take may come again', async () => {
    const last = new Map<string, number>();
    const guard = new ReceiveGuard({ store: storeOf(last) });
    const place = { meterId: 7, kind: 'guek', version: 1 } as const;
    const senders = new PushSenders({
      guard,
      load: async () => {
        const [mark] = await guard.marks(ctx, [place]);
        return new Map([[known, { ...senderWith(key), unicast: [{ cipher: key, mark: mark! }] }]]);
      },
    });
    let fails = false;
    const stored: unknown[] = [];
    const { intake, codes } = intakeOf(senders, {
      take: async (all) => {
        if (fails) throw new Error('disk full');
        stored.push(...all.map(({ push }) => push!.readings[0]!.value));
      },
      takeRegisters: async ({ value, length }) => {
        if (fails) throw new Error('disk full');
        stored.push(...value.subarray(0, length));
      },
    });
    await intake.heard(heard(protect(plain(1), 1), protect(plain(2), 2)), peer());
    fails = true;
    await intake.heard(heard(protect(plain(3), 3)), peer());
    expect(codes()).toEqual(['DLMS_PUSH_FAULT']);
    fails = false;
    await guard.flush(ctx);
    expect([...last.values()]).toEqual([2]);
    await intake.heard(heard(protect(plain(3), 3), protect(plain(3), 3), protect(plain(2), 2)), peer());
    expect(stored.sort()).toEqual([1, 2, 3]);
    expect(codes().slice(1)).toEqual(['METER_COUNTER_REPLAYED', 'METER_COUNTER_REPLAYED']);
  });

  it('of any order of messages: each counter once, none below one that was taken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 10 }),
        async (counters, pieces) => {
          const senders = new PushSenders({ load: async () => new Map([[known, senderWith(key)]]) });
          const { intake, values, codes } = intakeOf(senders);
          const sent = counters.map((counter) => protect(plain(counter), counter));
          for (let at = 0, i = 0; at < sent.length; i++) {
            const size = 1 + pieces[i % pieces.length]!;
            await intake.heard(heard(...sent.slice(at, at + size)), peer());
            at += size;
          }
          const wanted: number[] = [];
          for (const counter of counters) if (counter > (wanted.at(-1) ?? 0)) wanted.push(counter);
          expect([...values()].sort((a, b) => Number(a) - Number(b))).toEqual(wanted);
          expect(codes()).toHaveLength(counters.length - wanted.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of a message without a tag use up nothing: anybody could send it', async () => {
    const senders = new PushSenders({ load: async () => new Map([[known, senderWith(key)]]) });
    const { intake, values } = intakeOf(senders);
    const open = protectApdu(plain(9), key, {
      ...{ envelope: 'general-glo', authenticated: false, encrypted: true },
      ...{ systemTitle: meterTitle, counter: 1_000_000 },
    });
    await intake.heard(heard(open, protect(plain(1), 1)), peer());
    expect(values()).toEqual([9, 1]);
  });
});

describe('a push', () => {
  it('that tells events makes no shape: the next is looked at, too', async () => {
    const senders = new PushSenders({ load: async () => new Map([[known, senderWith(key)]]) });
    const { intake, pushes, registers } = intakeOf(senders);
    const alarms = (n: number) => protect(plain(n, '0.0.97.98.1.255'), n);
    await intake.heard(heard(alarms(1), alarms(2), alarms(3)), peer());
    expect([pushes.length, registers.length]).toEqual([3, 0]);
  });

  it('of nobody we know is refused, and opened for nobody', async () => {
    const { senders, open } = gated(senderWith(key));
    open();
    const { intake, codes } = intakeOf(senders);
    const stranger = Uint8Array.from(meterTitle).fill(1, 3);
    await intake.heard(heard(protect(plain(1), 1, key, stranger)), peer());
    expect(codes()).toEqual(['DLMS_PUSH_UNKNOWN']);
  });

  it('in plain is of its meter where no protection is asked for', async () => {
    const serial = encodeApdu({
      ...{ service: 'data-notification', invoke: 1, dateTime: new Uint8Array(0) },
      body: structure(structure(name('0.0.96.1.0.255'), { type: 'octet-string', value: Buffer.from('M9') })),
    });
    const load = (protection: PushSender['protection']) => async (names: readonly string[]) =>
      new Map(names.map((one) => [one, senderWith(key, { device: 'OA9', protection })]));
    const open = intakeOf(new PushSenders({ load: load('none') }));
    await open.intake.heard(heard(serial), peer());
    expect(open.pushes).toMatchObject([{ sender: { device: 'OA9' } }]);
    const closed = intakeOf(new PushSenders({ load: load('auth-encrypt') }));
    await closed.intake.heard(heard(serial), peer());
    expect(closed.codes()).toEqual(['DLMS_PUSH_UNPROTECTED']);
  });
});

describe('frames that are of no use', () => {
  const spoiled = Uint8Array.of(0);
  const sendersOfKey = () => new PushSenders({ load: async () => new Map([[known, senderWith(key)]]) });

  it('are not heard beyond some in a row, whatever pieces they come in, and the connection is closed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 20, maxLength: 40 }),
        async (pieces) => {
          const { intake, codes, values } = intakeOf(sendersOfKey());
          let closed = 0;
          const from = new PushPeer('a', () => closed++);
          await intake.heard(heard(protect(plain(1), 1)), from);
          for (const size of pieces) await intake.heard(heard(...Array(size).fill(spoiled)), from);
          await intake.heard(heard(protect(plain(2), 2)), from);
          expect(codes()).toEqual([
            ...Array(mostUselessFrames).fill('DLMS_UNKNOWN_TAG'),
            'DLMS_PUSH_USELESS',
          ]);
          expect(values()).toEqual([1]);
          expect(closed).toBe(1);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('cost nothing when a good one is between, or some time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { intake, codes } = intakeOf(sendersOfKey());
    const from = peer();
    const few = Array(mostUselessFrames - 1).fill(spoiled);
    for (let i = 1; i <= 5; i++) await intake.heard(heard(...few, protect(plain(i), i)), from);
    for (let i = 1; i <= 20; i++) {
      vi.advanceTimersByTime(60_000);
      await intake.heard(heard(spoiled), from);
    }
    expect(from.isLost).toBe(false);
    expect(codes()).toEqual(Array(few.length * 5 + 20).fill('DLMS_UNKNOWN_TAG'));
  });

  it('are those of nobody known too, but not what was stored before and comes again, nor what is our fault', async () => {
    const stranger = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const open = intakeOf(sendersOfKey());
    const from = peer();
    for (let i = 1; i <= 20; i++) await open.intake.heard(heard(protect(plain(i), i, key, stranger)), from);
    expect(open.codes()).toEqual([
      ...Array(mostUselessFrames).fill('DLMS_PUSH_UNKNOWN'),
      'DLMS_PUSH_USELESS',
    ]);
    const again = peer();
    for (let i = 1; i <= 20; i++) await open.intake.heard(heard(protect(plain(1), 1)), again);
    const failing = intakeOf(new PushSenders({ load: () => Promise.reject(new Error('away')) }));
    for (let i = 1; i <= 20; i++) await failing.intake.heard(heard(protect(plain(i), i)), again);
    expect(failing.refused).toHaveLength(20);
    expect(again.isLost).toBe(false);
  });
});
