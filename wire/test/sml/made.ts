/** Messages made from a seed, and a file of a simulated meter. */
import fc from 'fast-check';
import {
  encodeSmlFile,
  type SmlBody,
  type SmlEntry,
  type SmlMessageToSend,
  type SmlTime,
  type SmlTree,
  type SmlValue,
  serverIdOf,
} from '../../src/sml/index.ts';

const octets = fc.uint8Array({ maxLength: 40 });
/** Without any bytes it would be an element that is not there. */
const some = fc.uint8Array({ minLength: 1, maxLength: 40 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const u8 = fc.integer({ min: 0, max: 0xff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const i8 = fc.integer({ min: -0x80, max: 0x7f });
const i16 = fc.integer({ min: -0x8000, max: 0x7fff });

const integer: fc.Arbitrary<SmlValue> = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.boolean(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }))
  .map(([bytes, signed, any]) => {
    const value = signed ? BigInt.asIntN(8 * bytes, any) : BigInt.asUintN(8 * bytes, any);
    const isExact = Number.isSafeInteger(Number(value));
    return { type: signed ? 'integer' : 'unsigned', value: isExact ? Number(value) : value, bytes };
  });

const value: fc.Arbitrary<SmlValue> = fc.letrec<{ value: SmlValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    integer,
    octets.map((bytes): SmlValue => ({ type: 'octets', octets: bytes })),
    fc.boolean().map((flag): SmlValue => ({ type: 'boolean', value: flag })),
    fc.array(tie('value'), { maxLength: 20 }).map((elements): SmlValue => ({ type: 'list', elements })),
  ),
})).value;

const time: fc.Arbitrary<SmlTime> = fc.oneof(
  u32.map((seconds): SmlTime => ({ kind: 'secIndex', seconds })),
  u32.map((seconds): SmlTime => ({ kind: 'secIndex', seconds, bare: true })),
  u32.map((seconds): SmlTime => ({ kind: 'timestamp', seconds })),
  fc.record({
    kind: fc.constant('localTimestamp' as const),
    seconds: u32,
    localOffsetMin: i16,
    seasonOffsetMin: i16,
  }),
);

const entry: fc.Arbitrary<SmlEntry> = fc.record({
  objName: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  status: maybe(u32),
  valTime: maybe(time),
  unit: maybe(u8),
  scaler: maybe(i8),
  value,
  valueSignature: maybe(some),
});

const tree: fc.Arbitrary<SmlTree> = fc.letrec<{ tree: SmlTree }>((tie) => ({
  tree: fc
    .record({
      name: octets,
      value: maybe(
        fc.oneof(
          value.map((item) => ({ kind: 'value', value: item }) as const),
          time.map((item) => ({ kind: 'time', value: item }) as const),
          entry.map((item) => ({ kind: 'listEntry', value: item }) as const),
        ),
      ),
      children: maybe(fc.array(tie('tree'), { maxLength: 3, depthIdentifier: 'tree' })),
    })
    .map(present),
})).tree;

/** An object without the fields that are undefined, as decoding leaves them out. */
export function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as T;
}

const path = fc.array(octets, { maxLength: 3 });
const asker = { serverId: maybe(some), username: maybe(some), password: maybe(some) };
const profile = {
  ...asker,
  withRawdata: maybe(fc.boolean()),
  beginTime: maybe(time),
  endTime: maybe(time),
  parameterTreePath: path,
  objects: maybe(path),
  dasDetails: maybe(tree),
};

