import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decimalText,
  decodeP1,
  decodeP1Line,
  encodeP1,
  meaningOfP1,
  openP1,
  P1Stream,
  p1Key,
  p1Time,
  p1TimeText,
  plainText,
  sealP1,
  toMbusPushes,
  toPush,
  toPushes,
} from '../../src/p1/index.ts';
import { asciiBytes, asciiText } from '../../src/text.ts';
import { inTime } from '../cpu.ts';
import { mutations, pieces } from '../dlms/link/made.ts';
import { dataSetOf, wordOf } from '../iec62056-21/data-sets.ts';
import { gasId, household, householdBytes, householdRecords, meterId, nowS, oldText } from './made.ts';

const encryptionKey = Uint8Array.from({ length: 16 }, (_, i) => i);
const authenticationKey = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);
const key = p1Key(encryptionKey, authenticationKey);
const title = bytesOfHex('4f414d0000bc614e')!;

const plainChars = [...Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i))].filter(
  (char) => !'()*/!'.includes(char),
);
const word = wordOf(plainChars);
const dataSet = dataSetOf(word);

describe('telegrams', () => {
  test('come back as they were sent', () => {
    fc.assert(
      fc.property(fc.array(dataSet, { maxLength: 20 }), fc.boolean(), word(20), (records, hasCheck, text) => {
        const identification = { maker: 'OAM', baudCode: '5', text };
        const telegram = decodeP1(encodeP1({ identification, records, hasCheck }), { ignoreCheck: true });
        expect(telegram.identification).toEqual(identification);
        expect(['ok', hasCheck ? 'ok' : 'none', 'missing']).toContain(telegram.check);
        expect(telegram.records.map(({ address, values }) => ({ address, values }))).toEqual(records);
      }),
    );
  });

  test('byte for byte, with the check', () => {
    const records = [{ address: '1-0:1.8.1', values: [{ value: '000001.000', unit: 'kWh' }] }];
    const bytes = encodeP1({ ...household, records });
    expect(asciiText(bytes)).toMatch(
      /^\/OAM5\\2SIM-1\r\n\r\n1-0:1\.8\.1\(000001\.000\*kWh\)\r\n![0-9A-F]{4}\r\n$/,
    );
    const telegram = decodeP1(bytes);
    expect(telegram.check).toBe('ok');
    expect(telegram.records).toEqual([{ ...records[0], obis: '1-0:1.8.1' }]);
  });

  test('the check of the standard: over all from / to !', () => {
    const text = '/OAM5\r\n\r\n!';
    expect(decodeP1(asciiBytes(text + crcOf(text))).check).toBe('ok');
  });

  test('line ends without CR, and without the empty line, are checked as they were', () => {
    const text = asciiText(householdBytes);
    for (const changed of [text.replaceAll('\r\n', '\n'), text.replace('\r\n\r\n', '\r\n')]) {
      expect(decodeP1(asciiBytes(changed)).check).toBe('ok');
      expect(() => decodeP1(asciiBytes(changed.replace('1234.567', '1234.568')))).toThrow(
        expect.objectContaining({ code: 'P1_CHECK' }),
      );
    }
  });

  test('a version that has a check must have one', () => {
    const bytes = encodeP1({ ...household, hasCheck: false });
    expect(() => decodeP1(bytes)).toThrow(expect.objectContaining({ code: 'P1_CHECK' }));
    expect(decodeP1(bytes, { ignoreCheck: true }).check).toBe('missing');
    expect(decodeP1(asciiBytes(oldText)).check).toBe('none');
  });

  test('codes with wrong separators, and lines that are none', () => {
    const text = '/OAM5 X\r\n\r\n1-0:99:97.0(0)(0-0:96.7.19)\r\n1-0:1.8.0*255(1*kWh)\r\nbroken(\r\n!\r\n';
    expect(decodeP1(asciiBytes(text)).records).toEqual([
      { address: '1-0:99:97.0', obis: '1-0:99.97.0', values: [{ value: '0' }, { value: '0-0:96.7.19' }] },
      { address: '1-0:1.8.0*255', obis: '1-0:1.8.0', values: [{ value: '1', unit: 'kWh' }] },
      { address: '', values: [], text: 'broken(' },
    ]);
  });

  test.each([
    ['x', 'P1_NOT_P1'],
    ['/OA\r\n!\r\n', 'P1_NOT_P1'],
    ['/OAM5 X\r\n1-0:1.8.0(1*kWh)\r\n', 'P1_TRUNCATED'],
    ['/OAM5 X\r\n\r\n!0000\r\n', 'P1_CHECK'],
    ['/OAM5 X\r\n\r\n!00\r\n', 'P1_CHECK'],
  ])('%j: %s', (text, code) => {
    expect(() => decodeP1(asciiBytes(text))).toThrow(expect.objectContaining({ code }));
  });

  test('what cannot be written', () => {
    const code = 'P1_NOT_ENCODABLE';
    for (const value of ['a)', '!', 'a/b', 'ä', 'a\r']) {
      const records = [{ address: '1-0:1.8.0', values: [{ value }] }];
      expect(() => encodeP1({ ...household, records })).toThrow(expect.objectContaining({ code }));
    }
    const identification = { maker: 'O1M', baudCode: '5', text: '' };
    expect(() => encodeP1({ ...household, identification })).toThrow(expect.objectContaining({ code }));
  });
});

