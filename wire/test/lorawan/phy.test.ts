/** Frames: what is made is read back, proved and opened; another implementation agrees; damage is noticed. */
import fc from 'fast-check';
import loraPacketModule from 'lora-packet';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  checkDataMic,
  cipherOptions,
  cipherPayload,
  type DataFrame,
  dataMic,
  decodePhy,
  encodeData,
  encodeJoinAccept,
  encodeJoinRequest,
  joinAcceptMic11,
  joinMic,
  joinServerKeys,
  openData,
  openJoinAccept,
  sessionKeys10,
  sessionKeys11,
  wholeFCnt,
} from '../../src/lorawan/index.ts';
import { codeOf } from '../code-of.ts';

// its types say `default.default`, Node gives the functions themselves
const loraPacket = loraPacketModule as unknown as typeof loraPacketModule.default;
const some = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const upTo = (maxLength: number) => fc.uint8Array({ maxLength });
const buffer = (bytes: Uint8Array) => Buffer.from(bytes);

const plain = fc
  .record({
    type: fc.constantFrom('unconfirmed-up', 'confirmed-up', 'unconfirmed-down', 'confirmed-down'),
    devAddr: some(4),
    adr: fc.boolean(),
    ack: fc.boolean(),
    pending: fc.boolean(),
    fCnt: fc.nat(0xffff),
    fOpts: upTo(15),
    fPort: fc.option(fc.integer({ min: 1, max: 255 })),
    payload: upTo(200),
  })
  .map((frame) => ({
    ...frame,
    type: frame.type as DataFrame['type'],
    adrAckReq: frame.type.endsWith('up') && frame.adr,
    payload: frame.fPort === null ? new Uint8Array(0) : frame.payload,
  }));
const keys10 = fc.record({ nwkSKey: some(16), appSKey: some(16) });
const keys11 = fc.record({
  fNwkSIntKey: some(16),
  sNwkSIntKey: some(16),
  nwkSEncKey: some(16),
  appSKey: some(16),
});
const context = fc.record({
  fCntMsb: fc.nat(0xffff),
  confFCnt: fc.nat(0xffff),
  dataRate: fc.nat(15),
  channel: fc.nat(255),
});

