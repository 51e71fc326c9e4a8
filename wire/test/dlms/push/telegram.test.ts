/** Captures made here: carriages, segments, blocks, streams, protections, shapes of pushes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BlockSender,
  bytesOfHex,
  type CosemValue,
  cipherKey,
  clientAddress,
  decodeTelegram,
  type Envelope,
  encodeApdu,
  encodeHdlcFrame,
  encodeMbusCarriage,
  encodeWrapper,
  type Heard,
  LineDecoder,
  llcToClient,
  nobleCrypto,
  protectApdu,
  protectGeneral,
  pushMessageOf,
  readingsOfApdu,
  readingsOfBody,
  serverAddress,
  signApdu,
  stuffHdlc,
  type Telegram,
  TelegramStream,
  withLlc,
} from '../../../src/dlms/index.ts';
import { concat, mutations, pieces } from '../link/made.ts';
import { hex, toHex } from '../vectors.ts';

const name = (text: string): CosemValue => ({
  type: 'octet-string',
  value: Uint8Array.from(text.split('.').map(Number)),
});
const u32 = (value: number): CosemValue => ({ type: 'double-long-unsigned', value });
const list = (...elements: CosemValue[]): CosemValue => ({ type: 'structure', elements });
const scaler = (power: number, unit: number): CosemValue =>
  list({ type: 'integer', value: power }, { type: 'enum', value: unit });
const body = list(
  ...Array.from({ length: 12 }, (_, i) => list(name(`1.0.${i + 1}.8.0.255`), u32(1_000 + i), scaler(-1, 30))),
);
const push = encodeApdu({ service: 'data-notification', invoke: 7, dateTime: hex(''), body });

function hdlcFrames(apdu: Uint8Array, partBytes = 60, stuffed = false): Uint8Array[] {
  const whole = withLlc(llcToClient, apdu);
  const count = Math.ceil(whole.length / partBytes);
  return Array.from({ length: count }, (_, i) => {
    const frame = encodeHdlcFrame({
      destination: clientAddress(103),
      source: serverAddress(1, 17),
      control: { kind: 'ui', poll: false },
      segmented: i < count - 1,
      information: whole.subarray(i * partBytes, (i + 1) * partBytes),
    });
    return stuffed ? stuffHdlc(frame) : frame;
  });
}

const mbusHead = { control: 0x53, address: 0xff, source: 1, destination: 0x67 };
const valuesOf = ({ apdus }: Telegram) =>
  readingsOfApdu(apdus[0]!.opened!)!.readings.map(({ value }) => value);
const expected = Array.from({ length: 12 }, (_, i) => Number(`${1_000 + i}e-1`));

const carriages: [name: string, bytes: Uint8Array, carriage: string][] = [
  ['hdlc in one frame', concat(hdlcFrames(push, 1_000)), 'hdlc'],
  ['hdlc in segments', concat(hdlcFrames(push)), 'hdlc'],
  ['hdlc without its flags', hdlcFrames(push, 1_000)[0]!.subarray(1, -1), 'hdlc'],
  ['stuffed', concat(hdlcFrames(withEscapes(push), 60, true)), 'hdlc-stuffed'],
  ['wrapper', encodeWrapper({ source: 1, destination: 16, apdu: push }), 'wrapper'],
  ['mbus', concat(encodeMbusCarriage(push, mbusHead, 100)), 'mbus'],
  ['raw', push, 'raw'],
  ['raw after LLC', withLlc(llcToClient, push), 'raw'],
];

/** Bytes that stuffing changes. */
function withEscapes(apdu: Uint8Array): Uint8Array {
  const changed = apdu.slice();
  changed.set([0x7e, 0x7d, 0x7e, 0x7d], 1);
  return changed;
}

