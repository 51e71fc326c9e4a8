import { OpenAmiError, Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { decimalText } from '../../src/decimal.ts';
import {
  contentFormats,
  decodeLwm2m,
  decodeLwm2mLine,
  decodeTlv,
  encodeLwm2mSenml,
  encodeLwm2mTlv,
  encodeTlv,
  type Lwm2mResource,
  lwm2mModels,
  lwm2mPathText,
  lwm2mToPush,
  parseLinks,
  parseLwm2mPath,
  parseRegistration,
  parseUpdate,
  standardLwm2mModels,
  type TlvEntry,
  textOfValue,
  valueOfText,
} from '../../src/lwm2m/index.ts';
import { utf8Bytes } from '../../src/text.ts';
import { deviceTlv, goldenPayloads } from './made.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const bytesOf = ({ hex, text }: { hex?: string; text?: string }) =>
  text === undefined ? bytesOfHex(hex!)! : utf8Bytes(text);
const json = (text: string, path: number[] = []) =>
  decodeLwm2m(utf8Bytes(text), { format: contentFormats.json, path });
const tlv = (hex: string, path: number[]) =>
  decodeLwm2m(bytesOfHex(hex)!, { format: contentFormats.tlv, path });
const shown = (resources: readonly Lwm2mResource[]) =>
  resources.map(({ path, value }) => [lwm2mPathText(path), plain(value)]);

function plain(value: Lwm2mResource['value']): unknown {
  if (value.type === 'number') return decimalText(value.number);
  if (value.type === 'time') return `at ${decimalText(value.s)}`;
  if (value.type === 'text') return value.text;
  if (value.type === 'flag') return value.flag;
  if (value.type === 'data') return hexOf(value.data);
  return value.type === 'link' ? `${value.object}:${value.instance}` : String(value.number);
}

describe('paths', () => {
  test.each(['/', '/3', '/3/0', '/10243/0/14', '/3/0/7/1', '/65535'])('%s', (text) => {
    expect(lwm2mPathText(parseLwm2mPath(text))).toBe(text);
  });
  test.each(['/a', '//', '/3//0', '/65536', '/1/2/3/4/5', '/-1', '/01', '/3/0/x'])('%s is none', (text) => {
    expect(() => parseLwm2mPath(text)).toThrow(code('LWM2M_PATH'));
  });
});

test('whole numbers are the same text again, beyond 2^53, too', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (whole) => {
      expect(textOfValue(valueOfText(String(whole), 'integer'))).toBe(String(whole));
    }),
  );
  expect(textOfValue(valueOfText('1.50', 'float'))).toBe('1.5');
});

