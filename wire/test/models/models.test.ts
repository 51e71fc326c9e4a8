/** Every model's own samples, the checker, formulas, flags, histories, drafts. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeWmbus,
  decodeWmbusLine,
  encodeRecords,
  encodeWirelessTelegram,
  type MbusAddress,
  type RecordToSend,
} from '../../src/mbus/index.ts';
import { dateAfterMonths } from '../../src/models/dates.ts';
import { joined, readyFlags, wordsOf } from '../../src/models/flags.ts';
import { formulaOf } from '../../src/models/formula.ts';
import {
  checkLibrary,
  checkModel,
  describeFields,
  type Field,
  type MeterModel,
  ModelSet,
  modelToPush,
  newModel,
  testModel,
} from '../../src/models/index.ts';
import { loadModels, modelFiles, readLibrary, readModel } from './files.ts';

const library = checkLibrary(readLibrary());
const water: MbusAddress = { manufacturer: 'ACM', id: '27182818', version: 9, type: 7 };

function telegramOf(records: readonly RecordToSend[], status = 0, meter = water): Uint8Array {
  const payload = encodeRecords(records);
  return encodeWirelessTelegram({ meter, accessNumber: 3, status, header: 'short', payload });
}

function modelOf(fields: readonly Field[], more: Partial<MeterModel> = {}): MeterModel {
  const meters = [{ manufacturer: 'ACM' }];
  const samples = [{ telegram: '00', expected: {} }];
  return { model: 'acme', title: 'Acme', meters, fields, samples, ...more };
}

function valuesBy(model: MeterModel, telegram: Uint8Array, asSent = false) {
  const set = ModelSet.load([['acme.json', model]], library);
  const { media, id, ...values } = set.valuesOf(decodeWmbus(telegram), { asSent });
  return values;
}

const volume = (value: number, more: Partial<RecordToSend> = {}): RecordToSend => ({
  quantity: 'volume',
  unit: 'm3',
  power: -3,
  field: 'int32',
  value,
  ...more,
});

describe('files of wire/models', () => {
  test.each(modelFiles)('%s agrees with its samples', (file) => {
    const content = readModel(file) as MeterModel;
    expect(content.model.replaceAll('_', '-')).toBe(file.slice(0, -'.json'.length));
    for (const { sample, faults } of testModel(content, library))
      expect(faults, `sample ${sample}`).toEqual([]);
  });

  test('meters that several models are for have one that says more of them', () => {
    const models = loadModels();
    const found = models.find({ manufacturer: 'KAM', id: '00000000', version: 0x1b, type: 0x16 }, 0x78);
    expect(found?.model.model).toBe('kamwater');
    const diehl = { manufacturer: 'DME', id: '00000000', version: 0x7f, type: 7 };
    expect(models.find(diehl, 0xa2)?.model.model).toBe('izarv2');
    expect(models.find(diehl, 0x7a)).toBeUndefined();
    expect(models.find({ manufacturer: 'XYZ', id: '00000000', version: 1, type: 7 }, 0x7a)).toBeUndefined();
  });
});

describe('a file that is wrong', () => {
  const cases: [string, unknown, string][] = [
    ['no object', 5, 'acme.json is 5, not an object'],
    ['a part too many', { ...modelOf([]), colour: 1 }, 'acme.json.colour is not known'],
    ['a part too few', { model: 'acme' }, 'acme.json lacks "title"'],
    [
      'no source',
      modelOf([{ name: 'total_m3' }]),
      'acme.json.fields[0] says not where "total_m3" comes from',
    ],
    ['two sources', modelOf([{ name: 'a', value: 1, formula: '1' }]), 'acme.json.fields[0] says 2 times'],
    [
      'a bad span',
      modelOf([{ name: 'a', record: { storage: [1] as never } }]),
      'fields[0].record.storage has 1 items',
    ],
    [
      'a word of none',
      modelOf([{ name: 'a', record: { function: 'often' as never } }]),
      'is "often", not one of',
    ],
    [
      'a bad bit',
      modelOf([{ name: 'a', record: {}, flags: { bits: { '64': 'X' } } }]),
      'bits.64 is not a bit',
    ],
    ['what is not filled in', modelOf([{ name: 'a_{n}', record: {} }]), 'fills in {n}'],
    ['a formula', modelOf([{ name: 'a', formula: 'b +' }]), 'formula "b +" ends too early'],
    ['a call', modelOf([{ name: 'a', formula: 'eval(b)' }]), 'calls "eval"'],
    ['a name of none', modelOf([{ name: 'a', formula: 'b + 1' }]), 'field "a" speaks of "b"'],
    ['an unknown field', modelOf([], { library: ['nothing'] }), 'the library has no "nothing"'],
    ['an unknown decoder', modelOf([], { decoder: 'nothing' }), 'there is none named "nothing"'],
    ['no sample', modelOf([], { samples: [] }), 'samples has 0 items'],
  ];
  test.each(cases)('%s is named', (_name, content, message) => {
    let raised: unknown;
    try {
      ModelSet.load([['acme.json', content]], library);
    } catch (error) {
      raised = error;
    }
    expect(raised).toBeInstanceOf(OpenAmiError);
    expect((raised as OpenAmiError).code).toBe('MODEL_INVALID');
    expect((raised as OpenAmiError).message).toContain(message);
  });

  test('anything at all is taken or refused in words', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        try {
          checkModel(content);
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
    );
  });
});

describe('fields', () => {
  test('take records by storage, and fill in their names', () => {
    const fields: Field[] = [
      { name: 'history_{storage-1}_m3', record: { quantity: 'volume', storage: [2, 3] } },
      { name: 'second_l', record: { quantity: 'volume', index: 2 } },
      { name: 'first_m3', record: { quantity: 'volume' } },
    ];
    const telegram = telegramOf(
      [1000, 2000]
        .map((value) => volume(value))
        .concat([2, 3, 4].map((storage) => volume(storage, { storage }))),
    );
    const values = valuesBy(modelOf(fields), telegram);
    expect(values).toEqual({ history_1_m3: 0.002, history_2_m3: 0.003, second_l: 2000, first_m3: 1 });
  });

  test('say what is no value only when asked to', () => {
    const model = modelOf([
      { name: 'total_m3', record: { quantity: 'volume' } },
      { name: 'left_m3', record: { quantity: 'volume', storage: 1 }, omitNone: true },
      { name: 'kept_m3', record: { quantity: 'volume', storage: 2 }, keep: true },
    ]);
    const none = -(2 ** 31);
    const telegram = telegramOf([0, 1, 2].map((storage) => volume(none, { storage })));
    expect(valuesBy(model, telegram)).toEqual({ total_m3: null, kept_m3: none / 1000 });
    expect(valuesBy(model, telegram, true).total_m3).toBe(none / 1000);
  });

  test('count back histories and leave out months that are not there', () => {
    const model = modelOf([
      { name: 'h_{storage-1}_m3', record: { quantity: 'volume', storage: [2, 9] } },
      { name: '_day', record: { quantity: 'date', storage: 1 } },
      {
        name: 'h_{n}_date',
        date: { from: '_day', months: '1 - {n}', end: true },
        repeat: [1, 8],
        when: 'has(h_{n}_m3)',
      },
    ]);
    const day = {
      type: 'G',
      year: 2026,
      month: 3,
      day: 31,
      hour: 0,
      minute: 0,
      second: 0,
      summerTime: false,
    } as const;
    const records = [{ quantity: 'date', field: 'int16', value: day, storage: 1 } as const];
    const telegram = telegramOf([...records, volume(5, { storage: 2 }), volume(4, { storage: 3 })]);
    const dates = { h_1_date: '2026-03-31', h_2_date: '2026-02-28' };
    expect(valuesBy(model, telegram)).toEqual({ h_1_m3: 0.005, h_2_m3: 0.004, ...dates });
  });

  test('join the header and error flags to a status', () => {
    const model = modelOf([
      {
        name: 'status',
        status: [{ header: { bits: { '6': 'OPENED' } } }, { flags: { bits: { '0': 'DRY' } } }],
      },
    ]);
    const flags = (value: number): RecordToSend => ({ quantity: 'error-flags', field: 'int16', value });
    expect(valuesBy(model, telegramOf([flags(0)]))).toEqual({ status: 'OK' });
    expect(valuesBy(model, telegramOf([flags(5)], 0x44))).toEqual({
      status: 'DRY ERROR_FLAGS_4 OPENED POWER_LOW',
    });
  });

  test('read bytes of the maker, and calculate', () => {
    const model = modelOf([
      { name: '_kind', bytes: { from: 'manufacturer', at: 0, length: 1, type: 'uint' } },
      {
        name: 'm_{n}_m3',
        bytes: { from: 'manufacturer', at: '1 + 2 * ({n} - 1)', length: 2, type: 'uint', none: 0xffff },
        divide: 10,
        repeat: [1, 3],
      },
      { name: 'sum_m3', formula: 'm_1_m3 + m_2_m3' },
      { name: 'day', bytes: { from: 'manufacturer', at: 5, length: 2, type: 'date' }, when: 'bit(_kind, 1)' },
    ]);
    const payload = Uint8Array.of(0x0f, 0x02, 0x0a, 0x00, 0x05, 0x01, 0xff, 0xff);
    const telegram = encodeWirelessTelegram({ meter: water, accessNumber: 3, header: 'short', payload });
    expect(valuesBy(model, telegram)).toEqual({
      m_1_m3: 1,
      m_2_m3: 26.1,
      m_3_m3: null,
      sum_m3: 27.1,
      day: null,
    });
  });

  test('name the rest by the rules for all meters when told to', () => {
    const model = modelOf([{ name: 'now_m3', record: { quantity: 'volume' } }], { rest: true });
    const telegram = telegramOf([volume(1), volume(2, { storage: 1 })]);
    expect(valuesBy(model, telegram)).toEqual({ now_m3: 0.001, target_m3: 0.002, status: 'OK' });
  });
});

describe('parts', () => {
  test('formulas are those of arithmetic', () => {
    const of = (text: string, values = {}): number | undefined => formulaOf(text, 'test')(values);
    fc.assert(
      fc.property(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 1, max: 999 }), (a, b) => {
        expect(of('a + b * 2 - (a - b) / 4', { a, b })).toBeCloseTo(a + b * 2 - (a - b) / 4, 9);
        expect(of('max(a, b) - min(a, b) - abs(a - b)', { a, b })).toBe(0);
      }),
    );
    expect(of('1 - 2 - 3')).toBe(-4);
    expect(of('a / 0', { a: 1 })).toBeUndefined();
    expect(of('a + missing', { a: 1 })).toBeUndefined();
    expect(of('constructor')).toBeUndefined();
  });

  test('months back and forth keep the day where there is one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 400 }), (day, months) => {
        const date = `2026-05-${String(day).padStart(2, '0')}`;
        expect(dateAfterMonths(dateAfterMonths(date, -months), months)).toBe(date);
        const last = dateAfterMonths(date, -months, true)!;
        const next = new Date(`${last}T00:00:00Z`);
        next.setUTCDate(next.getUTCDate() + 1);
        expect(next.getUTCDate()).toBe(1);
      }),
    );
    expect(dateAfterMonths('2024-03-31 10:15', -1)).toBe('2024-02-29');
    expect(dateAfterMonths(null, 1)).toBeUndefined();
  });

  test('every bit of a number is in a word or in what is left', () => {
    const flags = readyFlags({ bits: { '0': 'A', '5': 'B' } });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (raw) => {
        const words = wordsOf(raw, flags);
        let bits = 0;
        for (const word of words) {
          if (word === 'A') bits += 1;
          else if (word === 'B') bits += 32;
          else bits += Number.parseInt(word.slice('ERROR_FLAGS_'.length), 16);
        }
        expect(bits).toBe(raw);
        expect(joined(words, 'OK') === 'OK').toBe(raw === 0);
      }),
    );
  });
});

describe('a draft', () => {
  const records = [
    volume(4711),
    volume(4000, { storage: 1 }),
    ...[2, 3, 4, 5].map((storage) => volume(storage * 100, { storage })),
    volume(7, { function: 'error', storage: 1 }),
    volume(4712),
  ];

  test('names all that a telegram says, and passes its own test', () => {
    const { model, notes } = newModel(hexOf(telegramOf(records)), undefined, library);
    expect(model.meters).toEqual([{ manufacturer: 'ACM', version: 9, type: 7 }]);
    expect(model.library).toEqual(['total_m3', 'target_m3', 'status']);
    expect(model.fields!.map(({ name }) => name)).toEqual([
      'consumption_at_history_{storage-1}_m3',
      'error_volume_storage1_m3',
      'total_2_m3',
    ]);
    expect(model.samples[0]!.expected).toMatchObject({
      total_m3: 4.711,
      total_2_m3: 4.712,
      consumption_at_history_4_m3: 0.5,
    });
    expect(notes).toHaveLength(1);
    expect(testModel(JSON.parse(JSON.stringify(model)), library).every(({ ok }) => ok)).toBe(true);
  });

  test('can be made of every sample there is', () => {
    for (const file of modelFiles) {
      const { samples } = readModel(file) as MeterModel;
      const { telegram, key } = samples[0]!;
      const { model } = newModel([telegram].flat()[0]!, key, library);
      expect(testModel(JSON.parse(JSON.stringify(model)), library)[0]!.faults, file).toEqual([]);
    }
  });
});

test('lines say by which model they are named', () => {
  const models = loadModels();
  const { telegram, key, expected } = models.named('kamwater').model.samples[0]!;
  const line = decodeWmbusLine({ hex: telegram, key }, models.lineState());
  expect(line).toMatchObject({ ok: true, model: 'kamwater', values: expected });
  const unknown = decodeWmbusLine({ hex: hexOf(telegramOf([volume(1)])) }, models.lineState());
  expect(unknown.model).toBeUndefined();
  expect(unknown.values).toMatchObject({ total_m3: 0.001 });
});

test('lines tell what a decoder cannot read, and keep what can be', () => {
  const models = loadModels();
  const { telegram } = models.named('apatorna1').model.samples[0]!;
  const line = decodeWmbusLine({ hex: telegram }, models.lineState());
  expect(line).toMatchObject({
    ok: true,
    model: 'apatorna1',
    unread: { code: expect.stringMatching(/^MBUS_/) },
  });
});

test('every field of every model can be told in words', () => {
  const models = loadModels();
  for (const name of models.names) {
    for (const { about, unit } of describeFields(models.named(name))) {
      expect(about).toMatch(/^[^a-z].*\.$/);
      expect(unit).not.toBe('');
    }
  }
  const evo = describeFields(models.named('evo868'));
  expect(evo).toContainEqual({
    name: 'consumption_at_history_{storage-7}_m3',
    about: 'Volume, storage 8 to 19.',
    quantity: 'volume',
    unit: 'm3',
  });
});

test('what a decoder says is pushed with its meaning', () => {
  const models = loadModels();
  const content = models.named('mkradio3').model;
  const telegram = decodeWmbus(bytesOfHex(String(content.samples[0]!.telegram))!, {
    partial: true,
  });
  const message = modelToPush(telegram, models.of(telegram), { receivedS: 1_790_000_000 });
  expect(message.device).toBe('31415926');
  const [series] = message.series;
  expect(message.series).toHaveLength(1);
  expect(series!.quantity).toBe('8-0:1.0.0*255');
  const { total_m3: total, target_m3: target, prev_date: day } = content.samples[0]!.expected;
  const atDayS = Date.parse(`${day}T00:00:00Z`) / 1000 + 86_400;
  expect([...series!.end]).toEqual([atDayS, 1_790_000_000]);
  expect([...series!.value]).toEqual([target, total]);
});
