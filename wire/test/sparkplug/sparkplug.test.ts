import { OpenAmiError, Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeSparkplug,
  decodeSparkplugLine,
  encodeSparkplug,
  parseSparkplugState,
  parseSparkplugTopic,
  SparkplugHost,
  SparkplugLineDecoder,
  type SparkplugPayload,
  type SparkplugTaken,
  type SparkplugTopic,
  sparkplugToPush,
  sparkplugTopicText,
  sparkplugTypes,
  sparkplugValue,
} from '../../src/sparkplug/index.ts';
import { goldenPayloads } from './made.ts';

const startMs = 1_774_746_000_000;
const golden = Object.fromEntries(
  Object.entries(goldenPayloads).map(([name, hex]) => [name, bytesOfHex(hex)!]),
);
const topicOf = (kind: string, device?: string) =>
  parseSparkplugTopic(`spBv1.0/G/${kind}/N${device === undefined ? '' : `/${device}`}`) as SparkplugTopic;
const code = (name: string) => expect.objectContaining({ code: name });
const unitOfV = { keys: ['engUnit'], values: [{ type: 12, stringValue: 'V' }] };

/** A host and the messages of one edge node, numbered by itself. */
function node(limits = {}) {
  const host = new SparkplugHost(limits);
  let seq = 0;
  const send = (kind: string, device: string | undefined, payload: SparkplugPayload, atMs = startMs) => {
    const bytes = encodeSparkplug({ timestamp: startMs, seq, ...payload });
    seq = (Number(payload.seq ?? seq) + 1) % 256;
    return host.take(topicOf(kind, device), bytes, atMs);
  };
  const birth = (bdSeq = 0) =>
    send('NBIRTH', undefined, { seq: 0, metrics: [{ name: 'bdSeq', datatype: 8, longValue: bdSeq }] });
  const device = (name = 'D') =>
    send('DBIRTH', name, {
      metrics: [{ name: 'u', alias: 1, datatype: 10, doubleValue: 1, properties: unitOfV }],
    });
  const data = (value: number, payload: SparkplugPayload = {}, atMs = startMs) =>
    send('DDATA', 'D', { metrics: [{ alias: 1, doubleValue: value }], ...payload }, atMs);
  return { host, send, birth, device, data };
}

const rows = (taken: SparkplugTaken, receivedMs = startMs) => {
  const { device, series = [] } = sparkplugToPush(taken, { receivedMs }) ?? {};
  return series.map(({ quantity, unit, end, value, quality }) => [
    ...[device, quantity, unit, end[0], value[0], quality[0]],
  ]);
};
const codes = ({ faults }: SparkplugTaken) => faults.map((fault) => fault.code);