describe('carriages', () => {
  test.each(carriages)('%s', (_, bytes, carriage) => {
    const telegram = decodeTelegram(bytes);
    expect(telegram.carriage).toBe(carriage);
    expect(telegram.errors).toEqual([]);
    expect(valuesOf(telegram)).toEqual(expected);
  });

  test('any size of segments and blocks gives the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 245 }), fc.integer({ min: 20, max: 400 }), (part, block) => {
        const blocks = new BlockSender(push, block).window(0, 63, 0, 1);
        for (const apdus of [[push], blocks]) {
          const hdlc = apdus.flatMap((apdu) => hdlcFrames(apdu, part));
          expect(valuesOf(decodeTelegram(concat(hdlc)))).toEqual(expected);
          if (apdus.some(({ length }) => length > part * 16)) continue;
          const mbus = apdus.flatMap((apdu) => encodeMbusCarriage(apdu, mbusHead, part));
          expect(valuesOf(decodeTelegram(concat(mbus)))).toEqual(expected);
        }
      }),
    );
  });

  test('a long capture of nothing costs time in proportion', () => {
    const cost = (count: number, what: readonly number[]): number => {
      const bytes = Uint8Array.from({ length: count }, (_, i) => what[i % what.length]!);
      const start = process.cpuUsage().user;
      expect(() => decodeTelegram(bytes)).toThrow(expect.objectContaining({ fault: 'peer' }));
      return (process.cpuUsage().user - start) / 1_000;
    };
    for (const what of [[0x7e, 0xa0], [0x7e, 0xa7, 0xff], [0x68], [0x68, 0xff, 0xff, 0x68], [0x7e], [0x7d]]) {
      // the better of two: a collector or a neighbour may have come between
      expect(Math.min(cost(100_000, what), cost(100_000, what)), what.join()).toBeLessThan(1_000);
    }
  });

  test('a body without its notification', () => {
    const record = new LineDecoder(nobleCrypto).decode(JSON.stringify({ hex: toHex(push.subarray(6)) }));
    expect(record).toMatchObject({ ok: true, carriage: 'data' });
    expect((record.readings as { value: number }[]).map(({ value }) => value)).toEqual(expected);
  });

  test('a frame whose meter leaves out the LLC bytes', () => {
    const frame = encodeHdlcFrame({
      destination: clientAddress(1),
      source: clientAddress(2),
      control: { kind: 'ui', poll: false },
      segmented: false,
      information: push,
    });
    expect(valuesOf(decodeTelegram(frame))).toEqual(expected);
  });

  test('a segment alone is a frame of an APDU that is not whole, and no failure', () => {
    const decoder = new LineDecoder(nobleCrypto);
    for (const frame of hdlcFrames(push)) {
      const record = decoder.decode(JSON.stringify({ id: 1, hex: toHex(frame) }));
      expect(record).toMatchObject({ ok: true, carriage: 'hdlc', frames: [{ control: 'ui' }] });
      expect(record.incomplete).toHaveLength(1);
      expect(record.apdu).toBeUndefined();
    }
  });

  test('a damaged frame among whole ones is told; alone it fails with the reason', () => {
    const whole = concat(hdlcFrames(push, 1_000));
    const damaged = whole.slice();
    damaged[40]! ^= 1;
    expect(() => decodeTelegram(damaged)).toThrow(expect.objectContaining({ code: 'DLMS_LINK_CHECK' }));
    const both = decodeTelegram(concat([damaged, whole]));
    expect(valuesOf(both)).toEqual(expected);
    expect(both.errors[0]).toMatchObject({ code: 'DLMS_LINK_CHECK' });
  });
});

const keys = [hex('000102030405060708090a0b0c0d0e0f'), hex('d0d1d2d3d4d5d6d7d8d9dadbdcdddedf')] as const;
const title = hex('4d4d4d0000bc614e');
const key = cipherKey(nobleCrypto, 0, keys[0], keys[1]);
const options = { envelope: 'general-glo' as Envelope, systemTitle: title, counter: 9 };
const sealed = protectApdu(push, key, { ...options, authenticated: true, encrypted: true });

