/** The table language and C12.19 tables: golden bytes, and every format there and back. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { Cursor, Sink } from '../../src/c12/cursor.ts';
import {
  clockTime,
  decodeTable,
  encodeTable,
  type Formats,
  niBytes,
  plainFormats,
  putInt,
  putNi,
  putTime,
  readInt,
  readNi,
  readTime,
  renderTableValue,
  standardTables,
  type TableRecord,
  timeBytes,
} from '../../src/c12/index.ts';
import { codeOf } from '../code-of.ts';
import { configuration, type Making, meterTables } from './made-meter.ts';

const hex = (text: string) => bytesOfHex(text)!;

const makings: fc.Arbitrary<Making> = fc.record({
  littleEndian: fc.boolean(),
  tmFormat: fc.constantFrom(1, 2, 3, 4),
  intFormat: fc.constantFrom(0, 1, 2),
  ni1: fc.constantFrom(0, 2, 4, 5, 8, 9, 10, 11, 12, 13),
  ni2: fc.constantFrom(0, 1, 2, 4, 6, 8, 10),
  intervalFormat: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128),
  extended: fc.boolean(),
  simple: fc.boolean(),
});

test('every table of a device, in every format, there and back', () => {
  fc.assert(
    fc.property(makings, (making) => {
      const values = meterTables(making);
      const known = new Map<number, TableRecord>();
      for (const [id, value] of values) {
        const definition = standardTables.get(id)!;
        const bytes = encodeTable(definition, value, values);
        const decoded = decodeTable(definition, bytes, known);
        known.set(id, decoded);
        expect(hexOf(encodeTable(definition, decoded, known))).toBe(hexOf(bytes));
      }
    }),
    { numRuns: 150 },
  );
});

test('table 0, byte by byte', () => {
  // most significant byte first, ISO 7-bit, BCD times, sign and magnitude, NI_FORMAT 4 and 8
  const bytes = hex('03 81 84 4f414d49 02 00 10 20 02 01 01 00 01 00 01 00 0f 02 00');
  const table = decodeTable(standardTables.get(0)!, bytes, new Map());
  expect(renderTableValue(table)).toMatchObject({
    FORMAT_CONTROL_1: { DATA_ORDER: 1, CHAR_FORMAT: 1, MODEL_SELECT: 0 },
    FORMAT_CONTROL_2: { TM_FORMAT: 1, DATA_ACCESS_METHOD: 0, ID_FORM: false, INT_FORMAT: 2 },
    FORMAT_CONTROL_3: { NI_FORMAT1: 4, NI_FORMAT2: 8 },
    DEVICE_CLASS: '4f414d49',
    NAMEPLATE_TYPE: 2,
    STD_TBLS_USED: [0, 1, 2, 3],
    STD_PROC_USED: [1],
    STD_TBLS_WRITE: [],
  });
  expect(hexOf(encodeTable(standardTables.get(0)!, table, new Map()))).toBe(hexOf(bytes));
});

test('units of measure are bits of four bytes in the order of the device', () => {
  const tables = new Map<number, TableRecord>([
    [0, configuration({ littleEndian: true })],
    [11, { NBR_UOM_ENTRIES: 2 }],
  ]);
  // Wh in kilo, quadrants 1 and 4; V instantaneous of phase A
  const bytes = hex('00 50 02 00  08 01 28 80');
  const value = decodeTable(standardTables.get(12)!, bytes, tables);
  expect(value.UOM_ENTRY).toMatchObject([
    { ID_CODE: 0, TIME_BASE: 0, MULTIPLIER: 2, Q1_ACCOUNTABILITY: true, Q4_ACCOUNTABILITY: true, NFS: false },
    { ID_CODE: 8, TIME_BASE: 1, SEGMENTATION: 5, NFS: true },
  ]);
  tables.set(0, configuration({ littleEndian: false }));
  const turned = hex('00 02 50 00  80 28 01 08');
  expect(decodeTable(standardTables.get(12)!, turned, tables)).toEqual(value);
});

describe('formats', () => {
  const formats = (one: Partial<Formats>): Formats => ({ ...plainFormats, ...one });

  test('whole numbers in three forms of sign', () => {
    const read = (text: string, intFormat: number) =>
      readInt(new Cursor(hex(text), ''), hex(text).length, formats({ intFormat }));
    expect([0, 1, 2].map((form) => read('fffe', form))).toEqual([-2, -1, -0x7ffe]);
    expect(read('7fffffffffffffff', 0)).toBe(0x7fff_ffff_ffff_ffffn);
    expect(read('8000000000000000', 0)).toBe(-0x8000_0000_0000_0000n);
  });

  test('whole numbers there and back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3, 4, 5, 6, 8),
        fc.constantFrom(0, 1, 2),
        fc.boolean(),
        fc.bigInt(),
        (bytes, intFormat, little, big) => {
          const half = 1n << BigInt(8 * bytes - 1);
          const value = BigInt.asIntN(8 * bytes, big) === -half ? 0n : BigInt.asIntN(8 * bytes, big);
          const sink = new Sink(little);
          putInt(sink, value, bytes, formats({ intFormat }));
          expect(BigInt(readInt(new Cursor(sink.done(), '', little), bytes, formats({ intFormat })))).toBe(
            value,
          );
        },
      ),
    );
  });

  test.each([
    [2, '20202d3132332e3435302020', -123_450, -3],
    [3, '312e354532 20'.replace(' ', ''), 15, 1],
    [4, '00003039', 12_345, -4],
    [5, '000000012345', 12_345, 0],
    [7, 'fffffe', -2, 0],
    [9, '00ffffffff', 0xffff_ffff, 0],
    [12, '9999999999999999', 9_999_999_999_999_999n, 0],
  ])('NI_FORMAT %i', (format, text, raw, power) => {
    const bytes = hex(text);
    expect(bytes).toHaveLength(niBytes(format));
    expect(readNi(new Cursor(bytes, ''), format, formats({}))).toEqual({ raw, power });
  });

  test('a decimal written in any format reads the same, or is refused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -99_999, max: 99_999 }),
        fc.integer({ min: -4, max: 2 }),
        fc.integer({ min: 0, max: 13 }),
        (raw, power, format) => {
          const sink = new Sink();
          try {
            putNi(sink, { raw, power }, format, plainFormats);
          } catch (error) {
            expect(error).toBeInstanceOf(OpenAmiError);
            return;
          }
          const back = readNi(new Cursor(sink.done(), ''), format, plainFormats);
          expect(Number(back.raw) * 10 ** back.power).toBeCloseTo(raw * 10 ** power, 1);
        },
      ),
    );
  });

  test('times in every form, to the minute where the form has no seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1990, 0) / 1_000, max: Date.UTC(2089, 11, 31) / 1_000 }),
        fc.constantFrom(1, 2, 3, 4),
        fc.constantFrom('ltime' as const, 'stime' as const),
        fc.boolean(),
        (seconds, tmFormat, kind, little) => {
          const form = formats({ tmFormat, littleEndian: little });
          const sink = new Sink(little);
          putTime(sink, clockTime(seconds), kind, form);
          expect(sink.length).toBe(timeBytes(kind, form));
          const whole = kind === 'stime' && tmFormat !== 4 ? seconds - (seconds % 60) : seconds;
          expect(readTime(new Cursor(sink.done(), '', little), kind, form).seconds).toBe(whole);
        },
      ),
    );
  });

  test('a clock that is not set has no time and keeps its bytes', () => {
    const form = formats({ tmFormat: 1 });
    for (const text of ['000000000000', '26023001 0000', '2613010000aa'.slice(0, 12)]) {
      const time = readTime(new Cursor(hex(text), ''), 'ltime', form);
      expect(time.seconds).toBeNull();
      const sink = new Sink();
      putTime(sink, time, 'ltime', form);
      expect(hexOf(sink.done())).toBe(hexOf(hex(text)));
    }
  });
});

test('what a table needs is said', () => {
  const config = new Map<number, TableRecord>([[0, configuration()]]);
  const table = (id: number) => standardTables.get(id)!;
  expect(codeOf(() => decodeTable(table(1), new Uint8Array(32), new Map()))).toBe('C12_NEEDS_TABLE');
  expect(codeOf(() => decodeTable(table(12), new Uint8Array(4), config))).toBe('C12_NEEDS_TABLE');
  expect(codeOf(() => decodeTable(table(1), new Uint8Array(31), config))).toBe('C12_TRUNCATED');
  expect(codeOf(() => decodeTable(table(1), new Uint8Array(33), config))).toBe('C12_TRAILING_BYTES');
  config.set(11, { NBR_CONSTANTS_ENTRIES: 1, CONSTANTS_SELECTOR: 0 });
  expect(codeOf(() => decodeTable(table(15), new Uint8Array(9), config))).toBe('C12_UNSUPPORTED');
  expect(codeOf(() => encodeTable(table(5), { IDENTIFICATION: 'x'.repeat(21) }, config))).toBe(
    'C12_NOT_ENCODABLE',
  );
});
