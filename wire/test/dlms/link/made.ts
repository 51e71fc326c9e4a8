/** Frames, damage and chunking made from a seed. */
import fc from 'fast-check';
import type { HdlcAddress, HdlcControl, HdlcFrame } from '../../../src/dlms/index.ts';

const sequence = fc.integer({ min: 0, max: 7 });
const address: fc.Arbitrary<HdlcAddress> = fc.oneof(
  fc.record({
    bytes: fc.constant(1 as const),
    upper: fc.integer({ min: 0, max: 127 }),
    lower: fc.constant(0),
  }),
  fc.record({
    bytes: fc.constant(2 as const),
    upper: fc.integer({ min: 0, max: 127 }),
    lower: fc.integer({ min: 0, max: 127 }),
  }),
  fc.record({
    bytes: fc.constant(4 as const),
    upper: fc.integer({ min: 0, max: 0x3fff }),
    lower: fc.integer({ min: 0, max: 0x3fff }),
  }),
);
const control: fc.Arbitrary<HdlcControl> = fc.oneof(
  fc.record({
    kind: fc.constant('i' as const),
    sendSequence: sequence,
    receiveSequence: sequence,
    poll: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('rr' as const, 'rnr' as const, 'rej' as const),
    receiveSequence: sequence,
    poll: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom(
      'snrm' as const,
      'disc' as const,
      'ua' as const,
      'dm' as const,
      'frmr' as const,
      'ui' as const,
    ),
    poll: fc.boolean(),
  }),
);
/** Bytes that like to look like flags, escapes and starts. */
export const payload = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x7e, 0x7d, 0xa0, 0x68, 0x00, 0x01)), {
      maxLength,
    })
    .map((bytes) => Uint8Array.from(bytes));

export const frames: fc.Arbitrary<HdlcFrame> = fc.record({
  destination: address,
  source: address,
  control,
  segmented: fc.boolean(),
  information: payload(200),
});

/** A generator of numbers below `limit` from a seed (mulberry32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** `count` copies with one byte changed, or cut off somewhere. */
export function* mutations(bytes: Uint8Array, count: number, seed = 1): Generator<Uint8Array> {
  const next = seeded(seed);
  for (let i = 0; i < count; i++) {
    if (next(4) === 0) yield bytes.slice(0, next(bytes.length));
    else {
      const changed = bytes.slice();
      changed[next(bytes.length)]! ^= 1 + next(255);
      yield changed;
    }
  }
}

/** The bytes in pieces of seeded sizes up to `max`. */
export function* pieces(bytes: Uint8Array, seed: number, max: number): Generator<Uint8Array> {
  const next = seeded(seed);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + next(max);
    yield bytes.slice(at, at + size);
    at += size;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