describe('payloads', () => {
  test('what another encoder wrote is read, and written alike', () => {
    for (const bytes of Object.values(golden)) {
      expect(hexOf(encodeSparkplug(decodeSparkplug(bytes)))).toBe(hexOf(bytes));
    }
  });

  test('any message comes back as it was', () => {
    const uint64 = fc
      .bigInt({ min: 0n, max: 2n ** 64n - 1n })
      .map((big) => (big < 2n ** 53n ? Number(big) : big));
    const value = fc.oneof(
      fc.nat(2 ** 32 - 1).map((intValue) => ({ intValue })),
      uint64.map((longValue) => ({ longValue })),
      fc.float({ noNaN: true }).map((floatValue) => ({ floatValue })),
      fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
      fc.boolean().map((booleanValue) => ({ booleanValue })),
      fc.string().map((stringValue) => ({ stringValue })),
      fc.uint8Array({ maxLength: 9 }).map((bytesValue) => ({ bytesValue })),
    );
    const optional = fc.record(
      { name: fc.string(), alias: uint64, isNull: fc.boolean() },
      { requiredKeys: [] },
    );
    const metric = fc.tuple(optional, value).map(([head, tail]) => ({ ...head, ...tail }));
    const payload = fc.record(
      {
        timestamp: uint64,
        seq: fc.nat(255),
        body: fc.uint8Array(),
        metrics: fc.array(metric, { minLength: 1 }),
      },
      { requiredKeys: ['metrics'] },
    );
    fc.assert(
      fc.property(payload, (made) => {
        expect(decodeSparkplug(encodeSparkplug(made))).toEqual(made);
      }),
    );
  });

  test.each([
    ['0a', 'SPARKPLUG_MALFORMED'],
    ['08', 'SPARKPLUG_TRUNCATED'],
    ['12ff01', 'SPARKPLUG_TRUNCATED'],
    ['0003', 'SPARKPLUG_MALFORMED'],
    ['08ffffffffffffffffffffff01', 'SPARKPLUG_MALFORMED'],
    ['120c0a0aff', 'SPARKPLUG_TRUNCATED'],
    ['12030a01ff', 'SPARKPLUG_MALFORMED'],
    ['0b', 'SPARKPLUG_MALFORMED'],
    [hexOf(encodeSparkplug({ uuid: 'SPBV1.0_COMPRESSED' })), 'SPARKPLUG_COMPRESSED'],
  ])('%s is refused: %s', (hex, expected) => {
    expect(() => decodeSparkplug(bytesOfHex(hex)!)).toThrow(code(expected));
  });

  test('fields that are not known are kept', () => {
    const hex = '0801d20603616263';
    expect(hexOf(encodeSparkplug(decodeSparkplug(bytesOfHex(hex)!)))).toBe(hex);
  });

  test('limits', () => {
    const two = encodeSparkplug({ metrics: [{ name: 'a' }, { name: 'b' }] });
    expect(() => decodeSparkplug(two, { bytes: 100, metrics: 1 })).toThrow(code('SPARKPLUG_TOO_LARGE'));
    expect(() => decodeSparkplug(two, { bytes: 5, metrics: 9 })).toThrow(code('SPARKPLUG_TOO_LARGE'));
  });
});

describe('values by data type', () => {
  const { int8, int16, int32, int64, uint8, uint64, float, boolean, dateTime, string } = sparkplugTypes;
  test.each([
    [{ intValue: 0xfb }, int8, -5],
    [{ intValue: 0xffff_fffb }, int8, -5],
    [{ intValue: 0xffff_fffb }, int32, -5],
    [{ longValue: 2n ** 64n - 5n }, int64, -5],
    [{ longValue: 2n ** 64n - 5n }, int16, -5],
    [{ intValue: 255 }, uint8, 255],
    [{ longValue: 2n ** 64n - 1n }, uint64, 2n ** 64n - 1n],
  ])('%o of type %i is %s', (metric, datatype, expected) => {
    expect(sparkplugValue(metric, datatype)).toEqual({ type: 'number', number: { raw: expected, power: 0 } });
  });

  test('other kinds', () => {
    expect(sparkplugValue({ floatValue: Math.fround(230.1) }, float)).toEqual({
      type: 'number',
      number: { raw: 2301, power: -1 },
    });
    expect(sparkplugValue({ booleanValue: true }, boolean)).toEqual({ type: 'flag', flag: true });
    expect(sparkplugValue({ longValue: startMs }, dateTime)).toEqual({ type: 'time', ms: startMs });
    expect(sparkplugValue({ stringValue: 'x', isNull: true }, string)).toBeUndefined();
    expect(sparkplugValue({ dataset: Uint8Array.of(1) }, 16)).toEqual({
      type: 'data',
      data: Uint8Array.of(1),
    });
    expect(sparkplugValue({ floatValue: Number.NaN }, float)).toEqual({
      type: 'notFinite',
      number: Number.NaN,
    });
  });

  test.each([
    [{ intValue: 256 }, uint8],
    [{ intValue: 300 }, int8],
    [{ booleanValue: true }, int8],
    [{ floatValue: 1 }, int32],
    [{ stringValue: 'x' }, float],
    [{ intValue: 1 }, 0],
  ])('%j of type %i is none', (metric, datatype) => {
    expect(() => sparkplugValue(metric, datatype)).toThrow(code('SPARKPLUG_TYPE'));
  });
});