describe('TLV', () => {
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constantFrom(7, 8, 255, 256).map((size) => new Uint8Array(size)),
  );
  const leaf = (kind: TlvEntry['kind']) => fc.record({ kind: fc.constant(kind), id: fc.nat(65_535), value });
  const group = (kind: TlvEntry['kind'], inner: fc.Arbitrary<TlvEntry>) =>
    fc
      .record({ kind: fc.constant(kind), id: fc.nat(65_535), entries: fc.array(inner, { maxLength: 4 }) })
      .map((entry) => ({
        ...entry,
        value: encodeTlv(entry.entries),
      }));
  const multiple = group('multiple', leaf('resourceInstance'));
  const entry = fc.oneof(
    leaf('resource'),
    multiple,
    group('objectInstance', fc.oneof(leaf('resource'), multiple)),
  );

  test('any entries come back', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        expect(decodeTlv(encodeTlv(entries))).toEqual(entries);
      }),
    );
    for (const size of [65_535, 65_536]) {
      const bytes = encodeTlv([{ kind: 'resource', id: 1, value: new Uint8Array(size) }]);
      expect(decodeTlv(bytes)[0]!.value).toHaveLength(size);
    }
  });

  test('the device object of the standard', () => {
    expect(shown(tlv(deviceTlv, [3, 0]))).toEqual([
      ['/3/0/0', 'Open Mobile Alliance'],
      ['/3/0/1', 'Lightweight M2M Client'],
      ['/3/0/2', '345000123'],
      ['/3/0/3', '1.0'],
      ['/3/0/6/0', '1'],
      ['/3/0/6/1', '5'],
      ['/3/0/7/0', '3800'],
      ['/3/0/7/1', '5000'],
      ['/3/0/8/0', '125'],
      ['/3/0/8/1', '900'],
      ['/3/0/9', '100'],
      ['/3/0/10', '15'],
      ['/3/0/11/0', '0'],
      ['/3/0/13', 'at 1367491215'],
      ['/3/0/14', '+02:00'],
      ['/3/0/16', 'U'],
    ]);
  });

  test('an instance may be wrapped, left out or several; a resource alone has its instances', () => {
    const instance = `080079${deviceTlv}`;
    expect(tlv(instance, [3])).toHaveLength(16);
    expect(tlv(instance, [3, 0])).toHaveLength(16);
    expect(shown(tlv('c10964', [3]))).toEqual([['/3/0/9', '100']]);
    expect(shown(tlv('42000ed842011388', [3, 0, 7]))).toEqual([
      ['/3/0/7/0', '3800'],
      ['/3/0/7/1', '5000'],
    ]);
    expect(shown(tlv('88070842000ed842011388', [3, 0, 7]))).toHaveLength(2);
  });

  test.each([
    ['c8', [3, 0], 'LWM2M_TRUNCATED'],
    ['c80014', [3, 0], 'LWM2M_TRUNCATED'],
    ['02000200', [3, 0], 'LWM2M_MALFORMED'],
    ['c10964', [], 'LWM2M_MALFORMED'],
    ['410001', [3, 0], 'LWM2M_MALFORMED'],
  ])('%s of %j: %s', (hex, path, expected) => {
    expect(() => tlv(hex, path)).toThrow(code(expected));
  });

  test('a value that is not of its type is kept as bytes, with the reason; the others stand', () => {
    const [wrong, right] = tlv('c30d010203c10964', [3, 0]);
    expect(wrong).toMatchObject({
      value: { type: 'data', data: Uint8Array.of(1, 2, 3) },
      error: { code: 'LWM2M_VALUE' },
    });
    expect(plain(right!.value)).toBe('100');
    expect(shown(tlv('c10107', [9_999]))).toEqual([['/9999/0/1', '07']]);
  });
});

