/** Recorded telegrams against what others read in them. */
import { describe, expect, test } from 'vitest';
import { hasVectors, vectorText } from '../vectors.ts';
import {
  apduLines,
  cipherCases,
  decode,
  framesOf,
  hanLists,
  pushes,
  type Reading,
  type Recorded,
  transcripts,
} from './recorded.ts';

const all = new Map(pushes().map((recorded) => [recorded.name, recorded]));
const readings = (name: string, options = {}): readonly Reading[] =>
  decode({ ...all.get(name)!.line, ...options }).readings!;

/** Quantities of the oracle's dictionary by the groups C and D of their name. */
const hanNames: Readonly<Record<string, string>> = {
  active_power_import: '1.7',
  active_power_export: '2.7',
  reactive_power_import: '3.7',
  reactive_power_export: '4.7',
  current_l1: '31.7',
  current_l2: '51.7',
  current_l3: '71.7',
  voltage_l1: '32.7',
  voltage_l2: '52.7',
  voltage_l3: '72.7',
  active_power_import_l1: '21.7',
  active_power_import_l2: '41.7',
  active_power_import_l3: '61.7',
  reactive_power_import_l2: '43.7',
  active_power_import_total: '1.8',
  active_power_export_total: '2.8',
  reactive_power_import_total: '3.8',
  reactive_power_export_total: '4.8',
};

describe.skipIf(!hasVectors)('HAN lists', () => {
  test.each(hanLists())('$meter $name', ({ name, meter, expected }) => {
    const record = decode(all.get(`${meter} ${name}`)!.line);
    expect(record.ok).toBe(true);
    for (const [quantity, group] of Object.entries(hanNames)) {
      if (!(quantity in expected)) continue;
      const found = record.readings!.find(({ obis }) => obis.split('.').slice(2, 4).join('.') === group);
      expect(found?.value, quantity).toBe(expected[quantity]);
      expect(found?.unit, quantity).not.toBeNull();
    }
    expect(record.meter).toBe(expected.meter_id);
    const time = String(record.time ?? record.readings!.find(({ obis }) => obis === '0.0.1.0.0.255')?.value);
    if (expected.meter_datetime !== undefined) expect(time).toBe(expected.meter_datetime);
  });
});

/** `1-0:1.7.0(1122*W)` */
const objectsOf = (path: string): [obis: string, value: string, unit?: string][] => {
  const { cosem } = JSON.parse(vectorText(path)) as { cosem: Record<string, string[]> };
  return [...cosem.knownObjects!, ...cosem.unknownObjects!].map((text) => {
    const [, a, rest, value, unit] = /^(\d+-\d+):([\d.]+)\(([^*)]*)\*?(.*)\)$/.exec(text)!;
    return [`${a!.replace('-', '.')}.${rest}.255`, value!, unit];
  });
};

describe.skipIf(!hasVectors)('telegrams with a reading of others', () => {
  test.each([
    ['aidon-2', 'aidon-example-2'],
    ['iskra-1', 'iskra-1'],
  ])('%s', (name, oracle) => {
    const found = readings(name);
    for (const [obis, value, unit] of objectsOf(`athombv/dlms/${oracle}.json`)) {
      // the capture ends before these; the oracle says null
      if (value === 'null') continue;
      const reading = found.find((one) => one.obis === obis)!;
      if (typeof reading.value === 'number') expect(reading.value, obis).toBeCloseTo(Number(value), 9);
      if (unit) expect(reading.unit, obis).toBe(unit);
    }
  });

  test('an object list and values, once the frame check of a capture changed by hand is passed over', () => {
    const hex = vectorText('athombv/dlms/described-list.txt');
    expect(decode({ hex })).toMatchObject({ ok: false, error: { code: 'DLMS_LINK_CHECK' } });
    const record = decode({ hex, ignoreFcs: true });
    expect(record.quirks).toEqual(['short-list']);
    for (const [obis, value] of objectsOf('athombv/dlms/described-list.json')) {
      const reading = record.readings!.find((one) => one.obis === obis);
      if (typeof reading?.value === 'number') expect(reading.value, obis).toBe(Number(value));
      else if (obis.startsWith('1.1.') && value !== 'null') throw new Error(`${obis} is missing`);
    }
  });

  test.each([
    ['iskra550', 'hdlc_iskra550', 14],
    ['norway', 'hdlc_norway_han_3phase', 26],
    ['hdlc_kamstrup_omnipower', 'hdlc_kamstrup_omnipower', 31],
    ['noe', 'mbus_netz_noe_p1', 11],
    ['egd', 'raw_egd_example', 15],
    ['xt211', 'raw_sagecom_xt211', 15],
  ])('%s: every number of the decoded form', (name, decoded, count) => {
    const xml = vectorText(`push-dumps/${decoded}_decoded.xml`).replace(/<!--.*?-->/g, '');
    const pair =
      /Value="(\d+(?:\.\d+){5})"[^>]*>\s*(?:<AttributeId[^>]*>\s*<\/AttributeDescriptor>\s*)?<(?:U?INT\d+) Value="(-?\d+)"/g;
    const pairs = [...xml.matchAll(pair)].map(([, obis, raw]) => [obis, Number(raw)]);
    expect(pairs).toHaveLength(count);
    const found = readings(name).map(({ obis, raw }) => [obis, raw]);
    expect(found).toEqual(expect.arrayContaining(pairs));
  });

  test('what is ciphered says how, and is verified where there is a tag and a key for it', () => {
    expect(decode(all.get('hdlc_kamstrup_omnipower')!.line)).toMatchObject({
      service: 'data-notification',
      security: {
        suite: 0,
        policy: 'authenticated-encryption',
        systemTitle: '4b414d4501349083',
        invocationCounter: 17_784_996,
        verified: true,
      },
    });
    expect(decode(all.get('aidon without aad')!.line)).toMatchObject({
      security: { verified: true, additionalData: 'none' },
    });
    expect(decode(all.get('tirol')!.line)).toMatchObject({
      security: { suite: 1, policy: 'encryption', verified: false },
      meter: '1KFM0100000035',
    });
    expect(decode(all.get('austria closed')!.line)).toMatchObject({
      service: 'general-glo-ciphering',
      security: { deciphered: false, verified: false },
    });
  });
});