describe('protection', () => {
  const blocks = new BlockSender(sealed, 80).window(0, 63, 0, 1);

  test('general blocks, ciphered, each in a frame', () => {
    expect(blocks.length).toBeGreaterThan(3);
    const frames = blocks.map((block) => concat(hdlcFrames(block, 1_000)));
    const telegram = decodeTelegram(concat(frames), { keyFor: () => key });
    expect(valuesOf(telegram)).toEqual(expected);
    expect(telegram.apdus[0]!.opened!.protections).toMatchObject([{ verified: true, counter: 9 }]);
    // one of them lost
    const holed = decodeTelegram(concat(frames.toSpliced(1, 1)), { keyFor: () => key });
    expect(holed.apdus[0]!.error).toMatchObject({ code: 'DLMS_LINK_SEGMENT' });
    const cut = decodeTelegram(concat(frames.slice(0, 2)), { keyFor: () => key });
    expect(cut.errors.map(({ code }) => code)).toEqual(['DLMS_LINK_TRUNCATED']);
    // what is here is shown as blocks
    expect(cut.apdus.map(({ opened }) => opened?.apdu.service)).toEqual(
      Array(2).fill('general-block-transfer'),
    );
    const record = new LineDecoder(nobleCrypto).decode(JSON.stringify({ hex: toHex(blocks[1]!) }));
    expect(record).toMatchObject({ ok: true, service: 'general-block-transfer', apdu: { number: 2 } });
  });

  const header = {
    transactionId: hex('0102'),
    originator: title,
    recipient: hex('4d4d4d0000000001'),
    dateTime: hex(''),
    otherInformation: hex(''),
  };

  test('general ciphering inside a signature', () => {
    const how = { authenticated: true, encrypted: true, counter: 5 };
    const global = { kind: 'identified', key: 'global-unicast' } as const;
    const inside = protectGeneral(push, key, header, global, how);
    const signed = signApdu(nobleCrypto, 1, nobleCrypto.privateKey('P-256'), header, inside);
    const line = { hex: toHex(signed), guek: toHex(keys[0]), gak: toHex(keys[1]) };
    const record = new LineDecoder(nobleCrypto).decode(JSON.stringify(line));
    expect(record).toMatchObject({
      ok: true,
      service: 'data-notification',
      security: {
        envelope: 'general-signing',
        verified: false,
        inside: [{ envelope: 'general-ciphering', verified: true, invocationCounter: 5 }],
        plaintext: toHex(push),
      },
    });
    // a key that is wrapped under another one leaves it closed
    const wrapped = { kind: 'wrapped', kek: 'master-key', data: hex('00') } as const;
    const closed = protectGeneral(push, key, header, wrapped, how);
    expect(decodeTelegram(closed, { keyFor: () => key }).apdus[0]!.opened).toMatchObject({
      apdu: { service: 'general-ciphering' },
      protections: [{ opened: false }],
    });
  });

  test('wrong keys, no keys, a missing title', () => {
    const line = { hex: toHex(sealed), guek: toHex(keys[0]), gak: toHex(keys[1]) };
    const decoder = new LineDecoder(nobleCrypto);
    const run = (change: object) => decoder.decode(JSON.stringify({ id: 'a', ...line, ...change }));
    expect(run({})).toMatchObject({ ok: true, service: 'data-notification', security: { verified: true } });
    expect(run({ gak: toHex(keys[0]) })).toMatchObject({ ok: false, error: { code: 'DLMS_SECURITY_TAG' } });
    expect(run({ guek: toHex(keys[1]) })).toMatchObject({ ok: false, error: { code: 'DLMS_SECURITY_TAG' } });
    expect(run({ gak: null })).toMatchObject({ ok: true, security: { verified: false } });
    expect(run({ guek: null })).toMatchObject({ ok: true, service: 'general-glo-ciphering' });
    expect(run({ guek: '00' })).toMatchObject({ ok: false, error: { code: 'DLMS_SECURITY_KEY' } });
    const glo = protectApdu(hex('c001c100080000010000ff0200'), key, {
      ...options,
      envelope: 'glo',
      authenticated: true,
      encrypted: true,
    });
    expect(run({ hex: toHex(glo) })).toMatchObject({ error: { code: 'DLMS_SECURITY_NO_TITLE' } });
    expect(run({ hex: toHex(glo), systemTitle: toHex(title) })).toMatchObject({ service: 'get-request' });
  });

  test('the dedicated key of an opened AARQ opens what follows', () => {
    const dedicated = hex('00112233445566778899aabbccddeeff');
    const initiate = encodeApdu({
      service: 'initiate-request',
      dedicatedKey: dedicated,
      responseAllowed: true,
      version: 6,
      conformance: ['get'],
      maxPduSize: 500,
    });
    const all = { ...options, authenticated: true, encrypted: true };
    const aarq = encodeApdu({
      service: 'aarq',
      contextName: 'logical-name-ciphered',
      callingApTitle: title,
      userInformation: protectApdu(initiate, key, { ...all, envelope: 'glo' }),
    } as Parameters<typeof encodeApdu>[0]);
    const get = hex('c001c100080000010000ff0200');
    const ded = protectApdu(get, cipherKey(nobleCrypto, 0, dedicated, keys[1]), { ...all, envelope: 'ded' });
    const wrapped = [aarq, ded].map((apdu) => encodeWrapper({ source: 16, destination: 1, apdu }));
    const line = { hex: toHex(concat(wrapped)), guek: toHex(keys[0]), gak: toHex(keys[1]) };
    const record = new LineDecoder(nobleCrypto).decode(JSON.stringify(line));
    expect(record).toMatchObject({
      ok: true,
      service: 'aarq',
      security: { verified: true, plaintext: toHex(initiate) },
      more: [{ service: 'get-request', security: { key: 'dedicated', verified: true } }],
    });
    expect(JSON.stringify(record.apdu)).not.toContain(toHex(dedicated));
    // the ciphered initiate under a tag that is none
    const broken = toHex(aarq).replace('2130', 'f130');
    expect(new LineDecoder(nobleCrypto).decode(JSON.stringify({ ...line, hex: broken })).ok).toBe(false);
  });
});

