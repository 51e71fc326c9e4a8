/** Captures of real meters: the framing is recognised, the APDU taken out, deciphered where a key is published. */
import { describe, expect, test } from 'vitest';
import {
  type ApduOf,
  cipherKey,
  clientAddress,
  decodeApdu,
  deframe,
  encodeHdlcFrame,
  encodeMbusCarriage,
  encodeWrapper,
  type Framing,
  HdlcDecoder,
  MbusDecoder,
  nobleCrypto,
  readProtected,
  serverAddress,
  sniffFraming,
  stuffHdlc,
  unprotectApdu,
} from '../../../src/dlms/index.ts';
import { notificationXml, plain } from '../capture-xml.ts';
import { parseXml } from '../gurux-xml.ts';
import { hasVectors, hex, toHex, vectorText } from '../vectors.ts';
import { concat, mutations } from './made.ts';

/** Bytes of a capture written in any of the ways the samples use. */
function capture(path: string): Uint8Array {
  return hex(
    vectorText(path)
      .replace(/#.*$/gm, '')
      .replace(/[^0-9A-Fa-f]/g, ''),
  );
}

const decodedXml = (apdu: Uint8Array) => notificationXml(decodeApdu(apdu) as ApduOf<'data-notification'>);
/** The notification in the envelope that the oracle shows around it. */
const expectedXml = (path: string) => plain(parseXml(vectorText(path)).children[0]!);

const empty = new Uint8Array(0);

function decipher(apdu: Uint8Array, keyHex: string, authenticationKey: Uint8Array = empty) {
  const message = readProtected(apdu);
  const key = cipherKey(nobleCrypto, message.content.control.suite, hex(keyHex), authenticationKey);
  return { message, key, ...unprotectApdu(message, key) };
}

describe.skipIf(!hasVectors)('captures', () => {
  test.each<[string, Framing, number, string]>([
    ['push-dumps/hdlc_iskra550.log', 'hdlc', 1, '0f000026eb0c07e704'],
    ['push-dumps/hdlc_norway_han_3phase.log', 'hdlc', 1, '0f4000000000011b'],
    ['push-dumps/hdlc_kamstrup_omnipower.log', 'hdlc', 1, 'db084b414d45'],
    ['push-dumps/mbus_netz_noe_p1.log', 'mbus', 1, 'db084b464d67'],
    ['push-dumps/raw_egd_example.log', 'raw', 1, '0f0000000100'],
    ['push-dumps/raw_energomera.log', 'raw', 1, '0f4000004d0c'],
    ['push-dumps/raw_sagecom_xt211.log', 'raw', 1, '0f8000f1d500'],
    ['athombv/dlms/aidon-example-2.txt', 'hdlc', 1, '0f4000000000011b'],
    ['athombv/dlms/iskra-1.txt', 'hdlc', 1, '0f0001a9280c'],
    ['athombv/dlms/kamstrup-example-1.txt', 'hdlc', 1, '0f000000000c'],
    ['athombv/dlms/encrypted/aidon-example-2-with-aad.txt', 'hdlc', 1, 'db0873797374'],
    ['athombv/m-bus/austria-decrypted-1.txt', 'raw', 1, '0f8006870e0c'],
    ['athombv/m-bus/austria-example-1-copy.txt', 'raw', 1, 'db084b464d67'],
  ])('%s is %s', (path, framing, count, start) => {
    const found = deframe(capture(path));
    expect(found.framing).toBe(framing);
    expect(found.errors.map(({ message }) => message)).toEqual([]);
    expect(found.apdus).toHaveLength(count);
    expect(toHex(found.apdus[0]!.apdu)).toMatch(new RegExp(`^${start}`));
  });

  test('a capture made anonymous by hand: its frame check is wrong, and said to be so', () => {
    const bytes = capture('athombv/dlms/described-list.txt');
    expect(deframe(bytes, { framing: 'hdlc' }).errors.map(({ code }) => code)).toEqual(['DLMS_LINK_CHECK']);
    const { apdus } = deframe(bytes, { ignoreFcs: true });
    expect(apdus.map(({ apdu }) => toHex(apdu).slice(0, 12))).toEqual(['0f00017e9c0c']);
  });

  test('Kamstrup: key and authentication key are published, the tag matches', () => {
    const { apdus } = deframe(capture('push-dumps/hdlc_kamstrup_omnipower.log'));
    const key = vectorText('push-dumps/hdlc_kamstrup_omnipower.key').trim();
    const authenticationKey = hex(vectorText('push-dumps/hdlc_kamstrup_omnipower.gak').trim());
    const opened = decipher(apdus[0]!.apdu, key, authenticationKey);
    expect(opened.verified).toBe(true);
    expect(toHex(opened.message.systemTitle)).toBe('4b414d4501349083');
    expect(opened.message.content.counter).toBe(17_784_996);
    expect(decodedXml(opened.apdu)).toEqual(expectedXml('push-dumps/hdlc_kamstrup_omnipower_decoded.xml'));
    const wrong = cipherKey(
      nobleCrypto,
      0,
      hex(key),
      authenticationKey.map((byte) => byte ^ 1),
    );
    expect(() => unprotectApdu(opened.message, wrong)).toThrow(
      expect.objectContaining({
        code: 'DLMS_SECURITY_TAG',
        data: expect.objectContaining({ suspect: 'authentication-key-or-tampering' }),
      }),
    );
    // who has no authentication key reads all the same, and is told that nothing was verified
    expect(unprotectApdu(opened.message, wrong, { ignoreTag: true })).toEqual({
      apdu: opened.apdu,
      verified: false,
    });
  });

  test('Netz NÖ over M-Bus: encrypted only', () => {
    const { apdus } = deframe(capture('push-dumps/mbus_netz_noe_p1.log'));
    const opened = decipher(apdus[0]!.apdu, vectorText('push-dumps/mbus_netz_noe_p1.key').trim());
    expect(opened.verified).toBe(false);
    expect(opened.message.content.counter).toBe(35);
    expect(decodedXml(opened.apdu)).toEqual(expectedXml('push-dumps/mbus_netz_noe_p1_decoded.xml'));
    expect(toHex(opened.apdu)).toBe(toHex(capture('athombv/m-bus/austria-decrypted-1.txt')));
    expect(() => decipher(apdus[0]!.apdu, '00'.repeat(16))).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_PLAINTEXT' }),
    );
  });

  test('Tirol over M-Bus in two segments', () => {
    const vector = JSON.parse(vectorText('mbus-carried-push-tirol.json')) as Record<string, string>;
    const bytes = hex(vector.stream_hex!);
    const { framing, apdus, errors } = deframe(bytes);
    expect([framing, apdus.length, errors]).toEqual(['mbus', 1, []]);
    const opened = decipher(apdus[0]!.apdu, vector.key!);
    expect(toHex(opened.apdu)).toBe(vector.plaintext_hex);
    expect(opened.message.content.counter).toBe(Number.parseInt(vector.invocation_counter!, 16));
    // written again, it is the same stream
    const head = { control: 0x53, address: 0xff, source: 1, destination: 0x67 };
    expect(toHex(concat(encodeMbusCarriage(apdus[0]!.apdu, head)))).toBe(vector.stream_hex);
  });

  test.each([
    ['with-aad', { additionalData: undefined }],
    ['without-aad', { additionalData: empty }],
  ])('Aidon enciphered %s', (name, options) => {
    const { apdus } = deframe(capture(`athombv/dlms/encrypted/aidon-example-2-${name}.txt`));
    const message = readProtected(apdus[0]!.apdu);
    const keys = ['0123456789abcdef0123456789abcdef', 'ffeeddccbbaa99887766554433221100'].map(hex);
    const key = cipherKey(nobleCrypto, 0, keys[0]!, keys[1]!);
    const plain = deframe(capture('athombv/dlms/aidon-example-2.txt')).apdus[0]!.apdu;
    const opened = unprotectApdu(message, key, options);
    expect(opened.verified).toBe(true);
    expect(toHex(opened.apdu)).toBe(toHex(plain));
  });

  test('the push of the dialogues', () => {
    const { hex: text } = JSON.parse(vectorText('transcripts/gxc_push_hdlc.json')) as { hex: string };
    const { framing, apdus } = deframe(hex(text));
    expect(framing).toBe('hdlc');
    expect(toHex(apdus[0]!.apdu)).toMatch(/^0fc0000000000203/);
  });

  test.each([
    'push-dumps/hdlc_iskra550.log',
    'push-dumps/hdlc_kamstrup_omnipower.log',
    'push-dumps/hdlc_norway_han_3phase.log',
    'push-dumps/mbus_netz_noe_p1.log',
    'athombv/dlms/iskra-1.txt',
  ])('%s: of 200 damaged captures, none gives another APDU', (path) => {
    const bytes = capture(path);
    const { apdus, framing } = deframe(bytes);
    const started = performance.now();
    for (const damaged of mutations(bytes, 200)) {
      const found = deframe(damaged, { framing });
      for (const one of found.apdus) expect(apdus.map(({ apdu }) => toHex(apdu))).toContain(toHex(one.apdu));
    }
    expect(performance.now() - started).toBeLessThan(200 * 50);
  });
});

