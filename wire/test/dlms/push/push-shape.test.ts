import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CipherKey,
  type CosemValue,
  cipherKey,
  dateTimeOf,
  encodeApdu,
  nobleCrypto,
  openApdu,
  PushShapes,
  protectApdu,
  pushLayouts,
  pushMessageOf,
  readingsOfApdu,
  SealedPush,
} from '../../../src/dlms/index.ts';
import { RegisterColumns } from '../../../src/index.ts';

const title = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 0, 7);
const receivedMs = 1_750_000_000_123;
const structure = (...elements: CosemValue[]): CosemValue => ({ type: 'structure', elements });
const name = (text: string): CosemValue => ({
  type: 'octet-string',
  value: Uint8Array.from(text.split('.').map(Number)),
});
const text = (value: string): CosemValue => ({
  type: 'octet-string',
  value: new TextEncoder().encode(value),
});
const scaled = (scaler: number, unit: number): CosemValue =>
  structure({ type: 'integer', value: scaler }, { type: 'enum', value: unit });

/** Rows as the usual way gives them: readings, then the message of the push. */
function slowRows(bytes: Uint8Array) {
  const opened = openApdu(bytes, { trust: 'bytes', systemTitle: title });
  const push = readingsOfApdu(opened);
  return push && pushMessageOf(push, { device: 'M1', receivedMs });
}

function fastRows(shapes: PushShapes, bytes: Uint8Array) {
  const out = new RegisterColumns();
  const source = { device: 'M1', maker: 0x4f414d, receivedMs };
  const isRead = shapes.read(bytes, bytes.length, source, out);
  return isRead ? out : undefined;
}

/** What both ways say of the bytes must be the same, where the fast one says anything. */
function same(shapes: PushShapes, bytes: Uint8Array): boolean {
  const fast = fastRows(shapes, bytes);
  if (fast === undefined) return false;
  const slow = slowRows(bytes)!;
  expect(fast.messages).toBe(1);
  expect(fast.frame[0]).toEqual(bytes);
  expect([fast.device[0], fast.sentMs[0]]).toEqual([slow.device, slow.sentMs]);
  expect(slow.rejects).toEqual([]);
  const rows = Array.from({ length: fast.length }, (_, i) => ({
    quantity: fast.quantity[i],
    unit: fast.unit[i],
    end: fast.end[i],
    value: fast.value[i],
    quality: fast.quality[i],
  }));
  expect(rows).toEqual(
    slow.series.map(({ quantity, unit, end, value, quality }) => ({
      ...{ quantity, unit, end: end[0], value: value[0], quality: quality[0] },
    })),
  );
  return true;
}

interface Values {
  readonly serial: string;
  readonly energy: number;
  readonly voltage: number;
  readonly total: bigint;
  readonly state: number;
  readonly at: number;
  readonly status: number;
  readonly invoke: number;
}
const base: Values = {
  ...{ serial: 'OA1000001', energy: 5, voltage: 2301, total: 77n, state: 1, at: 1_750_000_000 },
  ...{ status: 0, invoke: 1 },
};

function push(values: Partial<Values> = {}, clock: 'notification' | 'value' | 'none' = 'notification') {
  const { serial, energy, voltage, total, state, at, status, invoke } = { ...base, ...values };
  const time = dateTimeOf(at, 60, 'standard', status);
  return encodeApdu({
    service: 'data-notification',
    invoke,
    dateTime: clock === 'notification' ? time : new Uint8Array(0),
    body: structure(
      structure(name('0.0.96.1.0.255'), text(serial)),
      ...(clock === 'value' ? [structure(name('0.0.1.0.0.255'), { type: 'octet-string', value: time })] : []),
      structure(name('0.0.96.10.1.255'), { type: 'unsigned', value: state }),
      structure(name('1.0.1.8.0.255'), { type: 'double-long-unsigned', value: energy }, scaled(1, 30)),
      structure(name('1.0.32.7.0.255'), { type: 'long-unsigned', value: voltage }, scaled(-1, 35)),
      structure(name('1.0.2.8.0.255'), { type: 'long64-unsigned', value: total }, scaled(0, 30)),
    ),
  });
}

function learned(bytes: Uint8Array): PushShapes {
  const shapes = new PushShapes();
  shapes.learn(openApdu(bytes, { trust: 'bytes' }), title);
  return shapes;
}