describe('data frames', () => {
  test('what is made is proved and opened, in 1.0 and 1.1', () => {
    fc.assert(
      fc.property(plain, fc.oneof(keys10, keys11), context, (frame, keys, more) => {
        const bytes = encodeData(frame, keys, more);
        const read = decodePhy(bytes) as DataFrame;
        expect(read).toMatchObject({ ...frame, payload: expect.anything() });
        const lastFCnt = more.fCntMsb * 0x1_0000 + frame.fCnt;
        const opened = openData(bytes, keys, { ...more, lastFCnt });
        expect(opened.fCnt).toBe(lastFCnt);
        expect(hexOf(opened.payload)).toBe(hexOf(frame.payload));
      }),
    );
  });

  test('another implementation makes the same integrity code and payload', () => {
    fc.assert(
      fc.property(plain, keys10, fc.nat(0xffff), (frame, keys, fCntMsb) => {
        const bytes = encodeData(frame, keys, { fCntMsb });
        const other = loraPacket.fromWire(buffer(bytes));
        const msb = Buffer.from([fCntMsb & 0xff, fCntMsb >> 8]);
        expect(loraPacket.verifyMIC(other, buffer(keys.nwkSKey), undefined, msb)).toBe(true);
        if (frame.fPort === null) return;
        const open = loraPacket.decrypt(other, buffer(keys.appSKey), buffer(keys.nwkSKey), msb);
        expect(open.toString('hex')).toBe(hexOf(frame.payload));
      }),
    );
  });

  test('another implementation makes the same integrity codes of 1.1', () => {
    fc.assert(
      fc.property(plain, keys11, context, (frame, keys, { fCntMsb, confFCnt, dataRate, channel }) => {
        const bytes = encodeData(frame, keys, { fCntMsb, confFCnt, dataRate, channel });
        const isUp = frame.type.endsWith('up');
        // of a downlink the other always covers the counter, ours as the specification says: only with an ACK
        fc.pre(isUp || frame.ack);
        const conf = Buffer.from([confFCnt & 0xff, confFCnt >> 8, ...(isUp ? [dataRate, channel] : [])]);
        // the other turns these two bytes of an uplink round before use
        if (isUp) conf.writeUInt16BE(confFCnt);
        const mic = loraPacket.calculateMIC(
          loraPacket.fromWire(buffer(bytes)),
          buffer(keys.fNwkSIntKey),
          buffer(keys.sNwkSIntKey),
          Buffer.from([fCntMsb & 0xff, fCntMsb >> 8]),
          conf,
        );
        expect(mic.toString('hex')).toBe(hexOf(bytes.subarray(-4)));
      }),
    );
  });

  test('any one byte changed is noticed', () => {
    fc.assert(
      fc.property(
        plain,
        fc.oneof(keys10, keys11),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (frame, keys, at, by) => {
          const bytes = encodeData(frame, keys);
          bytes[at % bytes.length]! ^= by;
          const outcome = codeOf(() => openData(bytes, keys));
          // the three bits of the header that are for future use are covered too
          expect(outcome).toMatch(/^LORAWAN_(MIC_WRONG|TRUNCATED|UNSUPPORTED|BAD_FIELD|TOO_LONG)$/);
        },
      ),
    );
  });

  test('the upper half of the counter is part of the proof', () => {
    const keys = { nwkSKey: new Uint8Array(16), appSKey: new Uint8Array(16) };
    const frame = {
      ...{
        type: 'unconfirmed-up' as const,
        devAddr: Uint8Array.of(1, 2, 3, 4),
        adr: false,
        adrAckReq: false,
      },
      ...{ ack: false, pending: false, fCnt: 3, fPort: 1, payload: Uint8Array.of(9) },
    };
    const bytes = encodeData(frame, keys, { fCntMsb: 1 });
    expect(codeOf(() => openData(bytes, keys))).toBe('LORAWAN_MIC_WRONG');
    expect(openData(bytes, keys, { lastFCnt: 0xfffe }).fCnt).toBe(0x1_0003);
    expect(openData(bytes, keys, { lastFCnt: 0x1_0010 }).fCnt).toBe(0x1_0003);
  });

  test('options of 1.1 are ciphered both ways alike', () => {
    fc.assert(
      fc.property(plain, some(16), fc.nat(0xffff), (frame, key, msb) => {
        const read = decodePhy(encodeData(frame, { nwkSKey: key, appSKey: key })) as DataFrame;
        const ciphered = cipherOptions(read, key, msb);
        expect(hexOf(cipherOptions({ ...read, fOpts: ciphered }, key, msb))).toBe(hexOf(frame.fOpts));
        const other = loraPacket.fromWire(buffer(encodeData(frame, { nwkSKey: key, appSKey: key })));
        fc.pre(frame.fOpts.length > 0 && frame.type.endsWith('up'));
        const theirs = other.decryptFOpts(buffer(key), undefined, Buffer.from([msb & 0xff, msb >> 8]));
        expect(hexOf(theirs)).toBe(hexOf(ciphered));
      }),
    );
  });

  test('keys that are missing or of the wrong length are named', () => {
    const frame = decodePhy(bytesOfHex('40da1b0126800200017bcb460e6fcdb9ea8f')!) as DataFrame;
    expect(codeOf(() => cipherPayload(frame, {}))).toBe('LORAWAN_NO_KEY');
    expect(codeOf(() => cipherPayload(frame, { appSKey: new Uint8Array(15) }))).toBe('LORAWAN_BAD_KEY');
    expect(codeOf(() => dataMic(new Uint8Array(12), frame, {}))).toBe('LORAWAN_NO_KEY');
    expect(codeOf(() => checkDataMic(new Uint8Array(12), frame, { sNwkSIntKey: new Uint8Array(16) }))).toBe(
      'LORAWAN_NO_KEY',
    );
    expect(codeOf(() => openData(new Uint8Array(23), {}))).toBe('LORAWAN_UNSUPPORTED');
  });
});