describe('other formats', () => {
  test('JSON of 1.0', () => {
    const resources = json(
      '{"bn":"/3/0/","bt":1774746000,"e":[{"n":"9","v":80,"t":-5},{"n":"0","sv":"ACME"},{"n":"6/1","v":5},{"n":"22/0","ov":"66:1"}]}',
    );
    expect(shown(resources)).toEqual([
      ['/3/0/9', '80'],
      ['/3/0/0', 'ACME'],
      ['/3/0/6/1', '5'],
      ['/3/0/22/0', '66:1'],
    ]);
    expect(resources.map(({ time, isRelative }) => [decimalText(time!), isRelative])[0]).toEqual([
      '1774745995',
      false,
    ]);
    expect(shown(json('{"e":[{"v":80}]}', [3, 0, 9]))).toEqual([['/3/0/9', '80']]);
    expect(shown(json('{"bn":"/3/0/9","e":[{"n":"","v":80}]}'))).toEqual([['/3/0/9', '80']]);
    expect(shown(json('{"bn":"/3/0","e":[{"n":"9","v":80}]}'))).toEqual([['/3/0/9', '80']]);
    expect(shown(json('{"e":[{"n":"3/0/9","v":80}]}'))).toEqual([['/3/0/9', '80']]);
  });

  test.each([
    ['{}', 'LWM2M_MALFORMED'],
    ['{"e":[{"n":"9"}]}', 'LWM2M_PATH'],
    ['{"bn":"/3/0/","e":[{"n":"9"}]}', 'LWM2M_MALFORMED'],
    ['{"bn":"/3/0/","e":[{"n":"x","v":1}]}', 'LWM2M_PATH'],
    ['{"e":[', 'LWM2M_TRUNCATED'],
  ])('%s: %s', (text, expected) => {
    expect(() => json(text)).toThrow(code(expected));
  });

  test('SenML: a link, a time and bytes', () => {
    const text =
      '[{"bn":"/","n":"1/0/10","vlo":"11:2"},{"n":"3/0/13","v":1774746000},{"n":"5/0/0","vd":"AQI"},{"n":"3/0/9","v":true}]';
    expect(() => decodeLwm2m(utf8Bytes(text), { format: 110 })).toThrow(code('SENML_BAD_FIELD'));
    const good = decodeLwm2m(utf8Bytes(text.replace('"v":true', '"vs":"many"')), { format: 110 });
    expect(shown(good)).toEqual([
      ['/1/0/10', '11:2'],
      ['/3/0/13', 'at 1774746000'],
      ['/5/0/0', '0102'],
      ['/3/0/9', 'many'],
    ]);
    expect(good[3]!.error).toMatchObject({ code: 'LWM2M_VALUE' });
  });

  test('CBOR of 1.2, nested and by path', () => {
    const read = (hex: string, path: number[] = []) =>
      shown(decodeLwm2m(bytesOfHex(hex)!, { format: 11_544, path }));
    expect(read('a103a100a200646163646309 1850')).toEqual([
      ['/3/0/0', 'acdc'],
      ['/3/0/9', '80'],
    ]);
    expect(read('a1830300091850')).toEqual([['/3/0/9', '80']]);
    expect(read('a103a100a107a2001903e8011903e9')).toEqual([
      ['/3/0/7/0', '1000'],
      ['/3/0/7/1', '1001'],
    ]);
    expect(read('1850', [3, 0, 9])).toEqual([['/3/0/9', '80']]);
    expect(() => read('a1616101')).toThrow(code('LWM2M_MALFORMED'));
    expect(() => read('a10301')).toThrow(code('LWM2M_PATH'));
    expect(() => read('a1850102030405 01'.replace(' ', ''))).toThrow(code('LWM2M_MALFORMED'));
  });

  test('text and opaque need the path of a resource', () => {
    const text = (value: string, path: number[]) =>
      plain(decodeLwm2m(utf8Bytes(value), { format: 0, path })[0]!.value);
    expect(text('80', [3, 0, 9])).toBe('80');
    expect(text('-2.5e1', [3305, 0, 5800])).toBe('-25');
    expect(text('1', [1, 0, 6])).toBe(true);
    expect(text('11:0', [1, 0, 10])).toBe('11:0');
    expect(text('AQI', [5, 0, 0])).toBe('0102');
    expect(text('1774746000', [3, 0, 13])).toBe('at 1774746000');
    expect(() => text('80', [3, 0])).toThrow(code('LWM2M_MALFORMED'));
    expect(decodeLwm2m(utf8Bytes('x'), { format: 0, path: [3, 0, 9] })[0]!.error).toBeDefined();
    expect(shown(decodeLwm2m(Uint8Array.of(7), { format: 42, path: [5, 0, 0] }))).toEqual([['/5/0/0', '07']]);
    expect(() => decodeLwm2m(Uint8Array.of(), { format: 50, path: [] })).toThrow(code('LWM2M_FORMAT'));
  });

  test('a whole number that no 64 bits hold is not written', () => {
    const resource = (raw: number | bigint): Lwm2mResource => ({
      ...{ path: [3, 0, 9], value: { type: 'number', number: { raw, power: 0 } } },
    });
    expect(hexOf(encodeLwm2mTlv([resource(-(2n ** 63n))], [3, 0]))).toBe('c809088000000000000000');
    expect(() => encodeLwm2mTlv([resource(2n ** 63n)], [3, 0])).toThrow(code('LWM2M_VALUE'));
  });

  test('resources come back from TLV and SenML as they were', () => {
    const decimal = fc.record({
      raw: fc.integer({ min: -1_000_000, max: 1_000_000 }),
      power: fc.constant(0),
    });
    const made = fc.record({
      energy: decimal,
      power: decimal,
      serial: fc.string({ maxLength: 20 }),
      instance: fc.nat(3),
    });
    fc.assert(
      fc.property(
        made,
        fc.constantFrom('tlv', 'json', 'cbor'),
        ({ energy, power, serial, instance }, format) => {
          const model = standardLwm2mModels.get(10_243)!;
          const at = (id: number, value: Lwm2mResource['value']): Lwm2mResource => ({
            ...{ path: [10_243, instance, id], value, model: model.resources.get(id)! },
          });
          const resources = [
            at(2, { type: 'text', text: serial }),
            at(6, { type: 'number', number: power }),
            at(14, { type: 'number', number: energy }),
          ];
          const path = [10_243];
          const read =
            format === 'tlv'
              ? decodeLwm2m(encodeLwm2mTlv(resources, path), { format: contentFormats.tlv, path })
              : decodeLwm2m(encodeLwm2mSenml(format as 'json', resources), {
                  format: format === 'json' ? 110 : 112,
                });
          expect(read).toEqual(resources);
        },
      ),
    );
  });
});

