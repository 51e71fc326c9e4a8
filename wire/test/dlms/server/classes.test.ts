/** What interface classes of a meter do, asked and told through a ciphered association. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agreeKey,
  bytesOf,
  type CosemValue,
  cipherKey,
  DlmsClient,
  dateTimeOf,
  decodeApdu,
  decodeDateTime,
  elementsOf,
  keyIds,
  type MeterEvent,
  nobleCrypto,
  numberOf,
  offerKeyAgreement,
  operateRelay,
  readProtected,
  unprotectApdu,
  wrapKey,
} from '../../../src/dlms/index.ts';
import {
  type Bench,
  benchOf,
  clientOptions,
  clientTitle,
  key,
  meterTitle,
  pairs,
  SETUP,
  START_S,
  text,
  transportOf,
} from './meters.ts';

const sealed = { mechanism: 'hls-gmac', protection: 'auth-encrypt', suite: 0 } as const;
const zero = { type: 'integer', value: 0 } as const;
const RELAY = '0.0.96.3.10.255';
const IMAGE = '0.0.44.0.0.255';

async function opened(bench: Bench): Promise<Bench> {
  await bench.client.associate();
  return bench;
}
const attribute = (classId: number, instance: string, index: number) => ({
  classId,
  instance,
  attribute: index,
});
const method = (classId: number, instance: string, index: number) => ({ classId, instance, method: index });

async function logCodes({ client }: Bench, log: string): Promise<number[]> {
  const read = await client.readProfile(await client.describeProfile(log));
  return [...read.columns[1]!.raw];
}

describe('clock', () => {
  test('set and shift', async () => {
    const bench = await opened(benchOf(sealed));
    const time = attribute(8, '0.0.1.0.0.255', 2);
    await bench.client.set(time, { type: 'octet-string', value: dateTimeOf(START_S + 5_000, 60) });
    const read = (await bench.client.get(time)) as { value: Uint8Array };
    expect(read.value).toEqual(dateTimeOf(START_S + 5_000, 60));
    await bench.client.invoke(method(8, '0.0.1.0.0.255', 6), { type: 'long', value: -30 });
    const shifted = (await bench.client.get(time)) as { value: Uint8Array };
    expect(decodeDateTime(shifted.value)).toMatchObject({ hour: 2, minute: 22, second: 50, deviation: -60 });
    await expect(
      bench.client.invoke(method(8, '0.0.1.0.0.255', 6), { type: 'long', value: 901 }),
    ).rejects.toMatchObject({ code: 'DLMS_SERVICE_REFUSED' });
    expect(await logCodes(bench, '0.0.99.98.0.255')).toEqual([5, 5]);
  });
});

describe('disconnect control', () => {
  test.each([
    [1, 2, false],
    [2, 1, true],
    [3, 2, false],
    [4, 1, true],
    [5, 2, false],
    [6, 2, false],
  ])('mode %i: remote reconnection leads to state %i', async (mode, state, isOn) => {
    const bench = await opened(benchOf(sealed));
    const { client, server } = bench;
    await client.set(attribute(70, RELAY, 4), { type: 'enum', value: mode });
    await client.invoke(method(70, RELAY, 1), zero);
    expect(await client.get(attribute(70, RELAY, 2))).toEqual({ type: 'boolean', value: false });
    await client.invoke(method(70, RELAY, 2), zero);
    expect(await client.get(attribute(70, RELAY, 3))).toEqual({ type: 'enum', value: state });
    expect(await client.get(attribute(70, RELAY, 2))).toEqual({ type: 'boolean', value: isOn });
    expect(operateRelay(server.meter, RELAY, 'manual-reconnect')).toBe(true);
    expect(await client.get(attribute(70, RELAY, 3))).toEqual({ type: 'enum', value: 1 });
    expect((await logCodes(bench, '0.0.99.98.2.255'))[0]).toBe(62);
  });

  test('mode 0: nothing moves the relay', async () => {
    const { client } = await opened(benchOf(sealed));
    await client.set(attribute(70, RELAY, 4), { type: 'enum', value: 0 });
    await expect(client.invoke(method(70, RELAY, 1), zero)).rejects.toMatchObject({
      code: 'DLMS_ACCESS_DENIED',
    });
    expect(await client.get(attribute(70, RELAY, 3))).toEqual({ type: 'enum', value: 1 });
  });
});

describe('limiter, scripts and schedules', () => {
  test('a value over the threshold for long enough opens the relay, and closes it again after', async () => {
    let nowS = START_S;
    let powerW = 0;
    const bench = await opened(
      benchOf({
        ...sealed,
        env: {
          nowS: () => nowS,
          value: (_, instance) => (instance === '1.0.1.7.0.255' ? powerW : undefined),
        },
      }),
    );
    const { client, server } = bench;
    await client.set(attribute(71, '0.0.17.0.0.255', 4), { type: 'double-long-unsigned', value: 2_000 });
    const at = async (seconds: number, watts: number): Promise<number> => {
      nowS = START_S + seconds;
      powerW = watts;
      server.meter.tick();
      return numberOf(await client.get(attribute(70, RELAY, 3)))!;
    };
    expect(await at(0, 3_000)).toBe(1);
    expect(await at(10, 3_000)).toBe(1);
    expect(await at(40, 1_000)).toBe(1);
    expect(await at(50, 3_000)).toBe(1);
    expect(await at(109, 3_000)).toBe(1);
    expect(await at(110, 3_000)).toBe(0);
    expect(await at(120, 500)).toBe(0);
    expect(await at(180, 500)).toBe(1);
  });

  test('a schedule runs its script at its minute of local time, once', async () => {
    let nowS = START_S;
    const { client, server } = await opened(benchOf({ ...sealed, env: { nowS: () => nowS } }));
    const due = {
      type: 'structure',
      elements: [
        { type: 'octet-string', value: Uint8Array.of(1, 30, 0, 0) },
        { type: 'octet-string', value: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff) },
      ],
    } as const;
    await client.set(attribute(22, '0.0.15.0.1.255', 4), { type: 'array', elements: [due] });
    const states: number[] = [];
    for (const minute of [0, 29, 30, 31]) {
      nowS = START_S + minute * 60;
      server.meter.tick();
      states.push(numberOf(await client.get(attribute(70, RELAY, 3)))!);
      if (minute === 30)
        await client.invoke(method(9, '0.0.10.0.106.255', 1), { type: 'long-unsigned', value: 2 });
    }
    expect(states).toEqual([1, 1, 0, 1]);
  });

  test('the end of a billing period is counted, and keeps what the registers showed', async () => {
    let energy = 500;
    const { client } = await opened(
      benchOf({
        ...sealed,
        env: { value: (_, instance) => (instance === '1.0.1.8.0.255' ? energy : undefined) },
      }),
    );
    const periods = async () => numberOf(await client.get(attribute(1, '1.0.0.1.0.255', 2)));
    expect(await periods()).toBe(0);
    for (const value of [500, 700]) {
      energy = value;
      await client.invoke(method(9, '0.0.10.0.1.255', 1), { type: 'long-unsigned', value: 1 });
    }
    expect(await periods()).toBe(2);
    const rows = elementsOf(await client.get(attribute(7, '0.0.98.1.0.255', 2)))!;
    expect(rows.map((row) => numberOf(elementsOf(row)![1]!))).toEqual([500, 700]);
    // What is measured by time is not captured by hand.
    await expect(client.invoke(method(7, '1.0.99.1.0.255', 2), zero)).rejects.toThrow('other-reason');
  });

  test('a passive calendar becomes active at its time', async () => {
    let nowS = START_S;
    const { client, server } = await opened(benchOf({ ...sealed, env: { nowS: () => nowS } }));
    await client.set(attribute(20, '0.0.13.0.0.255', 6), { type: 'octet-string', value: text('summer') });
    await client.set(attribute(20, '0.0.13.0.0.255', 10), {
      type: 'octet-string',
      value: dateTimeOf(START_S + 600, 60),
    });
    for (const [seconds, name] of [
      [1, '01'],
      [599, '01'],
      [601, 'summer'],
    ] as const) {
      nowS = START_S + seconds;
      server.meter.tick();
      expect(await client.get(attribute(20, '0.0.13.0.0.255', 2))).toEqual({
        type: 'octet-string',
        value: text(name),
      });
    }
  });
});

describe('image transfer', () => {
  const block = (image: Uint8Array, i: number): CosemValue => ({
    type: 'structure',
    elements: [
      { type: 'double-long-unsigned', value: i },
      { type: 'octet-string', value: image.subarray(i * 256, (i + 1) * 256) },
    ],
  });
  const initiate = (size: number): CosemValue => ({
    type: 'structure',
    elements: [
      { type: 'octet-string', value: text('fw 2') },
      { type: 'double-long-unsigned', value: size },
    ],
  });

  test('blocks in any order and repeated; what is missing is told; any reboot on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3_000 }),
        fc.array(fc.nat(11), { maxLength: 30 }),
        fc.nat(30),
        async (size, order, rebootAt) => {
          const image = new Uint8Array(size).map((_, i) => i * 7);
          const events: MeterEvent[] = [];
          const bench = await opened(
            benchOf({
              ...sealed,
              clientPdu: 400,
              serverPdu: 200,
              env: {
                onEvent: (event) => events.push(event),
                verifyImage: (_, bytes) => bytes.every((byte, i) => byte === image[i]),
              },
            }),
          );
          const { client, server } = bench;
          await client.invoke(method(18, IMAGE, 1), initiate(size));
          const blocks = Math.ceil(size / 256);
          const sent = new Set<number>();
          for (const [step, i] of order.entries()) {
            if (step === rebootAt) {
              server.reboot();
              await client.associate();
            }
            if (i >= blocks) {
              await expect(client.invoke(method(18, IMAGE, 2), block(image, i))).rejects.toMatchObject({
                fault: 'peer',
              });
              continue;
            }
            await client.invoke(method(18, IMAGE, 2), block(image, i));
            sent.add(i);
            const first = await client.get(attribute(18, IMAGE, 4));
            expect(numberOf(first)).toBe([...Array(blocks).keys()].find((each) => !sent.has(each)) ?? blocks);
          }
          for (let i = 0; i < blocks; i++) {
            const bitmap = (await client.get(attribute(18, IMAGE, 3))) as { value: Uint8Array; bits: number };
            expect(bitmap.bits).toBe(blocks);
            if ((bitmap.value[i >> 3]! & (0x80 >> (i & 7))) === 0)
              await client.invoke(method(18, IMAGE, 2), block(image, i));
          }
          await client.invoke(method(18, IMAGE, 3), zero);
          expect(numberOf(await client.get(attribute(18, IMAGE, 6)))).toBe(3);
          await client.invoke(method(18, IMAGE, 4), zero);
          expect(events.find(({ type }) => type === 'image')).toMatchObject({
            bytes: image,
            identifier: text('fw 2'),
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  test('an image that is not right is not activated', async () => {
    const { client } = await opened(benchOf({ ...sealed, env: { verifyImage: () => false } }));
    await client.invoke(method(18, IMAGE, 1), initiate(10));
    await expect(client.invoke(method(18, IMAGE, 3), zero)).rejects.toMatchObject({
      code: 'DLMS_SERVICE_REFUSED',
    });
    await client.invoke(method(18, IMAGE, 2), block(new Uint8Array(10), 0));
    await expect(client.invoke(method(18, IMAGE, 3), zero)).rejects.toMatchObject({
      code: 'DLMS_SERVICE_REFUSED',
    });
    expect(numberOf(await client.get(attribute(18, IMAGE, 6)))).toBe(4);
    await expect(client.invoke(method(18, IMAGE, 4), zero)).rejects.toMatchObject({
      code: 'DLMS_SERVICE_REFUSED',
    });
  });
});

describe('security setup', () => {
  const transfer = (id: number, wrapped: Uint8Array): CosemValue => ({
    type: 'array',
    elements: [
      {
        type: 'structure',
        elements: [
          { type: 'enum', value: id },
          { type: 'octet-string', value: wrapped },
        ],
      },
    ],
  });

  test.each([0, 1, 2] as const)('suite %i: a new key counts from the next association', async (suite) => {
    const setting = { ...sealed, suite };
    const bench = await opened(benchOf(setting));
    const { client, server } = bench;
    const wrapped = wrapKey(nobleCrypto, suite, key(suite, 0x30), key(suite, 0x77));
    await client.invoke(method(64, SETUP, 2), transfer(keyIds.unicast, wrapped));
    // this association goes on with the old one
    expect(await client.get(attribute(64, SETUP, 3))).toEqual({ type: 'enum', value: suite });
    await client.release();
    await expect(client.associate()).rejects.toMatchObject({ code: 'DLMS_DECIPHERING_REFUSED' });
    const counters = { next: 1, lowest: 0 };
    const options = clientOptions(setting, counters);
    const renewed = new DlmsClient(
      transportOf(() => server, []),
      { ...options, security: { ...options.security!, encryptionKey: key(suite, 0x77) } },
    );
    await renewed.associate();
    expect(await logCodes({ ...bench, client: renewed }, '0.0.99.98.0.255')).toEqual([48]);
  });

  test.each([1, 2] as const)('suite %i: both sides agree on a key', async (suite) => {
    const setting = { ...sealed, suite };
    const { client, server } = await opened(benchOf(setting));
    const { client: ours, server: theirs } = pairs[suite];
    const offer = offerKeyAgreement(nobleCrypto, suite, keyIds.unicast, ours.privateKey);
    const returned = await client.invoke(method(64, SETUP, 3), transfer(keyIds.unicast, offer.signed));
    const [entry] = elementsOf(returned!)!;
    const signed = bytesOf(elementsOf(entry!)![1]!)!;
    const encryptionKey = agreeKey(nobleCrypto, suite, {
      keyId: keyIds.unicast,
      privateKey: offer.privateKey,
      signed,
      verificationKey: theirs.publicKey,
      clientTitle,
      serverTitle: meterTitle,
    });
    await client.release();
    const options = clientOptions(setting, { next: 1, lowest: 0 });
    const security = { ...options.security!, encryptionKey };
    const renewed = new DlmsClient(
      transportOf(() => server, []),
      { ...options, security },
    );
    await renewed.associate();
    const forged = offerKeyAgreement(nobleCrypto, suite, keyIds.unicast, theirs.privateKey);
    await expect(
      renewed.invoke(method(64, SETUP, 3), transfer(keyIds.unicast, forged.signed)),
    ).rejects.toMatchObject({ code: 'DLMS_SERVICE_REFUSED' });
  });

  test.each(['lls', 'hls-md5'] as const)(
    'a new secret of %s is asked for from then on',
    async (mechanism) => {
      const { client, server } = await opened(benchOf({ mechanism }));
      const secret = text('another one, long enough');
      await client.invoke(method(15, '0.0.40.0.0.255', 2), { type: 'octet-string', value: secret });
      await client.release();
      await expect(client.associate()).rejects.toMatchObject({ code: 'DLMS_AUTHENTICATION_REFUSED' });
      const options = clientOptions({ mechanism }, { next: 1, lowest: 0 });
      const authentication =
        mechanism === 'lls' ? ({ mechanism, password: secret } as const) : ({ mechanism, secret } as const);
      await new DlmsClient(
        transportOf(() => server, []),
        { ...options, authentication },
      ).associate();
    },
  );

  test('a key that does not unwrap leaves the old one', async () => {
    const { client } = await opened(benchOf(sealed));
    const wrapped = wrapKey(nobleCrypto, 0, key(0, 0x31), key(0, 0x77));
    await expect(client.invoke(method(64, SETUP, 2), transfer(0, wrapped))).rejects.toMatchObject({
      code: 'DLMS_SERVICE_REFUSED',
    });
    await client.release();
    await client.associate();
  });

  test('a policy becomes stronger, not weaker', async () => {
    const { client } = await opened(benchOf({ ...sealed, policy: 'auth' }));
    expect(await client.get(attribute(64, SETUP, 2))).toEqual({ type: 'enum', value: 0x24 });
    await client.invoke(method(64, SETUP, 1), { type: 'enum', value: 0x6c });
    expect(await client.get(attribute(64, SETUP, 2))).toEqual({ type: 'enum', value: 0x6c });
    await expect(client.invoke(method(64, SETUP, 1), { type: 'enum', value: 0x24 })).rejects.toMatchObject({
      code: 'DLMS_ACCESS_DENIED',
    });
  });
});

test('push setup: a notification of the values of its list', async () => {
  const events: MeterEvent[] = [];
  const { client, server } = await opened(
    benchOf({ ...sealed, env: { onEvent: (event) => events.push(event) } }),
  );
  await client.invoke(method(40, '0.0.25.9.0.255', 1), zero);
  const [event] = events;
  if (event?.type !== 'push') throw new Error('nothing was pushed');
  const sealedPush = readProtected(server.meter.seal(SETUP, event.apdu));
  const ready = cipherKey(nobleCrypto, 0, key(0, 1), key(0, 0xa0));
  expect(unprotectApdu(sealedPush, ready, { systemTitle: meterTitle })).toEqual({
    apdu: event.apdu,
    verified: true,
  });
  const apdu = decodeApdu(event.apdu);
  if (apdu.service !== 'data-notification') throw new Error(apdu.service);
  expect(elementsOf(apdu.body)!.map(({ type }) => type)).toEqual([
    'visible-string',
    'octet-string',
    'double-long-unsigned',
  ]);
});

test('registers: measured values, reset of those kept', async () => {
  const { client } = await opened(benchOf(sealed));
  expect(await client.get(attribute(3, '1.0.1.8.0.255', 2))).toEqual({
    type: 'double-long-unsigned',
    value: 12_345,
  });
  expect(await client.get(attribute(3, '1.0.1.8.0.255', 3))).toMatchObject({
    elements: [{ value: 0 }, { value: 30 }],
  });
  await client.invoke(method(4, '1.0.1.6.0.255', 1), zero);
  expect(await client.get(attribute(4, '1.0.1.6.0.255', 5))).toMatchObject({ value: { length: 12 } });
  await client.invoke(method(5, '1.0.1.4.0.255', 2), zero);
  expect(await client.get(attribute(5, '1.0.1.4.0.255', 7))).toMatchObject({ value: { length: 12 } });
  await expect(client.set(attribute(3, '1.0.1.8.0.255', 3), zero)).rejects.toMatchObject({
    code: 'DLMS_ACCESS_DENIED',
  });
});

test('special days come and go', async () => {
  const { client } = await opened(benchOf(sealed));
  const day = (id: number): CosemValue => ({
    type: 'structure',
    elements: [
      { type: 'long-unsigned', value: id },
      { type: 'octet-string', value: Uint8Array.of(7, 234, 12, 25, 255) },
      { type: 'unsigned', value: 1 },
    ],
  });
  const table = '0.0.11.0.0.255';
  for (const id of [1, 2, 1]) await client.invoke(method(11, table, 1), day(id));
  expect(await client.get(attribute(11, table, 2))).toEqual({ type: 'array', elements: [day(2), day(1)] });
  await client.invoke(method(11, table, 2), { type: 'long-unsigned', value: 2 });
  expect(await client.get(attribute(11, table, 2))).toEqual({ type: 'array', elements: [day(1)] });
  await expect(
    client.invoke(method(11, table, 2), { type: 'long-unsigned', value: 2 }),
  ).rejects.toMatchObject({ code: 'DLMS_OBJECT_UNDEFINED' });
});
