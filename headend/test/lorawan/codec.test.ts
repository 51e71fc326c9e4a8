/** Codecs as data: what is refused, what an example proves, what fields become. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { acceptCodec, type CodecDefinition, checkCodec, failingExamples } from '../../src/lorawan/codec.ts';
import { CodecHost } from '../../src/lorawan/codec-host.ts';
import { readCodec } from '../../src/lorawan/codec-shape.ts';
import { type CodecMapping, checkMapping, mapData } from '../../src/lorawan/mapping.ts';
import { differencesOf } from '../../src/lorawan/same.ts';

const host = new CodecHost();
afterAll(() => host.close());

const script = `function decodeUplink(input) {
  if (input.fPort !== 2) throw new Error('port');
  var b = input.bytes;
  return { data: { volume: ((b[0] << 8) | b[1]) / 1000, at: input.recvTime.toISOString() }, warnings: [] };
}
function encodeDownlink(input) { return { bytes: [input.data.minutes], fPort: 3 }; }`;

const codec: CodecDefinition = {
  id: 'acme/water-1',
  vendor: 'Acme',
  models: ['Water 1'],
  fPorts: [2],
  decoder: 'script',
  script,
  examples: [
    {
      fn: 'decodeUplink',
      input: { bytes: '03e9', fPort: 2, recvTime: '2026-03-01T13:00:00.0004+01:00' },
      output: { data: { volume: 1.001, at: '2026-03-01T12:00:00Z' }, errors: [] },
    },
    { fn: 'decodeUplink', input: { bytes: [0], fPort: 1 }, output: { errors: ['unknown port'] } },
    { fn: 'encodeDownlink', input: { data: { minutes: 15 } }, output: { bytes: '0f', fPort: 3 } },
  ],
  mapping: { series: [{ value: 'volume', quantity: '8-0:1.0.0', unit: 'm3' }] },
};

describe('upload', () => {
  test('a codec whose examples hold is taken', async () => {
    await acceptCodec(codec, host, ['mbus']);
    expect(await failingExamples(codec, host)).toEqual([]);
    await acceptCodec({ ...codec, decoder: 'mbus', script: '', examples: [] }, host, ['mbus']);
  });

  test('the codec of the README is taken', async () => {
    const readme = readFileSync(new URL('../../src/lorawan/README.md', import.meta.url), 'utf8');
    const [, json] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];
    await acceptCodec(readCodec(JSON.parse(json!)), host, ['mbus']);
  });

  test('a codec from a file is read as it is, and any other value is refused by name', async () => {
    expect(readCodec(structuredClone(codec))).toEqual(codec);
    const whole = {
      ...codec,
      recvTime: 'text',
      mapping: {
        meter: 'id',
        series: [
          {
            ...{
              each: 'v',
              where: { a: null, b: 1, c: true },
              value: 'n',
              quantity: 'x',
              unit: { path: 'u' },
            },
            ...{
              intervalS: 60,
              scale: 2,
              time: 't',
              stepS: { path: 's' },
              order: 'oldest-first',
              alignS: 60,
            },
          },
        ],
        events: [{ each: 'a', where: { '': 'leak' }, code: '1.2.3.4', detail: 'd', time: 't' }],
      },
    };
    expect(readCodec(whole)).toEqual(whole);
    const faults: [string, unknown][] = [
      [': not an object', null],
      ['script: missing', { ...codec, script: undefined }],
      ['models[1]: not a text', { ...codec, models: ['a', 1] }],
      ['scripts: not a field of a codec', { ...codec, scripts: '' }],
      [
        'examples[0].input: not an object',
        { ...codec, examples: [{ fn: 'decodeUplink', input: [], output: {} }] },
      ],
      [
        'mapping.series[0].unit.path: missing',
        { ...codec, mapping: { series: [{ value: '', quantity: '', unit: {} }] } },
      ],
      [
        'mapping.events[0].where.x: neither',
        { ...codec, mapping: { series: [], events: [{ where: { x: {} }, code: '' }] } },
      ],
      ['recvTime: not one of date, text', { ...codec, recvTime: 'utc' }],
    ];
    for (const [message, value] of faults) {
      expect(() => readCodec(value)).toThrow(expect.objectContaining({ code: 'CODEC_INVALID' }));
      expect(() => readCodec(value)).toThrow(message);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(whole)),
        fc.jsonValue({ maxDepth: 3 }),
        async (name, value) => {
          try {
            checkCodec(readCodec({ ...whole, [name]: value }), []);
          } catch (error) {
            expect(error).toMatchObject({ code: 'CODEC_INVALID' });
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('an example that does not hold: refused, with the difference', async () => {
    const examples = [
      { ...codec.examples[0]!, output: { data: { volume: 1.002, at: '2026-03-01T12:00:00Z', more: [] } } },
      { ...codec.examples[2]!, output: { bytes: [16], fPort: 3 } },
    ];
    await expect(acceptCodec({ ...codec, examples }, host, [])).rejects.toMatchObject({
      code: 'CODEC_EXAMPLE_FAILED',
      message: '2 of 2; example 0 at "/data/volume": 1.001 instead of 1.002',
      data: {
        failures: [
          {
            index: 0,
            differences: [
              { path: '/data/volume', expected: '1.002', got: '1.001' },
              { path: '/data/more', expected: '[]', got: 'nothing' },
            ],
          },
          { index: 1, differences: [{ path: '/bytes/0', expected: '16', got: '15' }] },
        ],
      },
    });
  });

  test.each<[string, Partial<CodecDefinition>]>([
    ['id', { id: '../x' }],
    ['models', { models: [] }],
    ['fPorts', { fPorts: [256] }],
    ['decoder', { decoder: 'zcl' }],
    ['script', { script: ' ' }],
    ['script', { decoder: 'mbus' }],
    ['examples', { examples: [] }],
    [
      'mapping.series[0].unit',
      { mapping: { series: [{ value: 'v', quantity: '8-0:1.0.0', unit: 'furlong' }] } },
    ],
    [
      'mapping.series[0].quantity',
      { mapping: { series: [{ value: 'v', quantity: '8-0:999.0.0', unit: 'm3' }] } },
    ],
    [
      'mapping.series[0].scale',
      { mapping: { series: [{ value: 'v', quantity: 'x', unit: 'm3', scale: 0 }] } },
    ],
    ['path a..b', { mapping: { series: [{ value: 'a..b', quantity: 'x', unit: 'm3' }] } }],
    [
      'path a..b',
      { mapping: { series: [{ value: 'v', quantity: 'x', unit: 'm3', stepS: { path: 'a..b' } }] } },
    ],
    ...(['each', 'time'] as const).map((name): [string, Partial<CodecDefinition>] => [
      'path a..b',
      { mapping: { series: [], events: [{ where: { a: 1 }, code: '3.0.0.0', [name]: 'a..b' }] } },
    ]),
    ['mapping.events[0].code', { mapping: { series: [], events: [{ where: { a: 1 }, code: 'leak' }] } }],
  ])('%s that is wrong is named', async (name, change) => {
    await expect(acceptCodec({ ...codec, ...change }, host, ['mbus'])).rejects.toMatchObject({
      code: 'CODEC_INVALID',
      message: expect.stringContaining(name),
    });
  });

  test('a script that does not load is refused as such', async () => {
    await expect(acceptCodec({ ...codec, script: 'function (' }, host, [])).rejects.toMatchObject({
      code: 'CODEC_EXAMPLE_FAILED',
      message: expect.stringContaining('CODEC_SYNTAX'),
    });
  });
});

test('what counts as the same', () => {
  expect(differencesOf({ a: 0.1 + 0.2, errors: [] }, { a: 0.3, warnings: [] })).toEqual([]);
  expect(differencesOf({ t: '2026-01-01T00:00:00Z' }, { t: '2026-01-01T01:00:00.000+01:00' })).toEqual([]);
  expect(differencesOf({ t: '2026-01-01T00:00:00.000' }, { t: '2026-01-01T00:00:00.001Z' })).toHaveLength(1);
  expect(differencesOf({ a: 1 }, { a: 1 + 1e-8 })).toHaveLength(1);
  expect(differencesOf({ a: '1' }, { a: 1 })).toHaveLength(1);
  expect(differencesOf({ warnings: ['x'] }, {})).toHaveLength(1);
  expect(differencesOf([1, 2], [1])).toEqual([{ path: '', expected: '[1,2]', got: '[1]' }]);
});

const frameMs = Date.UTC(2026, 2, 1, 12, 7, 30);
const frame = { device: '0102030405060708', frameMs };
const frameS = frameMs / 1_000;
const series = (data: unknown, mapping: CodecMapping['series'][number]) => {
  checkMapping({ series: [mapping] });
  const message = mapData(data, { series: [mapping] }, frame);
  return message.series.map(({ unit, end, value, intervalS }) => ({
    unit,
    intervalS,
    end: [...end],
    value: [...value],
  }));
};

describe('fields become readings', () => {
  test('one register at the time of the frame, its unit said by the codec', () => {
    const mapping = { value: 'energy', unit: { path: 'energyUnit' }, quantity: '6-0:1.0.0' };
    expect(series({ energy: 894_135, energyUnit: 'kWh' }, mapping)).toEqual([
      { unit: 'kWh', intervalS: 0, end: [frameS], value: [894_135] },
    ]);
    expect(series({ other: 1 }, mapping)).toEqual([]);
    const { rejects } = mapData({ energy: 1, energyUnit: 'spoons' }, { series: [mapping] }, frame);
    expect(rejects).toMatchObject([{ code: 'CODEC_FIELD', detail: 'unit "spoons"' }]);
  });

  test('rows of a list, with a time of their own', () => {
    const data = {
      values: [
        { Type: 'Volume', Value: 0.236, Unit: 'm3', Timestamp: '2026-03-01T00:00:00.000Z' },
        { Type: 'Dry', Value: false, Unit: 'NA' },
        { Type: 'Volume', Value: 236, Unit: 'L', Timestamp: '2026-02-28T00:00:00.000Z' },
      ],
    };
    const day = Date.UTC(2026, 2, 1) / 1_000;
    expect(
      series(data, {
        ...{ each: 'values', where: { Type: 'Volume' }, value: 'Value' },
        ...{ unit: { path: 'Unit' }, time: 'Timestamp', quantity: '8-0:1.0.0' },
      }),
    ).toEqual([
      { unit: 'm3', intervalS: 0, end: [day], value: [0.236] },
      { unit: 'L', intervalS: 0, end: [day - 86_400], value: [236] },
    ]);
  });

  test('pairs, lists within lists, a root that is a list', () => {
    const pairs = {
      increments: [
        ['2026-03-01T11:45:00Z', 3],
        [frameS, '4.5'],
        [frameMs, 5],
      ],
    };
    expect(
      series(pairs, {
        each: '/increments',
        value: '/1',
        time: '/0',
        unit: 'Wh',
        quantity: 'a',
        intervalS: 900,
        scale: 0.1,
      }),
    ).toEqual([
      { unit: 'Wh', intervalS: 900, end: [frameS - 1_350, frameS, frameS], value: [0.3, 0.45, 0.5] },
    ]);
    const deep = {
      payloads: [
        {
          registers: [
            { id: 0, values: [1] },
            { id: 1, values: [2] },
          ],
        },
        { type: 'x' },
      ],
    };
    expect(
      series(deep, {
        each: 'payloads[*].registers',
        where: { id: 1 },
        value: 'values.0',
        unit: 'Wh',
        quantity: 'a',
      }),
    ).toMatchObject([{ value: [2] }]);
    expect(
      series(
        [
          { variable: 'index', value: 7 },
          { variable: 'x', value: 8 },
        ],
        {
          ...{ each: '', where: { variable: 'index' }, value: 'value', unit: 'Wh', quantity: 'a' },
        },
      ),
    ).toMatchObject([{ value: [7] }]);
  });

  test('values of the past go back from the newest', () => {
    const mapping = { value: 'counters', unit: 'L', quantity: 'a', stepS: 3_600 };
    const noon = Date.UTC(2026, 2, 1, 12) / 1_000;
    const ends = [noon, noon - 3_600, noon - 7_200];
    expect(series({ counters: [30, null, 10] }, { ...mapping, alignS: 3_600 })).toEqual([
      { unit: 'L', intervalS: 0, end: [ends[0], ends[2]], value: [30, 10] },
    ]);
    expect(
      series({ counters: [10, 20, 30] }, { ...mapping, alignS: 3_600, order: 'oldest-first' }),
    ).toMatchObject([{ end: ends.toReversed() }]);
    expect(
      series(
        { counters: [3, 2], at: '2026-03-01T06:00:00', every: 60 },
        { ...mapping, time: '$.at', stepS: { path: '$.every' } },
      ),
    ).toMatchObject([{ end: [noon - 21_600, noon - 21_660] }]);
    const { rejects, series: none } = mapData(
      { counters: [1, 2] },
      { series: [{ ...mapping, stepS: { path: 'no' } }] },
      frame,
    );
    expect([none, rejects.length]).toEqual([[], 1]);
  });

  test('a time that cannot be true, a value that is none: rejected, the rest stands', () => {
    const mapping = { each: 'v', value: 'n', time: 't', unit: 'L', quantity: 'a' };
    const rows = [
      { n: 1, t: '1970-01-01T00:00:00Z' },
      { n: 2, t: 'yesterday' },
      { n: 'x' },
      { n: true },
      { n: 3 },
      { n: 4, t: frameS + 86_400 },
    ];
    const message = mapData({ v: rows }, { series: [mapping] }, frame);
    expect([...message.series[0]!.value]).toEqual([3]);
    expect(message.rejectCount).toBe(5);
    expect(message.rejects.map(({ value }) => value)).toEqual(['1', '2', '"x"', 'true', '4']);
  });

  test('states become events; the meter may be named by the payload', () => {
    const mapping: CodecMapping = {
      meter: 'id',
      series: [],
      events: [{ each: 'alarms', where: { '': 'leak' }, code: '21.12.0.85', detail: 'leak' }],
    };
    checkMapping(mapping);
    const message = mapData({ id: 70_969_798, alarms: ['dry', 'leak'] }, mapping, frame);
    expect(message.device).toBe('70969798');
    expect(message.events).toEqual([{ code: '21.12.0.85', at: frameS, detail: 'leak' }]);
    expect(mapData({ id: null }, mapping, frame).device).toBe(frame.device);
  });

  test('a flood of rows is cut', () => {
    const v = Array.from({ length: 20_000 }, (_, n) => ({ n: 'x', m: n }));
    const many = mapData({ v }, { series: [{ each: 'v', value: 'n', unit: 'L', quantity: 'a' }] }, frame);
    expect(many.rejectCount).toBe(10_000);
    expect(many.rejects).toHaveLength(1_000);
  });
});
