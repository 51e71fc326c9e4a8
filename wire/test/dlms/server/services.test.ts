/** Services of client and meter against each other: lists, blocks, selection, access, whatever the sizes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CosemValue,
  dateTimeOf,
  decodeApdu,
  encodeApdu,
  type MeterProfile,
  selectByEntry,
  standardConformance,
} from '../../../src/dlms/index.ts';
import { benchOf, LOAD_PROFILE, type Setting, START_S, text } from './meters.ts';

const calendar = (attribute: number) => ({ classId: 20, instance: '0.0.13.0.0.255', attribute });
const buffer = { classId: 7, instance: LOAD_PROFILE, attribute: 2 };
const sealed = { mechanism: 'hls-gmac', protection: 'auth-encrypt' } as const;

const days = (count: number): CosemValue => ({
  type: 'array',
  elements: Array.from({ length: count }, (_, i) => ({
    type: 'structure',
    elements: [
      { type: 'unsigned', value: i & 0xff },
      { type: 'octet-string', value: text(`day profile ${i}`) },
    ],
  })),
});

const settings = fc.record({
  clientPdu: fc.integer({ min: 80, max: 1_500 }),
  serverPdu: fc.integer({ min: 96, max: 1_500 }),
  window: fc.integer({ min: 1, max: 10 }),
  streams: fc.boolean(),
  isSealed: fc.boolean(),
  general: fc.boolean(),
  dedicated: fc.boolean(),
  /** Blocks of the services, general blocks, or both. */
  blocks: fc.constantFrom('service', 'general', 'both'),
  listItems: fc.integer({ min: 1, max: 16 }),
});

function settingOf(made: typeof settings extends fc.Arbitrary<infer T> ? T : never): Setting {
  const { clientPdu, serverPdu, window, isSealed, general, dedicated, blocks, listItems } = made;
  const conformance = standardConformance.filter((bit) => {
    if (bit === 'general-block-transfer') return blocks !== 'service';
    return !bit.startsWith('block-transfer') || blocks !== 'general';
  });
  const profile: Partial<MeterProfile> = {
    window,
    conformance,
    listItems,
    envelope: general ? 'general' : 'service',
    dedicatedKey: dedicated,
  };
  return { ...(isSealed ? sealed : {}), clientPdu, serverPdu, profile };
}

describe('any sizes, windows and ways of cutting give the same', () => {
  test('reading a profile', async () => {
    const whole = benchOf();
    await whole.client.associate();
    const wanted = await whole.client.get(buffer);
    await fc.assert(
      fc.asyncProperty(settings, async (made) => {
        const { client, wire } = benchOf(settingOf(made), made.streams);
        await client.associate();
        expect(await client.get(buffer)).toEqual(wanted);
        const most = Math.max(made.clientPdu, made.serverPdu);
        for (const apdu of wire.slice(2)) expect(apdu.length).toBeLessThanOrEqual(most);
        await client.release();
      }),
      { numRuns: 60 },
    );
  });

  test('a client that asks on after the last block gets nothing of it again', async () => {
    const withoutGbt = standardConformance.filter((bit) => bit !== 'general-block-transfer');
    const { client, server, wire } = benchOf({ clientPdu: 400, profile: { conformance: withoutGbt } });
    await client.associate();
    await client.get(buffer);
    const answer = decodeApdu(wire.at(-1)!);
    if (answer.service !== 'get-response' || answer.kind !== 'with-block') throw new Error(answer.service);
    const { invoke, block } = answer;
    expect(block.last).toBe(true);
    const beyond = { service: 'get-request', kind: 'next', invoke, block: block.number } as const;
    const more = decodeApdu(server.handle(encodeApdu(beyond), { clientSap: 1 })!);
    const nothing = { kind: 'raw', value: new Uint8Array(0) };
    expect(more).toMatchObject({ kind: 'with-block', block: { last: true, result: nothing } });
  });

  test('writing, lists, methods', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.integer({ min: 1, max: 60 }), async (made, count) => {
        const { client } = benchOf(settingOf(made), made.streams);
        await client.associate();
        await client.set(calendar(9), days(count));
        const items = [7, 8].map((attribute) => ({ attribute: calendar(attribute), value: days(count) }));
        expect(await client.setMany(items)).toEqual(['success', 'success']);
        const read = await client.getMany(
          [7, 8, 9, 99].map((attribute) => ({ attribute: calendar(attribute) })),
        );
        const data = { kind: 'data', value: days(count) };
        expect(read).toEqual([data, data, data, { kind: 'error', value: 'object-undefined' }]);
        await client.invoke(
          { classId: 20, instance: '0.0.13.0.0.255', method: 1 },
          { type: 'integer', value: 0 },
        );
        expect(await client.get(calendar(5))).toEqual(days(count));
        const day = {
          type: 'structure',
          elements: [
            { type: 'long-unsigned', value: 7 },
            { type: 'octet-string', value: text('x'.repeat(count * 9)) },
            { type: 'unsigned', value: 1 },
          ],
        } as const;
        const insert = { classId: 11, instance: '0.0.11.0.0.255', method: 1 };
        await client.invoke(insert, day);
        expect(await client.get({ classId: 11, instance: '0.0.11.0.0.255', attribute: 2 })).toEqual({
          type: 'array',
          elements: [day],
        });
        await client.release();
      }),
      { numRuns: 60 },
    );
  });

  test('the access service', async () => {
    const { client } = benchOf({ ...sealed, clientPdu: 300 }, true);
    await client.associate();
    const outcomes = await client.access([
      { kind: 'get', attribute: { classId: 1, instance: '0.0.42.0.0.255', attribute: 2 } },
      { kind: 'set', attribute: calendar(6), value: { type: 'octet-string', value: text('AB') } },
      { kind: 'get-with-selection', attribute: buffer, selection: selectByEntry(2, 3, 1, 2) },
      { kind: 'get', attribute: { classId: 3, instance: '9.9.9.9.9.9', attribute: 2 } },
      {
        kind: 'action',
        method: { classId: 70, instance: '0.0.96.3.10.255', method: 1 },
        value: { type: 'integer', value: 0 },
      },
    ]);
    expect(outcomes.map(({ result }) => result)).toEqual([
      'success',
      'success',
      'success',
      'object-undefined',
      'success',
    ]);
    expect(outcomes[0]!.value).toEqual({ type: 'visible-string', value: text('OAM0000000000001') });
    expect(outcomes[2]!.value).toMatchObject({ elements: { length: 2 } });
    expect(await client.get(calendar(6))).toEqual({ type: 'octet-string', value: text('AB') });
  });
});

