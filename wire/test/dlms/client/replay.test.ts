/** Recorded dialogues: our client is given what the meter said, and must say what the recorded client said. */
import { describe, expect, test } from 'vitest';
import {
  type Authentication,
  acceptCounter,
  ByteReader,
  type CosemValue,
  cipherKey,
  DlmsClient,
  type DlmsClientOptions,
  type GetItem,
  isProtected,
  nobleCrypto,
  readApdu,
  readProtected,
  unprotectApdu,
} from '../../../src/dlms/index.ts';
import { apdusOf, attributesOf, type Said, type Transcript, transcript } from '../dialogue.ts';
import { hasVectors, hex, toHex } from '../vectors.ts';

const text = (value: string) => new TextEncoder().encode(value);

/** The conformance the recorded client asks for. */
const asked = [
  'general-protection',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'access',
  'get',
  'set',
  'selective-access',
  'action',
] as const;

const quirks = {
  conformance: [...asked],
  invokeId: 'fixed',
  release: 'plain',
  envelope: 'general',
} as const;

/** Splits a recording at its AARQs: one association after another. */
function associationsOf(said: readonly Said[]): Said[][] {
  const out: Said[][] = [];
  for (const one of said) {
    if (one.side === 'client' && one.bytes[0] === 0x60) out.push([]);
    out.at(-1)!.push(one);
  }
  return out;
}

interface Replayed {
  sent: string[];
  recorded: string[];
  client: DlmsClient;
  values: { name: string; value?: CosemValue; error?: string }[];
}

function authenticationOf(name: string, { security }: Transcript, isFirst: boolean): Authentication {
  const { mechanism } = (security ?? {}) as { mechanism?: string };
  if (name.includes('gmac')) return isFirst ? { mechanism: 'none' } : { mechanism: 'hls-gmac' };
  if (mechanism === 'LLS') return { mechanism: 'lls', password: text('Gurux') };
  if (name.includes('high')) return { mechanism: 'hls', secret: text('Gurux') };
  return { mechanism: 'none' };
}

/** Runs one association of a recording, with the plain requests that `plan` says were made. */
async function replay(
  name: string,
  record: Transcript,
  said: Said[],
  isPublic: boolean,
  plan: (client: DlmsClient, values: Replayed['values']) => Promise<void>,
): Promise<Replayed> {
  const recorded = said.filter(({ side }) => side === 'client').map(({ bytes }) => toHex(bytes));
  const answers = said.filter(({ side }) => side === 'server').map(({ bytes }) => bytes);
  const sent: string[] = [];
  const transport = {
    exchange(request: Uint8Array): Promise<Uint8Array> {
      sent.push(toHex(request));
      const answer = answers[sent.length - 1];
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('no answer was recorded'));
    },
  };
  const client = new DlmsClient(transport, optionsOf(name, record, said, isPublic));
  const values: Replayed['values'] = [];
  await client.associate();
  await plan(client, values);
  if (recorded.at(-1)!.startsWith('62')) await client.release();
  return { sent, recorded, client, values };
}

function optionsOf(name: string, record: Transcript, said: Said[], isPublic: boolean): DlmsClientOptions {
  const security = record.security as Record<string, string> | null;
  const aarq = said[0]!.bytes;
  const parsed = readApdu(new ByteReader(aarq)) as {
    authenticationValue?: { value: Uint8Array };
    userInformation?: Uint8Array;
  };
  const base: DlmsClientOptions = {
    // the recorded challenge
    crypto: { ...nobleCrypto, random: () => parsed.authenticationValue!.value },
    authentication: authenticationOf(name, record, isPublic),
    profile: quirks,
  };
  if (security?.encryption_key === undefined || isPublic) return base;
  let next = readProtected(parsed.userInformation!).content.counter;
  let lowest = 0;
  return {
    ...base,
    systemTitle: hex(security.client_system_title!),
    serverTitle: hex(security.server_system_title!),
    security: {
      suite: 0,
      protection: 'auth-encrypt',
      encryptionKey: hex(security.encryption_key),
      authenticationKey: hex(security.authentication_key!),
      counters: {
        nextCounter: () => next++,
        checkReceived: (counter) => {
          lowest = acceptCounter(counter, lowest);
        },
      },
    },
  };
}

/** The GETs of a plain recording, in order. */
function requestsOf(said: readonly Said[]): GetItem[][] {
  const out: GetItem[][] = [];
  for (const { side, bytes } of said) {
    if (side !== 'client') continue;
    const apdu = readApdu(new ByteReader(bytes));
    if (apdu.service !== 'get-request') continue;
    if (apdu.kind === 'normal') out.push([apdu]);
    else if (apdu.kind === 'with-list') out.push([...apdu.attributes]);
  }
  return out;
}

/** The recording with what was ciphered opened. */
function opened(record: Transcript, said: readonly Said[]): Said[] {
  const security = record.security as Record<string, string> | null;
  if (security?.encryption_key === undefined) return [...said];
  const key = cipherKey(nobleCrypto, 0, hex(security.encryption_key), hex(security.authentication_key!));
  return said.map(({ side, bytes }) => {
    if (!isProtected(bytes[0]!)) return { side, bytes };
    const systemTitle = hex(security[`${side}_system_title`]!);
    return { side, bytes: unprotectApdu(readProtected(bytes), key, { systemTitle }).apdu };
  });
}

async function ask(client: DlmsClient, items: GetItem[]): Promise<Replayed['values']> {
  const results = await client.getMany(items);
  const name = items.length > 1 ? 'list' : 'get';
  return results.map((result) =>
    result.kind === 'data' ? { name, value: result.value } : { name, error: result.value },
  );
}

describe.skipIf(!hasVectors)('recorded dialogues through the client', () => {
  test.each([
    ['gxc_hdlc_ln_none', 165],
    ['gxc_hdlc_ln_high', 3],
    ['gxc_hdlc_ln_gmac_ae', 165],
    ['gxc_hdlc_modee_none', 3],
    ['gxc_wrapper_ln_low', 165],
    ['gxc_wrapper_ln_gmac_ae_sel', 3],
    ['gxj_hdlc_ln_low', 111],
    ['gxj_wrapper_ln_none', 10],
    ['gxjsim_hdlc_ln_none', 10],
  ])('%s: the same bytes, the same values', async (name, least) => {
    const record = transcript(name);
    let compared = 0;
    for (const [i, said] of associationsOf(apdusOf(record)).entries()) {
      const plain = opened(record, said);
      const requests = requestsOf(plain);
      const { sent, recorded, values } = await replay(name, record, said, i === 0, async (client, out) => {
        for (const items of requests) out.push(...(await ask(client, items)));
      });
      expect(sent).toEqual(recorded);
      const got = values.filter(({ name: kind }) => kind === 'get');
      const wanted = attributesOf(plain.filter(({ bytes }) => bytes[0] !== 0x63));
      expect(got.map(({ value, error }) => value ?? error)).toEqual(
        wanted.map(({ value, error }) => value ?? error),
      );
      compared += got.length;
    }
    expect(compared).toBeGreaterThanOrEqual(least);
  });
});