const body = fc
  .oneof<fc.Arbitrary<SmlBody>[]>(
    fc.record({
      type: fc.constant('open-request'),
      codepage: maybe(some),
      clientId: octets,
      reqFileId: octets,
      ...asker,
      smlVersion: maybe(u8),
    }),
    fc.record({
      type: fc.constant('open-response'),
      codepage: maybe(some),
      clientId: maybe(some),
      reqFileId: octets,
      serverId: octets,
      refTime: maybe(time),
      smlVersion: maybe(u8),
    }),
    fc.record({
      type: fc.constantFrom('close-request', 'close-response'),
      globalSignature: maybe(some),
    }),
    fc.record({ type: fc.constantFrom('get-profile-pack-request', 'get-profile-list-request'), ...profile }),
    fc.record({
      type: fc.constant('get-profile-pack-response'),
      serverId: octets,
      actTime: time,
      regPeriod: u32,
      parameterTreePath: path,
      headers: fc.array(fc.record({ objName: octets, unit: u8, scaler: i8 }), { maxLength: 3 }),
      periods: fc.array(
        fc
          .record({
            valTime: time,
            status: u32,
            values: fc.array(fc.record({ value, valueSignature: maybe(some) }).map(present), {
              maxLength: 3,
            }),
            periodSignature: maybe(some),
          })
          .map(present),
        { maxLength: 3 },
      ),
      rawdata: maybe(some),
      profileSignature: maybe(some),
    }),
    fc.record({
      type: fc.constant('get-profile-list-response'),
      serverId: octets,
      actTime: time,
      regPeriod: u32,
      parameterTreePath: path,
      valTime: time,
      status: u32,
      periods: fc.array(
        fc.record({ objName: octets, unit: u8, scaler: i8, value, valueSignature: maybe(some) }).map(present),
        { maxLength: 3 },
      ),
      rawdata: maybe(some),
      periodSignature: maybe(some),
    }),
    fc.record({
      type: fc.constant('get-proc-parameter-request'),
      ...asker,
      parameterTreePath: path,
      attribute: maybe(some),
    }),
    fc.record({
      type: fc.constant('get-proc-parameter-response'),
      serverId: octets,
      parameterTreePath: path,
      parameterTree: tree,
    }),
    fc.record({
      type: fc.constant('set-proc-parameter-request'),
      ...asker,
      parameterTreePath: path,
      parameterTree: tree,
    }),
    fc.record({
      type: fc.constant('get-list-request'),
      clientId: octets,
      ...asker,
      listName: maybe(some),
    }),
    fc.record({
      type: fc.constant('get-list-response'),
      clientId: maybe(some),
      serverId: octets,
      listName: maybe(some),
      actSensorTime: maybe(time),
      entries: fc.array(entry, { maxLength: 20 }),
      listSignature: maybe(some),
      actGatewayTime: maybe(time),
    }),
    fc.record({
      type: fc.constant('attention-response'),
      serverId: octets,
      attentionNo: octets,
      attentionMsg: maybe(some),
      attentionDetails: maybe(tree),
    }),
    fc.record({
      type: fc.constant('other'),
      tag: fc.integer({ min: 0x0800, max: 0x0a01 }),
      element: value,
    }),
  )
  .map(present);

/** Bytes with more escapes in them than chance gives. */
const transactionId = fc.oneof(
  octets,
  fc.array(fc.constantFrom(0x1b, 0x1b, 0x01, 0x1a), { maxLength: 20 }).map((list) => Uint8Array.from(list)),
);

export const messages: fc.Arbitrary<SmlMessageToSend[]> = fc.array(
  fc.record({ transactionId, groupNo: u8, abortOnError: u8, body }),
  { minLength: 1, maxLength: 4 },
);

export const plate = '1OAM0012345678';
const serverId = serverIdOf(plate)!;

/** What a household meter sends every second. */
export function meterFile(
  entries: readonly SmlEntry[] = householdEntries,
  check: 'x25' | 'kermit' = 'x25',
  id: Uint8Array = serverId,
): Uint8Array<ArrayBuffer> {
  const message = (no: number, of: SmlBody): SmlMessageToSend => ({
    transactionId: Uint8Array.of(1, 2, 3, no),
    groupNo: 0,
    abortOnError: 0,
    body: of,
  });
  const fileId = Uint8Array.of(0, 0, 1);
  return encodeSmlFile(
    [
      message(1, { type: 'open-response', reqFileId: fileId, serverId: id, smlVersion: 1 }),
      message(2, {
        type: 'get-list-response',
        serverId: id,
        listName: name(1, 0, 98, 10, 255, 255),
        actSensorTime: { kind: 'timestamp', seconds: 1_772_000_000 },
        entries,
      }),
      message(3, { type: 'close-response' }),
    ],
    check,
  );
}

export function name(...bytes: number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

export function register(objName: Uint8Array, raw: number, unit = 30, scaler = -1): SmlEntry {
  return { objName, unit, scaler, value: { type: 'integer', value: raw, bytes: 8 } };
}

export const householdEntries: readonly SmlEntry[] = [
  { objName: name(1, 0, 96, 50, 1, 1), value: { type: 'octets', octets: name(0x4f, 0x41, 0x4d) } },
  { objName: name(1, 0, 96, 1, 0, 255), value: { type: 'octets', octets: serverId } },
  { ...register(name(1, 0, 1, 8, 0, 255), 123_456_789), status: 0x1c0104 },
  register(name(1, 0, 2, 8, 0, 255), 41),
  { ...register(name(1, 0, 16, 7, 0, 255), -1_260, 27, 0) },
];
