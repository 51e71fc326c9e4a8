/** C12.22 messages: golden bytes, EAX', segments, the stream, and lines of `openami decode c12`. */
import { createCipheriv } from 'node:crypto';
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  type AuthenticationValue,
  C1222Stream,
  decodeC12Line,
  decodeMessage,
  EaxPrimeKey,
  encodeMessage,
  encodePacket,
  encodeRequest,
  encodeTable,
  type MessageSpec,
  openMessage,
  plainControl,
  Reassembler,
  sealMessage,
  securityElements,
  segmentMessage,
  standardTables,
  uid,
} from '../../src/c12/index.ts';
import { seeded } from '../dlms/link/made.ts';
import { configuration } from './made-meter.ts';

const hex = (text: string) => bytesOfHex(text)!;
const keyBytes = hex('00112233445566778899aabbccddeeff');
const key = new EaxPrimeKey(keyBytes);

const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof OpenAmiError ? error.code : String(error);
  }
  return undefined;
};

/** EAX' as its paper tells it, block by block, to hold ours to. */
function eaxPrime(
  secret: Uint8Array,
  cleartext: Uint8Array,
  text: Uint8Array,
): { sealed: Uint8Array; mac: Uint8Array } {
  const block = (input: Uint8Array) => {
    const cipher = createCipheriv('aes-128-ecb', secret, null).setAutoPadding(false);
    return Uint8Array.from(cipher.update(input));
  };
  const doubled = (input: Uint8Array) => {
    let value = 0n;
    for (let i = 15; i >= 0; i--) value = (value << 8n) | BigInt(input[i]!);
    value <<= 1n;
    if (value >> 128n) value = (value & (2n ** 128n - 1n)) ^ 0x87n;
    return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  };
  const xor = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ b[i]!);
  const d = doubled(block(new Uint8Array(16)));
  const q = doubled(d);
  const cmac = (start: Uint8Array, input: Uint8Array) => {
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < input.length; at += 16) blocks.push(input.slice(at, at + 16));
    const last = blocks.pop() ?? new Uint8Array(0);
    const padded = new Uint8Array(16);
    padded.set(last);
    if (last.length < 16) padded[last.length] = 0x80;
    let state = start;
    for (const one of blocks) state = block(xor(state, one));
    return block(xor(xor(state, padded), last.length < 16 ? q : d));
  };
  const nonce = cmac(d, cleartext);
  const counter = nonce.slice();
  counter[12]! &= 0x7f;
  counter[14]! &= 0x7f;
  const stream = createCipheriv('aes-128-ctr', secret, counter);
  const sealed = Uint8Array.from(stream.update(text));
  const tag = sealed.length === 0 ? nonce : xor(nonce, cmac(q, sealed));
  return { sealed, mac: tag.slice(12) };
}

describe("EAX'", () => {
  const cleartexts = fc.uint8Array({ minLength: 17, maxLength: 80 });

  test('agrees with another implementation', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        cleartexts,
        fc.uint8Array({ maxLength: 80 }),
        (secret, cleartext, text) => {
          const { text: sealed, mac } = new EaxPrimeKey(secret).seal(cleartext, text);
          const other = eaxPrime(secret, cleartext, text);
          expect(hexOf(sealed)).toBe(hexOf(other.sealed));
          expect(hexOf(mac)).toBe(hexOf(other.mac));
        },
      ),
    );
  });

  test('opens what it sealed, and nothing that was changed', () => {
    fc.assert(
      fc.property(
        cleartexts,
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (cleartext, text, place, change) => {
          const { text: sealed, mac } = key.seal(cleartext, text);
          expect(hexOf(key.open(cleartext, sealed, mac)!)).toBe(hexOf(text));
          const all = [cleartext.slice(), sealed.slice(), mac.slice()];
          const one = all[place % 3]!.length > 0 ? all[place % 3]! : all[0]!;
          one[place % one.length]! ^= change;
          expect(key.open(all[0]!, all[1]!, all[2]!)).toBeUndefined();
        },
      ),
    );
  });

  test('a cleartext short enough to be forged, and keys of other sizes, are refused', () => {
    expect(codeOf(() => key.seal(new Uint8Array(16), new Uint8Array(1)))).toBe('C12_BAD_VALUE');
    expect(codeOf(() => new EaxPrimeKey(new Uint8Array(32)))).toBe('C12_BAD_VALUE');
  });
});