describe('stream', () => {
  const telegrams: [string, Uint8Array, ConstructorParameters<typeof TelegramStream>[0]?][] = [
    ['hdlc', concat(hdlcFrames(push))],
    ['stuffed', concat(hdlcFrames(withEscapes(push), 60, true))],
    ['mbus', concat(encodeMbusCarriage(push, mbusHead, 100))],
    ['wrapper', encodeWrapper({ source: 1, destination: 16, apdu: push }), { framing: 'wrapper' }],
  ];
  const apdusOf = (heard: Heard[]) => heard.flatMap(({ apdu }) => (apdu?.opened ? [apdu.opened] : []));

  test.each(telegrams)('%s in any chunking, with noise before and between', (_, telegram, how) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 50 }), (seed, max) => {
        const stream = new TelegramStream(how);
        const noise = how === undefined ? hex('55aa33ff') : hex('');
        const bytes = concat([noise, telegram, noise, telegram]);
        const heard = [...pieces(bytes, seed, max)].flatMap((piece) => stream.push(piece));
        const found = apdusOf([...heard, ...stream.flush()]);
        expect(found.map((opened) => readingsOfApdu(opened)!.readings)).toHaveLength(2);
      }),
      { numRuns: 30 },
    );
  });

  test('after damage it goes on with the next telegram, and a flood costs no memory', () => {
    const whole = concat(hdlcFrames(push));
    const stream = new TelegramStream();
    stream.push(whole);
    for (const damaged of mutations(whole, 100)) {
      stream.push(damaged);
      stream.flush();
      expect(apdusOf(stream.push(whole))).toHaveLength(1);
    }
    for (let i = 0; i < 2_000; i++) stream.push(new Uint8Array(1_000).fill(0x7e));
    expect(apdusOf(stream.push(whole))).toHaveLength(1);
  });
});

describe('shapes of pushes', () => {
  const value = u32(2_345);
  const volts = scaler(-1, 35);
  const obis = name('1.0.32.7.0.255');
  const classId: CosemValue = { type: 'long-unsigned', value: 3 };
  const two: CosemValue = { type: 'integer', value: 2 };
  const entry = (attribute: number, index: string) =>
    list(classId, name(index), { type: 'integer', value: attribute }, { type: 'long-unsigned', value: 0 });

  test.each<[string, CosemValue]>([
    ['name, value, scaler and unit in a structure', list(list(obis, value, volts))],
    ['the same flat', list(obis, value, volts, { type: 'null' })],
    [
      'scaler and unit loose',
      list(list(obis, value, { type: 'integer', value: -1 }, { type: 'enum', value: 35 })),
    ],
    ['a descriptor', list(list(list(classId, obis, two), value, volts))],
    ['class, name, attribute', list(list(classId, obis, two, value, volts))],
    ['value first', list(list(value, classId, volts, obis))],
    ['in a list of a list', list(list({ type: 'array', elements: [list(obis, value, volts)] }))],
    [
      'object list, values and scalers',
      list(
        { type: 'array', elements: [entry(2, '1.0.32.7.0.255'), entry(3, '1.0.32.7.0.255')] },
        value,
        volts,
      ),
    ],
  ])('%s', (_, shape) => {
    expect(readingsOfBody(shape)!.readings).toMatchObject([
      { obis: '1.0.32.7.0.255', value: 234.5, unit: 'V', raw: 2_345, scaler: -1 },
    ]);
  });

  test('swapped tags before a name', () => {
    const bytes =
      '0f00000001000102 0203 0906 0100010800ff 0600000005 02020f00161e 0203 0609 0100020800ff 0600000006 02020f00161e'.replaceAll(
        ' ',
        '',
      );
    const record = new LineDecoder(nobleCrypto).decode(JSON.stringify({ hex: bytes }));
    expect(record).toMatchObject({
      quirks: ['swapped-tags'],
      readings: [
        { obis: '1.0.1.8.0.255', value: 5, unit: 'Wh' },
        { obis: '1.0.2.8.0.255', value: 6, unit: 'Wh' },
      ],
    });
  });

  test('any body gives readings or none, and never another error', () => {
    const element: fc.Arbitrary<CosemValue> = fc.letrec<{ v: CosemValue }>((tie) => ({
      v: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<CosemValue>(obis, value, volts, classId, two, { type: 'null' }),
        fc
          .array(tie('v'), { maxLength: 6 })
          .chain((elements) =>
            fc.constantFrom('array' as const, 'structure' as const).map((type) => ({ type, elements })),
          ),
        fc.uint8Array({ maxLength: 13 }).map((bytes): CosemValue => ({ type: 'octet-string', value: bytes })),
        fc.double().map((float): CosemValue => ({ type: 'float64', value: float })),
        fc
          .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
          .map((big): CosemValue => ({ type: 'long64', value: big })),
      ),
    })).v;
    fc.assert(
      fc.property(element, (shape) => {
        for (const { obis: found } of readingsOfBody(shape)?.readings ?? [])
          expect(found).toMatch(/^\d+(\.\d+){5}$/);
      }),
    );
  });
});

