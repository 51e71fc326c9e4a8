import { OpenAmiError, Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodePushBody,
  decodePushMessage,
  defaultPushLimits,
  encodePush,
  encodePushSequence,
  type PushBody,
  type PushFormat,
  PushSplitter,
} from '../../src/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const json = (body: unknown) => decodePushMessage('json', bytes(JSON.stringify(body)));
const formats: PushFormat[] = ['json', 'cbor'];

const series = { quantity: '1-0:1.8.0', unit: 'kWh', interval: 900, first: '2026-03-29T01:00:00Z' };

describe('a good message', () => {
  test.each(formats)('%s: values, nulls and readings become columns', (format) => {
    const body: PushBody = {
      meter: 'OA1',
      sent: '2026-03-29T02:00:05.500Z',
      series: [
        { ...series, values: [0.12, null, 0.2], quality: 'valid' },
        {
          quantity: 'import',
          unit: 'kWh',
          readings: [
            [1774746000, 12.5],
            ['2026-03-29T01:00:00Z', 13, 'estimated'],
          ],
        },
      ],
      events: [{ code: '3.26.0.85', at: 1774746000, detail: 'L2' }],
    };
    const message = decodePushMessage(format, encodePush(format, body));
    expect(message.device).toBe('OA1');
    expect(message.sentMs).toBe(Date.UTC(2026, 2, 29, 2, 0, 5, 500));
    const [first, second] = message.series;
    expect([...first!.end]).toEqual([1774746000, 1774746900, 1774747800]);
    expect([...first!.value]).toEqual([0.12, Number.NaN, 0.2]);
    expect([...first!.quality]).toEqual([Quality.valid, Quality.missing, Quality.valid]);
    expect(second!.intervalS).toBe(0);
    expect([...second!.quality]).toEqual([Quality.raw, Quality.estimated]);
    expect(message.events).toEqual([{ code: '3.26.0.85', at: 1774746000, detail: 'L2' }]);
    expect(message.rejectCount).toBe(0);
  });

  test('one quality a value', () => {
    const message = json({ series: [{ ...series, values: [1, 2], quality: ['raw', 'questionable'] }] });
    expect([...message.series[0]!.quality]).toEqual([Quality.raw, Quality.questionable]);
  });
});