const spec: MessageSpec = {
  calledApTitle: uid('.1.2'),
  callingApTitle: uid('1.3.6.1.4.1.33507.9'),
  callingApInvocationId: 0x01020304,
  octets: hex('80 03 30 00 17'),
};

describe('a message', () => {
  test('byte by byte', () => {
    const bytes = hex(
      '60 26 a204 80020102 a60b 0609 2b06010401828563 09 a806 0204 01020304 be09 2807 8105 80 03 300017',
    );
    expect(hexOf(encodeMessage(spec))).toBe(hexOf(bytes));
    const message = decodeMessage(bytes);
    expect(message).toMatchObject({
      calledApTitle: { text: '.1.2', relative: true },
      callingApTitle: { text: '1.3.6.1.4.1.33507.9' },
      callingApInvocationId: { value: 0x01020304 },
      order: [0xa2, 0xa6, 0xa8, 0xbe],
    });
    const { epsem } = openMessage(message);
    expect(epsem.control).toEqual(plainControl);
    expect(epsem.services.map(hexOf)).toEqual(['300017']);
  });

  const authentications: readonly AuthenticationValue[] = [
    { mechanism: 'c12.22', keyId: 5, iv: hex('01020304') },
    { mechanism: 'c12.21', step: 'request', data: hex('0102') },
    { mechanism: 'octet-aligned', data: hex('aabbcc') },
  ];

  test.each(authentications)('with every element, and $mechanism', (authentication) => {
    const full: MessageSpec = {
      ...spec,
      asoContext: uid('2.16.124.113620.1.22'),
      calledApInvocationId: 7,
      callingAeQualifier: 2,
      mechanismName: uid('2.16.124.113620.1.22.2.1'),
      authentication,
      indirectReference: 0,
    };
    const message = decodeMessage(encodeMessage(full));
    expect(message).toMatchObject({
      asoContext: { text: '2.16.124.113620.1.22' },
      calledApInvocationId: { value: 7 },
      callingAeQualifier: 2,
      mechanismName: { text: '2.16.124.113620.1.22.2.1' },
      authentication,
      userInformation: { indirectReference: 0, octets: spec.octets },
    });
  });

  test('secured in both ways, with a relative title that stands for the absolute one', () => {
    for (const securityMode of ['authenticated', 'ciphered'] as const) {
      const control = { ...plainControl, securityMode, edClassIncluded: true };
      const epsem = {
        control,
        edClass: hex('4f414d49'),
        services: [hex('300017'), hex('20')],
        padding: hex('0000'),
      };
      const elements = securityElements(4, hex('00000009'));
      const bytes = sealMessage({ ...spec, ...elements }, epsem, { key });
      const message = decodeMessage(bytes);
      const opened = openMessage(message, { keyFor: (id) => (id === 4 ? key : undefined) });
      expect(opened).toMatchObject({ epsem, verified: true, keyId: 4 });
      // the code is over titles in full: a relay may shorten them
      const calledApTitle = uid('2.16.124.113620.1.22.0.1.2');
      const longer = sealMessage({ ...spec, calledApTitle, ...elements }, epsem, { key });
      expect(hexOf(longer.slice(-4))).toBe(hexOf(bytes.slice(-4)));
      expect(codeOf(() => openMessage(message))).toBe('C12_NO_KEY');
      expect(codeOf(() => openMessage(message, { keyFor: () => key, root: '1.3' }))).toBe('C12_WRONG_KEY');
    }
  });

  test('a secured message with any byte changed is not opened', () => {
    const epsem = {
      control: { ...plainControl, securityMode: 'ciphered' as const },
      services: [hex('300017')],
    };
    const bytes = sealMessage({ ...spec, ...securityElements(0, hex('00000001')) }, epsem, { key });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = bytes.slice();
        damaged[place]! ^= change;
        let services: string[] | undefined;
        try {
          const opened = openMessage(decodeMessage(damaged), { keyFor: () => key });
          services = opened.verified === true ? opened.epsem.services.map(hexOf) : [];
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
        expect(services ?? []).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('authenticated in the clear can be looked at without the key, and says that it was', () => {
    const epsem = {
      control: { ...plainControl, securityMode: 'authenticated' as const },
      services: [hex('20')],
    };
    const message = decodeMessage(
      sealMessage({ ...spec, ...securityElements(1, hex('00000001')) }, epsem, { key }),
    );
    expect(openMessage(message, { unverified: true })).toMatchObject({
      verified: false,
      epsem: { services: [hex('20')] },
    });
  });
});

test('messages in a stream of any chunking, and after damage', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      fc.nat(999),
      (all, seed) => {
        const pick = seeded(seed);
        const noise = hex('ffff00');
        const bytes = Uint8Array.from([
          ...noise,
          ...all.flatMap((octets) => [...encodeMessage({ ...spec, octets })]),
        ]);
        const stream = new C1222Stream();
        const found: string[] = [];
        const errors: string[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = 1 + pick(40);
          for (const { frame, error } of stream.push(bytes.slice(at, at + size))) {
            if (frame) found.push(hexOf(frame.message.userInformation!.octets));
            else errors.push(error!.code);
          }
          at += size;
        }
        expect(found).toEqual(all.map(hexOf));
        expect(errors).toEqual(['C12_BAD_FRAME']);
      },
    ),
  );
});