describe.skipIf(!hasVectors)('dialogues frame by frame', () => {
  test.each(transcripts)('%s', (name) => {
    for (const { line, name: at } of framesOf(name)) {
      const record = decode(line);
      expect(record.ok, `${at}: ${JSON.stringify(record.error)}`).toBe(true);
      if (record.security !== undefined) expect(record.security, at).toMatchObject({ verified: true });
    }
  });

  test('a dialogue in one capture tells its titles itself', () => {
    const frames = framesOf('gxc_wrapper_ln_gmac_ae_sel');
    const { guek, gak } = frames[0]!.line;
    const record = decode({ hex: frames.map(({ line }) => line.hex).join('\n'), guek, gak });
    expect(record.ok).toBe(true);
    const secured = (record.more as { security?: { verified: boolean } }[]).filter((one) => one.security);
    expect(secured.length).toBeGreaterThan(10);
    expect(secured.every((one) => one.security!.verified)).toBe(true);
  });
});

describe.skipIf(!hasVectors)('ciphering of suites 0 to 2', () => {
  test.each(cipherCases())('$name', ({ line, plaintext, tagged }) => {
    expect(decode(line)).toMatchObject({ ok: true, security: { plaintext, verified: tagged } });
  });
});

const everything: Recorded[] = hasVectors
  ? [
      ...all.values(),
      ...cipherCases(),
      ...apduLines(),
      ...transcripts.flatMap((name) => framesOf(name).filter((_, i) => i % 40 < 2)),
    ]
  : [];

describe.skipIf(!hasVectors)('damage', async () => {
  const { bytesOfHex } = await import('../../../src/dlms/index.ts');
  const { mutations } = await import('../link/made.ts');
  const { toHex } = await import('../vectors.ts');

  test.each(everything)('200 times $name', ({ line, covered }) => {
    const bytes = bytesOfHex(line.hex)!;
    const whole = decode(line);
    for (const damaged of mutations(bytes, 200)) {
      const changed = { ...line, hex: toHex(damaged) };
      const [record, cpuMs] = timed(changed);
      // once more: a collector or a neighbour may have come between
      if (cpuMs > 50) expect(timed(changed)[1], changed.hex).toBeLessThan(50);
      if (!record.ok || !covered) continue;
      for (const one of [record, ...((record.more ?? []) as object[])] as (typeof record)[]) {
        if (one.apdu === undefined) continue;
        expect(apdusOf(whole), changed.hex).toContainEqual(one.apdu);
        expect(one.readings ?? whole.readings, changed.hex).toEqual(whole.readings);
      }
    }
  });
});

function apdusOf(record: ReturnType<typeof decode>): unknown[] {
  return [record, ...((record.more ?? []) as { apdu: unknown }[])].map(({ apdu }) => apdu);
}

function timed(line: Parameters<typeof decode>[0]): [ReturnType<typeof decode>, number] {
  const start = process.cpuUsage();
  const record = decode(line);
  const { user, system } = process.cpuUsage(start);
  return [record, (user + system) / 1_000];
}
