import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeWmbus, encodeWirelessTelegram, mbusKey, valuesOf } from '../../../src/mbus/index.ts';
import { worksKeyOf } from '../../../src/mbus/security/works-keys.ts';
import { diehlStream } from '../../../src/models/decoders/diehl.ts';
import { decoders, throughDiehl } from '../../../src/models/decoders/index.ts';
import { FieldReader, packedDay } from '../../../src/models/decoders/reader.ts';
import { inTime } from '../../cpu.ts';
import { seeded } from '../../dlms/link/made.ts';
import {
  bcd,
  frame,
  headed,
  hiddenRecords,
  le,
  meter,
  na1,
  na1Key,
  packed,
  prios,
  telegramOf,
  textOf,
  typeG,
  valuesBy,
  walkBy,
} from './made.ts';
import { samples } from './samples.ts';

const aDay = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2080-12-31'), noInvalidDate: true })
  .map((at) => ({
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
  }));

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof OpenAmiError) return error.code;
    throw error;
  }
  return undefined;
}

describe('decoders of makers', () => {
  test.each(samples)('$decoder: $values', ({ decoder, telegram, key, values }) => {
    expect(valuesBy(decoder, telegram, key)).toEqual(values);
  });

  test('every decoder has a sample', () => {
    expect(Object.keys(decoders).filter((name) => !samples.some(({ decoder }) => decoder === name))).toEqual(
      [],
    );
  });

  test('what is cut off is told, never made up', () => {
    for (const { decoder, telegram, key, values } of samples) {
      for (let length = 15; length < telegram.length; length++) {
        const cut = telegram.slice(0, length);
        cut[0] = length - 1;
        let have: Record<string, unknown>;
        try {
          have = valuesBy(decoder, cut, key);
        } catch (error) {
          expect(error, decoder).toBeInstanceOf(OpenAmiError);
          continue;
        }
        for (const [name, value] of Object.entries(have)) {
          // a sum of nothing is no sum
          if (name === 'status' || name === 'contents' || value === null) continue;
          expect(value, `${decoder} ${name} of ${length} bytes`).toEqual(values[name]);
        }
      }
    }
  });

  test('damaged telegrams raise errors of ours and take no time', () => {
    for (const [i, { decoder, telegram, key }] of samples.entries()) {
      const pick = seeded(i + 1);
      for (let n = 0; n < 200; n++) {
        const bytes = n % 4 === 0 ? telegram.slice(0, pick(telegram.length)) : telegram.slice();
        if (n % 4 !== 0) bytes[pick(bytes.length)]! ^= 1 + pick(255);
        inTime(() => codeOf(() => valuesBy(decoder, bytes, key)));
      }
    }
  });
});

