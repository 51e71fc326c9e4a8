import { expect, test } from 'vitest';
import { decodeApdu } from '../../src/dlms/apdu/apdu.ts';
import { renderApdu, renderApduBytes, renderValue } from '../../src/dlms/render.ts';
import { decodeFrame } from '../../src/index.ts';
import { goldenApdus } from './golden-apdus.ts';
import { hex } from './vectors.ts';

test.each(goldenApdus)('%s is plain JSON with the name of its service', (text, apdu) => {
  const shown = renderApduBytes(hex(text));
  expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
  expect(shown).toMatchObject({ service: apdu.service });
});

test('a request, for people', () => {
  const text =
    'c001c100070100630100ff0201010204020412000809060000010000ff0f02120000090c07e20601ff000300ffff8880090c07e50106ff000300ffffc4000100';
  const clock = {
    type: 'structure',
    elements: [
      { type: 'long-unsigned', value: 8 },
      { type: 'octet-string', hex: '0000010000ff', logicalName: '0.0.1.0.0.255', meaning: 'clock' },
      { type: 'integer', value: 2 },
      { type: 'long-unsigned', value: 0 },
    ],
  };
  expect(renderApduBytes(hex(text))).toEqual({
    service: 'get-request',
    kind: 'normal',
    invokeId: 1,
    confirmed: true,
    highPriority: true,
    attribute: {
      classId: 7,
      instance: '1.0.99.1.0.255',
      attribute: 2,
      className: 'profile generic',
      meaning: 'load profile, period 1',
      attributeName: 'buffer',
    },
    selection: {
      selector: 1,
      parameters: {
        type: 'structure',
        elements: [
          clock,
          { type: 'octet-string', hex: '07e20601ff000300ffff8880', dateTime: '2018-06-01T00:03:00+02:00' },
          { type: 'octet-string', hex: '07e50106ff000300ffffc400', dateTime: '2021-01-06T00:03:00+01:00' },
          { type: 'array', elements: [] },
        ],
      },
    },
  });
});

test('methods by name; what is not known keeps its numbers', () => {
  expect(renderApduBytes(hex('c301c10046000060030aff0200'))).toMatchObject({
    method: {
      className: 'disconnect control',
      meaning: 'disconnect control',
      methodName: 'remote_reconnect',
    },
  });
  const unknown = { classId: 9999, instance: '128.1.2.3.4.5', attribute: -1 };
  const request = { service: 'get-request', kind: 'normal', invoke: 1, attribute: unknown } as const;
  expect(renderApdu(request)).toMatchObject({ attribute: unknown });
  expect(Object.keys(renderApdu(request).attribute as object)).toEqual(Object.keys(unknown));
});

test('a notification, for people', () => {
  expect(renderApduBytes(hex('0fc00000070c07e30c1001080102ffffc4000906313233410000ffaa'))).toEqual({
    service: 'data-notification',
    invokeId: 7,
    confirmed: true,
    highPriority: true,
    dateTime: '2019-12-16T08:01:02+01:00',
    body: { type: 'octet-string', hex: '313233410000', text: '123A' },
    rest: 'ffaa',
  });
});

test('what an association carries is opened', () => {
  const shown = renderApduBytes(hex('601da109060760857405080101be10040e01000000065f1f0400007e1f04b0'));
  expect(shown).toMatchObject({
    service: 'aarq',
    contextName: 'logical-name',
    userInformation: { service: 'initiate-request', version: 6, maxPduSize: 1200 },
  });
});

test('passwords and keys are not shown, challenges are', () => {
  const aarq = (mechanism: number): string =>
    `6020a109060760857405080101 8b076085740508020${mechanism} ac0a80083132333435363738`.replaceAll(' ', '');
  expect(JSON.stringify(renderApdu(decodeApdu(hex(aarq(1)))))).not.toContain('3132333435363738');
  expect(JSON.stringify(renderApdu(decodeApdu(hex(aarq(5)))))).toContain('3132333435363738');
  const initiate = renderApduBytes(hex('01011000112233445566778899aabbccddeeff0000065f1f0400007e1f04b0'));
  expect(initiate).toMatchObject({ dedicatedKey: '(not shown)' });
  expect(JSON.stringify(initiate)).not.toContain('2233');
});

test('values of every kind', () => {
  const shown = (type: never, value: unknown) => renderValue({ type, value } as never);
  expect(shown('long64-unsigned' as never, 2n ** 64n - 1n)).toEqual({
    type: 'long64-unsigned',
    value: '18446744073709551615',
  });
  expect(shown('long64' as never, -5n)).toEqual({ type: 'long64', value: -5 });
  expect(shown('float64' as never, Number.NaN)).toEqual({ type: 'float64', value: 'NaN' });
  expect(shown('date' as never, hex('ffff0c18ff'))).toEqual({ type: 'date', value: '****-12-24' });
  expect(shown('time' as never, hex('0c1e00ff'))).toEqual({ type: 'time', value: '12:30:00' });
  expect(renderValue({ type: 'bit-string', bits: 10, value: hex('a540') })).toEqual({
    type: 'bit-string',
    bits: '1010010101',
  });
  // twelve bytes that are no time, and the empty string
  expect(shown('octet-string' as never, hex('454d52303232323137333631'))).toMatchObject({
    text: 'EMR022217361',
  });
  expect(shown('octet-string' as never, hex('07e30d1001080102ffffc400'))).toEqual({
    type: 'octet-string',
    hex: '07e30d1001080102ffffc400',
  });
  expect(shown('octet-string' as never, hex(''))).toEqual({ type: 'octet-string', hex: '' });
  expect(
    renderValue({
      type: 'compact-array',
      description: { type: 'array', count: 1, element: { type: 'unsigned' } },
      elements: [{ type: 'array', elements: [{ type: 'unsigned', value: 1 }] }],
    }),
  ).toMatchObject({ of: 'array[1](unsigned)' });
});

test('the frame format is known by name', () => {
  expect(decodeFrame('dlms-apdu', hex('c501c100'))).toEqual([
    {
      service: 'set-response',
      kind: 'normal',
      invokeId: 1,
      confirmed: true,
      highPriority: true,
      result: 'success',
    },
  ]);
  expect(() => decodeFrame('dlms-apdu', hex('c5'))).toThrow(
    expect.objectContaining({ code: 'DLMS_TRUNCATED' }),
  );
});
