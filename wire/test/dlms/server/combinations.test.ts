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
  const objects = await client.listShortObjects();
  const baseOf = (classId: number, name: string): number =>
    objects.find((one) => one.classId === classId && one.instance === name)!.name;
  const profile = baseOf(7, LOAD_PROFILE);
  const [buffer, count] = await client.readMany([{ name: profile + 8 }, { name: profile + 48 }]);
  expect(buffer).toMatchObject({ kind: 'data', value: { elements: { length: 12 } } });
  expect(count).toEqual({ kind: 'data', value: { type: 'double-long-unsigned', value: 12 } });
  const { selector, parameters } = selectByEntry(3, 5, 2, 3);
  const part = await client.read({ name: profile + 8, selector, parameter: parameters });
  expect(part).toMatchObject({
    elements: [2, 3, 4].map((i) => ({ elements: [{ value: i }, { value: 1_000 + i * 7 }] })),
  });
  const clock = baseOf(8, '0.0.1.0.0.255');
  const shift = { name: clock + 0x60 + 5 * 8, parameter: { type: 'long', value: 5 } } as const;
  expect(await client.read(shift)).toEqual({ type: 'null' });
  // the same by logical names, which the list turns into short ones
  await readLong(client);
  const calendar = { classId: 20, instance: '0.0.13.0.0.255' };
  const name = { type: 'octet-string', value: text('x') } as const;
  const unknown = { classId: 3, instance: '9.9.9.9.9.9', attribute: 2 };
  const items = [{ ...calendar, attribute: 6 }, unknown].map((attribute) => ({ attribute, value: name }));
  expect(await client.setMany(items)).toEqual(['success', 'object-undefined']);
  await client.invoke({ ...calendar, method: 1 });
  const read = await client.getMany(
    [unknown, { ...calendar, attribute: 2 }].map((attribute) => ({ attribute })),
  );
  expect(read).toEqual([
    { kind: 'error', value: 'object-undefined' },
    { kind: 'data', value: name },
  ]);
  await expect(client.get(unknown)).rejects.toMatchObject({ code: 'DLMS_OBJECT_UNDEFINED' });
  await expect(client.invoke({ classId: 3, instance: '9.9.9.9.9.9', method: 1 })).rejects.toMatchObject({
    code: 'DLMS_OBJECT_UNDEFINED',
  });
}