describe('Diehl', () => {
  test('the stream hides and shows alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer(), (bytes, seed) => {
        expect(diehlStream(seed, diehlStream(seed, bytes))).toEqual(bytes);
      }),
    );
  });

  test('PRIOS of any volume and date', () => {
    const link = meter('HYD', 0x26, 0x17, '41590785');
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        aDay,
        fc.constantFrom(0xa0, 0xa3, 0xa7),
        (a, b, day, ci) => {
          const content = [...le(a, 4), ...le(b, 4), ...typeG(day)];
          const values = valuesBy('izarv2', prios(link, ci, [0, 0, 0, 0x13], content));
          expect(values).toMatchObject({ total_m3: a / 1000, target_m3: b / 1000, target_date: textOf(day) });
        },
      ),
    );
  });

  test('a wrong mark is a wrong key; another maker is refused', () => {
    const sent = prios(meter('SAP', 0xd4, 0x01), 0xa1, [0, 0, 0, 0x13], le(1, 4));
    sent[sent.length - 5]! ^= 0x10;
    expect(codeOf(() => valuesBy('izar', sent))).toBe('MBUS_WRONG_KEY');
    const foreign = frame(meter('OAM', 0, 7), 0xa1, [0, 0, 0, 0x13, 1, 2, 3, 4, 5]);
    expect(codeOf(() => valuesBy('izar', foreign))).toBe('MBUS_UNSUPPORTED');
  });

  test('a key of its own opens what the keys of the works do not', () => {
    const link = meter('HYD', 0x26, 0x17, '41590785');
    for (const key of [mbusKey(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9)), na1Key]) {
      const sent = prios(link, 0xa1, [0, 0, 0, 0x13], le(4_669, 4), key);
      expect(valuesBy('izarv2', sent, key)).toMatchObject({ total_m3: 4.669 });
      expect(codeOf(() => valuesBy('izarv2', sent))).toBe('MBUS_WRONG_KEY');
      const hidden = hiddenRecords(meter('HYD', 0x26, 0x17, '41592004'), [0x04, 0x13, ...le(31_415, 4)], key);
      expect(telegramOf(hidden, key).records.map(({ raw }) => raw)).toEqual([31_415]);
    }
  });

  test('mode 5 with the key of the works is read, and not taken for safe', () => {
    const link = { manufacturer: 'DME', id: '27182818', version: 0x7b, type: 7 };
    const works = worksKeyOf(link)!;
    const send = (of: typeof link, key: typeof works): Uint8Array =>
      encodeWirelessTelegram({
        header: 'short',
        meter: of,
        accessNumber: 5,
        payload: Uint8Array.from([0x04, 0x13, ...le(141, 4)]),
        security: { mode: 5, key },
      });
    const read = decodeWmbus(send(link, works));
    expect([read.security, read.records[0]?.raw]).toEqual(['works-key', 141]);
    expect(codeOf(() => decodeWmbus(send(link, works), { requireEncryption: true }))).toBe(
      'MBUS_NOT_ENCRYPTED',
    );
    expect(codeOf(() => decodeWmbus(send(link, na1Key)))).toBe('MBUS_NO_KEY');
    expect(codeOf(() => decodeWmbus(send({ ...link, manufacturer: 'OAM' }, works)))).toBe('MBUS_NO_KEY');
  });

  test('hidden records are shown, and those shown before are left', () => {
    const link = meter('HYD', 0x26, 0x17, '41592004');
    const records = [0x04, 0x06, ...le(2_718, 4), 0x04, 0x13, ...le(31_415, 4)];
    const hidden = telegramOf(hiddenRecords(link, records));
    expect(hidden.meter).toMatchObject({ manufacturer: 'HYD', id: '17264159', version: 0x04, type: 0x20 });
    expect(valuesOf({ ...hidden, meter: { ...hidden.meter!, type: 4 } })).toMatchObject({
      id: '17264159',
      total_energy_consumption_kwh: 2718,
      total_volume_m3: 31.415,
    });
    expect([hidden.security, throughDiehl(hidden)]).toEqual(['works-key', hidden]);
    const plain = headed(link, records, { configuration: 0x10d8 });
    expect(telegramOf(plain).records.map(({ raw }) => raw)).toEqual([2718, 31_415]);
  });

  test('any records, hidden, shown once or twice', () => {
    const link = meter('HYD', 0x26, 0x17, '41592004');
    fc.assert(
      fc.property(fc.nat(0x7fffffff), fc.nat(0x7fffffff), (energy, volume) => {
        const sent = hiddenRecords(link, [0x04, 0x06, ...le(energy, 4), 0x04, 0x13, ...le(volume, 4)]);
        const telegram = throughDiehl(telegramOf(sent));
        expect(telegram.records.map(({ raw }) => raw)).toEqual([energy, volume]);
      }),
    );
  });

  test('telegrams of others are as they were', () => {
    const telegram = decodeWmbus(headed(meter('OAM', 3, 7), [0x04, 0x13, ...le(5, 4)]), { format: 'none' });
    expect(telegramOf(headed(meter('OAM', 3, 7), [0x04, 0x13, ...le(5, 4)]))).toEqual(telegram);
  });
});

