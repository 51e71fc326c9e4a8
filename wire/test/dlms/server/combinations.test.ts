/** Client against meter in every combination of names, authentication, suite, policy and APDU size. */
import { describe, expect, test } from 'vitest';
import {
  type AssociationDescription,
  isProtected,
  type ProtectionName,
  type SecuritySuite,
  selectByEntry,
} from '../../../src/dlms/index.ts';
import { benchOf, LOAD_PROFILE, type Setting, START_S, text } from './meters.ts';

const mechanisms: AssociationDescription['mechanism'][] = [
  'none',
  'lls',
  'hls',
  'hls-md5',
  'hls-sha1',
  'hls-gmac',
  'hls-sha256',
  'hls-ecdsa',
];
const protections: ProtectionName[] = ['none', 'auth', 'encrypt', 'auth-encrypt'];
const suites: SecuritySuite[] = [0, 1, 2];

function* combinations(): Generator<Setting> {
  for (const referencing of ['logical-name', 'short-name'] as const) {
    for (const mechanism of mechanisms) {
      for (const suite of suites) {
        if (mechanism === 'hls-ecdsa' && suite === 0) continue;
        for (const protection of protections) yield { referencing, mechanism, suite, protection };
      }
    }
  }
}

describe('a full session', () => {
  test.each([...combinations()])('$referencing $mechanism suite $suite $protection', async (setting) => {
    for (const pdu of [setting.protection === 'none' ? 32 : 64, 256, 65_535]) {
      const { client, wire } = benchOf({
        ...setting,
        rows: 12,
        clientPdu: pdu,
        serverPdu: pdu,
      });
      await client.associate();
      const limit = wire.length;
      if (setting.referencing === 'logical-name') await readLong(client);
      else await readShort(client);
      for (const apdu of wire.slice(limit)) {
        expect(apdu.length).toBeLessThanOrEqual(pdu);
        const isCut = apdu[0] === 0xe0;
        if (!isCut) expect(isProtected(apdu[0]!)).toBe(setting.protection !== 'none');
      }
      await client.release();
      expect(wire.at(-1)![0]).toBe(0x63);
    }
  });
});

type Client = ReturnType<typeof benchOf>['client'];

async function readLong(client: Client): Promise<void> {
  const description = await client.describeProfile(LOAD_PROFILE);
  const range = { fromS: START_S + 900, toS: START_S + 12 * 900 };
  const profile = await client.readProfile(description, range);
  expect(profile.rows).toBe(12);
  expect([...profile.columns[2]!.raw]).toEqual(Array.from({ length: 12 }, (_, i) => 1_000 + i * 7));
  const calendar = { classId: 20, instance: '0.0.13.0.0.255', attribute: 6 };
  const value = {
    type: 'octet-string',
    value: text('a name of a calendar that is long enough for blocks '.repeat(4)),
  } as const;
  await client.set(calendar, value);
  expect(await client.get(calendar)).toEqual(value);
}

async function readShort(client: Client): Promise<void> {
  const list = await client.listShortNames();
  const bases = new Map<string, number>();
  for (const entry of 'elements' in list ? list.elements : []) {
    const [name, classId, , instance] = 'elements' in entry ? entry.elements : [];
    if (name?.type === 'long' && classId?.type === 'long-unsigned' && instance?.type === 'octet-string') {
      bases.set(`${classId.value} ${instance.value.join('.')}`, name.value);
    }
  }
  const profile = bases.get(`7 ${LOAD_PROFILE}`)!;
  const [buffer, count] = await client.readMany([{ name: profile + 8 }, { name: profile + 48 }]);
  expect(buffer).toMatchObject({ kind: 'data', value: { elements: { length: 12 } } });
  expect(count).toEqual({ kind: 'data', value: { type: 'double-long-unsigned', value: 12 } });
  const { selector, parameters } = selectByEntry(3, 5, 2, 3);
  const part = await client.read({ name: profile + 8, selector, parameter: parameters });
  expect(part).toMatchObject({
    elements: [2, 3, 4].map((i) => ({ elements: [{ value: i }, { value: 1_000 + i * 7 }] })),
  });
  const clock = bases.get('8 0.0.1.0.0.255')!;
  expect(await client.read({ name: clock + 0x60 + 5 * 8, parameter: { type: 'long', value: 5 } })).toEqual({
    type: 'null',
  });
  const calendar = bases.get('20 0.0.13.0.0.255')! + 5 * 8;
  const value = {
    type: 'octet-string',
    value: text('a name of a calendar that is long enough for blocks '.repeat(4)),
  } as const;
  expect(await client.writeMany([{ name: calendar, value }])).toEqual(['success']);
  expect(await client.read({ name: calendar })).toEqual(value);
}
