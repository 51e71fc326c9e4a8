/** Associations whose services go in general-ciphering and general-signing. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DlmsClient,
  type GeneralKey,
  type GeneralSecurity,
  standardConformance,
} from '../../../src/dlms/index.ts';
import {
  benchOf,
  clientOptions,
  key,
  LOAD_PROFILE,
  pairs,
  type Setting,
  serverOf,
  transportOf,
} from './meters.ts';

const device = { classId: 1, instance: '0.0.42.0.0.255', attribute: 2 };
const profile = { classId: 7, instance: LOAD_PROFILE, attribute: 2 };
const names = ['identified', 'wrapped', 'one-pass', 'static'] as const;
type Name = (typeof names)[number];

/** The agreement keys are the signature keys here: two pairs are enough to see who uses which. */
function keyOf(name: Name, suite: 0 | 1 | 2, side: 'client' | 'server'): GeneralKey {
  if (name === 'identified') return { kind: name };
  if (name === 'wrapped') return { kind: name, master: key(suite, 0x30) };
  const { client, server } = pairs[suite as 1 | 2];
  const [own, peer] = side === 'client' ? [client, server] : [server, client];
  const agreement = { privateKey: own.privateKey, peerPublicKey: peer.publicKey };
  if (name === 'static') return { kind: name, ...agreement };
  return { kind: name, ...agreement, signingKey: own.privateKey, peerSigningKey: peer.publicKey };
}

function generalOf(name: Name | undefined, suite: 0 | 1 | 2, signed: boolean): Required<Setting>['general'] {
  const side = (which: 'client' | 'server'): GeneralSecurity => {
    const { client, server } = suite === 0 ? { client: undefined, server: undefined } : pairs[suite];
    const [own, peer] = which === 'client' ? [client, server] : [server, client];
    return {
      ...(name === undefined ? {} : { key: keyOf(name, suite, which) }),
      ...(signed ? { signing: { privateKey: own!.privateKey, peerPublicKey: peer!.publicKey } } : {}),
    };
  };
  return { client: side('client'), server: side('server') };
}

const forms: readonly (readonly [string, Setting])[] = [
  ...(['identified', 'wrapped'] as const).map(
    (name) => [`${name}, suite 0`, { general: generalOf(name, 0, false) }] as const,
  ),
  ...([1, 2] as const).flatMap((suite) =>
    names.flatMap((name) =>
      [false, true].map(
        (signed) =>
          [
            `${name}, suite ${suite}${signed ? ', signed' : ''}`,
            { suite, general: generalOf(name, suite, signed) },
          ] as const,
      ),
    ),
  ),
  ['glo, signed', { suite: 1, general: generalOf(undefined, 1, true) }],
];
const sealed = { protection: 'auth-encrypt', mechanism: 'hls-gmac' } as const;
const signedOnly: Setting = { suite: 1, general: generalOf(undefined, 1, true) };

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(OpenAmiError);
    return (error as OpenAmiError).code;
  }
}

describe.each(forms)('%s', (_, form) => {
  const setting: Setting = { ...sealed, ...form };
  const outer = form.general!.client!.signing ? 0xdf : 0xdd;

  test('reads, writes and invokes; every service is in the form', async () => {
    const { client, wire } = benchOf(setting);
    await client.associate();
    const before = wire.length;
    expect(await client.get(device)).toMatchObject({ type: 'visible-string' });
    const clock = { classId: 8, instance: '0.0.1.0.0.255', attribute: 3 };
    await client.set(clock, { type: 'long', value: 60 });
    expect(await client.get(clock)).toEqual({ type: 'long', value: 60 });
    expect(wire.length).toBe(before + 6);
    // passes 3 and 4 as well
    for (const apdu of wire.slice(2)) expect(apdu[0]).toBe(outer);
    await client.release();
  });

  test('a server that demands it takes no less, and a client that does neither', async () => {
    const plain = { ...setting, general: {} };
    for (const general of [{ server: form.general!.server! }, { client: form.general!.client! }]) {
      const { client } = benchOf({ ...plain, general });
      const code = await codeOf(client.associate());
      expect(['DLMS_SERVICE_REFUSED', 'DLMS_SECURITY_TOO_WEAK', 'DLMS_DECIPHERING_REFUSED']).toContain(code);
    }
  });
});

test.each([
  ['another way to the key', 'identified', 'wrapped'],
  ['another scheme', 'static', 'one-pass'],
] as const)('%s is refused', async (_, ours, theirs) => {
  const general = { client: generalOf(ours, 1, false).client!, server: generalOf(theirs, 1, false).server! };
  const { client } = benchOf({ ...sealed, suite: 1, general });
  expect(await codeOf(client.associate())).toBe('DLMS_SERVICE_REFUSED');
});