describe('to the pipeline', () => {
  const clock = hex('07ea030e060c1e0f00ffc400');
  const at = Date.UTC(2026, 2, 14, 11, 30, 15) / 1_000;

  test('registers at the time of the push; text is left out, a number without unit rejected', () => {
    const text: CosemValue = { type: 'octet-string', value: hex('3137') };
    const shape = list(
      list(name('0.0.96.1.0.255'), text),
      list(name('1.0.1.8.0.255'), u32(12_345), scaler(1, 30)),
      list(name('1.0.2.8.0.255'), u32(3)),
    );
    const message = pushMessageOf(readingsOfBody(shape, { dateTime: clock })!, { receivedMs: 5_000 });
    expect(message).toMatchObject({ device: '17', sentMs: at * 1_000, rejectCount: 1 });
    expect(message.series).toMatchObject([
      { quantity: '1-0:1.8.0*255', unit: 'Wh', intervalS: 0, length: 1, quality: Uint8Array.of(1) },
    ]);
    expect([...message.series[0]!.end, ...message.series[0]!.value]).toEqual([at, 123_450]);
    expect(message.rejects[0]).toMatchObject({
      quantity: '1-0:2.8.0*255',
      code: 'DLMS_PUSH_NO_UNIT',
      value: '3',
    });
  });

  test('without an offset the time it came at; a clock that is not sure makes it questionable', () => {
    const shape = list(list(name('1.0.1.8.0.255'), u32(1), scaler(0, 30)));
    const unsure = clock.slice();
    unsure.set([0x80, 0, 0x02], 9);
    const message = pushMessageOf(readingsOfBody(shape, { dateTime: unsure })!, {
      receivedMs: 5_000,
      device: 'M',
    });
    expect(message).toMatchObject({ device: 'M', sentMs: 0 });
    expect([...message.series[0]!.end, ...message.series[0]!.quality]).toEqual([5, 6]);
  });
});

describe('lines', () => {
  const decoder = new LineDecoder(nobleCrypto);

  test.each([
    ['{', 'DECODE_NOT_JSON'],
    ['[]', 'DECODE_NOT_JSON'],
    ['{"id":3}', 'DECODE_BAD_FIELD'],
    ['{"id":3,"hex":"0"}', 'DECODE_BAD_FIELD'],
    ['{"id":3,"hex":"zz"}', 'DECODE_BAD_FIELD'],
    ['{"id":3,"hex":5}', 'DECODE_BAD_FIELD'],
    ['{"id":3,"hex":["00",7]}', 'DECODE_BAD_FIELD'],
    ['{"id":3,"hex":""}', 'DLMS_LINK_NO_FRAMING'],
    ['{"id":3,"hex":"00","guek":[]}', 'DECODE_BAD_FIELD'],
  ])('%s is %s', (text, code) => {
    const { id, ...record } = decoder.decode(text);
    expect(record).toMatchObject({ ok: false, error: { code } });
    expect(id).toBe(text.includes('"id"') ? 3 : null);
  });

  test('hex as people write it', () => {
    const parts = hdlcFrames(push).map(toHex);
    expect(parts.length).toBeGreaterThan(2);
    expect(decoder.decode(JSON.stringify({ hex: parts }))).toMatchObject({ ok: true, carriage: 'hdlc' });
    expect(bytesOfHex('0x7E, 7e:0A-ff\r\n 00')).toEqual(Uint8Array.of(0x7e, 0x7e, 0x0a, 0xff, 0));
    expect(bytesOfHex('7e7')).toBeUndefined();
  });
});
