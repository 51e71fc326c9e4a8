import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { decodeMappedLine } from '../../src/mapping/decode-line.ts';
import { loadMapping, readMapping } from '../../src/mapping/load.ts';
import { MappingRegistry } from '../../src/mapping/registry.ts';
import { apart, fileOf, receivedAt, receivedS, useApart } from './helpers.ts';

useApart();

const example = (expected: unknown, payload: unknown = { value: 1.5 }) => ({
  examples: [{ title: 'one', topic: 't/m', payload, receivedAt, expect: expected }],
});
const right = [
  { meter: 'm', series: [{ quantity: '1-0:1.8.0', unit: 'kWh', readings: [[receivedAt, 1.5]] }] },
];

async function refusal(more: object): Promise<{ code: string; message: string }> {
  try {
    await loadMapping(stringify(fileOf(more)), { apart });
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('was taken');
}

test('a mapping whose examples come out is taken, from YAML and from JSON', async () => {
  const file = fileOf(example(right));
  expect((await loadMapping(stringify(file), { apart })).id).toBe('test');
  expect((await loadMapping(JSON.stringify(file), { apart })).id).toBe('test');
});

test('one whose example does not is refused, with what differs', async () => {
  const wrong = [
    {
      meter: 'n',
      series: [{ quantity: '1-0:1.8.0', unit: 'kWh', readings: [[receivedAt, 1.6]] }],
      events: [{ code: '3.26.0.85', at: receivedAt }],
    },
  ];
  const { code, message } = await refusal(example(wrong));
  expect(code).toBe('MAPPING_EXAMPLE');
  expect(message.split('\n')).toEqual([
    'examples[0] (one) expect[0].meter: expected "n", came out "m"',
    'examples[0] (one) expect[0].series[0].readings[0][1]: expected 1.6, came out 1.5',
    'examples[0] (one) expect[0].events: [{"code":"3.26.0.85","at":"2026-03-01T12:00:00Z"}] was expected and did not come out',
  ]);
  expect((await refusal(example(null))).message).toContain('expect: expected null, came out [');
  expect((await refusal(example(right, 'no json'))).message).toContain('failed: MAPPING_NOT_JSON');
  expect(
    (await refusal({ examples: [{ payload: {}, receivedAt: 'noon', expect: null }] })).message,
  ).toContain("'noon' is no ISO time");
});

test.each([
  [{ topics: [] }, 'MAPPING_MALFORMED', 'nothing would ever come'],
  [{ topics: ['t/+'] }, 'MAPPING_MALFORMED', '`device` is missing'],
  [{ topics: ['t/#/x'] }, 'MAPPING_TOPIC', "'t/#/x'"],
  [{ series: [{ quantity: 'x', unit: 'kWh', value: 'a +' }] }, 'MAPPING_EXPRESSION', 'series[0].value:'],
  [{ when: '(('.repeat(900) }, 'MAPPING_EXPRESSION', 'when:'],
  [{ when: `1${' + 1'.repeat(500)}` }, 'MAPPING_EXPRESSION', 'when: nested too deeply'],
  [{ when: `${'('.repeat(3_000)}1${')'.repeat(3_000)}` }, 'MAPPING_EXPRESSION', 'when:'],
  [{ series: [{ quantity: 'x', unit: 'bananas', value: 'a' }] }, 'MAPPING_UNIT', "'bananas'"],
  [{ series: [{ quantity: 'x', unit: 'kWh', value: 'a', quality: 'fine' }] }, 'MAPPING_UNIT', "'fine'"],
  [{ series: [{ quantity: 'x', unit: 'kWh', valeu: 'a' }] }, 'MAPPING_MALFORMED', '/series/0'],
  [{ time: { value: 't', zone: 'Mars/Olympus' } }, 'MAPPING_MALFORMED', 'time.zone'],
  [{ parameters: { device: { default: 1 } } }, 'MAPPING_MALFORMED', 'parameters.device'],
  [{ parameters: { 'a b': { default: 1 } } }, 'MAPPING_MALFORMED', '/parameters'],
  [{ examples: [] }, 'MAPPING_MALFORMED', '/examples'],
  [{ version: 2 }, 'MAPPING_MALFORMED', '/version'],
])('%j is refused', async (more, code, part) => {
  expect(await refusal(more)).toMatchObject({ code, message: expect.stringContaining(part) });
});

test('what is no YAML, or has aliases without end, is refused', async () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x]\n${'bcdefgh'
    .split('')
    .map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]}, `.repeat(8)}x]`)
    .join('\n')}`;
  for (const text of ['a: [', bomb, '12', 'x'.repeat(600_000)]) {
    expect(() => readMapping(text, { apart })).toThrow(
      expect.objectContaining({ code: 'MAPPING_MALFORMED' }),
    );
  }
});

test('parameters have defaults that can be set', async () => {
  const file = stringify(
    fileOf({
      parameters: { factor: { default: 2 } },
      series: [{ quantity: '1-0:1.8.0', unit: 'kWh', value: 'value * $factor' }],
    }),
  );
  const registry = new MappingRegistry();
  registry.add(readMapping(file, { apart, parameters: { test: { factor: 5 } } }));
  const line = await decodeMappedLine('{"topic":"t/m","payload":{"value":3}}', registry, receivedS);
  expect(line).toMatchObject({ messages: [{ series: [{ readings: [[receivedAt, 15]] }] }] });
});

test('lines to decode', async () => {
  const registry = new MappingRegistry();
  registry.add(readMapping(stringify(fileOf()), { apart }));
  const decode = (line: unknown) =>
    decodeMappedLine(typeof line === 'string' ? line : JSON.stringify(line), registry, receivedS);
  const messages = [
    { meter: 'm', series: [{ quantity: '1-0:1.8.0', unit: 'kWh', readings: [[receivedAt, 7]] }] },
  ];
  const good = { id: 'x', ok: true, mapping: 'test', messages };
  expect(await decode({ id: 'x', topic: 't/m', payload: { value: 7 } })).toEqual(good);
  expect(await decode({ id: 'x', topic: 't/m', payload: '{"value": "7"}', received: receivedAt })).toEqual(
    good,
  );
  expect(await decode({ id: 'x', topic: 't/m', hex: '7b2276616c7565223a377d' })).toEqual(good);
  expect(await decode({ id: 'x', topic: 't/m', mapping: 'test', payload: { value: 7 } })).toEqual(good);
  const failures: [unknown, string][] = [
    [{ id: 1, topic: 'other', payload: {} }, 'MAPPING_UNKNOWN'],
    [{ id: 1, mapping: 'other', payload: {} }, 'MAPPING_UNKNOWN'],
    [{ id: 1, topic: 't/m', payload: '{' }, 'MAPPING_NOT_JSON'],
    [{ id: 1, topic: 't/m' }, 'DECODE_BAD_FIELD'],
    [{ id: 1, topic: 't/m', payload: 1, received: 'noon' }, 'DECODE_BAD_FIELD'],
  ];
  for (const [line, code] of failures) {
    expect(await decode(line)).toMatchObject({ id: 1, ok: false, error: { code } });
  }
  expect(await decode('')).toMatchObject({ id: null, ok: false, error: { code: 'DECODE_LINE_EMPTY' } });
});