describe('segments', () => {
  test('in any order and with repeats come to the message they were', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 500 }),
        fc.integer({ min: 1, max: 90 }),
        fc.nat(999),
        (octets, size, seed) => {
          const pick = seeded(seed);
          const segments = segmentMessage({ ...spec, octets }, size).map(decodeMessage);
          const order = [...segments, segments[pick(segments.length)]!].sort(() => pick(3) - 1);
          const reassembler = new Reassembler();
          const whole = order
            .map((segment) => reassembler.add(segment))
            .find((message) => message !== undefined)!;
          expect(hexOf(whole.userInformation!.octets)).toBe(hexOf(octets));
          expect(whole.callingApTitle).toEqual(spec.callingApTitle);
        },
      ),
    );
  });

  test('are bounded: contradictions, too many segments, too many messages', () => {
    const reassembler = new Reassembler({ messages: 2, segments: 3 });
    const segment = (offset: number, size: number, id: number) =>
      decodeMessage(
        encodeMessage({
          ...spec,
          callingApInvocationId: id,
          callingAeInvocationId: offset * 0x1_0000 + size,
          octets: hex('01'),
        }),
      );
    expect(codeOf(() => reassembler.add(segment(5, 5, 1)))).toBe('C12_BAD_VALUE');
    for (const id of [1, 2, 3]) reassembler.add(segment(0, 100, id));
    expect(reassembler.pending).toBe(2);
    for (const offset of [10, 20]) reassembler.add(segment(offset, 100, 3));
    expect(codeOf(() => reassembler.add(segment(30, 100, 3)))).toBe('C12_OVER_LIMIT');
    expect(reassembler.pending).toBe(1);
  });
});