describe('sniffing', () => {
  const apdu = hex('0f0000000100020101');
  const hdlc = encodeHdlcFrame({
    destination: clientAddress(16),
    source: serverAddress(1, 17),
    control: { kind: 'ui', poll: true },
    segmented: false,
    information: concat([hex('e6e700'), apdu, Uint8Array.of(0x7e, 0x7d)]),
  });
  const mbus = encodeMbusCarriage(apdu, { control: 0x53, address: 0xff, source: 1, destination: 0x67 })[0]!;

  test.each<[string, Uint8Array, Framing]>([
    ['hdlc', hdlc, 'hdlc'],
    ['stuffed hdlc', stuffHdlc(hdlc), 'hdlc-stuffed'],
    ['hdlc from the middle of a frame on', concat([hdlc.subarray(9), hdlc]), 'hdlc'],
    ['wrapper', encodeWrapper({ source: 1, destination: 16, apdu }), 'wrapper'],
    ['mbus', mbus, 'mbus'],
    ['mbus from the middle of a frame on', concat([mbus.subarray(6), mbus]), 'mbus'],
    ['a bare APDU', apdu, 'raw'],
    ['a bare APDU with LLC bytes', concat([hex('e6e700'), apdu]), 'raw'],
  ])('%s', (_, bytes, framing) => {
    expect(sniffFraming(bytes)).toBe(framing);
    expect(toHex(deframe(bytes).apdus[0]!.apdu)).toMatch(new RegExp(`^${toHex(apdu)}`));
  });

  test.each(['', '00', '7e7e7e', '33445566', '6803036801'])('nothing of ours: %s', (text) => {
    expect(() => sniffFraming(hex(text))).toThrow(expect.objectContaining({ code: 'DLMS_LINK_NO_FRAMING' }));
  });

  test('an APDU beyond the limit is told', () => {
    const frames = encodeMbusCarriage(new Uint8Array(600), {
      control: 0x53,
      address: 1,
      source: 1,
      destination: 2,
    });
    const { errors } = deframe(concat(frames), { framing: 'mbus', maxApduBytes: 500 });
    expect(errors.map(({ code }) => code)).toEqual(['DLMS_LINK_OVER_LIMIT']);
    expect(new MbusDecoder().push(concat(frames))).toHaveLength(3);
    expect(new HdlcDecoder().push(hdlc)).toHaveLength(1);
  });
});