describe('Apator', () => {
  test('NA-1 with any content', () => {
    const steps = fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<0 | 1 | 2 | 3>;
    fc.assert(
      fc.property(
        fc.nat(0x0fffffff),
        steps,
        fc.nat(0x3fff),
        fc.nat(0x3ffffff),
        aDay,
        (volume, step, ageH, less, day) => {
          const seconds = Date.UTC(day.year, day.month - 1, day.day, 3, 4) / 1000;
          const sent = na1({ volume, step, seconds, ageH, less: Math.min(less, volume), now: 0, ever: 0 });
          expect(valuesBy('apatorna1', sent, na1Key)).toMatchObject({
            total_m3: (volume * 10 ** step) / 1000,
            historic_m3: ((volume - Math.min(less, volume)) * 10 ** step) / 1000,
            historic_age_h: ageH,
            meter_datetime: `${textOf(day)} 03:04`,
            current_status: 'OK',
          });
        },
      ),
    );
  });

  test('16-2 tells registers of unknown size, and the older layout', () => {
    const head = [0x0f, 1, 2, 3, 4, 5, 6, 7];
    const unknown = headed(meter('APA', 0x05, 0x07), [...head, 0xe7, 1, 2, 3, 4]);
    expect(codeOf(() => valuesBy('apator162', unknown))).toBe('MBUS_BAD_RECORD');
    const old = frame(meter('APT', 0x05, 0x07), 0xb6, [0x0a, ...head, ...head]);
    expect(codeOf(() => valuesBy('apator162', old))).toBe('MBUS_UNSUPPORTED');
  });

  test('E-ITN without the fields that are known', () => {
    const sent = frame(meter('APT', 0x04, 0x08), 0xb6, [0x02, 1, 2, 0x55, ...new Array(20).fill(0)]);
    expect(codeOf(() => valuesBy('apatoreitn', sent))).toBe('MBUS_BAD_RECORD');
  });
});

test('E-ITN 40 that encrypts is refused', () => {
  const sent = frame(meter('APA', 0x0e, 0x08), 0xa0, new Array(54).fill(0x5a));
  expect(codeOf(() => valuesBy('apatoreitn40', sent))).toBe('MBUS_UNSUPPORTED');
});

test('a heat meter behind a radio converter', () => {
  const day = { year: 2026, month: 1, day: 31 };
  const address = [...bcd(16_180_339, 4), 0x93, 0x44, 0x23, 0x04];
  const rest = [0x07, 0x79, ...address, ...walkBy(0x06, [1, 2, 3], [day, day], [])];
  expect(valuesBy('qheat', frame(meter('QDS', 0x23, 0x37), 0x78, rest))).toMatchObject({
    id: '16180339',
    media: 'heat',
    total_energy_consumption_kwh: 1,
  });
});

test('months without a value are none, unless told as sent', () => {
  const day = { year: 2026, month: 1, day: 31 };
  const sent = frame(meter('QDS', 0x16, 0x07), 0x78, walkBy(0x13, [1, 2, 3], [day, day], [0x8000]));
  expect(valuesBy('qwaterv2', sent)).toMatchObject({ volume_delta_2_m3: null });
  expect(valuesBy('qwaterv2', sent, undefined, true)).toMatchObject({ volume_delta_2_m3: -32.768 });
});

test('a volume that is not of digits is refused', () => {
  const sent = headed(meter('BMT', 0x05, 0x07), new Array(19).fill(0x11), {
    access: 0,
    configuration: 0x1006,
  });
  expect(codeOf(() => valuesBy('rfmtx1', sent))).toBe('MBUS_BAD_RECORD');
});

test('fields and packed days', () => {
  fc.assert(
    fc.property(aDay, (day) => {
      expect(packedDay(packed(day))).toBe(textOf(day));
    }),
  );
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.integer({ min: 1, max: 4 }), (value, size) => {
      const part = value % 256 ** size;
      expect(new FieldReader(Uint8Array.from(le(part, size))).unsigned(size)).toBe(part);
      const half = 256 ** size / 2;
      expect(new FieldReader(Uint8Array.from(le(part, size))).signed(size)).toBe(
        part < half ? part : part - 2 * half,
      );
    }),
  );
  expect(packedDay(0)).toBeNull();
});