const anyValues = fc.record({
  serial: fc.stringMatching(/^[A-Z0-9]{9}$/),
  energy: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  voltage: fc.integer({ min: 0, max: 65_535 }),
  total: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  state: fc.integer({ min: 0, max: 255 }),
  at: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  status: fc.constantFrom(0, 0x01, 0x02, 0x80, 0xff),
  invoke: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

describe('a shape', () => {
  it.each(['notification', 'value', 'none'] as const)('reads what decoding reads, time: %s', (clock) => {
    const shapes = learned(push({}, clock));
    expect(shapes.count).toBe(1);
    let read = 0;
    fc.assert(
      fc.property(anyValues, (values) => {
        const isExact = values.total <= BigInt(Number.MAX_SAFE_INTEGER);
        const isRead = same(shapes, push(values, clock));
        // texts that choose a layout and numbers beyond a double go the usual way
        if (isExact) expect(isRead).toBe(true);
        else expect(isRead).toBe(false);
        if (isRead) read++;
      }),
      { numRuns: 300 },
    );
    expect(read).toBeGreaterThan(20);
  });

  it('says the same as decoding, or nothing, of any change of its bytes', () => {
    for (const clock of ['notification', 'value', 'none'] as const) {
      const bytes = push({}, clock);
      const shapes = learned(bytes);
      const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 3,
      });
      fc.assert(
        fc.property(changes, (changed) => {
          const other = bytes.slice();
          for (const [at, value] of changed) other[at] = value;
          same(shapes, other);
        }),
        { numRuns: 2_000 },
      );
    }
  });

  it('is none where numbers have no unit, or a text chooses the layout', () => {
    for (const { samples } of pushLayouts) {
      for (const { hex } of samples) {
        const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
        if (bytes[0] !== 15) continue;
        const shapes = new PushShapes();
        shapes.learn(openApdu(bytes, { trust: 'bytes' }), title);
        fc.assert(
          fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
            const other = bytes.slice();
            other[at] = value;
            same(shapes, other);
          }),
          { numRuns: 300 },
        );
      }
    }
  });

  it('is kept apart by maker, and no more than so many are kept', () => {
    const shapes = learned(push());
    const out = new RegisterColumns();
    const other = { device: 'M1', maker: 0x4b464d, receivedMs };
    const bytes = push();
    expect(shapes.read(bytes, bytes.length, other, out)).toBe(false);
    expect(out.length).toBe(0);
    const few = new PushShapes({ alike: 2 });
    for (let i = 0; i < 5; i++) {
      const register = `1.0.${i + 1}.8.0.255`;
      const one = encodeApdu({
        ...{ service: 'data-notification', invoke: 1, dateTime: new Uint8Array(0) },
        body: structure(structure(name(register), { type: 'unsigned', value: 1 }, scaled(0, 30))),
      });
      few.learn(openApdu(one, { trust: 'bytes' }), title);
    }
    expect(few.count).toBe(2);
  });

  it('marks readings of a clock that is not sure of itself', () => {
    const out = fastRows(learned(push()), push({ status: 1 }))!;
    expect([...out.quality.subarray(0, out.length)]).toEqual(Array(3).fill(Quality.questionable));
  });
});

describe('a sealed push', () => {
  const keys: CipherKey[] = ([0, 2] as const).map((suite) => {
    const size = suite === 2 ? 32 : 16;
    return cipherKey(nobleCrypto, suite, new Uint8Array(size).fill(1), new Uint8Array(size).fill(2));
  });
  const seal = (key: CipherKey, plain: Uint8Array, counter: number, broadcast = false) =>
    protectApdu(plain, key, {
      ...{ envelope: 'general-glo', authenticated: true, encrypted: true, systemTitle: title, counter },
      broadcast,
    });

  it('is opened as openApdu opens it, whatever its length', () => {
    const sealed = new SealedPush();
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.integer({ min: 1, max: 3_000 }), fc.nat(), (key, size, n) => {
        const plain = new Uint8Array(size).fill(n);
        const counter = n >>> 0;
        const bytes = seal(key, plain, counter % 0xffff_ffff);
        expect(sealed.take(bytes)).toBe(true);
        expect(sealed.counter).toBe(counter % 0xffff_ffff);
        expect(sealed.open(key)).toBe(true);
        expect(sealed.plain.subarray(0, sealed.length)).toEqual(plain);
        expect(sealed.open(keys.find((one) => one !== key)!)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('is not taken in another form, cut or changed', () => {
    const sealed = new SealedPush();
    const bytes = seal(keys[0]!, push(), 5);
    expect(sealed.take(seal(keys[0]!, push(), 5, true))).toBe(false);
    for (let cut = 0; cut < bytes.length; cut++) expect(sealed.take(bytes.subarray(0, cut))).toBe(false);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const other = bytes.slice();
        other[at]! ^= change;
        expect(sealed.take(other) && sealed.open(keys[0]!)).toBe(false);
      }),
    );
  });
});
