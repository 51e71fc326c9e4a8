import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  blockCoapOption,
  blockOption,
  type CoapMessage,
  coapCodes,
  coapCodeText,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textCoapOptions,
  textOptions,
  uintCoapOption,
  uintOption,
  unknownCritical,
} from '../../src/coap/index.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const message: fc.Arbitrary<CoapMessage> = fc.record({
  type: fc.constantFrom('con', 'non', 'ack', 'rst'),
  code: fc.integer({ min: 1, max: 255 }),
  id: fc.nat(65_535),
  token: fc.uint8Array({ maxLength: 8 }),
  options: fc
    .array(fc.record({ number: fc.nat(65_535), value: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 6 })
    .map((options) => options.sort((a, b) => a.number - b.number)),
  payload: fc.uint8Array({ maxLength: 100 }),
});

test('any message comes back as it was', () => {
  fc.assert(
    fc.property(message, (made) => {
      expect(decodeCoap(encodeCoap(made))).toEqual(made);
    }),
  );
});

test('a request and its answer as RFC 7252 appendix A draws them', () => {
  const request = decodeCoap(bytesOfHex('40017d34bb74656d7065726174757265')!);
  expect(request).toMatchObject({ type: 'con', code: coapCodes.get, id: 0x7d34 });
  expect(textOptions(request, coapOptions.uriPath)).toEqual(['temperature']);
  const answer = decodeCoap(bytesOfHex('60457d34ff32322e332043')!);
  expect(answer).toMatchObject({ type: 'ack', code: coapCodes.content, id: 0x7d34 });
  expect(new TextDecoder().decode(answer.payload)).toBe('22.3 C');
  expect(hexOf(encodeCoap(answer))).toBe('60457d34ff32322e332043');
});

test.each([
  ['', 'COAP_TRUNCATED'],
  ['4001', 'COAP_TRUNCATED'],
  ['80010001', 'COAP_MALFORMED'],
  ['4901000100000000000000000000', 'COAP_MALFORMED'],
  ['4401000101', 'COAP_TRUNCATED'],
  ['40000001ff', 'COAP_MALFORMED'],
  ['40010001ff', 'COAP_MALFORMED'],
  ['40010001f0', 'COAP_MALFORMED'],
  ['400100010f', 'COAP_MALFORMED'],
  ['40010001d0', 'COAP_TRUNCATED'],
  ['40010001b5616263', 'COAP_TRUNCATED'],
  ['40010001e0ffff e0ffff', 'COAP_MALFORMED'],
  [`40010001${'00'.repeat(65)}`, 'COAP_TOO_LARGE'],
])('%s: %s', (hex, expected) => {
  expect(() => decodeCoap(bytesOfHex(hex)!)).toThrow(code(expected));
});

test('a message that cannot be read tells its id, so that it can be refused', () => {
  expect(() => decodeCoap(bytesOfHex('400112345f')!)).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ id: 0x1234, isConfirmable: true }) }),
  );
  expect(() => decodeCoap(new Uint8Array(20).fill(0x40), 10)).toThrow(code('COAP_TOO_LARGE'));
});

describe('options', () => {
  test('whole numbers in as few bytes as they need', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), (value) => {
        const option = uintCoapOption(coapOptions.maxAge, value);
        expect(uintOption({ options: [option] }, coapOptions.maxAge)).toBe(value);
        expect(option.value[0]).not.toBe(0);
      }),
    );
    expect(uintCoapOption(6, 0).value).toHaveLength(0);
  });

  test('blocks', () => {
    const block = fc.record({
      number: fc.nat(2 ** 20 - 1),
      more: fc.boolean(),
      size: fc.constantFrom(16, 64, 512, 1024),
    });
    fc.assert(
      fc.property(block, (made) => {
        const options = [blockCoapOption(coapOptions.block1, made)];
        expect(blockOption({ options }, coapOptions.block1)).toEqual(made);
      }),
    );
    expect(blockOption({ options: [{ number: 27, value: Uint8Array.of(7) }] }, 27)).toBe('bad');
    expect(blockOption({ options: [{ number: 27, value: new Uint8Array(4) }] }, 27)).toBe('bad');
    expect(blockOption({ options: [] }, 27)).toBeUndefined();
  });

  test('texts, and what must be understood', () => {
    expect(textOptions({ options: textCoapOptions(11, ['rd', 'x']) }, 11)).toEqual(['rd', 'x']);
    expect(textOptions({ options: [{ number: 11, value: Uint8Array.of(0xff) }] }, 11)).toBeUndefined();
    expect(unknownCritical({ options: [{ number: 9, value: new Uint8Array(0) }] })).toBe(9);
    expect(unknownCritical({ options: [{ number: 258, value: new Uint8Array(0) }] })).toBeUndefined();
    const twice = (number: number) => unknownCritical({ options: [...textCoapOptions(number, ['a', 'b'])] });
    expect(twice(coapOptions.uriPath)).toBeUndefined();
    expect(twice(coapOptions.etag)).toBeUndefined();
    expect(twice(coapOptions.accept)).toBe(coapOptions.accept);
    expect(twice(coapOptions.block1)).toBe(coapOptions.block1);
    expect(coapCodeText(coapCodes.changed)).toBe('2.04');
    expect(coapCodeText(coapCodes.continue)).toBe('2.31');
  });
});

test('random bytes give our errors and nothing else', () => {
  const head = fc.constantFrom([0x40, 1, 0, 1], [0x48, 2, 0, 1], [0x50, 69, 9, 9]);
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 60 }), (first, rest) => {
      try {
        const read = decodeCoap(Uint8Array.from([...first, ...rest]));
        expect(decodeCoap(encodeCoap(read))).toEqual(read);
      } catch (error) {
        expect(error).toBeInstanceOf(OpenAmiError);
        expect((error as OpenAmiError).code).toMatch(/^COAP_/);
      }
    }),
    { numRuns: 5_000 },
  );
});