describe('profiles', () => {
  const range = (from: number, to: number) => ({ fromS: START_S + from * 900, toS: START_S + to * 900 });

  test.each(['range', 'entry', 'none'] as const)('any range, chosen by %s', async (selection) => {
    const { client } = benchOf({ profile: { selection }, rows: 50 });
    await client.associate();
    const description = await client.describeProfile(LOAD_PROFILE);
    expect(description.capturePeriodS).toBe(900);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -5, max: 60 }),
        fc.integer({ min: -5, max: 60 }),
        async (from, to) => {
          const { rows, timeS, columns } = await client.readProfile(description, range(from, to));
          const wanted = Array.from({ length: 50 }, (_, i) => i + 1).filter(
            (entry) => entry >= from && entry <= to,
          );
          expect(rows).toBe(wanted.length);
          expect([...timeS]).toEqual(wanted.map((entry) => START_S + entry * 900));
          expect([...columns[3]!.raw]).toEqual(wanted.map((entry) => 50 + (entry - 1) * 3));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(['range', 'entry'] as const)('newest first, chosen by %s', async (selection) => {
    const { client, server } = benchOf({ profile: { selection, sortOrder: 'newest-first' }, rows: 20 });
    server.meter.keep(server.meter.model.find(7, LOAD_PROFILE)!, 5, { type: 'enum', value: 2 });
    await client.associate();
    const description = await client.describeProfile(LOAD_PROFILE);
    const { timeS, columns } = await client.readProfile(description, range(3, 6));
    expect([...timeS]).toEqual([3, 4, 5, 6].map((entry) => START_S + entry * 900));
    expect([...columns[2]!.raw]).toEqual([2, 3, 4, 5].map((row) => 1_000 + row * 7));
  });

  test('times are local, through both changes of the clock', async () => {
    // 2026-03-29 01:00 UTC and 2026-10-25 01:00 UTC
    for (const changeS of [1_774_746_000, 1_792_890_000]) {
      const rows = { count: () => 8, timeS: (row: number) => changeS + (row - 4) * 900, value: () => 1 };
      const { client } = benchOf({ env: { series: () => rows } });
      await client.associate();
      const description = await client.describeProfile(LOAD_PROFILE);
      const read = await client.readProfile(description);
      expect([...read.timeS]).toEqual(Array.from({ length: 8 }, (_, row) => rows.timeS(row)));
      const saving = changeS === 1_774_746_000 ? [0, 0x80] : [0x80, 0];
      expect([...read.clockStatus]).toEqual([...Array(4).fill(saving[0]), ...Array(4).fill(saving[1])]);
      const first = read.columns[0]!.values[0] as { value: Uint8Array };
      expect(first.value).toEqual(dateTimeOf(rows.timeS(0), saving[0] ? 120 : 60, 'standard', saving[0]));
    }
  });

  test('a profile holds so many entries, the newest', async () => {
    const rows = { count: () => 6_000, timeS: (row: number) => START_S + row * 900, value: () => 1 };
    const { client } = benchOf({ env: { series: () => rows } });
    await client.associate();
    expect(await client.get({ ...buffer, attribute: 7 })).toEqual({
      type: 'double-long-unsigned',
      value: 5_760,
    });
    const description = await client.describeProfile(LOAD_PROFILE);
    const { timeS } = await client.readProfile(description, { fromS: 0, toS: START_S + 241 * 900 });
    expect([...timeS]).toEqual([START_S + 240 * 900, START_S + 241 * 900]);
  });
});

describe('what a meter says of itself', () => {
  test('its objects, with what each association may', async () => {
    const { client } = benchOf({ clientPdu: 128 });
    await client.associate();
    const objects = await client.listObjects();
    const register = objects.find(({ instance }) => instance === '1.0.1.8.0.255')!;
    expect(register).toMatchObject({ classId: 3, version: 0, methods: [{ index: 1, mode: 1 }] });
    expect(objects.find(({ classId }) => classId === 7)!.attributes[1]).toMatchObject({
      mode: 1,
      selectors: [1, 2],
    });
    expect(objects.length).toBeGreaterThan(40);
  });

  test('the list is of bytes that decode', async () => {
    const { client, wire } = benchOf();
    await client.associate();
    await client.listObjects();
    for (const apdu of wire) decodeApdu(apdu);
  });
});