function crcOf(text: string): string {
  let crc = 0;
  for (const byte of asciiBytes(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

describe('the stream', () => {
  const sealed = sealP1(householdBytes, key, title, 7);

  test('any chunks, noise, cut telegrams, plain and enciphered', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: householdBytes.length - 8 }),
        (seed, max, cut) => {
          const cutTelegram = [...householdBytes.subarray(0, cut), 0x0d, 0x0a];
          const bytes = Uint8Array.from([
            ...householdBytes.subarray(cut),
            ...householdBytes,
            ...cutTelegram,
            ...householdBytes,
            ...sealed,
            ...asciiBytes(oldText),
          ]);
          const stream = new P1Stream({ keyFor: () => key });
          const results = [...pieces(bytes, seed, max)].flatMap((chunk) => stream.push(chunk));
          const frames = results.flatMap(({ frame }) => frame ?? []);
          expect(frames.map(({ check, opened }) => [check, opened?.counter])).toEqual([
            ['ok', undefined],
            ['ok', undefined],
            ['ok', 7],
            ['none', undefined],
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('the last telegram may lack the end of its line', () => {
    const stream = new P1Stream();
    expect(stream.push(asciiBytes(oldText.trimEnd()))).toEqual([]);
    expect(stream.flush().map(({ frame }) => frame?.check)).toEqual(['none']);
    stream.push(householdBytes.subarray(0, 100));
    expect(stream.flush().map(({ error }) => error?.code)).toEqual(['P1_TRUNCATED']);
  });

  test('a telegram without end is read where its check is ignored', () => {
    const unended = asciiBytes(oldText.replace(/!\r\n$/, ''));
    const stream = new P1Stream({ ignoreCheck: true });
    expect(stream.push(unended)).toEqual([]);
    const [result, ...more] = stream.flush();
    expect(more).toEqual([]);
    expect(result!.frame?.check).toBe('missing');
    expect(result!.frame?.records).toEqual(decodeP1(asciiBytes(oldText)).records);
    const strict = new P1Stream();
    strict.push(unended);
    expect(strict.flush().map(({ error }) => error?.code)).toEqual(['P1_TRUNCATED']);
  });

  test('a telegram without end takes no more than the limit', () => {
    const stream = new P1Stream();
    const out = stream.push(asciiBytes('/OAM5 X\r\n'));
    for (let i = 0; i < 100; i++) out.push(...stream.push(new Uint8Array(1_000).fill(0x55)));
    expect(out.map(({ error }) => error?.code)).toEqual(['P1_OVER_LIMIT']);
    expect(stream.pending).toBeLessThan(2_000);
  });

  test.each([
    ['plain', householdBytes],
    ['enciphered', sealed],
  ])('one changed byte is never taken for a value: %s', (_, bytes) => {
    const right = meaningText(decodeP1(householdBytes));
    for (const changed of mutations(bytes, 1_000)) {
      const found = inTime(() => {
        const stream = new P1Stream({ keyFor: () => key });
        return [...stream.push(changed), ...stream.flush()];
      });
      for (const { frame } of found) {
        // of the identification only, which no value depends on, the check tells as well
        if (frame !== undefined) expect(meaningText(frame)).toBe(right);
      }
    }
  });

  test('any bytes: our errors only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('', '/OAM5 X\r\n'), (bytes, head) => {
        try {
          meaningOfP1(decodeP1(Uint8Array.from([...asciiBytes(head), ...bytes]), { ignoreCheck: true }));
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function meaningText(telegram: Parameters<typeof meaningOfP1>[0]): string {
  return JSON.stringify([meaningOfP1(telegram), telegram.records], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

describe('enciphered telegrams', () => {
  test('with the authentication key, and without', () => {
    const sealed = sealP1(householdBytes, key, title, 0x01020304);
    expect(hexOf(sealed.subarray(0, 18))).toMatch(/^db084f414d0000bc614e82....3001020304$/);
    expect(openP1(sealed, key)).toMatchObject({ counter: 0x01020304, additionalData: 'authentication-key' });
    const bare = sealP1(householdBytes, p1Key(encryptionKey), title, 1);
    const opened = openP1(bare, key);
    expect(opened.additionalData).toBe('none');
    expect(hexOf(opened.telegram)).toBe(hexOf(householdBytes));
  });

  test('no key, another key, another protection', () => {
    const sealed = sealP1(householdBytes, key, title, 1);
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as OpenAmiError).code;
      }
      return undefined;
    };
    expect(code(() => openP1(sealed, undefined))).toBe('P1_NO_KEY');
    expect(code(() => openP1(sealed, p1Key(authenticationKey)))).toBe('P1_WRONG_KEY');
    expect(code(() => openP1(sealed, p1Key(encryptionKey)))).toBe('P1_WRONG_KEY');
    const other = sealed.slice();
    other[13] = 0x20;
    expect(code(() => openP1(other, key))).toBe('P1_UNSUPPORTED');
    expect(code(() => openP1(sealed.subarray(0, 40), key))).toBe('P1_TRUNCATED');
    expect(code(() => openP1(householdBytes, key))).toBe('P1_NOT_P1');
    expect(code(() => p1Key(title))).toBe('P1_NOT_ENCODABLE');
  });
});

describe('meaning', () => {
  test('of a household', () => {
    const meaning = meaningOfP1(decodeP1(householdBytes));
    expect(meaning).toMatchObject({ version: '50', meter: meterId, tariff: 2, breaker: 1 });
    expect(meaning.time).toEqual({ local: '2026-03-03T11:15:00', utcS: nowS, hasSeason: true });
    expect(meaning.readings.map(({ obis, value, unit }) => [obis, decimalText(value), unit])).toEqual([
      ['1-0:1.8.1', '1234.567', 'kWh'],
      ['1-0:1.8.2', '20.001', 'kWh'],
      ['1-0:2.8.1', '0.000', 'kWh'],
      ['1-0:1.7.0', '0.428', 'kW'],
      ['1-0:1.6.0', '2.250', 'kW'],
      ['1-0:1.4.0', '0.333', 'kW'],
      ['1-0:32.7.0', '230.1', 'V'],
    ]);
    expect(meaning.thresholds.map(({ obis, value }) => [obis, decimalText(value)])).toEqual([
      ['0-0:17.0.0', '17.2'],
      ['1-0:31.4.0', '999'],
    ]);
    expect(meaning.messages).toEqual([{ obis: '0-0:96.13.0', text: 'water off on friday' }]);
    expect(meaning.powerFailures.map(({ end, durationS }) => [end.utcS, durationS])).toEqual([
      [nowS - 90_000, 240],
      [Date.UTC(2025, 6, 5, 10) / 1_000, 301],
    ]);
    expect(meaning.monthDemands.map(({ month, value }) => [month.local, decimalText(value)])).toEqual([
      ['2026-02-01T00:00:00', '4.329'],
      ['2026-03-01T00:00:00', '3.011'],
    ]);
    expect(meaning.mbus).toMatchObject([
      { channel: 1, deviceType: 3, id: gasId, valve: 1, readings: [{ obis: '0-1:24.2.1', unit: 'm3' }] },
      { channel: 2, deviceType: 7, readings: [{ obis: '0-2:24.2.1' }] },
    ]);
    expect(meaning.mbus[1]!.id).toBeUndefined();
  });

  test('the gas block of version 2', () => {
    const [device] = meaningOfP1(decodeP1(asciiBytes(oldText))).mbus;
    expect(device).toMatchObject({ channel: 1, id: 'GAS01', periodMin: 60, deviceType: 3 });
    const [reading] = device!.readings;
    expect(reading).toMatchObject({ obis: '0-1:24.2.1', value: { raw: 124_477, power: -3 }, unit: 'm3' });
    expect(reading!.time).toEqual({
      local: '2012-05-17T02:00:00',
      utcS: Date.UTC(2012, 4, 17, 0) / 1_000,
      hasSeason: false,
    });
  });

  test.each([
    ['101209113020W', undefined, Date.UTC(2010, 11, 9, 10, 30, 20)],
    ['200706104157S', undefined, Date.UTC(2020, 6, 6, 8, 41, 57)],
    // the hour that comes twice
    ['261025023000S', 'Europe/Brussels', Date.UTC(2026, 9, 25, 0, 30)],
    ['261025023000W', 'Europe/Brussels', Date.UTC(2026, 9, 25, 1, 30)],
    ['260703120000S', 'Europe/Vilnius', Date.UTC(2026, 6, 3, 9)],
    ['260103120000W', 'Europe/Vilnius', Date.UTC(2026, 0, 3, 10)],
    ['260703120000', undefined, Date.UTC(2026, 6, 3, 10)],
    ['700101010000W', undefined, 0],
  ])('the time %s in %s', (text, zone, utcMs) => {
    expect(p1Time(text, zone)?.utcS).toBe(utcMs / 1_000);
  });

  test.each(['', '632525252525S', '260230120000W', '260101240000W', '2601011200', '260101120000X'])(
    'no time: %j',
    (text) => {
      expect(p1Time(text)).toBeUndefined();
    },
  );

  test('times there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 946_684_800, max: 3_000_000_000 }), fc.boolean(), (utcS, isSummer) => {
        expect(p1Time(p1TimeText(utcS, isSummer))?.utcS).toBe(utcS);
      }),
    );
  });

  test.each([
    ['4F414D', 'OAM'],
    ['4f414d', 'OAM'],
    ['serial', 'serial'],
    ['39602219', '39602219'],
    ['ABC', 'ABC'],
    ['', ''],
  ])('text sent as hex: %j is %j', (sent, text) => {
    expect(plainText(sent)).toBe(text);
  });
});

describe('pushes', () => {
  const telegram = decodeP1(householdBytes);

  test('of the meter, at its own time; with meters behind it that have no name', () => {
    const push = toPush(telegram, { receivedS: 1 });
    expect(push).toMatchObject({ device: meterId, sentMs: nowS * 1_000, rejectCount: 0 });
    expect(push.series.map(({ quantity, unit, end, value }) => [quantity, unit, end[0], value[0]])).toEqual([
      ['1-0:1.8.1', 'kWh', nowS, 1_234.567],
      ['1-0:1.8.2', 'kWh', nowS, 20.001],
      ['1-0:2.8.1', 'kWh', nowS, 0],
      ['1-0:1.7.0', 'kW', nowS, 0.428],
      ['1-0:1.6.0', 'kW', Date.UTC(2026, 2, 2, 6, 45) / 1_000, 2.25],
      ['1-0:1.4.0', 'kW', nowS, 0.333],
      ['1-0:32.7.0', 'V', nowS, 230.1],
      ['0-2:24.2.1', 'm3', nowS - 300, 12.345],
    ]);
  });

  test('of the gas meter behind it, in its own name', () => {
    const [gas, ...more] = toMbusPushes(telegram, { receivedS: 1 });
    expect(more).toEqual([]);
    expect(gas!.device).toBe(gasId);
    expect(toPushes(telegram, { receivedS: 1 })).toEqual({
      ...{ own: toPush(telegram, { receivedS: 1 }), behind: [{ message: gas, deviceType: 3 }] },
    });
    expect(gas!.series.map(({ quantity, unit, end, value }) => [quantity, unit, end[0], value[0]])).toEqual([
      ['7-0:3.0.0', 'm3', nowS - 900, 321.5],
    ]);
  });

  test('without a clock at the time of receipt', () => {
    const push = toPush(decodeP1(asciiBytes(oldText)), { receivedS: 99, device: 'given' });
    expect(push).toMatchObject({ device: 'given', sentMs: 0 });
    expect(push.series[0]!.end[0]).toBe(99);
  });
});

describe('a line of openami decode', () => {
  test('as text, as hex, enciphered', () => {
    const text = asciiText(householdBytes);
    const expected = { id: '1', ok: true, check: 'ok', version: '50' };
    expect(decodeP1Line(JSON.stringify({ id: '1', text }))).toMatchObject(expected);
    expect(decodeP1Line(JSON.stringify({ id: '1', hex: hexOf(householdBytes) }))).toMatchObject(expected);
    const record = decodeP1Line(
      JSON.stringify({
        id: '1',
        hex: hexOf(sealP1(householdBytes, key, title, 7)),
        key: hexOf(encryptionKey),
        authenticationKey: hexOf(authenticationKey),
      }),
    );
    expect(record).toMatchObject({ ...expected, security: { invocationCounter: 7 } });
    expect(record.readings).toContainEqual({ obis: '1-0:1.8.1', value: '1234.567', unit: 'kWh' });
    expect(record.records).toHaveLength(householdRecords.length);
  });

  test('damage, and two telegrams', () => {
    const text = asciiText(householdBytes);
    const damaged = text.replace('1234.567', '1234.568');
    expect(decodeP1Line(JSON.stringify({ text: damaged }))).toMatchObject({
      ok: false,
      error: { code: 'P1_CHECK' },
      check: 'wrong',
      readings: expect.arrayContaining([{ obis: '1-0:1.8.1', value: '1234.568', unit: 'kWh' }]),
    });
    // a whole one beside it is all that is shown
    const beside = decodeP1Line(JSON.stringify({ text: `${damaged}${text}` }));
    expect(beside).toMatchObject({ ok: true, check: 'ok', skipped: [{ code: 'P1_CHECK' }] });
    expect(beside).not.toHaveProperty('more');
    expect(decodeP1Line(JSON.stringify({ text: damaged, ignoreCheck: true }))).toMatchObject({
      ok: true,
      check: 'wrong',
    });
    expect(decodeP1Line(JSON.stringify({ text: `noise${text}${text}` }))).toMatchObject({
      ok: true,
      more: [{ check: 'ok' }],
      skipped: [{ code: 'P1_NOT_P1' }],
    });
    expect(decodeP1Line(JSON.stringify({ text: 'noise' }))).toMatchObject({
      ok: false,
      error: { code: 'P1_NOT_P1' },
    });
    expect(decodeP1Line('{}')).toMatchObject({ ok: false, error: { code: 'DECODE_BAD_FIELD' } });
    expect(decodeP1Line(JSON.stringify({ text, zone: 'Nowhere/At-all' }))).toMatchObject({
      error: { code: 'ZONE_UNKNOWN' },
    });
  });
});

test('a line with nothing in it', () => {
  expect(decodeP1Line('{"hex":""}')).toMatchObject({ ok: false, error: { code: 'P1_NOT_P1' } });
});
