import { expect, test } from 'vitest';
import { decodeFrame, encodePush, frameFormats } from '../src/index.ts';

const body = {
  meter: 'OA1',
  sent: 1774746005,
  series: [{ quantity: '1.8.0', unit: 'kWh', interval: 900, first: 1774746000, values: [0.5, null] }],
};

test.each([
  ['push', 'json'],
  ['push', 'cbor'],
  ['push-json', 'json'],
  ['push-cbor', 'cbor'],
] as const)('%s prints %s messages as plain values', (format, as) => {
  expect(frameFormats).toContain(format);
  const values = decodeFrame(format, encodePush(as, body));
  expect(JSON.parse(JSON.stringify(values))).toEqual([
    {
      meter: 'OA1',
      sent: '2026-03-29T01:00:05.000Z',
      series: [
        {
          ...{ quantity: '1.8.0', unit: 'kWh', intervalS: 900 },
          ...{ end: [1774746000, 1774746900], value: [0.5, null], quality: [1, 9] },
        },
      ],
      ...{ events: [], rejects: [] },
    },
  ]);
});

test('a time beyond the calendar is no crash', () => {
  const values = decodeFrame('push', encodePush('json', { ...body, sent: 1e300 }));
  expect(values).toMatchObject([{ meter: 'OA1', sent: null, rejects: [{ code: 'PUSH_BAD_TIME' }] }]);
});

test('an unreadable message is told, an unknown format is an error', () => {
  expect(decodeFrame('push', new Uint8Array([0x7b]))).toMatchObject([{ error: { code: 'PUSH_NOT_JSON' } }]);
  expect(() => decodeFrame('__proto__', new Uint8Array(0))).toThrow(
    expect.objectContaining({ code: 'FRAME_UNKNOWN_FORMAT' }),
  );
});
