import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGateway, encodeGateway, isSameDevice } from '../../../src/dlms/index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const some = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

describe('gateway protocol', () => {
  it.each([
    ['request', 0, '31 32 33 34', 'c0 01 c1', 'e6 00 04 31 32 33 34 c0 01 c1'],
    ['response', 7, '', 'c4 01 c1', 'e7 07 00 c4 01 c1'],
  ] as const)('puts the prefix before a %s', (kind, network, device, apdu, frame) => {
    const meant = { kind, network, device: bytes(device), apdu: bytes(apdu) };
    expect(encodeGateway(meant)).toEqual(bytes(frame));
    expect(decodeGateway(bytes(frame))).toEqual(meant);
  });

  it('decodes what it encodes', () => {
    const frame = fc.record({
      kind: fc.constantFrom('request' as const, 'response' as const),
      network: fc.integer({ min: 0, max: 255 }),
      device: some(0, 255),
      apdu: some(1, 40),
    });
    fc.assert(
      fc.property(frame, (one) => {
        const found = decodeGateway(encodeGateway(one))!;
        expect({ ...found, device: found.device.slice(), apdu: found.apdu.slice() }).toEqual(one);
        expect(isSameDevice(found, one)).toBe(true);
      }),
    );
  });

  it('takes any bytes for a frame, for none, or for a piece of one', () => {
    const any = fc.oneof(
      some(0, 300),
      some(0, 300).map((rest) => Uint8Array.of(0xe7, ...rest)),
    );
    fc.assert(
      fc.property(any, (given) => {
        try {
          const found = decodeGateway(given);
          if (found === undefined) expect([0xe6, 0xe7]).not.toContain(given[0]);
          else expect(encodeGateway(found)).toEqual(given);
        } catch (error) {
          expect(error).toMatchObject({ code: 'DLMS_LINK_TRUNCATED' });
        }
      }),
    );
    expect(() =>
      encodeGateway({ kind: 'request', network: 256, device: bytes(''), apdu: bytes('00') }),
    ).toThrow(expect.objectContaining({ code: 'DLMS_LINK_NOT_ENCODABLE' }));
  });

  it('tells devices apart by network and address', () => {
    const one = { network: 1, device: bytes('0102') };
    expect(isSameDevice(one, { ...one })).toBe(true);
    expect(isSameDevice(one, { ...one, network: 2 })).toBe(false);
    expect(isSameDevice(one, { ...one, device: bytes('0103') })).toBe(false);
    expect(isSameDevice(one, { ...one, device: bytes('010200') })).toBe(false);
  });
});