describe('as messages', () => {
  const push = (resources: readonly Lwm2mResource[], options = {}) =>
    lwm2mToPush(resources, { device: 'OA1', receivedS: 1_774_746_900, ...options });
  const rows = (resources: readonly Lwm2mResource[], options = {}) =>
    push(resources, options).series.map(({ quantity, unit, end, value, quality }) => [
      quantity,
      unit,
      end[0],
      value[0],
      quality[0],
    ]);
  const senml = (records: object[]) => decodeLwm2m(utf8Bytes(JSON.stringify(records)), { format: 110 });

  test('a single-phase meter', () => {
    const [, , , meter] = goldenPayloads;
    expect(rows(decodeLwm2m(bytesOf(meter!), { format: 110 }))).toEqual([
      ['1-0:1.8.0*255', 'kWh', 1_774_746_000, 1234.567, Quality.raw],
      ['1-0:1.7.0*255', 'kW', 1_774_746_000, -0.25, Quality.raw],
      ['1-0:32.7.0*255', 'V', 1_774_746_000, 230.1, Quality.raw],
    ]);
  });

  test('a water meter tells the time of its measurement beside it', () => {
    expect(rows(tlv('080012c8010840' + '28b0a3d70a3d71' + 'e4158e69c87990', [3424]))).toEqual([
      ['8-0:1.0.0*255', 'm3', 1_774_746_000, 12.345, Quality.raw],
    ]);
    const doubtful = senml([
      { bn: '/3424/0/', n: '1', v: 5 },
      { n: '6042', v: 2 },
    ]);
    expect(rows(doubtful)[0]![4]).toBe(Quality.questionable);
  });

  test('instances are channels, units may be told by a resource or by SenML', () => {
    expect(rows(senml([{ n: '/10243/2/14', v: 5 }]))[0]![0]).toBe('1-2:1.8.0*255');
    const volts = [
      { bn: '/3316/0/', n: '5700', v: 231 },
      { n: '5701', vs: 'V' },
    ];
    expect(rows(senml(volts))[0]!.slice(0, 2)).toEqual(['1-0:12.7.0*255', 'V']);
    expect(rows(senml([{ n: '/3305/0/5805', u: 'kWh', v: 2 }]))[0]).toEqual([
      '1-0:1.8.0*255',
      'kWh',
      1_774_746_900,
      2,
      Quality.raw,
    ]);
    expect(push(senml([{ n: '/3316/0/5700', v: 231 }])).rejects).toMatchObject([
      { code: 'LWM2M_NO_UNIT', value: '231' },
    ]);
    expect(rows(senml([{ n: '/3316/0/5700', v: 231 }]), { unitOf: () => 'V' })).toHaveLength(1);
    expect(rows(senml([{ n: '/33333/0/1', u: 'V', v: 231 }]))[0]!.slice(0, 2)).toEqual(['/33333/0/1', 'V']);
  });

  test('what the device says of itself is no reading; what cannot be read is rejected', () => {
    expect(push(tlv(deviceTlv, [3, 0]))).toMatchObject({ device: 'OA1', series: [], rejectCount: 0 });
    expect(push(tlv('c3010102 03'.replace(' ', ''), [3424])).rejects).toMatchObject([
      { code: 'LWM2M_VALUE' },
    ]);
    const nan = tlv('c401' + '7fc00000', [3424]);
    expect(push(nan).rejects).toMatchObject([{ code: 'LWM2M_VALUE', value: 'NaN' }]);
  });

  test('models of others are added', () => {
    const models = lwm2mModels([
      { id: 33_000, name: 'Gas', resources: [[1, 'Volume', 'float', 'm3', '7-0:3.0.0']] },
    ]);
    const resources = decodeLwm2m(utf8Bytes('12.5'), { format: 0, path: [33_000, 0, 1], models });
    expect(rows(resources)[0]!.slice(0, 4)).toEqual(['7-0:3.0.0*255', 'm3', 1_774_746_900, 12.5]);
  });
});