describe('a line of openami decode c12', () => {
  const line = (fields: object) => decodeC12Line(JSON.stringify(fields));

  test('a capture of a line: acknowledgements, repeats, a table with its meaning', () => {
    const packet = (toggle: boolean, data: Uint8Array) => [
      ...encodePacket({
        identity: 0,
        multiPacket: false,
        first: false,
        toggle,
        dataFormat: 0,
        sequence: 0,
        data,
      }),
    ];
    const table = encodeTable(standardTables.get(0)!, configuration(), new Map());
    const answer = Uint8Array.from([
      0,
      0,
      table.length,
      ...table,
      -table.reduce((sum, byte) => sum + byte, 0) & 0xff,
    ]);
    const request = packet(true, encodeRequest({ service: 'read', table: 0 }));
    const bytes = Uint8Array.from([...request, ...request, 6, ...packet(true, answer), 6]);
    const decoded = line({ id: 'a', hex: hexOf(bytes) });
    expect(decoded).toMatchObject({ id: 'a', ok: true, carriage: 'c12.18', acknowledged: 2, repeated: 1 });
    expect(decoded.messages).toMatchObject([
      { services: [{ request: 'read', table: 0 }] },
      { services: [{ response: 'ok', answers: 'read', decoded: { table: 0, name: 'GEN_CONFIG_TBL' } }] },
    ]);
    bytes[bytes.length - 6]! ^= 1;
    expect(line({ hex: hexOf(bytes) })).toMatchObject({ ok: false, error: { code: 'C12_BAD_CHECK' } });
  });

  test('one table, with those it needs', () => {
    const config = hexOf(encodeTable(standardTables.get(0)!, configuration(), new Map()));
    expect(line({ hex: 'e8030000010200 03'.replace(' ', ''), table: 999 })).toMatchObject({
      ok: false,
      error: { code: 'C12_UNSUPPORTED' },
    });
    const clock = line({ hex: '1a0301 0f0a00 20', table: 52, tables: { 0: config } });
    expect(clock).toMatchObject({
      ok: true,
      name: 'CLOCK_TBL',
      value: { CLOCK_CALENDAR: '2026-03-01T15:10:00' },
    });
    expect(line({ hex: '00', table: 52 })).toMatchObject({ ok: false, error: { code: 'C12_NEEDS_TABLE' } });
  });

  test('a sealed message with the key by its number, and a lone answer', () => {
    const epsem = {
      control: { ...plainControl, securityMode: 'ciphered' as const },
      services: [hex('00 0001 05 fb')],
    };
    const sealed = hexOf(sealMessage({ ...spec, ...securityElements(2, hex('00000001')) }, epsem, { key }));
    const opened = line({ id: 1, hex: sealed, keys: { 2: hexOf(keyBytes) }, request: '300801' });
    expect(opened).toMatchObject({
      id: 1,
      ok: true,
      messages: [{ verified: true, services: [{ answers: 'read', data: '05' }] }],
    });
    expect(line({ hex: sealed })).toMatchObject({ ok: false, error: { code: 'C12_NO_KEY' } });
    expect(line({ hex: sealed, key: '00'.repeat(16) })).toMatchObject({
      ok: false,
      error: { code: 'C12_WRONG_KEY' },
    });
  });

  test.each([
    ['', 'DECODE_LINE_EMPTY'],
    ['[]', 'DECODE_NOT_JSON'],
    ['{"hex":"0"}', 'DECODE_BAD_FIELD'],
    ['{"id":{},"hex":"60"}', 'DECODE_BAD_FIELD'],
    ['{"hex":""}', 'C12_TRUNCATED'],
    ['{"hex":"7ea0"}', 'C12_BAD_FRAME'],
    ['{"hex":"6005a203"}', 'C12_TRUNCATED'],
    ['{"hex":"60","keys":5}', 'DECODE_BAD_FIELD'],
    ['{"hex":"60","tables":{"0":"00"}}', 'C12_TRUNCATED'],
  ])('%s', (text, code) => {
    expect(decodeC12Line(text)).toMatchObject({ ok: false, error: { code } });
  });
});