test('signed and not ciphered: the context tells of it, and a transaction is not taken twice', async () => {
  const { client, server, wire } = benchOf({ ...signedOnly, mechanism: 'none' });
  await client.associate();
  expect(await client.get(device)).toMatchObject({ type: 'visible-string' });
  const [request] = wire.slice(-2);
  expect(request![0]).toBe(0xdf);
  const again = server.handle(request!, { clientSap: 1 });
  expect(again![0]).toBe(0xd8);
  // who does not sign does not even associate
  const { client: other } = benchOf({ suite: 1, general: { server: signedOnly.general!.server! } });
  expect(await codeOf(other.associate())).toBe('DLMS_UNSUPPORTED');
});

test('needs a system title, and authentication where it ciphers', () => {
  const counters = { next: 1, lowest: 0 };
  const made = (change: object) => {
    const options = clientOptions({ ...sealed, ...forms[0]![1] }, counters);
    return () =>
      new DlmsClient(
        transportOf(() => serverOf(), []),
        { ...options, ...change },
      );
  };
  expect(made({ systemTitle: undefined })).toThrow(expect.objectContaining({ code: 'DLMS_MODEL' }));
  const { security } = clientOptions({ ...sealed, ...forms[0]![1] }, counters);
  expect(made({ security: { ...security, protection: 'encrypt' } })).toThrow(
    expect.objectContaining({ code: 'DLMS_MODEL' }),
  );
});

describe('any size', () => {
  const some = forms.filter(([name]) => /suite 0|suite 1/.test(name) || name.startsWith('glo'));
  test('of APDUs and windows gives the same profile, with and without general blocks', async () => {
    const whole = benchOf({ rows: 40 });
    await whole.client.associate();
    const wanted = await whole.client.get(profile);
    const withoutGbt = standardConformance.filter((bit) => bit !== 'general-block-transfer');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...some),
        fc.boolean(),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 900 }),
        fc.boolean(),
        async ([, form], blocks, window, more, streams) => {
          // the answer that accepts stands in one APDU; without general blocks the envelope needs room too
          const size = (blocks ? 128 : 620) + more;
          const { client, wire } = benchOf(
            {
              ...{ ...sealed, ...form, rows: 40, clientPdu: size, serverPdu: size },
              profile: { window, ...(blocks ? {} : { conformance: withoutGbt }) },
            },
            streams,
          );
          await client.associate();
          expect(await client.get(profile)).toEqual(wanted);
          for (const apdu of wire.slice(1)) expect(apdu.length).toBeLessThanOrEqual(size);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('tampering', () => {
  const all = forms.filter(([name]) => !name.includes('suite 2'));

  /** All bytes where that costs little, else all of the head and some of what is long. */
  const places = (length: number, { suite }: Setting) =>
    Array.from({ length }, (_, at) => at).filter((at) => suite === undefined || at < 48 || at % 13 === 0);
  const flipped = (bytes: Uint8Array, at: number) => {
    const changed = bytes.slice();
    changed[at]! ^= 1 << (at % 8);
    return changed;
  };

  test.each(all)('%s: a changed byte of a request is found out, wherever it is', async (_, form) => {
    const setting: Setting = { ...sealed, ...form };
    const server = serverOf(setting);
    const direct = transportOf(() => server, []);
    let request: Uint8Array | undefined;
    let isHeld = false;
    const exchange = (apdu: Uint8Array) => {
      request = apdu;
      return isHeld ? Promise.reject(new Error('held back')) : direct.exchange(apdu);
    };
    const client = new DlmsClient({ exchange }, clientOptions(setting, { next: 1, lowest: 0 }));
    await client.associate();
    isHeld = true;
    await codeOf(client.get(device));
    for (const at of places(request!.length, setting)) {
      const answer = server.handle(flipped(request!, at), { clientSap: 1 });
      expect([undefined, 0xd8], `byte ${at}`).toContain(answer?.[0]);
    }
    // as it was sent it is taken, once: nothing else refused it
    const outer = form.general!.client!.signing ? 0xdf : 0xdd;
    expect(server.handle(request!, { clientSap: 1 })![0]).toBe(outer);
    expect(server.handle(request!, { clientSap: 1 })![0]).toBe(0xd8);
  });

  test.each(all)('%s: a changed byte of an answer is found out, wherever it is', async (_, form) => {
    const setting: Setting = { ...sealed, ...form };
    const server = serverOf(setting);
    const direct = transportOf(() => server, []);
    let at = -1;
    let length = 0;
    const exchange = async (apdu: Uint8Array) => {
      const answer = await direct.exchange(apdu);
      length = answer.length;
      return at < 0 ? answer : flipped(answer, at);
    };
    const client = new DlmsClient({ exchange }, clientOptions(setting, { next: 1, lowest: 0 }));
    await client.associate();
    await client.get(device);
    for (const place of places(length, setting)) {
      at = place;
      expect(await codeOf(client.get(device)), `byte ${at}`).not.toBe('none');
    }
    at = -1;
    expect(await client.get(device)).toMatchObject({ type: 'visible-string' });
  });
});