describe('topics', () => {
  test.each(['spBv1.0/G/NBIRTH/N', 'spBv1.0/G/DDATA/N/D', 'spBv1.0/G/NCMD/N'])('%s', (text) => {
    expect(sparkplugTopicText(parseSparkplugTopic(text) as SparkplugTopic)).toBe(text);
  });
  test.each([
    '',
    'spBv1.0/G/NBIRTH',
    'spBv1.0/G/NBIRTH/N/D',
    'spBv1.0/G/DDATA/N',
    'spBv1.0/+/DDATA/N/D',
    'spAv1.0/G/NDATA/N',
    'spBv1.0/G/XDATA/N',
    'spBv1.0//NDATA/N',
    'spBv1.0/G/DDATA/N/D/E',
  ])('"%s" is none', (text) => {
    expect(() => parseSparkplugTopic(text)).toThrow(code('SPARKPLUG_TOPIC'));
  });
  test('states of hosts', () => {
    const topic = { kind: 'STATE', host: 'h' } as const;
    expect(parseSparkplugTopic('spBv1.0/STATE/h')).toEqual(topic);
    expect(parseSparkplugTopic('STATE/h')).toEqual(topic);
    expect(parseSparkplugState(topic, '{"online":true,"timestamp":5}')).toEqual({
      host: 'h',
      online: true,
      timestampMs: 5,
    });
    expect(parseSparkplugState(topic, 'OFFLINE')).toEqual({ host: 'h', online: false });
    expect(() => parseSparkplugState(topic, '{}')).toThrow(code('SPARKPLUG_STATE'));
  });
});

