/** C12.22 messages: golden bytes, EAX', segments, the stream, and lines of `openami decode c12`. */
import { createCipheriv } from 'node:crypto';
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  type AuthenticationValue,
  C1222Stream,
  decodeC12,
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
  renderC12,
  sealMessage,
  securityElements,
  segmentMessage,
  standardTables,
  uid,
} from '../../src/c12/index.ts';
import { codeOf } from '../code-of.ts';
import { inTime } from '../cpu.ts';
import { seeded } from '../dlms/link/made.ts';
import { configuration } from './made-meter.ts';

const hex = (text: string) => bytesOfHex(text)!;
const keyBytes = hex('00112233445566778899aabbccddeeff');
const key = new EaxPrimeKey(keyBytes);

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

  /** Key, cleartext, plain text, ciphertext and code that the paper prints (EAX' Cipher Mode, May 2011). */
  const printed = [
    [
      '01020304050607080102030405060708',
      'a20c060a607c86f7540116001702a703020104a803020102ac0fa20da00ba109800102810448e99388be19281781159aa60d060b607c86f7540116001782110248e99388',
      '54454d500b40000700051a00000200e4',
      '4031cc957d4edf9a357f3db0fa9fe838',
      '6555c029',
    ],
    [
      '01020304050607080102030405060708',
      'a20c060a607c86f7540116007b02a703020104a803020102ac0fa20da00ba109800102810448f3d2f8be19281781159aa60d060b607c86f7540116007b82110248f3d2f8',
      '54454d500b40000700051a00000200e4',
      '8d2fbb7a0a8c4d40edaa10a46431c9b8',
      'fec6d9e8',
    ],
    [
      '102030405060708090a0b0c0d0e0f000',
      'a20e060c6086480186fc2f811caa4e01a806020439a00ebbac0fa20da00ba10980010081044bcee2c3be252823812188a60a06082b06010401828563004bcee2c3',
      '17513030303030303030303030303030303030303030000003300001',
      '9cf32c7ec24c250be7b0749feee71a220d0eee976ec23dbf0caa08ea',
      '00543e66',
    ],
    [
      '6624c7e23034e4036fe5cb3a8b5dab44',
      'a211060f2b060104018285638e7f85f1c24e01a80602042bc81aa1ac0fa20da00ba10980010081044b97d2ccbe392837813588a60906072b060104828563004b97d2cc',
      '1751303030303030303030303030303030303030303000000330000103300078033000790330007a0330007b0330007d',
      'beb0989fadb020eb72ba46353cc0a2ac2a007a101afebaf9680d3b9659f991121b865f254f6ac92cdd213d31e3c4d2ca',
      'e6f89b6d',
    ],
  ] as const;

  test.each(printed)('as printed, key %s', (secret, cleartext, text, sealed, mac) => {
    const ready = new EaxPrimeKey(hex(secret));
    const made = ready.seal(hex(cleartext), hex(text));
    expect([hexOf(made.text), hexOf(made.mac)]).toEqual([sealed, mac]);
    expect(hexOf(ready.open(hex(cleartext), hex(sealed), hex(mac))!)).toBe(text);
  });

  test('as printed, of a text that is authenticated and not enciphered', () => {
    const header =
      'a20e060c6086480186fc2f811caa4e01a806020406ac6342ac0fa20da00ba10980010081044b9262b0be752873817184a60906072b060104828563004b9262b0';
    const text =
      '17513030303030303030303030303030303030303030000003300001033000280330002a0330002c0330002d0330002e0330002f03300078033000790330007a0330007b0330007d0330007e03300082033000830330008503300801033008280330082a0330082d03300853';
    const secret = new EaxPrimeKey(hex('6624c7e23034e4036fe5cb3a8b5dab44'));
    expect(hexOf(secret.authenticate(hex(header + text)))).toBe('4f2df860');
    expect(openedOf(header, `${text}4f2df860`, secret).services.map(hexOf)).toContain('300853');
  });

  /** The message whose cleartext this is, opened. */
  function openedOf(cleartext: string, sealed: string, secret: EaxPrimeKey) {
    const elements = new Map<number, string>();
    for (let at = 0; at < cleartext.length; ) {
      const tag = Number.parseInt(cleartext.slice(at, at + 2), 16);
      // key id and IV are at the end
      if (elements.has(0xa6)) break;
      const end = at + 4 + 2 * (tag === 0xbe ? 5 : Number.parseInt(cleartext.slice(at + 2, at + 4), 16));
      elements.set(tag, cleartext.slice(at, end) + (tag === 0xbe ? sealed : ''));
      at = end;
    }
    const body = [0xa2, 0xa6, 0xa7, 0xa8, 0xac, 0xbe].map((tag) => elements.get(tag) ?? '').join('');
    const bytes = body.length / 2;
    const message = hex(`60${bytes < 128 ? '' : '81'}${bytes.toString(16)}${body}`);
    const opened = openMessage(decodeMessage(message), { keyFor: () => secret });
    expect(opened.verified).toBe(true);
    return opened.epsem;
  }

  test.each(printed)('the message around it, key %s', (secret, cleartext, text, sealed, mac) => {
    const epsem = openedOf(cleartext, sealed + mac, new EaxPrimeKey(hex(secret)));
    const services = epsem.services.map(
      (service) => service.length.toString(16).padStart(2, '0') + hexOf(service),
    );
    expect((epsem.edClass ? hexOf(epsem.edClass) : '') + services.join('')).toBe(text);
  });

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

  test('later messages of a session leave key id and IV out; both are authenticated all the same', () => {
    const session = { keyId: 4, iv: hex('00000009') };
    const epsem = { control: { ...plainControl, securityMode: 'ciphered' as const }, services: [hex('20')] };
    const first = sealMessage({ ...spec, ...securityElements(4, session.iv) }, epsem, { key });
    const later = sealMessage({ ...spec, callingApInvocationId: 6 }, epsem, { key, session });
    const message = decodeMessage(later);
    expect(message.authentication).toBeUndefined();
    expect(openMessage(message, { keyFor: () => key, session }).verified).toBe(true);
    expect(codeOf(() => openMessage(message, { keyFor: () => key }))).toBe('C12_WRONG_KEY');
    const { messages } = decodeC12(Uint8Array.from([...first, ...later]), {
      keyFor: (id) => (id === 4 ? key : undefined),
    });
    expect(messages.map(({ opened }) => opened?.verified)).toEqual([true, true]);
  });

  test.each([
    [0, '0201 00'],
    [200, '0201 c8'],
    [1_000, '0202 03e8'],
    [0x80000000, '0204 80000000'],
  ])('invocation id %i in as few bytes as hold it', (callingApInvocationId, content) => {
    const message = decodeMessage(encodeMessage({ ...spec, callingApInvocationId }));
    expect(hexOf(message.elements.get(0xa8)!)).toBe(hexOf(hex(content)));
    expect(message.callingApInvocationId?.value).toBe(callingApInvocationId);
  });

  test('a secured message with any byte changed is not opened, or says the same in another spelling', () => {
    const epsem = {
      control: { ...plainControl, securityMode: 'ciphered' as const },
      services: [hex('300017')],
    };
    const bytes = sealMessage({ ...spec, ...securityElements(0, hex('00000001')) }, epsem, { key });
    // a relative title has two tags, which are one in what is authenticated
    const saidBy = (message: Uint8Array) => {
      const { calledApTitle, callingApTitle, callingApInvocationId, authentication } = decodeMessage(message);
      const { verified, epsem: opened } = openMessage(decodeMessage(message), { keyFor: () => key });
      const titles = [calledApTitle?.text, callingApTitle?.text];
      return {
        titles,
        callingApInvocationId,
        authentication,
        verified,
        services: opened.services.map(hexOf),
      };
    };
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = bytes.slice();
        damaged[place]! ^= change;
        let said: ReturnType<typeof saidBy> | undefined;
        try {
          said = saidBy(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
        if (said?.verified === true) expect(said).toEqual(saidBy(bytes));
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

/** A service in the clear. */
function octetsOf(service: Uint8Array): Uint8Array {
  const size = service.length;
  return Uint8Array.from([0x80, 0x83, size >> 16, (size >> 8) & 0xff, size & 0xff, ...service]);
}

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

  const part = (sequence: number, first: boolean, toggle: boolean, data: string) => [
    ...encodePacket({
      ...{ identity: 0, multiPacket: true, first, toggle, dataFormat: 0, sequence, data: hex(data) },
    }),
  ];

  test('a message in packets is one, whatever is missing before it', () => {
    const bytes = Uint8Array.from([
      ...[...part(3, true, true, '3f'), ...part(2, false, false, '00')],
      ...[
        ...part(2, true, true, '3f00'),
        ...part(1, false, false, '400001'),
        ...part(0, false, true, '020010'),
      ],
      ...part(0, false, false, '21'),
    ]);
    const decoded = line({ hex: hexOf(bytes) });
    expect(decoded.messages).toMatchObject([
      { packets: 3, services: [{ request: 'read-offset', table: 64, offset: 258, count: 16 }] },
    ]);
    expect(decoded.skipped).toMatchObject([{ code: 'C12_TRUNCATED' }, { code: 'C12_BAD_VALUE' }]);
  });

  test('table data that are damaged, in whatever service they are', () => {
    for (const service of ['40 0005 0001 41 bf', '41 0005 0003 0001 41 bf', '4f 0005 000001 0001 41 bf']) {
      const of = (bytes: Uint8Array) =>
        line({ hex: hexOf(encodeMessage({ ...spec, octets: octetsOf(bytes) })) });
      const bytes = hex(service);
      expect(of(bytes)).not.toMatchObject({ error: { code: 'C12_BAD_CHECK' } });
      bytes[bytes.length - 1]! ^= 1;
      expect(of(bytes)).toMatchObject({ ok: false, error: { code: 'C12_BAD_CHECK' } });
    }
  });

  test('a feature without end that is not known is shown, in a moment', () => {
    const answer = new Uint8Array(300_000).fill(0, 5);
    answer.set([0, 3, 1, 0, 0x63]);
    answer[answer.length - 1] = 0x78;
    const capture = [encodeRequest({ service: 'identify' }), answer].flatMap((service) => [
      ...encodeMessage({ ...spec, octets: octetsOf(service) }),
    ]);
    const telegram = decodeC12(Uint8Array.from(capture));
    const shown = inTime(() => renderC12(telegram));
    expect(shown).toMatchObject({ ok: true, messages: [{}, { services: [{ standard: 'C12.22' }] }] });
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
