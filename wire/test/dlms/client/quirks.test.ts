/** What a profile of a meter changes in what the client says. */
import { describe, expect, test } from 'vitest';
import {
  type ApduOf,
  DlmsClient,
  dateTimeOf,
  decodeApdu,
  encodeApdu,
  isProtected,
} from '../../../src/dlms/index.ts';
import {
  benchOf,
  clientOptions,
  LOAD_PROFILE,
  type Setting,
  START_S,
  serverOf,
  text,
  transportOf,
} from '../server/meters.ts';

const sealed = { mechanism: 'hls-gmac', protection: 'auth-encrypt', suite: 0 } as const;
const calendar = { classId: 20, instance: '0.0.13.0.0.255', attribute: 6 };
const device = { classId: 1, instance: '0.0.42.0.0.255', attribute: 2 };

async function session(setting: Setting): Promise<Uint8Array[]> {
  const { client, wire } = benchOf(setting);
  await client.associate();
  await client.get(device);
  await client.release();
  return wire.filter((_, i) => i % 2 === 0);
}

describe('quirks', () => {
  test('release: with what was agreed, plain, or not at all', async () => {
    const last = async (release: 'with-user-information' | 'plain' | 'none'): Promise<Uint8Array> =>
      (await session({ ...sealed, profile: { release } })).at(-1)!;
    const full = decodeApdu(await last('with-user-information')) as ApduOf<'rlrq'>;
    expect(isProtected(full.userInformation![0]!)).toBe(true);
    expect([...(await last('plain'))]).toEqual([0x62, 3, 0x80, 1, 0]);
    expect((await last('none'))[0]).toBe(0xc8);
  });

  test('the forms of ciphered APDUs, also in the passes of HLS', async () => {
    const tags = async (profile: NonNullable<Setting['profile']>): Promise<number[]> =>
      (await session({ ...sealed, profile })).slice(1, 3).map((bytes) => bytes[0]!);
    expect(await tags({})).toEqual([0xcb, 0xc8]);
    expect(await tags({ envelope: 'general' })).toEqual([0xcb, 0xdb]);
    expect(await tags({ hlsEnvelope: 'general', envelope: 'general' })).toEqual([0xdb, 0xdb]);
    expect(await tags({ dedicatedKey: true })).toEqual([0xd3, 0xd0]);
    expect(await tags({ dedicatedKey: true, envelope: 'general' })).toEqual([0xd3, 0xdc]);
  });

  test('the rest of an old buffer after an answer is passed over, plain and ciphered', async () => {
    for (const setting of [{}, sealed, { ...sealed, profile: { envelope: 'general' } }] as Setting[]) {
      const server = serverOf(setting);
      const clean = transportOf(() => server, []);
      const untidy: typeof clean = {
        exchange: async (request) => Uint8Array.of(...(await clean.exchange(request)), 0xc4, 1, 0xc1, 0),
      };
      const client = new DlmsClient(untidy, clientOptions(setting, { next: 1, lowest: 0 }));
      await client.associate();
      expect(await client.get(device)).toMatchObject({ type: expect.stringMatching(/string/) });
      await client.release();
    }
  });

  test('the context of ciphering although nothing is ciphered', async () => {
    for (const cipheredContext of [true, false]) {
      const [aarq] = await session({ mechanism: 'hls-gmac', profile: { cipheredContext } });
      const contextName = cipheredContext ? 'logical-name-ciphered' : 'logical-name';
      expect(decodeApdu(aarq!)).toMatchObject({ contextName, callingApTitle: { length: 8 } });
    }
  });

  test('invoke ids', async () => {
    const ids = async (invokeId: 'rising' | 'fixed'): Promise<number[]> => {
      const { client, wire } = benchOf({ profile: { invokeId } });
      await client.associate();
      for (let i = 0; i < 18; i++) await client.get(device);
      return wire.filter((bytes) => bytes[0] === 0xc0).map((bytes) => bytes[2]! & 15);
    };
    expect(await ids('fixed')).toEqual(Array(18).fill(1));
    expect(await ids('rising')).toEqual([...Array(15).keys()].map((i) => i + 1).concat(0, 1, 2));
  });

  test('a meter that takes less than it says', async () => {
    const { client, wire } = benchOf({ serverPdu: 4_096, profile: { serverMaxPduBytes: 60 } });
    await client.associate();
    await client.set(calendar, { type: 'octet-string', value: text('long '.repeat(40)) });
    const requests = wire.filter((_, i) => i % 2 === 0).slice(1);
    expect(requests.length).toBeGreaterThan(4);
    expect(Math.max(...requests.map(({ length }) => length))).toBeLessThanOrEqual(60);
  });

  test('lists are left away, or as long as they may be', async () => {
    for (const listItems of [1, 3, 16]) {
      const { client, wire } = benchOf({ profile: { listItems } });
      await client.associate();
      const before = wire.length;
      const results = await client.getMany(Array.from({ length: 7 }, () => ({ attribute: device })));
      expect(results.map(({ kind }) => kind)).toEqual(Array(7).fill('data'));
      expect((wire.length - before) / 2).toBe(Math.ceil(7 / listItems));
    }
  });

  test.each(['standard', 'negated', 'ignored'] as const)('deviation: %s', async (deviation) => {
    // the meter's own times are the standard's; one of the other sign is what this meter is not
    const server = serverOf({ rows: 10 });
    const local = deviation === 'ignored' ? { localOffsetMinutes: 60 } : {};
    const setting: Setting = { profile: { deviation, selection: 'none', ...local } };
    const client = new DlmsClient(
      transportOf(() => server, []),
      clientOptions(setting, { next: 1, lowest: 0 }),
    );
    await client.associate();
    const read = await client.readProfile(await client.describeProfile(LOAD_PROFILE));
    const shiftS = deviation === 'negated' ? 2 * 3_600 : 0;
    expect(read.timeS[0]).toBe(START_S + 900 + shiftS);
    const column = read.columns[0]!.values[0] as { value: Uint8Array };
    expect(column.value).toEqual(dateTimeOf(START_S + 900, 60));
  });

  test('a ciphered refusal is understood', async () => {
    const { server } = benchOf(sealed);
    const transport = transportOf(() => server, []);
    const counters = { next: 1, lowest: 0 };
    const refusal = encodeApdu({
      service: 'confirmed-service-error',
      of: 'read',
      reason: { kind: 'definition', value: 'object-undefined' },
    });
    const client = new DlmsClient(
      {
        exchange: (request) =>
          request[0] === 0xc8
            ? Promise.resolve(server.meter.seal('0.0.43.0.1.255', refusal))
            : transport.exchange(request),
      },
      clientOptions(sealed, counters),
    );
    await client.associate();
    await expect(client.get(device)).rejects.toMatchObject({ code: 'DLMS_OBJECT_UNDEFINED' });
  });

  test('an answer protected less than asked for is refused', async () => {
    const { server } = benchOf(sealed);
    const transport = transportOf(() => server, []);
    const answer = encodeApdu({
      service: 'get-response',
      kind: 'normal',
      invoke: 0xc2,
      result: { kind: 'data', value: { type: 'null' } },
    });
    const setup = '0.0.43.0.1.255';
    const codes: string[] = [];
    for (const made of [
      () => answer,
      () => server.meter.seal(setup, answer, { authenticated: true, encrypted: false }),
      () => server.meter.seal(setup, answer, { authenticated: false, encrypted: true }),
      () => server.meter.seal(setup, answer),
    ]) {
      const exchange = (request: Uint8Array) =>
        request[0] === 0xc8 ? Promise.resolve(made()) : transport.exchange(request);
      const client = new DlmsClient(
        { exchange },
        clientOptions(sealed, { next: 10 + codes.length * 10, lowest: 0 }),
      );
      await client.associate();
      codes.push(
        await client.get(device).then(
          () => 'taken',
          (error: { code: string }) => error.code,
        ),
      );
    }
    expect(codes).toEqual([
      'DLMS_SECURITY_TOO_WEAK',
      'DLMS_SECURITY_TOO_WEAK',
      'DLMS_SECURITY_TOO_WEAK',
      'taken',
    ]);
  });
});