describe('a host', () => {
  test('data by alias have the names, types and units of the birth', () => {
    const host = new SparkplugHost();
    host.take(topicOf('NBIRTH'), golden.nbirth!, startMs);
    expect(rows(host.take(topicOf('DBIRTH', 'D'), golden.dbirth!, startMs))).toEqual([
      ['D', '1-0:1.8.0*255', 'kWh', 1_774_746_000, 1234.567, Quality.raw],
      ['D', 'Voltage L1', 'V', 1_774_746_000, 230.1, Quality.raw],
      ['D', 'Power', 'W', 1_774_746_000, -5, Quality.raw],
    ]);
    const data = host.take(topicOf('DDATA', 'D'), golden.ddata!, startMs);
    expect(codes(data)).toEqual([]);
    expect(rows(data)).toEqual([
      ['D', '1-0:1.8.0*255', 'kWh', 1_774_746_060, 1234.6, Quality.raw],
      ['D', 'Voltage L1', 'V', 1_774_745_100, 229.9, Quality.raw],
      ['D', 'Power', 'W', 1_774_746_060, Number.NaN, Quality.missing],
    ]);
    expect(data.readings.map(({ isHistorical }) => isHistorical)).toEqual([false, true, false]);
  });

  test('a sequence goes on over 255', () => {
    const { birth, device, data } = node();
    birth();
    device();
    for (let i = 0; i < 600; i++) expect(codes(data(i))).toEqual([]);
  });

  test('a gap: values by alias wait for the rebirth, which is asked for once a minute', () => {
    const { birth, device, data } = node();
    birth();
    device();
    const gap = data(2, { seq: 7 });
    expect(codes(gap)).toEqual(['SPARKPLUG_SEQUENCE']);
    expect(rows(gap)).toEqual([]);
    expect(sparkplugToPush(gap, { receivedMs: startMs })!.rejects).toMatchObject([
      { code: 'SPARKPLUG_ALIAS' },
    ]);
    expect(gap.rebirth!.topic).toBe('spBv1.0/G/NCMD/N');
    expect(decodeSparkplug(gap.rebirth!.payload).metrics).toMatchObject([
      { name: 'Node Control/Rebirth', datatype: 11, booleanValue: true },
    ]);
    expect(data(3, {}, startMs + 59_999).rebirth).toBeUndefined();
    expect(data(3, {}, startMs + 60_000).rebirth).toBeDefined();
    const named = { metrics: [{ name: 'u', doubleValue: 4 }] };
    expect(rows(data(4, named))[0]!.slice(0, 5)).toEqual(['D', 'u', 'V', 1_774_746_000, 4]);
    birth();
    device();
    expect(rows(data(5))[0]![4]).toBe(5);
  });

  test('data before a birth ask for it', () => {
    const { host, data, send } = node();
    const taken = data(1);
    expect(codes(taken)).toEqual(['SPARKPLUG_NO_BIRTH']);
    expect(taken.rebirth).toBeDefined();
    expect(data(1).rebirth).toBeUndefined();
    expect(host.kept.nodes).toBe(1);
    const full = { metrics: [{ name: 'u', datatype: 10, doubleValue: 4, properties: unitOfV }] };
    expect(rows(send('DDATA', 'D', full))[0]![4]).toBe(4);
  });

  test('deaths: of the present session they end it, of another they say nothing', () => {
    const { host, birth, device, data, send } = node();
    const death = (bdSeq: number) =>
      send('NDEATH', undefined, { metrics: [{ name: 'bdSeq', datatype: 8, longValue: bdSeq }] });
    birth(4);
    device();
    expect(death(3).isStale).toBe(true);
    expect(host.kept).toEqual({ nodes: 1, metrics: 2 });
    expect(death(4).isStale).toBe(false);
    expect(host.kept).toEqual({ nodes: 0, metrics: 0 });
    birth(5);
    device();
    send('DDEATH', 'D', {});
    expect(codes(data(1))).toEqual(['SPARKPLUG_NO_BIRTH']);
  });

  test('what is kept is bounded: the node that was silent longest gives way', () => {
    const host = new SparkplugHost({ nodes: 3 });
    for (let i = 0; i < 10; i++) {
      const topic = parseSparkplugTopic(`spBv1.0/G/NBIRTH/N${i}`) as SparkplugTopic;
      host.take(topic, golden.nbirth!, 0);
    }
    expect(host.kept).toEqual({ nodes: 3, metrics: 6 });
    const { birth, send } = node({ metricsPerNode: 4, devicesPerNode: 2 });
    birth();
    const metrics = [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }];
    expect(codes(send('DBIRTH', 'A', { metrics }))).toEqual(['SPARKPLUG_LIMIT']);
    send('DBIRTH', 'B', { metrics: [] });
    expect(codes(send('DBIRTH', 'C', { metrics: [] }))).toEqual(['SPARKPLUG_LIMIT']);
  });

  test('names and units of any length are not kept', () => {
    const { host, birth, send } = node();
    birth();
    const unit = { keys: ['engUnit'], values: [{ type: 12, stringValue: 'V'.repeat(41) }] };
    const long = { name: 'n'.repeat(513), alias: 1, datatype: 10, doubleValue: 1 };
    const taken = send('DBIRTH', 'D', {
      metrics: [long, { name: 'u', datatype: 10, doubleValue: 1, properties: unit }],
    });
    expect(host.kept.metrics).toBe(2);
    expect(sparkplugToPush(taken, { receivedMs: 0 })!.rejects[1]).toMatchObject({
      code: 'SPARKPLUG_NO_UNIT',
    });
  });

  test('the count of metrics is that of what is kept, whatever comes', () => {
    const kinds = fc.constantFrom('NBIRTH', 'DBIRTH', 'DDEATH', 'NDEATH', 'DDATA');
    const step = fc.record({
      kind: kinds,
      node: fc.nat(4),
      device: fc.nat(3),
      metrics: fc.nat(4),
      seq: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const host = new SparkplugHost({ nodes: 3, metricsKept: 20 });
        for (const { kind, node, device, metrics, seq } of steps) {
          const topic = parseSparkplugTopic(
            `spBv1.0/G/${kind}/N${node}${kind[0] === 'D' ? `/D${device}` : ''}`,
          );
          const made = Array.from({ length: metrics }, (_, i) => ({ name: `m${i}` }));
          host.take(topic as SparkplugTopic, encodeSparkplug({ seq, metrics: made }), 0);
          expect(host.kept.metrics).toBeGreaterThanOrEqual(0);
          expect(host.kept.metrics).toBeLessThanOrEqual(32);
          expect(host.kept.nodes).toBeLessThanOrEqual(3);
        }
        for (let i = 0; i < 5; i++) {
          host.take(parseSparkplugTopic(`spBv1.0/G/NDEATH/N${i}`) as SparkplugTopic, encodeSparkplug({}), 0);
        }
        expect(host.kept).toEqual({ nodes: 0, metrics: 0 });
      }),
    );
  });

  test('readings without a unit are rejected, those of the node itself are none, quality is heeded', () => {
    const { birth, send } = node();
    birth();
    const stale = {
      keys: ['Quality', 'engUnit'],
      values: [
        { type: 3, intValue: 500 },
        { type: 12, stringValue: 'V' },
      ],
    };
    const taken = send('DBIRTH', 'D', {
      metrics: [
        { name: 'Node Control/Scan rate', datatype: 3, intValue: 100 },
        { name: 'count', datatype: 3, intValue: 100 },
        { name: 'u', datatype: 3, intValue: 231, properties: stale },
        { name: 'now', datatype: 3, intValue: 231, properties: stale, isTransient: true },
        { name: 'bad', datatype: 5, intValue: 256, properties: stale },
        { name: 'name', datatype: 12, stringValue: 'x' },
      ],
    });
    expect(rows(taken).map((row) => row.slice(1, 2).concat(row.slice(4)))).toEqual([
      ['u', 231, Quality.questionable],
    ]);
    const { rejects } = sparkplugToPush(taken, { receivedMs: 0 })!;
    expect(rejects.map(({ quantity, code }) => [quantity, code])).toEqual([
      ['count', 'SPARKPLUG_NO_UNIT'],
      ['bad', 'SPARKPLUG_TYPE'],
    ]);
    const units = { receivedMs: 0, unitOf: () => 'count', deviceOf: () => 'OA1' };
    expect(sparkplugToPush(taken, units)).toMatchObject({ device: 'OA1', rejectCount: 1 });
  });

  test('a message without a sequence number is taken, and said to have none', () => {
    const { birth, device, host } = node();
    birth();
    device();
    const bytes = encodeSparkplug({ metrics: [{ alias: 1, doubleValue: 3 }] });
    const taken = host.take(topicOf('DDATA', 'D'), bytes, startMs);
    expect(codes(taken)).toEqual(['SPARKPLUG_NO_SEQUENCE']);
    expect(rows(taken)[0]![4]).toBe(3);
  });
});

