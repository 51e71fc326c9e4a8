/** What a client may send to break a meter: every APDU is answered or passed over, at a bounded cost. */
import { describe, expect, test, vi } from 'vitest';
import {
  type Apdu,
  type ApduOf,
  type ConformanceBit,
  type CosemValue,
  type DlmsServer,
  decodeApdu,
  encodeApdu,
  shortNameConformance,
  standardConformance,
} from '../../../src/dlms/index.ts';
import { usedBytes } from '../memory.ts';
import { benchOf, clientTitle, key, meterTitle, pairs, serverOf } from './meters.ts';

test('a transaction id of any length is read, or refused by its name', async () => {
  const { client: ours, server: theirs } = pairs[1];
  const general = (own: typeof ours, peer: typeof ours) => ({
    key: { kind: 'static' as const, privateKey: own.privateKey, peerPublicKey: peer.publicKey },
  });
  const setting = {
    suite: 1,
    protection: 'auth-encrypt',
    general: { client: general(ours, theirs), server: general(theirs, ours) },
  } as const;
  const { server, client } = benchOf(setting);
  await client.associate();
  const answer = server.handle(
    encodeApdu({
      service: 'general-ciphering',
      transactionId: new Uint8Array(400_000),
      originator: clientTitle,
      recipient: meterTitle,
      dateTime: new Uint8Array(0),
      otherInformation: new Uint8Array(0),
      keyInfo: { kind: 'agreed', parameters: Uint8Array.of(2), data: new Uint8Array(0) },
      content: Uint8Array.of(0x31, 0, 0, 0, 9, ...key(0, 1), ...key(0, 1)),
    }),
    { clientSap: 1 },
  );
  expect(decodeApdu(answer!)).toMatchObject({ reason: { kind: 'deciphering-error' } });
});

describe('image transfer', () => {
  const image = { classId: 18, instance: '0.0.44.0.0.255' };
  const structure = (...elements: CosemValue[]): CosemValue => ({ type: 'structure', elements });
  test.each([-1, 0.5, Number.NaN])('block %s is none', async (block) => {
    const { client } = benchOf();
    await client.associate();
    const name: CosemValue = { type: 'octet-string', value: Uint8Array.of(1) };
    const size: CosemValue = { type: 'double-long-unsigned', value: 1_000 };
    await client.invoke({ ...image, method: 1 }, structure(name, size));
    const { value: blockBytes } = (await client.get({ ...image, attribute: 2 })) as { value: number };
    const bytes: CosemValue = { type: 'octet-string', value: new Uint8Array(blockBytes) };
    const [outcome] = await client.invokeMany([
      { method: { ...image, method: 2 }, parameters: structure({ type: 'float64', value: block }, bytes) },
    ]);
    expect(outcome!.result).toBe('other-reason');
    expect(await client.get({ ...image, attribute: 4 })).toMatchObject({ value: 0 });
  });
});

describe('scripts', () => {
  const table = '0.0.10.0.106.255';
  const octets = (text: string): CosemValue => ({
    type: 'octet-string',
    value: Uint8Array.from(text.split('.'), Number),
  });
  const list = (type: 'array' | 'structure', ...elements: CosemValue[]): CosemValue => ({ type, elements });
  const execute = (id: number): CosemValue =>
    list(
      'structure',
      { type: 'enum', value: 2 },
      { type: 'long-unsigned', value: 9 },
      octets(table),
      { type: 'integer', value: 1 },
      { type: 'long-unsigned', value: id },
    );
  const script = (id: number, ...actions: CosemValue[]): CosemValue =>
    list('structure', { type: 'long-unsigned', value: id }, list('array', ...actions));

  test.each([
    ['calls itself', [script(1, execute(1))]],
    [
      'calls the next twice, and that the next',
      Array.from({ length: 40 }, (_, i) => script(i + 1, execute(i + 2), execute(i + 2))),
    ],
  ])(
    'one that %s ends',
    async (_, scripts) => {
      const { client, server } = benchOf();
      await client.associate();
      const object = server.meter.model.find(9, table)!;
      server.meter.keep(object, 2, list('array', ...scripts));
      await client.invoke({ classId: 9, instance: table, method: 1 }, { type: 'long-unsigned', value: 1 });
      expect(await client.get({ classId: 9, instance: table, attribute: 2 })).toMatchObject({
        type: 'array',
      });
    },
    5_000,
  );
});