describe('registrations', () => {
  const links = utf8Bytes(
    '</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>;ver=1.2,</10243>;ver="1.0",</10243/0>,</other>',
  );

  test('a device of 1.1 that sleeps', () => {
    expect(parseRegistration(['ep=OA1', 'lt=300', 'lwm2m=1.1', 'b=U', 'Q'], links)).toEqual({
      ...{ endpoint: 'OA1', lifetimeS: 300, version: '1.1', binding: 'U', isQueued: true, rootPath: '' },
      contentFormats: [110, 112],
      objects: [
        { path: [1, 0] },
        { path: [3, 0], version: '1.2' },
        { path: [10_243], version: '1.0' },
        { path: [10_243, 0] },
      ],
    });
  });

  test('defaults, another root, a binding of 1.0', () => {
    const other = utf8Bytes('</m2m>;rt="oma.lwm2m",</m2m/3/0>,</3/1>');
    expect(parseRegistration(['ep=OA1', 'b=UQ'], other)).toMatchObject({
      ...{ lifetimeS: 86_400, version: '1.0', isQueued: true, rootPath: '/m2m', objects: [{ path: [3, 0] }] },
    });
    expect(parseUpdate([], new Uint8Array(0))).toEqual({});
    expect(parseUpdate(['lt=60', 'b=U'], new Uint8Array(0))).toEqual({
      lifetimeS: 60,
      binding: 'U',
      isQueued: false,
    });
  });

  test.each([
    [[], ''],
    [['ep='], ''],
    [['ep=a', 'lt=x'], ''],
    [['ep=a', 'lt=99999999999'], ''],
    [['ep=a', 'lwm2m=2.0'], ''],
    [['ep=a', 'b=u'], ''],
    [['ep=a'], 'no link'],
    [['ep=a'], '</1/0> </2/0>'],
    [['ep=a'], '</1/0>,'],
  ])('%j with "%s" is refused', (query, payload) => {
    expect(() => parseRegistration(query, utf8Bytes(payload))).toThrow(code('LWM2M_REGISTRATION'));
  });

  test('links with commas, blanks and quotation marks in attributes', () => {
    expect(parseLinks(' </a> ; title="x,\\"y\\"; z" ;obs;if=sensor , </b>')).toEqual([
      {
        target: '/a',
        attributes: [
          ['title', 'x,"y"; z'],
          ['obs', ''],
          ['if', 'sensor'],
        ],
      },
      { target: '/b', attributes: [] },
    ]);
    expect(parseLinks('  ')).toEqual([]);
    expect(() => parseLinks(`${'</a>,'.repeat(6_000)}</a>`)).toThrow(code('LWM2M_REGISTRATION'));
  });
});

test('lines', () => {
  const line = (fields: object) => decodeLwm2mLine(JSON.stringify({ id: 1, ...fields }));
  expect(line({ format: 11_542, path: '/3/0', hex: deviceTlv })).toMatchObject({ ok: true });
  expect(line({ format: 'text', path: '/10243/0/14', text: '12.5' })).toEqual({
    ...{ id: 1, ok: true },
    resources: [
      { path: '/10243/0/14', name: 'Active Energy', value: '12.5', unit: 'kWh', obis: '1-0:1.8.0' },
    ],
  });
  expect(line({ query: 'ep=OA1&lt=60', text: '</3/0>' })).toMatchObject({
    registration: { endpoint: 'OA1', lifetimeS: 60, objects: [{ path: '/3/0' }] },
  });
  expect(line({ hex: '00' })).toMatchObject({ ok: false, error: { code: 'DECODE_BAD_FIELD' } });
  expect(line({ format: 11_542, hex: 'c8' })).toMatchObject({
    ok: false,
    error: { code: 'LWM2M_TRUNCATED' },
  });
});

test('damage gives our errors and nothing else', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...goldenPayloads),
      fc.nat(),
      fc.nat(255),
      fc.nat(),
      (golden, at, byte, cut) => {
        const bytes = bytesOf(golden);
        const damaged = bytes.slice(0, cut % 4 === 0 ? cut % bytes.length : bytes.length);
        damaged[at % Math.max(1, damaged.length)] = byte;
        try {
          lwm2mToPush(decodeLwm2m(damaged, golden), { device: '', receivedS: 0 });
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
          expect((error as OpenAmiError).code).toMatch(/^(LWM2M|SENML)_/);
        }
      },
    ),
    { numRuns: 4_000 },
  );
});