test('lines: births name the aliases of the lines after them', () => {
  const decoder = new SparkplugLineDecoder();
  const line = (topic: string, hex: string) => decoder.decode(JSON.stringify({ id: topic, topic, hex }));
  line('spBv1.0/G/NBIRTH/N', goldenPayloads.nbirth);
  line('spBv1.0/G/DBIRTH/N/D', goldenPayloads.dbirth);
  expect(line('spBv1.0/G/DDATA/N/D', goldenPayloads.ddata)).toMatchObject({
    ok: true,
    seq: '2',
    metrics: [
      { name: 'Meter/1-0:1.8.0', value: '1234.6', unit: 'kWh' },
      { value: '229.9', isHistorical: true },
      { value: null },
    ],
  });
  expect(decodeSparkplugLine(JSON.stringify({ hex: goldenPayloads.nbirth }))).toMatchObject({
    ok: true,
    metrics: [{ name: 'bdSeq', value: '7' }, { flag: false }],
  });
  expect(decodeSparkplugLine('{"id":1,"hex":"0b"}')).toMatchObject({
    ok: false,
    error: { code: 'SPARKPLUG_MALFORMED' },
  });
  const state = { id: 2, topic: 'spBv1.0/STATE/h', hex: hexOf(new TextEncoder().encode('{"online":false}')) };
  expect(decodeSparkplugLine(JSON.stringify(state))).toMatchObject({ ok: true, host: 'h', online: false });
});

test('damage gives our errors and nothing else', () => {
  const kinds = ['NBIRTH', 'DBIRTH', 'DDATA'] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(golden)),
      fc.constantFrom(...kinds),
      fc.nat(),
      fc.nat(255),
      fc.nat(),
      (bytes, kind, at, byte, cut) => {
        const damaged = bytes.slice(0, cut % 4 === 0 ? cut % bytes.length : bytes.length);
        damaged[at % Math.max(1, damaged.length)] = byte;
        const host = new SparkplugHost();
        host.take(topicOf('NBIRTH'), golden.nbirth!, 0);
        try {
          const taken = host.take(topicOf(kind, kind === 'NBIRTH' ? undefined : 'D'), damaged, 0);
          sparkplugToPush(taken, { receivedMs: 0 });
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
          expect((error as OpenAmiError).code).toMatch(/^SPARKPLUG_/);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