describe('what is written', () => {
  const octets = (...bytes: number[]): CosemValue => ({
    type: 'octet-string',
    value: Uint8Array.from(bytes),
  });
  const junk: CosemValue = { type: 'array', elements: [{ type: 'unsigned', value: 1 }] };

  test.each([
    ['objects to push', { classId: 40, instance: '0.0.25.9.0.255', attribute: 2 }],
    ['objects to capture', { classId: 7, instance: '0.0.98.1.0.255', attribute: 3 }],
  ])('%s that are none are refused: the meter would stumble when it is their time', async (_, attribute) => {
    const { client, server } = benchOf();
    await client.associate();
    expect(await client.setMany([{ attribute, value: junk }])).toEqual(['type-unmatched']);
    const { classId, instance } = attribute;
    const method = classId === 40 ? 1 : 2;
    const object = server.meter.model.find(classId, instance)!;
    const { result } = server.meter.invoke(object, method, { type: 'integer', value: 0 });
    expect(result).toBe('success');
  });

  test('a clock is not shifted by what is no number', async () => {
    const { client, server } = benchOf();
    await client.associate();
    const { nowS } = server.meter;
    const shift = { classId: 8, instance: '0.0.1.0.0.255', method: 6 };
    const outcome = await client.invokeMany([
      { method: shift, parameters: { type: 'float64', value: Number.NaN } },
    ]);
    expect(outcome).toMatchObject([{ result: 'type-unmatched' }]);
    expect(server.meter.nowS).toBe(nowS);
  });

  test('a special day stays as it was sent when the buffer of the request is used again', async () => {
    const { client, server } = benchOf();
    await client.associate();
    const days = { classId: 11, instance: '0.0.11.0.0.255' };
    const day: CosemValue = {
      type: 'structure',
      elements: [
        { type: 'long-unsigned', value: 1 },
        octets(0x07, 0xea, 12, 25, 0xff),
        { type: 'unsigned', value: 2 },
      ],
    };
    const request = encodeApdu({
      ...{ service: 'action-request', kind: 'normal', invoke: 0xc1 },
      ...{ method: { ...days, method: 1 }, parameters: day },
    });
    expect(decodeApdu(server.handle(request, { clientSap: 1 })!)).toMatchObject({
      outcome: { result: 'success' },
    });
    request.fill(0);
    expect(await client.get({ ...days, attribute: 2 })).toEqual({ type: 'array', elements: [day] });
  });
});

function associate(
  server: DlmsServer,
  aarq: Omit<ApduOf<'aarq'>, 'service' | 'userInformation'>,
  conformance: readonly ConformanceBit[] = standardConformance,
): void {
  const initiate = { service: 'initiate-request', responseAllowed: true, version: 6 } as const;
  const userInformation = encodeApdu({ ...initiate, conformance, maxPduSize: 0xffff });
  const answer = server.handle(encodeApdu({ service: 'aarq', ...aarq, userInformation }), { clientSap: 1 });
  expect(decodeApdu(answer!)).toMatchObject({ service: 'aare', result: 'accepted' });
}

describe('memory', () => {
  test('blocks without end that hold next to nothing, from who has not proved himself', async () => {
    const { server } = benchOf({ mechanism: 'hls-md5' });
    const handle = (apdu: Apdu) => decodeApdu(server.handle(encodeApdu(apdu), { clientSap: 1 })!);
    associate(server, {
      ...{ contextName: 'logical-name', mechanismName: 'hls-md5' },
      authenticationValue: { kind: 'charstring', value: new Uint8Array(16) },
    });
    const block = (number: number) => ({ last: false, number, raw: new Uint8Array(number & 1) });
    const method = { classId: 15, instance: '0.0.40.0.0.255', method: 1 };
    const action = { service: 'action-request', invoke: 0xc1 } as const;
    const before = usedBytes();
    handle({ ...action, kind: 'first-block', method, block: block(1) });
    for (let number = 2; number <= 200_000; number++) {
      const answer = handle({ ...action, kind: 'with-block', block: block(number) });
      if (number === 200_000) expect(answer).toMatchObject({ kind: 'next', block: number });
    }
    expect(usedBytes() - before).toBeLessThan(4 << 20);
  });

  test('general blocks that hold next to nothing, from who has not proved himself', async () => {
    const server = serverOf({ mechanism: 'hls-md5' });
    associate(server, {
      ...{ contextName: 'logical-name', mechanismName: 'hls-md5' },
      authenticationValue: { kind: 'charstring', value: new Uint8Array(16) },
    });
    const send = (number: number, last: boolean) => {
      const control = { last, streaming: true, window: 1 };
      const block = { service: 'general-block-transfer', control, number, acknowledged: 0 } as const;
      return server.handle(encodeApdu({ ...block, data: Uint8Array.of(0) }), { clientSap: 1 });
    };
    const before = usedBytes();
    for (let number = 1; number < 0xffff; number++) expect(send(number, false)).toBeUndefined();
    expect(usedBytes() - before).toBeLessThan(1 << 20);
    // they were kept: with the last one there is an answer
    expect(send(0xffff, true)).toBeInstanceOf(Uint8Array);
  });

  const list = { classId: 15, instance: '0.0.40.0.0.255', attribute: 2 };
  const many = Array.from({ length: 8_000 });
  test.each<[string, Apdu]>([
    [
      'get',
      {
        ...{ service: 'get-request', kind: 'with-list', invoke: 0xc1 },
        attributes: many.map(() => ({ attribute: list })),
      },
    ],
    ['read', { service: 'read-request', variables: many.map(() => ({ kind: 'name', name: -0x600 + 8 })) }],
    [
      'access',
      {
        ...{ service: 'access-request', invoke: 0x4000_0001, dateTime: new Uint8Array(0) },
        requests: many.map(() => ({ kind: 'get', attribute: list })),
        data: many.map(() => ({ type: 'null' })),
      },
    ],
  ])('a list that asks for far too much, %s', (name, request) => {
    const isShort = name === 'read';
    const referencing = isShort ? 'short-name' : 'logical-name';
    const server = serverOf({ referencing });
    associate(server, { contextName: referencing }, isShort ? shortNameConformance : standardConformance);
    const read = vi.spyOn(server.meter.model, 'objectList');
    try {
      expect(server.handle(encodeApdu(request), { clientSap: 1 })).toBeInstanceOf(Uint8Array);
      const answeredBytes = read.mock.results.reduce((sum, { value }) => sum + value.length, 0);
      expect(answeredBytes).toBeGreaterThan(4_000_000);
      expect(answeredBytes).toBeLessThan(5 << 20);
    } finally {
      read.mockRestore();
    }
  });
});