describe('joins', () => {
  const accept = fc.record({
    joinNonce: some(3),
    netId: some(3),
    devAddr: some(4),
    rx1DrOffset: fc.nat(7),
    rx2DataRate: fc.nat(15),
    optNeg: fc.constant(false),
    rxDelayS: fc.integer({ min: 1, max: 15 }),
    cfList: fc.oneof(some(0), some(16)),
  });

  test('requests and accepts, made, opened and proved', () => {
    fc.assert(
      fc.property(some(8), some(8), some(2), some(16), accept, (joinEui, devEui, devNonce, key, fields) => {
        const request = encodeJoinRequest({ joinEui, devEui, devNonce }, key);
        expect(decodePhy(request)).toMatchObject({ type: 'join-request', joinEui, devEui, devNonce });
        expect(loraPacket.verifyMIC(loraPacket.fromWire(buffer(request)), undefined, buffer(key))).toBe(true);

        const sealed = encodeJoinAccept(fields, key);
        expect(decodePhy(sealed).type).toBe('join-accept');
        const { bytes, fields: opened } = openJoinAccept(sealed, key);
        expect(opened).toMatchObject(fields);
        expect(hexOf(joinMic(bytes, key))).toBe(hexOf(opened.mic));
        const theirs = loraPacket.decryptJoinAccept(loraPacket.fromWire(buffer(sealed)), buffer(key));
        expect(theirs.toString('hex')).toBe(hexOf(bytes));
      }),
    );
  });

  test('session keys as another implementation derives them', () => {
    fc.assert(
      fc.property(
        some(16),
        some(16),
        some(8),
        some(8),
        some(3),
        some(3),
        some(2),
        (app, nwk, joinEui, devEui, netId, joinNonce, devNonce) => {
          const numbers = { joinNonce, devNonce };
          const lower = (keys: object) =>
            Object.fromEntries(
              Object.entries(keys).map(([name, key]) => [name.toLowerCase(), hexOf(key as Uint8Array)]),
            );
          expect(lower(sessionKeys10(app, netId, numbers))).toEqual(
            lower(
              loraPacket.generateSessionKeys10(
                buffer(app),
                buffer(netId),
                buffer(joinNonce),
                buffer(devNonce),
              ),
            ),
          );
          expect(lower(sessionKeys11({ appKey: app, nwkKey: nwk }, joinEui, numbers))).toEqual(
            lower(
              loraPacket.generateSessionKeys11(
                buffer(app),
                buffer(nwk),
                buffer(joinEui),
                buffer(joinNonce),
                buffer(devNonce),
              ),
            ),
          );
          expect(lower(joinServerKeys(nwk, devEui))).toEqual(
            lower(loraPacket.generateJSKeys(buffer(nwk), buffer(devEui))),
          );
        },
      ),
    );
  });

  test('an accept of 1.1 proves the request it answers', () => {
    const opened = bytesOfHex('2001020304050607080900aa0011223344')!;
    const answer = { joinReqType: 0xff, joinEui: new Uint8Array(8).fill(1), devNonce: Uint8Array.of(0, 1) };
    const key = new Uint8Array(16).fill(7);
    const mic = hexOf(joinAcceptMic11(opened, key, answer));
    expect(mic).not.toBe(hexOf(joinAcceptMic11(opened, key, { ...answer, devNonce: Uint8Array.of(0, 2) })));
    expect(mic).not.toBe(hexOf(joinMic(opened, key)));
  });

  test('rejoins of every type', () => {
    const eui = '0102030405060708';
    expect(decodePhy(bytesOfHex(`c000030201${eui}0500aabbccdd`)!)).toMatchObject({
      ...{ type: 'rejoin-request', rejoinType: 0, joinEui: null, rjCount: 5 },
      netId: Uint8Array.of(1, 2, 3),
    });
    expect(decodePhy(bytesOfHex(`c001${eui}${eui}0100aabbccdd`)!)).toMatchObject({
      rejoinType: 1,
      netId: null,
      rjCount: 1,
    });
    expect(codeOf(() => decodePhy(bytesOfHex(`c003030201${eui}0500aabbccdd`)!))).toBe('LORAWAN_BAD_FIELD');
  });
});

test('golden frames', () => {
  const key = bytesOfHex('000102030405060708090a0b0c0d0e0f')!;
  const keys = { nwkSKey: key, appSKey: bytesOfHex('101112131415161718191a1b1c1d1e1f')! };
  const up = openData(bytesOfHex('40da1b0126800200017bcb460e6fcdb9ea8f')!, keys);
  expect([hexOf(up.frame.devAddr), up.fCnt, up.frame.adr, hexOf(up.payload)]).toEqual([
    '26011bda',
    2,
    true,
    '7761746572',
  ]);
  const down = openData(bytesOfHex('a0da1b01263201020203071120ab433014')!, keys);
  expect([down.fCnt, down.frame.ack, down.frame.pending, hexOf(down.payload)]).toEqual([
    513,
    true,
    true,
    '0102',
  ]);
  const { fields } = openJoinAccept(bytesOfHex('203bd202949b68837992c953b1dd7c3e7f')!, key);
  expect([hexOf(fields.netId), fields.rxDelayS, fields.rx2DataRate, fields.rx1DrOffset]).toEqual([
    '000013',
    5,
    3,
    1,
  ]);
});

test('any bytes are a frame or an error of ours', () => {
  fc.assert(
    fc.property(upTo(300), (bytes) => {
      expect(codeOf(() => decodePhy(bytes))).toMatch(
        /^(ok|LORAWAN_(TRUNCATED|TOO_LONG|UNSUPPORTED|BAD_FIELD))$/,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('the whole counter is the nearest with this lower half', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.integer({ min: -0x7fff, max: 0x7fff }), (last, by) => {
      const next = last + by;
      fc.pre(next >= 0 && next <= 0xffff_ffff);
      expect(wholeFCnt(next % 0x1_0000, last)).toBe(next);
    }),
  );
  expect(wholeFCnt(7)).toBe(7);
  expect(wholeFCnt(0xfff0, 3)).toBe(0xfff0);
});