describe('a bad message is one typed error', () => {
  const deep = `{"series":${'['.repeat(5_000_000)}`;
  test.each([
    ['PUSH_EMPTY', new Uint8Array(0)],
    ['PUSH_NOT_JSON', bytes('{"series":[')],
    ['PUSH_NOT_JSON', bytes('{"series":[{"values":[NaN]}]}')],
    ['PUSH_TOO_DEEP', bytes(deep)],
    ['PUSH_BROKEN_UTF8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['PUSH_WRONG_TYPE', bytes('[]')],
    ['PUSH_WRONG_TYPE', bytes('{"meter":7,"series":[]}')],
    ['PUSH_WRONG_TYPE', bytes('{"series":{}}')],
    ['PUSH_WRONG_TYPE', bytes('{}')],
    ['PUSH_TOO_LARGE', new Uint8Array(defaultPushLimits.messageBytes + 1)],
  ])('%s', (code, body) => {
    expect(() => decodePushMessage('json', body)).toThrow(expect.objectContaining({ code }));
  });

  test('CBOR: tags, deep nesting, broken text and cut items', () => {
    const cbor =
      (...all: number[]) =>
      () =>
        decodePushMessage('cbor', new Uint8Array(all));
    expect(cbor(0xc1, 0x00)).toThrow(expect.objectContaining({ code: 'PUSH_NOT_CBOR' }));
    expect(cbor(0xa1, 0x61, 0xff, 0x00)).toThrow(expect.objectContaining({ code: 'PUSH_BROKEN_UTF8' }));
    expect(cbor(0xa1, 0x61)).toThrow(expect.objectContaining({ code: 'PUSH_NOT_CBOR' }));
    const nested = new Uint8Array(1_000_000).fill(0x81);
    expect(() => decodePushMessage('cbor', nested)).toThrow(
      expect.objectContaining({ code: 'PUSH_TOO_DEEP' }),
    );
  });
});

describe('a bad part is a reject and the rest stands', () => {
  test.each([
    ['PUSH_WRONG_TYPE', { ...series, quantity: 5, values: [1] }],
    ['PUSH_WRONG_TYPE', { ...series, unit: '', values: [1] }],
    ['PUSH_WRONG_TYPE', { ...series, interval: -1, values: [1] }],
    ['PUSH_WRONG_TYPE', { ...series, values: 'x' }],
    ['PUSH_WRONG_TYPE', 'no series'],
    ['PUSH_WRONG_TYPE', { ...series, interval: 0, values: [1, 2] }],
    ['PUSH_BAD_TIME', { ...series, first: '2026-02-30T00:00:00Z', values: [1] }],
    ['PUSH_BAD_TIME', { ...series, first: '2026-03-29T01:00:00', values: [1] }],
    ['PUSH_NOT_FINITE', { ...series, values: ['NaN'] }],
    ['PUSH_NOT_FINITE', { ...series, values: ['-Infinity'] }],
    ['PUSH_WRONG_TYPE', { ...series, values: ['0.5'] }],
    ['PUSH_WRONG_TYPE', { ...series, values: [{}] }],
    ['PUSH_BAD_QUALITY', { ...series, values: [1], quality: 'splendid' }],
    ['PUSH_BAD_TIME', { quantity: 'import', unit: 'kWh', readings: [['yesterday', 5]] }],
    ['PUSH_TWO_FORMS', { ...series, values: [1, 2, 3], readings: [['2026-03-29T01:00:00Z', 5]] }],
  ])('%s %j', (code, bad) => {
    const message = json({ meter: 'OA1', series: [bad, { ...series, values: [7] }] });
    expect(message.rejects.map((reject) => reject.code)).toEqual([code]);
    expect([...message.series.at(-1)!.value]).toEqual([7]);
  });

  test('of a series with two forms it is told how much was not taken', () => {
    const message = json({ series: [{ ...series, values: [1, 2, 3], readings: [[900, 5]] }] });
    expect(message.rejects).toMatchObject([{ code: 'PUSH_TWO_FORMS', value: '3 values, 1 readings' }]);
  });

  test('what is missing has no value', () => {
    const message = json({ series: [{ quantity: 'import', values: [1] }] });
    expect(message.rejects).toMatchObject([{ code: 'PUSH_WRONG_TYPE', value: '' }]);
    expect(message.rejects[0]!.detail).toContain('series[0].unit');
  });

  test('1e999 is not finite', () => {
    const text = '{"series":[{"quantity":"q","unit":"kWh","interval":900,"first":900,"values":[1e999,2]}]}';
    const message = decodePushMessage('json', bytes(text));
    expect(message.rejects[0]).toMatchObject({ code: 'PUSH_NOT_FINITE', end: 900, value: 'Infinity' });
    expect([...message.series[0]!.value.subarray(0, message.series[0]!.length)]).toEqual([2]);
  });

  test('rejects are described up to a bound and counted beyond it', () => {
    const message = json({ series: [{ ...series, values: new Array(5_000).fill('x') }] });
    expect(message.rejects).toHaveLength(1_000);
    expect(message.rejectCount).toBe(5_000);
  });
});

describe('bodies of several messages', () => {
  const bodies: PushBody[] = [1, 2, 3].map((n) => ({
    meter: `M"{[,${n}`,
    series: [{ ...series, values: [n] }],
  }));
  const devices = (body: Uint8Array) =>
    decodePushBody(body).map((part) => part.message?.device ?? part.error?.code);
  const all = bodies.map((body) => body.meter);

  test.each(formats)('%s: array and sequence', (format) => {
    expect(devices(encodePush(format, bodies))).toEqual(all);
    expect(devices(encodePushSequence(format, bodies))).toEqual(all);
  });

  test('pretty printed, and with a byte order mark', () => {
    expect(devices(bytes(JSON.stringify(bodies, null, 2)))).toEqual(all);
    expect(devices(bytes(`\ufeff${JSON.stringify(bodies)}`))).toEqual(all);
    expect(devices(bytes(JSON.stringify(bodies[0], null, 2)))).toEqual(all.slice(0, 1));
  });

  test('blanks before the first message are not kept, however many and in whatever chunks', () => {
    const limits = { ...defaultPushLimits, messageBytes: 100 };
    const splitter = new PushSplitter('json', limits);
    for (let i = 0; i < 1_000; i++) expect(splitter.push(bytes(' \n'.repeat(40)))).toEqual([]);
    const all = [
      splitter.push(bytes('\ufeff \n{"a":1}\n')),
      splitter.push(bytes('{"a":2}')),
      splitter.finish(),
    ];
    expect(all.flat().map((part) => new TextDecoder().decode(part))).toEqual(['{"a":1}', '{"a":2}']);
  });

  test('a second byte order mark is part of a message; a million of them are one', () => {
    const marks = new Uint8Array(3_000_000).map((_, i) => [0xef, 0xbb, 0xbf][i % 3]!);
    expect(devices(marks)).toEqual(['PUSH_NOT_JSON']);
  });

  test('a broken line spoils nothing but itself', () => {
    const lines = [JSON.stringify(bodies[0]), '{"meter":[', JSON.stringify(bodies[2])].join('\n');
    expect(devices(bytes(lines))).toEqual([all[0], 'PUSH_NOT_JSON', all[2]]);
  });

  const deep = `{"meter":${'['.repeat(20)}${']'.repeat(20)}}`;
  const brokenText = bytes('{"meter":"?"}').map((byte) => (byte === 0x3f ? 0xff : byte));
  const lines = (...parts: Uint8Array[]) =>
    Uint8Array.from(parts.flatMap((part, i) => (i === 0 ? [...part] : [0x0a, ...part])));

  test.each([
    ['PUSH_TOO_DEEP', bytes(deep)],
    ['PUSH_BROKEN_UTF8', brokenText],
  ])('%s in one line spoils nothing but itself, wherever it stands', (code, bad) => {
    const [first, second] = bodies.map((body) => encodePush('json', body)) as [Uint8Array, Uint8Array];
    expect(devices(lines(first, bad, second))).toEqual([all[0], code, all[1]]);
    expect(devices(lines(bad, first, second))).toEqual([code, all[0], all[1]]);
  });

  test('an element too deep spoils nothing but itself', () => {
    const elements = [JSON.stringify(bodies[0]), deep, JSON.stringify(bodies[2])];
    expect(devices(bytes(`[${elements.join(',')}]`))).toEqual([all[0], 'PUSH_TOO_DEEP', all[2]]);
  });

  test('CBOR: broken text and a tag spoil nothing but themselves', () => {
    const [first, second] = bodies.map((body) => encodePush('cbor', body)) as [Uint8Array, Uint8Array];
    const sequence = (bad: number[]) => Uint8Array.from([...first, ...bad, ...second]);
    expect(devices(sequence([0xa1, 0x61, 0xff, 0x00]))).toEqual([all[0], 'PUSH_BROKEN_UTF8', all[1]]);
    expect(devices(sequence([0xc1, 0x82, 0x01, 0x02]))).toEqual([all[0], 'PUSH_NOT_CBOR', all[1]]);
  });

  test('a cut array keeps what came before', () => {
    const text = JSON.stringify(bodies);
    expect(devices(bytes(text.slice(0, -20)))).toEqual([all[0], all[1], 'PUSH_TRUNCATED']);
  });
});

describe('properties', () => {
  const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null));
  const name = fc.string({ minLength: 1, maxLength: 20 });
  const body: fc.Arbitrary<PushBody> = fc.record({
    meter: name,
    series: fc.array(
      fc.record({
        quantity: name,
        unit: name,
        interval: fc.constantFrom(60, 900, 3600),
        first: fc.integer({ min: 1, max: 4e9 }),
        values: fc.array(value, { maxLength: 20 }),
      }),
      { maxLength: 4 },
    ),
  });

  test('decode(encode(x)) = x', () => {
    fc.assert(
      fc.property(body, fc.constantFrom(...formats), (given, format) => {
        const message = decodePushMessage(format, encodePush(format, given));
        expect(message.device).toBe(given.meter);
        expect(message.series.map((one) => Array.from(one.value, (v) => v + 0))).toEqual(
          given.series!.map((one) => one.values!.map((v) => (v === null ? Number.NaN : v + 0))),
        );
        message.series.forEach((one, s) => {
          one.end.forEach((end, i) => {
            expect(end).toBe((given.series![s]!.first as number) + i * given.series![s]!.interval!);
          });
        });
      }),
      { numRuns: 200 },
    );
  });

  test('any bytes give messages or typed errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...formats), (given, format) => {
        for (const part of decodePushBody(given, format)) {
          expect(part.message !== undefined || part.error instanceof OpenAmiError).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('any JSON gives a message or a typed error', () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record({
        meter: fc.jsonValue(),
        sent: fc.jsonValue(),
        series: fc.jsonValue(),
        events: fc.jsonValue(),
      }),
      fc.record({
        series: fc.array(
          fc.record(
            {
              quantity: fc.constant('q'),
              unit: fc.constant('u'),
              values: fc.jsonValue(),
              readings: fc.jsonValue(),
              first: fc.jsonValue(),
            },
            { requiredKeys: ['quantity', 'unit'] },
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(odd, fc.constantFrom(...formats), (given, format) => {
        for (const part of decodePushBody(encodePush(format, given as never), format)) {
          expect(part.message !== undefined || part.error instanceof OpenAmiError).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('damaged messages give messages or typed errors', () => {
    fc.assert(
      fc.property(
        fc.array(body, { maxLength: 3 }),
        fc.constantFrom(...formats),
        fc.nat(),
        fc.nat(255),
        (given, format, at, byte) => {
          const damaged = encodePush(format, given).slice();
          if (damaged.length > 0) damaged[at % damaged.length] = byte;
          for (const part of decodePushBody(damaged, format)) {
            expect(part.message !== undefined || part.error instanceof OpenAmiError).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('the way a body is cut into chunks changes nothing', () => {
    const shapes = (given: PushBody[], format: PushFormat) => [
      encodePush(format, given),
      encodePushSequence(format, given),
      bytes(JSON.stringify(given, null, 1)),
    ];
    fc.assert(
      fc.property(
        fc.array(body, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...formats),
        fc.nat(2),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (given, format, shape, cuts) => {
          const whole = shapes(given, format)[shape]!;
          const as = shape === 2 ? 'json' : format;
          expect(split(whole, as, cuts)).toEqual(split(whole, as, [whole.length]));
          expect(split(whole, as, cuts)).toHaveLength(given.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});

function split(body: Uint8Array, format: PushFormat, cuts: number[]): string[] {
  const splitter = new PushSplitter(format, defaultPushLimits);
  const out: Uint8Array[] = [];
  for (let at = 0, i = 0; at < body.length; i++) {
    const next = at + cuts[i % cuts.length]!;
    out.push(...splitter.push(body.subarray(at, next)));
    at = next;
  }
  out.push(...splitter.finish());
  return out.map((part) => Array.from(part, (byte) => byte.toString(16)).join(''));
}
